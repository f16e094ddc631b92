"""Every kind of mail is sent with every kind of content that the record can hold, whatever stands in its titles."""

import datetime as dt
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.auth.models import Group, User
from django.core import mail as outgoing
from django.utils import timezone

from commitments import services
from commitments.alerts import emails
from commitments.alerts.delivery import enqueue
from commitments.alerts.models import Follower, Message, Reminder, Request
from commitments.audit.rendering import _DONE
from commitments.choices import Frequency
from commitments.imports import uploads
from commitments.imports.runner import import_rows
from commitments.models import (
    Change,
    Commitment,
    CommitmentAgency,
    Plan,
    Proposal,
    ProposalKind,
    Source,
)
from planwatch.accounts.admin_alerts import send_alert
from planwatch.accounts.permissions import handle_of
from planwatch.web.text import tidy
from tests.example_round import answer, open_example
from tests.factories import (
    ACTOR,
    REASON,
    change,
    check_link,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_development,
    make_reported_status,
    make_section,
    make_site,
    make_source,
    make_theme,
    review,
    unpublish,
)
from tests.mailbox import html_of, round_of_mail, text_of, work

pytestmark = pytest.mark.django_db
TITLES = {
    "plain": "Train the hotline staff",
    "long": "Train " * 33,
    "right-to-left": "تدريب موظفي الخط الساخن \u202eجديد",
    "quoted": "Say “yes” & \"no\" <b>'at' once</b>, 100%",
    "line-ends": "Train\r\nBcc: thief@example.org\r\n\r\n<p>them</p>",
}
PLAN = {
    "slug": "us-nap-2021",
    "jurisdiction": "US",
    "published_on": dt.date(2021, 12, 3),
    "starts_on": dt.date(2021, 12, 3),
    "ends_on": dt.date(2024, 12, 3),
}
MAILS = Path(project.BASE_DIR, "templates", "alerts", "mail")


@pytest.fixture(scope="class")
def everything(world):
    """Let each thing that the record knows happen once more, so that it holds every kind of row."""
    item, later, source = world["item"], world["later"], world["source"]
    make_agency("hhs", name="Department of Health")
    make_section(title="Another title")
    services.save_pillar(slug="protection", code="PRT", name="Shelter", position=2, actor=ACTOR)
    make_commitment("US21-PRT-002", summary="تدريب.\r\nBcc: thief@example.org", note="<i>new</i>")
    make_source("sheet", publisher='The "White" House\u2028')
    cite(item, source, note="“Quoted”")
    cite(item, make_source("gone-sheet"))
    check_link(Source.objects.get(slug="gone-sheet"), state="gone")
    named = {"commitment": item.code, "source": source.slug, "relation": "announces"}
    services.delete_citation(**named, locator="paragraph 1", reason=REASON, actor=ACTOR)
    link(item, later, note="“Quoted”")
    ends = {"earlier": item.code, "later": later.code, "relation": "continues"}
    services.delete_link(**ends, reason=REASON, actor=ACTOR)
    change(item, "stalled", dt.date(2022, 3, 1), [source], explanation="توقف العمل <now>")
    correct(item, 2, "in_progress", dt.date(2022, 3, 1), [source])
    more = [services.EvidenceItem("gone-sheet", "page <4>", "“Later”")]
    services.add_evidence(commitment=item.code, seq=3, evidence=more, actor=ACTOR)
    checked = review(later, dt.date(2022, 3, 2), note="Nothing & “nobody”.")
    services.retract_review(review=checked.pk, reason="“Misread” <now>", actor=ACTOR)
    waits = services.submit_status_change(
        commitment=later.code,
        status="withdrawn",
        effective_on=dt.date(2022, 4, 1),
        evidence=[services.EvidenceItem(source.slug, "page 3")],
        actor="editor",
        may_record=False,
    )
    services.decline_proposal(proposal=waits.pk, reason=REASON, actor=ACTOR)
    services.save_plan(**PLAN, title="Another plan", actor=ACTOR)
    for name in ("Training", "“Training” <now>"):
        make_theme(name=name)
        make_site(name=name)
        services.save_jurisdiction(
            code="US", name=name, level="national", time_zone="America/New_York", actor=ACTOR
        )
        make_development(source=source.slug, sentence=f"{name} has begun.")
        make_reported_status(source=source.slug, wording=name)
    unpublish(make_commitment("US21-PRT-003", title="Not for the public"))
    waiting = make_commitment("US21-PRT-004")
    services.submit_unpublishing(commitment=waiting.code, reason="“Twice” <in>", actor="editor")
    change(waiting, "completed", dt.date(2022, 1, 25), [make_source("proof")])
    make_source("proof", publisher="Another house", reason="“Misread” <now>")
    user = User.objects.create_user("new", "new@example.org", "a long enough passphrase")
    asked = services.propose_account_change(
        account=handle_of(user), change="close", reason="“Left” <now>", actor=ACTOR
    )
    services.approve_account_change(number=asked.pk, actor="another")
    harmful = services.propose_redaction(words=REASON, reason="It harms.", actor=ACTOR)
    services.decline_redaction(number=harmful.pk, actor="another")
    coded = services.open_double_coding(
        plan="us-nap-2021", commitments=[item.code, later.code], actor=ACTOR
    )
    for coder in ("one", "two"):
        for code in (item.code, later.code):
            services.save_coding(
                double_coding=coded.pk, commitment=code, status="stalled", actor=coder
            )
    table = "slug,name,short_name,jurisdiction\nfbi,“Bureau” <now>,FBI,US\n"
    file = uploads.keep(user, "“a” <now>.csv", "agency", table.encode())
    assert import_rows(uploads.rows_of(file), actor=ACTOR, file=file).written


