"""What a later document carried on from an earlier one: sorted by lineage and citations, told without judging."""

import datetime as dt
import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from commitments.models import Source
from commitments.presenters.comparison import Document, outcome, suggestions
from planwatch.web.theme_colors import colour
from tests.factories import cite, link, make_commitment, make_plan, make_site, make_source

SVG = "{http://www.w3.org/2000/svg}"


def lineage(earlier, later, relation="continues", basis="stated"):
    return SimpleNamespace(earlier_id=earlier, later_id=later, relation=relation, basis=basis)


def sorted_out(result):
    return result.earlier | {"new": result.later["new"]}


class TestSorting:
    def test_a_commitment_that_both_documents_name_is_named_again(self):
        result = outcome([1], [1], [])
        assert sorted_out(result) == {
            "again": [1],
            "carried": [],
            "related": [],
            "missing": [],
            "new": [],
        }

    @pytest.mark.parametrize(
        "relation", ["continues", "rewords", "splits", "merges", "completes", "replaces"]
    )
    def test_lineage_of_every_kind_carries_on(self, relation):
        result = outcome([1], [2], [lineage(1, 2, relation)])
        assert result.earlier["carried"] == [1]
        assert result.later["new"] == []

    def test_lineage_is_followed_through_commitments_of_other_documents(self):
        links = [lineage(1, 5), lineage(5, 2, basis="inferred")]
        result = outcome([1], [2], links)
        assert result.successors == {1: {2: tuple(links)}}

    def test_lineage_is_not_followed_backwards(self):
        result = outcome([1], [2], [lineage(2, 1)])
        assert result.earlier["missing"] == [1]
        assert result.later["new"] == [2]

    def test_what_is_only_related_is_not_carried_on_whichever_way_the_link_points(self):
        for one in (lineage(1, 2, "relates"), lineage(2, 1, "relates")):
            result = outcome([1], [2], [one])
            assert result.earlier["carried"] == []
            assert result.earlier["related"] == [1]
            assert result.later["related"] == [2]

    def test_lineage_does_not_run_on_through_a_mere_relation(self):
        result = outcome([1], [2], [lineage(1, 5, "relates"), lineage(5, 2)])
        assert result.earlier["missing"] == [1]
        assert result.later["new"] == [2]

    def test_splits_merges_and_circles_count_each_commitment_once(self):
        links = [lineage(1, 8), lineage(1, 9), lineage(2, 9), lineage(9, 1)]
        result = outcome([1, 2, 3], [8, 9, 10], links)
        assert result.earlier["carried"] == [1, 2]
        assert result.earlier["missing"] == [3]
        assert result.later["carried"] == [8, 9]
        assert result.later["new"] == [10]

    def test_what_a_commitment_named_again_also_led_to_is_not_new(self):
        result = outcome([1], [1, 2], [lineage(1, 2)])
        assert result.earlier["again"] == [1]
        assert result.later["carried"] == [2]
        assert result.later["new"] == []


@pytest.fixture(scope="class")
def documents(class_database):
    """A plan of 2021 known from a call, a sheet of 2022 in between, and a sheet of 2024."""
    plan = make_source("plan", title="The Plan", published_on=dt.date(2021, 12, 3), kind="plan")
    call = make_source("call", title="Press call", published_on=dt.date(2021, 12, 3))
    between = make_source("between", title="Sheet", published_on=dt.date(2022, 1, 25))
    sheet = make_source("sheet", title="Sheet", published_on=dt.date(2024, 2, 14))
    kept, reworded, left_out, other, alike = (
        make_commitment(f"US21-PRT-00{number}", title=title, summary=f"{title} by all offices.")
        for number, title in enumerate(
            ("Kept promise", "Reworded promise", "Quiet promise", "Elsewhere", "Like subject"), 1
        )
    )
    for item in (kept, reworded, left_out, alike):
        cite(item, call)
    cite(other, between)
    step = make_commitment("US22-PRT-001", announced_on=dt.date(2022, 1, 25), title="A step")
    cite(step, between)
    later, new, near = (
        make_commitment(f"US24-PRT-00{number}", announced_on=dt.date(2024, 2, 14), title=title)
        for number, title in enumerate(("New words", "Brand new", "Near it"), 1)
    )
    for item in (later, new, near):
        cite(item, sheet)
    cite(kept, sheet, "restates", locator="bullet 7")
    link(reworded, step, "continues", basis="stated", source=between.slug)
    link(step, later, "rewords", note="The same staff.")
    link(alike, near, "relates")
    make_plan(document=plan.slug)
    return SimpleNamespace(kept=kept, reworded=reworded, left_out=left_out, new=new)


def text(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+([,.:;)])", r"\1", re.sub(r"\s+", " ", words))


def section(response, name):
    """Return the words of one section of the page, or "" where it is missing."""
    found = re.search(
        rf'<section aria-labelledby="{name}">(.*?)</section>', response.content.decode(), re.DOTALL
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])) if found else ""


