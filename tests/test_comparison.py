"""What a later document carried on from an earlier one: sorted by lineage and citations, told without judging."""

import datetime as dt
import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from commitments.models import Source
from commitments.presenters.comparison import outcome
from commitments.presenters.text_diff import wording
from planwatch.web.theme_colors import colour
from tests.factories import cite, link, make_commitment, make_plan, make_source

SVG = "{http://www.w3.org/2000/svg}"


def lineage(earlier, later, relation="continues", basis="stated"):
    return SimpleNamespace(earlier_id=earlier, later_id=later, relation=relation, basis=basis)


def sorted_out(result):
    return {
        **{key: result.of_earlier(key) for key in ("again", "carried", "related", "missing")},
        "new": result.of_later("new"),
    }


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
        assert result.of_earlier("carried") == [1]
        assert result.of_later("new") == []

    def test_lineage_is_followed_through_commitments_of_other_documents(self):
        links = [lineage(1, 5), lineage(5, 2, basis="inferred")]
        result = outcome([1], [2], links)
        assert result.successors == {1: {2: tuple(links)}}

    def test_lineage_is_not_followed_backwards(self):
        result = outcome([1], [2], [lineage(2, 1)])
        assert result.of_earlier("missing") == [1]
        assert result.of_later("new") == [2]

    def test_what_is_only_related_is_not_carried_on_whichever_way_the_link_points(self):
        for one in (lineage(1, 2, "relates"), lineage(2, 1, "relates")):
            result = outcome([1], [2], [one])
            assert result.of_earlier("carried") == []
            assert result.of_earlier("related") == [1]
            assert result.of_later("related") == [2]

    def test_lineage_does_not_run_on_through_a_mere_relation(self):
        result = outcome([1], [2], [lineage(1, 5, "relates"), lineage(5, 2)])
        assert result.of_earlier("missing") == [1]
        assert result.of_later("new") == [2]

    def test_splits_merges_and_circles_count_each_commitment_once(self):
        links = [lineage(1, 8), lineage(1, 9), lineage(2, 9), lineage(9, 1)]
        result = outcome([1, 2, 3], [8, 9, 10], links)
        assert result.of_earlier("carried") == [1, 2]
        assert result.of_earlier("missing") == [3]
        assert result.of_later("carried") == [8, 9]
        assert result.of_later("new") == [10]

    def test_what_a_commitment_named_again_also_led_to_is_not_new(self):
        result = outcome([1], [1, 2], [lineage(1, 2)])
        assert result.of_earlier("again") == [1]
        assert result.of_later("carried") == [2]
        assert result.of_later("new") == []


def spoken(pieces):
    return " ".join(f"[{piece.text}]" if piece.is_own else piece.text for piece in pieces)


class TestWords:
    def test_words_that_stand_in_one_text_alone_are_marked_in_it(self):
        found = wording("Train the staff of all embassies.", "Train new staff of all embassies")
        assert spoken(found.earlier) == "Train [the] staff of all embassies."
        assert spoken(found.later) == "Train [new] staff of all embassies"
        assert (found.shared, found.words) == (5, 6)

    def test_a_lone_short_word_in_common_is_not_called_shared(self):
        found = wording("Teach pupils of schools.", "Fund police of towns")
        assert spoken(found.earlier) == "[Teach pupils of schools.]"
        assert found.shared == 0

    def test_nothing_of_a_text_is_lost(self):
        before, after = "One  two\nthree, four!", "four three Two — one"
        found = wording(before, after)
        for text, pieces in ((before, found.earlier), (after, found.later)):
            assert " ".join(piece.text for piece in pieces).split() == text.split()


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
            "Of the 4 commitments in the earlier document, the later one names 1 again, carries on 1"
            " in other words, and has something on the same subject for 1 more."
            " It does not mention 1 of the 4."
        ) in words
        assert "New in the later one, without a forerunner in the earlier: 1 of 4." in words

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

    def test_it_never_says_that_a_promise_was_dropped(self, client, documents):
        words = text(client.get("/compare/?from=call&to=sheet")).lower()
        for verdict in ("dropped", "abandoned", "broken", "forgotten"):
            assert verdict not in words

    def test_words_of_one_text_alone_are_marked_for_eyes_and_ears(self, client, documents):
        page = client.get("/compare/?from=call&to=sheet").content.decode()
        assert '<del><span class="vh">only here: </span>' in page
        assert '<ins><span class="vh">only here: </span>' in page

    def test_the_document_of_a_plan_stands_for_what_was_announced_with_it(self, client, documents):
        words = text(client.get("/compare/?from=plan&to=sheet"))
        assert "Of the 5 commitments in the earlier document" in words

    def test_documents_named_in_reverse_are_put_in_order_and_it_says_so(self, client, documents):
        words = text(client.get("/compare/?from=sheet&to=call"))
        assert "You named the later document first." in words
        assert "Of the 4 commitments in the earlier document, the later one names 1 again" in words

    def test_documents_of_one_day_stay_as_named_and_it_says_so(self, client, documents):
        assert "do not say which of the two came first" in text(
            client.get("/compare/?from=plan&to=call")
        )

    def test_one_document_twice_is_told_in_words(self, client, documents):
        words = text(client.get("/compare/?from=call&to=call"))
        assert "Both documents are the same, “Press call, 3 Dec 2021”" in words

    def test_without_documents_it_offers_pairs_to_begin_with(self, client, documents):
        response = client.get("/compare/")
        assert "From 2021 to 2024" in text(response)
        assert "/compare/?from=plan&amp;to=sheet" in response.content.decode()
        assert "Press call, 3 Dec 2021: 4 commitments" in text(response)

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
        assert "Of the 4 commitments in the earlier document" in words
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
        assert root.find(f"{SVG}title").text and "names 1 again" in root.find(f"{SVG}desc").text
        assert "var(" not in drawn and "class=" not in drawn and "<style" not in drawn
        assert colour("accent") in drawn
        assert "1 of 4 not mentioned in the later document" in drawn

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
