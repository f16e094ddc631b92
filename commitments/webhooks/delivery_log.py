"""Delivery log: leases, attempts and retry delays."""

from __future__ import annotations

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
LONGEST_WAIT = 86_400
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
    now = timezone.now()
    if called.outcome == Outcome.DELIVERED:
        webhook.after, webhook.failures, webhook.next_attempt_at = row.seq, 0, None
    else:
        webhook.claim = webhook.claimed_until = None
        webhook.state = _state_after(webhook.failures, called.outcome)
        if not webhook.is_paused:
            webhook.next_attempt_at = now + _wait(webhook.failures, called.wait)
        webhook.failures += 1
    webhook.save()
    return called.outcome == Outcome.DELIVERED


@transaction.atomic
def note_failure(claim: Lease) -> None:
    """Try again later what this site failed to prepare; after the last attempt the webhook is paused."""
    webhook = claim.held.select_for_update().first()
    if webhook is None:
        return
    webhook.claim = webhook.claimed_until = None
    webhook.test_id = ""
    if webhook.failures < len(RETRY_DELAYS):
        webhook.next_attempt_at = timezone.now() + _wait(webhook.failures, 0)
    else:
        webhook.state = State.ERROR
    webhook.failures += 1
    webhook.save()


def _state_after(failures: int, outcome: Outcome) -> State:
    if outcome == Outcome.GONE:
        return State.GONE
    return State.FAILED if failures == len(RETRY_DELAYS) else State.ACTIVE


def _wait(failures: int, asked: int) -> dt.timedelta:
    wait = RETRY_DELAYS[failures] * random.uniform(0.8, 1.2)
    return dt.timedelta(seconds=min(max(wait, asked), LONGEST_WAIT * 1.2))


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
    kept = webhook.attempts.order_by("-pk").values("pk")[:KEPT_ATTEMPTS]
    Attempt.objects.filter(webhook=webhook).exclude(
        pk__in=list(kept.values_list("pk", flat=True))
    ).delete()
