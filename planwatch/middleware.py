"""What HTTP wants of every public answer: a strong ETag, 304 when nothing changed, honest caching."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers

from planwatch.edition import edition_of

# Signed-in work and the server's own affairs: never shared, never conditional.
PRIVATE = ("/admin/", "/accounts/", "/editor/", "/healthz/", settings.STATIC_URL)


def answer_conditionally(get_response):
    """Answer 304 before any work when the reader holds the current edition of an address.

    A public answer depends on the data set's version, the release of the code, the day (what is overdue changes at
    midnight) and the request; so does its ETag. A visitor with a session may see more, and is never answered so.
    """

    def middleware(request):
        if request.method not in ("GET", "HEAD") or request.path.startswith(PRIVATE):
            return get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response = get_response(request)
            response.setdefault("Cache-Control", "private, no-store")
            return response
        etag = _etag(request)
        if "Authorization" in request.headers:
            # Who asks must be known before anything is said, also that nothing has changed.
            response = get_response(request)
            audience = "private"
        else:
            response = get_conditional_response(request, etag=etag) or get_response(request)
            audience = "public"
        if response.status_code == 200 and audience == "private":
            response = get_conditional_response(request, etag=etag, response=response)
        if response.status_code in (200, 304):
            response["ETag"] = etag
            response.setdefault("Cache-Control", f"{audience}, max-age=0, must-revalidate")
        patch_vary_headers(response, ("Accept", "Authorization", "Cookie", "HX-Request"))
        return response

    return middleware


def _etag(request) -> str:
    """Return the ETag. It begins with the version, so that a writer's If-Match tells what the writer had read."""
    edition = edition_of(request)
    parts = (
        edition.hash,
        settings.PLANWATCH_RELEASE,
        timezone.now().date().isoformat(),
        request.scheme,
        request.get_host(),
        request.get_full_path(),
        request.headers.get("Accept", ""),
        request.headers.get("HX-Request", ""),
        request.headers.get("Authorization", ""),
    )
    digest = hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]
    return f'"{edition.version}-{digest}"'
