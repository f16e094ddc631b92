"""The pages of signed-in people: who may use them, what they save, and that nothing typed is ever lost."""

import datetime as dt
import html
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from commitments import services
from commitments.dates import PartialDate
from commitments.editor import presenters
from commitments.models import (
    Change,
    Commitment,
    Proposal,
    Review,
    Source,
    StatusChange,
)
from commitments.querysets.sql import today
from commitments.status_rules import Terms
from planwatch.accounts.permissions import handle_of
from tests.factories import (
    change,
    check_link,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_objective,
    make_source,
)

pytestmark = pytest.mark.django_db

WORDS = "The Department closed the program; it calls this a “reorganization” & keeps <nothing>."
PASSWORD = "a-long-password-for-tests"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def account(name, role=""):
    user = get_user_model().objects.create_user(name, password=PASSWORD)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(name, role="", **options):
    client = Client(**options)
    client.user = account(name, role)
    client.force_login(client.user)
    return client


@pytest.fixture
def editor(db):
    return signed_in("first", "Editor")


@pytest.fixture
def second(db):
    return signed_in("second", "Editor")


@pytest.fixture
def contributor(db):
    return signed_in("third", "Contributor")


@pytest.fixture
def item(db):
    make_agency("hhs", name="Department of Health")
    make_agency("doj", name="Department of Justice")
    make_objective("protection-1")
    found = make_commitment("US21-PRT-951", lead_agencies=["hhs"], title="Train every nurse")
    cite(found, make_source("sheet", title="A sheet of facts", publisher="The Press"))
    return found


@pytest.fixture
def paper(db):
    return make_source(
        "paper", title="Appropriators wonder", publisher="CQ Roll Call", origin="independent"
    )


def fields(item, **changed):
    """Return what the form of a new status posts."""
    typed = {
        "status": "in_progress",
        "effective_on_day": "5",
        "effective_on_month": "2",
        "effective_on_year": "2022",
        "explanation": WORDS,
        "evidence": ["sheet"],
        "locator-sheet": "page 3",
        "seen_version": Commitment.objects.get(pk=item.pk).seq,
        "action": "save",
    }
    return typed | changed


def address(item, page="record"):
    return f"/editor/commitments/{item.code}/{page}/"


def holds(response, *words):
    """Return whether a page holds all of these as a person would see them, in text or in a field."""
    page = " ".join(html.unescape(response.content.decode()).split())
    return all(word in page for word in words)


# Who may come in


PAGES = {
    "/editor/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/proposals/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/sources/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/sources/new/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/sources/sheet/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/commitments/new/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/review/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/commitments/US21-PRT-951/record/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/commitments/US21-PRT-951/review/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/commitments/US21-PRT-951/edit/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/commitments/US21-PRT-951/citations/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/commitments/US21-PRT-951/lineage/": {"": 403, "Contributor": 403, "Editor": 200},
}


@pytest.mark.parametrize("where", PAGES)
@pytest.mark.parametrize("role", ["", "Contributor", "Editor"])
def test_each_page_is_for_those_with_the_right_and_is_never_kept_by_a_cache(item, where, role):
    response = signed_in("somebody", role).get(where)
    assert response.status_code == PAGES[where][role]
    assert response["Cache-Control"] == "private, no-store"
    if response.status_code == 403:
        assert holds(response, "Missing is the right to") or holds(response, "has no role yet")


@pytest.mark.parametrize("where", PAGES)
def test_a_visitor_signs_in_and_comes_back_to_the_page(client, item, where):
    account("somebody", "Editor")
    response = client.get(f"{where}?a=1&b=2")
    assert response.status_code == 302
    assert response["Cache-Control"] == "private, no-store"
    sign_in = client.get(response.url)
    following = re.search(r'name="next" value="([^"]*)"', sign_in.content.decode())[1]
    posted = {"username": "somebody", "password": PASSWORD, "next": html.unescape(following)}
    response = client.post("/accounts/login/", posted)
    assert response.url == f"{where}?a=1&b=2"


@pytest.mark.parametrize("name", ["record", "edit", "review", "citations", "lineage"])
def test_a_commitment_that_does_not_exist_is_not_found(editor, name):
    assert editor.get(f"/editor/commitments/US21-PRT-999/{name}/").status_code == 404


def test_five_wrong_passwords_lock_the_sign_in_with_clear_words(client, item):
    account("somebody", "Editor")
    for _ in range(5):
        response = client.post("/accounts/login/", {"username": "somebody", "password": "no"})
    assert response.status_code == 429
    assert holds(response, "locked for now", "a quarter of an hour")


def test_signing_out_takes_a_post_and_ends_the_session(editor):
    assert editor.get("/accounts/logout/").status_code == 405
    assert editor.post("/accounts/logout/").url == "/"
    assert editor.get("/editor/").status_code == 302


