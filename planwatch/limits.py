"""How much one client may ask in a while: counted by all processes together, and said once for pages and API."""

from __future__ import annotations

import hashlib
import logging
import time
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil

from django.conf import settings
from django.core.cache import caches
from django.shortcuts import render
from django.utils.translation import ngettext
from knox.crypto import hash_token

from planwatch.errors import as_data
from planwatch.languages import split
from planwatch.models import ApiToken
from planwatch.rendering import FILES

logger = logging.getLogger(__name__)

# They cost nothing, and whoever keeps the service running asks them all the time.
UNCOUNTED = ("/healthz/", settings.STATIC_URL)
SIGN_IN = ("/accounts/login/", "/accounts/second-factor/sign-in/", "/accounts/confirm/")
# Every such form makes the site write to an address that a stranger typed.
FOLLOW = "/follow/"
# A network gives a home or an office a /64 of IPv6: its addresses are one client.
NETWORK = 64


def counted(kind: str, client: str) -> int:
    """Count a request of `client` against the limit of `kind`; return for how many seconds it is to wait, or 0.

    Requests are counted in windows of fixed length, by one atomic addition each, so that processes never lose or
    invent one: whoever keeps to the limit in every span of that length is never refused. Where nothing can be
    counted, nobody is refused.
    """
    limit = settings.PLANWATCH_LIMITS.get(kind)
    if limit is None:
        return 0
    now = time.time()
    window, since = divmod(now, limit.seconds)
    try:
        count = caches["counts"].count(_key(kind, client, int(window)), 2 * limit.seconds)
    except Exception:
        logger.warning("Requests cannot be counted; nobody is refused meanwhile.", exc_info=True)
        return 0
    return ceil(limit.seconds - since) if count > limit.most else 0


def _key(kind: str, client: str, window: int) -> str:
    # A digest: no address, token or name lies in the counts.
    return hashlib.sha256(f"{kind} {client} {window}".encode()).hexdigest()


def keep_within_limits(get_response):
    """Answer 429 to a client that asks more than it may, before anything is done for it."""

    def middleware(request):
        _, plain = split(request.path_info)
        if plain.startswith(UNCOUNTED):
            return get_response(request)
        if wait := counted_by(request):
            return refusal(request, wait)
        return get_response(request)

    return middleware


def counted_by(request) -> int:
    """Count a request against the limit that holds for it; return for how many seconds it is to wait, or 0."""
    _, plain = split(request.path_info)
    kind, client = _asked_by(request)
    if _signs_in(request, plain):
        # By address alone: a stolen session or token must not buy guesses.
        kind, client = "sign_in", network_of(request.META.get("REMOTE_ADDR", ""))
    elif request.method == "POST" and plain == FOLLOW:
        kind, client = "follow", network_of(request.META.get("REMOTE_ADDR", ""))
    elif _takes_a_file(request, plain):
        kind, client = "export", f"{kind} {client}"
    return counted(kind, client)


def kind_for_anybody(request) -> str:
    """Return which limit holds for a request that anybody may make."""
    _, plain = split(request.path_info)
    return "export" if _takes_a_file(request, plain) else "anonymous"


def counted_anybody(kind: str, address: str) -> int:
    """Count a request from an address against a limit of `kind_for_anybody`, as counted_by does."""
    client = network_of(address)
    return counted(kind, f"anonymous {client}" if kind == "export" else client)


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


def _takes_a_file(request, plain: str) -> bool:
    if plain.startswith("/data/planwatch-"):
        return True
    if not plain.startswith("/api/"):
        return False
    wanted = request.GET.get("format", "")
    accepted = request.headers.get("Accept", "")
    return any(
        wanted == renderer.format or (not wanted and renderer.media_type in accepted)
        for renderer in FILES
    )


def refusal(request, wait: int):
    """Return the 429 that asks a client to wait so many seconds, as data or as a page."""
    words = ngettext(
        "Too many requests. Ask again in {seconds} second.",
        "Too many requests. Ask again in {seconds} seconds.",
        wait,
    ).format(seconds=wait)
    if request.path_info.startswith("/api/"):
        response = as_data(429, "throttled", words)
    else:
        response = render(request, "429.html", {"words": words}, status=429)
    response["Retry-After"] = wait
    response["Cache-Control"] = "no-store"
    return response
