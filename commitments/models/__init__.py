"""What is stored, with the constraints that the database keeps. Rules live in statuses.py, writes in services."""

from commitments.models.documents import Objective, Pillar, Plan, Source, SourceKind
from commitments.models.history import Evidence, Proposal, ProposalState, Review, StatusChange
from commitments.models.promises import (
    AgencyRole,
    Citation,
    CitationRelation,
    Commitment,
    CommitmentAgency,
    CommitmentKind,
    CommitmentLink,
    LinkRelation,
)
from commitments.models.record import Change, ChangeAction, DatasetVersion, SearchDocument
from commitments.models.shared import FIRST_DAY, Basis

__all__ = [
    "AgencyRole",
    "Basis",
    "Change",
    "ChangeAction",
    "Citation",
    "CitationRelation",
    "Commitment",
    "CommitmentAgency",
    "CommitmentKind",
    "CommitmentLink",
    "DatasetVersion",
    "Evidence",
    "FIRST_DAY",
    "LinkRelation",
    "Objective",
    "Pillar",
    "Plan",
    "Proposal",
    "ProposalState",
    "Review",
    "SearchDocument",
    "Source",
    "SourceKind",
    "StatusChange",
]