def received():
    """Return the mails that went out since this was last asked, as their bytes say."""
    found = [
        message_from_bytes(mail.message().as_bytes(), policy=policy.default)
        for mail in outgoing.outbox
    ]
    outgoing.outbox.clear()
    return found


def holds_together(mail, to):
    """Return whether a mail goes to one mailbox alone, and its parts are what their headers say."""
    parts = [part.get_content_type() for part in mail.walk()]
    return (
        [str(each) for each in mail.get_all("To")] == [to]
        and not {"bcc", "cc", "reply-to"} & {name.lower() for name in mail}
        and parts == ["multipart/alternative", "text/plain", "text/html"]
        and not any(part.defects for part in mail.walk())
        and "\n" not in mail["Subject"]
        and mail["Subject"].strip()
    )


class TestEveryMail:
    @pytest.fixture(autouse=True)
    def site(self, everything, settings):
        settings.PLANWATCH_SITE_URL = "http://testserver"
        settings.PLANWATCH_BOUNCES = "bounces@example.org"
        settings.PLANWATCH_SECOND_FACTOR = False

    @pytest.fixture
    def templates(self, monkeypatch):
        """Note which templates mails are written with."""
        used, write = set(), emails._mail
        monkeypatch.setattr(
            emails, "_mail", lambda m, w, *x: used.add(w.template) or write(m, w, *x)
        )
        return used

    def test_the_record_holds_every_kind_of_row(self):
        assert set(_DONE) <= set(Change.objects.values_list("object_type", "action"))

    # Each title in one language or the other: a fault of a title is one in both.
    @pytest.mark.parametrize(("turn", "title"), enumerate(TITLES.values()), ids=TITLES)
    def test_every_kind_is_sent_whatever_it_tells(self, templates, turn, title):
        language = project.LANGUAGES[turn % len(project.LANGUAGES)][0]
        Commitment.objects.update(title=title)
        Source.objects.update(title=title)
        told = self.news(language)
        assert len(told) > 15
        asked = self.questions(language)
        asked += self.invitations(language, title)
        (reminder,) = self.reminders(language)
        assert not Message.objects.exists()
        for mail, to in [*told, *asked, reminder]:
            assert holds_together(mail, to), mail.as_string()
            assert "http://testserver/" in text_of(mail) and "http://testserver/" in html_of(mail)
            assert not re.search("<b>|<i>|<now>|<p>them", html_of(mail))
        # Another kind of mail has a template of its own, and must be sent here too.
        assert templates == {
            path.stem for path in MAILS.glob("*.html") if "{% extends" in path.read_text()
        }

    def news(self, language):
        """Have a mail sent of each row alone, and of all together in each rhythm; return the mails."""
        rows = Change.objects.telling_of(Commitment.objects.published()).order_by("seq")
        seqs = list(rows.values_list("seq", flat=True))
        followers = [
            Follower.objects.create(
                address=f"{rhythm}@example.org",
                language=language,
                rhythm=rhythm,
                cursor=0,
                next_at=timezone.now(),
            )
            for rhythm in Frequency.values
        ]
        for follower in followers:
            follower.follows.create(selection="", since=0)
        round_of_mail()
        found = [(mail, str(mail["To"])) for mail in received()]
        assert sorted(to for _, to in found) == sorted(row.address for row in followers)
        enqueue([Message(follower=followers[0], seqs=[seq]) for seq in seqs])
        work()
        alone = received()
        assert len(alone) == len(seqs)
        return [*found, *((mail, followers[0].address) for mail in alone)]

    def questions(self, language):
        """Ask a mailbox about each kind of thing to be followed, one that cannot be read any more among them."""
        things = [{"commitment": Commitment.objects.get(code="US21-PRT-001")}]
        things += [{"selection": text} for text in ("", "pillar=protection&q=a+%22b%22", "q=%20")]
        things += [{"selection": "pillar=dropped"}]
        for thing in things:
            asked = Request.objects.create(
                address="reader@example.org", language=language, rhythm="weekly", **thing
            )
            enqueue([Message(request=asked)])
        work()
        found = [(mail, "reader@example.org") for mail in received()]
        assert len(found) == len(things)
        return found

    def invitations(self, language, title):
        """Ask a focal point of that name about a plan of that title; one answer was sent back."""
        CommitmentAgency.objects.update(role="lead")
        owed = CommitmentAgency.objects.filter(commitment__is_published=True).first()
        agency, code = owed.agency.slug, owed.commitment.code
        name = tidy(title.partition("\r")[0])
        asked = open_example(
            contacts=[services.Contact(agency, name, "focal@example.org", language)],
            questions=title,
        )
        Plan.objects.update(title=title[:200])
        sent = answer(asked, agency, code, documents=[])
        services.send_back_answer(number=sent.pk, reason=REASON, actor=ACTOR)
        round_of_mail()
        return [(mail, "focal@example.org") for mail in received()]

    def reminders(self, language):
        """Remind an editor for whom something of each kind waits: proposals of others, and one of the editor's own."""
        user = User.objects.create_user("editor", "editor@example.org", "a long enough passphrase")
        user.groups.add(Group.objects.get_or_create(name="Editor")[0])
        Commitment.objects.filter(code="US21-PRT-002").update(due_on=dt.date(2022, 1, 1))
        services.submit_status_change(
            commitment="US21-PRT-002",
            status="in_progress",
            effective_on=dt.date(2022, 4, 1),
            evidence=[services.EvidenceItem("sheet", "page 3")],
            actor=handle_of(user),
            may_record=False,
        )
        Reminder.objects.create(user=user, language=language, next_at=timezone.now())
        round_of_mail()
        (mail,) = received()
        proposals = Proposal.objects.filter(state="waiting")
        for proposal in proposals:
            shown = f"/editor/proposals/{proposal.pk}/" in text_of(mail)
            assert shown == (proposal.proposed_by != handle_of(user))
        assert {proposal.proposed_by == handle_of(user) for proposal in proposals} == {True, False}
        assert {proposal.kind for proposal in proposals} == set(ProposalKind)
        assert text_of(mail).count("\n== ") == 5
        return [(mail, "editor@example.org")]


