"""Alert delivery: enqueue what is due in one transaction, send it by SMTP, retry on failure.

Handing over writes a message, the task that sends it and the follower's cursor in one transaction: all or nothing. A
message stays until the mail server has taken it, and its mail has the same Message-ID however often it is sent. So a
process that is killed between any two steps loses nothing, and what it may send twice can be told from what is new.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from smtplib import SMTPException, SMTPRecipientsRefused
from uuid import UUID

from django.core.mail import get_connection
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from commitments.alerts import emails
from commitments.alerts.bounces import give_up, pause
from commitments.alerts.due_dates import PassedDueDates, last_day_over
from commitments.alerts.models import Follower, Message, PauseReason, Reminder
from commitments.alerts.schedule import next_time
from commitments.audit.matching import ChangeMatcher
from commitments.choices import Frequency
from commitments.models import DatasetVersion, RoundInvitation
from planwatch.batches import contained, together_or_alone
from planwatch.web.query_params import InvalidQuery

logger = logging.getLogger(__name__)

# So many followers are looked at in one transaction, and so many mails sent by one task over one connection.
FOLLOWERS, MAILS = 200, 50
# So many rows a mail tells of; the rest it counts.
MOST_ROWS = 100
# A worker that took up a message and was killed loses it to others after so long.
LEASE = dt.timedelta(minutes=10)
# 2, 4, 8 … minutes, at most six hours: given up after two days.
MOST_ATTEMPTS, LONGEST_PAUSE = 15, dt.timedelta(hours=6)


def enqueue(messages: list[Message]) -> None:
    """Write messages and the tasks that send them, in the caller's transaction."""
    with transaction.atomic():
        Message.objects.bulk_create(messages)
        _enqueue([message.pk for message in messages])


def _enqueue(ids: list[UUID], run_after: dt.datetime | None = None) -> None:
    for start in range(0, len(ids), MAILS):
        some = [str(pk) for pk in ids[start : start + MAILS]]
        deliver.using(run_after=run_after).enqueue(some)


# Handing over


def enqueue_due() -> int:
    """Hand over everything that is due, and return how many messages that is.

    Several processes may do so at once, and each may be killed at any moment: the next one goes on. A step that fails
    is raised once the others are done.
    """
    now = timezone.now()
    handed, failures = 0, []
    for step in (
        _hand_over_news,
        _hand_over_reminders,
        _hand_over_invitations,
        _take_up_what_was_left,
    ):
        with contained("Handing over mail (%s)", step.__name__) as failed:
            handed += step(now)
        failures += failed
    if failures:
        raise failures[0]
    return handed


def _hand_over_news(now: dt.datetime) -> int:
    head = DatasetVersion.objects.get().seq
    handed, passed = 0, PassedDueDates(last_day_over(now))
    for followers, news in _due(now, head):
        batch = partial(_hand_over_some, news=news, passed=passed, now=now)
        handed += len(together_or_alone(batch, followers, partial(_note_failure, now=now)))
    return handed


def _note_failure(follower: Follower, now: dt.datetime) -> None:
    """Try a follower again later; pause one whose updates cannot be prepared at all."""
    follower.failures += 1
    follower.next_at = now + _pause_after(follower.failures)
    follower.save(update_fields=["failures", "next_at"])
    if follower.failures >= MOST_ATTEMPTS:
        pause(follower, PauseReason.FAILED)


def _due(now: dt.datetime, head: int) -> Iterable[tuple[list[Follower], dict[int, ChangeMatcher]]]:
    """Give all followers who are due, some at a time, with the news after each cursor, which all of them share."""
    news: dict[int, ChangeMatcher] = {}
    last = 0
    while True:
        rows = Follower.objects.due(now, head).filter(pk__gt=last).order_by("pk")
        followers = list(rows.prefetch_related("follows")[:FOLLOWERS])
        if not followers:
            return
        for follower in followers:
            if follower.cursor not in news:
                news[follower.cursor] = ChangeMatcher(follower.cursor, head)
        last = followers[-1].pk
        yield followers, news


def _hand_over_some(
    followers: list[Follower],
    news: dict[int, ChangeMatcher],
    passed: PassedDueDates,
    now: dt.datetime,
) -> list[Message]:
    """Write what these followers are to be told, and move their cursors, in one transaction.

    What is told was found out before: no lock is held meanwhile, and a follower whose cursor has moved is left alone.
    """
    told = {follower.pk: _rows_for(follower, news[follower.cursor]) for follower in followers}
    due = {follower.pk: passed.of(follower) for follower in followers}
    upto = news[followers[0].cursor].upto
    with transaction.atomic():
        locked = Follower.objects.select_for_update().filter(pk__in=told)
        standing = {pk: seen for pk, *seen in locked.values_list("pk", "cursor", "due_told")}
        ours = [row for row in followers if standing.get(row.pk) == [row.cursor, row.due_told]]
        messages = [
            Message(
                follower=row,
                seqs=seqs[:MOST_ROWS],
                untold=max(0, len(seqs) - MOST_ROWS),
                due=due[row.pk][:MOST_ROWS],
                has_unreadable=has_unreadable,
            )
            for row in ours
            for seqs, has_unreadable in [told[row.pk]]
            if seqs or due[row.pk]
        ]
        enqueue(messages)
        for rhythm in Frequency.values:
            moved = [row.pk for row in ours if row.rhythm == rhythm]
            Follower.objects.filter(pk__in=moved).update(
                cursor=upto, due_told=passed.until, next_at=next_time(rhythm, now), failures=0
            )
    return messages


