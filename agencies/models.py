from django.db import models
from django.urls import reverse

from agencies.querysets import AgencyQuerySet
from planwatch.validators.keys import slug_constraint


class Agency(models.Model):
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

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="agency_is_not_its_own_parent"
            ),
            slug_constraint(),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("agency_detail", kwargs={"slug": self.slug})

    def natural_key(self):
        return (self.slug,)
