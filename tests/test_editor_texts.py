"""Texts, citations and lineage of a commitment at the desk."""

import datetime as dt
import re

import pytest

from commitments.models import Change, Source
from tests.editor_pages import (
    WORDS,
    address,
    citation,
    editor,  # noqa: F401
    entry,
    holds,
    item,  # noqa: F401
    new_source,
    paper,  # noqa: F401
    second,  # noqa: F401
)
from tests.factories import link, make_commitment, make_source

pytestmark = pytest.mark.django_db


def test_an_edit_is_saved_with_its_reason_and_shows_on_the_public_page(editor, item, client):
    response = editor.post(address(item, "edit"), entry(item, title="Train all nurses"))
    assert response.url == f"/commitments/{item.code}/#edits"
    item.refresh_from_db()
    assert (item.title, item.due_on, item.due_precision) == (
        "Train all nurses",
        dt.date(2024, 12, 31),
        "year",
    )
    assert list(item.roles.values_list("agency__slug", flat=True)) == ["doj", "hhs"]
    page = client.get(f"/commitments/{item.code}/")
    assert holds(page, "Edits to this entry", "The sheet was read again.", "Train every nurse")
    assert holds(client.get(f"/commitments/{item.code}/?as_of=2022-06-01"), "Train all nurses")
    assert not holds(client.get(f"/commitments/{item.code}/?as_of=2022-06-01"), 'id="edits"')


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"title": ""},
        {"pillar": "prevention"},
        {"kind": "wish"},
        {"due_on_year": "20"},
        {"agencies-1-agency": "hhs"},
        {"agencies-1-agency": "nowhere"},
        {"agencies-1-place": "x"},
        {"agencies-TOTAL_FORMS": "x"},
        {"agencies-TOTAL_FORMS": ""},
    ],
)
def test_an_edit_that_cannot_be_saved_keeps_everything_typed(editor, item, wrong):
    from tests.factories import make_pillar

    make_pillar("prevention")
    before = Change.objects.count()
    response = editor.post(address(item, "edit"), entry(item, summary=WORDS, note=WORDS) | wrong)
    assert response.status_code == 422
    assert holds(response, WORDS)
    assert Change.objects.count() == before


def test_more_rows_for_agencies_keep_everything_typed(editor, item):
    response = editor.post(address(item, "edit"), entry(item, summary=WORDS, action="more"))
    assert holds(response, WORDS, 'name="agencies-4-agency"')


def test_two_who_edit_one_entry_see_both_texts(editor, item):
    typed = entry(item, summary=WORDS)
    editor.post(address(item, "edit"), entry(item, summary="Somebody was faster."))
    response = editor.post(address(item, "edit"), typed)
    assert response.status_code == 409
    assert holds(response, "Somebody was faster.", WORDS, "Stands now", "You typed")
    item.refresh_from_db()
    assert item.summary == "Somebody was faster."
    typed["seen_version"] = item.seq
    assert editor.post(address(item, "edit"), typed).status_code == 302


def test_two_who_edit_different_fields_both_have_their_way_and_a_conflict_undoes_nothing(
    editor, item
):
    late, later = entry(item, target="Mine"), entry(item, title="Mine too", target="Mine again")
    editor.post(address(item, "edit"), entry(item, title="Theirs", note="Theirs as well"))
    assert editor.post(address(item, "edit"), late).status_code == 302
    item.refresh_from_db()
    assert (item.title, item.note, item.target) == ("Theirs", "Theirs as well", "Mine")
    response = editor.post(address(item, "edit"), later)
    assert response.status_code == 409
    form = response.context["form"]
    assert (form["title"].value(), form["note"].value()) == ("Mine too", "Theirs as well")
    differing = [row.name for row in response.context["form"].conflict["differences"]]
    assert differing == ["Title", "Target"]


def test_an_entry_is_taken_off_the_public_pages_by_two_people_and_edited_there(
    editor, second, item, client
):
    typed = entry(item)
    del typed["is_published"]
    assert editor.post(address(item, "edit"), typed).url.endswith("#edits")
    assert client.get(f"/commitments/{item.code}/").status_code == 200
    item.refresh_from_db()
    seen = {"seen_version": item.seq, "action": "save"}
    assert editor.post(address(item, "unpublish"), seen).status_code == 422
    waits = editor.post(address(item, "unpublish"), seen | {"reason": WORDS}).url
    assert client.get(f"/commitments/{item.code}/").status_code == 200
    assert holds(editor.get(waits), WORDS, "another editor must approve")
    decided = {"seen_version": item.seq, "action": "approve"}
    assert editor.post(waits, decided).status_code == 422
    assert holds(second.get(waits), "To unpublish this commitment", WORDS)
    response = second.post(waits, decided)
    assert response.url == address(item, "edit")
    assert client.get(f"/commitments/{item.code}/").status_code == 410
    assert holds(editor.get("/editor/"), "Not published", "Train every nurse")
    assert editor.get("/editor/?q=us21-prt-951").url == address(item, "edit")
    assert holds(editor.get(response.url), "not published")


