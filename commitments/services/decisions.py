"""What one administrator proposes and another decides: changes of accounts, and redactions."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext

from commitments.audit.recorder import Recorder, audited_transaction, serialize_for_audit
from commitments.choices import ChangeAction, ProposalState
from planwatch.accounts.rotating_handles import is_by

# Carries out what was approved, before the decision is saved and recorded.
CarryOut = Callable[[models.Model, Recorder], None]


def propose(row: models.Model, record: Recorder, carry_out: CarryOut) -> None:
    """Save and record a proposal, and carry it out at once where PLANWATCH_TWO_PERSON_RULE is off."""
    row.save()
    record.log(ChangeAction.CREATE, row, None, serialize_for_audit(row))
    if not settings.PLANWATCH_TWO_PERSON_RULE:
        _decide(record, row, ProposalState.APPROVED, "", carry_out)


def approve(
    model: type[models.Model], number: int, actor: str, carry_out: CarryOut
) -> models.Model:
    """Carry out what another administrator proposed. Raises ValidationError for the proposer and for who it is about."""
    with audited_transaction(actor) as record:
        row = _waiting(model, number)
        is_about = record.account == getattr(row, "account", None)
        if is_about or is_by(row.proposed_by, record.account):
            raise ValidationError(gettext("Another administrator must approve this."))
        _decide(record, row, ProposalState.APPROVED, record.actor, carry_out)
    return row


def decline(model: type[models.Model], number: int, actor: str) -> models.Model:
    """Close a proposal without carrying it out; its proposer withdraws it so."""
    with audited_transaction(actor) as record:
        row = _waiting(model, number)
        is_own = is_by(row.proposed_by, record.account)
        state = ProposalState.WITHDRAWN if is_own else ProposalState.DECLINED
        _decide(record, row, state, "" if is_own else record.actor)
    return row


def _waiting(model: type[models.Model], number: int) -> models.Model:
    row = model.objects.filter(pk=number, state=ProposalState.WAITING).first()
    if row is None:
        raise ValidationError(gettext("This was decided already."))
    return row


def _decide(
    record: Recorder, row: models.Model, state: str, by: str, carry_out: CarryOut | None = None
) -> None:
    before = serialize_for_audit(row)
    if carry_out:
        carry_out(row, record)
    row.state, row.decided_by, row.decided_at = state, by, record.now
    for name in getattr(row, "forgotten", ()):
        setattr(row, name, "")
    row.save()
    record.log(ChangeAction.UPDATE, row, before, serialize_for_audit(row))
