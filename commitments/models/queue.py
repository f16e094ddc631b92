"""What watched feeds announce, until an editor has decided about it. Not part of the public record."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from commitments.models.base import one_of


class QueueOutcome(models.TextChoices):
    WAITING = "waiting", gettext_lazy("Waiting")
    IGNORED = "ignored", gettext_lazy("Ignored")
    SOURCE = "source", gettext_lazy("Added to the sources")
    LINK = "link", gettext_lazy("Cited")
    RECORD = "record", gettext_lazy("Used for a status change")
    DEVELOPMENT = "development", gettext_lazy("Recorded as a development")


class QueueItem(models.Model):
    """A document that a feed announced; one address is one document."""

    url = models.URLField(max_length=500)
    normalized_url = models.CharField(max_length=500, unique=True, editable=False)
    title = models.CharField(max_length=300)
    feed = models.CharField(max_length=500, help_text="Address of the feed that announced it.")
    published_on = models.DateField(null=True, blank=True)
    found_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(
        max_length=11, choices=QueueOutcome.choices, default=QueueOutcome.WAITING
    )
    closed_by = models.CharField(max_length=60, blank=True, help_text="Public handle.")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at", "-pk"]
        constraints = [one_of("outcome", QueueOutcome)]
        indexes = [models.Index(fields=["outcome", "-found_at"], name="queueitem_by_outcome")]

    def __str__(self):
        return self.title
