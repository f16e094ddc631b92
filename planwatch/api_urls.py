"""Router of the API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from commitments.api import developments, panel, read_views, stats, write_views
from commitments.audit import api
from commitments.datasets.api import DatasetList
from planwatch.api.root import Root, docs
from planwatch.api.token_views import TokenDetail, TokenList
from planwatch.api.views import Schema

app_name = "api"

router = SimpleRouter(use_regex_path=False)
# Asked for most, so looked at first.
router.register("commitments", read_views.CommitmentViewSet, "commitment")
router.register("jurisdictions", read_views.JurisdictionViewSet, "jurisdiction")
router.register("plans", read_views.PlanViewSet, "plan")
router.register("pillars", read_views.PillarViewSet, "pillar")
router.register("themes", read_views.ThemeViewSet, "theme")
router.register("sections", read_views.SectionViewSet, "section")
# Their name in addresses of the first releases.
router.register("objectives", read_views.SectionViewSet, "objective")
router.register("agencies", read_views.AgencyViewSet, "agency")
router.register("sources", read_views.SourceViewSet, "source")

urlpatterns = [
    path("", Root.as_view(), name="root"),
    path("", include(router.urls)),
    path(
        "commitments/<key:code>/status-changes/",
        write_views.StatusChangeViewSet.as_view({"get": "list", "post": "create"}),
        name="commitment-status-changes",
    ),
    path(
        "commitments/<key:code>/status-changes/<id:seq>/evidence/",
        write_views.AddedEvidenceView.as_view(),
        name="commitment-status-change-evidence",
    ),
    path(
        "commitments/<key:code>/reviews/",
        write_views.ReviewViewSet.as_view({"get": "list", "post": "create"}),
        name="commitment-reviews",
    ),
    path(
        "commitments/<key:code>/proposals/",
        write_views.ProposalViewSet.as_view({"get": "list", "post": "create"}),
        name="commitment-proposals",
    ),
    path("proposals/<id:number>/approve/", write_views.ApproveView.as_view(), name="approve"),
    path("proposals/<id:number>/decline/", write_views.DeclineView.as_view(), name="decline"),
    path("auth/tokens/", TokenList.as_view(), name="tokens"),
    path("auth/tokens/<uuid:public_id>/", TokenDetail.as_view(), name="token"),
    path(
        "status-changes/",
        write_views.StatusChangeViewSet.as_view({"get": "list"}),
        name="status-changes",
    ),
    path("reviews/", write_views.ReviewViewSet.as_view({"get": "list"}), name="reviews"),
    path(
        "developments/",
        developments.DevelopmentViewSet.as_view({"get": "list"}),
        name="developments",
    ),
    path(
        "reported-statuses/",
        developments.ReportedStatusViewSet.as_view({"get": "list"}),
        name="reported-statuses",
    ),
    path("changes/", api.ChangeList.as_view(), name="changes"),
    path("record/head/", api.HeadView.as_view(), name="record-head"),
    path("record/inclusion/", api.InclusionView.as_view(), name="record-inclusion"),
    path("record/consistency/", api.ConsistencyView.as_view(), name="record-consistency"),
    path("record/cosignatures/", api.CosignatureView.as_view(), name="record-cosignatures"),
    path("webhooks/", include("commitments.webhooks.api_urls")),
    path("statuses/", stats.VocabularyView.as_view(), name="statuses"),
    path("datasets/", DatasetList.as_view(), name="datasets"),
    path("panel/", panel.PanelView.as_view(), name="panel"),
    path("stats/", stats.StatsView.as_view(), name="stats"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
]
