"""Rate limits, counted across all processes, with one message for pages and API."""

import hashlib
import logging
import time
from math import ceil
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from knox.crypto import hash_token

from planwatch.api import renderers
from planwatch.middleware.client_ip import address_of, network_of
from planwatch.models import ApiToken
from planwatch.web.api_errors import json_error
from planwatch.web.languages import split
from planwatch.web.public import is_public_path
from planwatch.web.query_params import ParameterProblem

logger = logging.getLogger(__name__)

MOST_PARAMETERS, LONGEST_QUERY = 200, 8000
# They cost nothing, and monitors request them all the time.
UNCOUNTED = ("/healthz/", settings.STATIC_URL)
SIGN_IN = (
    "/accounts/login/",
    "/accounts/second-factor/sign-in/",
    "/accounts/confirm/",
    "/accounts/password/",
    "/editor/tokens/",
    "/rounds/",
)
# These forms make the site write to an address, to the editors, or to its database, what a stranger typed.
TYPED_BY_STRANGERS = ("/follow/", "/report/", "/data/q/")
# A request costs one unit, and one more for each begun time of so many seconds that it takes the processor beyond the first.
UNIT_SECONDS = 0.01
# Where a request's environment holds why it was not admitted.
REFUSAL = "planwatch.refusal"
# Where it holds which limit its cost counts against, and the seconds that PostgreSQL worked for it.
CLIENT, DATABASE_SECONDS = "planwatch.client", "planwatch.database_seconds"
# Where it holds what is left of its limit.
QUOTA = "planwatch.quota"
MOST_FLOODING = 10_000


class Quota(NamedTuple):
    """A limit of so many units in so many seconds, and what a client has used of it until it begins anew."""

    kind: str
    most: int
    seconds: int
    used: int
    begins_anew: int

    @property
    def wait(self) -> int:
        """Seconds for which the client is to wait, or 0."""
        return self.begins_anew if self.used > self.most else 0

    @property
    def headers(self) -> dict[str, str]:
        """What draft-ietf-httpapi-ratelimit-headers-10 says of it."""
        left = max(0, self.most - self.used)
        return {
            "RateLimit-Policy": f'"{self.kind}";q={self.most};w={self.seconds}',
            "RateLimit": f'"{self.kind}";r={left};t={self.begins_anew}',
        }


def hit(kind: str, client: str, units: int = 1) -> int:
    """Count so many units of `client` against the limit of `kind`; return for how many seconds it is to wait, or 0."""
    quota = count(kind, client, units)
    return quota.wait if quota else 0


def count(kind: str, client: str, units: int = 1) -> Quota | None:
    """Count so many units of `client` against the limit of `kind`; return what is left, None where nothing is counted.

    Units are counted in windows of fixed length, by one atomic addition each, so that processes never lose or
    invent one: a client that keeps to the limit in every span of that length is never refused. Where nothing can be
    counted, nobody is refused.
    """
    limit = settings.PLANWATCH_LIMITS.get(kind)
    if limit is None:
        return None
    now = time.time()
    window, since = divmod(now, limit.seconds)
    try:
        # A digest: no address, token or name lies in the counts.
        key = hashlib.sha256(f"{kind} {client} {int(window)}".encode()).hexdigest()
        used = _add(key, units, 2 * limit.seconds)
    except Exception:
        logger.warning("Requests cannot be counted; nobody is refused meanwhile.", exc_info=True)
        return None
    if kind == "anonymous" and used > 2 * limit.most:
        if len(_flooding) >= MOST_FLOODING:
            _flooding.clear()
        _flooding[client] = now + limit.seconds - since
    return Quota(kind, limit.most, limit.seconds, used, ceil(limit.seconds - since))


# Clients that went on asking when they had been refused as often as they may ask, and until when.
_flooding: dict[str, float] = {}


