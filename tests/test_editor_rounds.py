"""The desk's pages of reporting rounds: open one, see who answered, decide about an answer."""

import re

import pytest

from commitments import services
from commitments.models import Commitment, ReportingRound, RoundAnswer, RoundInvitation
from tests.editor_pages import (
    contributor,  # noqa: F401
    editor,  # noqa: F401
    holds,
    signed_in,
)
from tests.example_round import ANSWER, DOCUMENT, MADE_UP, answer, fill
from tests.test_rounds import CODE, after_the_closing_day, item  # noqa: F401

pytestmark = pytest.mark.django_db
NEW = "/editor/rounds/new/?plan=us-nap-2021"


def date(name, day, month, year):
    return {f"{name}_day": day, f"{name}_month": month, f"{name}_year": year}


PERIOD = date("period_from", 1, 1, 2024) | date("period_until", 31, 12, 2024)
OPENS = (
    PERIOD
    | date("closes_on", 1, 6, 2199)
    | {"questions": MADE_UP, "language": "en", "action": "save"}
)


def test_a_round_is_opened_for_the_agencies_that_have_a_focal_point(editor, item):  # noqa: F811
    assert holds(editor.get("/editor/rounds/"), "National Action Plan", "Open until")
    page = editor.get(NEW)
    assert holds(page, "Department dhs", "Department doj", "leads 1 commitment")
    typed = OPENS | {"doj-contact": "Jo Roe", "doj-address": "jo@example.org", "language": "es"}
    answered = editor.post(NEW, typed)
    made = ReportingRound.objects.latest("pk")
    assert answered.url == f"/editor/rounds/{made.pk}/"
    assert (made.questions, made.opened_by) == (MADE_UP, f"editor-{editor.user.pk:02d}")
    row = RoundInvitation.objects.get(reporting_round=made)
    assert (row.agency.slug, row.contact, row.address, row.language) == (
        "doj",
        "Jo Roe",
        "jo@example.org",
        "es",
    )
    assert holds(editor.get(answered.url), "Jo Roe", "jo@example.org", "Answered: 0 of 1")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Name the focal point of an agency."),
        ({"doj-contact": "Jo Roe"}, "Give a name and an address."),
        ({"doj-contact": "Jo Roe", "doj-address": "nobody"}, "valid email address"),
        ({"closes_on_year": "2001"}, "This day is over."),
        ({"period_until_year": "2001"}, "The period ends before it begins."),
        ({"period_from_year": ""}, "Give the year too."),
    ],
)
def test_a_round_that_is_refused_keeps_what_was_typed(editor, item, changed, words):  # noqa: F811
    count = ReportingRound.objects.count()
    with_contact = {"doj-contact": "Jo Roe", "doj-address": "jo@example.org"}
    typed = OPENS | (with_contact if "closes" in str(changed) or "period" in str(changed) else {})
    page = editor.post(NEW, typed | changed)
    assert page.status_code == 422 and holds(page, words, MADE_UP)
    assert ReportingRound.objects.count() == count


def test_the_round_says_in_neutral_words_who_did_not_answer_by_the_day(editor, item):  # noqa: F811
    fill(item)
    where = f"/editor/rounds/{item.pk}/"
    page = editor.get(where)
    assert holds(page, "Published", "Sent back", "No answer yet", "Answered: 0 of 1")
    # A draft is the agency's own.
    assert page.content.decode().count(ANSWER["wording"]) == 1
    after_the_closing_day(item)
    page = editor.get(where)
    assert holds(page, "No answer by", "Answers were open until")
    assert "not done" not in page.content.decode().lower()


def test_the_closing_day_moves_and_another_focal_point_is_invited(editor, item):  # noqa: F811
    where = f"/editor/rounds/{item.pk}/"
    assert editor.post(where, date("closes_on", 2, 6, 2199) | {"action": "move"}).url == where
    item.refresh_from_db()
    assert item.closes_on.isoformat() == "2199-06-02"
    refused = editor.post(where, date("closes_on", 2, 6, 2001) | {"action": "move"})
    assert refused.status_code == 422 and holds(refused, "This day is over.")
    typed = {"agency": "dhs", "contact": "Sam Poe", "address": "sam@example.org", "language": "en"}
    assert editor.post(where, typed | {"action": "invite"}).url == where
    assert item.invitations.get(agency__slug="dhs").contact == "Sam Poe"
    assert editor.post(where, typed | {"address": "", "action": "invite"}).status_code == 422


def test_a_new_link_is_sent_to_the_same_focal_point(editor, item, settings):  # noqa: F811
    settings.PLANWATCH_MAIL = True
    where, row = f"/editor/rounds/{item.pk}/", item.invitations.first()
    assert holds(editor.get(where), "The link is about to be sent")
    item.invitations.update(mailed_at=item.opened_at)
    page = editor.get(where)
    assert holds(page, "Link sent on", "Send a new link")
    form = page.content.decode().split("Send a new link")[0].rpartition("<form")[2]
    hidden = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', form))
    assert hidden["contact"] == row.contact
    assert editor.post(where, hidden | {"action": "invite"}).url == where
    row.refresh_from_db()
    assert (row.mailed_at, row.link_number) == (None, 2)