def _rows_for(follower: Follower, news: ChangeMatcher) -> tuple[list[int], bool]:
    """Return the rows of the record that concern a follower, each once however many of the things followed it touches.

    What can no longer be read is passed over, and whether there was any is returned with them. Raises InvalidQuery
    where nothing can be read.
    """
    found: set[int] = set()
    follows, unread = follower.follows.all(), []
    for follow in follows:
        try:
            if follow.commitment_id:
                rows = news.concerning(commitments=[follow.commitment_id])
            else:
                rows = news.concerning([follow.selection])
        except InvalidQuery as error:
            logger.warning("%s: a stored search no longer reads: %s", follower, error)
            unread.append(error)
        else:
            found.update(seq for seq in rows if seq > follow.since)
    if unread and len(unread) == len(follows):
        raise unread[0]
    return sorted(found), bool(unread)


def _hand_over_reminders(now: dt.datetime) -> int:
    with transaction.atomic():
        due = list(Reminder.objects.select_for_update().filter(next_at__lte=now))
        enqueue([Message(reminder=row) for row in due])
        Reminder.objects.filter(pk__in=[row.pk for row in due]).update(
            next_at=next_time(Frequency.WEEKLY, now)
        )
    return len(due)


def _hand_over_invitations(now: dt.datetime) -> int:
    with transaction.atomic():
        rows = RoundInvitation.objects.select_for_update(of=("self",)).exclude(address="")
        rows = rows.filter(mailed_at=None).select_related("reporting_round__plan")
        due = [row for row in rows if not row.reporting_round.is_closed]
        enqueue([Message(invitation=row) for row in due])
        RoundInvitation.objects.filter(pk__in=[row.pk for row in due]).update(mailed_at=now)
    return len(due)


def _take_up_what_was_left(now: dt.datetime) -> int:
    """Hand over once more what should have been sent for a while: the task that was to do it is lost."""
    with transaction.atomic():
        left = Message.objects.select_for_update().filter(wait_until__lt=now - LEASE)
        ids = list(left.order_by("wait_until").values_list("pk", flat=True))
        Message.objects.filter(pk__in=ids).update(wait_until=now)
        _enqueue(ids)
    return len(ids)


# Sending


@task()
def deliver(ids: list[str]) -> int:
    """Send these messages, each that is still there and that nobody else has taken up; return how many were sent."""
    post = Mailer()
    try:
        return sum(post.send(UUID(pk)) for pk in ids)
    finally:
        post.close()


@dataclass
class Mailer:
    """Sends one message after the other over one connection. While there is none, every message waits."""

    told: dict = field(default_factory=dict)
    connection: object = field(default_factory=partial(get_connection, fail_silently=False))
    is_away: bool = False

    def close(self) -> None:
        try:
            self.connection.close()
        except (SMTPException, OSError):
            logger.info("The mail server had gone before the connection was closed.")

    def send(self, pk: UUID) -> bool:
        """Send one message, and return whether it was sent. A mail that cannot be written is tried again later."""
        message = _take_up(pk)
        if message is None:
            return False
        if message.attempts > MOST_ATTEMPTS:
            # The worker that took it up was killed, each time.
            give_up(message, PauseReason.FAILED)
            return False
        with contained("Message %s", pk) as failures:
            return self._write_and_send(message)
        if failures:
            self.close()
            _postpone(message, PauseReason.FAILED)
        return False

    def _write_and_send(self, message: Message) -> bool:
        mail = emails.write(message, self.told)
        if mail is None:
            message.delete()
            return False
        if not self._reach():
            _postpone(message)
            return False
        try:
            self.connection.send_messages([mail])
        except SMTPRecipientsRefused as error:
            self._refused(message, error)
            return False
        except (SMTPException, OSError) as error:
            # Its words may hold the address.
            logger.warning("Message %s is not sent: %s", message.pk, type(error).__name__)
            self.close()
            _postpone(message)
            return False
        logger.info("Message %s is sent.", message.pk)
        message.delete()
        return True

    def _reach(self) -> bool:
        if not self.is_away:
            try:
                self.connection.open()
            except (SMTPException, OSError) as error:
                logger.warning("The mail server is not reached: %s", type(error).__name__)
                self.is_away = True
        return not self.is_away

    def _refused(self, message: Message, error: SMTPRecipientsRefused) -> None:
        codes = [code for code, _ in error.recipients.values()]
        logger.warning("Message %s is refused: %s", message.pk, codes)
        if all(code >= 500 for code in codes):
            give_up(message)
        else:
            _postpone(message)


def _take_up(pk: UUID) -> Message | None:
    now = timezone.now()
    ours = Message.objects.filter(pk=pk, wait_until__lte=now).update(
        wait_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not ours:
        return None
    rows = Message.objects.select_related(
        "request__commitment",
        "follower",
        "reminder__user",
        "invitation__agency",
        "invitation__reporting_round__plan",
    )
    return rows.filter(pk=pk).first()


def _postpone(message: Message, reason: PauseReason = PauseReason.RETURNED) -> None:
    if message.attempts >= MOST_ATTEMPTS:
        give_up(message, reason)
        return
    until = timezone.now() + _pause_after(message.attempts)
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(wait_until=until)
        _enqueue([message.pk], run_after=until)


def _pause_after(attempts: int) -> dt.timedelta:
    return min(dt.timedelta(minutes=2**attempts), LONGEST_PAUSE)
