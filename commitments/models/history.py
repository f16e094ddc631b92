"""Status changes, their evidence, reviews and proposals."""

from django.db import models
from django.utils import timezone

from commitments.choices import Precision, ProposalKind, ProposalState, Status
from commitments.models.base import FIRST_DAY, one_of
from commitments.models.commitments import Commitment
from commitments.models.sources import Source
from commitments.querysets.history import ProposalQuerySet, ReviewQuerySet, StatusChangeQuerySet
from planwatch.db.natural_keys import KeyQuerySet, NaturalKey


class StatusChange(NaturalKey, models.Model):
    """One dated step in a commitment's status. Append-only: triggers in the database refuse anything else."""

    key_fields = ("commitment__code", "seq")

    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, related_name="status_changes"
    )
    seq = models.PositiveIntegerField(help_text="Number of the step within its commitment.")
    effective_on = models.DateField(help_text="When it became true in the world.")
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    status = models.CharField(max_length=11, choices=Status.choices)
    explanation = models.TextField(blank=True)
    correction_reason = models.TextField(
        blank=True, help_text="Why the step that this one corrects was wrong."
    )
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    recorded_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When the tracker learned it."
    )
    actor = models.CharField(max_length=60, editable=False, help_text="Public handle.")
    sources = models.ManyToManyField(Source, through="Evidence", related_name="status_changes")

    objects = StatusChangeQuerySet.as_manager()

    class Meta:
        ordering = ["commitment", "effective_on", "seq"]
        constraints = [
            one_of("status", Status),
            one_of("precision", Precision),
            models.UniqueConstraint(fields=["commitment", "seq"], name="statuschange_key"),
            models.CheckConstraint(
                condition=models.Q(effective_on__gte=FIRST_DAY),
                name="statuschange_effective_since_1990",
            ),
            models.CheckConstraint(
                condition=~models.Q(corrects=models.F("id")),
                name="statuschange_does_not_correct_itself",
            ),
        ]
        indexes = [
            models.Index(fields=["commitment", "effective_on", "seq"], name="statuschange_history"),
            models.Index(fields=["recorded_at", "id"], name="statuschange_by_recorded"),
            # Beside the unique one: that is full of nulls, for which SQLite rather reads the whole table.
            models.Index(
                fields=["corrects"],
                condition=models.Q(corrects__isnull=False),
                name="statuschange_by_corrected",
            ),
        ]

    def __str__(self):
        return f"{self.commitment.code} step {self.seq}: {self.status}"

    @property
    def reason(self):
        """Why the step that this one corrects was wrong; corrections made before it had a field say so as explanation."""
        return self.correction_reason or (self.explanation if self.corrects_id else "")

    @property
    def account(self):
        """What happened, where that is told beside the reason of a correction or is no correction."""
        return "" if self.corrects_id and not self.correction_reason else self.explanation


class Evidence(NaturalKey, models.Model):
    """A source that a status change rests on, and where in it. Append-only; more can be added to a standing step later."""

    key_fields = (
        "status_change__commitment__code",
        "status_change__seq",
        "source__slug",
        "locator",
    )

    status_change = models.ForeignKey(
        StatusChange, on_delete=models.PROTECT, related_name="evidence"
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="evidence")
    locator = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=1)
    recorded_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="With its step, or later when it was added."
    )

    objects = KeyQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["status_change", "source", "locator"], name="evidence_key"
            ),
            models.CheckConstraint(condition=~models.Q(locator=""), name="evidence_has_a_locator"),
        ]

    def __str__(self):
        return f"{self.status_change} on {self.source.slug}"

    @property
    def origin(self) -> str:
        """The origin of the source, seen from the plan."""
        return self.source.origin_for(self.status_change.commitment.plan)


class Review(models.Model):
    """Checked on a day, nothing new: resets staleness without a change. Append-only."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="reviews")
    reviewed_on = models.DateField()
    note = models.TextField(help_text="What was looked for, and what was found.")
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews"
    )
    locator = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.CharField(max_length=60, editable=False, help_text="Public handle.")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["commitment", "reviewed_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_on__gte=FIRST_DAY), name="review_since_1990"
            ),
            models.CheckConstraint(
                condition=models.Q(source=None) | ~models.Q(locator=""),
                name="review_source_has_a_locator",
            ),
        ]
        indexes = [models.Index(fields=["commitment", "reviewed_on"], name="review_by_day")]

    def __str__(self):
        return f"{self.commitment.code} reviewed on {self.reviewed_on}"


class ReviewRetraction(models.Model):
    """A review taken back by its author: the review stays visible, struck through. Append-only."""

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="retraction")
    reason = models.TextField(help_text="Why, for readers.")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.CharField(max_length=60, editable=False, help_text="Public handle.")

    def __str__(self):
        return f"{self.review}, retracted"


class Proposal(models.Model):
    """A write that waits for a second person: a status change, an unpublishing, an edit of a source.

    The last two keep what they would write in `payload`: {"reason"} or {"reason", "before", "values"}.
    """

    kind = models.CharField(
        max_length=13, choices=ProposalKind.choices, default=ProposalKind.STATUS_CHANGE
    )
    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    payload = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=11, choices=Status.choices, blank=True)
    effective_on = models.DateField(null=True, blank=True)
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    explanation = models.TextField(blank=True)
    correction_reason = models.TextField(blank=True)
    evidence = models.JSONField(default=list, help_text="A list of {source, locator, note}.")
    corrects = models.ForeignKey(
        StatusChange, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(
        max_length=9, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    proposed_by = models.CharField(max_length=60, help_text="Public handle.")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True, help_text="Public handle.")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was declined.")
    signature = models.JSONField(
        null=True,
        blank=True,
        help_text="By the approver’s passkey over the hash of the row that proposed it, with its public key.",
    )
    status_change = models.OneToOneField(
        StatusChange, on_delete=models.PROTECT, null=True, blank=True, related_name="proposal"
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            one_of("kind", ProposalKind),
            models.CheckConstraint(
                condition=models.Q(status__in=[*Status.values, ""]), name="proposal_status_is_known"
            ),
            one_of("precision", Precision),
            one_of("state", ProposalState),
            models.CheckConstraint(
                condition=models.Q(
                    ~models.Q(status=""),
                    kind=ProposalKind.STATUS_CHANGE,
                    effective_on__isnull=False,
                    commitment__isnull=False,
                    source=None,
                )
                | models.Q(
                    kind=ProposalKind.UNPUBLISH, status="", commitment__isnull=False, source=None
                )
                | models.Q(
                    kind=ProposalKind.SOURCE_EDIT, status="", commitment=None, source__isnull=False
                ),
                name="proposal_subject_fits_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by="") | ~models.Q(decided_by=models.F("proposed_by")),
                name="proposal_is_decided_by_another",
            ),
        ]
        indexes = [models.Index(fields=["state", "proposed_at"], name="proposal_by_state")]

    def __str__(self):
        return f"{self.get_kind_display()} of {self.subject}, {self.state}"

    @property
    def subject(self) -> Commitment | Source:
        """What it would change: the row whose version a decision is held against."""
        return self.source if self.kind == ProposalKind.SOURCE_EDIT else self.commitment

    @property
    def key(self) -> str:
        """The code or slug of what it would change."""
        return self.subject.natural_key()[0]

    @property
    def what(self) -> str:
        """What it would do, in short: the new status, or its kind."""
        is_step = self.kind == ProposalKind.STATUS_CHANGE
        return self.get_status_display() if is_step else self.get_kind_display()
