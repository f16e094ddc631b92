"""Query strings on arrival: blank values, and tracking parameters that mail and social networks append."""

import re
import unicodedata
from urllib.parse import unquote_plus, urlencode

from django.conf import settings
from django.shortcuts import redirect
from django.utils.http import escape_leading_slashes

from planwatch.web.languages import split

# Appended by mail, social networks, search engines and advertisements to follow a reader.
TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|fb|gad|vero)_.*"
    r"|fbclid|gclid|gclsrc|gbraid|wbraid|dclid|_ga|_gl|srsltid|msclkid|yclid|ysclid|_openstat"
    r"|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|__hs(?:sc|tc|fp)|hsctatracking|_kx|__s|vgo_ee"
    r"|ck_subscriber_id|oly_(?:anon|enc)_id|igsh|igshid|twclid|ref|ref_src|ref_url|ttclid"
    r"|li_fat_id|trk|sccid|epik|rdt_cid|share_id|s_cid|cmpid|wickedid|dicbo",
    re.IGNORECASE,
)
# Letters and symbols that show nothing.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
# The `&amp;` of an address that was copied out of a page's source.
_ESCAPED_AMPERSAND = re.compile(r"^(?:amp(?:;|%3B))+", re.IGNORECASE)
_NOT_PAGES = ("/api/", "/embed/", settings.STATIC_URL)


def is_blank(value: str) -> bool:
    """Return whether a value shows nothing: empty, or only white space, control and zero-width characters."""
    return all(
        char.isspace() or char in _INVISIBLE or unicodedata.category(char) in ("Cc", "Cf")
        for char in value
    )


def without_tracking(query: str) -> str:
    """Return a raw query string with `&amp;` read as `&` and without the parameters that track readers.

    Everything else stays as it was written.
    """
    if not query:
        return query
    parts = [_ESCAPED_AMPERSAND.sub("", part) for part in query.split("&")]
    return "&".join(part for part in parts if not _is_tracking(part))


def _is_tracking(part: str) -> bool:
    return TRACKING.fullmatch(unquote_plus(part.partition("=")[0])) is not None


def is_page(path: str) -> bool:
    """Return whether people open an address in a browser: no data, feed, calendar, picture or embed."""
    plain = split(path)[1]
    return plain.endswith("/") and not plain.startswith(_NOT_PAGES)


def ignore_tracking(get_response):
    """Let everything but pages answer as if no tracking parameters had come, from the same cached response."""

    def middleware(request):
        if not _is_read_page(request):
            request.META["QUERY_STRING"] = without_tracking(request.META.get("QUERY_STRING", ""))
        return get_response(request)

    return middleware


def redirect_tracked_pages(get_response):
    """Redirect a page that was opened with tracking parameters to its clean address."""

    def middleware(request):
        query = request.META.get("QUERY_STRING", "")
        clean = without_tracking(query)
        if clean == query or not _is_read_page(request):
            return get_response(request)
        request.META["QUERY_STRING"] = clean
        return redirect(escape_leading_slashes(request.get_full_path()))

    return middleware


def _is_read_page(request) -> bool:
    return request.method in ("GET", "HEAD") and is_page(request.path_info)


def address_without_blanks(request) -> str:
    """Return the address of a page without its blank parameters; "" where it has none."""
    given = [(name, value) for name, values in request.GET.lists() for value in values]
    kept = [(name, value) for name, value in given if not is_blank(value)]
    if len(kept) == len(given):
        return ""
    return f"{request.path}?{urlencode(kept)}" if kept else request.path
