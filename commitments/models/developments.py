"""What sources report of commitments without proving a step: developments, and the words of governments for a status."""

import datetime as dt

from django.db import models

from commitments.choices import Bearing, Precision, Status
from commitments.models.base import one_of, since_1800
from commitments.models.commitments import Commitment
from commitments.models.plans import Plan
from commitments.models.sources import Source
from commitments.querysets.developments import DevelopmentQuerySet, ReportedStatusQuerySet
from planwatch.db.natural_keys import NaturalKey


class Development(NaturalKey, models.Model):
    """What a source reported on a day, in one sentence. It bears on commitments, or on a plan as a whole."""

    key_fields = ("source__slug", "locator", "reported_on")

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

    @property
    def seen_from(self) -> Plan:
        """The plan that it bears on; where these are several, that of its first commitment."""
        return self.plan or self.commitment_rows.all()[0].commitment.plan

    @property
    def origin(self) -> str:
        """The origin of the source, seen from that plan."""
        return self.source.origin_for(self.seen_from)

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


class ReportedStatus(NaturalKey, models.Model):
    """A government's own word for how far a commitment is, as a source prints it. It is never counted as our status."""

    key_fields = ("commitment__code", "source__slug", "locator")

    commitment = models.ForeignKey(
        Commitment, on_delete=models.CASCADE, related_name="reported_statuses"
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="reported_statuses")
    locator = models.CharField(max_length=200, help_text="Paragraph, page or section.")
    wording = models.CharField(max_length=200, help_text="As printed.")
    language = models.CharField(max_length=12, default="en", help_text="BCP 47 tag of the wording.")
    reported_on = models.DateField(null=True, blank=True)
    precision = models.CharField(
        max_length=5, choices=Precision.choices, default=Precision.DAY, help_text="Of the date."
    )
    equivalent = models.CharField(
        max_length=11,
        choices=Status.choices,
        blank=True,
        help_text="The nearest of our statuses, where there is one.",
    )
    note = models.TextField(blank=True)

    objects = ReportedStatusQuerySet.as_manager()

    class Meta:
        ordering = ["commitment__code", "-reported_on", "source__slug", "locator"]
        constraints = [
            one_of("precision", Precision),
            since_1800("reported_on"),
            models.CheckConstraint(
                condition=models.Q(equivalent__in=["", *Status.values]),
                name="%(class)s_equivalent_is_known",
            ),
            models.UniqueConstraint(
                fields=["commitment", "source", "locator"], name="reportedstatus_key"
            ),
            models.CheckConstraint(
                condition=~models.Q(locator="") & ~models.Q(wording=""),
                name="reportedstatus_has_a_locator_and_wording",
            ),
        ]

    def __str__(self):
        return f"{self.commitment.code}, {self.source.slug}: {self.wording}"

    @property
    def origin(self) -> str:
        """The origin of the source, seen from the plan."""
        return self.source.origin_for(self.commitment.plan)
