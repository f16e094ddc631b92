"""Deletion of drafts: private work, in no row of the public record."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from commitments.models import Change, Commitment, DeletedDraft
from commitments.services.history_rules import subject_of
from commitments.services.validation import require_texts


def delete_draft(*, commitment: str, actor: str) -> DeletedDraft:
    """Take a draft off the desk. Raises ValidationError for what is or ever was published: that is unpublished instead."""
    require_texts(actor=actor)
    subject = subject_of(commitment)
    if not is_draft(subject):
        words = gettext("{code} has been public. It can be unpublished, not deleted.")
        raise ValidationError(words.format(code=subject.code))
    made, _ = DeletedDraft.objects.get_or_create(commitment=subject, defaults={"deleted_by": actor})
    return made


def restore_draft(*, commitment: str, actor: str) -> None:
    """Put a deleted draft back on the desk; nothing where it is there."""
    require_texts(commitment=commitment, actor=actor)
    DeletedDraft.objects.filter(commitment__code=commitment).delete()


def is_draft(commitment: Commitment) -> bool:
    """Return whether a commitment has never been public."""
    public = Change.objects.filter(
        object_type="commitment", object_key=commitment.code, after__is_published=True
    )
    return not commitment.is_published and not public.exists()
