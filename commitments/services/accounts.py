"""Writes to what accounts may do: by two administrators, and in the public record."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from commitments.audit.recorder import Recorder, audited_transaction
from commitments.choices import AccountAction
from commitments.models import AccountChange
from commitments.services import decisions
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
        decisions.propose(row, record, _carry_out)
    return row


def approve_account_change(*, number: int, actor: str) -> AccountChange:
    """Carry out what another administrator proposed. Raises ValidationError for the proposer and for the account itself."""
    return decisions.approve(AccountChange, number, actor, _carry_out)


def decline_account_change(*, number: int, actor: str) -> AccountChange:
    """Close a proposal without carrying it out; its proposer withdraws it so."""
    return decisions.decline(AccountChange, number, actor)


def _carry_out(row: AccountChange, _: Recorder) -> None:
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
