"""The pages of focal points: opened by a link, they show one agency's commitments and keep what is typed."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail as outgoing
from django.core.cache import caches
from django.urls import reverse

from commitments import services
from commitments.alerts.bounces import give_up
from commitments.alerts.delivery import enqueue_due
from commitments.alerts.models import Message
from commitments.models import Commitment, RoundAnswer, RoundInvitation
from planwatch.env import Limit
from tests.editor_pages import editor, holds  # noqa: F401
from tests.example_round import ANSWER, DOCUMENT, answer, invitation_of, open_example
from tests.factories import ACTOR, make_commitment, unpublish
from tests.mailbox import html_of, round_of_mail, text_of
from tests.test_alerts_mail_contents import received
from tests.test_rounds import CODE, HIDDEN, after_the_closing_day, item  # noqa: F401

pytestmark = pytest.mark.django_db
WORDS = "Trained <b>two</b> & “three”\r\nofficers."


@pytest.fixture
def link(item):  # noqa: F811
    return f"?key={services.link_key(invitation_of(item, 'dhs'))}"


def address(link, code=""):
    return f"/rounds/answers/{code}/{link}" if code else f"/rounds/answers/{link}"


def typed(version=0, action="draft", documents=(), **fields):
    form = {"wording": "", "done": "", "next_step": "", "validated_by": ""}
    form |= {"seen_version": version, "action": action, "documents-INITIAL_FORMS": 0}
    form["documents-TOTAL_FORMS"] = len(documents)
    for place, document in enumerate(documents):
        form |= {f"documents-{place}-{name}": value for name, value in document.items()}
    return form | fields


def test_the_link_shows_the_commitments_of_one_agency_alone(client, link):
    page = client.get(address(link))
    assert holds(page, "Department dhs", CODE, "No answer yet", "which of these have a budget?")
    for other in ("US21-PRT-002", HIDDEN, "Department doj"):
        assert other not in page.content.decode()
    assert client.get(address(link, CODE)).status_code == 200
    for other in ("US21-PRT-002", HIDDEN):
        assert client.get(address(link, other)).status_code == 404
        assert client.post(address(link, other), typed()).status_code == 404


def test_a_page_is_kept_nowhere_found_nowhere_and_hands_its_address_on_to_nobody(client, link):
    for page in (
        client.get(address(link)),
        client.get(address(link, CODE)),
        client.get(address("?key=x")),
    ):
        assert page["Cache-Control"] == "private, no-store"
        assert page["Referrer-Policy"] == "no-referrer"
        assert page["X-Robots-Tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in page.content.decode()
    signature = link.rpartition(":")[2]
    text = client.get(address(link)).content.decode()
    holding = [
        found for found in re.findall(r'(?:href|action)="([^"]*)"', text) if signature in found
    ]
    # Only what leads to the same agency's pages.
    assert holding and all("/rounds/" in urlsplit(found).path for found in holding)
    assert text.count(signature) == len(holding)
    assert "/rounds/" in client.get("/robots.txt").content.decode()


def test_a_draft_is_kept_as_it_was_typed_and_submitted_later(client, link, item):  # noqa: F811
    answered = client.post(address(link, CODE), typed(done=WORDS))
    assert answered.status_code == 302 and answered.url.startswith("/rounds/answers/?key=")
    row = RoundAnswer.objects.get()
    assert (row.state, row.done.split()) == ("draft", WORDS.split())
    page = client.get(address(link))
    assert holds(page, f"{CODE}: Saved as a draft.", "Draft", "Submit 1 draft")
    assert holds(client.get(address(link, CODE)), *WORDS.split())
    refused = client.post(address(link, CODE), typed(1, "submit", done=WORDS, next_step="Go on."))
    assert refused.status_code == 422
    assert holds(refused, "This is needed to submit the answer.", "Go on.", *WORDS.split())
    values = {"wording": "On track", "done": WORDS, "validated_by": "A. Person"}
    client.post(address(link, CODE), typed(1, "submit", [DOCUMENT, {}], **values))
    row.refresh_from_db()
    assert (row.state, row.documents, row.validated_by) == ("submitted", [DOCUMENT], "A. Person")
    assert holds(client.get(address(link, CODE)), DOCUMENT["address"], DOCUMENT["place"])


def test_all_drafts_are_submitted_at_once_or_none(client, link, item):  # noqa: F811
    make_commitment("US21-PRT-004", lead_agencies=["dhs"])
    answer(item, "dhs", submit=False)
    answer(item, "dhs", "US21-PRT-004", submit=False, done="")
    page = client.post(address(link))
    assert page.status_code == 422 and holds(page, "US21-PRT-004: This is needed to submit")
    assert {row.state for row in RoundAnswer.objects.all()} == {"draft"}
    answer(item, "dhs", "US21-PRT-004", submit=False)
    assert client.post(address(link)).status_code == 302
    assert {row.state for row in RoundAnswer.objects.all()} == {"submitted"}


def test_two_who_answer_see_both_texts_and_lose_none(client, link):
    client.post(address(link, CODE), typed(wording="On track", done="By a colleague."))
    page = client.post(address(link, CODE), typed(0, wording="Delayed", done="Mine."))
    assert page.status_code == 409
    assert holds(page, "By a colleague.", "Mine.", "Somebody has saved this answer")
    assert RoundAnswer.objects.get().done == "By a colleague."
    seen = re.search(r'name="seen_version" value="(\d+)"', page.content.decode())[1]
    client.post(address(link, CODE), typed(seen, wording="Delayed", done="Mine."))
    assert RoundAnswer.objects.get().done == "Mine."


@pytest.mark.parametrize(
    "broken",
    [
        {"seen_version": ""},
        {"seen_version": "-1"},
        {"seen_version": str(10**30)},
        {"documents-TOTAL_FORMS": "99999"},
        {"documents-TOTAL_FORMS": "x"},
        {"wording": "x" * 201},
        {"done": "a\0b"},
    ],
)
def test_a_form_that_is_broken_is_refused_and_changes_nothing(client, link, broken):
    page = client.post(address(link, CODE), typed(done="Mine.") | broken)
    assert page.status_code in (409, 422)
    assert not RoundAnswer.objects.exists()


def test_a_reason_is_read_and_the_answer_given_again(client, link, item):  # noqa: F811
    row = answer(item, "dhs")
    services.send_back_answer(number=row.pk, reason="Which <officers>?", actor=ACTOR)
    for page in (client.get(address(link)), client.get(address(link, CODE))):
        assert holds(page, "Which <officers>?")
    row.refresh_from_db()
    client.post(address(link, CODE), typed(row.version, "submit", wording="Done", done="Those."))
    row.refresh_from_db()
    assert row.state == "submitted"


def test_an_answer_that_was_published_is_shown_and_not_changed(client, link, item):  # noqa: F811
    row = services.publish_answer(number=answer(item, "dhs").pk, actor=ACTOR)
    page = client.get(address(link, CODE))
    assert holds(page, "The editors have published your answer", row.source.get_absolute_url())
    page = client.post(address(link, CODE), typed(row.version, done="Other."))
    assert page.status_code == 422
    row.refresh_from_db()
    assert row.done == ANSWER["done"]


def test_the_link_opens_nothing_after_the_day_and_once_it_is_void(client, link, item):  # noqa: F811
    for key in ("", "?key=", "?key=1.1:x", f"{link}x", "?key=%00"):
        assert holds(client.get(address(key)), "This link opens nothing")
        assert client.post(address(key, CODE), typed()).status_code == 404
    after_the_closing_day(item)
    assert client.get(address(link)).status_code == 404
    assert client.post(address(link, CODE), typed(done="Late.")).status_code == 404
    assert not RoundAnswer.objects.exists()


def test_what_is_unpublished_leaves_the_page(client, link):
    unpublish(Commitment.objects.get(code=CODE))
    assert CODE not in client.get(address(link)).content.decode()
    assert client.get(address(link, CODE)).status_code == 404


def test_sent_forms_are_limited_by_address(client, link, settings):
    settings.PLANWATCH_LIMITS = {"sign_in": Limit.read("3/minute")}
    caches["default"].clear()
    said = [client.post(address("?key=x", CODE), typed()).status_code for _ in range(5)]
    assert said == [404, 404, 404, 429, 429]


# Mail


@pytest.fixture
def sends(settings):
    settings.PLANWATCH_MAIL, settings.PLANWATCH_SITE_URL = True, "http://testserver"


def invite_again(item):  # noqa: F811
    row = invitation_of(item, "dhs")
    services.invite(
        number=item.pk, agency="dhs", contact=row.contact, address=row.address, actor=ACTOR
    )


def test_each_focal_point_is_mailed_a_link_that_opens(item, client, sends):  # noqa: F811
    RoundInvitation.objects.filter(agency__slug="doj").update(language="es", contact="<b>Jo</b>")
    outgoing.outbox.clear()
    round_of_mail()
    found = {str(mail["To"]): mail for mail in received()}
    assert sorted(found) == [f"{slug}@example.org" for slug in ("dhs", "doj", "hhs")]
    for mail in found.values():
        link = re.search(r"http://testserver\S+key=\S+", text_of(mail))[0]
        parts = urlsplit(link)
        assert client.get(f"{parts.path}?{parts.query}").status_code == 200
        assert parse_qs(parts.query)["key"][0]
        assert "key=" in html_of(mail) and "<b>Jo" not in html_of(mail)
    assert found["doj@example.org"]["Content-Language"] == "es"
    assert "/es/rounds/" in text_of(found["doj@example.org"])
    round_of_mail()
    assert received() == []
    assert not RoundInvitation.objects.filter(mailed_at=None).exists()


def test_a_link_is_mailed_again_and_says_what_was_sent_back(item, sends):  # noqa: F811
    round_of_mail()
    row = answer(item, "dhs")
    services.send_back_answer(number=row.pk, reason="Which?", actor=ACTOR)
    invite_again(item)
    outgoing.outbox.clear()
    round_of_mail()
    (mail,) = received()
    assert "1 answer was sent back with a reason." in text_of(mail)


def test_nobody_is_mailed_about_a_round_that_has_closed(item, sends):  # noqa: F811
    after_the_closing_day(item)
    assert enqueue_due() == 0
    open_example()
    enqueue_due()
    item.invitations.update(mailed_at=None)
    assert Message.objects.count() == 3


def test_an_address_that_refuses_mail_is_shown_at_the_desk(item, editor, sends):  # noqa: F811
    enqueue_due()
    give_up(Message.objects.filter(invitation__agency__slug="dhs").get())
    assert holds(editor.get(f"/editor/rounds/{item.pk}/"), "Mail could not be delivered")
    invite_again(item)
    page = editor.get(f"/editor/rounds/{item.pk}/")
    assert "Mail could not be delivered" not in page.content.decode()


def test_without_mail_the_desk_shows_the_links(item, editor, settings):  # noqa: F811
    settings.PLANWATCH_MAIL = False
    page = editor.get(f"/editor/rounds/{item.pk}/").content.decode()
    assert page.count(f"http://testserver{reverse('round_answers')}?key=") == 3
    settings.PLANWATCH_MAIL = True
    assert "?key=" not in editor.get(f"/editor/rounds/{item.pk}/").content.decode()
