"""What is stored, with the constraints that the database keeps. Rules live in statuses.py, writes in services."""

import datetime as dt

from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone

from commitments.querysets import (
    ChangeQuerySet,
    CommitmentQuerySet,
    LinkQuerySet,
    SourceQuerySet,
    StatusChangeQuerySet,
)
from commitments.statuses import Origin, Precision, Status, Verification

FIRST_DAY = dt.date(1990, 1, 1)


def one_of(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """Return the constraint that keeps an enumeration in the database, not only in the forms."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}), name=f"%(class)s_{field}_is_known"
    )


class KeyManager(models.Manager):
    """Finds a row by its natural key, named once in the model as `key_fields`."""

    def get_by_natural_key(self, *key):
        return self.get(**dict(zip(self.model.key_fields, key, strict=True)))


class Basis(models.TextChoices):
    STATED = "stated", "Stated"
    INFERRED = "inferred", "Inferred"


class SourceKind(models.TextChoices):
    PLAN = "plan", "Plan"
    FACT_SHEET = "fact_sheet", "Fact sheet"
    PRESS_RELEASE = "press_release", "Press release"
    TRANSCRIPT = "transcript", "Transcript"
    REPORT = "report", "Report"
    LAW_OR_RULE = "law_or_rule", "Law or rule"
    COURT_OR_ENFORCEMENT = "court_or_enforcement", "Court or enforcement"
    AGENCY_PAGE = "agency_page", "Agency page"
    NEWS = "news", "News"
    COMMENTARY = "commentary", "Commentary"


class Source(models.Model):
    """One published document."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=200)
    author = models.CharField(max_length=200, blank=True)
    published_on = models.DateField(null=True, blank=True)
    precision = models.CharField(
        max_length=5, choices=Precision.choices, default=Precision.DAY, help_text="Of the date."
    )
    kind = models.CharField(max_length=20, choices=SourceKind.choices)
    origin = models.CharField(
        max_length=11,
        choices=Origin.choices,
        help_text="Who speaks, seen from the plan's government.",
    )
    language = models.CharField(max_length=12, default="en", help_text="BCP 47 tag.")
    url = models.URLField(
        max_length=500, blank=True, help_text="Empty where no clean address is known."
    )
    archived_url = models.URLField(max_length=500, blank=True)
    note = models.TextField(blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            one_of("kind", SourceKind),
            one_of("origin", Origin),
            one_of("precision", Precision),
        ]
        indexes = [models.Index(fields=["published_on", "slug"], name="source_by_date")]

    def __str__(self):
        return f"{self.publisher}: {self.title}"

    def get_absolute_url(self):
        return reverse("source_detail", kwargs={"slug": self.slug})

    def natural_key(self):
        return (self.slug,)


class Plan(models.Model):
    """A published programme with a period."""

    key_fields = ("slug",)

    slug = models.SlugField(max_length=60, unique=True)
    jurisdiction = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2, upper case.")
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    document = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="plans"
    )
    published_on = models.DateField()
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    period_note = models.TextField(blank=True, help_text="How the period is known.")
    predecessor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successors"
    )

    objects = KeyManager()

    class Meta:
        ordering = ["published_on", "slug"]
        constraints = [
            one_of("precision", Precision),
            models.CheckConstraint(
                condition=~models.Q(predecessor=models.F("id")),
                name="plan_is_not_its_own_predecessor",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on"))
                | models.Q(ends_on=None)
                | models.Q(starts_on=None),
                name="plan_ends_after_it_starts",
            ),
        ]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.slug,)


