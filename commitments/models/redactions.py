"""Model of redactions: words that are taken out of everything published, and out of what stands behind it."""

from django.db import models
from django.utils import timezone

from commitments.choices import ProposalState
from commitments.models.base import one_of


class Redaction(models.Model):
    """Words that harm somebody: one administrator proposes to remove them, another approves, and then they are gone.

    The words are held until that is decided and never published; the record says why, and from which of its rows.
    """

    # Emptied when it is decided.
    forgotten = ("words",)

    words = models.TextField(
        blank=True, editable=False, help_text="Exactly as they stand; emptied by the decision."
    )
    reason = models.TextField(help_text="Why. It is in the public record.")
    rows = models.JSONField(
        default=list, blank=True, help_text="The numbers of the record rows that held the words."
    )
    state = models.CharField(
        max_length=9, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    is_applying = models.BooleanField(
        default=False,
        editable=False,
        help_text="True inside the one transaction in which append-only rows may lose words.",
    )
    proposed_by = models.CharField(max_length=60, help_text="Public handle.")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True, help_text="Public handle.")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            one_of("state", ProposalState),
            models.CheckConstraint(
                condition=models.Q(decided_by="") | ~models.Q(decided_by=models.F("proposed_by")),
                name="redaction_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ProposalState.WAITING) | models.Q(words=""),
                name="redaction_forgets_its_words",
            ),
        ]

    def __str__(self):
        return f"Redaction {self.pk}"
