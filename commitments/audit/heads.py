"""Signed heads of the public record: made, published, cosigned and checked."""

import datetime as dt
import time
from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from commitments.audit import signed_notes
from commitments.audit.merkle_tree import WIDTH, Tree
from commitments.audit.signed_notes import VerifierKey
from commitments.models import Change, Cosignature, DatasetVersion, SignedHead, SubtreeHash
from planwatch.db.clock import public_moment


def keys_of(setting: str) -> list[VerifierKey]:
    """Return the keys that a setting names. Raises ValueError for a text that is no key."""
    return [VerifierKey.parse(text.strip()) for text in setting.split(",") if text.strip()]


@checks.register()
def keys_can_be_read(**options) -> list[checks.CheckMessage]:
    """Return an error for a setting that holds a key with a slip in it."""
    try:
        keys_of(settings.PLANWATCH_RECORD_KEYS)
        keys_of(settings.PLANWATCH_WITNESS_KEYS)
    except ValueError as error:
        return [checks.Error(str(error), id="planwatch.E001")]
    return []


def latest_size() -> int:
    """Return how many rows the latest signed head covers; 0 if there is none."""
    return SignedHead.objects.values_list("size", flat=True).first() or 0


def signable_size() -> int:
    """Return how many rows a head covers now: all, or where editors write by days those of the days that are over."""
    if not settings.PLANWATCH_PRIVATE_EDITORS:
        return DatasetVersion.objects.get(pk=1).seq
    rows = Change.objects.filter(recorded_at__lt=public_moment(timezone.now()))
    return rows.aggregate(last=Max("seq"))["last"] or 0


def unsigned_head(origin: str) -> str:
    """Return the record as it stands now as a checkpoint to be signed."""
    size = signable_size()
    return signed_notes.checkpoint(origin, size, Tree(size, stored=False).root())


def publish(note: str) -> SignedHead:
    """Publish a signed head. Raises ValidationError for one that is not signed by the present key, is of other rows
    than the record's, or would come after heads that the record no longer agrees with.
    """
    body, _ = signed_notes.split(note)
    key = keys_of(settings.PLANWATCH_RECORD_KEYS)[0]
    found = key.signature_in(note)
    if found is None:
        raise ValidationError(f"The head is not signed by the key {key.name} of this site.")
    origin, size, root = signed_notes.read_checkpoint(body)
    for problem in problems_with_heads():
        raise ValidationError(f"No head is published: {problem}")
    tree = Tree(size, stored=False)
    try:
        agrees = origin == key.name and tree.root() == root
    except ValueError:
        agrees = False
    if not agrees:
        raise ValidationError(f"The head is not one of the record's first {size} rows.")
    subtrees = list(tree.subtrees_to_store())
    with transaction.atomic():
        DatasetVersion.objects.select_for_update().get(pk=1)
        if SignedHead.objects.filter(size__gte=size).exists():
            raise ValidationError(f"A head of {size} rows or more is published already.")
        SubtreeHash.objects.bulk_create(subtrees, ignore_conflicts=True)
        return SignedHead.objects.create(
            size=size, root=root.hex(), note=f"{body}\n{found[0]}", signed_at=timezone.now()
        )


def cosign(size: int, line: str) -> Cosignature:
    """Add the cosignature of a witness whose key this site names to a head. Raises ValidationError for any other line."""
    head = SignedHead.objects.filter(size=size).first()
    body = signed_notes.split(head.note)[0] if head else ""
    for key in keys_of(settings.PLANWATCH_WITNESS_KEYS):
        found = key.signature_in(f"{body}\n{line.strip()}\n")
        if found and found[1] < time.time() + 300:
            row, _ = Cosignature.objects.get_or_create(
                head=head,
                witness=key.name,
                defaults={
                    "line": found[0],
                    "signed_at": dt.datetime.fromtimestamp(found[1], dt.UTC),
                },
            )
            return row
    raise ValidationError(f"This is no cosignature of head {size} by a witness of this site.")


def problems_with_heads(*elsewhere: str) -> Iterator[str]:
    """Yield, in words, where the record is not the one that its heads were signed over.

    `elsewhere` are heads that somebody kept outside of the database, as signed notes.
    """
    try:
        yield from _problems(elsewhere)
    except ValueError:
        yield "The record has gaps, so that its heads cannot be checked."


def _problems(elsewhere: tuple[str, ...]) -> Iterator[str]:
    rows = Change.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    tree, keys = Tree(rows, stored=False), keys_of(settings.PLANWATCH_RECORD_KEYS)
    for note in (*SignedHead.objects.order_by("size").values_list("note", flat=True), *elsewhere):
        try:
            _, size, root = signed_notes.read_checkpoint(signed_notes.split(note)[0])
        except ValueError:
            yield "A head cannot be read."
            continue
        if not any(key.signature_in(note) for key in keys):
            yield f"Head {size} is not signed by a key of this site."
        if size > rows:
            yield f"Head {size} was signed, but the record ends at row {rows}: rows are missing."
        elif tree.root(end=size) != root:
            yield f"Rows 1 to {size} are not those over which head {size} was signed."
    for row in SubtreeHash.objects.order_by("level", "index").iterator(1000):
        covers = (row.index + 1) * WIDTH**row.level
        if covers > rows or tree.subtree(row.level, row.index).hex() != row.hash:
            yield f"The stored subtree hash {row} is not that of its rows."
