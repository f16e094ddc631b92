"""Response cache: finished public responses by ETag, which depends on all that they do.

The ETag has the dataset version, which is read from the database for every request. So nothing cached is ever out of
date, in any process, and nothing is ever purged by hand.
"""

import logging

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response

from planwatch.middleware import rate_limit
from planwatch.middleware.conditional import etag_of
from planwatch.web.public import is_public_read

logger = logging.getLogger(__name__)

# The ETag depends on the day, so what is older is never asked for.
SECONDS = 86_400
# What a 304 leaves out: it has no body.
OF_THE_BODY = ("Content-Type", "Content-Length", "Content-Encoding")
# What is said anew with each answer.
OF_THE_CLIENT = ("RateLimit", "RateLimit-Policy")


def response_cache_middleware(get_response):
    """Answer public reads from the cache, or cache the answer.

    Stands before everything that adds to an answer, since a cached one is whole. It counts against the limits as if it
    had been made.
    """

    def middleware(request):
        if (
            not settings.PLANWATCH_RESPONSE_CACHE_MB
            or request.method != "GET"
            or rate_limit.REFUSAL in request.META
            or not is_public_read(request)
        ):
            return get_response(request)
        try:
            etag = etag_of(request)
        except (DisallowedHost, DatabaseError):
            # What comes behind says so.
            return get_response(request)
        if cached := _cached(request, etag):
            # What comes behind also says who asks too much.
            if rate_limit.hit_for_request(request):
                return get_response(request)
            return rate_limit.tell_quota(request, cached)
        response = get_response(request)
        if _is_cacheable(request, response, etag):
            _set(etag, response)
        return response

    return middleware


def _is_cacheable(request, response, etag: str) -> bool:
    """Return whether a response is whole, public, and of the version for which it would be cached.

    Where a write came in while it was made, it may say more than its version; that version is never asked for again.
    """
    return (
        response.status_code == 200
        and not response.streaming
        # A form has the token of its reader, who gets it as a cookie or has it already.
        and not response.cookies
        and settings.CSRF_COOKIE_NAME not in request.COOKIES
        and response.get("ETag") == etag
        and response.get("Cache-Control", "").startswith("public")
    )


def _cached(request, etag: str) -> HttpResponse | None:
    """Return the cached response, or its 304; None where there is none, or the cache cannot be read."""
    try:
        headers, body = caches["responses"].get(etag) or (None, b"")
    except Exception:
        logger.warning("The response cache cannot be read.", exc_info=True)
        return None
    if headers is None or headers.get("ETag") != etag:
        return None
    if get_conditional_response(request, etag=etag) is None:
        return HttpResponse(body, headers=headers)
    return HttpResponseNotModified(
        headers={name: value for name, value in headers.items() if name not in OF_THE_BODY}
    )


def _set(etag: str, response: HttpResponse) -> None:
    try:
        headers = {name: value for name, value in response.items() if name not in OF_THE_CLIENT}
        caches["responses"].set(etag, (headers, response.content), SECONDS)
    except Exception:
        logger.warning("The response cache cannot be written.", exc_info=True)