class TestPage:
    def test_it_answers_in_words_with_denominators(self, client, documents):
        words = text(client.get("/compare/?from=call&to=sheet"))
        assert (
            "Of the 4 commitments recorded from the earlier document, the later one repeats 1, carries over 1"
            " in different words, and has something on the same subject for 1. Not in it: 1 of the 4."
            " Of the 4 recorded from the later one, new: 1."
        ) in words

    def test_what_was_not_read_is_never_called_missing_or_new(self, client, documents):
        make_source(
            "sheet", title="Sheet", published_on=dt.date(2024, 2, 14), note="Only the introduction."
        )
        make_source(
            "call", title="Press call", published_on=dt.date(2021, 12, 3), note="Only the title."
        )
        page = client.get("/compare/?from=call&to=sheet")
        words = text(page)
        assert (
            "Not found in the part of it that was read: 1 of the 4; the rest of it may hold them."
            " Of the 4 recorded from the later one, not found in the part of the earlier one that was read: 1."
        ) in words
        assert "Not found in what was read of the later document" in section(page, "missing")
        assert "Not found in what was read of the earlier document" in section(page, "new")
        for claim in ("Not in it", "Not in the later document", "dropped", "New in the later"):
            assert claim not in words
        drawn = text(client.get("/compare.svg?from=call&to=sheet"))
        assert "the rest of it may hold them" in drawn

    def test_dropped_is_said_of_plans_that_were_read_whole(self, client, documents):
        make_source("next", title="The Next Plan", published_on=dt.date(2025, 1, 1), kind="plan")
        make_plan("us-next", document="next", published_on=dt.date(2025, 1, 1), coverage="complete")
        cite(documents.kept, Source.objects.get(slug="next"), "restates")
        words = text(client.get("/compare/?from=plan&to=next"))
        assert "and what was dropped" in words and "Dropped: not in the later plan" in words
        make_plan("us-next", document="next", published_on=dt.date(2025, 1, 1), coverage="partial")
        words = text(client.get("/compare/?from=plan&to=next"))
        assert "dropped" not in words.lower() and "in what was read of the later" in words

    def test_each_commitment_stands_where_the_record_puts_it(self, client, documents):
        response = client.get("/compare/?from=call&to=sheet")
        assert "Kept promise" in section(response, "again")
        assert "bullet 7" in section(response, "again")
        carried = section(response, "carried")
        assert "Reworded promise" in carried and "New words" in carried
        assert "continued by US22-PRT-001 (stated), reworded as (inferred)" in carried
        assert "The same staff." in carried
        assert "Near it" in section(response, "related")
        missing = section(response, "missing")
        assert "Quiet promise" in missing and "1 of 4" in missing
        assert "Elsewhere" not in text(response)
        assert "Brand new" in section(response, "new")

    def test_it_does_not_judge(self, client, documents):
        words = text(client.get("/compare/?from=call&to=sheet")).lower()
        for verdict in ("dropped", "abandoned", "broken", "forgotten", " words of the"):
            assert verdict not in words

    def test_the_document_of_a_plan_stands_for_what_was_announced_with_it(self, client, documents):
        words = text(client.get("/compare/?from=plan&to=sheet"))
        assert "Of the 5 commitments recorded from the earlier document" in words

    def test_documents_named_in_reverse_are_put_in_order_and_it_says_so(self, client, documents):
        words = text(client.get("/compare/?from=sheet&to=call"))
        assert "You named the later document first." in words
        assert (
            "Of the 4 commitments recorded from the earlier document, the later one repeats 1"
            in words
        )

    def test_documents_of_one_day_stay_as_named_and_it_says_so(self, client, documents):
        assert "do not say which of the two came first" in text(
            client.get("/compare/?from=plan&to=call")
        )

    def test_one_document_twice_is_told_in_words(self, client, documents):
        words = text(client.get("/compare/?from=call&to=call"))
        assert "Both documents are the same, “Press call, Dec. 3, 2021”" in words

    def test_without_documents_it_offers_pairs_to_begin_with(self, client, documents):
        response = client.get("/compare/")
        assert "The White House, Dec. 3, 2021 → The White House, Feb. 14, 2024" in text(response)
        assert "/compare/?from=plan&amp;to=sheet" in response.content.decode()
        assert "Press call, Dec. 3, 2021: 4 commitments" in text(response)

    def test_one_document_asks_for_the_other_and_keeps_the_first(self, client, documents):
        response = client.get("/compare/?from=call")
        assert "One document is chosen." in text(response)
        chosen = re.search(r'value="call"\s+selected', response.content.decode())
        assert chosen

    def test_an_unknown_document_is_refused_with_the_nearest(self, client, documents):
        response = client.get("/compare/?from=cal&to=sheet")
        assert response.status_code == 400
        assert "“cal” is not a value of from. The nearest valid one is “call”." in text(response)

    @pytest.mark.parametrize(
        "query",
        ["form=call", "from=call&from=plan&to=sheet", "from=call&to=sheet&as_of=2024-13-01"],
    )
    def test_nonsense_is_refused(self, client, documents, query):
        assert client.get(f"/compare/?{query}").status_code == 400

    def test_before_a_document_was_published_there_is_nothing_to_compare(self, client, documents):
        words = text(client.get("/compare/?from=call&to=sheet&as_of=2023-01-01"))
        assert "at least one of the two documents had not been published" in words

    def test_an_unpublished_commitment_counts_nowhere(self, client, documents):
        hidden = make_commitment("US21-PRT-900", title="A secret", is_published=False)
        cite(hidden, Source.objects.get(slug="call"))
        words = text(client.get("/compare/?from=call&to=sheet"))
        assert "Of the 4 commitments recorded from the earlier document" in words
        assert "A secret" not in words

    def test_an_empty_record_says_that_there_is_nothing_to_compare(self, client, db):
        assert "nothing to compare" in text(client.get("/compare/"))