def is_flooding(environ) -> int:
    """Return for how many seconds a request by anybody is to be refused without any work, or 0."""
    if "HTTP_AUTHORIZATION" in environ or "HTTP_COOKIE" in environ:
        return 0
    until = _flooding.get(network_of(address_of(environ)), 0)
    return max(0, ceil(until - time.time()))


def refuse_in_short(environ, start_response, wait: int) -> list[bytes]:
    """Answer 429 before Django, so that a flood of requests costs next to nothing."""
    words = f"Too many requests. Ask again in {wait} seconds."
    if environ["PATH_INFO"].startswith("/api/"):
        answer = json_error(429, "throttled", words)
    else:
        answer = HttpResponse(f"{words}\n", content_type="text/plain; charset=utf-8")
    answer["Content-Length"], answer["Retry-After"] = len(answer.content), wait
    answer["Cache-Control"], answer["X-Content-Type-Options"] = "no-store", "nosniff"
    start_response("429 Too Many Requests", list(answer.items()))
    return [answer.content]


def charge(environ, seconds: float) -> None:
    """Charge the client of a request for the seconds of processor time that it took beyond the first unit of them."""
    units = ceil((seconds + environ.get(DATABASE_SECONDS, 0)) / UNIT_SECONDS) - 1
    if units > 0 and CLIENT in environ:
        hit(*environ[CLIENT], units)


def at_no_charge(request) -> None:
    """Let a request count as one, however long it takes: what it leads to is not refused for that."""
    request.META.pop(CLIENT, None)


def _add(key: str, units: int, seconds: int) -> int:
    cache = caches["default"]
    try:
        return cache.incr(key, units)
    except ValueError:
        cache.add(key, 0, seconds)
        return cache.incr(key, units)


def rate_limit(get_response):
    """Answer what `admission` did not admit, and 429 to a client that asks more than it may, before anything is done."""

    def middleware(request):
        if refused := request.META.get(REFUSAL):
            return answer_refusal(request, *refused)
        is_counted = not split(request.path_info)[1].startswith(UNCOUNTED)
        wait = is_counted and hit_for_request(request)
        return tell_quota(request, refusal(request, wait) if wait else get_response(request))

    return middleware


def refuse_endless_queries(get_response):
    """Answer 400 to a query string longer than any reader or script has a use for: pages repeat it in many links."""

    def middleware(request):
        if not _is_endless(request) or not is_public_path(request.path_info):
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


def _is_endless(request) -> bool:
    query = request.META.get("QUERY_STRING", "")
    return len(query) > LONGEST_QUERY or query.count("&") >= MOST_PARAMETERS


def hit_for_request(request) -> int:
    """Count a request against the limit that holds for it; return for how many seconds it is to wait, or 0."""
    _, plain = split(request.path_info)
    kind, client = request.META[CLIENT] = _asked_by(request)
    by_form = request.method == "POST" and plain.startswith(SIGN_IN)
    if by_form or request.headers.get("Authorization", "")[:6].lower() == "basic ":
        # By address alone: a stolen session or token must not buy guesses.
        kind, client = "sign_in", network_of(request.META.get("REMOTE_ADDR", ""))
    elif request.method == "POST" and plain in TYPED_BY_STRANGERS:
        kind, client = "follow", network_of(request.META.get("REMOTE_ADDR", ""))
    elif takes_a_file(request):
        kind, client = "export", f"{kind} {client}"
    quota = request.META[QUOTA] = count(kind, client)
    return quota.wait if quota else 0


def tell_quota(request, response):
    """Return the response, by the API with what is left of the client's limit as it was when the request came."""
    if (quota := request.META.get(QUOTA)) and request.path_info.startswith("/api/"):
        for name, value in quota.headers.items():
            response[name] = value
    return response


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


def takes_a_file(request) -> bool:
    """Return whether a request asks for a download, which counts against a limit of its own."""
    _, plain = split(request.path_info)
    if plain.startswith("/data/planwatch-"):
        return True
    if not plain.startswith("/api/") or _is_endless(request):
        # Not read here, where Django would refuse it in other words than `refuse_endless_queries`.
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
