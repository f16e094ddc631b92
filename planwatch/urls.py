from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path

from planwatch import (
    accounts,
    admin,
    converters,  # noqa: F401  registers <id:…>
    health,
    token_views,
    views,
)

urlpatterns = [
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("", include("commitments.urls")),
    path("", include("agencies.urls")),
    path("api/v1/", include("planwatch.api_urls")),
    path("editor/tokens/", token_views.tokens, name="token_page"),
    path("editor/tokens/<uuid:public_id>/revoke/", token_views.revoke, name="token_revoke"),
    path("editor/import/", include("commitments.import_urls")),
    path("editor/", include("commitments.editor_urls")),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", accounts.ChangePassword.as_view(), name="password_change"),
    path("admin/", admin.site.urls),
    # Also while developing, where Django would rather list the routes.
    re_path(r"^(?!static/).*/$", views.page_not_found),
]

handler400 = "planwatch.views.bad_request"
handler404 = "planwatch.views.page_not_found"
handler500 = "planwatch.views.server_error"