class TestPicture:
    def test_it_stands_alone_in_the_colors_of_the_site(self, client, documents):
        response = client.get("/compare.svg?from=call&to=sheet")
        assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
        drawn = response.content.decode()
        root = ElementTree.fromstring(drawn)
        assert root.tag == f"{SVG}svg"
        assert root.find(f"{SVG}title").text and "repeats 1" in root.find(f"{SVG}desc").text
        assert "var(" not in drawn and "class=" not in drawn and "<style" not in drawn
        assert colour("accent") in drawn
        assert "Not in the later document: 1 of 4" in drawn

    def test_it_is_nowhere_where_there_is_nothing_to_compare(self, client, documents):
        assert client.get("/compare.svg").status_code == 404
        assert client.get("/compare.svg?from=call&to=call").status_code == 404
        assert client.get("/compare.svg?from=nonsense&to=call").status_code == 400


@pytest.mark.django_db
def test_of_many_documents_the_most_cited_are_offered_and_those_asked_for(client, monkeypatch):
    monkeypatch.setattr("commitments.views.comparison.OFFERED", 1)
    for number, slugs in enumerate([("often", "once"), ("often",)]):
        item = make_commitment(f"US21-ABC-00{number}")
        for slug in slugs:
            found = Source.objects.filter(slug=slug).first()
            cite(item, found or make_source(slug, published_on=dt.date(2022, 1, 1)))

    def offered(address):
        return set(re.findall(r'<option value="([^"]+)"', client.get(address).content.decode()))

    assert {"often"} <= offered("/compare/") and "once" not in offered("/compare/")
    assert "once" in offered("/compare/?from=once")
    assert "Find another document" in client.get("/compare/").content.decode()


@pytest.mark.django_db
def test_documents_of_two_countries_are_never_paired_unasked(client):
    make_site(opening_jurisdiction="US")
    days = {"2020": dt.date(2020, 1, 1), "2024": dt.date(2024, 1, 1)}
    for code, country, name in (("US20", "US", "White House"), ("NZ20", "NZ", "Cabinet")):
        for year, day in days.items():
            slug = f"{country.lower()}-{year}"
            found = make_source(slug, publisher=name, published_on=day)
            make_plan(slug, jurisdiction=country, document=slug, published_on=day)
            cite(make_commitment(f"{code}-{year}", plan=slug, announced_on=day), found)

    def pairs(address):
        page = client.get(address).content.decode()
        offered = set(re.findall(r'<option value="([^"]+)"', page))
        return re.findall(r"/compare/\?from=([\w-]+)&amp;to=([\w-]+)", page), offered

    assert pairs("/compare/") == ([("us-2020", "us-2024")], {"us-2020", "us-2024"})
    for address in ("/compare/?jurisdiction=NZ", "/compare/?from=nz-2024"):
        assert pairs(address) == ([("nz-2020", "nz-2024")], {"nz-2020", "nz-2024"})
    assert client.get("/compare/?from=us-2020&to=nz-2024").status_code == 200


def test_no_more_than_five_pairs_are_suggested_plans_first():
    def document(year, named, plan_coverage=None):
        day = dt.date(year, 1, 1)
        source = SimpleNamespace(
            published_on=day, origin="official", named=named, plan_coverage=plan_coverage
        )
        return Document(source, str(year), "", "")

    documents = [
        document(2020, 3, "partial"),
        document(2021, 57, "partial"),
        document(2022, 28),
        document(2023, 25),
        document(2024, 30),
        document(2025, 1),
    ]
    found = [(before.label, after.label) for before, after in suggestions(documents)]
    assert found == [
        ("2020", "2021"),
        ("2021", "2024"),
        ("2023", "2024"),
        ("2021", "2023"),
        ("2022", "2023"),
    ]
