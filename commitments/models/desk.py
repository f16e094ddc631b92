"""Work of editors that is not part of the public record."""

from django.db import models
from django.utils import timezone

from commitments.models.commitments import Commitment


class DeletedDraft(models.Model):
    """A draft that is off the desk. The row of the record about it stays withheld, so the draft itself is kept."""

    commitment = models.OneToOneField(
        Commitment, on_delete=models.CASCADE, related_name="deleted_draft"
    )
    deleted_by = models.CharField(max_length=60, help_text="Public handle.")
    deleted_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.commitment.code}, deleted by {self.deleted_by}"
