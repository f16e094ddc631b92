"""Plans with their sections, and the pillars and themes that classify commitments across plans."""

from django.db import models
from django.urls import reverse

from commitments.choices import Basis, Coverage, Precision
from commitments.models.base import one_of, since_1800
from commitments.models.sources import Source
from commitments.querysets.plans import PLAN_LINKS, PlanQuerySet, SectionQuerySet
from planwatch.db.natural_keys import KeyQuerySet, NaturalKey
from planwatch.validators.keys import capitals_constraint, letters_constraint, slug_constraint


def _link(backward: str, words: str) -> models.ForeignKey:
    return models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name=backward,
        help_text=words,
    )


class Plan(NaturalKey, models.Model):
    """A published programme with a period."""

    slug = models.SlugField(max_length=60, unique=True)
    jurisdiction = models.CharField(
        max_length=6, help_text="ISO 3166-1 alpha-2, ISO 3166-2 (CA-ON) or EU."
    )
    prefix = models.CharField(
        max_length=12, blank=True, help_text="How codes of its commitments begin: AU20."
    )
    title = models.CharField(max_length=200)
    original_title = models.CharField(
        max_length=200, blank=True, help_text="As printed, where the title is a translation."
    )
    language = models.CharField(
        max_length=12, default="en", help_text="BCP 47 tag of the plan's own language."
    )
    summary = models.TextField(blank=True)
    document = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="plans"
    )
    published_on = models.DateField()
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    period_note = models.TextField(blank=True, help_text="How the period is known.")
    predecessor = _link("successors", "The plan that it updates or replaces.")
    sister = _link("sisters", "A plan made beside it; named on one of the two.")
    part_of = _link("parts", "The plan of which it is a part.")
    promised_by = _link("promised", "The plan that promised it.")

    coverage = models.CharField(
        max_length=8, blank=True, choices=Coverage.choices, help_text="Whether it was read whole."
    )
    actions = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many actions it has, where a source says so."
    )
    actions_recorded = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How many of its actions are recorded, where the dates do not tell: those announced with it otherwise.",
    )
    coverage_note = models.TextField(blank=True, help_text="What was read of it.")

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["published_on", "slug"]
        constraints = [
            one_of("precision", Precision),
            models.CheckConstraint(
                condition=models.Q(coverage__in=["", *Coverage.values]),
                name="%(class)s_coverage_is_known",
            ),
            capitals_constraint("prefix", may_be_blank=True),
            slug_constraint(),
            *map(since_1800, ("published_on", "starts_on", "ends_on")),
            *(
                models.CheckConstraint(
                    condition=~models.Q(**{name: models.F("id")}),
                    name=f"plan_is_not_its_own_{name}",
                )
                for name in PLAN_LINKS
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

    def get_absolute_url(self):
        return reverse("plan_detail", kwargs={"slug": self.slug})


class Pillar(NaturalKey, models.Model):
    slug = models.SlugField(max_length=40, unique=True)
    code = models.CharField(max_length=3, unique=True, help_text="The letters in commitment codes.")
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(help_text="Place in the order of the pillars.")
    summary = models.TextField(blank=True)

    objects = KeyQuerySet.as_manager()

    class Meta:
        ordering = ["position", "slug"]
        constraints = [slug_constraint(), letters_constraint()]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("pillar_detail", kwargs={"slug": self.slug})


class Theme(NaturalKey, models.Model):
    """What promises are about, across plans. The names of the crosswalks are those of the fields."""

    key_fields = ("code",)

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    definition = models.TextField(help_text="Which promises belong to it.")
    not_this = models.TextField(blank=True, help_text="Which promises belong to another theme.")
    position = models.PositiveSmallIntegerField(help_text="Place in the order of the themes.")
    council_of_europe = models.CharField(
        max_length=60, blank=True, help_text="Articles of the Council of Europe convention of 2005."
    )
    palermo_protocol = models.CharField(
        max_length=60, blank=True, help_text="Articles of the UN protocol of 2000."
    )
    walk_free = models.CharField(
        max_length=60, blank=True, help_text="Milestones of Walk Free’s government response."
    )
    sdg = models.CharField(
        max_length=60, blank=True, help_text="Targets of the Sustainable Development Goals."
    )

    objects = KeyQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        constraints = [slug_constraint("code")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("theme_detail", kwargs={"code": self.code})


class Section(NaturalKey, models.Model):
    """One of a plan's own headings, in a tree: a pillar, priority or goal, and below it principles or objectives."""

    key_fields = ("plan__slug", "key")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="sections")
    key = models.SlugField(max_length=60)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    level = models.CharField(
        max_length=40, blank=True, help_text="What the plan calls it: priority, goal, principle."
    )
    number = models.CharField(max_length=20, blank=True, help_text="Only where a source prints it.")
    title = models.CharField(max_length=200)
    original_title = models.CharField(
        max_length=200, blank=True, help_text="As printed, where the title is a translation."
    )
    summary = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(help_text="Place in the order below its parent.")
    pillars = models.ManyToManyField(Pillar, through="SectionPillar", related_name="sections")
    pillar_basis = models.CharField(
        max_length=8,
        choices=Basis.choices,
        default=Basis.STATED,
        help_text="Whether a source states the pillars or the tracker infers them.",
    )

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "position", "key"]
        constraints = [
            one_of("pillar_basis", Basis),
            models.UniqueConstraint(fields=["plan", "key"], name="section_key"),
            slug_constraint("key"),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="section_is_not_its_own_parent"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def public_key(self):
        """The key that addresses and answers use: it names the plan too."""
        return f"{self.plan.slug}:{self.key}"


class SectionPillar(models.Model):
    """A pillar to which a section of a plan belongs."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="pillar_rows")
    pillar = models.ForeignKey(Pillar, on_delete=models.PROTECT, related_name="section_rows")

    class Meta:
        ordering = ["pillar__position"]
        constraints = [
            models.UniqueConstraint(fields=["section", "pillar"], name="sectionpillar_key")
        ]

    def __str__(self):
        return f"{self.section.public_key} {self.pillar.slug}"