def test_each_other_administrator_is_alerted_alone(settings):
    settings.PLANWATCH_SITE_URL = "http://testserver"
    group = Group.objects.get_or_create(name="Administrator")[0]
    for name in ("ada", "ben", "eve"):
        user = User.objects.create_user(name, f"{name}@example.org", "a long enough passphrase")
        user.groups.add(group)
    outgoing.outbox.clear()
    assert send_alert.func(TITLES["quoted"], handle_of(user)) == 2
    found = received()
    assert sorted(str(mail["To"]) for mail in found) == ["ada@example.org", "ben@example.org"]
    for mail in found:
        assert mail["Subject"].strip() == TITLES["quoted"]
        assert not {"bcc", "cc", "reply-to"} & {name.lower() for name in mail}
        assert handle_of(user) in text_of(mail) and "http://testserver" in text_of(mail)


def test_mail_is_written_in_few_places_alone():
    sources = [*Path(project.BASE_DIR, "commitments").rglob("*.py")]
    sources += [*Path(project.BASE_DIR, "planwatch").rglob("*.py")]
    sources += [*Path(project.BASE_DIR, "agencies").rglob("*.py")]
    found = {path.name for path in sources if "django.core.mail" in path.read_text()}
    # Another place that sends must be sent from in these tests.
    assert found == {"emails.py", "delivery.py", "admin_alerts.py"}
