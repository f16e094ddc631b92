"""Web addresses: their hosts, and which of them are the same place."""

import re
from urllib.parse import urlsplit

from django.utils.translation import gettext

# Letters that nobody sees, or that turn the order of what follows.
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def address_problem(url: str) -> str:
    """Return why a text cannot stand as the address of a document; "" if it can, or is empty."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return gettext("This is no address of the web.")
    if url and parts.scheme not in ("http", "https"):
        return gettext("Give an address that begins with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        return gettext("This address holds a name or password. Give it without them.")
    if _UNSEEN.search(url):
        return gettext("This address holds a character that nobody sees. Type it anew.")
    return ""


def same_place(one: str, other: str) -> bool:
    """Tell whether two addresses differ only in scheme, `www.`, a closing slash or the part after `#`."""
    return _place(one) == _place(other)


def same_page(one: str, other: str) -> bool:
    """Tell whether two addresses differ at most in what stands after `?`, where sites put passing things."""
    return _place(one)[:-1] == _place(other)[:-1]


def _place(url: str) -> tuple[str, int | None, str, str]:
    parts = urlsplit(url)
    port = None if parts.port in (80, 443) else parts.port
    host = (parts.hostname or "").removeprefix("www.")
    return host, port, parts.path.rstrip("/"), parts.query


def host_of(url: str) -> str:
    """Return the name of the site that an address leads to; "" for one that cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def normalized(url: str) -> str:
    """Return the form of an address by which one document is known, "" for none.

    Scheme, host case, default port, fragment and a closing slash make no other document. An address that cannot be read
    stays as it is.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    port = "" if port in (None, 80, 443) else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"
