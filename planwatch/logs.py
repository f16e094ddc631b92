"""What the site says of itself: one line a request and one a failure, as JSON, and never a secret."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import time
import uuid
from contextlib import ExitStack
from contextvars import ContextVar

from django.conf import settings
from django.db import connections
from django.utils.functional import LazyObject
from django.utils.html import escape
from django.views.debug import ExceptionReporter

logger = logging.getLogger("planwatch.requests")

# Asked all the time by what keeps the service running; said only when something is wrong.
QUIET = ("/healthz/", "/metrics", settings.STATIC_URL)
# What a request says beyond its message, and an event of an account.
TOLD = ("method", "path", "status", "milliseconds", "queries", "database_milliseconds", "who")
TOLD += ("security",)
# What holds words of whoever asked, or of a library.
WRITTEN_BY_OTHERS = ("message", "path", "traceback")
HIDDEN = "[hidden]"
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_AUTHORIZATION = re.compile(r"\b(Token|Basic|Bearer)\s+[\w+/=.~-]{8,}", re.IGNORECASE)
_NAMED = re.compile(
    r"((?:password|sessionid|csrf\w*|secret|api_?key)['\"]?\s*[=:]\s*)[^\s,;&)}]+", re.I
)
# Without one of these nothing of the three is there, and most lines are looked at once.
_SUSPECT = re.compile(r"[@=:]|\b(?:token|basic|bearer)\s", re.IGNORECASE)
_OF_A_PROXY = re.compile(r"[0-9A-Za-z-]{8,64}")
_SECRET_FIELD = re.compile("password|token|secret|code|otp", re.IGNORECASE)

# Once: a line is written for every request.
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_current: ContextVar = ContextVar("request", default=None)


class Counter:
    """Counts the queries of a request and the seconds that they took."""

    def __init__(self):
        self.queries, self.seconds = 0, 0.0

    def __call__(self, execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += 1
            self.seconds += time.perf_counter() - began


def log_requests(get_response):
    """Log every request with what it cost, and tell signed-in users in `Server-Timing`.

    The id of a request is the proxy's, if it sent one, or a new one; an answer that failed carries it.
    """

    def middleware(request):
        request.id = id_of(request.META)
        token, counter, began = _current.set(request), Counter(), time.perf_counter()
        try:
            with ExitStack() as counting:
                for connection in connections.all():
                    counting.enter_context(connection.execute_wrapper(counter))
                response = get_response(request)
            if request.method in ("GET", "HEAD") and connections["default"].vendor != "sqlite":
                # What a writer waits for is not its cost; SQLite works on the time of this process.
                request.META["planwatch.database_seconds"] = counter.seconds
            _tell(request, response, counter, time.perf_counter() - began)
        finally:
            _current.reset(token)
        return response

    return middleware


def id_of(meta) -> str:
    given = meta.get("HTTP_X_REQUEST_ID", "")
    return given if _OF_A_PROXY.fullmatch(given) else uuid.uuid4().hex


def _tell(request, response, counter: Counter, taken: float) -> None:
    who = _who(request)
    if who:
        response["Server-Timing"] = (
            f"total;dur={1000 * taken:.1f}, "
            f'db;dur={1000 * counter.seconds:.1f};desc="{counter.queries} queries"'
        )
    if response.status_code >= 500:
        response["X-Request-ID"] = request.id
    if response.status_code >= 500 or not request.path_info.startswith(QUIET):
        tell(
            request.id,
            request.method,
            request.path_info,
            response.status_code,
            taken,
            counter.queries,
            counter.seconds,
            who,
        )


def tell(
    request_id: str,
    method: str,
    path: str,
    status: int,
    taken: float,
    queries: int = 1,
    in_database: float = 0,
    who: str | None = None,
) -> None:
    """Log an answer: what was asked, the seconds that it took, and those of them in the database."""
    logger.log(
        logging.ERROR if status >= 500 else logging.INFO,
        "%s %s %s",
        method,
        path,
        status,
        extra={
            "request_id": request_id,
            "method": method,
            "path": path,
            "status": status,
            "milliseconds": round(1000 * taken, 1),
            "queries": queries,
            "database_milliseconds": round(1000 * in_database, 1),
            "who": who,
        },
    )


def _who(request) -> str | None:
    """Return the public handle of whoever asked, if the request came to ask; None for a visitor."""
    # Logging is set up before there are any models.
    from planwatch.roles import handle_of

    user = getattr(request, "_cached_user", None) or request.__dict__.get("user")
    if user is None or isinstance(user, LazyObject) or not user.is_authenticated:
        return None
    return handle_of(user)


def _secrets_of(request) -> list[str]:
    """Return what no log may hold: the secrets of the site, and what a request carries."""
    found = [*settings.PLANWATCH_SECRETS]
    if request is not None:
        found += [
            value
            for name, value in request.COOKIES.items()
            if name != settings.LANGUAGE_COOKIE_NAME
        ]
        found += request.META.get("HTTP_AUTHORIZATION", "").split()[1:]
        # Only what was read already: a log must not read a body.
        for name, values in getattr(request, "_post", None) and request._post.lists() or ():
            if _SECRET_FIELD.search(name):
                found += values
    return sorted((value for value in found if len(value) > 3), key=len, reverse=True)


def without_secrets(text: str, request=None) -> str:
    """Return a text without addresses of people, credentials, and whatever secret the request carries."""
    return _without(text, _secrets_of(request))


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    if not _SUSPECT.search(text):
        return text
    text = _ADDRESS.sub(HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\1 {HIDDEN}", text)
    return _NAMED.sub(rf"\1{HIDDEN}", text)


class ReporterWithoutSecrets(ExceptionReporter):
    """Django's page and text about an error, which show variables and the environment, without secrets of the site."""

    def get_traceback_html(self):
        return self._without_secrets(super().get_traceback_html())

    def get_traceback_text(self):
        return self._without_secrets(super().get_traceback_text())

    def _without_secrets(self, text):
        for secret in sorted(settings.PLANWATCH_SECRETS, key=len, reverse=True):
            text = text.replace(escape(secret), HIDDEN).replace(secret, HIDDEN)
        return text


class TextFormatter(logging.Formatter):
    """Lines for a person, without secrets."""

    def format(self, record):
        return without_secrets(super().format(record), _current.get())


class JsonFormatter(logging.Formatter):
    """One JSON object a line, without secrets."""

    def format(self, record):
        request = _current.get()
        said = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", getattr(request, "id", None)),
        }
        said |= {name: getattr(record, name) for name in TOLD if hasattr(record, name)}
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        secrets = _secrets_of(request)
        for name in WRITTEN_BY_OTHERS:
            if said.get(name):
                said[name] = _without(said[name], secrets)
        return _ENCODER.encode(said)
