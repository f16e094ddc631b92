"""Double coding: two people judge the same commitments without seeing each other's judgment. Not public but for its result."""

from django.db import models

from commitments.choices import Status
from commitments.models.base import one_of
from commitments.models.commitments import Commitment
from commitments.models.plans import Plan


class DoubleCoding(models.Model):
    """Some commitments of a plan, and, once all differences are settled, how far the two agreed."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="double_codings")
    commitments = models.ManyToManyField(Commitment, related_name="double_codings")
    opened_by = models.CharField(max_length=60, help_text="Public handle.")
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    coded = models.PositiveIntegerField(default=0, help_text="How many both have coded.")
    agreed = models.PositiveIntegerField(default=0, help_text="Of how many both said the same.")
    kappa = models.CharField(
        max_length=6, blank=True, help_text="Cohen's kappa; empty where it is not defined."
    )

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self):
        return f"{self.plan.slug}, {self.opened_at:%Y-%m-%d}"


class Coding(models.Model):
    """The status that one person finds right for one commitment; a settlement is that of a third person."""

    double_coding = models.ForeignKey(
        DoubleCoding, on_delete=models.CASCADE, related_name="codings"
    )
    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="codings")
    coder = models.CharField(max_length=60, help_text="Public handle.")
    status = models.CharField(max_length=11, choices=Status.choices)
    note = models.TextField(blank=True)
    is_settlement = models.BooleanField(default=False)
    coded_at = models.DateTimeField()

    class Meta:
        ordering = ["coded_at", "pk"]
        constraints = [
            one_of("status", Status),
            models.UniqueConstraint(
                fields=["double_coding", "commitment", "coder"], name="coding_key"
            ),
            models.UniqueConstraint(
                fields=["double_coding", "commitment"],
                condition=models.Q(is_settlement=True),
                name="coding_is_settled_once",
            ),
        ]

    def __str__(self):
        return f"{self.commitment.code} {self.status} {self.coder}"
