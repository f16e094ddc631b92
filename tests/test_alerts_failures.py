"""One follower, one message or one file that cannot be dealt with never keeps anything from the others."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.core import mail as outgoing
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from commitments.alerts import delivery, emails
from commitments.alerts.models import Follower, Message, PauseReason, Reminder, Request
from commitments.alerts.signed_links import key_to_manage
from tests.factories import make_commitment
from tests.mailbox import later, round_of_mail, work
from tests.test_alerts import RETURNED, make_follower

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings):
    settings.PLANWATCH_SITE_URL = "http://testserver"
    settings.PLANWATCH_BOUNCES = "bounces@example.org"


def receivers():
    found = sorted(mail.to[0] for mail in outgoing.outbox)
    outgoing.outbox.clear()
    return found


def poison(monkeypatch, place, name, is_poisoned):
    """Let a step fail as a fault of the code would, for some of what it is called with."""
    step = getattr(place, name)

    def wrapped(first, *args, **kwargs):
        if is_poisoned(first):
            raise FieldError("Cannot resolve keyword.")
        return step(first, *args, **kwargs)

    monkeypatch.setattr(place, name, wrapped)


def soon():
    """Let the time pass that followers who failed are left alone."""
    Follower.objects.update(next_at=timezone.now())


# Whom the news concerns


UNREADABLE = ["q=%20", "q=%E2%80%8B&kind=ongoing", "pillar=dropped", "x=1"]


@pytest.mark.parametrize("selection", UNREADABLE)
def test_a_stored_search_that_no_longer_reads_stops_nobody_and_is_told(client, selection):
    poisoned = make_follower("poisoned@example.org", selection, "")
    make_follower("other@example.org", "pillar=protection")
    make_commitment()
    round_of_mail()
    words = "A list that you follow can no longer be read"
    told = {mail.to[0]: words in mail.body for mail in outgoing.outbox}
    assert told == {"other@example.org": False, "poisoned@example.org": True}
    page = client.get(f"/alerts/?key={key_to_manage(poisoned)}").content.decode()
    assert "A list that can no longer be read" in page


@pytest.mark.parametrize("selection", UNREADABLE)
def test_who_follows_nothing_that_reads_is_counted_tried_again_and_paused_in_the_end(
    client, selection
):
    alone = make_follower("alone@example.org", selection)
    make_follower("other@example.org", "pillar=protection")
    make_commitment("US21-PRT-001")
    round_of_mail()
    assert receivers() == ["other@example.org"]
    cursor = alone.cursor
    alone.refresh_from_db()
    assert (alone.failures, alone.cursor) == (1, cursor) and alone.next_at > timezone.now()
    Follower.objects.update(failures=delivery.MOST_ATTEMPTS - 1)
    soon()
    round_of_mail()
    alone.refresh_from_db()
    assert (receivers(), alone.pause_reason) == ([], PauseReason.FAILED)
    # Nothing is lost: with filters that read, all that changed meanwhile is told.
    alone.follows.update(selection="pillar=protection")
    page = f"/alerts/?key={key_to_manage(alone)}"
    assert client.post(page, {"rhythm": "immediate", "language": "en"}).status_code == 302
    soon()
    round_of_mail()
    assert "US21-PRT-001" in outgoing.outbox[0].body and receivers() == ["alone@example.org"]


def test_a_follower_who_cannot_be_served_waits_longer_each_time_and_is_paused_in_the_end(
    client, monkeypatch
):
    poisoned = make_follower("poisoned@example.org", "")
    make_follower("other@example.org", "")
    with monkeypatch.context() as patched:
        poison(patched, delivery, "_rows_for", lambda row: row.pk == poisoned.pk)
        make_commitment("US21-PRT-001")
        round_of_mail()
        assert receivers() == ["other@example.org"]
        waits = []
        while not Follower.objects.get(pk=poisoned.pk).paused_at:
            poisoned.refresh_from_db()
            waits.append(round((poisoned.next_at - timezone.now()).total_seconds() / 60))
            soon()
            round_of_mail()
    assert len(waits) + 1 == delivery.MOST_ATTEMPTS
    assert waits[:3] == [2, 4, 8] and waits == sorted(waits) and waits[-1] == 360
    poisoned.refresh_from_db()
    assert poisoned.pause_reason == PauseReason.FAILED and receivers() == []
    page = f"/alerts/?key={key_to_manage(poisoned)}"
    assert "We could not prepare your updates" in client.get(page).content.decode()
    # That was not the mailbox's fault: the address is kept, and hears all of it once it resumes.
    Follower.objects.update(paused_at=timezone.now() - dt.timedelta(days=100))
    call_command("send_alerts", verbosity=0)
    assert client.post(page, {"rhythm": "immediate", "language": "en"}).status_code == 302
    soon()
    round_of_mail()
    assert "US21-PRT-001" in outgoing.outbox[0].body and receivers() == ["poisoned@example.org"]
    poisoned.refresh_from_db()
    assert (poisoned.failures, poisoned.pause_reason, poisoned.paused_at) == (0, "", None)


def test_what_cannot_be_written_for_one_is_written_for_the_others(monkeypatch):
    poisoned = make_follower("poisoned@example.org", "")
    make_follower("other@example.org", "")
    poison(
        monkeypatch,
        delivery,
        "enqueue",
        lambda rows: poisoned.pk in [row.follower_id for row in rows],
    )
    make_commitment()
    round_of_mail()
    assert receivers() == ["other@example.org"]
    assert Follower.objects.get(pk=poisoned.pk).failures == 1


def test_a_database_that_is_away_is_nobodys_fault(monkeypatch):
    make_follower("officer@example.org", "")
    make_commitment()

    def away(*args):
        raise OperationalError("The server is away.") from __import__("psycopg2").OperationalError()

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_rows_for", away)
        with pytest.raises(OperationalError):
            delivery.enqueue_due()
    assert Follower.objects.get().failures == 0


@pytest.mark.parametrize("step", ["_hand_over_news", "_hand_over_reminders"])
def test_a_step_that_fails_keeps_no_other_from_its_work_and_is_told(monkeypatch, step):
    user = User.objects.create_superuser("editor", "editor@example.org", "a long passphrase")
    Reminder.objects.create(user=user, language="en", next_at=timezone.now())
    make_follower("officer@example.org", "")
    make_commitment()

    def failing(now):
        raise FieldError("Cannot resolve keyword.")

    failing.__name__ = step
    monkeypatch.setattr(delivery, step, failing)
    monkeypatch.setattr("commitments.alerts.services.Request.objects", None)
    with pytest.raises(FieldError):
        call_command("send_alerts", verbosity=0)
    work()
    left = {"_hand_over_news": "editor", "_hand_over_reminders": "officer"}[step]
    assert receivers() == [f"{left}@example.org"]


# What a message says


def make_messages():
    """Return a message of each kind, none of which is to be sent before the follower's."""
    user = User.objects.create_superuser("editor", "editor@example.org", "a long passphrase")
    reminder = Reminder.objects.create(user=user, language="en", next_at=timezone.now())
    asked = Request.objects.create(address="new@example.org", language="en", rhythm="daily")
    poisoned = make_follower("poisoned@example.org", "")
    seq = make_commitment().seq
    return [
        Message(reminder=reminder),
        Message(request=asked),
        Message(follower=poisoned, seqs=[seq]),
        Message(follower=make_follower("other@example.org", ""), seqs=[seq]),
    ]


