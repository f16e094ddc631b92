"""Keeps finished answers: what anybody may see is made once for a version of the data, then given as the same bytes.

An answer is kept under its ETag, which changes with everything that an answer depends on: the version of the data, read
from the database for every request, the release of the code, the day, the address, and what the request accepts. So
nothing that is kept is ever out of date, in any process, and nothing is ever taken out by hand.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response

from planwatch.languages import split
from planwatch.limits import counted_by
from planwatch.middleware import PRIVATE, etag_of

logger = logging.getLogger(__name__)

# The key names the day, so what is kept longer is never asked for again.
SECONDS = 86_400
# A request waits so long for another that makes the same answer, then makes it itself.
PATIENCE = 20
# What a 304 leaves out: it has no body.
OF_THE_BODY = ("Content-Type", "Content-Length", "Content-Encoding")

_guard = threading.Lock()
_under_way: dict[str, list] = {}


def keep_answers(get_response):
    """Give anonymous readers the answer that is kept, or make it and keep it.

    Stands before everything that adds to an answer, since a kept one is whole. It counts against the limits as if it had
    been made. Nobody with a session, a token or a form is answered so.
    """

    def given(request, etag, kept):
        if counted_by(request):
            # Who asks too much is told so by what comes behind.
            return get_response(request)
        return _conditionally(request, etag, *kept)

    def middleware(request):
        if not _is_for_everybody(request):
            return get_response(request)
        etag = ""
        # A wrong host, or a database that is away, is told by what comes behind.
        with suppress(DisallowedHost, DatabaseError):
            etag = etag_of(request)
        if not etag:
            return get_response(request)
        # Data are open to every origin, and only who names one is told so.
        key = f"{etag}+origin" if "HTTP_ORIGIN" in request.META else etag
        if kept := _kept(key):
            return given(request, etag, kept)
        with _alone(key) as waited:
            if waited and (kept := _kept(key)):
                return given(request, etag, kept)
            response = get_response(request)
            if _may_be_kept(response, etag):
                _keep(key, dict(response.items()), response.content)
        return response

    return middleware


def _is_for_everybody(request) -> bool:
    if request.method != "GET" or "HTTP_AUTHORIZATION" in request.META:
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


def _conditionally(request, etag: str, headers: dict[str, str], body: bytes) -> HttpResponse:
    if "HTTP_IF_NONE_MATCH" in request.META and (
        get_conditional_response(request, etag=etag) is not None
    ):
        response = HttpResponseNotModified()
        headers = {name: value for name, value in headers.items() if name not in OF_THE_BODY}
    else:
        response = HttpResponse(body)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _kept(key: str) -> tuple[dict[str, str], bytes] | None:
    """Return what is kept; nothing where the cache does not answer: the site does without it."""
    try:
        return caches["answers"].get(key)
    except Exception:
        logger.warning("The cache of answers cannot be read.", exc_info=True)
        return None


def _keep(key: str, headers: dict[str, str], body: bytes) -> None:
    try:
        caches["answers"].set(key, (headers, body), SECONDS)
    except Exception:
        logger.warning("The cache of answers cannot be written.", exc_info=True)


@contextmanager
def _alone(key: str) -> Iterator[bool]:
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


_held: dict[str, int] = {}


class BoundedMemory(LocMemCache):
    """Django's cache in memory, bounded by bytes: what was not asked for the longest goes first.

    OPTIONS: MAX_BYTES, of keys' values as they are kept.
    """

    def __init__(self, name, params):
        super().__init__(name, params)
        self._name = name
        self._most = params.get("OPTIONS", {}).get("MAX_BYTES", 32 << 20)
        self._max_entries = 1 << 30
        _held.setdefault(name, 0)

    @property
    def held(self) -> int:
        """Bytes held now."""
        return _held[self._name]

    def _set(self, key, value, timeout):
        self._delete(key)
        if len(value) > self._most:
            return
        super()._set(key, value, timeout)
        _held[self._name] += len(value)
        while _held[self._name] > self._most:
            self._delete(next(reversed(self._cache)))

    def _delete(self, key):
        value = self._cache.get(key)
        was_there = super()._delete(key)
        if was_there:
            _held[self._name] -= len(value)
        return was_there

    def clear(self):
        super().clear()
        _held[self._name] = 0
