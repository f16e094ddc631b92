"""Delivery log: leases, attempts and retry delays."""

import datetime as dt
import random
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from commitments.models import Change
from commitments.webhooks.http_client import SECONDS, Called, Outcome
from commitments.webhooks.models import Attempt, State, Webhook
from commitments.webhooks.payloads import id_of

# In seconds, before each next attempt; each is lengthened or shortened by up to a fifth, so that receivers which failed
# together are not called together. After the last the webhook is paused, two days after the first failure.
RETRY_DELAYS = (60, 120, 600, 1800, 7200, 21_600, 43_200, 86_400)
# What a sender may keep a webhook to itself for, without a sign of life. Far longer than a call can take.
CLAIMED = dt.timedelta(seconds=6 * SECONDS)
KEPT_ATTEMPTS = 200


@dataclass(frozen=True)
class Lease:
    """The right to send for one webhook, until somebody else may take it."""

    webhook_id: int
    number: uuid.UUID

    @property
    def held(self):
        return Webhook.objects.filter(pk=self.webhook_id, claim=self.number)


def claim_webhook(webhook: Webhook, until: dt.datetime) -> Lease | None:
    """Take a webhook in hand, so that its messages go out one after another; None where another has it."""
    claim = Lease(webhook.pk, uuid.uuid4())
    free = Webhook.objects.unclaimed(timezone.now()).filter(pk=webhook.pk)
    return claim if free.update(claim=claim.number, claimed_until=until) else None


def keep(claim: Lease) -> None:
    """Keep a webhook in hand for another call."""
    claim.held.update(claimed_until=timezone.now() + CLAIMED)


def release(claim: Lease) -> None:
    """Let a webhook out of hand."""
    claim.held.update(claim=None, claimed_until=None)


def move_on(claim: Lease, head: int) -> bool:
    """Note that nothing up to `head` concerns a webhook; tell whether it still was in hand."""
    return bool(claim.held.update(after=head))


def stop(claim: Lease, why: State) -> bool:
    """Pause a webhook for which nothing can be sent, and drop the test that was asked for. There is no going on."""
    claim.held.update(state=why, test_id="", claim=None, claimed_until=None)
    return False


@transaction.atomic
def note_call(claim: Lease, row: Change, called: Called) -> bool:
    """Log a call and, where it was taken, move the webhook's place in the record: both or neither.

    Return whether to go on with the next message.
    """
    webhook = Webhook.objects.select_for_update().filter(pk=claim.webhook_id).first()
    if webhook is None:
        return False
    _log(webhook, id_of(webhook, row), row.seq, called)
    if webhook.claim != claim.number:
        # The owner asked for something else meanwhile; the message is sent again, as a repeat.
        return False
    if called.outcome == Outcome.DELIVERED:
        webhook.after, webhook.failures, webhook.next_attempt_at = row.seq, 0, None
    else:
        _put_off(webhook, State.FAILED, called.wait)
        if called.outcome == Outcome.GONE:
            webhook.state, webhook.next_attempt_at = State.GONE, None
    webhook.save()
    return called.outcome == Outcome.DELIVERED


@transaction.atomic
def note_failure(claim: Lease) -> None:
    """Try again later what this site failed to prepare; after the last attempt the webhook is paused."""
    webhook = claim.held.select_for_update().first()
    if webhook is None:
        return
    webhook.test_id = ""
    _put_off(webhook, State.ERROR)
    webhook.save()


def _put_off(webhook: Webhook, at_last: State, asked: int = 0) -> None:
    """Let a webhook wait for its next attempt, no less than `asked` seconds; after the last one pause it as `at_last`."""
    webhook.claim = webhook.claimed_until = None
    if webhook.failures < len(RETRY_DELAYS):
        wait = max(RETRY_DELAYS[webhook.failures] * random.uniform(0.8, 1.2), asked)
        longest = RETRY_DELAYS[-1] * 1.2
        webhook.next_attempt_at = timezone.now() + dt.timedelta(seconds=min(wait, longest))
    else:
        webhook.state = at_last
    webhook.failures += 1


@transaction.atomic
def note_test(webhook: Webhook, called: Called) -> bool:
    """Log the call of a test, which is then done; tell whether it still was there."""
    is_there = Webhook.objects.filter(pk=webhook.pk, test_id=webhook.test_id).update(test_id="")
    if is_there:
        _log(webhook, webhook.test_id, None, called)
    return bool(is_there)


def _log(webhook: Webhook, message_id: str, seq: int | None, called: Called) -> None:
    webhook.attempts.create(
        message_id=message_id,
        seq=seq,
        outcome=called.outcome,
        status=called.status,
        milliseconds=called.milliseconds,
    )
    old = list(webhook.attempts.values_list("pk", flat=True)[KEPT_ATTEMPTS:])
    Attempt.objects.filter(pk__in=old).delete()
