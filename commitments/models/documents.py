"""The stored documents."""

from django.db import models

from commitments.models.commitments import Commitment


class CommitmentDocument(models.Model):
    """The public object of a commitment as JSON, kept current by services; the API and the exports read it."""

    commitment = models.OneToOneField(
        Commitment, on_delete=models.CASCADE, primary_key=True, related_name="document"
    )
    text = models.TextField()

    def __str__(self):
        return self.commitment.code
