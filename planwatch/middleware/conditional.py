"""ETag, 304 and gzip, from the version of the data set."""

import re

from django.middleware.gzip import GZipMiddleware
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.crypto import constant_time_compare, salted_hmac

from planwatch.db.dataset_version import version_for
from planwatch.web.public import accepts_gzip, cache_key, has_personal_cookie, is_public_path

_OUR_ETAG = re.compile(r'"(\d{1,18})-[0-9a-f]{16}([0-9a-f]{16})"')
# They have an ETag of their own, and their ranges are of the file as it is: never compressed.
PUBLISHED_FILES = "/data/planwatch-"
# Formats that are compressed in themselves.
PACKED = ("image/png", "application/vnd.openxmlformats")


class _Compression(GZipMiddleware):
    # The same answer is the same bytes, as its strong ETag says. Django's random length guards secrets; here are none.
    max_random_bytes = 0

    def process_response(self, request, response):
        if response.get("Content-Type", "").startswith(PACKED):
            return response
        return super().process_response(request, response)


def conditional_responses(get_response):
    """Answer 304 before any work when the reader has the current version of an address; compress what anybody may see.

    A public answer depends on what `cache_key` says; so does its ETag. A visitor with a session may see more, and is
    never answered so.
    Nor is what such a visitor sees compressed: its length could give away what stands beside words of a stranger.
    """
    compression = _Compression(get_response)

    def middleware(request):
        path = request.path_info
        if (
            request.method not in ("GET", "HEAD")
            or not is_public_path(path)
            or path.startswith(PUBLISHED_FILES)
        ):
            return get_response(request)
        if has_personal_cookie(request):
            response = get_response(request)
            response.setdefault("Cache-Control", "private, no-store")
            return response
        etag = etag_of(request)
        if "Authorization" in request.headers:
            # Who asks must be known before anything is said, also that nothing has changed.
            response = get_response(request)
            audience = "private"
        else:
            response = get_conditional_response(request, etag=etag)
            response = response or get_response(request)
            if accepts_gzip(request):
                response = compression.process_response(request, response)
            audience = "public"
        if response.status_code == 200 and audience == "private":
            response = get_conditional_response(request, etag=etag, response=response)
        if response.status_code in (200, 304):
            # Not the one from before: a file may speak of a version that came in between.
            response.setdefault("ETag", etag_of(request))
            response.setdefault("Cache-Control", f"{audience}, max-age=0, must-revalidate")
        elif response.status_code >= 400:
            # Browsers keep a 404 or 410 that says nothing, and would show it after a commitment is published again.
            response.setdefault("Cache-Control", "no-cache")
        if response.status_code == 304:
            # What is in force is the policy that came with the page; the site's own one would replace it in a cache.
            response._csp_exempt = response.xframe_options_exempt = True
        patch_vary_headers(
            response, ("Accept", "Accept-Encoding", "Authorization", "Cookie", "HX-Request")
        )
        return response

    return middleware


def etag_of(request) -> str:
    """Return the ETag. It begins with the version and ends with a seal: so a writer's If-Match tells what was read."""
    version = version_for(request)
    # Asked for more than once in a request, and worked out again only where another version came in between.
    if getattr(request, "planwatch_etag", (None,))[0] is not version:
        digest, seal = cache_key(request, version)[:16], _seal(version.version, request.path)
        request.planwatch_etag = version, f'"{version.version}-{digest}{seal}"'
    return request.planwatch_etag[1]


def version_read(if_match: str, path: str) -> int | None:
    """Return the newest version in which the ETags of an If-Match were issued for a path; None where none was."""
    found = (
        int(version)
        for version, seal in _OUR_ETAG.findall(if_match)
        if constant_time_compare(seal, _seal(int(version), path))
    )
    return max(found, default=None)


def _seal(version: int, path: str) -> str:
    """Return the part of an ETag that nobody else can make: of which address it speaks, and in which version."""
    return salted_hmac("etag", f"{version} {path}", algorithm="sha256").hexdigest()[:16]
