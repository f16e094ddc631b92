"""Saved queries: what is cited instead of a whole version of the data set. Not part of the public record."""

from django.db import models
from django.utils import timezone


class SavedQuery(models.Model):
    """A query of a list as the record stood at one version, and the digest of what it gave."""

    digest = models.CharField(
        max_length=16, unique=True, help_text="First digits of the SHA-256 of the address."
    )
    address = models.TextField(
        max_length=8000, help_text="Path and query of the list, with the moment in known_at."
    )
    version = models.PositiveBigIntegerField(help_text="Latest row of the record at that moment.")
    rows = models.PositiveIntegerField(help_text="Rows of the result.")
    sha256 = models.CharField(max_length=64, help_text="Of the result as CSV, lower-case hex.")
    saved_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "saved queries"

    def __str__(self):
        return self.digest
