"""Agencies side by side: the table of all, and two to four at one address."""

import datetime as dt
import re

import pytest
from django.test import Client

from commitments.models import Commitment
from tests.factories import change, make_agency, make_commitment, make_source, review

COMPARED = "/agencies/compare/?agency=dhs&agency=doj"


@pytest.fixture
def record(db):
    make_agency("dhs", name="Department of Homeland Security", short_name="Homeland Security")
    make_agency("ice", name="Immigration and Customs Enforcement", parent="dhs")
    make_agency("cbp", name="Customs and Border Protection", parent="dhs")
    make_agency("doj", name="Department of Justice", short_name="Justice")
    stalled = make_commitment("US21-PRT-001", lead_agencies=["ice"], partner_agencies=["doj"])
    late = make_commitment(
        "US21-PRT-002",
        lead_agencies=["dhs"],
        due_on=dt.date(2022, 12, 31),
        lead_note="Through Customs and Border Protection.",
    )
    make_commitment("US21-PRT-003", lead_agencies=["doj"])
    tracker = make_source("tracker", origin="independent", published_on=dt.date(2025, 1, 31))
    change(stalled, "stalled", dt.date(2025, 1, 31), [tracker])
    review(
        late,
        dt.date(2025, 2, 1),
        note="Not found in the sources read: the online system. Looked on DHS pages.",
    )


def shown(address: str) -> str:
    response = Client().get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_every_number_of_the_table_is_that_of_the_list_behind_it(record):
    cells = re.findall(
        r'<td class="num"[^>]*><a href="([^"]+)">(\d+)</a>',
        shown("/agencies/").replace("&amp;", "&"),
    )
    assert len(cells) > 8
    for address, number in cells:
        assert Client().get(f"/api/v1{address}").json()["count"] == int(number), address


def test_a_department_counts_its_offices_and_an_office_without_a_lead_says_how_it_appears(record):
    page = words(shown("/agencies/"))
    assert "Department of Homeland Security DHS 2 2 1 1 1 1 Jan. 2025" in page
    assert "No lead role: Customs and Border Protection (through the department on 1)." in page
    assert "partner on 1 more" in page


def test_the_table_is_sorted_as_asked_and_says_how(record):
    page = words(shown("/agencies/?order=-stalled"))
    assert "Sorted by “Stalled”, most first" in page
    assert page.index("Department of Homeland") < page.index("Department of Justice")
    page = words(shown("/agencies/?order=-leads&as_of=2022-01-01"))
    assert "Department of Homeland Security DHS 2 2 0 0 2 0 None found" in page
    refused = Client().get("/agencies/?order=-best")
    assert refused.status_code == 400
    assert "-best" in refused.content.decode()


def test_two_agencies_stand_side_by_side_in_alphabetical_order(record):
    page = words(shown(COMPARED))
    assert "Homeland Security and Justice, in alphabetical order." in page
    assert "Stalled 1 of 2 0 of 1" in page
    assert "The online system US21-PRT-002" in page
    assert "1 commitment names at least two of these agencies" in page
    other = words(shown("/agencies/compare/?agency=doj&agency=dhs"))
    assert other.partition("PlanWatch records")[0] == page.partition("PlanWatch records")[0]


@pytest.mark.parametrize("chosen", ["", "?agency=dhs", "?agency=dhs&agency=dhs"])
def test_fewer_than_two_agencies_are_not_compared(record, chosen):
    response = Client().get(f"/agencies/compare/{chosen}")
    assert response.status_code == 400
    assert "Choose two to four agencies to compare." in response.content.decode()


def test_an_agency_that_is_not_known_is_refused_with_the_nearest(record):
    response = Client().get("/agencies/compare/?agency=dhs&agency=dojj")
    assert response.status_code == 400
    assert "The nearest valid one is “doj”" in response.content.decode()


def test_what_is_not_published_is_in_no_number(record):
    Commitment.objects.filter(code="US21-PRT-001").update(is_published=False)
    assert "Department of Homeland Security DHS 1 1 0 1 1 0" in words(shown("/agencies/"))
    assert "Stalled 0 of 1 0 of 1" in words(shown(COMPARED))
