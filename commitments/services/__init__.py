"""Write API. Typed, keyword-only functions on plain values; each is one transaction with the public record.

They raise django.core.exceptions.ValidationError with words for the person who asked, and then write nothing.
"""

from commitments.audit.recorder import Conflict, changes_of, version_of
from commitments.services.accounts import (
    approve_account_change,
    decline_account_change,
    propose_account_change,
)
from commitments.services.answers import publish_answer, send_back_answer
from commitments.services.coding import open_double_coding, save_coding
from commitments.services.commitments import (
    add_citations,
    delete_citation,
    delete_link,
    save_citation,
    save_commitment,
    save_link,
    without_document,
)
from commitments.services.developments import save_development, save_reported_status
from commitments.services.drafts import delete_draft, is_draft, restore_draft
from commitments.services.error_reports import close_report, report_error
from commitments.services.history import (
    add_evidence,
    next_step_of,
    preview_status_change,
    record_status_change,
)
from commitments.services.history_rules import EvidenceItem
from commitments.services.jurisdictions import record_jurisdictions, save_jurisdiction
from commitments.services.link_checks import add_archived_copy, record_check
from commitments.services.lookalikes import imitated_by
from commitments.services.proposals import (
    approve_proposal,
    decline_proposal,
    digest_of,
    evidence_of,
    submit_status_change,
    submit_status_changes,
    submit_unpublishing,
    takes_two_people,
    waiting_like,
)
from commitments.services.queries import save_query
from commitments.services.queue import close_queue_items, queue_document
from commitments.services.redactions import (
    approve_redaction,
    decline_redaction,
    propose_redaction,
)
from commitments.services.reference_data import (
    save_agency,
    save_pillar,
    save_plan,
    save_source,
    save_theme,
)
from commitments.services.reviews import record_review, record_reviews, retract_review
from commitments.services.rounds import (
    Contact,
    invitation_of,
    invite,
    link_key,
    move_closing_day,
    open_round,
    save_answer,
)
from commitments.services.sections import save_section
from commitments.services.site import save_site
from commitments.services.upsert import Saved, index_everything
