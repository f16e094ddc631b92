"""Keeps finished answers: what anybody may see is made once for a version of the data, then given as the same bytes.

The version is read from the database for every request, and an answer is kept under it, with the day, the release of the
code, and everything of a request on which an answer depends. So nothing that is kept is ever out of date, in any process,
and nothing is ever taken out by hand. What a process has in its memory is given before Django begins with a request; with
Redis, what another process has made is found there.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response
from prometheus_client import Counter

from planwatch.cache.version_cache import OfOneVersion, without_slack
from planwatch.db.dataset_version import edition_for_anybody, version_for
from planwatch.middleware import rate_limit
from planwatch.middleware.client_ip import address_of
from planwatch.middleware.conditional import PRIVATE, accepts_gzip, etag_of, published_since
from planwatch.middleware.request_log import id_of, log_response
from planwatch.web.languages import split

logger = logging.getLogger(__name__)

# In Redis. The key names the day, so what is kept longer is never asked for again.
SECONDS = 86_400
# A request waits so long for another that makes the same answer, then makes it itself.
PATIENCE = 20
# What a 304 leaves out: it has no body.
OF_THE_BODY = ("Content-Type", "Content-Length", "Content-Encoding")
# Marks what is kept of an answer by which nobody got a body.
UNCHANGED = "unchanged"
# What an entry takes beside its texts, about.
OVERHEAD = 2000

given_at_once = Counter("planwatch_given_at_once", "Kept answers given before Django.", ["status"])
_answers = OfOneVersion()
_guard = threading.Lock()
_under_way: dict[str, list] = {}


class CachedResponse(NamedTuple):
    """A finished answer, as WSGI wants it, and the limit against which it counts."""

    etag: str
    limit: str
    headers: list[tuple[str, str]]
    headers_of_unchanged: list[tuple[str, str]]
    body: bytes


def give_at_once(application):
    """Wrap a WSGI application: what this process keeps is given before Django begins with the request.

    What is not clear at a glance is left to Django, and to `keep_answers` there.
    """

    def asked(environ, start_response):
        began = time.perf_counter()
        kept = _at_once(environ)
        if kept is None:
            return application(environ, start_response)
        unchanged = "HTTP_IF_NONE_MATCH" in environ
        status, headers = (304, kept.headers_of_unchanged) if unchanged else (200, kept.headers)
        start_response("304 Not Modified" if unchanged else "200 OK", list(headers))
        if settings.PLANWATCH_METRICS:
            given_at_once.labels(status).inc()
        log_response(
            id_of(environ), "GET", environ["PATH_INFO"], status, time.perf_counter() - began
        )
        return [b"" if unchanged else kept.body]

    return asked


def _at_once(environ) -> CachedResponse | None:
    """Return what is kept for a request that is anybody's at a glance, counted against its limit; or None."""
    if (
        not settings.PLANWATCH_RESPONSE_CACHE_MB
        or environ["REQUEST_METHOD"] != "GET"
        or environ.get("HTTP_COOKIE")
        or "HTTP_AUTHORIZATION" in environ
        or environ["PATH_INFO"].startswith(PRIVATE)
    ):
        return None
    try:
        edition = edition_for_anybody()
    except (DatabaseError, InterfaceError):
        return None
    memory, asked = _answers.at(edition, settings.PLANWATCH_RESPONSE_CACHE_MB), _asked(environ)
    kept = memory.get(asked)
    if kept is None and "HTTP_IF_NONE_MATCH" in environ:
        kept = memory.get((*asked, UNCHANGED))
    if kept is None or environ.get("HTTP_IF_NONE_MATCH", kept.etag) != kept.etag:
        return None
    return None if rate_limit.hit_anonymous(kept.limit, address_of(environ)) else kept


def _asked(meta) -> tuple:
    """Return everything of a request by anybody on which its answer depends beside the version, the day and the release."""
    path = meta["PATH_INFO"]
    return (
        path,
        meta.get("QUERY_STRING", ""),
        meta.get("HTTP_HOST", ""),
        meta.get("HTTP_X_FORWARDED_PROTO", ""),
        meta["wsgi.url_scheme"],
        meta["SERVER_NAME"],
        meta["SERVER_PORT"],
        meta.get("HTTP_ACCEPT", ""),
        accepts_gzip(meta),
        meta.get("HTTP_HX_REQUEST", ""),
        # Data are open to every origin, and only who names one is told so.
        "HTTP_ORIGIN" in meta,
        published_since(path),
    )


