"""Router of the API."""

from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView
from rest_framework.routers import SimpleRouter

from agencies.api import AgencyViewSet, JurisdictionViewSet
from commitments.api import developments, read_views, stats, write_views
from commitments.audit import api
from commitments.datasets.api import DatasetList
from planwatch.api.token_views import TokenDetail, TokenList
from planwatch.api.views import Schema

app_name = "api"
# What is posted to it is a wrong method, wherever it comes from.
docs = csrf_exempt(require_safe(TemplateView.as_view(template_name="api/docs.html")))

router = SimpleRouter(use_regex_path=False)
# Asked for most, so looked at first.
router.register("commitments", read_views.CommitmentViewSet, "commitment")
router.register("jurisdictions", JurisdictionViewSet, "jurisdiction")
router.register("plans", read_views.PlanViewSet, "plan")
router.register("pillars", read_views.PillarViewSet, "pillar")
router.register("themes", read_views.ThemeViewSet, "theme")
router.register("objectives", read_views.ObjectiveViewSet, "objective")
router.register("agencies", AgencyViewSet, "agency")
router.register("sources", read_views.SourceViewSet, "source")

urlpatterns = [
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
    path(
        "developments/",
        developments.DevelopmentViewSet.as_view({"get": "list"}),
        name="developments",
    ),
    path("changes/", api.ChangeList.as_view(), name="changes"),
    path("webhooks/", include("commitments.webhooks.api_urls")),
    path("statuses/", stats.VocabularyView.as_view(), name="statuses"),
    path("datasets/", DatasetList.as_view(), name="datasets"),
    path("stats/", stats.StatsView.as_view(), name="stats"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
]
