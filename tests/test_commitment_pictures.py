"""The charts of one commitment: told as a table on its page, and drawn alone."""

import datetime as dt
from xml.etree import ElementTree

import pytest

from planwatch.web.theme_colors import colour
from tests.factories import link, make_commitment
from tests.test_pages import get, stalled  # noqa: F401

CODE = "US21-PRT-001"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", ["history", "lineage"])
def test_a_chart_stands_alone_in_the_colors_of_the_site(client, stalled, name):  # noqa: F811
    response = client.get(f"/commitments/{CODE.lower()}/{name}.svg")
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    drawn = response.content.decode()
    root = ElementTree.fromstring(drawn)
    assert stalled.title in root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text
    assert "var(" not in drawn and "class=" not in drawn and "<style" not in drawn
    marks = {each.get("id") for each in root.iter() if each.get("id")}
    used = {each.get("href").removeprefix("#") for each in root.iter(f"{SVG}use")}
    assert used and used <= marks
    assert colour("s-ink", "stalled") in drawn


@pytest.mark.parametrize("name", ["history", "lineage"])
def test_the_page_offers_each_chart_of_the_same_day(client, stalled, name):  # noqa: F811
    page = client.get(f"/commitments/{CODE}/?as_of=2024-12-31").content.decode()
    assert f'href="/commitments/{CODE}/{name}.svg?as_of=2024-12-31"' in page


def test_the_bands_are_told_as_a_table_with_what_was_said_before(client, stalled):  # noqa: F811
    page = get(client, f"/commitments/{CODE}/")
    assert (
        "As reported today Status From Until No evidence found Dec. 3, 2021 Jan. 25, 2022"
        " In progress Jan. 25, 2022 May 1, 2024 In place May 2024 Jan. 31, 2025"
        " Stalled Jan. 31, 2025 still so"
    ) in page
    assert "Before the correction Status From Until" in page
    assert "Withdrawn (corrected since) Jan. 31, 2025 still so" in page


def test_the_history_is_drawn_as_it_was_on_a_day(client, stalled):  # noqa: F811
    words = client.get(f"/commitments/{CODE}/history.svg?as_of=2023-12-31").content.decode()
    assert "As reported today: no evidence found, then in progress." in words
    assert "Stalled" not in words
    assert "As of Dec. 31, 2023" in words


def test_where_there_is_nothing_to_draw_there_is_no_picture(client, db):
    alone = make_commitment(CODE)
    for name in ("history", "lineage"):
        assert client.get(f"/commitments/{CODE}/{name}.svg").status_code == 404
        assert client.get(f"/commitments/US21-PRT-404/{name}.svg").status_code == 404
    hidden = make_commitment("US21-PRT-009", title="A secret", is_published=False)
    link(alone, hidden)
    assert client.get(f"/commitments/{CODE}/lineage.svg").status_code == 404
    later = make_commitment("US24-PRT-001", announced_on=dt.date(2024, 2, 14))
    link(alone, later)
    assert client.get(f"/commitments/{CODE}/lineage.svg").status_code == 200
    assert client.get(f"/commitments/{CODE}/lineage.svg?as_of=2023-01-01").status_code == 404


def test_a_pillar_offers_its_bars_as_a_table_by_section_and_as_a_picture(client, stalled):  # noqa: F811
    response = client.get("/pillars/protection/?as_of=2024-12-31")
    assert 'href="/commitments.svg?pillar=protection&amp;as_of=2024-12-31"' in (
        response.content.decode()
    )
    page = get(client, "/pillars/protection/?as_of=2024-12-31")
    assert "Status Identify and engage victims Under no section All" in page
    drawn = client.get("/commitments.svg?pillar=protection").content.decode()
    assert "Protection, 2:" in drawn and "All, 2" not in drawn
