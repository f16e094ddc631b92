"""Writes to what accounts may do: by two administrators, and in the public record."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from commitments.audit.recorder import Recorder, audited_transaction, serialize_for_audit
from commitments.choices import AccountAction, ChangeAction, ProposalState
from commitments.models import AccountChange
from commitments.services.validation import require_texts, validate
from planwatch.accounts.permissions import account_of
from planwatch.accounts.sessions import end_access
from planwatch.web.text import tidy


def propose_account_change(
    *, account: str, change: str, reason: str, actor: str, role: str = ""
) -> AccountChange:
    """Propose a change of an account (a public handle), or carry it out where PLANWATCH_TWO_PERSON_RULE is off.

    Raises ValidationError without a reason, for an unknown account, for a role where none is given or withdrawn.
    """
    require_texts(account=account, reason=reason, role=role)
    with audited_transaction(actor) as record:
        row = AccountChange(
            account=account,
            change=change,
            role=role,
            reason=tidy(reason),
            proposed_by=record.actor,
            proposed_at=record.now,
        )
        validate(row)
        if account_of(account) is None:
            words = gettext("There is no account {handle}.").format(handle=account)
            raise ValidationError({"account": words})
        if bool(role) != (change in (AccountAction.GRANT, AccountAction.WITHDRAW)):
            words = gettext("Name the role that is given or withdrawn, and none otherwise.")
            raise ValidationError({"role": words})
        row.save()
        record.log(ChangeAction.CREATE, row, None, serialize_for_audit(row))
        if not settings.PLANWATCH_TWO_PERSON_RULE:
            _decide(record, row, ProposalState.APPROVED, "")
    return row


def approve_account_change(*, number: int, actor: str) -> AccountChange:
    """Carry out what another administrator proposed. Raises ValidationError for the proposer and for the account itself."""
    with audited_transaction(actor) as record:
        row = _waiting(number)
        if record.actor in (row.proposed_by, row.account):
            raise ValidationError(gettext("Another administrator must approve this."))
        _decide(record, row, ProposalState.APPROVED, record.actor)
    return row


def decline_account_change(*, number: int, actor: str) -> AccountChange:
    """Close a proposal without carrying it out; its proposer withdraws it so."""
    with audited_transaction(actor) as record:
        row = _waiting(number)
        is_own = record.actor == row.proposed_by
        state = ProposalState.WITHDRAWN if is_own else ProposalState.DECLINED
        _decide(record, row, state, "" if is_own else record.actor)
    return row


def _waiting(number: int) -> AccountChange:
    row = AccountChange.objects.filter(pk=number, state=ProposalState.WAITING).first()
    if row is None:
        raise ValidationError(gettext("This was decided already."))
    return row


def _decide(record: Recorder, row: AccountChange, state: str, decided_by: str) -> None:
    before = serialize_for_audit(row)
    row.state, row.decided_by, row.decided_at = state, decided_by, record.now
    row.save()
    if state == ProposalState.APPROVED:
        _carry_out(row)
    record.log(ChangeAction.UPDATE, row, before, serialize_for_audit(row))


def _carry_out(row: AccountChange) -> None:
    user = account_of(row.account)
    if row.change == AccountAction.GRANT:
        user.groups.add(Group.objects.get(name=row.role))
    elif row.change == AccountAction.WITHDRAW:
        user.groups.remove(Group.objects.get(name=row.role))
    elif row.change == AccountAction.RESET_FACTOR:
        user.authenticator_set.all().delete()
    else:
        user.is_active = row.change == AccountAction.OPEN
        user.save(update_fields=["is_active"])
    if row.change not in (AccountAction.GRANT, AccountAction.OPEN):
        end_access(user)
