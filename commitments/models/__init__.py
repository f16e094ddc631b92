"""What is stored, with the constraints that the database keeps. Rules live in statuses.py, writes in services."""

from commitments.models.documents import (
    Objective,
    Pillar,
    Plan,
    Source,
    SourceCheck,
    SourceKind,
)
from commitments.models.history import (
    Evidence,
    Proposal,
    ProposalKind,
    ProposalState,
    Review,
    ReviewRetraction,
    StatusChange,
)
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
from commitments.models.record import (
    LONGEST_WORD,
    Change,
    ChangeAction,
    DatasetVersion,
    SearchDocument,
    SearchWord,
)
from commitments.models.revisions import FOREVER, REVISIONS, Revision
from commitments.models.shared import EARLIEST_DAY, FIRST_DAY, LATEST_DAY, Basis

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
    "EARLIEST_DAY",
    "FIRST_DAY",
    "FOREVER",
    "LATEST_DAY",
    "LONGEST_WORD",
    "LinkRelation",
    "Objective",
    "Pillar",
    "Plan",
    "Proposal",
    "ProposalKind",
    "ProposalState",
    "REVISIONS",
    "Review",
    "ReviewRetraction",
    "Revision",
    "SearchDocument",
    "SearchWord",
    "Source",
    "SourceCheck",
    "SourceKind",
    "StatusChange",
]
