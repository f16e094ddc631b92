"""Developments: dated reports that bear on commitments without proving a step."""

import datetime as dt

from django.db import models

from commitments.choices import Bearing, Precision
from commitments.models.base import one_of, since_1800
from commitments.models.commitments import Commitment
from commitments.models.plans import Plan
from commitments.models.sources import Source
from commitments.querysets.developments import DevelopmentQuerySet


class Development(models.Model):
    """What a source reported on a day, in one sentence. It bears on commitments, or on a plan as a whole."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="developments")
    locator = models.CharField(max_length=200, help_text="Paragraph, page or section.")
    reported_on = models.DateField()
    precision = models.CharField(
        max_length=5, choices=Precision.choices, default=Precision.DAY, help_text="Of the date."
    )
    bearing = models.CharField(max_length=7, choices=Bearing.choices)
    sentence = models.CharField(max_length=300, help_text="One sentence, in neutral words.")
    plan = models.ForeignKey(
        Plan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="developments",
        help_text="Only where it bears on the plan as a whole.",
    )
    commitments = models.ManyToManyField(
        Commitment, through="DevelopmentCommitment", related_name="developments"
    )
    recorded_at = models.DateTimeField(editable=False)

    objects = DevelopmentQuerySet.as_manager()

    class Meta:
        ordering = ["-reported_on", "source__slug", "locator"]
        constraints = [
            one_of("precision", Precision),
            one_of("bearing", Bearing),
            since_1800("reported_on"),
            models.UniqueConstraint(
                fields=["source", "locator", "reported_on"], name="development_key"
            ),
            models.CheckConstraint(
                condition=~models.Q(locator=""), name="development_has_a_locator"
            ),
        ]
        indexes = [models.Index(fields=["reported_on", "source"], name="development_by_date")]

    def __str__(self):
        return f"{self.source.slug}, {self.reported_on}: {self.sentence}"

    def natural_key(self):
        return (*self.source.natural_key(), self.locator, str(self.reported_on))

    natural_key.dependencies = ["commitments.source"]

    def codes(self, announced_by: dt.date | None = None) -> list[str]:
        """Return the codes of its commitments, in order; with a day, of those that had been announced by then."""
        return [
            row.commitment.code
            for row in self.commitment_rows.all()
            if announced_by is None or row.commitment.announced_on <= announced_by
        ]


class DevelopmentCommitment(models.Model):
    """A commitment on which a development bears, in its order."""

    development = models.ForeignKey(
        Development, on_delete=models.CASCADE, related_name="commitment_rows"
    )
    commitment = models.ForeignKey(
        Commitment, on_delete=models.CASCADE, related_name="development_rows"
    )
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["development", "commitment"], name="developmentcommitment_key"
            )
        ]

    def __str__(self):
        return f"{self.development_id} {self.commitment.code}"
