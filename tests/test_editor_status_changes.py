"""Recording, approving and correcting a status at the desk."""

import datetime as dt
import html
import re

import pytest

from commitments.models import Change, Commitment, Proposal, Source, StatusChange
from planwatch.accounts.permissions import handle_of
from tests.editor_pages import (
    WORDS,
    address,
    contributor,  # noqa: F401
    editor,  # noqa: F401
    fields,
    holds,
    item,  # noqa: F401
    new_source,
    paper,  # noqa: F401
    second,  # noqa: F401
    seen_in,
)
from tests.factories import change, correct, make_commitment

pytestmark = pytest.mark.django_db


# Recording


def test_an_editor_records_a_step_that_needs_no_second_person(editor, item):
    response = editor.post(address(item), fields(item))
    assert response.url == f"/commitments/{item.code}/#history"
    step = StatusChange.objects.get()
    assert (step.status, step.effective_on) == ("in_progress", dt.date(2022, 2, 5))
    assert (step.explanation, step.actor) == (WORDS, handle_of(editor.user))
    assert step.evidence.get().locator == "page 3"
    assert holds(editor.get(response.url), "Recorded as step 1.")


@pytest.mark.parametrize(
    ("day", "month", "year", "kept", "precision"),
    [
        ("5", "2", "2022", dt.date(2022, 2, 5), "day"),
        ("", "2", "2022", dt.date(2022, 2, 1), "month"),
        ("", "", "2022", dt.date(2022, 1, 1), "year"),
    ],
)
def test_a_date_is_as_precise_as_it_was_typed(editor, item, day, month, year, kept, precision):
    typed = fields(item, effective_on_day=day, effective_on_month=month, effective_on_year=year)
    editor.post(address(item), typed)
    step = StatusChange.objects.get()
    assert (step.effective_on, step.precision) == (kept, precision)


