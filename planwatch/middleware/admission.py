"""Admission of requests: no client, slow body or held lock may take all threads of a process.

Stands before Django, since by then a thread may already wait: for a body that comes byte by byte, or for the lock of the
database. What is not admitted is answered by `rate_limit.rate_limit` in the shape of the address.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from planwatch.middleware import rate_limit
from planwatch.middleware.client_ip import address_of

SAFE = ("GET", "HEAD", "OPTIONS")
# As docs/deploy/nginx.conf has it.
MOST_BYTES = 12 * 1024**2


class Refusal(NamedTuple):
    """Why a request is not admitted: HTTP status, code of the API, words, and the seconds to wait (0 for none)."""

    status: int
    code: str
    words: Promise
    retry_after: int = 0


TOO_MANY_AT_ONCE = Refusal(
    429,
    "throttled",
    gettext_lazy("Too many requests at the same time. Wait for the answer to one before the next."),
    1,
)
WRITERS_WAIT = Refusal(
    503, "unavailable", gettext_lazy("Too many people are saving at the moment. Try again."), 2
)
TOO_LARGE = Refusal(
    413, "content_too_large", gettext_lazy("The request is larger than 12 MB. Send less at a time.")
)
TOO_SLOW = Refusal(
    408, "timeout", gettext_lazy("The request did not arrive in time. Send it again."), 1
)
CUT_OFF = Refusal(
    400, "bad_request", gettext_lazy("The request ended before all of it had arrived.")
)


class Places:
    """Places in this process, by name: how many of each are taken."""

    def __init__(self):
        self._lock, self._taken = threading.Lock(), Counter()

    @contextmanager
    def take(self, name: str, most: int) -> Iterator[bool]:
        """Take one of at most so many places and give it back at the end; yields False where all are taken."""
        with self._lock:
            is_free = self._taken[name] < most
            self._taken[name] += is_free
        try:
            yield is_free
        finally:
            with self._lock:
                self._taken[name] -= is_free
                if not self._taken[name]:
                    del self._taken[name]


_places = Places()


def admit(application):
    """Wrap a WSGI application: refuse what would hold up others, and charge each client for the time that it took."""

    def admitted(environ, start_response):
        if wait := rate_limit.is_flooding(environ):
            return rate_limit.refuse_in_short(environ, start_response, wait)
        began = time.thread_time()
        with ExitStack() as held:
            if refusal := _refusal(environ, held):
                environ[rate_limit.REFUSAL] = refusal
                environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(), "0"
            answer = application(environ, start_response)
            taken = time.thread_time() - began
            if getattr(answer, "streaming", False):
                return _send(answer, environ, taken, held.pop_all())
            rate_limit.charge(environ, taken)
            return answer

    return admitted


def _send(answer, environ, taken: float, held: ExitStack) -> Iterator[bytes]:
    """Send an answer piece by piece; keep its places, and add up its time, until the reader has all of it."""
    pieces = iter(answer)
    with held:
        try:
            while True:
                began = time.thread_time()
                piece = next(pieces, None)
                taken += time.thread_time() - began
                if piece is None:
                    return
                yield piece
        finally:
            answer.close()
            rate_limit.charge(environ, taken)


def _refusal(environ, held: ExitStack) -> Refusal | None:
    """Return why a request is not admitted; else None, with its body read and its places taken in `held`."""
    threads, client = settings.PLANWATCH_THREADS, rate_limit.network_of(address_of(environ))
    if environ["PATH_INFO"].startswith(rate_limit.UNCOUNTED):
        return None
    if (
        settings.PLANWATCH_LIMITS.get("anonymous")
        and not settings.DEBUG
        and not held.enter_context(_places.take(client, threads // 3 + 1))
    ):
        return TOO_MANY_AT_ONCE
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not length.isdecimal():
        return CUT_OFF
    if environ["REQUEST_METHOD"] in SAFE and not length and not _is_chunked(environ):
        return None
    # Fewer than there are threads, so that readers always find one.
    most = max(1, min(threads - 1, threads // 2 + 1))
    if not settings.DEBUG and not held.enter_context(_places.take("writing", most)):
        return WRITERS_WAIT
    # Of what comes in chunks nobody says how long it is.
    return _read(environ, None if _is_chunked(environ) else int(length or 0))


def _is_chunked(environ) -> bool:
    return bool(environ.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" in environ)


def _read(environ, length: int | None) -> Refusal | None:
    """Put the whole body, of an unknown length if None, and its length into the environment, or return why not."""
    if length == 0:
        return None
    if length is not None and length > MOST_BYTES:
        return TOO_LARGE
    found: list[bytes] = []

    def read(stream=environ["wsgi.input"]) -> None:
        found.append(stream.read(MOST_BYTES + 1 if length is None else length))

    # A thread of its own, since nothing else can be left waiting; it ends when the server closes the connection.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(settings.PLANWATCH_BODY_SECONDS)
    if reader.is_alive():
        return TOO_SLOW
    body = found[0] if found else b""
    if len(body) > MOST_BYTES:
        return TOO_LARGE
    if length is not None and len(body) < length:
        return CUT_OFF
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    return None
