"""Writes to the queue of what feeds announced: private work, in no row of the public record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

from commitments.models import QueueItem, QueueOutcome, Source
from commitments.services.validation import require_texts, validate
from planwatch.net.addresses import normalized


def queue_document(
    *, feed: str, url: str, title: str, published_on: dt.date | None = None
) -> QueueItem | None:
    """Queue what a feed announced; None where the record or the queue has that address. Raises ValidationError."""
    require_texts(feed=feed, url=url, title=title)
    known = normalized(url)
    if (
        Source.objects.filter(normalized_url=known).exists()
        or QueueItem.objects.filter(normalized_url=known).exists()
    ):
        return None
    item = QueueItem(
        url=url, normalized_url=known, title=title or url, feed=feed, published_on=published_on
    )
    validate(item)
    item.save()
    return item


def close_queue_items(*, items: Sequence[int], outcome: str, actor: str) -> int:
    """Say what became of waiting items, and return of how many. Raises ValidationError for an outcome that is none."""
    require_texts(outcome=outcome, actor=actor)
    if outcome not in QueueOutcome.values or outcome == QueueOutcome.WAITING:
        raise ValidationError({"outcome": gettext("Say what became of it.")})
    waiting = QueueItem.objects.filter(pk__in=items, outcome=QueueOutcome.WAITING)
    return waiting.update(outcome=outcome, closed_by=actor, closed_at=timezone.now())
