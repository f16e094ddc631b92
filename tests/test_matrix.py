"""Agencies by pillars: every count is that of the list behind its link, on any day and under any filter."""

import datetime as dt
import re
from html import unescape
from xml.etree import ElementTree

import pytest

from commitments.querysets.sql import today
from tests.factories import change, make_agency, make_commitment

CELL = re.compile(
    r'<a href="(/commitments/[^"]*)">\s*<span class="vh">([^<]*)</span>(\d+) of (\d+) open'
)


@pytest.fixture(scope="class")
def place(class_database):
    make_agency("dhs", name="Department of Homeland Security", short_name="Homeland Security")
    make_agency("ice", name="Immigration and Customs Enforcement", short_name="ICE", parent="dhs")
    make_agency("doj", name="Department of Justice", short_name="Justice")
    make_agency("idle", name="Bureau of Nothing", short_name="Nothing")
    shared = make_commitment("US21-PRT-001", lead_agencies=["ice"], partner_agencies=["dhs", "doj"])
    make_commitment("US21-PRT-002", lead_agencies=["dhs"], due_on=dt.date(2022, 1, 1))
    later = make_commitment(
        "US24-PRS-001",
        pillar="prosecution",
        lead_agencies=["doj"],
        announced_on=dt.date(2024, 2, 14),
    )
    make_commitment("US21-PRV-001", pillar="prevention")
    make_commitment("US21-PRT-900", lead_agencies=["dhs"], is_published=False)
    change(shared, "in_progress", dt.date(2022, 1, 2))
    change(later, "completed", dt.date(2024, 3, 1))


def cells(response):
    """Return {address of the list: (open, all)} of every cell with a link."""
    return {
        unescape(href): (int(opened), int(total))
        for href, _, opened, total in CELL.findall(response.content.decode())
    }


def counted(client, href):
    """Return (open, all) of a list, as the API counts them."""
    address = href.replace("/commitments/", "/api/v1/commitments/")
    sign = "&" if "?" in address else "?"
    whole = client.get(address).json()["count"]
    if "is_open" in address:
        return (whole, whole) if "is_open=true" in address else (0, whole)
    return client.get(f"{address}{sign}is_open=true").json()["count"], whole


def test_an_empty_record_and_an_empty_selection_say_so(client, db):
    assert "No commitment is recorded yet." in client.get("/matrix/").content.decode()
    make_commitment()
    assert "Remove a filter above" in client.get("/matrix/?status=stalled").content.decode()


class TestMatrix:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "?as_of=2022-06-30",
            "?known_at={today}",
            "?is_open=true",
            "?is_overdue=true",
            "?pillar=protection",
            "?lead=doj&lead=ice",
            "?q=promise",
            "?status=completed&as_of=2025-01-01",
        ],
    )
    def test_every_cell_leads_to_a_list_of_as_many(self, client, place, query):
        response = client.get("/matrix/" + query.format(today=today()))
        assert response.status_code == 200
        found = cells(response)
        assert found
        for href, counts in found.items():
            assert counted(client, href) == counts, href
            assert client.get(href).status_code == 200, href

    def test_an_agency_counts_the_offices_below_it_once(self, client, place):
        found = cells(client.get("/matrix/"))
        assert found["/commitments/?agency=dhs&pillar=protection"] == (2, 2)
        assert found["/commitments/?agency=ice&pillar=protection"] == (1, 1)
        assert found["/commitments/?agency=doj&pillar=prosecution"] == (0, 1)
        assert found["/commitments/?pillar=protection"] == (2, 2)
        assert found["/commitments/"] == (3, 4)

    def test_offices_stand_below_their_agency_and_the_fullest_agency_first(self, client, place):
        page = client.get("/matrix/").content.decode()
        rows = re.findall(r'class="depth-(\d)">\s*<th[^>]*><a href="/agencies/(\w+)/"', page)
        assert rows == [("0", "dhs"), ("1", "ice"), ("0", "doj")]

    def test_who_owes_nothing_and_what_nobody_owes_is_said(self, client, place):
        page = client.get("/matrix/").content.decode()
        assert "1 agency without a commitment here" in page and "Bureau of Nothing" in page
        assert "1 of 4 names no agency in any source read" in page

    @pytest.mark.parametrize(
        "query", ["agency=dhs", "order=code", "pilar=x", "status=done", "cursor=x"]
    )
    def test_what_has_no_meaning_here_is_refused_in_words(self, client, place, query):
        for address in ("/matrix/", "/matrix.svg"):
            response = client.get(f"{address}?{query}")
            assert response.status_code == 400
            assert query.partition("=")[0] in response.content.decode()

    def test_as_a_picture_it_holds_its_own_colors_and_all_counts(self, client, place):
        response = client.get("/matrix.svg?as_of=2025-01-01")
        assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
        drawn = response.content.decode()
        ElementTree.fromstring(drawn)
        assert "var(" not in drawn and "class=" not in drawn and "<style" not in drawn
        assert "Homeland Security" in drawn and "2 of 2 open" in drawn
        assert "As of Jan. 1, 2025" in drawn