WRONG = {
    "no status": {"status": ""},
    "an unknown status": {"status": "broken"},
    "no date": {"effective_on_day": "", "effective_on_month": "", "effective_on_year": ""},
    "the 31st of February": {"effective_on_day": "31"},
    "letters for a day": {"effective_on_day": "x"},
    "a day without a month": {"effective_on_month": ""},
    "an unknown month": {"effective_on_month": "77"},
    "a year of two digits": {"effective_on_year": "22"},
    "a year in other digits": {"effective_on_year": "٢٠٢٢"},
    "the future": {"effective_on_year": "2999"},
    "long ago": {"effective_on_year": "1066"},
    "no evidence": {"evidence": []},
    "an unknown source": {"evidence": ["nowhere"]},
    "no place in the source": {"locator-sheet": " "},
    "a place too long": {"locator-sheet": "x" * 300},
    "a move before its time": {"status": "not_met"},
    "a step that cannot be corrected": {"corrects": "9"},
    "a step that is no number": {"corrects": "x"},
    "a text too long": {"explanation": "x" * 10_001},
    "a null character": {"explanation": f"{WORDS}\0"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_recorded_says_why_and_everything_typed_stays(editor, item, wrong):
    typed = fields(item) | {"sq": "press", "new-title": ""} | WRONG[wrong]
    response = editor.post(address(item), typed)
    assert response.status_code == 422
    assert holds(response, "This is not saved yet")
    if "explanation" not in WRONG[wrong]:
        assert holds(response, WORDS)
    if "locator-sheet" not in WRONG[wrong]:
        assert holds(response, 'value="page 3"')
    assert holds(response, 'value="press"')
    for part in ("day", "year"):
        assert holds(response, f'value="{typed[f"effective_on_{part}"]}"')
    assert not StatusChange.objects.exists()
    assert not Proposal.objects.exists()


def test_moves_that_are_not_allowed_are_disabled_with_the_reason_beside_them(editor, item):
    change(item, "in_progress", dt.date(2022, 1, 5))
    page = html.unescape(editor.get(address(item)).content.decode())
    disabled = set(
        re.findall(r'name="status"\s+id="s-\w+"\s+value="(\w+)"\s+aria[^>]*disabled', page)
    )
    assert {"in_progress", "no_evidence", "superseded"} <= disabled
    assert disabled & {"stalled", "completed", "withdrawn"} == set()
    assert "Already this status; record a review" in page
    assert "Only by a correction" in page
    assert "Needs a successor in the record first" in page
    # Before that step other moves are possible, and the deadline has not passed.
    past = fields(item, status="", action="preview", effective_on_day="4", effective_on_month="1")
    page = html.unescape(editor.post(address(item), past).content.decode())
    assert "it follows “No evidence found”" in page
    assert "Only once the due date or the plan’s period has passed" in page


def test_a_chosen_status_that_stops_to_fit_is_not_lost(editor, item):
    typed = fields(item, status="not_met", action="preview")
    page = editor.post(address(item), typed).content.decode()
    assert re.search(r'id="s-not_met"\s+value="not_met"\s+aria[^>]*checked\s*>', page)


def test_a_preview_shows_the_history_as_it_would_become_and_writes_nothing(editor, item, paper):
    change(item, "in_progress", dt.date(2022, 3, 5))
    before = Change.objects.count()
    response = editor.post(address(item), fields(item, action="preview"))
    assert response.status_code == 200
    assert holds(response, "Not yet recorded.", "It does not fit yet", "would make step 1")
    legal = fields(item, status="stalled", effective_on_month="4", action="preview")
    response = editor.post(address(item), legal)
    assert holds(response, "Not yet recorded.", "The rule is met.", "Record this change", WORDS)
    assert not holds(response, "It does not fit yet")
    closing = fields(item, status="completed", effective_on_month="4", action="preview")
    response = editor.post(address(item), closing)
    assert holds(response, "takes two people", "Send to a second editor")
    assert Change.objects.count() == before


def test_evidence_is_found_by_typing_and_what_was_chosen_stays_first(editor, item, paper):
    typed = fields(item, sq="roll appropriators", action="search")
    response = editor.post(address(item), typed)
    page = " ".join(html.unescape(response.content.decode()).split())
    assert page.index('value="sheet" checked') < page.index('value="paper"')
    assert WORDS in page
    answer = editor.get(
        "/editor/sources/",
        {"sq": "roll", "for": item.code, "evidence": "sheet", "locator-sheet": "page 3"},
        headers={"HX-Request": "true"},
    )
    assert holds(answer, "Appropriators wonder", 'value="page 3"')
    assert b"<html" not in answer.content
    response = editor.post(address(item), fields(item, sq="nothing-like-it", action="search"))
    assert holds(response, WORDS, "A sheet of facts", 'value="nothing-like-it"')


def test_a_source_is_added_inside_the_form_and_nothing_is_lost(editor, item):
    typed = fields(item, action="add_source") | new_source()
    response = editor.post(address(item), typed)
    source = Source.objects.get(title="A new report")
    assert (source.slug, source.precision) == ("inspector-general-2022-a-new-report", "month")
    assert holds(response, WORDS, 'value="page 3"', f'value="{source.slug}" checked')
    assert not StatusChange.objects.exists()


def test_a_source_that_cannot_be_added_says_why_and_both_forms_stay(editor, item):
    typed = fields(item, action="add_source") | new_source(url="javascript:alert(1)", kind="")
    response = editor.post(address(item), typed)
    assert response.status_code == 422
    assert holds(response, WORDS, "A new report", "javascript:alert(1)", "This field is required")
    assert not Source.objects.filter(title="A new report").exists()


def test_a_source_typed_but_not_added_stops_the_save(editor, item):
    response = editor.post(address(item), fields(item) | new_source())
    assert response.status_code == 422
    assert holds(response, "typed but not added", "A new report", WORDS)


def test_a_closing_goes_to_a_second_editor_who_approves_it(editor, second, item, client):
    response = editor.post(address(item), fields(item, status="completed"))
    proposal = Proposal.objects.get()
    assert response.url == f"/editor/proposals/{proposal.pk}/"
    assert not StatusChange.objects.exists()
    assert WORDS not in html.unescape(client.get("/changes/").content.decode())
    page = editor.get(response.url)
    assert holds(page, "another editor must approve it", "Withdraw")
    assert not holds(page, "Approve and record")
    seen = {"seen_version": proposal.commitment.seq}
    refused = editor.post(response.url, {"action": "approve"} | seen)
    assert holds(refused, "You proposed this") and not StatusChange.objects.exists()
    assert holds(second.get("/editor/"), "Train every nurse", "Proposals, 1 waiting")
    page = second.get(response.url)
    assert holds(page, "What stands", "What is proposed", WORDS, "Approve and record")
    assert second.post(response.url, {"action": "approve"} | seen).status_code == 302
    step = StatusChange.objects.get()
    assert step.actor == handle_of(editor.user)
    assert holds(second.get("/editor/proposals/"), f"Approved by {handle_of(second.user)}")


def test_what_a_contributor_enters_becomes_a_proposal(contributor, editor, item):
    page = contributor.get(address(item))
    assert holds(page, "Propose a status change", "Send to a second editor")
    response = contributor.post(address(item), fields(item))
    assert not StatusChange.objects.exists()
    where = response.url
    assert contributor.post(where, {"action": "approve"}).status_code in (403, 200, 422)
    assert not StatusChange.objects.exists()
    seen = {"seen_version": item.seq + 10}
    assert editor.post(where, {"action": "approve"} | seen).status_code == 302
    assert StatusChange.objects.get().actor == handle_of(contributor.user)


def test_a_contributor_may_not_decide_on_what_others_propose(contributor, editor, item):
    where = editor.post(address(item), fields(item, status="completed")).url
    for action in ("approve", "decline"):
        response = contributor.post(where, {"action": action, "reason": "I would rather not."})
        assert response.status_code == 403
        assert holds(response, "I would rather not.")
    assert Proposal.objects.get().state == "waiting"


def test_declining_needs_a_reason_and_withdrawing_does_not(editor, second, item):
    first = editor.post(address(item), fields(item, status="completed")).url
    response = second.post(first, {"action": "decline", "reason": " "})
    assert response.status_code == 422 and holds(response, "Say why")
    assert second.post(first, {"action": "decline", "reason": "Too thin."}).status_code == 302
    assert holds(editor.get(first), "Declined", "Too thin.")
    other = editor.post(address(item), fields(item, status="withdrawn")).url
    assert editor.post(other, {"action": "decline"}).status_code == 302
    assert Proposal.objects.get(status="withdrawn").state == "withdrawn"


def test_a_proposal_that_no_longer_fits_says_why(editor, second, item):
    where = editor.post(address(item), fields(item, status="completed")).url
    change(item, "withdrawn", dt.date(2022, 1, 5))
    page = second.get(where)
    assert holds(page, "This proposal no longer fits", "cannot follow")
    assert not holds(page, "Approve and record")


def test_an_approval_on_top_of_a_change_that_was_not_seen_asks_again(editor, second, item):
    where = editor.post(address(item), fields(item, status="completed")).url
    seen = {"seen_version": Commitment.objects.get(pk=item.pk).seq, "action": "approve"}
    change(item, "in_progress", dt.date(2022, 1, 5))
    response = second.post(where, seen)
    assert response.status_code == 409 and holds(response, "Somebody changed this")
    assert Proposal.objects.get().state == "waiting"


# Corrections


def test_a_step_is_corrected_by_two_people_and_stands_in_the_public_list(
    editor, second, item, client
):
    change(item, "in_progress", dt.date(2022, 2, 5), [Source.objects.get(slug="sheet")])
    page = editor.get(f"{address(item)}?corrects=1")
    assert holds(page, "Correct a step", 'value="sheet" checked', "To be struck out")
    response = editor.post(
        f"{address(item)}?corrects=1",
        fields(item, status="not_started", corrects="1", correction_reason="Read again."),
    )
    proposal = Proposal.objects.get()
    assert holds(editor.get(response.url), "would be struck out", "corrects step 1")
    assert holds(client.get("/corrections/"), "Nothing has been corrected yet.")
    second.post(response.url, {"action": "approve", "seen_version": proposal.commitment.seq})
    page = client.get("/corrections/")
    assert holds(page, "Step 1 said", "Step 2 says", "Train every nurse", WORDS)
    for step in (1, 9):
        assert editor.get(f"{address(item)}?corrects={step}").status_code == 404


def test_corrections_are_paged_by_key_newest_first_and_hide_what_is_not_published(client, item):
    for number in range(1, 6):
        other = make_commitment(is_published=number != 3)
        change(other, "in_progress", dt.date(2022, 2, 5))
        correct(other, 1, "not_started", dt.date(2022, 2, 5), explanation=f"Reason {number}.")
    seen, where = [], "/corrections/?page_size=2"
    while where:
        page = html.unescape(client.get(where).content.decode())
        seen += re.findall(r"Reason \d", page)
        further = re.search(r'rel="next"\s+href="([^"]+)"', page)
        where = further and further[1]
    assert seen == ["Reason 5", "Reason 4", "Reason 2", "Reason 1"]
    for page in ("/", "/method/"):
        assert holds(client.get(page), 'href="/corrections/"')


def test_corrections_are_those_that_had_been_made_and_had_become_true(client, item):
    change(item, "in_progress", dt.date(2022, 2, 5))
    correct(item, 1, "not_started", dt.date(2022, 2, 5), explanation="Read again.")
    made = item.status_changes.get(corrects__seq=1).recorded_at
    before = (made - dt.timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")
    for query in ("as_of=2022-02-04", f"known_at={before}"):
        assert holds(client.get(f"/corrections/?{query}"), "Nothing has been corrected yet.")
    for query in ("as_of=2022-02-05", f"known_at={made.isoformat().replace('+00:00', 'Z')}"):
        assert holds(client.get(f"/corrections/?{query}"), "Read again.")


def test_many_change_status_at_once_and_the_look_says_which_do_not_fit(editor, item, paper):
    other, closed = make_commitment(title="Other"), make_commitment(title="Under way already")
    change(closed, "in_progress", dt.date(2022, 1, 5))
    where = "/editor/record/?pillar=protection"
    page = editor.get(where)
    assert page.content.count(b'name="codes"') == 3
    assert page.content.count(b"checked>") == 0, "nothing is ticked beforehand"
    codes = [item.code, other.code, closed.code]
    typed = fields(item, **seen_in(page)) | {"codes": codes, "action": "look"}
    assert editor.post(where, typed | {"codes": []}).status_code == 422
    assert editor.post(where, typed | {"status": ""}).status_code == 422
    look = editor.post(where, typed)
    assert holds(look, "What will be recorded", WORDS, "page 3", "Record 2 changes", "Does not fit")
    assert holds(look, "“No evidence found” becomes “In progress”", "recorded at once and public")
    fit = re.findall(r'name="codes" value="([^"]+)"', look.content.decode())
    assert fit == sorted([item.code, other.code])
    again = editor.post(where, typed | {"codes": fit, "unfit": closed.code, "action": "change"})
    assert again.status_code == 200 and holds(again, WORDS, "page 3")
    assert again.content.count(b'name="codes"') == again.content.count(b"checked>") - 1 == 3
    assert not item.status_changes.exists()
    assert editor.post(where, typed | {"codes": codes, "action": "save"}).status_code == 422
    assert not item.status_changes.exists(), "all of them or none"
    done = editor.post(where, typed | {"codes": fit, "action": "save"}, follow=True)
    assert holds(done, "Recorded: 2. Sent to a second editor: 0.")
    assert [each.status_changes.get().evidence.count() for each in (item, other)] == [1, 1]
    stale = editor.post(where, typed | {"codes": fit, "status": "stalled", "action": "save"})
    assert stale.status_code == 409 and holds(stale, "Changed since you saw it", WORDS)


def test_many_that_are_closed_at_once_wait_for_a_second_editor(editor, item, paper):
    other = make_commitment(title="Other")
    where = "/editor/record/?pillar=protection"
    typed = fields(item, status="withdrawn", evidence=["paper"], **{"locator-paper": "page 1"})
    typed |= {"codes": [item.code, other.code], "action": "look", **seen_in(editor.get(where))}
    assert holds(editor.post(where, typed), "goes to a second editor", "Record 2 changes")
    done = editor.post(where, typed | {"action": "save"}, follow=True)
    assert holds(done, "Recorded: 0. Sent to a second editor: 2.")
    assert Proposal.objects.waiting().count() == 2
    assert not item.status_changes.exists() and not other.status_changes.exists()


def test_sources_for_many_are_searched_and_added_without_losing_the_form(editor, item):
    where = "/editor/record/"
    typed = fields(item, codes=[item.code], action="add_source") | new_source()
    page = editor.post(where, typed)
    assert page.status_code == 200 and holds(page, WORDS, "A new report", "page 3")
    assert page.content.count(b"checked>") == 3, "the commitment and two sources"
    found = editor.post(where, typed | {"action": "search", "sq": "facts"})
    assert holds(found, WORDS, "A sheet of facts")