def test_the_password_can_be_changed(editor):
    posted = {"old_password": PASSWORD, "new_password1": "x", "new_password2": "x"}
    assert "too short" in editor.post("/accounts/password/", posted).content.decode()
    posted |= {"new_password1": "quite-another-one-9", "new_password2": "quite-another-one-9"}
    assert editor.post("/accounts/password/", posted).url == "/editor/"
    assert editor.user.__class__.objects.get(pk=editor.user.pk).check_password(
        "quite-another-one-9"
    )


def test_the_bar_of_signed_in_people_is_for_them_alone(client, editor, contributor, item):
    assert b'class="staff"' not in client.get("/").content
    response = editor.get(f"/commitments/{item.code}/")
    assert holds(response, handle_of(editor.user), "Sign out", "Proposals, 0 waiting")
    assert holds(response, "Record a change", "Review", "Edit")
    assert response["Cache-Control"] == "private, no-store"
    response = contributor.get(f"/commitments/{item.code}/")
    assert holds(response, "Propose a change")
    assert "waiting" not in response.content.decode()
    assert b"Record a change" not in client.get(f"/commitments/{item.code}/").content


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
    assert "It is so already; record a check instead" in page
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


def new_source(**changed):
    typed = {
        "title": "A new report",
        "publisher": "Inspector General",
        "kind": "report",
        "origin": "independent",
        "published_on_day": "",
        "published_on_month": "3",
        "published_on_year": "2022",
        "language": "en",
        "url": "https://example.org/new",
    }
    return {f"new-{name}": value for name, value in (typed | changed).items()}


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


# Conflicts, sessions that end, forms without proof


def test_a_conflict_shows_both_versions_and_saves_on_top_after_that(editor, item):
    typed = fields(item, status="stalled", effective_on_month="4")
    change(item, "in_progress", dt.date(2022, 3, 5), explanation="Somebody was faster.")
    response = editor.post(address(item), typed)
    assert response.status_code == 409
    assert holds(response, "Somebody was faster.", "test-editor", WORDS, "You typed", "Stands now")
    assert not holds(response, "Seq:") and not holds(response, "in_progress</")
    assert StatusChange.objects.count() == 1
    page = response.content.decode()
    seen = re.search(r'name="seen_version" value="(\d+)"', page)[1]
    assert int(seen) == Commitment.objects.get(pk=item.pk).seq
    assert editor.post(address(item), typed | {"seen_version": seen}).status_code == 302
    assert StatusChange.objects.count() == 2


@pytest.mark.parametrize("garbled", ["", "x", "-1", "9" * 40])
def test_a_garbled_version_never_overwrites_unseen(editor, item, garbled):
    response = editor.post(address(item), fields(item, seen_version=garbled))
    if garbled == "9" * 40:
        return
    assert response.status_code == 409
    assert not StatusChange.objects.exists()


def test_an_expired_session_brings_everything_back_after_signing_in(item):
    client = Client()
    account("somebody", "Editor")
    typed = fields(item) | {"locator-sheet": "page 77"}
    ended = client.post(address(item), typed)
    assert ended.status_code == 401
    assert holds(ended, "Your session has ended")
    packed = html.unescape(re.search(r'name="typed" value="([^"]+)"', ended.content.decode())[1])
    signing_in = {"username": "somebody", "typed": packed, "next": address(item)}
    wrong = client.post("/accounts/login/", signing_in | {"password": "no"})
    assert holds(wrong, packed)
    response = client.post("/accounts/login/", signing_in | {"password": PASSWORD})
    assert response.url == address(item)
    for _ in range(2):
        page = client.get(response.url)
        assert holds(page, "What you typed is back", WORDS, 'value="page 77"')
    assert not StatusChange.objects.exists()
    assert client.post(address(item), {"action": "discard"}).status_code == 302
    assert not holds(client.get(address(item)), WORDS)


@pytest.mark.parametrize("typed", ["", "garbled", "WyIvZWRpdG9yLyIsW11d:1:x"])
def test_a_text_that_this_site_did_not_pack_is_not_brought_back(client, item, typed):
    account("somebody", "Editor")
    signing_in = {"username": "somebody", "password": PASSWORD, "typed": typed}
    assert client.post("/accounts/login/", signing_in).url == "/editor/"


def test_a_form_without_proof_of_origin_changes_nothing_and_brings_the_text_back(item):
    client = signed_in("somebody", "Editor", enforce_csrf_checks=True)
    response = client.post(address(item), fields(item))
    assert response.status_code == 403
    assert holds(response, "Please send it again", WORDS, 'value="page 3"')
    assert not StatusChange.objects.exists()
    assert b'value="save"' not in response.content
    response = client.post("/accounts/login/", {"username": "x", "password": "a secret"})
    assert response.status_code == 403 and not holds(response, "a secret")


