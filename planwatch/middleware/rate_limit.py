"""Rate limits, counted across all processes, with one message for pages and API."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil

from django.conf import settings
from django.core.cache import caches
from django.http import QueryDict
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from knox.crypto import hash_token

from planwatch.api import renderers
from planwatch.middleware.client_ip import address_of
from planwatch.models import ApiToken
from planwatch.web.api_errors import json_error
from planwatch.web.languages import split
from planwatch.web.public import is_public_path
from planwatch.web.query_params import ParameterProblem

logger = logging.getLogger(__name__)

MOST_PARAMETERS, LONGEST_QUERY = 200, 8000
# They cost nothing, and whoever keeps the service running asks them all the time.
UNCOUNTED = ("/healthz/", settings.STATIC_URL)
SIGN_IN = ("/accounts/login/", "/accounts/second-factor/sign-in/", "/accounts/confirm/")
# Every such form makes the site write to an address that a stranger typed.
FOLLOW = "/follow/"
# A request costs one unit, and one more for each begun time of so many seconds that it takes the processor beyond the first.
UNIT_SECONDS = 0.01
# Where a request's environment holds why it was not admitted.
REFUSAL = "planwatch.refusal"
# Where it holds which limit its cost counts against, and the seconds that PostgreSQL worked for it.
CLIENT, DATABASE_SECONDS = "planwatch.client", "planwatch.database_seconds"
# A network gives a home or an office a /64 of IPv6: its addresses are one client.
NETWORK = 64


def hit(kind: str, client: str, units: int = 1) -> int:
    """Count so many units of `client` against the limit of `kind`; return for how many seconds it is to wait, or 0.

    Units are counted in windows of fixed length, by one atomic addition each, so that processes never lose or
    invent one: whoever keeps to the limit in every span of that length is never refused. Where nothing can be
    counted, nobody is refused.
    """
    limit = settings.PLANWATCH_LIMITS.get(kind)
    if limit is None:
        return 0
    now = time.time()
    window, since = divmod(now, limit.seconds)
    try:
        count = _add(_key(kind, client, int(window)), units, 2 * limit.seconds)
    except Exception:
        logger.warning("Requests cannot be counted; nobody is refused meanwhile.", exc_info=True)
        return 0
    if kind == "anonymous" and count > 2 * limit.most:
        _floods.note(client, now + limit.seconds - since)
    return ceil(limit.seconds - since) if count > limit.most else 0


class _Floods:
    """Clients that went on asking when they had been refused as often as they may ask, and until when."""

    MOST = 10_000

    def __init__(self):
        self._lock, self._until = threading.Lock(), {}

    def note(self, client: str, until: float) -> None:
        with self._lock:
            if len(self._until) >= self.MOST:
                self._until.clear()
            self._until[client] = until

    def seconds_left(self, client: str) -> int:
        return max(0, ceil(self._until.get(client, 0) - time.time()))


_floods = _Floods()


def is_flooding(environ) -> int:
    """Return for how many seconds a request by anybody is to be refused without any work, or 0."""
    if "HTTP_AUTHORIZATION" in environ or "HTTP_COOKIE" in environ:
        return 0
    return _floods.seconds_left(network_of(address_of(environ)))


def refuse_in_short(environ, start_response, wait: int) -> list[bytes]:
    """Answer 429 before Django, so that a flood of requests costs next to nothing."""
    words = f"Too many requests. Ask again in {wait} seconds."
    if environ["PATH_INFO"].startswith("/api/"):
        answer = json_error(429, "throttled", words)
        body, kind = answer.content, answer.headers["Content-Type"]
    else:
        body, kind = f"{words}\n".encode(), "text/plain; charset=utf-8"
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Retry-After": str(wait)}
    headers |= {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    start_response("429 Too Many Requests", list(headers.items()))
    return [body]


def charge(environ, seconds: float) -> None:
    """Charge the client of a request for the seconds of processor time that it took beyond the first unit of them."""
    units = ceil((seconds + environ.get(DATABASE_SECONDS, 0)) / UNIT_SECONDS) - 1
    if units > 0 and CLIENT in environ:
        hit(*environ[CLIENT], units)


def _add(key: str, units: int, seconds: int) -> int:
    cache = caches["default"]
    try:
        return cache.incr(key, units)
    except ValueError:
        cache.add(key, 0, seconds)
        return cache.incr(key, units)


def _key(kind: str, client: str, window: int) -> str:
    # A digest: no address, token or name lies in the counts.
    return hashlib.sha256(f"{kind} {client} {window}".encode()).hexdigest()


def answer_refusals(get_response):
    """Answer what was not admitted, as data or as a page: see planwatch/middleware/admission.py."""

    def middleware(request):
        refused = request.META.get(REFUSAL)
        return answer_refusal(request, *refused) if refused else get_response(request)

    return middleware


def rate_limit(get_response):
    """Answer 429 to a client that asks more than it may, before anything is done for it."""

    def middleware(request):
        _, plain = split(request.path_info)
        if plain.startswith(UNCOUNTED):
            return get_response(request)
        if wait := hit_for_request(request):
            return refusal(request, wait)
        return get_response(request)

    return middleware


def refuse_endless_queries(get_response):
    """Answer 400 to a query string longer than any reader or script has a use for: pages repeat it in many links."""

    def middleware(request):
        query = request.META.get("QUERY_STRING", "")
        if len(query) <= LONGEST_QUERY and query.count("&") < MOST_PARAMETERS:
            return get_response(request)
        if not is_public_path(request.path_info):
            return get_response(request)
        words = gettext(
            "An address takes at most {most} parameters, of {length} characters in all."
        )
        words = words.format(most=MOST_PARAMETERS, length=f"{LONGEST_QUERY:,}")
        if request.path_info.startswith("/api/"):
            return json_error(400, "too_many_parameters", words)
        request.GET, request.META["QUERY_STRING"] = QueryDict(), ""
        context = {"problems": [ParameterProblem("", words)], "corrected": request.path}
        return render(request, "400.html", context, status=400)

    return middleware


def hit_for_request(request) -> int:
    """Count a request against the limit that holds for it; return for how many seconds it is to wait, or 0."""
    _, plain = split(request.path_info)
    kind, client = request.META[CLIENT] = _asked_by(request)
    if _signs_in(request, plain):
        # By address alone: a stolen session or token must not buy guesses.
        kind, client = "sign_in", network_of(request.META.get("REMOTE_ADDR", ""))
    elif request.method == "POST" and plain == FOLLOW:
        kind, client = "follow", network_of(request.META.get("REMOTE_ADDR", ""))
    elif takes_a_file(request):
        kind, client = "export", f"{kind} {client}"
    return hit(kind, client)


def _asked_by(request) -> tuple[str, str]:
    """Return which limit holds for a client, and what tells it from others. An unknown token is nobody's."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "token" and token.isascii():
        digest = hash_token(token.strip())
        if ApiToken.objects.filter(digest=digest).exists():
            return "token", digest
    elif settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        return "signed_in", str(request.user.pk)
    return "anonymous", network_of(request.META.get("REMOTE_ADDR", ""))


