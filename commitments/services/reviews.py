"""Writes of reviews and their retraction."""

import datetime as dt
from collections.abc import Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

from commitments.audit.recorder import (
    all_or_none,
    audited_transaction,
    check_version,
    serialize_for_audit,
)
from commitments.models import (
    ChangeAction,
    Review,
    ReviewRetraction,
)
from commitments.services.history_rules import (
    EvidenceItem,
    refresh,
    sources_named,
    subject_of,
    write_copies,
)
from commitments.services.validation import refused, validate
from planwatch.accounts.rotating_handles import is_by
from planwatch.db.clock import public_moment
from planwatch.time_zones import is_future


def record_review(
    *,
    commitment: str,
    reviewed_on: dt.date,
    note: str,
    actor: str,
    source: str = "",
    locator: str = "",
    seen_version: int | None = None,
) -> Review:
    """Record that the commitment was checked on a day and nothing new was found; `note` says what was looked for.

    `source` is the slug of a document that shows the unchanged state, with its `locator`. Raises ValidationError for a
    day in the future or before the announcement, an unknown source, a missing note or locator; Conflict if the
    commitment has changed since `seen_version`.
    """
    with audited_transaction(actor) as record:
        subject = subject_of(commitment)
        check_version(subject, seen_version)
        if reviewed_on < subject.announced_on or is_future(reviewed_on):
            words = gettext("Give a day from the announcement of {code} ({announced_on}) to today.")
            announced_on = subject.announced_on.isoformat()
            words = words.format(code=subject.code, announced_on=announced_on)
            raise refused("out_of_range", words, "reviewed_on")
        review = Review(
            commitment=subject,
            reviewed_on=reviewed_on,
            note=note,
            source=sources_named([EvidenceItem(source, locator)])[0] if source else None,
            locator=locator,
            recorded_at=record.now,
            actor=record.actor,
        )
        validate(review, with_other_rows=False)
        review.save(force_insert=True)
        row = record.log(ChangeAction.CREATE, review, None, serialize_for_audit(review), [subject])
        latest = max(subject.last_reviewed_on, reviewed_on)
        write_copies(subject, record, row, {"last_reviewed_on": latest})
    return review


def record_reviews(
    *,
    commitments: Sequence[str],
    reviewed_on: dt.date,
    note: str,
    actor: str,
    seen_version: int | None = None,
) -> list[Review]:
    """Record the same review for many commitments: all of them or none.

    Raises ValidationError like record_review; Conflict, naming each commitment that has changed since `seen_version`.
    """
    if not commitments:
        raise ValidationError({"commitments": gettext("Choose at least one commitment.")})
    same = partial(record_review, reviewed_on=reviewed_on, note=note, actor=actor)
    return all_or_none(commitments, lambda code: same(commitment=code, seen_version=seen_version))


# How long its author may take a review back.
RETRACTABLE = dt.timedelta(hours=24)


def retractable_since() -> dt.datetime:
    """Return the moment since which reviews can be taken back now."""
    return public_moment(timezone.now()) - RETRACTABLE


def retract_review(*, review: int, reason: str, actor: str, is_import: bool = False) -> Review:
    """Take back the review of that number: it stays visible, and counts no more from now on.

    Raises ValidationError without a reason, for another's review, one older than RETRACTABLE or retracted already. An
    import may retract any at any time: an error of the data is often found later than a day, and not by its author.
    """
    with audited_transaction(actor) as record:
        item = Review.objects.select_related("commitment__plan").filter(pk=review).first()
        if item is None or not (is_import or is_by(item.actor, record.account)):
            raise ValidationError(gettext("Only the author of a review can retract it."))
        if not is_import and item.recorded_at < retractable_since():
            raise ValidationError(gettext("A review can be retracted for 24 hours only."))
        if ReviewRetraction.objects.filter(review=item).exists():
            raise ValidationError(gettext("This review is retracted already."))
        made = ReviewRetraction(
            review=item, reason=reason, recorded_at=record.now, actor=record.actor
        )
        validate(made, with_other_rows=False)
        made.save(force_insert=True)
        subject = item.commitment
        row = record.log(ChangeAction.CREATE, made, None, serialize_for_audit(made), [subject])
        refresh(subject, record, row)
    return item
