"""The list in words, in its two views, empty, and with what a search matched."""

import datetime as dt
import html
import json
import re

import pytest
from django.http import QueryDict

from commitments import filter_labels
from commitments.facets import facets_of
from commitments.models import Commitment, Source
from commitments.selection import ORDERS, select_commitments
from tests.factories import change, cite, make_agency, make_commitment, make_source
from tests.test_pages import get, text

pytestmark = pytest.mark.django_db

MARCH = dt.date(2024, 3, 1)


@pytest.fixture(scope="class")
def list_of_four(class_database):
    make_agency(
        "dhs", acronym="DHS", short_name="Homeland Security", name="Department of Homeland Security"
    )
    make_agency("hsi", parent="dhs", short_name="Investigations", acronym="HSI")
    make_agency("state", acronym="", short_name="State", name="Department of State")
    source = make_source("sheet", title="Fact sheet", published_on=dt.date(2021, 12, 3))
    for number, (pillar, agency) in enumerate(
        [
            ("protection", "dhs"),
            ("protection", "hsi"),
            ("prosecution", "dhs"),
            ("protection", "state"),
        ]
    ):
        item = make_commitment(
            f"US21-ABC-00{number}",
            pillar=pillar,
            title=f"Train hotel staff {number}",
            summary="A summary that speaks of recovery in hotels and of housing.",
            lead_agencies=[agency],
        )
        cite(item, source)
    later = make_source("memo", title="Memo", published_on=dt.date(2022, 1, 25))
    change(item, "completed", dt.date(2022, 1, 25), [later])


def said(address):
    selection = select_commitments(QueryDict(address))
    return filter_labels.sentence(
        facets_of(selection).count,
        selection.chosen,
        selection.clocks,
    )


class TestSentence:
    @pytest.mark.parametrize(
        ("address", "sentence"),
        [
            ("", "All 4 commitments."),
            ("as_of=2024-03-01", "All 4 commitments, as of March 1, 2024."),
            ("is_open=true", "3 open commitments."),
            ("is_open=false", "1 closed commitment."),
            ("pillar=protection", "3 protection commitments."),
            (
                "pillar=protection&pillar=prosecution&is_open=true",
                "3 open protection or prosecution commitments.",
            ),
            (
                "is_open=true&pillar=protection&lead=dhs&as_of=2024-03-01",
                "2 open protection commitments led by Homeland Security (DHS), as of March 1, 2024.",
            ),
            ("lead=state&is_open=true", "0 open commitments led by State."),
            (
                "agency=dhs&agency=state&status=completed&status=stalled",
                "1 commitment led or shared by Homeland Security (DHS) or State"
                " and whose status is completed or stalled.",
            ),
            (
                "q=hotel&source=sheet&verification=unverified&is_overdue=false",
                "3 commitments named in “Fact sheet, Dec. 3, 2021”, not past a promised date,"
                " confirmed by: unconfirmed and matching “hotel”.",
            ),
            (
                "changed_after=2022-01-01&kind=ongoing",
                "1 commitment of the kind continuing duty and whose status dates from Jan. 1, 2022"
                " or later.",
            ),
        ],
    )
    def test_the_sentence_says_what_is_shown(self, list_of_four, address, sentence):
        assert said(address) == sentence

    def test_every_filter_has_its_clause(self, list_of_four):
        values = {
            "pillar": "protection",
            "status": "stalled",
            "kind": "ongoing",
            "plan": "us-nap-2021",
            "agency": "dhs",
            "lead": "dhs",
            "partner": "dhs",
            "source": "sheet",
            "origin": "official",
            "verification": "unverified",
            "q": "hotel",
            "is_open": "true",
            "is_overdue": "true",
            "is_stale": "false",
        }
        days = ("announced", "due", "changed")
        values |= {f"{name}_{end}": "2022-01-01" for name in days for end in ("after", "before")}
        values["reviewed_before"] = "2022-01-01"
        for name, value in values.items():
            for other in (name, "pillar", "q", "is_overdue", "changed_after"):
                address = f"{name}={value}" + (f"&{other}={values[other]}" if other != name else "")
                sentence = said(address)
                assert sentence.endswith(".") and "%" not in sentence and "{" not in sentence


