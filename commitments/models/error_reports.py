"""Errors, disputes, replies and harm that readers reported. Not part of the public record."""

from django.db import models
from django.utils import timezone

from commitments.choices import ReportKind
from commitments.models.base import one_of
from commitments.querysets.error_reports import ErrorReportQuerySet


class ErrorReport(models.Model):
    """What somebody says of a page, until an editor closes it with a reply or a correction."""

    kind = models.CharField(
        max_length=7, choices=ReportKind.choices, default=ReportKind.ERROR, help_text="Why."
    )
    page = models.CharField(max_length=500, help_text="Path of the page that it is about.")
    message = models.TextField(max_length=4000)
    email = models.EmailField(blank=True, help_text="Only to answer; deleted when it is closed.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    answer_by = models.DateTimeField(
        default=timezone.now, editable=False, help_text="Set by the clock of its kind."
    )
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.CharField(max_length=60, blank=True, help_text="Public handle.")
    reply = models.TextField(blank=True, help_text="What was found, or where it was corrected.")

    objects = ErrorReportQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            one_of("kind", ReportKind),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by="", reply="")
                | models.Q(
                    ~models.Q(closed_by=""), ~models.Q(reply=""), closed_at__isnull=False, email=""
                ),
                name="errorreport_is_open_or_answered",
            ),
        ]
        indexes = [models.Index(fields=["closed_at", "created_at"], name="errorreport_by_state")]

    def __str__(self):
        return f"report {self.pk} on {self.page}"

    @property
    def is_late(self):
        """Whether it is open past the moment by which it was to be answered."""
        return self.closed_at is None and self.answer_by < timezone.now()
