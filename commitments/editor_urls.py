from django.urls import path

from commitments import editor_views as views

urlpatterns = [
    path("", views.desk, name="editor_desk"),
    path("commitments/new/", views.entry_new, name="editor_entry_new"),
    path("commitments/<key:code>/record/", views.record, name="editor_record"),
    path(
        "commitments/<key:code>/steps/<int:seq>/evidence/", views.evidence, name="editor_evidence"
    ),
    path("commitments/<key:code>/review/", views.review, name="editor_review"),
    path("commitments/<key:code>/edit/", views.edit, name="editor_edit"),
    path("commitments/<key:code>/unpublish/", views.unpublish, name="editor_unpublish"),
    path("commitments/<key:code>/citations/", views.citations, name="editor_citations"),
    path("commitments/<key:code>/lineage/", views.lineage, name="editor_lineage"),
    path("reviews/<id:number>/retract/", views.retract, name="editor_retract"),
    path("review/", views.review_many, name="editor_review_many"),
    path("proposals/", views.proposal_list, name="editor_proposals"),
    path("proposals/<id:number>/", views.proposal, name="editor_proposal"),
    path("sources/", views.source_list, name="editor_sources"),
    path("sources/new/", views.source_new, name="editor_source_new"),
    path("sources/<key:slug>/", views.source_edit, name="editor_source"),
]
