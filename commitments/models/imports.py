"""Files that wait to be imported, and how tables of other shapes were read."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class ImportFile(models.Model):
    """A file that somebody sent to be imported, until it is: its content, how it is read, and what it would do."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=30)
    digest = models.CharField(max_length=64, help_text="SHA-256.")
    data = models.TextField(blank=True, help_text="The content, in base64.")
    mapping = models.JSONField(default=dict, blank=True)
    same = models.JSONField(
        default=dict,
        blank=True,
        help_text="By kind and key of a row in it, the key of the row on record that a person says it is.",
    )
    report = models.TextField(blank=True, help_text="JSON: the outcome of each row.")
    version = models.BigIntegerField(null=True, help_text="Of the data set in the report.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.digest,)


class ImportMapping(models.Model):
    """How a table of other columns was read last, for the next file with the same headings."""

    headings = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the headings.")
    data = models.JSONField()
    saved_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.headings
