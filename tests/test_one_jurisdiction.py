"""Pages with counts are of one plan or one jurisdiction at a time: what several countries promised is nowhere added up."""

import csv
import re
from html import unescape

import pytest

from commitments import services
from tests.factories import ACTOR, cite, make_agency, make_commitment, make_plan, make_section

SAID = "The plan has 46 actions, and was read in part. What is not recorded here may still be promised."
OF_ONE = ("/pillars/", "/pillars/protection/", "/matrix/", "/timeline/", "/agencies/", "/news/")
PICTURES = ("/commitments.svg", "/matrix.svg", "/timeline.svg", "/status-over-time.svg")


@pytest.fixture(scope="class")
def countries(class_database):
    """Two commitments of the United States, three of Australia under two plans, of which one was read in part."""
    make_agency("doj", name="Department of Justice", short_name="Justice")
    make_agency("au-agd", name="Attorney-General of Australia", jurisdiction="AU")
    for code in ("US21-PRT-001", "US21-PRT-002"):
        cite(make_commitment(code, lead_agencies=["doj"]))
    make_plan("au-plan", jurisdiction="AU", title="Plan A", coverage="partial", actions=46)
    make_plan("au-next", jurisdiction="AU", title="Plan B")
    for code, plan in (("AU20-001", "au-plan"), ("AU20-002", "au-plan"), ("AU25-001", "au-next")):
        cite(make_commitment(code, plan=plan, lead_agencies=["au-agd"]))
    services.save_site(
        name="PlanWatch", topic="en: human trafficking", opening_jurisdiction="US", actor=ACTOR
    )


