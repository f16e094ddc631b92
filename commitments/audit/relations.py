"""Verification of what no hash covers: to which commitments rows belong, who asked for them, and who approved."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from commitments.audit.hash_chain import has_own_nonce
from commitments.choices import AccountAction, ProposalState
from commitments.models import AccountChange, Change, StatusChange
from commitments.statuses import CLOSED
from planwatch.accounts.permissions import handle_of
from planwatch.accounts.signatures import is_signed
from planwatch.batches import contained

# Where the body of a row names commitments, by the kind of row. Their codes never change.
_NAMED_BY = {
    "commitment": ("code",),
    "citation": ("commitment",),
    "statuschange": ("commitment",),
    "evidence": ("status_change",),
    "review": ("commitment",),
    "reviewretraction": ("review",),
    "commitmentlink": ("earlier", "later"),
    "development": ("commitments",),
    "reportedstatus": ("commitment",),
    "proposal": ("commitment",),
}
# An edit of a source belongs to the commitments whose verdict it bears on, which its body does not name.
_NOT_NAMED = ("source",)


def problems_of_rows() -> Iterator[str]:
    """Yield, in words, where relations, request ids or approvals are not those of the rows of the record."""
    rows = Change.objects.prefetch_related("commitments").order_by("seq")
    reviewed: dict[str, str] = {}
    writers: dict[tuple[str, str], tuple[str, str]] = {}
    redacted: dict[int, str] = {}
    for row in rows.iterator(chunk_size=1000):
        with contained("Verifying row %s", row.seq):
            yield from _problems_of(row, reviewed, writers)
            if row.object_type == "redaction":
                redacted |= dict.fromkeys(row.after["rows"], row.object_key)
    marked = Change.objects.exclude(redaction=None).values_list("seq", "redaction")
    for seq in sorted({seq for seq, number in marked if redacted.get(seq) != str(number)}):
        yield f"Row {seq}: its body was changed by a redaction that does not name it."


def _problems_of(
    row: Change, reviewed: dict[str, str], writers: dict[tuple[str, str], tuple[str, str]]
) -> Iterator[str]:
    """Yield what is wrong with a row.

    `reviewed` collects the commitment of each review by its number, `writers` who was the first to write of an object, by
    their lasting handle, since the public one may rotate between a proposal and its approval, and that row's hash.
    """
    writer = (row.opening or {}).get("actor", row.actor)
    first, proposed = writers.setdefault((row.object_type, row.object_key), (writer, row.hash))
    if row.object_type == "review":
        reviewed[row.object_key] = row.after["commitment"]
    if row.object_type not in _NOT_NAMED:
        told = {commitment.code for commitment in row.commitments.all()}
        if told != {reviewed.get(name, name) for name in _named_in(row)}:
            yield f"Row {row.seq}: the commitments it belongs to are not those that it names."
    if not has_own_nonce(row):
        yield f"Row {row.seq}: its request id is not the one that was sealed."
    after: dict[str, Any] = row.after or {}
    is_approval = after.get("state") == ProposalState.APPROVED and (
        # Without the rule of two people what administrators propose is carried out, and not approved.
        row.object_type == "proposal"
        or (row.object_type in ("accountchange", "redaction") and after["decided_by"])
    )
    if is_approval and (
        first == writer or not after["proposed_by"] != row.actor == after["decided_by"]
    ):
        yield f"Row {row.seq}: its approval is not by a second person."
    signature = after.get("signature")
    if signature and not is_signed(signature, bytes.fromhex(proposed)):
        yield f"Row {row.seq}: its approval is not signed by the passkey that it names."


def _named_in(row: Change) -> set[str]:
    found = set()
    for name in _NAMED_BY.get(row.object_type, ()):
        for body in filter(None, (row.before, row.after)):
            values = body.get(name) or []
            values = [values] if isinstance(values, str) else values
            found.update(value.partition("/")[0] for value in values)
    return found


def unrecorded_roles() -> Iterator[str]:
    """Yield, in words, each role that an account has and the record does not explain: given on the machine."""
    given: dict[str, set[str]] = defaultdict(set)
    for row in AccountChange.objects.filter(state=ProposalState.APPROVED).order_by("decided_at"):
        if row.change == AccountAction.GRANT:
            given[row.account].add(row.role)
        elif row.change == AccountAction.WITHDRAW:
            given[row.account].discard(row.role)
    for user in get_user_model().objects.prefetch_related("groups").order_by("pk"):
        roles = {group.name for group in user.groups.all()} - given[handle_of(user)]
        for role in sorted(roles | ({"superuser"} if user.is_superuser else set())):
            yield f"{handle_of(user)} has the role {role}, which no row of the record explains."


def steps_by_one_person() -> int:
    """Return how many steps close, reopen or correct without an approval: of first imports, or with the rule off."""
    return StatusChange.objects.filter(
        Q(status__in=CLOSED) | Q(corrects__isnull=False), proposal=None
    ).count()
