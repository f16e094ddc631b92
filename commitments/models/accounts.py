"""Model of changes of what accounts may do."""

from django.db import models
from django.utils import timezone

from commitments.choices import AccountAction, ProposalState
from commitments.models.base import one_of
from planwatch.accounts.permissions import Role


class AccountChange(models.Model):
    """A role given or withdrawn, a second factor reset, an account closed or opened: proposed by one administrator,
    carried out when another approves. Accounts have their public handles here.
    """

    account = models.CharField(max_length=60, help_text="Public handle, such as editor-07.")
    change = models.CharField(max_length=12, choices=AccountAction.choices)
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    reason = models.TextField(help_text="Why. It is in the public record.")
    state = models.CharField(
        max_length=9,
        choices=ProposalState.choices,
        default=ProposalState.WAITING,
    )
    proposed_by = models.CharField(max_length=60, help_text="Public handle.")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True, help_text="Public handle.")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            one_of("change", AccountAction),
            models.CheckConstraint(
                condition=models.Q(role__in=[*Role.values, ""]), name="accountchange_role_is_known"
            ),
            one_of("state", ProposalState),
            models.CheckConstraint(
                condition=models.Q(decided_by="") | ~models.Q(decided_by=models.F("proposed_by")),
                name="accountchange_is_decided_by_another",
            ),
        ]

    def __str__(self):
        role = f": {self.role}" if self.role else ""
        return f"{self.account}, {self.get_change_display()}{role}"