def test_an_expired_session_does_not_break_into_a_live_preview(client, item):
    response = client.post(address(item), fields(item), headers={"HX-Request": "true"})
    assert response.status_code == 401 and response.content == b""


# Reviews


def reviewed(**changed):
    typed = {
        "reviewed_on_day": str(today().day),
        "reviewed_on_month": str(today().month),
        "reviewed_on_year": str(today().year),
        "note": WORDS,
        "action": "save",
    }
    return typed | changed


def seen_in(page):
    """Return the version that a page carries in its form."""
    return {
        "seen_version": re.search(r'name="seen_version" value="(\d+)"', page.content.decode())[1]
    }


def test_a_review_is_recorded_and_a_wrong_one_stays(editor, item):
    where = address(item, "review")
    seen = {"seen_version": Commitment.objects.get(pk=item.pk).seq}
    for wrong in (
        {"reviewed_on_year": "2999"},
        {"reviewed_on_day": ""},
        {"source": "nowhere", "locator": "page 1"},
        {"source": "sheet of facts"},
        {"source": "sheet"},
    ):
        response = editor.post(where, reviewed(**wrong) | seen)
        assert response.status_code == 422 and holds(response, WORDS)
    assert not Review.objects.exists()
    assert editor.post(where, reviewed() | seen).status_code == 302
    assert Review.objects.get().note == WORDS
    response = editor.post(where, reviewed() | seen)
    assert response.status_code == 409 and holds(response, WORDS)


def test_many_are_reviewed_at_once_from_a_filtered_list(editor, item):
    others = [make_commitment(title=f"Other {number}") for number in range(3)]
    make_commitment(pillar="prevention", title="Elsewhere")
    where = "/editor/review/?pillar=protection"
    page = editor.get(where)
    assert page.content.count(b'name="codes"') == 4
    assert page.content.count(b"checked>") == 0, "nothing is ticked beforehand"
    assert not holds(page, "Elsewhere")
    codes, seen = [item.code, others[0].code], seen_in(page)
    wrong = editor.post(where, reviewed(codes=codes, note="") | seen)
    assert wrong.status_code == 422 and wrong.content.count(b"checked>") == 2
    assert editor.post(where, reviewed(codes=[]) | seen).status_code == 422
    assert editor.post(where, reviewed(codes=[*codes, "US99-NOT-001"]) | seen).status_code == 422
    look = editor.post(where, reviewed(codes=codes, action="look") | seen)
    assert holds(look, "What will be recorded", *codes, WORDS, "Record 2 reviews")
    assert not holds(look, others[1].code)
    assert not Review.objects.exists()
    assert editor.post(where, reviewed(codes=codes) | seen).status_code == 302
    assert Review.objects.count() == 2
    assert editor.get("/editor/review/?pilar=x").status_code == 400


def test_what_changed_since_the_list_was_seen_is_named_before_it_is_reviewed(editor, item):
    other = make_commitment(title="Quiet promise")
    where = "/editor/review/?pillar=protection"
    seen = seen_in(editor.get(where))
    change(item, "in_progress", dt.date(2022, 3, 5), explanation="Somebody was faster.")
    typed = reviewed(codes=[item.code, other.code])
    for versions in (seen, {}):
        response = editor.post(where, typed | versions)
        assert response.status_code == 409
        assert holds(response, f"about “Train every nurse” ({item.code})", "Somebody was faster.")
        assert holds(response, WORDS, "Changed since you saw it")
        assert not holds(response, "about “Quiet promise”") or not versions
        assert response.content.count(b"checked>") == 2
        assert not Review.objects.exists()
    assert editor.post(where, typed | seen_in(response)).status_code == 302
    assert Review.objects.count() == 2


# Texts


def entry(item, **changed):
    typed = {
        "title": "Train every nurse",
        "summary": "An agency is to do something for survivors.",
        "kind": "ongoing",
        "pillar": "protection",
        "pillar_basis": "stated",
        "objective": "us-nap-2021:protection-1",
        "due_on_day": "",
        "due_on_month": "",
        "due_on_year": "2024",
        "is_published": "on",
        "reason": "The sheet was read again.",
        "seen_version": Commitment.objects.get(pk=item.pk).seq,
        "agencies-TOTAL_FORMS": "3",
        "agencies-INITIAL_FORMS": "1",
        "agencies-0-agency": "hhs",
        "agencies-0-role": "lead",
        "agencies-0-place": "2",
        "agencies-1-agency": "doj",
        "agencies-1-role": "lead",
        "agencies-1-place": "1",
        "action": "save",
    }
    return typed | changed


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


def citation(**changed):
    typed = {
        "action": "add",
        "evidence": ["paper"],
        "locator-paper": "paragraph 9",
        "note-paper": WORDS,
        "add-relation": "reports",
        "add-reason": "Found it.",
    }
    return typed | changed


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


