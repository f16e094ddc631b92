from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.querysets import AgencyQuerySet
from planwatch.db.natural_keys import KeyQuerySet, NaturalKey
from planwatch.validators.keys import capitals_constraint, slug_constraint


class Jurisdiction(NaturalKey, models.Model):
    """A government whose plans or agencies are followed; plans and agencies name it by its code."""

    key_fields = ("code",)

    class Level(models.TextChoices):
        SUPRANATIONAL = "supranational", "Supranational"
        NATIONAL = "national", "National"
        SUBNATIONAL = "subnational", "Subnational"

    code = models.CharField(
        max_length=6,
        unique=True,
        help_text="ISO 3166-1 alpha-2, ISO 3166-2 (CA-ON) or, where there is none, one of your own.",
    )
    name = models.CharField(max_length=100, help_text="What a reader says: Canada, Ontario.")
    level = models.CharField(max_length=13, choices=Level.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    time_zone = models.CharField(
        max_length=40, help_text="IANA time zone by whose days its deadlines pass."
    )
    languages = models.CharField(
        max_length=100, blank=True, help_text="BCP 47 tags joined with |, the main one first."
    )

    objects = KeyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            capitals_constraint(),
            models.CheckConstraint(
                condition=models.Q(level__in=["supranational", "national", "subnational"]),
                name="jurisdiction_level_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")),
                name="jurisdiction_is_not_its_own_parent",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def tags(self):
        """The languages as a list."""
        return self.languages.split("|") if self.languages else []


class Agency(NaturalKey, models.Model):
    """A department, bureau, office or task force that owes or shares commitments."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=80, help_text="What a reader says: Homeland Security.")
    acronym = models.CharField(max_length=30, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    jurisdiction = models.CharField(
        max_length=6, help_text="ISO 3166-1 alpha-2, ISO 3166-2 (CA-ON) or EU."
    )
    url = models.URLField(max_length=500, blank=True)
    wikidata = models.CharField(
        max_length=12,
        blank=True,
        validators=[
            RegexValidator(r"^Q[1-9]\d*$", _("Give the number of a Wikidata item: Q12345."))
        ],
        help_text="Number of its Wikidata item, such as Q12345.",
    )
    org_id = models.CharField(
        max_length=60,
        blank=True,
        validators=[
            RegexValidator(
                r"^[A-Z]{2}-[A-Z0-9_]+-[A-Za-z0-9._-]+$",
                _("Give a list of org-id.guide, a hyphen and the code in it."),
            )
        ],
        help_text="A list of org-id.guide and the code in it, such as a federal organization code.",
    )
    identifiers_url = models.URLField(
        max_length=500, blank=True, help_text="The document that gives these identifiers."
    )

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="agency_is_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=models.Q(wikidata="", org_id="") | ~models.Q(identifiers_url=""),
                name="agency_identifiers_have_a_source",
                violation_error_message=_("Name the document that gives the identifiers."),
            ),
            slug_constraint(),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("agency_detail", kwargs={"slug": self.slug})