class Pillar(models.Model):
    key_fields = ("slug",)

    slug = models.SlugField(max_length=40, unique=True)
    code = models.CharField(max_length=3, unique=True, help_text="The letters in commitment codes.")
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(unique=True)
    summary = models.TextField(blank=True)

    objects = KeyManager()

    class Meta:
        ordering = ["position"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("pillar_detail", kwargs={"slug": self.slug})

    def natural_key(self):
        return (self.slug,)


class Objective(models.Model):
    """A heading under a pillar of a plan."""

    key_fields = ("plan__slug", "key")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="objectives")
    key = models.SlugField(max_length=60)
    pillar = models.ForeignKey(Pillar, on_delete=models.PROTECT, related_name="objectives")
    number = models.CharField(max_length=20, blank=True, help_text="Only where a source prints it.")
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    objects = KeyManager()

    class Meta:
        ordering = ["plan", "pillar__position", "position"]
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="objective_key")]

    def __str__(self):
        return self.title

    @property
    def public_key(self):
        """The key that addresses and answers use: it names the plan too."""
        return f"{self.plan.slug}:{self.key}"

    def natural_key(self):
        return (*self.plan.natural_key(), self.key)

    natural_key.dependencies = ["commitments.plan"]


class CommitmentKind(models.TextChoices):
    DELIVERABLE = "deliverable", "Deliverable"
    ONGOING = "ongoing", "Continuing duty"
    EXPLORATORY = "exploratory", "Study or exploration"
    AIM = "aim", "Stated aim"


class Commitment(models.Model):
    """One thing an agency said it would do.

    The fields from `status` on are copies for filtering and ordering. One function of services writes them, and
    `manage.py check_integrity` recomputes them.
    """

    code = models.CharField(max_length=20, unique=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="commitments")
    plan_number = models.CharField(
        max_length=20, blank=True, help_text="Only where a source prints it."
    )
    pillar = models.ForeignKey(Pillar, on_delete=models.PROTECT, related_name="commitments")
    pillar_basis = models.CharField(max_length=8, choices=Basis.choices)
    objective = models.ForeignKey(
        Objective, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    kind = models.CharField(max_length=11, choices=CommitmentKind.choices)
    title = models.CharField(max_length=200)
    summary = models.TextField()
    announced_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    due_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    target = models.TextField(blank=True)
    lead_note = models.TextField(blank=True)
    note = models.TextField(blank=True)
    agencies = models.ManyToManyField(
        "agencies.Agency", through="CommitmentAgency", related_name="commitments"
    )
    is_published = models.BooleanField(default=True)

    status = models.CharField(
        max_length=11, choices=Status.choices, default=Status.NO_EVIDENCE, editable=False
    )
    status_since = models.DateField(editable=False)
    status_precision = models.CharField(
        max_length=5, choices=Precision.choices, default=Precision.DAY, editable=False
    )
    verification = models.CharField(
        max_length=22, choices=Verification.choices, default=Verification.UNVERIFIED, editable=False
    )
    last_reviewed_on = models.DateField(null=True, editable=False)
    last_checked_on = models.DateField(editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    seq = models.BigIntegerField(
        default=0, editable=False, help_text="Number of the latest record row about it."
    )

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            one_of("kind", CommitmentKind),
            one_of("pillar_basis", Basis),
            one_of("due_precision", Precision),
            one_of("status", Status),
            one_of("status_precision", Precision),
            one_of("verification", Verification),
            models.CheckConstraint(
                condition=models.Q(announced_on__gte=FIRST_DAY),
                name="commitment_announced_since_1990",
            ),
            models.CheckConstraint(
                condition=models.Q(code=Upper("code")), name="commitment_code_is_upper_case"
            ),
        ]
        # One per order of the list, each ended by the code that breaks ties; then the common filters.
        indexes = [
            models.Index(fields=["title", "code"], name="commitment_by_title"),
            models.Index(fields=["status", "code"], name="commitment_by_status"),
            models.Index(fields=["status_since", "code"], name="commitment_by_since"),
            models.Index(fields=["announced_on", "code"], name="commitment_by_announced"),
            models.Index(fields=["due_on", "code"], name="commitment_by_due"),
            models.Index(fields=["updated_at", "code"], name="commitment_by_updated"),
            models.Index(fields=["seq", "code"], name="commitment_by_seq"),
            models.Index(fields=["pillar", "status", "code"], name="commitment_by_pillar"),
            models.Index(fields=["verification", "code"], name="commitment_by_verification"),
            models.Index(fields=["last_checked_on", "code"], name="commitment_by_checked"),
        ]

    def __str__(self):
        return f"{self.code} {self.title}"

    def get_absolute_url(self):
        return reverse("commitment_detail", kwargs={"code": self.code})

    def natural_key(self):
        return (self.code,)

    natural_key.dependencies = ["commitments.plan", "commitments.pillar", "commitments.objective"]


class AgencyRole(models.TextChoices):
    LEAD = "lead", "Lead"
    PARTNER = "partner", "Partner"


class CommitmentAgency(models.Model):
    """Who owes a commitment (lead) and who shares in it (partner)."""

    key_fields = ("commitment__code", "agency__slug")

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="roles")
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=7, choices=AgencyRole.choices)
    position = models.PositiveSmallIntegerField(default=1)

    objects = KeyManager()

    class Meta:
        ordering = ["role", "position"]
        verbose_name_plural = "commitment agencies"
        constraints = [
            one_of("role", AgencyRole),
            models.UniqueConstraint(fields=["commitment", "agency"], name="commitmentagency_key"),
        ]
        indexes = [models.Index(fields=["agency", "role", "commitment"], name="role_by_agency")]

    def __str__(self):
        return f"{self.commitment.code} {self.role} {self.agency.slug}"

    def natural_key(self):
        return (*self.commitment.natural_key(), *self.agency.natural_key())

    natural_key.dependencies = ["commitments.commitment", "agencies.agency"]


