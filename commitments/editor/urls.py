from django.urls import path

from commitments.editor.views.create import entry_new
from commitments.editor.views.dashboard import desk
from commitments.editor.views.edit import citations, edit, lineage, unpublish
from commitments.editor.views.error_reports import error_report, error_reports
from commitments.editor.views.proposals import proposal, proposal_list
from commitments.editor.views.reviews import retract, review, review_many
from commitments.editor.views.sources import source_edit, source_list, source_new
from commitments.editor.views.status_changes import evidence, record

urlpatterns = [
    path("", desk, name="editor_desk"),
    path("commitments/new/", entry_new, name="editor_entry_new"),
    path("commitments/<key:code>/record/", record, name="editor_record"),
    path("commitments/<key:code>/steps/<int:seq>/evidence/", evidence, name="editor_evidence"),
    path("commitments/<key:code>/review/", review, name="editor_review"),
    path("commitments/<key:code>/edit/", edit, name="editor_edit"),
    path("commitments/<key:code>/unpublish/", unpublish, name="editor_unpublish"),
    path("commitments/<key:code>/citations/", citations, name="editor_citations"),
    path("commitments/<key:code>/lineage/", lineage, name="editor_lineage"),
    path("reviews/<id:number>/retract/", retract, name="editor_retract"),
    path("review/", review_many, name="editor_review_many"),
    path("proposals/", proposal_list, name="editor_proposals"),
    path("proposals/<id:number>/", proposal, name="editor_proposal"),
    path("reports/", error_reports, name="editor_reports"),
    path("reports/<id:number>/", error_report, name="editor_report"),
    path("sources/", source_list, name="editor_sources"),
    path("sources/new/", source_new, name="editor_source_new"),
    path("sources/<key:slug>/", source_edit, name="editor_source"),
]
