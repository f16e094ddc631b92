"""Writes that need a second person: submit, approve, decline."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

from commitments.audit.recorder import (
    Recorder,
    all_or_none,
    audited_transaction,
    check_version,
    serialize_for_audit,
)
from commitments.choices import Precision
from commitments.models import (
    Change,
    ChangeAction,
    Commitment,
    Proposal,
    ProposalKind,
    ProposalState,
    Source,
    StatusChange,
)
from commitments.services.commitments import unpublish
from commitments.services.history import append_step, draft_status_change
from commitments.services.history_rules import EvidenceItem, subject_of
from commitments.services.reference_data import write_source
from commitments.services.upsert import Saved, prepare_row, propose
from commitments.services.validation import refused, validate
from commitments.status_rules import step_day
from commitments.statuses import needs_second_editor
from planwatch.accounts.rotating_handles import by, is_by
from planwatch.db.clock import public_moment
from planwatch.web.text import tidy

# So many proposals and sources one person without the right to record may send in a day.
MOST_A_DAY = 100


def require_room(actor: str) -> None:
    """Raise ValidationError where a contributor has sent MOST_A_DAY proposals and sources within 24 hours."""
    sent = Change.objects.filter(
        by("actor", actor),
        action=ChangeAction.CREATE,
        object_type__in=("proposal", "source"),
        recorded_at__gt=public_moment(timezone.now()) - dt.timedelta(days=1),
    )
    if sent.count() >= MOST_A_DAY:
        words = gettext(
            "You have sent {most} proposals and sources within a day. Send more tomorrow, or ask an Editor."
        )
        raise ValidationError(words.format(most=MOST_A_DAY))


def submit_status_change(
    *,
    commitment: str,
    actor: str,
    may_record: bool,
    seen_version: int | None = None,
    **step: Any,
) -> StatusChange | Proposal:
    """Record a status change, or propose it where a second person is needed. `step` is what record_status_change takes.

    `may_record` is whether `actor` may record at all (an Editor). Closing, reopening and correcting need a second
    editor unless PLANWATCH_TWO_PERSON_RULE is off. `seen_version` is the data set's version that the writer looked at.
    Raises Conflict if the commitment has changed since, ValidationError like record_status_change and require_room.
    """
    with audited_transaction(actor) as record:
        if not may_record:
            require_room(actor)
        subject = subject_of(commitment)
        check_version(subject, seen_version)
        draft = draft_status_change(record, subject, **step)
        change = draft.change
        is_correction = change.corrects is not None
        two_people = takes_two_people(draft.before, change.status, correction=is_correction)
        if may_record and not two_people:
            return append_step(record, draft)
        return propose(
            record,
            [subject],
            commitment=subject,
            status=change.status,
            effective_on=change.effective_on,
            precision=change.precision,
            explanation=change.explanation,
            correction_reason=change.correction_reason,
            evidence=[
                {"source": row.source.slug, "locator": row.locator, "note": row.note}
                for row in draft.evidence
            ],
            corrects=change.corrects,
        )


def submit_status_changes(
    *, commitments: Sequence[str], actor: str, seen_version: int | None = None, **step: Any
) -> list[StatusChange | Proposal]:
    """Submit the same step of an Editor for many commitments as submit_status_change does: for all of them or none.

    Raises like it; Conflict names each commitment that has changed since `seen_version`.
    """
    same = partial(submit_status_change, actor=actor, may_record=True, **step)
    return all_or_none(commitments, lambda code: same(commitment=code, seen_version=seen_version))


def waiting_like(
    *,
    commitment: str,
    status: str,
    effective_on: dt.date,
    precision: str = Precision.DAY,
    explanation: str = "",
    correction_reason: str = "",
    evidence: Sequence[EvidenceItem] = (),
    corrects: int | None = None,
) -> Proposal | None:
    """Return the waiting proposal of this very step, None where there is none."""
    subject = subject_of(commitment)
    rows = Proposal.objects.waiting().filter(
        commitment=subject,
        status=status,
        effective_on=step_day(effective_on, precision, subject.announced_on),
        precision=precision,
        explanation=tidy(explanation),
        correction_reason=tidy(correction_reason),
        corrects__seq=corrects,
    )
    wanted = [
        {"source": item.source, "locator": tidy(item.locator), "note": tidy(item.note)}
        for item in evidence
    ]
    return next((item for item in rows if item.evidence == wanted), None)


def submit_unpublishing(
    *,
    commitment: str,
    reason: str,
    actor: str,
    seen_version: int | None = None,
) -> Saved | Proposal:
    """Propose to take a commitment off every public surface, or do it where PLANWATCH_TWO_PERSON_RULE is off.

    Its addresses then answer 410 with the code, the day, the `reason` and the number of the record's row. Raises
    ValidationError without a reason, for what is not published, and where such a proposal waits; Conflict if the
    commitment has changed since `seen_version`.
    """
    with audited_transaction(actor) as record:
        subject = subject_of(commitment)
        check_version(subject, seen_version)
        if not reason.strip():
            raise ValidationError({"reason": gettext("Say why. Readers see this in its place.")})
        if not subject.is_published:
            raise ValidationError(gettext("{code} is not published.").format(code=commitment))
        kind = ProposalKind.UNPUBLISH
        if subject.proposals.waiting().filter(kind=kind).exists():
            raise ValidationError(gettext("This waits for a second person already."))
        if settings.PLANWATCH_TWO_PERSON_RULE:
            payload = {"reason": reason.strip()}
            return propose(record, [subject], kind=kind, commitment=subject, payload=payload)
        return unpublish(record, subject, reason)


def takes_two_people(before: str, after: str, *, correction: bool = False) -> bool:
    """Return whether the step needs a second editor on this site (PLANWATCH_TWO_PERSON_RULE)."""
    return settings.PLANWATCH_TWO_PERSON_RULE and needs_second_editor(
        before, after, correction=correction
    )


def digest_of(item: Proposal) -> bytes:
    """Return what a passkey signs to approve a proposal: the hash of the record row that proposed it."""
    rows = Change.objects.filter(object_type="proposal", object_key=str(item.pk))
    return bytes.fromhex(rows.order_by("seq").values_list("hash", flat=True)[0])


def approve_proposal(
    *,
    proposal: int,
    actor: str,
    seen_version: int | None = None,
    signature: dict[str, str] | None = None,
) -> Proposal:
    """Record what was proposed, and note who approved it. A step is recorded under its proposer's handle.

    `signature` is that of the approver's passkey over `digest_of` the proposal, which the caller has verified.
    Raises Conflict if the commitment or source has changed since `seen_version`; ValidationError if it was decided before,
    if `actor` proposed it, or, saying why, if it no longer fits what stands now; the proposal then goes on waiting.
    """
    with audited_transaction(actor) as record:
        item = _waiting(proposal)
        if is_by(item.proposed_by, record.account):
            words = gettext("You proposed this. Another editor must approve it.")
            raise refused("own_proposal", words)
        check_version(item.subject, seen_version)
        before = serialize_for_audit(item)
        if item.kind == ProposalKind.UNPUBLISH:
            unpublish(record, item.commitment, item.payload["reason"])
        elif item.kind == ProposalKind.SOURCE_EDIT:
            write_source(record, _edited(item), item.payload["reason"])
        else:
            item.status_change = _append_proposed(record, item)
        item.state = ProposalState.APPROVED
        item.decided_by, item.decided_at = record.actor, record.now
        item.signature = signature
        item.save()
        record.log(ChangeAction.UPDATE, item, before, serialize_for_audit(item), _about(item))
    return item


def _append_proposed(record: Recorder, item: Proposal) -> StatusChange:
    draft = draft_status_change(
        record,
        item.commitment,
        status=item.status,
        effective_on=item.effective_on,
        precision=item.precision,
        explanation=item.explanation,
        correction_reason=item.correction_reason,
        evidence=evidence_of(item),
        corrects=item.corrects.seq if item.corrects else None,
    )
    draft.change.actor = item.proposed_by
    return append_step(record, draft)


def _edited(item: Proposal) -> Saved:
    """Return the source with the proposed values. Raises ValidationError where one of them was changed meanwhile."""
    stored = serialize_for_audit(item.source)
    if moved := [name for name, old in item.payload["before"].items() if stored[name] != old]:
        words = gettext("Changed since this was proposed: {names}. Decline it, and edit anew.")
        raise refused("changed_since", words.format(names=", ".join(moved)))
    fields = item.source._meta.get_field
    values = {name: fields(name).to_python(value) for name, value in item.payload["values"].items()}
    return prepare_row(Source, {"slug": item.source.slug}, None, **values)


def _about(item: Proposal) -> list[Commitment]:
    return [item.commitment] if item.commitment else []


def decline_proposal(*, proposal: int, reason: str, actor: str) -> Proposal:
    """Close a proposal without recording it; the proposer may so withdraw their own. Raises ValidationError without a reason."""
    with audited_transaction(actor) as record:
        item = _waiting(proposal)
        if not reason.strip():
            words = gettext("Say why, so that the proposer can do better.")
            raise refused("no_reason", words, "reason")
        before = serialize_for_audit(item)
        withdrawn = is_by(item.proposed_by, record.account)
        item.state = ProposalState.WITHDRAWN if withdrawn else ProposalState.DECLINED
        item.reason = reason
        item.decided_by, item.decided_at = "" if withdrawn else record.actor, record.now
        validate(item, exclude=["evidence"], with_other_rows=False)
        item.save()
        record.log(ChangeAction.UPDATE, item, before, serialize_for_audit(item), _about(item))
    return item


def evidence_of(proposal: Proposal) -> list[EvidenceItem]:
    """Return the evidence that a proposal would attach."""
    return [EvidenceItem(**item) for item in proposal.evidence]


def _waiting(number: int) -> Proposal:
    try:
        rows = Proposal.objects.select_related("commitment__plan", "source", "corrects")
        item = rows.get(pk=number)
    except Proposal.DoesNotExist as error:
        words = gettext("There is no proposal {number}.").format(number=number)
        raise refused("unknown_proposal", words) from error
    if item.state != ProposalState.WAITING:
        words = gettext("This proposal was {state} already.")
        raise refused("decided_already", words.format(state=item.get_state_display().lower()))
    return item