def test_citations_are_added_and_taken_away_with_a_reason_that_readers_see(
    editor, item, paper, client
):
    where = address(item, "citations")
    response = editor.post(where, citation(**{"add-reason": ""}))
    assert response.status_code == 422 and holds(response, WORDS, "Say why you change it")
    assert holds(response, 'value="paper" checked', 'value="paragraph 9"')
    assert editor.post(where, citation()).status_code == 302
    assert item.citations.get(relation="reports").note == WORDS
    assert holds(client.get(f"/commitments/{item.code}/"), "Citation added", "Found it.")
    assert holds(editor.post(where, citation(), follow=True), "It is in the record already.")
    gone = {"action": "remove", "gone-remove": "paper|reports|paragraph 9"}
    assert editor.post(where, gone).status_code == 422
    assert editor.post(where, gone | {"gone-reason": "Not it."}).status_code == 302
    assert item.citations.count() == 1
    again = editor.post(where, citation() | gone | {"gone-reason": "Not it."})
    assert again.status_code == 422 and holds(again, "It is gone already", WORDS)
    assert holds(client.get(f"/commitments/{item.code}/"), "Citation removed", "Not it.")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"evidence": []}, "Choose a document."),
        ({"evidence": ["paper", "nowhere"]}, "There is no source nowhere"),
        ({"locator-paper": " "}, "Say where in “Appropriators wonder” (paper)"),
        ({"add-relation": "denies"}, "denies"),
        (new_source(), "typed but not added yet"),
    ],
)
def test_a_citation_that_cannot_be_added_keeps_everything_typed(editor, item, paper, wrong, words):
    response = editor.post(address(item, "citations"), citation(**wrong))
    assert response.status_code == 422 and holds(response, words, WORDS, "Found it.")
    assert item.citations.count() == 1


def test_the_document_to_cite_is_found_or_added_there_and_nothing_is_lost(editor, item, paper):
    where = address(item, "citations")
    typed = citation(action="search", sq="facts press")
    response = editor.post(where, typed)
    assert holds(response, "A sheet of facts", WORDS, "Found it.", 'value="paragraph 9"')
    response = editor.post(where, typed | new_source(kind="") | {"action": "add_source"})
    assert response.status_code == 422 and holds(response, "A new report", WORDS)
    response = editor.post(where, typed | new_source() | {"action": "add_source"})
    slug = Source.objects.get(title="A new report").slug
    assert holds(response, f'value="{slug}" checked', 'value="paper" checked', WORDS)
    both = citation(evidence=["paper", slug], **{f"locator-{slug}": "page 2"})
    assert editor.post(where, both).status_code == 302
    assert item.citations.count() == 3


def test_lineage_is_added_and_taken_away(editor, item):
    other = make_commitment("US24-PRT-001", announced_on=dt.date(2024, 2, 14))
    where = address(item, "lineage")
    typed = {
        "action": "add",
        "add-other": "us24-prt-001",
        "add-direction": "earlier",
        "add-relation": "continues",
        "add-basis": "inferred",
        "add-reason": "Same words.",
    }
    response = editor.post(where, typed)
    assert response.status_code == 422 and holds(response, "was announced before the earlier one")
    assert editor.post(where, typed | {"add-other": "US99-PRT-001"}).status_code == 422
    typed["add-direction"] = "later"
    assert editor.post(where, typed | {"add-reason": ""}).status_code == 422
    stated = {"add-basis": "stated", "add-source": "facts press"}
    assert editor.post(where, typed | stated).status_code == 302
    found = item.links_to_later.get()
    assert (found.later, found.source.slug) == (other, "sheet")
    assert holds(editor.get(f"/commitments/{item.code}/"), "Lineage link added", "Same words.")
    gone = {"action": "remove", "gone-reason": "Not so."}
    gone["gone-remove"] = "US21-PRT-951|US24-PRT-001|continues"
    assert editor.post(where, gone).status_code == 302
    assert not item.links_to_later.exists()


def test_words_name_what_they_alone_fit_and_otherwise_say_what_they_could_mean(editor, item):
    nights = make_commitment("US24-PRT-001", title="Train nurses who work nights")
    make_commitment("US24-PRT-002", title="Train nurses who work days")
    make_source("sheet-2", title="A second sheet of facts")
    where = address(item, "lineage")
    typed = {
        "action": "add",
        "add-other": "train nurses",
        "add-direction": "later",
        "add-relation": "relates",
        "add-basis": "stated",
        "add-source": "sheet of facts",
        "add-reason": "Both say so.",
    }
    response = editor.post(where, typed)
    assert response.status_code == 422
    assert holds(
        response, "More than one is possible", "US24-PRT-001 (Train nurses who work nights)"
    )
    typed["add-other"] = "nurses nights"
    response = editor.post(where, typed)
    assert holds(response, "More than one is possible", "sheet-2 (A second sheet of facts)")
    response = editor.post(where, typed | {"add-source": "unheard of"})
    assert holds(response, "No source in the record holds the words “unheard of”", "Both say so.")
    assert editor.post(where, typed | {"add-source": "sheet-2"}).status_code == 302
    assert item.links_to_later.get().later == nights
    for page, field, found in (
        ("/editor/", "add-other", "US24-PRT-001"),
        ("/editor/sources/", "add-source", "sheet-2"),
    ):
        asked = {"suggest": "1", field: {"add-other": "nights"}.get(field, "second")}
        headers = {"HX-Request": "true", "HX-Trigger-Name": field}
        answer = editor.get(page, asked, headers=headers)
        assert re.findall(r'<option value="([^"]+)"', answer.content.decode()) == [found]


def test_what_was_edited_about_a_hidden_entry_stays_hidden(client, item, editor):
    draft = make_commitment("US21-PRT-900", title="A secret draft", is_published=False)
    link(item, draft, "relates", note="A secret note")
    assert not holds(client.get(f"/commitments/{item.code}/"), "US21-PRT-900")
