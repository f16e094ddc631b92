"""How a row is saved by its natural key: made, changed or found unchanged, and only what differs enters the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext

from agencies.models import Agency
from commitments.models import (
    Change,
    ChangeAction,
    Commitment,
    DatasetVersion,
    SearchDocument,
    SearchWord,
)
from commitments.search import document_of
from commitments.services.record import Recorder, require_unchanged, snapshot
from commitments.services.revisions import write_revisions
from commitments.services.validation import require_texts, validate
from planwatch.texts import tidy


@dataclass(frozen=True)
class Saved:
    """A row after a save, and what the save did: `before` is None for a new row, equal to `after` if unchanged."""

    item: models.Model
    before: dict[str, Any] | None
    after: dict[str, Any]

    @property
    def outcome(self) -> str:
        if self.before is None:
            return "new"
        return "unchanged" if self.before == self.after else "changed"


def existing_row(model, key: dict[str, Any]) -> tuple[models.Model, dict[str, Any] | None]:
    """Return the row with that natural key and its snapshot; a new, unsaved one and None where there is none.

    Raises ValidationError by field for a key that no database can be asked for.
    """
    require_texts(
        **{name: part for name, part in key.items() if not isinstance(part, models.Model)}
    )
    item = model.objects.filter(**key).first()
    return (model(**key), None) if item is None else (item, snapshot(item))


def assign_to(item: models.Model, **values) -> None:
    """Set fields and hold them against the rules of the gate. Raises ValidationError by field."""
    for name, value in values.items():
        setattr(item, name, value)
    validate(item)


def save_row(
    record: Recorder,
    model,
    key: dict[str, Any],
    about: Sequence[Commitment] = (),
    reason: str = "",
    is_addition: bool = False,
    seen_version: int | None = None,
    **values,
) -> Saved:
    """Save a row with its record. `about` are the commitments it speaks of; they move with it. With `is_addition` a
    new row is an edit of those, with a reason like any other; without, it is part of what makes them, as in an import.

    Raises ValidationError like assign_to, or without a `reason` where one is needed; Conflict as require_unchanged.
    """
    item, before = existing_row(model, key)
    if before is not None:
        require_unchanged(item, seen_version)
    assign_to(item, **values)
    saved = Saved(item, before, snapshot(item))
    if saved.outcome != "unchanged":
        item.save()
        row = record_saved(record, saved, about, reason, is_addition=is_addition)
        _move(about, record, row)
    return saved


def delete_row(
    record: Recorder, item: models.Model, about: Sequence[Commitment], reason: str
) -> None:
    """Delete a row; the record keeps it. Raises ValidationError without a `reason` where one is needed."""
    after = {"reason": _required_reason(reason, about)}
    row = record.append(ChangeAction.DELETE, item, snapshot(item), after, about)
    item.delete()
    _move(about, record, row)


def record_saved(
    record: Recorder,
    saved: Saved,
    about: Sequence[Commitment],
    reason: str,
    *,
    is_addition: bool = False,
) -> Change | None:
    """Append what a save did to the record and return the row; None where nothing differs."""
    if saved.outcome == "unchanged":
        return None
    if saved.before is None and not is_addition:
        return record.append(ChangeAction.CREATE, saved.item, None, saved.after, about)
    was_public = (saved.before or {}).get("is_published", False)
    after = {**saved.after, "reason": _required_reason(reason, about, was_public=was_public)}
    action = ChangeAction.CREATE if saved.before is None else ChangeAction.UPDATE
    return record.append(action, saved.item, saved.before, after, about)


def _required_reason(reason: str, about: Sequence[Commitment], *, was_public: bool = False) -> str:
    """Return the public reason of an edit. Raises ValidationError where what is or was published is edited without one."""
    if not reason.strip() and (was_public or any(item.is_published for item in about)):
        raise ValidationError({"reason": gettext("This is public. Say why you change it.")})
    return tidy(reason)


def _move(commitments: Sequence[Commitment], record: Recorder, row: Change) -> None:
    Commitment.objects.filter(pk__in=[item.pk for item in commitments]).update(
        seq=row.seq, updated_at=record.now
    )
    record.wrote(Commitment, *(item.pk for item in commitments))


def index_words(commitment: Commitment, record: Recorder) -> None:
    """Bring the words by which a commitment is found up to date."""
    if _index(commitment):
        record.wrote(SearchDocument, commitment.pk)


def _index(commitment: Commitment, *, again: bool = False) -> bool:
    """Write what a commitment is found by, and return whether it differs; with `again` its words in any case."""
    document, words = document_of(commitment, Agency.objects.filter(roles__commitment=commitment))
    texts = {"title": document.title, "text": document.text}
    differs = not SearchDocument.objects.filter(commitment=commitment, **texts).exists()
    if differs or again:
        SearchWord.objects.bulk_create(words, ignore_conflicts=True)
    if differs:
        SearchDocument.objects.update_or_create(commitment=commitment, defaults=texts)
    return differs


def index_everything() -> None:
    """Write the search index of all commitments anew, as it would be written today."""
    with transaction.atomic():
        SearchWord.objects.all().delete()
        commitments = Commitment.objects.select_related("pillar", "objective")
        written = [item.pk for item in commitments if _index(item, again=True)]
        if written:
            # It stands so from the latest write on: the record itself says nothing new.
            write_revisions(SearchDocument, written, DatasetVersion.objects.get(pk=1).changed_at)


def related(model, key: str | tuple | None, *, field: str):
    """Return the row with that natural key, None for none. Raises ValidationError on `field` if it does not exist."""
    if not key:
        return None
    key = key if isinstance(key, tuple) else (key,)
    for part in key:
        require_texts(**{field: part})
    try:
        return model.objects.get_by_natural_key(*key)
    except model.DoesNotExist as error:
        raise ValidationError(
            {
                field: gettext("There is no {kind} {key}.").format(
                    kind=model._meta.verbose_name, key="/".join(map(str, key))
                )
            }
        ) from error
