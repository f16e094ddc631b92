"""Status changes that need a second person: proposed, then approved or declined by somebody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from commitments.models import ChangeAction, Proposal, ProposalState, StatusChange
from commitments.services.history import (
    EvidenceItem,
    append_step,
    draft_status_change,
    subject_of,
)
from commitments.services.record import recording, require_unchanged, snapshot
from commitments.services.validation import validate
from commitments.statuses import Precision, needs_second_editor


def submit_status_change(
    *,
    commitment: str,
    status: str,
    effective_on: dt.date,
    actor: str,
    may_record: bool,
    precision: str = Precision.DAY,
    explanation: str = "",
    evidence: Sequence[EvidenceItem] = (),
    corrects: int | None = None,
    seen_version: int | None = None,
    request_id: str = "",
) -> StatusChange | Proposal:
    """Record a status change, or propose it where a second person is needed.

    `may_record` is whether `actor` may record at all (an Editor). Closing, reopening and correcting need a second
    editor unless PLANWATCH_TWO_PERSON_RULE is off. `seen_version` is the data set's version that the writer looked at.
    Raises Conflict if the commitment has changed since, ValidationError like record_status_change.
    """
    with recording(actor, request_id) as record:
        subject = subject_of(commitment)
        require_unchanged(subject, seen_version)
        draft = draft_status_change(
            record, subject, status, effective_on, precision, explanation, evidence, corrects
        )
        two_people = takes_two_people(draft.before, status, correction=corrects is not None)
        if may_record and not two_people:
            return append_step(record, draft)
        proposal = Proposal(
            commitment=subject,
            status=status,
            effective_on=draft.change.effective_on,
            precision=precision,
            explanation=draft.change.explanation,
            evidence=[
                {"source": row.source.slug, "locator": row.locator, "note": row.note}
                for row in draft.evidence
            ],
            corrects=draft.change.corrects,
            proposed_by=record.actor,
            proposed_at=record.now,
        )
        validate(proposal, exclude=["evidence"], with_other_rows=False)
        proposal.save(force_insert=True)
        record.append(ChangeAction.CREATE, proposal, None, snapshot(proposal), [subject])
    return proposal


def takes_two_people(before: str, after: str, *, correction: bool = False) -> bool:
    """Return whether the step needs a second editor on this site (PLANWATCH_TWO_PERSON_RULE)."""
    return settings.PLANWATCH_TWO_PERSON_RULE and needs_second_editor(
        before, after, correction=correction
    )


def approve_proposal(
    *, proposal: int, actor: str, seen_version: int | None = None, request_id: str = ""
) -> StatusChange:
    """Record what was proposed, under the proposer's handle, and note who approved it.

    Raises Conflict if the commitment has changed since `seen_version`; ValidationError if it was decided before, if `actor` proposed it, or, saying why, if it no longer fits the
    history as it stands now; the proposal then goes on waiting.
    """
    with recording(actor, request_id) as record:
        item = _waiting(proposal)
        if item.proposed_by == record.actor:
            raise ValidationError(gettext("You proposed this. Another editor must approve it."))
        require_unchanged(item.commitment, seen_version)
        before = snapshot(item)
        draft = draft_status_change(
            record,
            item.commitment,
            item.status,
            item.effective_on,
            item.precision,
            item.explanation,
            evidence_of(item),
            item.corrects.seq if item.corrects else None,
        )
        draft.change.actor = item.proposed_by
        change = append_step(record, draft)
        item.state, item.status_change = ProposalState.APPROVED, change
        item.decided_by, item.decided_at = record.actor, record.now
        item.save()
        record.append(ChangeAction.UPDATE, item, before, snapshot(item), [item.commitment])
    return change


def decline_proposal(*, proposal: int, reason: str, actor: str, request_id: str = "") -> Proposal:
    """Close a proposal without recording it; the proposer may so withdraw their own. Raises ValidationError without a reason."""
    with recording(actor, request_id) as record:
        item = _waiting(proposal)
        if not reason.strip():
            raise ValidationError(
                {"reason": gettext("Say why, so that the proposer can do better.")}
            )
        before = snapshot(item)
        withdrawn = item.proposed_by == record.actor
        item.state = ProposalState.WITHDRAWN if withdrawn else ProposalState.DECLINED
        item.reason = reason
        item.decided_by, item.decided_at = "" if withdrawn else record.actor, record.now
        validate(item, exclude=["evidence"], with_other_rows=False)
        item.save()
        record.append(ChangeAction.UPDATE, item, before, snapshot(item), [item.commitment])
    return item


def evidence_of(proposal: Proposal) -> list[EvidenceItem]:
    """Return the evidence that a proposal would attach."""
    return [EvidenceItem(**item) for item in proposal.evidence]


def _waiting(number: int) -> Proposal:
    try:
        item = Proposal.objects.select_related("commitment__plan", "corrects").get(pk=number)
    except Proposal.DoesNotExist as error:
        raise ValidationError(
            gettext("There is no proposal {number}.").format(number=number)
        ) from error
    if item.state != ProposalState.WAITING:
        raise ValidationError(
            gettext("This proposal was {state} already.").format(
                state=item.get_state_display().lower()
            )
        )
    return item
