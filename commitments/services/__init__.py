"""Every write. Typed, keyword-only functions on plain values; each is one transaction with the public record.

They raise django.core.exceptions.ValidationError with words for the person who asked, and then write nothing.
"""

from commitments.services.content import (
    Saved,
    delete_citation,
    delete_link,
    save_agency,
    save_citation,
    save_commitment,
    save_link,
    save_objective,
    save_pillar,
    save_plan,
    save_source,
)
from commitments.services.history import (
    EvidenceItem,
    correct_status_change,
    record_review,
    record_status_change,
)

__all__ = [
    "EvidenceItem",
    "Saved",
    "correct_status_change",
    "delete_citation",
    "delete_link",
    "record_review",
    "record_status_change",
    "save_agency",
    "save_citation",
    "save_commitment",
    "save_link",
    "save_objective",
    "save_pillar",
    "save_plan",
    "save_source",
]