def response_cache_middleware(get_response):
    """Give anonymous readers the answer that is kept, or make it and keep it.

    Stands before everything that adds to an answer, since a kept one is whole. It counts against the limits as if it had
    been made. Nobody with a session, a token or a form is answered so.
    """

    def given(request, key):
        """Return the answer that is kept, if any is."""
        kept = _found(request, key)
        if kept is None:
            return None
        if rate_limit.hit_for_request(request):
            # Who asks too much is told so by what comes behind.
            return get_response(request)
        return _conditionally(request, kept)

    def middleware(request):
        if not settings.PLANWATCH_RESPONSE_CACHE_MB or not _is_for_everybody(request):
            return get_response(request)
        etag = ""
        # A wrong host, or a database that is away, is told by what comes behind.
        with suppress(DisallowedHost, DatabaseError):
            etag = etag_of(request)
        if not etag:
            return get_response(request)
        key = f"{etag}+origin" if "HTTP_ORIGIN" in request.META else etag
        if response := given(request, key):
            return response
        with _single_flight(key) as waited:
            if waited and (response := given(request, key)):
                return response
            response = get_response(request)
            if _may_be_kept(response, etag):
                kept = _kept(request, response, etag)
                _keep(request, kept)
                _share(key, kept)
            elif response.status_code == 304 and response.get("ETag") == etag:
                # Whoever asks a process that has not the answer learns no more than this, and asks again.
                _keep(request, _kept(request, response, etag), UNCHANGED)
        return response

    return middleware


def _is_for_everybody(request) -> bool:
    if request.method != "GET" or {"HTTP_AUTHORIZATION", rate_limit.REFUSAL} & request.META.keys():
        return False
    if "HTTP_COOKIE" in request.META and (
        request.COOKIES.keys()
        & {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages"}
    ):
        return False
    return not split(request.path_info)[1].startswith(PRIVATE)


def _may_be_kept(response, etag: str) -> bool:
    """Return whether an answer is whole, public, and of the version for which it would be kept.

    Where a write came in while it was made, it may say more than its version; that version is never asked for again.
    """
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and response.get("ETag") == etag
        and response.get("Cache-Control", "").startswith("public")
    )


def _kept(request, response, etag: str) -> CachedResponse:
    # Nearly all answers say the same in them: one copy of each text serves all.
    headers = [(sys.intern(name), sys.intern(value)) for name, value in response.items()]
    body = without_slack(response.content)
    of_unchanged = [header for header in headers if header[0] not in OF_THE_BODY]
    return CachedResponse(etag, rate_limit.kind_for_anybody(request), headers, of_unchanged, body)


def _conditionally(request, kept: CachedResponse) -> HttpResponse:
    if "HTTP_IF_NONE_MATCH" in request.META and (
        get_conditional_response(request, etag=kept.etag) is not None
    ):
        response, headers = HttpResponseNotModified(), kept.headers_of_unchanged
    else:
        response, headers = HttpResponse(kept.body), kept.headers
    for name, value in headers:
        response.headers[name] = value
    return response


def memory_of_answers(request):
    """Return what this process keeps of the version that the request speaks from."""
    return _answers.at(version_for(request), settings.PLANWATCH_RESPONSE_CACHE_MB)


def _found(request, key: str) -> CachedResponse | None:
    """Return what this process keeps, or another has made; nothing where Redis does not answer."""
    if kept := memory_of_answers(request).get(_asked(request.META)):
        return kept
    if "answers" in settings.CACHES:
        try:
            if found := caches["answers"].get(key):
                _keep(request, kept := CachedResponse(*found))
                return kept
        except Exception:
            logger.warning("The cache of answers cannot be read.", exc_info=True)
    return None


def _keep(request, kept: CachedResponse, *more: str) -> None:
    asked = (*_asked(request.META), *more)
    size = len(kept.body) + sum(len(part) for part in asked if isinstance(part, str)) + OVERHEAD
    memory_of_answers(request).keep(asked, kept, size)


def _share(key: str, kept: CachedResponse) -> None:
    if "answers" in settings.CACHES:
        try:
            caches["answers"].set(key, tuple(kept), SECONDS)
        except Exception:
            logger.warning("The cache of answers cannot be written.", exc_info=True)


@contextmanager
def _single_flight(key: str) -> Iterator[bool]:
    """Let one thread at a time make the answer with that key; tells whether this one had to wait."""
    with _guard:
        entry = _under_way.setdefault(key, [threading.Lock(), 0])
        entry[1] += 1
        waited = entry[1] > 1
    has_lock = entry[0].acquire(timeout=PATIENCE)
    try:
        yield waited
    finally:
        if has_lock:
            entry[0].release()
        with _guard:
            entry[1] -= 1
            if not entry[1]:
                _under_way.pop(key, None)
