from django.urls import path

from commitments.editor.views.coding import code_one, double_coding, double_codings
from commitments.editor.views.create import entry_new
from commitments.editor.views.dashboard import desk, week
from commitments.editor.views.edit import citations, delete_draft, edit, lineage, unpublish
from commitments.editor.views.error_reports import error_report, error_reports
from commitments.editor.views.found import found, queue
from commitments.editor.views.many import record_many, review_many
from commitments.editor.views.proposals import proposal, proposal_list
from commitments.editor.views.reference_data import new
from commitments.editor.views.reviews import retract, review
from commitments.editor.views.rounds import round_answer, round_detail, round_new, rounds
from commitments.editor.views.sources import source_edit, source_list, source_new, source_snapshot
from commitments.editor.views.status_changes import evidence, record

urlpatterns = [
    path("", desk, name="editor_desk"),
    path("week/", week, name="editor_week"),
    path("coding/", double_codings, name="editor_codings"),
    path("coding/<id:number>/", double_coding, name="editor_coding"),
    path("coding/<id:number>/<key:code>/", code_one, name="editor_code"),
    path("rounds/", rounds, name="editor_rounds"),
    path("rounds/new/", round_new, name="editor_round_new"),
    path("rounds/<id:number>/", round_detail, name="editor_round"),
    path("rounds/<id:number>/<id:answer>/", round_answer, name="editor_round_answer"),
    path("found/", found, name="editor_found"),
    path("queue/", queue, name="editor_queue"),
    path("new/<slug:kind>/", new, name="editor_new"),
    path("commitments/new/", entry_new, name="editor_entry_new"),
    path("commitments/<key:code>/record/", record, name="editor_record"),
    path("commitments/<key:code>/steps/<int:seq>/evidence/", evidence, name="editor_evidence"),
    path("commitments/<key:code>/review/", review, name="editor_review"),
    path("commitments/<key:code>/edit/", edit, name="editor_edit"),
    path("commitments/<key:code>/delete/", delete_draft, name="editor_delete"),
    path("commitments/<key:code>/unpublish/", unpublish, name="editor_unpublish"),
    path("commitments/<key:code>/citations/", citations, name="editor_citations"),
    path("commitments/<key:code>/lineage/", lineage, name="editor_lineage"),
    path("reviews/<id:number>/retract/", retract, name="editor_retract"),
    path("review/", review_many, name="editor_review_many"),
    path("record/", record_many, name="editor_record_many"),
    path("proposals/", proposal_list, name="editor_proposals"),
    path("proposals/<id:number>/", proposal, name="editor_proposal"),
    path("reports/", error_reports, name="editor_reports"),
    path("reports/<id:number>/", error_report, name="editor_report"),
    path("sources/", source_list, name="editor_sources"),
    path("sources/new/", source_new, name="editor_source_new"),
    path("sources/<key:slug>/", source_edit, name="editor_source"),
    path("sources/<key:slug>/snapshots/<slug:sha256>/", source_snapshot, name="editor_snapshot"),
]
