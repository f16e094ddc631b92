"""Delivery tasks. Enqueuing leases a webhook and leaves a task for a worker, both or neither.

Killed at any moment, another sender goes on: the place in the record moves in the transaction that notes a call down, what
was sent before a kill is sent once more under the same id, and who was killed loses what he had in hand after a while.
"""

import datetime as dt
import time
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import QueryDict
from django.utils import timezone
from django_tasks import task

from commitments.models import DatasetVersion
from commitments.selection import select_commitments
from commitments.webhooks import delivery_log, payloads
from commitments.webhooks.http_client import Called, call
from commitments.webhooks.models import State, Webhook
from commitments.webhooks.signing import SEALED_AS, headers_for
from planwatch.accounts.encryption import Unreadable, decrypt
from planwatch.batches import contained
from planwatch.web.query_params import InvalidQuery

# Then others have their turn.
SECONDS_A_TURN = 30
# A task that no worker has begun for so long is taken for lost.
QUEUED = dt.timedelta(minutes=15)


def hand_over(only: int | None = None) -> int:
    """Leave a task for each webhook that has something to send, or for one; return for how many."""
    now, head = timezone.now(), DatasetVersion.objects.get(pk=1).seq
    due = Webhook.objects.due(now, head).order_by(F("next_attempt_at").asc(nulls_first=True), "pk")
    handed = 0
    for webhook in due if only is None else due.filter(pk=only):
        with contained("Handing over webhook %s", webhook.pk), transaction.atomic():
            if claim := delivery_log.claim_webhook(webhook, now + QUEUED):
                send.enqueue(claim.webhook_id, str(claim.number))
                handed += 1
    return handed


@task()
def send(webhook_id: int, number: str) -> None:
    """Send what one webhook is to hear, in order, until it has heard all, a call fails or others want their turn.

    A failure of this site counts like one of the receiver: it is tried again later, and in the end pauses the webhook.
    """
    claim = delivery_log.Lease(webhook_id, uuid.UUID(number))
    ends = time.monotonic() + SECONDS_A_TURN
    with contained("Webhook %s", webhook_id) as failures:
        while _send_next(claim) and time.monotonic() < ends:
            pass
    if failures:
        delivery_log.note_failure(claim)
    delivery_log.release(claim)
    hand_over(webhook_id)


def _send_next(claim: delivery_log.Lease) -> bool:
    """Send the next message, or pass rows that do not concern the webhook; tell whether to go on."""
    webhook = claim.held.first()
    if webhook is None:
        return False
    delivery_log.keep(claim)
    try:
        secret = decrypt(SEALED_AS, webhook.secret)
        select_commitments(QueryDict(webhook.filters), also=())
    except Unreadable:
        return delivery_log.stop(claim, State.SECRET)
    except InvalidQuery:
        return delivery_log.stop(claim, State.FILTERS)
    head = DatasetVersion.objects.get(pk=1).seq
    if webhook.test_id:
        body = payloads.test_body(webhook, head)
        return delivery_log.note_test(webhook, _called(webhook, secret, webhook.test_id, body))
    if webhook.is_paused or (webhook.next_attempt_at and webhook.next_attempt_at > timezone.now()):
        return False
    found = payloads.next_of(webhook, head)
    if isinstance(found, int):
        return delivery_log.move_on(claim, found) and found < head
    body = payloads.body_of(found, head)
    called = _called(webhook, secret, payloads.id_of(webhook, found.row), body)
    return delivery_log.note_call(claim, found.row, called)


def _called(webhook: Webhook, secret: str, message_id: str, body: bytes) -> Called:
    headers = headers_for(secret, message_id, int(time.time()), body)
    headers |= {
        "Content-Type": "application/json",
        "User-Agent": f"PlanWatch webhooks (+{settings.PLANWATCH_SITE_URL})",
    }
    return call(webhook.url, body, headers, allow_private=settings.PLANWATCH_WEBHOOK_PRIVATE)
