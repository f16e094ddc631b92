"""Upsert by natural key: create, change or leave a row; only differences enter the record.

Two people who edit one row are merged by field: only a field that both have changed is a conflict.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils.translation import gettext

from agencies.models import Agency
from commitments.audit.recorder import (
    Conflict,
    Recorder,
    changes_of,
    serialize_for_audit,
    version_of,
)
from commitments.models import (
    Change,
    ChangeAction,
    Commitment,
    DatasetVersion,
    Proposal,
    SearchDocument,
    SearchWord,
)
from commitments.querysets.former_names import as_named_today, kinds_of
from commitments.services.revisions import write_revisions
from commitments.services.search_index import INDEXED, document_of, index_texts
from commitments.services.validation import require_texts, validate
from planwatch.web.text import tidy

# Fields that mean something only together: two people who change one of them each have changed the same.
_TOGETHER = (
    {"due_on", "due_precision"},
    {"published_on", "precision"},
    {"reported_on", "precision"},
    {"pillar", "pillar_basis", "section"},
    {"lead_agencies", "partner_agencies"},
    {"plan", "commitments"},
)


@dataclass(frozen=True)
class Saved:
    """A row after a save, and what the save did: `before` is None for a new row, equal to `after` if unchanged.

    With a `proposal` nothing is saved yet: `after` waits for a second person, or, if unchanged, waited before.
    """

    item: models.Model
    before: dict[str, Any] | None
    after: dict[str, Any]
    proposal: Proposal | None = None

    @property
    def outcome(self) -> str:
        if self.before is None:
            return "new"
        if self.before == self.after:
            return "unchanged"
        return "changed" if self.proposal is None else "proposed"

    @property
    def changed(self) -> set[str]:
        """The names of the fields that differ."""
        return {name for name in self.after if (self.before or {}).get(name) != self.after[name]}


def existing_row(model, key: dict[str, Any]) -> tuple[models.Model, dict[str, Any] | None]:
    """Return the row with that natural key and its snapshot; a new, unsaved one and None where there is none.

    Raises ValidationError by field for a key that no database can be asked for.
    """
    require_texts(
        **{name: part for name, part in key.items() if not isinstance(part, models.Model | dt.date)}
    )
    item = model.objects.filter(**key).first()
    return (model(**key), None) if item is None else (item, serialize_for_audit(item))


def assign_to(item: models.Model, **values) -> None:
    """Set fields and hold them against the rules of the gate. Raises ValidationError by field."""
    for name, value in values.items():
        setattr(item, name, value)
    validate(item)


def merge(
    item: models.Model, stored: dict[str, Any], wanted: dict[str, Any], seen_version: int | None
) -> set[str]:
    """Return the fields in which `item` must stay as it is stored: somebody else has changed those, the writer has not.

    `stored` and `wanted` are snapshots of the row as it is and as the writer would have it; what the writer looked at is
    in the record at `seen_version` (None does not ask). Raises Conflict where both have changed a field, and where the
    writer has seen no such row and means to make it.
    """
    if seen_version is None or version_of(item) <= seen_version:
        return set()
    kinds = kinds_of(item._meta.model_name)
    rows = changes_of(item).filter(object_type__in=kinds, seq__lte=seen_version)
    seen = rows.order_by("-seq").values_list("object_type", "after").first()
    _, base = as_named_today(*seen) if seen else (None, None)
    if base is None:
        raise Conflict(_as_stored(item))
    others = _with_their_kin(
        name for name in stored if stored[name] != base.get(name, stored[name])
    )
    own = _with_their_kin(name for name in wanted if wanted[name] != base.get(name, stored[name]))
    both = {name for name in others & own if wanted.get(name) != stored.get(name)}
    if both:
        raise Conflict(_as_stored(item), fields=_with_their_kin(both), others=others - own)
    return others - own


def _with_their_kin(names: Iterable[str]) -> set[str]:
    names = set(names)
    return names.union(*(group for group in _TOGETHER if group & names))


def _as_stored(item: models.Model) -> models.Model:
    return type(item)._base_manager.get(pk=item.pk)


def take_stored(item: models.Model, names: set[str]) -> None:
    """Set these fields back to what is stored. Raises ValidationError where the rest does not go with it."""
    if not names:
        return
    stored = _as_stored(item)
    for field in item._meta.concrete_fields:
        if field.name in names:
            setattr(item, field.name, getattr(stored, field.name))
    validate(item)


def prepare_row(model, key: dict[str, Any], seen_version: int | None, **values) -> Saved:
    """Build a row with these values without saving it. Raises ValidationError like assign_to, Conflict like merge."""
    item, before = existing_row(model, key)
    assign_to(item, **values)
    return merged(item, before, seen_version)


def merged(
    item: models.Model, before: dict[str, Any] | None, seen_version: int | None, **lists: list
) -> Saved:
    """Return a row as it is to be saved, with what somebody else has changed meanwhile. `lists` name the rows that it is
    joined to, as the record does. Raises like merge and take_stored."""
    after = serialize_for_audit(item) | lists
    if before is not None:
        kept = merge(item, before, after, seen_version)
        take_stored(item, kept)
        after |= {name: before[name] for name in kept if name in before}
    return Saved(item, before, after)


def require_no_circle(item: models.Model, above: models.Model | None, words: str) -> None:
    """Raise ValidationError on `parent` where a row would stand below itself; `above` is its parent."""
    while above is not None:
        if above.pk == item.pk:
            raise ValidationError({"parent": words})
        above = above.parent


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

    Raises ValidationError like assign_to, or without a `reason` where one is needed; Conflict like merge.
    """
    saved = prepare_row(model, key, seen_version, **values)
    write_row(record, saved, about, reason, is_addition=is_addition)
    return saved


