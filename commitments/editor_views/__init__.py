"""The pages of signed-in people. Each shapes what was typed, hands it to one service, and shows every refusal with
everything that was typed still there."""

from commitments.editor_views.changes import evidence, record
from commitments.editor_views.entries import entry_new
from commitments.editor_views.overview import desk
from commitments.editor_views.proposals import proposal, proposal_list
from commitments.editor_views.reviews import retract, review, review_many
from commitments.editor_views.sources import source_edit, source_list, source_new
from commitments.editor_views.texts import citations, edit, lineage, unpublish

__all__ = [
    "citations",
    "desk",
    "edit",
    "entry_new",
    "evidence",
    "lineage",
    "proposal",
    "proposal_list",
    "record",
    "retract",
    "review",
    "review_many",
    "source_edit",
    "source_list",
    "source_new",
    "unpublish",
]
