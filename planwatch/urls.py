from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.views import LogoutView
from django.contrib.sitemaps.views import index as sitemap_index
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView
from django_prometheus.exports import ExportToDjangoView

from commitments.datasets import views
from commitments.syndication.embeds import oembed
from planwatch import (
    admin_site,
    converters,  # noqa: F401  registers <id:…>
    health,
)
from planwatch.accounts import login, sessions, tokens
from planwatch.api.views import NothingHere
from planwatch.sitemaps import SITEMAPS
from planwatch.web import error_views
from planwatch.web.security_txt import security_txt

robots = require_safe(
    TemplateView.as_view(template_name="robots.txt", content_type="text/plain; charset=utf-8")
)

# Data, machines and the administration speak English; pages speak the language of their address.
urlpatterns = [
    path("api/v1/", include("planwatch.api_urls")),
    re_path(r"^api/(?:[\s\S]*/)?$", NothingHere.as_view()),
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path(
        "sitemap.xml",
        sitemap_index,
        {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_section"},
        name="sitemap",
    ),
    path("sitemap-<slug:section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap_section"),
    path("robots.txt", robots, name="robots"),
    path("oembed.<slug:form>", oembed, name="oembed"),
    path("data/planwatch-latest.zip", views.latest, name="dataset_latest"),
    path("data/planwatch-<str:version>.zip", views.dataset_file, name="dataset_file"),
    path("data/dcat.<slug:form>", views.catalog, name="catalog"),
    path("data/vocabularies.<slug:form>", views.vocabularies, name="vocabularies"),
    path("admin/", admin_site.site.urls),
]
urlpatterns += i18n_patterns(
    path("", include("commitments.urls")),
    path("", include("commitments.alerts.urls")),
    path("editor/tokens/", tokens.tokens, name="token_page"),
    path("editor/tokens/<uuid:public_id>/revoke/", tokens.revoke, name="token_revoke"),
    path("editor/webhooks/", include("commitments.webhooks.urls")),
    path("editor/import/", include("commitments.imports.urls")),
    path("editor/", include("commitments.editor.urls")),
    path("accounts/login/", login.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    # The same page, under the name by which django-allauth looks for it.
    path("accounts/login/", login.SignIn.as_view(), name="account_login"),
    path("accounts/confirm/", login.Confirm.as_view(), name="account_reauthenticate"),
    path("accounts/second-factor/", include("planwatch.accounts.mfa_urls")),
    path("accounts/sessions/", sessions.sessions, name="sessions"),
    path("accounts/password/", login.ChangePassword.as_view(), name="password_change"),
    # Also while developing, where Django would rather list the routes.
    re_path(r"^(?!static/).*/$", error_views.page_not_found),
    prefix_default_language=False,
)

if settings.PLANWATCH_METRICS:
    urlpatterns.insert(0, path("metrics", ExportToDjangoView, name="metrics"))

handler400 = "planwatch.web.error_views.bad_request"
handler404 = "planwatch.web.error_views.page_not_found"
handler500 = "planwatch.web.error_views.server_error"
