"""Link states, the values of a probe, and when two readings of a document have the same text."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from commitments.choices import LinkState

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
    # For a snapshot.
    body: bytes = b""
    media_type: str = ""


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
