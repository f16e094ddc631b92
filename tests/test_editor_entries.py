"""A new commitment: typed on one page, with the documents that announce it."""

import datetime as dt

import pytest

from commitments import services
from commitments.models import Change, Citation, Commitment, Source
from commitments.querysets.sql import today
from planwatch.accounts.permissions import handle_of
from tests.editor_pages import WORDS, account, holds, new_source, signed_in
from tests.factories import ACTOR, cite, make_agency, make_commitment, make_section, make_source

pytestmark = pytest.mark.django_db
WHERE = "/editor/commitments/new/"


@pytest.fixture
def editor(db):
    return signed_in("first", "Editor")


@pytest.fixture(autouse=True)
def place(db):
    make_agency("hhs", name="Department of Health")
    make_agency("doj", name="Department of Justice")
    make_section("protection-1")
    make_source("sheet", title="A sheet of facts", publisher="The Press")


def entry(**changed):
    """Return what the form of a new commitment posts."""
    typed = {
        "plan": "us-nap-2021",
        "title": "Train every nurse",
        "summary": WORDS,
        "announced_on_day": "3",
        "announced_on_month": "12",
        "announced_on_year": "2021",
        "evidence": ["sheet"],
        "locator-sheet": "paragraph 7",
        "note-sheet": "In passing.",
        "kind": "deliverable",
        "pillar": "protection",
        "pillar_basis": "stated",
        "section": "us-nap-2021:protection-1",
        "due_on_year": "2024",
        "target": "Every nurse.",
        "agencies-TOTAL_FORMS": "2",
        "agencies-INITIAL_FORMS": "0",
        "agencies-0-agency": "hhs",
        "agencies-0-role": "lead",
        "agencies-1-agency": "doj",
        "agencies-1-role": "partner",
        "action": "publish",
    }
    return typed | changed


def test_a_commitment_is_published_with_its_source_and_the_next_free_code(editor, client):
    make_commitment("US21-PRT-017")
    response = editor.post(WHERE, entry())
    item = Commitment.objects.get(title="Train every nurse")
    assert response.url == f"/commitments/{item.code}/"
    assert item.code == "US21-PRT-018"
    assert (item.due_on, item.due_precision) == (dt.date(2024, 12, 31), "year")
    assert item.section.key == "protection-1"
    owed = list(item.roles.order_by("role").values_list("role", "agency__slug"))
    assert owed == [("lead", "hhs"), ("partner", "doj")]
    citation = item.citations.get()
    assert (citation.source.slug, citation.relation) == ("sheet", "announces")
    assert (citation.locator, citation.note) == ("paragraph 7", "In passing.")
    assert holds(client.get(response.url), "Train every nurse", "A sheet of facts", "paragraph 7")
    assert holds(client.get("/commitments/?q=nurse"), item.code)
    assert {row.actor for row in item.changes.all()} == {handle_of(editor.user)}
    assert holds(editor.get(response.url), f"Published as {item.code}.")


def test_a_draft_is_kept_from_everybody_else_until_it_is_published(editor, client):
    response = editor.post(WHERE, entry(action="draft", code="us21-prt-400"))
    assert response.url == "/editor/commitments/US21-PRT-400/edit/"
    assert holds(editor.get(response.url), "Kept as a draft with the code US21-PRT-400")
    assert client.get("/commitments/US21-PRT-400/").status_code == 404
    assert holds(editor.get("/editor/"), "Train every nurse", "Commitment entered")


WRONG = {
    "no title": {"title": ""},
    "no plan": {"plan": ""},
    "an unknown plan": {"plan": "nowhere"},
    "no kind": {"kind": ""},
    "no pillar": {"pillar": ""},
    "another plan's section": {"section": "us-nap-2027:protection-1"},
    "another pillar's section": {"pillar": "prevention"},
    "no day of announcement": {"announced_on_day": ""},
    "announced in the future": {"announced_on_year": "2999"},
    "announced long ago": {"announced_on_year": "1066"},
    "no document": {"evidence": []},
    "an unknown document": {"evidence": ["nowhere"]},
    "no place in the document": {"locator-sheet": " "},
    "a code that is none": {"code": "nurses/1"},
    "a code that is taken": {"code": "US21-PRT-950"},
    "one agency twice": {"agencies-1-agency": "hhs"},
    "an unknown agency": {"agencies-1-agency": "nowhere"},
    "rows that are not counted": {"agencies-TOTAL_FORMS": "x"},
    "a null character": {"target": "Every\0nurse"},
    "a source typed but not added": new_source(),
}