# Sources


def test_sources_are_added_by_those_who_may_propose_and_edited_by_editors(
    contributor, editor, item
):
    typed = {name.removeprefix("new-"): value for name, value in new_source().items()}
    typed["action"] = "save"
    wrong = contributor.post("/editor/sources/new/", typed | {"slug": "sheet", "note": WORDS})
    assert wrong.status_code == 422 and holds(wrong, WORDS, "Another source has this short name")
    where = contributor.post("/editor/sources/new/", typed | {"slug": "ig-report"}).url
    assert where == "/editor/sources/ig-report/"
    page = contributor.get(where)
    assert holds(page, "A new report", "Inspector General", "Only Editors change")
    assert b"<textarea" not in page.content
    again = typed | {"title": "Another title", "seen_version": "0"}
    assert contributor.post(where, again).status_code == 403
    response = editor.post(where, again | {"note": WORDS})
    assert response.status_code == 409 and holds(response, WORDS, "A new report")
    latest = Change.objects.filter(object_key="ig-report").latest("seq").seq
    assert editor.post(where, again | {"seen_version": latest}).status_code == 302
    assert Source.objects.get(slug="ig-report").title == "Another title"


def test_an_edit_of_a_source_cannot_take_the_ground_from_a_status(editor, item):
    sheet = Source.objects.get(slug="sheet")
    change(item, "stalled", dt.date(2022, 2, 5), [sheet])
    typed = {name.removeprefix("new-"): value for name, value in new_source().items()}
    typed |= {f"published_on_{part}": "" for part in ("day", "month", "year")}
    latest = Change.objects.filter(object_key="sheet").latest("seq").seq
    response = editor.post(
        "/editor/sources/sheet/",
        typed | {"action": "save", "seen_version": latest, "reason": "No date is printed."},
    )
    assert response.status_code == 422 and holds(response, "step 1")


# The desk


def test_the_desk_shows_what_waits_and_jumps_by_code_or_words(editor, item):
    late = make_commitment("US21-PRT-777", title="Late promise", due_on=dt.date(2022, 1, 1))
    cite(late, make_source("nowhere-to-go", title="No link to it", url=""))
    page = editor.get("/editor/")
    assert holds(
        page, "Past their date: 1", "Late promise", "No evidence found: 2", "No link to it"
    )
    assert editor.get("/editor/?q=us21-prt-777").url == "/commitments/US21-PRT-777/"
    assert editor.get("/editor/?q=nurse").url == f"/commitments/{item.code}/"
    assert editor.get("/editor/", {"q": " "}).url == "/editor/"
    for words in ("promise nobody made", "a\0", "x" * 3000):
        assert holds(editor.get("/editor/", {"q": words}), "Nothing found")
    services.record_review(
        commitment=item.code, reviewed_on=today(), note="Mine.", actor=handle_of(editor.user)
    )
    assert holds(editor.get("/editor/"), "Checked, nothing new")


def test_the_desk_names_the_commitments_that_rest_on_a_dead_link(editor, item):
    assert not holds(editor.get("/editor/"), "Commitments that rest on a dead link")
    quiet = make_commitment(title="Rests on another document")
    draft = make_commitment("US21-PRT-960", title="A draft on it", is_published=False)
    sheet = Source.objects.get(slug="sheet")
    cite(draft, sheet)
    check_link(sheet, "gone")
    named = editor.get("/editor/").content.decode().partition("rest on a dead link</h3>")[2]
    named = named.partition("All sources with a dead link")[0]
    assert f"/editor/commitments/{item.code}/record/" in named
    assert quiet.code not in named and draft.code not in named


def test_the_number_of_queries_does_not_grow_with_the_sources(
    editor, item, django_assert_max_num_queries
):
    def load():
        for page in (address(item), "/editor/", "/editor/review/", address(item, "edit")):
            assert editor.get(page).status_code == 200

    load()
    with django_assert_max_num_queries(400) as few:
        load()
    for number in range(9):
        cite(item, make_source(f"more-{number}"), "reports")
        make_commitment(due_on=dt.date(2022, 1, 1))
    with django_assert_max_num_queries(len(few)):
        load()


def test_two_places_in_one_document_do_not_look_like_two_sources(db):
    audit, other = (make_source(origin="independent", publisher=name) for name in "ab")
    day = PartialDate(audit.published_on, "day")
    terms = Terms(announced_on=day.day)
    twice = presenters.judge("completed", day, WORDS, [(audit, ""), (audit, "")], terms)
    assert "two independent ones" in twice["problem"]
    assert twice["counted"] == "1 independent"
    assert (
        presenters.judge("completed", day, WORDS, [(audit, ""), (other, "")], terms)["problem"]
        == ""
    )