def text_of(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def switch_of(page):
    """Return (name, address, whether it is where the reader is) of every entry of the switch."""
    found = re.search(r'<nav class="tools switch".*?</nav>', page)
    entries = re.findall(r'<a href="([^"]*)" ?(aria-current)?[^>]*><bdi>([^<]*)', found.group())
    return [(name, unescape(href), bool(current)) for href, current, name in entries]


@pytest.mark.usefixtures("countries")
class TestSeveral:
    @pytest.mark.parametrize("address", OF_ONE)
    def test_a_page_opens_with_the_jurisdiction_of_the_site_and_links_to_the_others(
        self, client, address
    ):
        page = text_of(client, address)
        assert switch_of(page) == [
            ("Australia", f"{address}?jurisdiction=AU", False),
            ("United States", f"{address}?jurisdiction=US", True),
        ]
        assert "au-agd" not in page and "AU20-001" not in page and SAID not in page

    @pytest.mark.parametrize("address", OF_ONE)
    def test_the_switch_leads_to_another_jurisdiction_and_from_there_to_each_of_its_plans(
        self, client, address
    ):
        page = text_of(client, f"{address}?jurisdiction=AU")
        assert switch_of(page)[2:] == [
            ("All", f"{address}?jurisdiction=AU", True),
            ("Plan A", f"{address}?plan=au-plan", False),
            ("Plan B", f"{address}?plan=au-next", False),
        ]
        assert "US21-PRT-001" not in page and "Department of Justice" not in page
        assert SAID in re.sub("<[^>]+>", "", page)
        page = text_of(client, f"{address}?plan=au-next")
        assert [name for name, _, current in switch_of(page) if current] == ["Australia", "Plan B"]
        assert SAID not in re.sub("<[^>]+>", "", page)

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 2),
            ("?jurisdiction=AU", 3),
            ("?plan=au-plan", 2),
            ("?plan=au-plan&plan=au-next", 3),
            # What names several is of the one that the site opens with, else of the first.
            ("?jurisdiction=AU&jurisdiction=US", 2),
            ("?plan=au-plan&plan=us-nap-2021", 2),
        ],
    )
    def test_every_total_is_of_one_jurisdiction(self, client, query, count):
        assert f"All {count} commitments in Protection" in text_of(
            client, f"/pillars/protection/{query}"
        )
        assert f"{count} commitments by agency and pillar" in text_of(client, f"/matrix/{query}")
        assert f"{count} commitments announced" in text_of(client, f"/timeline/{query}")
        assert f"{count} commitments, 0 sections" in text_of(client, f"/pillars/{query}")
        rows = client.get(f"/status-over-time.csv{query}").content.decode().splitlines()
        assert {row["total"] for row in csv.DictReader(rows)} == {str(count)}
        for address in ("/commitments.svg", "/status-over-time.svg", "/matrix.svg"):
            assert re.search(rf"\b{count} commitments", text_of(client, f"{address}{query}"))
        assert f"{count} commitments" in text_of(client, f"/embed/pillars/protection/{query}")
        assert f", {count}:" in text_of(client, f"/embed/pillars/protection/badge.svg{query}")
        for address in ("/commitments/brief/", "/pillars/protection/brief/"):
            assert f"0 of {count} commitments completed" in text_of(client, f"{address}{query}")

    def test_an_address_of_things_of_another_country_is_about_that_country(self, client):
        for address in ("/timeline/?agency=au-agd", "/pillars/protection/?lead=au-agd"):
            page = text_of(client, address)
            assert ("Australia", True) in [(name, current) for name, _, current in switch_of(page)]

    def test_the_pickers_of_the_news_keep_the_jurisdiction_and_offer_its_agencies(self, client):
        page = text_of(client, "/news/?jurisdiction=AU&event=due")
        form = page.partition('<form class="pickers"')[2].partition("</form>")[0]
        assert '<input type="hidden" name="jurisdiction" value="AU">' in form
        assert '<input type="hidden" name="event" value="due">' in form
        assert "au-agd" in form and "doj" not in form

    def test_only_plans_of_what_is_shown_are_said_to_be_read_in_part(self, client):
        for address in ("/agencies/{}/brief/", "/commitments/?lead={}"):
            for agency, is_said in (("au-agd", True), ("doj", False)):
                page = re.sub("<[^>]+>", "", text_of(client, address.format(agency)))
                assert (SAID in page) == is_said, (address, agency)

    def test_links_of_a_page_stay_with_its_jurisdiction(self, client):
        page = text_of(client, "/matrix/?jurisdiction=AU")
        lists = {unescape(href) for href in re.findall(r'href="(/commitments/\?[^"]*)"', page)}
        assert lists and all("jurisdiction=AU" in href for href in lists)
        assert "/matrix.svg?jurisdiction=AU" in page and "/timeline/?jurisdiction=AU" in page
        page = text_of(client, "/pillars/protection/?plan=au-plan")
        assert "/embed/pillars/protection/?plan=au-plan" in page
        assert "/pillars/protection/brief/?plan=au-plan" in page

    def test_sections_of_several_plans_say_of_which_they_are(self, client):
        for plan in ("au-plan", "au-next"):
            make_section("1", plan=plan, title=f"Heading of {plan}")
        page = text_of(client, "/pillars/protection/?jurisdiction=AU")
        for title in ("Plan A", "Plan B"):
            assert f"<p><bdi>{title}</bdi></p>" in page
        assert "<p><bdi>Plan A" not in text_of(client, "/pillars/protection/?plan=au-plan")
        assert "Heading of" not in text_of(client, "/pillars/protection/")

    def test_a_list_below_a_pillar_keeps_the_jurisdiction_and_offers_no_filter_for_it(self, client):
        page = text_of(client, "/pillars/protection/?jurisdiction=AU")
        assert "Australia: 3 protection commitments." in page
        assert '<input type="hidden" name="jurisdiction" value="AU">' in page
        assert "remove this filter" not in page and "Without filters" not in page

    @pytest.mark.parametrize("address", PICTURES)
    def test_a_picture_says_whose_commitments_it_counts_and_what_was_read(self, client, address):
        drawn = re.sub("<[^>]+>", " ", text_of(client, f"{address}?jurisdiction=AU"))
        assert "Australia: " in drawn
        assert SAID in " ".join(drawn.split())

    def test_data_says_beside_its_counts_what_was_read(self, client):
        said = f"Plan A: {SAID}"
        for address in ("stats/?by=plan", "commitments/"):
            assert client.get(f"/api/v1/{address}").json()["coverage"] == said
        assert client.get("/api/v1/stats/?by=plan&plan=us-nap-2021").json()["coverage"] == ""
        for address in ("/api/v1/stats/?by=plan&format=csv", "/status-over-time.csv?plan=au-plan"):
            content = b"".join(client.get(address)).decode().splitlines()
            assert {row["coverage"] for row in csv.DictReader(content)} == {said}

    def test_a_card_and_a_badge_say_what_was_read(self, client):
        for address in ("/embed/pillars/protection/", "/embed/pillars/protection/badge.svg"):
            assert SAID in text_of(client, f"{address}?jurisdiction=AU&theme=dark")
            assert "Protection, Australia" in text_of(client, f"{address}?jurisdiction=AU")
        asked = "http://testserver/pillars/protection/?jurisdiction=AU"
        found = client.get("/oembed.json", {"url": asked}).json()
        assert "/embed/pillars/protection/?jurisdiction=AU" in found["html"]

    def test_what_no_plan_is_from_is_refused(self, client):
        assert client.get("/pillars/?jurisdiction=ZZ").status_code == 400
        assert client.get("/pillars/?agency=doj").status_code == 400


def test_a_site_that_opens_with_none_adds_up_nothing(client, db):
    cite(make_commitment("US21-PRT-001"))
    make_plan("au-plan", jurisdiction="AU")
    cite(make_commitment("AU20-001", plan="au-plan"))
    page = text_of(client, "/")
    assert "Plans by government" in page and "2 commitments" not in page
    assert "All 1 commitments" not in page and 'href="/plans/au-plan/"' in page
    assert ("Australia", True) in [(n, c) for n, _, c in switch_of(text_of(client, "/matrix/"))]


def test_with_one_jurisdiction_there_is_no_switch(client, db):
    cite(make_commitment("US21-PRT-001"))
    for address in (*OF_ONE, "/"):
        page = text_of(client, address)
        assert 'class="tools switch"' not in page and "jurisdiction=" not in page