def test_an_answer_stands_beside_the_record_and_is_published(editor, item, client):  # noqa: F811
    row = answer(item)
    where = f"/editor/rounds/{item.pk}/{row.pk}/"
    page = editor.get(where)
    shown = (ANSWER["wording"], ANSWER["done"], ANSWER["next_step"], ANSWER["validated_by"])
    assert holds(page, *shown, DOCUMENT["title"], "No evidence found", "None recorded.")
    assert client.get(f"/commitments/{CODE}/").content.decode().count(ANSWER["wording"]) == 0
    assert holds(editor.post(where, {"action": "publish", "kind_0": "rumour"}), "valid choice")
    typed = {"action": "publish", "equivalent": "in_progress", "kind_0": "report"}
    typed["seen_version"] = row.version
    assert editor.post(where, typed).url == where
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("published", f"editor-{editor.user.pk:02d}")
    address = f"/editor/commitments/{CODE}/record/?source={row.source.slug}"
    assert holds(editor.get(where), address, "Record a status change with this source")
    assert holds(editor.get(address), row.source.title)
    assert Commitment.objects.get(code=CODE).status == "no_evidence"
    again = editor.post(where, typed)
    assert again.status_code == 422 and holds(again, "does not wait for a decision")


def test_an_answer_is_sent_back_only_with_a_reason(editor, item):  # noqa: F811
    row = answer(item)
    where = f"/editor/rounds/{item.pk}/{row.pk}/"
    assert editor.post(where, {"action": "send_back", "reason": ""}).status_code == 422
    sent = editor.post(
        where, {"action": "send_back", "reason": "Say <where>.", "seen_version": row.version}
    )
    assert sent.url == f"/editor/rounds/{item.pk}/"
    assert holds(editor.get(where), "Sent back", "Say <where>.")
    assert "Publish this answer" not in editor.get(where).content.decode()


@pytest.mark.parametrize("typed", [{"action": "publish"}, {"action": "send_back", "reason": "No."}])
def test_what_the_agency_changed_meanwhile_is_read_before_it_is_decided(editor, item, typed):  # noqa: F811
    row = answer(item)
    where = f"/editor/rounds/{item.pk}/{row.pk}/"
    assert holds(editor.get(where), ANSWER["done"])
    answer(item, done="Quite another thing.")
    page = editor.post(where, typed | {"seen_version": row.version})
    assert page.status_code == 422
    assert holds(page, "The agency has changed this answer", "Quite another thing.")
    assert RoundAnswer.objects.get().state == "submitted"
    assert editor.post(where, typed).status_code == 422
    seen = re.search(r'name="seen_version" value="(\d+)"', page.content.decode())[1]
    assert editor.post(where, typed | {"seen_version": seen}).status_code == 302


def test_a_draft_has_no_page_at_the_desk(editor, item):  # noqa: F811
    row = answer(item, submit=False)
    assert editor.get(f"/editor/rounds/{item.pk}/{row.pk}/").status_code == 404


def test_an_answer_belongs_to_its_round(editor, item):  # noqa: F811
    row = answer(item)
    assert editor.get(f"/editor/rounds/{item.pk + 1}/{row.pk}/").status_code == 404


def test_contributors_and_strangers_do_nothing_in_a_round(contributor, client, item):  # noqa: F811
    row = answer(item)
    pages = ["/editor/rounds/", NEW, f"/editor/rounds/{item.pk}/"]
    for page in [*pages, f"/editor/rounds/{item.pk}/{row.pk}/"]:
        for action in ("publish", "send_back", "move", "invite", "save"):
            typed = OPENS | {"action": action, "reason": "No."}
            assert contributor.post(page, typed).status_code == 403
            assert client.post(page, typed).status_code == 401
        assert contributor.get(page).status_code == 403
    assert RoundAnswer.objects.get().state == "submitted"
    assert ReportingRound.objects.count() == 1


def test_publishing_leaves_what_needs_two_people_to_two_people(item):  # noqa: F811
    boss = signed_in("boss", "Administrator")
    row = answer(item)
    typed = {"action": "publish", "equivalent": "completed", "seen_version": row.version}
    boss.post(f"/editor/rounds/{item.pk}/{row.pk}/", typed)
    source = RoundAnswer.objects.get().source
    waits = services.submit_status_change(
        commitment=CODE,
        status="completed",
        effective_on=source.published_on,
        explanation="It says so.",
        evidence=[services.EvidenceItem(source.slug, f"Answer on {CODE}")],
        actor="editor-01",
        may_record=True,
    )
    assert waits is not None and Commitment.objects.get(code=CODE).status == "no_evidence"
