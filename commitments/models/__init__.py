"""Models, with the constraints that the database enforces. Rules are in statuses.py, writes in services."""

from commitments.choices import (
    AccountAction,
    AgencyRole,
    AnchorKind,
    Basis,
    Bearing,
    ChangeAction,
    CitationRelation,
    CommitmentKind,
    LinkRelation,
    ProposalKind,
    ProposalState,
    SourceKind,
)
from commitments.models.accounts import AccountChange
from commitments.models.audit import Change, DatasetVersion
from commitments.models.base import EARLIEST_DAY, FIRST_DAY, LATEST_DAY
from commitments.models.coding import Coding, DoubleCoding
from commitments.models.commitments import (
    MOST_THEMES,
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentLink,
    CommitmentTheme,
)
from commitments.models.desk import DeletedDraft
from commitments.models.developments import Development, DevelopmentCommitment, ReportedStatus
from commitments.models.documents import CommitmentDocument
from commitments.models.error_reports import ErrorReport
from commitments.models.heads import Anchor, Cosignature, SignedHead, SubtreeHash
from commitments.models.history import Evidence, Proposal, Review, ReviewRetraction, StatusChange
from commitments.models.imports import ImportFile, ImportMapping
from commitments.models.plans import Pillar, Plan, Section, SectionPillar, Theme
from commitments.models.queries import SavedQuery
from commitments.models.queue import QueueItem, QueueOutcome
from commitments.models.redactions import Redaction
from commitments.models.revisions import FOREVER, REVISIONS, Revision
from commitments.models.rounds import (
    AnswerState,
    ReportingRound,
    RoundAnswer,
    RoundInvitation,
)
from commitments.models.search import LONGEST_WORD, SearchDocument, SearchText, SearchWord
from commitments.models.site import Site
from commitments.models.sources import Source, SourceCheck
