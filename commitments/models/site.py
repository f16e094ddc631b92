"""The site's own data: one row."""

from django.db import models

from planwatch.db.natural_keys import KeyQuerySet, NaturalKey
from planwatch.db.site_data import LICENSES


class Site(NaturalKey, models.Model):
    """What is the same for all plans of a site. `topic` and `promiser` have a line for each language, `es: vivienda`."""

    slug = models.CharField(max_length=4, unique=True, default="site", editable=False)
    name = models.CharField(max_length=60)
    topic = models.TextField(
        help_text="What the plans are about, as in the middle of a sentence; a line for each language, such as en: housing."
    )
    promiser = models.TextField(
        blank=True,
        help_text="Who promised it, as in the middle of a sentence: en: the city. Empty means governments.",
    )
    publisher = models.CharField(max_length=100, help_text="Who is cited as the author.")
    license = models.CharField(
        max_length=20, choices=[(code, name) for code, (name, _) in LICENSES.items()]
    )
    contact = models.CharField(
        max_length=200, blank=True, help_text="An e-mail or web address for readers."
    )
    opening_jurisdiction = models.CharField(
        max_length=6, blank=True, help_text="Whose plans the home page opens with."
    )
    languages = models.CharField(
        max_length=100, help_text="BCP 47 tags joined with |, the main one first."
    )
    address = models.URLField(
        blank=True,
        help_text="Where the site is published, such as https://plans.example.org: named in citations of the data set.",
    )
    synonyms = models.TextField(
        blank=True,
        help_text="Words that a search treats alike, a line for each group: UFLPA | Uyghur Forced Labor Prevention Act.",
    )

    glossary = models.TextField(
        blank=True, help_text="A line for each term or acronym, such as TBD: to be decided."
    )

    objects = KeyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "site"
        constraints = [
            models.CheckConstraint(condition=models.Q(slug="site"), name="site_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(license__in=list(LICENSES)), name="site_license_is_known"
            ),
        ]

    def __str__(self):
        return self.name