@lru_cache(4096)
def network_of(address: str) -> str:
    """Return what stands for all addresses of one client."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> (128 - NETWORK))
    return str(parsed)


def _signs_in(request, plain: str) -> bool:
    by_form = request.method == "POST" and plain.startswith(SIGN_IN)
    return by_form or request.headers.get("Authorization", "")[:6].lower() == "basic "


def takes_a_file(request) -> bool:
    """Return whether a request asks for a download, which counts against a limit of its own."""
    _, plain = split(request.path_info)
    if plain.startswith("/data/planwatch-"):
        return True
    if not plain.startswith("/api/"):
        return False
    wanted = request.GET.get("format", "")
    if wanted:
        return any(wanted == renderer.format for renderer in renderers.FILES)
    return renderers.takes_a_file(request.headers.get("Accept", ""))


def refusal(request, wait: int):
    """Return the 429 that asks a client to wait so many seconds, as data or as a page."""
    words = ngettext(
        "Too many requests. Ask again in {seconds} second.",
        "Too many requests. Ask again in {seconds} seconds.",
        wait,
    ).format(seconds=wait)
    return answer_refusal(request, 429, "throttled", words, wait)


def answer_refusal(request, status: int, code: str, words: str, retry_after: int):
    """Return a refusal as data or as a page, with the seconds after which to try again; 0 says nothing of them."""
    if request.path_info.startswith("/api/"):
        response = json_error(status, code, str(words))
    else:
        context = {"words": words, "retry_after": retry_after}
        template = f"{status}.html" if status in (429, 503) else "refused.html"
        response = render(request, template, context, status=status)
    if retry_after:
        response["Retry-After"] = retry_after
    response["Cache-Control"] = "no-store"
    return response