class CitationRelation(models.TextChoices):
    ANNOUNCES = "announces", "Announces"
    RESTATES = "restates", "Restates"
    REPORTS = "reports", "Reports"


class Citation(models.Model):
    """Where a source speaks of a commitment."""

    key_fields = ("commitment__code", "source__slug", "relation", "locator")

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="citations")
    locator = models.CharField(max_length=200, help_text="Paragraph, page or section.")
    relation = models.CharField(max_length=9, choices=CitationRelation.choices)
    note = models.TextField(blank=True)

    objects = KeyManager()

    class Meta:
        ordering = ["source__published_on", "source__slug", "locator"]
        constraints = [
            one_of("relation", CitationRelation),
            models.UniqueConstraint(
                fields=["commitment", "source", "relation", "locator"], name="citation_key"
            ),
            models.CheckConstraint(condition=~models.Q(locator=""), name="citation_has_a_locator"),
        ]

    def __str__(self):
        return f"{self.commitment.code} {self.relation} {self.source.slug}"

    def natural_key(self):
        return (
            *self.commitment.natural_key(),
            *self.source.natural_key(),
            self.relation,
            self.locator,
        )

    natural_key.dependencies = ["commitments.commitment", "commitments.source"]


class StatusChange(models.Model):
    """One dated step in a commitment's status. Append-only: triggers in the database refuse anything else."""

    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, related_name="status_changes"
    )
    seq = models.PositiveIntegerField(help_text="Number of the step within its commitment.")
    effective_on = models.DateField(help_text="When it became true in the world.")
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    status = models.CharField(max_length=11, choices=Status.choices)
    explanation = models.TextField(blank=True)
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
        ]

    def __str__(self):
        return f"{self.commitment.code} step {self.seq}: {self.status}"

    def natural_key(self):
        return (*self.commitment.natural_key(), self.seq)

    natural_key.dependencies = ["commitments.commitment"]


class Evidence(models.Model):
    """A source that a status change rests on, and where in it. Append-only with its change."""

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

    objects = KeyManager()

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

    def natural_key(self):
        return (*self.status_change.natural_key(), *self.source.natural_key(), self.locator)

    natural_key.dependencies = ["commitments.statuschange", "commitments.source"]


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


class LinkRelation(models.TextChoices):
    """Read from the later to the earlier commitment: the later continues the earlier."""

    CONTINUES = "continues", "Continues"
    REWORDS = "rewords", "Rewords"
    SPLITS = "splits", "Splits"
    MERGES = "merges", "Merges"
    COMPLETES = "completes", "Completes"
    REPLACES = "replaces", "Replaces"
    RELATES = "relates", "Relates to"


