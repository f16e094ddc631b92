"""Whether the address of a source still leads to its document: the states, what one check answers, and what counts as
the same place and the same text.

Pure data and pure functions; asking addresses is the work of link_checking, keeping the answers that of services.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext_lazy as _


class LinkState(models.TextChoices):
    UNCHECKED = "unchecked", _("Not checked yet")
    ANSWERED = "answered", _("Answered")
    MOVED = "moved", _("Moved")
    BLOCKED = "blocked", _("Blocks automatic checks")
    REFUSED = "refused", _("Refused the request")
    UNREACHABLE = "unreachable", _("Did not answer")
    GONE = "gone", _("Gone")


# Here a reader does not find the document. Blocked is not among them: many sites keep programs out and serve people.
DEAD = (LinkState.GONE, LinkState.UNREACHABLE)

# From so many percent of drift on a text counts as changed; less is what menus, dates and counters do.
DRIFTED = 20
BITS = 128
WORDS_READ = 20_000


@dataclass(frozen=True)
class Question:
    """An address to ask, and what the last check of it kept: an answer may then be “unchanged since”."""

    key: str
    url: str
    final_url: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Answer:
    """What one check found. `is_same` says that the site itself called the document unchanged since the last check."""

    state: LinkState
    final_url: str = ""
    redirects: tuple[str, ...] = ()
    http_status: int | None = None
    problem: str = ""
    is_soft_404: bool = False
    is_same: bool = False
    content_hash: str = ""
    fingerprint: str = ""
    etag: str = ""
    last_modified: str = ""


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


def fingerprint_of(words: Sequence[str]) -> str:
    """Return 128 bits that differ in few places where two texts share most of their runs of three words; "" for no words.

    Charikar's method (2002): each run's hash votes on every bit. Long texts are judged by their first 20,000 words.
    """
    words = words[:WORDS_READ]
    if not words:
        return ""
    runs = {" ".join(words[place : place + 3]) for place in range(max(1, len(words) - 2))}
    votes = [0] * BITS
    for run in runs:
        value = int.from_bytes(hashlib.blake2b(run.encode(), digest_size=BITS // 8).digest())
        for bit in range(BITS):
            votes[bit] += 1 if value >> bit & 1 else -1
    total = sum(1 << bit for bit in range(BITS) if votes[bit] > 0)
    return f"{total:0{BITS // 4}x}"


def drift(first: str, second: str) -> int:
    """Return about how many percent of their runs of three words two fingerprinted texts do not share, 0 to 100."""
    differing = (int(first, 16) ^ int(second, 16)).bit_count()
    return round(100 * (1 - max(0.0, math.cos(math.pi * differing / BITS))))


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
