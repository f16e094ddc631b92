"""Saves queries so that they can be cited: in no row of the public record."""

import hashlib

from commitments.models import SavedQuery
from commitments.services.validation import require_texts, validate


def save_query(*, address: str, version: int, rows: int, sha256: str) -> SavedQuery:
    """Save a query with the digest of its result; one that is saved already stays as it is. Raises ValidationError."""
    require_texts(address=address, sha256=sha256)
    digest = hashlib.sha256(address.encode()).hexdigest()[:16]
    if (saved := SavedQuery.objects.filter(digest=digest).first()) is not None:
        return saved
    row = SavedQuery(digest=digest, address=address, version=version, rows=rows, sha256=sha256)
    validate(row)
    row.save()
    return row