def test_a_mail_that_cannot_be_written_waits_and_the_next_one_is_sent(monkeypatch):
    *poisoned, healthy = make_messages()
    poison(monkeypatch, emails, "write", lambda message: message.pk != healthy.pk)
    delivery.enqueue([*poisoned, healthy])
    work()
    assert receivers() == ["other@example.org"]
    assert {(row.attempts, row.wait_until > timezone.now()) for row in Message.objects.all()} == {
        (1, True)
    }
    Message.objects.update(attempts=delivery.MOST_ATTEMPTS - 1)
    later()
    delivery._take_up_what_was_left(timezone.now())
    work()
    # Given up: the follower is paused, the request forgotten, and the reminder comes again next week.
    assert not Message.objects.exists() and not Request.objects.exists()
    assert Reminder.objects.exists()
    paused = Follower.objects.exclude(paused_at=None)
    assert [(row.address, row.pause_reason) for row in paused] == [
        ("poisoned@example.org", "failed")
    ]


def test_a_mail_that_kills_its_worker_each_time_is_given_up():
    (*_, message, _) = make_messages()
    delivery.enqueue([message])
    Message.objects.update(attempts=delivery.MOST_ATTEMPTS)
    work()
    assert receivers() == []
    assert Follower.objects.get(address="poisoned@example.org").pause_reason == PauseReason.FAILED


def test_a_row_that_cannot_be_told_is_left_out_of_the_mail_and_of_the_feed(client, monkeypatch):
    from commitments.audit import events

    make_follower("officer@example.org", "")
    bad, good = make_commitment("US21-PRT-001"), make_commitment("US21-PRT-002")
    poison(monkeypatch, events, "_told", lambda rows: bad.seq in [row.seq for row in rows])
    round_of_mail()
    (mail,) = outgoing.outbox
    assert good.code in mail.body and bad.code not in mail.body
    feed = client.get("/feeds/changes.atom").content.decode()
    assert good.code in feed and bad.code not in feed


# Mail that comes back


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_taken(tmp_path):
    follower = make_follower("officer@example.org", "")
    to = f"bounces+f{follower.secret.hex}@example.org"
    whole = RETURNED.format(to=to, action="failed", status="5.1.1")
    files = [tmp_path / name for name in ("missing", "strange", "binary", "whole")]
    files[1].write_text(re.sub(r"(?s)Reporting-MTA.*", "no blocks at all", whole))
    files[2].write_bytes(b"\xff\xfe\0" + bytes(range(256)))
    files[3].write_text(whole)
    with pytest.raises(CommandError, match="missing"):
        call_command("take_bounces", *files, verbosity=0)
    assert Follower.objects.get().pause_reason == PauseReason.RETURNED
