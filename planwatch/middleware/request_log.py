"""Request log: one line for each request."""

import logging
import re
import time
import uuid
from contextlib import ExitStack

from django.conf import settings
from django.db import connections
from django.utils.functional import LazyObject

from planwatch.logging import current_request

logger = logging.getLogger("planwatch.requests")
# Asked all the time by what keeps the service running; said only when something is wrong.
QUIET = ("/healthz/", "/metrics", settings.STATIC_URL)
_OF_A_PROXY = re.compile(r"[0-9A-Za-z-]{8,64}")


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


def request_log(get_response):
    """Log every request with what it cost, and tell signed-in users in `Server-Timing`.

    The id of a request is the proxy's, if it sent one, or a new one; an answer that failed carries it.
    """

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if _OF_A_PROXY.fullmatch(given) else uuid.uuid4().hex
        token, counter, began = current_request.set(request), Counter(), time.perf_counter()
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
            current_request.reset(token)
        return response

    return middleware


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
        logger.log(
            logging.ERROR if response.status_code >= 500 else logging.INFO,
            "%s %s %s",
            request.method,
            request.path_info,
            response.status_code,
            extra={
                "request_id": request.id,
                "method": request.method,
                "path": request.path_info,
                "status": response.status_code,
                "milliseconds": round(1000 * taken, 1),
                "queries": counter.queries,
                "database_milliseconds": round(1000 * counter.seconds, 1),
                "who": who,
            },
        )


def _who(request) -> str | None:
    """Return the public handle of the signed-in user, if the request read it; None for a visitor."""
    # Logging is set up before there are any models.
    from planwatch.accounts.permissions import handle_of

    user = getattr(request, "_cached_user", None) or request.__dict__.get("user")
    if user is None or isinstance(user, LazyObject) or not user.is_authenticated:
        return None
    return handle_of(user)
