"""Models of the public record and of the dataset version."""

from django.db import models

from commitments.choices import ChangeAction
from commitments.models.base import one_of
from commitments.models.commitments import Commitment
from commitments.models.redactions import Redaction
from commitments.querysets.audit import ChangeQuerySet


class DatasetVersion(models.Model):
    """The single row that numbers the public record; locked by every write."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64, help_text="Of the latest record row.")
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="datasetversion_has_one_row")
        ]

    def __str__(self):
        return f"version {self.seq}"


class Change(models.Model):
    """One row of the public record. Append-only, numbered without gaps, each row sealed by the one before."""

    seq = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()
    action = models.CharField(max_length=6, choices=ChangeAction.choices)
    object_type = models.CharField(max_length=20)
    object_key = models.CharField(max_length=400)
    actor = models.CharField(max_length=60, help_text="Public handle.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    nonce = models.CharField(max_length=64)
    body_hash = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True)
    opening = models.JSONField(
        null=True,
        help_text="Never published: the exact moment and the lasting handle that the nonce seals, and the salt.",
    )
    redaction = models.ForeignKey(
        Redaction,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="What removed words from its body, which therefore is not the one that was hashed.",
    )
    commitments = models.ManyToManyField(
        Commitment, related_name="changes", db_table="commitments_change_about"
    )

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]
        constraints = [one_of("action", ChangeAction)]
        indexes = [
            models.Index(fields=["object_type", "object_key"], name="change_by_object"),
            models.Index(fields=["recorded_at", "seq"], name="change_by_moment"),
        ]

    def __str__(self):
        return f"{self.seq} {self.action} {self.object_type} {self.object_key}"
