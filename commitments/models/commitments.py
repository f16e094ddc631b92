"""Commitments, their agencies, themes, citations and lineage."""

from django.db import models
from django.urls import reverse

from commitments.choices import (
    AgencyRole,
    Basis,
    CitationRelation,
    CommitmentKind,
    LinkRelation,
    Precision,
    Status,
    Verification,
)
from commitments.models.base import FIRST_DAY, one_of, since_1800
from commitments.models.plans import Pillar, Plan, Section, Theme
from commitments.models.sources import Source
from commitments.querysets.commitments import CommitmentQuerySet
from commitments.querysets.history import LinkQuerySet
from commitments.querysets.sql import DueOrder
from planwatch.db.natural_keys import KeyQuerySet, NaturalKey
from planwatch.validators.keys import LONGEST_CODE, code_constraint

MOST_THEMES = 3


class Commitment(NaturalKey, models.Model):
    """One thing an agency said it would do.

    The fields from `status` on are copies for filtering and ordering. One function of services writes them, and
    `manage.py check_integrity` recomputes them.
    """

    key_fields = ("code",)

    code = models.CharField(max_length=LONGEST_CODE, unique=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="commitments")
    plan_number = models.CharField(
        max_length=20, blank=True, help_text="Only where a source prints it."
    )
    pillar = models.ForeignKey(
        Pillar, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    pillar_basis = models.CharField(max_length=8, choices=Basis.choices)
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    kind = models.CharField(max_length=11, choices=CommitmentKind.choices)
    title = models.CharField(max_length=300)
    original_title = models.CharField(
        max_length=300, blank=True, help_text="As printed, where the title is a translation."
    )
    language = models.CharField(
        max_length=12, blank=True, help_text="BCP 47 tag of the original; empty means the plan's."
    )
    summary = models.TextField()
    announced_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    due_precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    due_text = models.CharField(
        max_length=200, blank=True, help_text="The deadline in the words of the source."
    )
    target = models.TextField(blank=True)
    lead_note = models.TextField(blank=True)
    note = models.TextField(blank=True)
    agencies = models.ManyToManyField(
        "agencies.Agency", through="CommitmentAgency", related_name="commitments"
    )
    themes = models.ManyToManyField(Theme, through="CommitmentTheme", related_name="commitments")
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
    last_reviewed_on = models.DateField(
        editable=False,
        help_text="The latest of its announcement, a review, a change and the day from which its status is true.",
    )
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
            code_constraint("commitment_code_has_an_address"),
            since_1800("due_on"),
        ]
        # One per order of the list, each ended by the code that breaks ties; then the common filters.
        indexes = [
            models.Index(fields=["title", "code"], name="commitment_by_title"),
            models.Index(fields=["status", "code"], name="commitment_by_status"),
            models.Index(fields=["status_since", "code"], name="commitment_by_since"),
            # Whether it is published stands in it, too, so that all, and all by a day, are counted from it alone.
            models.Index(
                fields=["announced_on", "code", "is_published"], name="commitment_by_announced"
            ),
            models.Index(fields=["due_on", "code"], name="commitment_by_due"),
            models.Index(DueOrder("due_on"), "code", name="commitment_by_due_order"),
            models.Index(fields=["updated_at", "code"], name="commitment_by_updated"),
            # The other way round, where many share a value: ties are broken by ascending code there, too.
            models.Index(fields=["-status", "code"], name="commitment_from_status"),
            models.Index(fields=["-status_since", "code"], name="commitment_from_since"),
            models.Index(fields=["-announced_on", "code"], name="commitment_from_announced"),
            models.Index(DueOrder("due_on").desc(), "code", name="commitment_from_due_order"),
            models.Index(fields=["seq", "code"], name="commitment_by_seq"),
            models.Index(fields=["pillar", "status", "code"], name="commitment_by_pillar"),
            models.Index(fields=["pillar", "code"], name="commitment_of_pillar"),
            models.Index(fields=["verification", "code"], name="commitment_by_verification"),
            models.Index(fields=["last_reviewed_on", "code"], name="commitment_by_reviewed"),
            # The few that are not public, whose past is not either.
            models.Index(
                fields=["id"],
                condition=models.Q(is_published=False),
                name="commitment_unpublished",
            ),
            # All that is counted beside the filters and by stats: from this alone, and without sorting.
            models.Index(
                fields=[
                    *("pillar", "status", "verification", "kind", "plan", "section"),
                    *("due_on", "last_reviewed_on", "is_published"),
                ],
                name="commitment_for_counts",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.title}"

    def get_absolute_url(self):
        return reverse("commitment_detail", kwargs={"code": self.code})


class CommitmentAgency(NaturalKey, models.Model):
    """Who owes a commitment (lead) and who shares in it (partner)."""

    key_fields = ("commitment__code", "agency__slug")

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="roles")
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=7, choices=AgencyRole.choices)
    position = models.PositiveSmallIntegerField(default=1)

    objects = KeyQuerySet.as_manager()

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


class CommitmentTheme(models.Model):
    """A theme of a commitment; the one in the first position is the main theme."""

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="theme_rows")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="commitment_rows")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "theme"], name="commitmenttheme_key"),
            models.CheckConstraint(
                condition=models.Q(position__range=(1, MOST_THEMES)),
                name="commitment_has_at_most_three_themes",
            ),
        ]
        indexes = [models.Index(fields=["theme", "commitment"], name="commitments_by_theme")]

    def __str__(self):
        return f"{self.commitment.code} {self.theme.code}"


class Citation(NaturalKey, models.Model):
    """Where a source speaks of a commitment."""

    key_fields = ("commitment__code", "source__slug", "relation", "locator")

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="citations")
    locator = models.CharField(max_length=200, help_text="Paragraph, page or section.")
    relation = models.CharField(max_length=9, choices=CitationRelation.choices)
    note = models.TextField(blank=True)

    objects = KeyQuerySet.as_manager()

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

    @property
    def origin(self) -> str:
        """The origin of the source, seen from the plan."""
        return self.source.origin_for(self.commitment.plan)


class CommitmentLink(NaturalKey, models.Model):
    """Typed lineage: the later commitment continues, rewords, replaces … the earlier one."""

    key_fields = ("earlier__code", "later__code", "relation")

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
