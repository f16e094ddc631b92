"""Every write. Typed, keyword-only functions on plain values; each is one transaction with the public record.

They raise django.core.exceptions.ValidationError with words for the person who asked, and then write nothing.
"""

from commitments.services.documents import (
    save_agency,
    save_objective,
    save_pillar,
    save_plan,
    save_source,
)
from commitments.services.history import (
    EvidenceItem,
    add_evidence,
    correct_status_change,
    next_step_of,
    preview_status_change,
    record_review,
    record_reviews,
    record_status_change,
    retract_review,
)
from commitments.services.links import add_archived_copy, record_check
from commitments.services.promises import (
    add_citations,
    delete_citation,
    delete_link,
    save_citation,
    save_commitment,
    save_link,
    without_document,
)
from commitments.services.proposals import (
    approve_proposal,
    decline_proposal,
    evidence_of,
    submit_status_change,
    submit_unpublishing,
    takes_two_people,
    waiting_like,
)
from commitments.services.record import Conflict, changes_of, version_of
from commitments.services.saving import Saved, index_everything

__all__ = [
    "Conflict",
    "EvidenceItem",
    "Saved",
    "index_everything",
    "add_archived_copy",
    "add_citations",
    "approve_proposal",
    "changes_of",
    "add_evidence",
    "correct_status_change",
    "decline_proposal",
    "delete_citation",
    "delete_link",
    "evidence_of",
    "next_step_of",
    "preview_status_change",
    "record_check",
    "record_review",
    "record_reviews",
    "record_status_change",
    "retract_review",
    "save_agency",
    "save_citation",
    "save_commitment",
    "save_link",
    "save_objective",
    "save_pillar",
    "save_plan",
    "save_source",
    "submit_status_change",
    "submit_unpublishing",
    "takes_two_people",
    "version_of",
    "waiting_like",
    "without_document",
]
