"""The bars of any list as a picture that stands alone."""

import datetime as dt
from xml.etree import ElementTree

import pytest

from planwatch.web.theme_colors import colour
from tests.factories import change, make_agency, make_commitment


@pytest.fixture
def record(db):
    make_agency("dhs")
    first = make_commitment("US21-PRT-001", lead_agencies=["dhs"])
    make_commitment("US21-PRV-001", pillar="prevention")
    change(first, "completed", dt.date(2022, 3, 1))


def test_it_counts_what_the_list_of_the_same_filters_holds(client, record):
    for query, words in {
        "": "All, 2: 1 completed, 1 no evidence found.",
        "?agency=dhs": "Protection, 1: 1 completed.",
        "?as_of=2022-01-01": "All, 2: 2 no evidence found.",
        "?status=stalled": "All, 0:",
    }.items():
        response = client.get(f"/commitments.svg{query}")
        assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
        assert words in response.content.decode()


def test_it_holds_its_own_colors_and_hatches(client, record):
    drawn = client.get("/commitments.svg").content.decode()
    ElementTree.fromstring(drawn)
    assert "var(" not in drawn and "class=" not in drawn and "<style" not in drawn
    assert colour("s-fill", "completed") in drawn
    assert 'id="hatch-no_evidence"' in drawn and "url(#hatch-no_evidence)" in drawn


@pytest.mark.parametrize("query", ["order=code", "pilar=x", "as_of=tomorrow"])
def test_nonsense_is_refused(client, record, query):
    assert client.get(f"/commitments.svg?{query}").status_code == 400


def test_home_an_agency_and_a_document_lead_to_it(client, record):
    assert 'href="/commitments.svg"' in client.get("/").content.decode()
    page = client.get("/agencies/dhs/?as_of=2022-06-30").content.decode()
    assert 'href="/commitments.svg?agency=dhs&amp;as_of=2022-06-30"' in page