class CommitmentLink(models.Model):
    """Typed lineage: the later commitment continues, rewords, replaces … the earlier one."""

    earlier = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="links_to_later")
    later = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="links_to_earlier")
    relation = models.CharField(max_length=9, choices=LinkRelation.choices)
    basis = models.CharField(max_length=8, choices=Basis.choices)
    note = models.TextField(blank=True)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="links"
    )

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["earlier", "later"]
        constraints = [
            one_of("relation", LinkRelation),
            one_of("basis", Basis),
            models.UniqueConstraint(fields=["earlier", "later", "relation"], name="link_key"),
            models.CheckConstraint(
                condition=~models.Q(earlier=models.F("later")), name="link_is_not_to_itself"
            ),
            models.CheckConstraint(
                condition=models.Q(basis=Basis.INFERRED) | models.Q(source__isnull=False),
                name="stated_link_names_its_source",
            ),
        ]

    def __str__(self):
        return f"{self.later.code} {self.relation} {self.earlier.code}"

    def natural_key(self):
        return (*self.earlier.natural_key(), *self.later.natural_key(), self.relation)

    natural_key.dependencies = ["commitments.commitment", "commitments.source"]


class ProposalState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"


class Proposal(models.Model):
    """A status change that waits for a second person."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="proposals")
    status = models.CharField(max_length=11, choices=Status.choices)
    effective_on = models.DateField()
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    explanation = models.TextField(blank=True)
    evidence = models.JSONField(default=list, help_text="A list of {source, locator, note}.")
    corrects = models.ForeignKey(
        StatusChange, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(
        max_length=8, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    proposed_by = models.CharField(max_length=60, help_text="Public handle.")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True, help_text="Public handle.")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was declined.")
    status_change = models.OneToOneField(
        StatusChange, on_delete=models.PROTECT, null=True, blank=True, related_name="proposal"
    )

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            one_of("status", Status),
            one_of("precision", Precision),
            one_of("state", ProposalState),
            models.CheckConstraint(
                condition=models.Q(decided_by="") | ~models.Q(decided_by=models.F("proposed_by")),
                name="proposal_is_decided_by_another",
            ),
        ]
        indexes = [models.Index(fields=["state", "proposed_at"], name="proposal_by_state")]

    def __str__(self):
        return f"{self.commitment.code} to {self.status}, {self.state}"


class DatasetVersion(models.Model):
    """The single row that numbers the public record; locked by every write."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64, help_text="Of the latest record row.")
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="datasetversion_has_one_row")
        ]

    def __str__(self):
        return f"version {self.seq}"


class ChangeAction(models.TextChoices):
    CREATE = "create", "Created"
    UPDATE = "update", "Edited"
    DELETE = "delete", "Removed"


class Change(models.Model):
    """One row of the public record. Append-only, numbered without gaps, each row sealed by the one before."""

    seq = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()
    action = models.CharField(max_length=6, choices=ChangeAction.choices)
    object_type = models.CharField(max_length=20)
    object_key = models.CharField(max_length=400)
    actor = models.CharField(max_length=60, help_text="Public handle.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    nonce = models.CharField(max_length=32)
    body_hash = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True)
    commitments = models.ManyToManyField(
        Commitment, related_name="changes", db_table="commitments_change_about"
    )

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]
        constraints = [one_of("action", ChangeAction)]
        indexes = [models.Index(fields=["object_type", "object_key"], name="change_by_object")]

    def __str__(self):
        return f"{self.seq} {self.action} {self.object_type} {self.object_key}"


class SearchDocument(models.Model):
    """The stemmed words of one commitment, kept current by services; search.py reads it."""

    commitment = models.OneToOneField(
        Commitment, on_delete=models.CASCADE, primary_key=True, related_name="search_document"
    )
    title = models.TextField()
    text = models.TextField(help_text="The stems of the title and of everything else.")

    def __str__(self):
        return self.commitment.code