class TestPage:
    def test_a_choice_stands_as_a_removable_chip(self, list_of_four, client):
        page = get(client, "/commitments/?is_open=true&pillar=protection")
        assert "Still open remove this filter" in page
        assert "Pillar: Protection remove this filter" in page

    def test_the_view_stays_in_the_address_of_every_link_but_not_in_that_of_the_data(
        self, list_of_four, client
    ):
        page = client.get("/commitments/?view=cards&pillar=protection&page_size=2").content.decode()
        assert "A summary that speaks of recovery" in page
        assert '<table class="grid' not in page
        assert "view=cards&amp;pillar=protection&amp;page_size=2&amp;order=title" in page
        assert 'name="view" value="cards"' in page
        assert "/api/v1/commitments/?pillar=protection&amp;format=csv" in page

    def test_the_table_may_be_asked_for_on_a_phone_too(self, list_of_four, client):
        assert "rows flat" in client.get("/commitments/?view=table").content.decode()
        assert "rows flat" not in client.get("/commitments/").content.decode()

    def test_an_unknown_view_is_refused(self, list_of_four, client):
        page = get(client, "/commitments/?view=card", status=400)
        assert "“card” is not a value of view. The nearest valid one is “cards”." in page

    def test_a_search_marks_what_matched(self, list_of_four, client):
        page = client.get("/commitments/?q=hotels+recovery").content.decode()
        assert "Train <mark>hotel</mark> staff 0" in page
        assert "speaks of <mark>recovery</mark> in <mark>hotels</mark>" in page
        page = client.get("/commitments/?q=us21-abc-002").content.decode()
        assert "<mark>US21-ABC-002</mark>" in page

    def test_a_match_outside_title_and_summary_says_where_it_is(self, list_of_four, client):
        page = get(client, "/commitments/?q=DHS")
        assert "Responsible agency: Department of Homeland Security ( DHS )" in page
        assert "Also searched for: Homeland Security, Department of" in page

    def test_a_misspelling_is_answered_with_the_nearest_words(self, list_of_four, client):
        response = client.get("/commitments/?q=hotle&pillar=protection")
        assert "Did you mean hotel finds 3 commitments" in text(response)
        assert 'href="/commitments/?pillar=protection&amp;q=hotel"' in response.content.decode()

    def test_an_empty_list_names_the_filter_to_drop_and_what_that_leaves(
        self, list_of_four, client
    ):
        response = client.get("/commitments/?pillar=prosecution&agency=state&q=hotel")
        page = text(response)
        assert "Drop “Agency, with its offices: State” leaves 1 commitment" in page
        assert "Drop “Pillar: Prosecution” leaves 1 commitment" in page
        assert "Drop “Search" not in page
        assert 'href="/commitments/?pillar=prosecution&amp;q=hotel"' in response.content.decode()

    @pytest.mark.parametrize("asked", ["agency=state", "source=sheet", "origin=official"])
    def test_a_list_empty_as_of_a_day_names_the_filter_to_drop_too(
        self, list_of_four, client, asked
    ):
        page = get(client, f"/commitments/?as_of=2022-01-24&status=completed&{asked}")
        assert "Drop “Status" in page

    def test_what_no_single_filter_brings_back_starts_again(self, list_of_four, client):
        page = get(client, "/commitments/?pillar=prosecution&agency=state&status=stalled")
        assert "nor all but one" in page
        assert "Start again from all 4" in page

    def test_the_opposite_of_a_choice_stays_when_another_is_made(self, list_of_four, client):
        page = client.get("/commitments/?is_open=false").content.decode()
        assert 'id="pick-is_open-false"' in page
        assert 'id="pick-is_open-true"' not in page

    @pytest.mark.parametrize(
        ("address", "box"),
        [
            ("/commitments/", 'name="is_aging" value="true" disabled>'),
            ("/commitments/?is_aging=true", 'name="is_aging" value="true" checked>'),
            ("/commitments/?is_aging=false", 'name="is_aging" value="false" checked>'),
        ],
    )
    def test_old_evidence_is_offered_among_the_filters(self, list_of_four, client, address, box):
        page = client.get(address).content.decode()
        form = page.partition('id="filters-form"')[2].partition("</form>")[0]
        assert box in form and form.count('name="is_aging"') == 1

    def test_every_choice_has_an_id_of_its_own_to_keep_the_focus_by(self, list_of_four, client):
        page = client.get("/commitments/").content.decode()
        found = re.findall(r'id="(pick-[^"]+)"', page)
        assert len(found) == len(set(found)) > 10

    def test_the_settings_of_htmx_are_valid_and_evaluate_nothing(self, list_of_four, client):
        page = client.get("/commitments/").content.decode()
        config = json.loads(
            html.unescape(re.search(r"name=\"htmx-config\"\s+content='([^']+)'", page)[1])
        )
        assert config["allowEval"] is False
        assert config["includeIndicatorStyles"] is False

    def test_of_many_documents_the_most_cited_are_offered_and_the_chosen_one(
        self, list_of_four, client, monkeypatch
    ):
        monkeypatch.setattr("commitments.facets.SOURCES_OFFERED", 2)
        first = Commitment.objects.get(code="US21-ABC-000")
        for slug in ("one", "two", "three"):
            cite(first, make_source(slug, title=f"Report {slug}"))
        cite(Commitment.objects.get(code="US21-ABC-001"), Source.objects.get(slug="two"))

        def offered(address):
            return re.findall(r'id="pick-source-([^"]+)"', client.get(address).content.decode())

        assert offered("/commitments/") == ["sheet", "two"]
        assert set(offered("/commitments/?source=three")) == {"sheet", "two", "three"}
        page = client.get("/commitments/?as_of=2024-03-01").content.decode()
        assert 'href="/sources/?as_of=2024-03-01">Find another document' in page

    def test_choices_that_would_leave_nothing_take_no_room_unless_chosen(
        self, list_of_four, client
    ):
        def offered(address):
            page = client.get(address).content.decode()
            return re.findall(r'id="pick-status-([^"]+)"', page)

        assert offered("/commitments/") == ["completed", "no_evidence"]
        assert "withdrawn" in offered("/commitments/?status=withdrawn")

    def test_where_every_document_is_offered_no_way_leads_to_others(self, list_of_four, client):
        assert "Find another document" not in get(client, "/commitments/")


def test_every_order_says_its_direction():
    asked = {sign + name for name in ORDERS for sign in ("", "-")}
    assert asked == set(filter_labels.ORDER_NAMES)
    assert len({str(words) for words in filter_labels.ORDER_NAMES.values()}) == len(asked)
