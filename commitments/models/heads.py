"""Models of signed heads: what was signed over the public record, who cosigned it, and hashes to prove it with."""

from base64 import b64decode

from django.db import models

from commitments.choices import AnchorKind
from commitments.models.base import one_of


class SignedHead(models.Model):
    """A signed Merkle tree head over the first `size` rows of the record. Append-only."""

    size = models.BigIntegerField(primary_key=True, help_text="Rows that it covers.")
    root = models.CharField(max_length=64, help_text="RFC 9162 tree hash, lower-case hex.")
    note = models.TextField(help_text="C2SP checkpoint with the signature of the record's key.")
    signed_at = models.DateTimeField(help_text="When the site took it.")

    class Meta:
        ordering = ["-size"]

    def __str__(self):
        return f"head {self.size}"

    @property
    def checkpoint(self) -> str:
        """The note with the cosignatures of its witnesses below the signature."""
        return self.note + "".join(row.line for row in self.cosignatures.all())

    @property
    def stamped(self) -> bytes:
        """What anchors are made of: the note as it was published, without cosignatures."""
        return self.note.encode()


class Cosignature(models.Model):
    """What a witness signed after proving a head consistent with those it had seen. Append-only."""

    head = models.ForeignKey(SignedHead, models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200, help_text="Name of the witness's key.")
    line = models.CharField(max_length=500, help_text="C2SP signature line.")
    signed_at = models.DateTimeField(help_text="As the witness says, and signed.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["head", "witness"], name="cosignature_once_a_witness")
        ]

    def __str__(self):
        return f"{self.head_id} by {self.witness}"


class Anchor(models.Model):
    """A receipt from outside that a head existed. Append-only."""

    # Endings of the files that hold receipts.
    ENDINGS = {
        AnchorKind.RFC3161: "tsr",
        AnchorKind.OPENTIMESTAMPS: "ots",
        AnchorKind.BITCOIN: "btc.ots",
        AnchorKind.GIT: "git",
    }

    head = models.ForeignKey(SignedHead, models.PROTECT, related_name="anchors")
    kind = models.CharField(max_length=14, choices=AnchorKind.choices)
    place = models.CharField(max_length=300, help_text="Who gave it, or the block of Bitcoin.")
    receipt = models.TextField(help_text="The file, in base64.")
    received_at = models.DateTimeField(help_text="When the site got it.")

    class Meta:
        ordering = ["id"]
        constraints = [
            one_of("kind", AnchorKind),
            models.UniqueConstraint(fields=["head", "kind"], name="anchor_once_a_kind"),
        ]

    def __str__(self):
        return f"{self.head_id} by {self.kind}"

    @property
    def content(self) -> bytes:
        return b64decode(self.receipt)

    @property
    def ending(self) -> str:
        return self.ENDINGS[self.kind]


class SubtreeHash(models.Model):
    """Hash of the complete subtree over the 256**level rows from row index * 256**level + 1. Append-only."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "index"], name="subtreehash_by_place")
        ]

    def __str__(self):
        return f"{self.level}/{self.index}"
