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
    preview_status_change,
    record_review,
    record_reviews,
    record_status_change,
)
from commitments.services.proposals import (
    approve_proposal,
    decline_proposal,
    evidence_of,
    submit_status_change,
    takes_two_people,
)
from commitments.services.record import Conflict

__all__ = [
    "Conflict",
    "EvidenceItem",
    "Saved",
    "approve_proposal",
    "correct_status_change",
    "decline_proposal",
    "delete_citation",
    "delete_link",
    "evidence_of",
    "preview_status_change",
    "record_review",
    "record_reviews",
    "record_status_change",
    "save_agency",
    "save_citation",
    "save_commitment",
    "save_link",
    "save_objective",
    "save_pillar",
    "save_plan",
    "save_source",
    "submit_status_change",
    "takes_two_people",
]