@pytest.mark.parametrize("action", ["publish", "draft"])
@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_kept_says_why_and_everything_typed_stays(editor, wrong, action):
    make_section("prevention-1", pillar="prevention")
    make_section("protection-1", plan="us-nap-2027")
    make_commitment("US21-PRT-950")
    before = Change.objects.count()
    typed = entry(note="Typed with care", action=action) | WRONG[wrong]
    response = editor.post(WHERE, typed)
    assert response.status_code == 422
    assert holds(response, WORDS, "Typed with care", 'value="In passing."')
    assert holds(response, "This is not saved yet") or holds(response, "cannot be saved like this")
    if "locator-sheet" not in WRONG[wrong]:
        assert holds(response, 'value="paragraph 7"')
    assert Change.objects.count() == before


def test_the_document_is_found_or_added_inside_the_form_and_nothing_is_lost(editor):
    typed = entry(evidence=[], action="search", sq="facts press")
    response = editor.post(WHERE, typed)
    assert response.status_code == 200
    assert holds(response, WORDS, "A sheet of facts", 'value="paragraph 7"', 'value="facts press"')
    assert not holds(response, "This is not saved yet")
    response = editor.post(WHERE, entry(action="add_source") | new_source())
    added = Source.objects.get(title="A new report")
    assert holds(response, WORDS, f'value="{added.slug}" checked', 'value="sheet" checked')
    response = editor.post(WHERE, entry(action="add_source") | new_source(kind=""))
    assert response.status_code == 422
    assert holds(response, WORDS, "A new report", "This field is required")
    response = editor.post(WHERE, entry(action="more"))
    assert holds(response, WORDS, 'name="agencies-3-agency"')
    assert not Commitment.objects.exists()


def test_what_was_typed_when_the_session_ended_comes_back(client):
    account("somebody", "Editor")
    ended = client.post(WHERE, entry())
    assert ended.status_code == 401
    packed = ended.context["typed"]
    signing_in = {"username": "somebody", "password": "a-long-password-for-tests"}
    response = client.post("/accounts/login/", signing_in | {"typed": packed})
    assert response.url == WHERE
    assert holds(client.get(WHERE), "What you typed is back", WORDS, 'value="paragraph 7"')
    assert not Commitment.objects.exists()


def test_contributors_do_not_add_commitments():
    somebody = signed_in("somebody", "Contributor")
    assert somebody.get(WHERE).status_code == 403
    refused = somebody.post(WHERE, entry())
    assert refused.status_code == 403 and holds(refused, WORDS)
    assert not Commitment.objects.exists()
    assert not holds(somebody.get("/editor/"), WHERE)


def test_the_desk_leads_to_the_page(editor):
    assert holds(editor.get("/editor/"), f'href="{WHERE}"', "Add a commitment")


def test_what_is_published_always_rests_on_a_document_that_announces_it():
    item = make_commitment("US21-PRT-951", is_published=False)
    fields = {"title": item.title, "code": item.code}
    with pytest.raises(Exception, match="needs a document that announces it"):
        make_commitment(**fields, is_published=True)
    first = cite(item)
    make_commitment(**fields, is_published=True)
    key = {"commitment": item.code, "source": first.source.slug, "locator": first.locator}
    gone = key | {"relation": "announces", "reason": "Not it.", "actor": ACTOR}
    with pytest.raises(Exception, match="needs a document that announces it"):
        services.delete_citation(**gone)
    cite(item)
    services.delete_citation(**gone)
    assert Citation.objects.count() == 1


def test_the_day_of_announcement_may_be_today(editor):
    day = today()
    typed = entry(
        announced_on_day=day.day, announced_on_month=day.month, announced_on_year=day.year
    )
    assert editor.post(WHERE, typed).status_code == 302