def write_row(
    record: Recorder,
    saved: Saved,
    about: Sequence[Commitment] = (),
    reason: str = "",
    *,
    is_addition: bool = False,
) -> None:
    """Save a prepared row with its record, as save_row does."""
    if saved.outcome != "unchanged":
        saved.item.save()
        row = record_saved(record, saved, about, reason, is_addition=is_addition)
        _move(about, record, row)


def propose(record: Recorder, about: Sequence[Commitment] = (), **fields) -> Proposal:
    """Keep a write for a second person, with its record. `fields` are those of the proposal."""
    proposal = Proposal(proposed_by=record.actor, proposed_at=record.now, **fields)
    validate(proposal, exclude=["evidence"], with_other_rows=False)
    proposal.save(force_insert=True)
    record.log(ChangeAction.CREATE, proposal, None, serialize_for_audit(proposal), about)
    return proposal


def delete_row(
    record: Recorder, item: models.Model, about: Sequence[Commitment], reason: str
) -> None:
    """Delete a row; the record keeps it. Raises ValidationError without a `reason` where one is needed."""
    after = {"reason": _required_reason(reason, about)}
    row = record.log(ChangeAction.DELETE, item, serialize_for_audit(item), after, about)
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
        return record.log(ChangeAction.CREATE, saved.item, None, saved.after, about)
    was_public = (saved.before or {}).get("is_published", False)
    after = {**saved.after, "reason": _required_reason(reason, about, was_public=was_public)}
    action = ChangeAction.CREATE if saved.before is None else ChangeAction.UPDATE
    return record.log(action, saved.item, saved.before, after, about)


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
        SearchDocument.objects.bulk_create(
            [document],
            update_conflicts=True,
            unique_fields=["commitment"],
            update_fields=[*texts],
        )
    return differs


def index_everything() -> None:
    """Write the search index of all commitments anew, as it would be written today."""
    with transaction.atomic():
        if connection.vendor == "sqlite":
            # Its full-text index takes words out by what it believes to hold: one that was spoiled refuses every write.
            with connection.cursor() as cursor:
                for table in ("commitments_search", "commitments_search_revision"):
                    cursor.execute(f"INSERT INTO {table}({table}) VALUES ('rebuild')")
        SearchWord.objects.all().delete()
        commitments = Commitment.objects.select_related("pillar", "plan", "section")
        index_texts({model: model.objects.values_list("pk", flat=True) for model in INDEXED})
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
