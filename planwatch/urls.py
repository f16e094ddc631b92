from django.contrib import admin
from django.urls import include, path, re_path

from planwatch import health, views

urlpatterns = [
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("", include("commitments.urls")),
    path("", include("agencies.urls")),
    path("api/v1/", include("planwatch.api_urls")),
    path("admin/", admin.site.urls),
    # Also while developing, where Django would rather list the routes.
    re_path(r"^(?!static/).*/$", views.page_not_found),
]

handler400 = "planwatch.views.bad_request"
handler404 = "planwatch.views.page_not_found"
handler500 = "planwatch.views.server_error"
