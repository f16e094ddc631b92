"""Extraction of a document's title, words and bytes, for comparison of two readings."""

import hashlib
import json
import logging
import zlib
from dataclasses import dataclass, field
from email.message import Message

from commitments.link_checks import extract
from commitments.link_checks.http_client import Page
from commitments.link_checks.states import fingerprint_of
from planwatch.net.isolated import ParserStopped, output_of
from planwatch.web.text import one_line

logger = logging.getLogger(__name__)

KINDS = {
    "": "page",
    "text/html": "page",
    "application/xhtml+xml": "page",
    "text/plain": "text",
    "application/pdf": "pdf",
}
# Of a document that is sent compressed, no more is unpacked.
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Reading:
    """`title` is what title and first heading say; `digest` and `fingerprint` are "" where there is nothing to compare.

    `refresh` is where the page sends its reader on, "" if nowhere. `facts` are headline, publisher and day of publication as
    a page itself says them.
    """

    title: str = ""
    text: str = ""
    refresh: str = ""
    digest: str = ""
    fingerprint: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def read(page: Page) -> Reading:
    """Return what stands in an answer: the words of a page, text or PDF, the bytes of anything else."""
    body = unpacked(page)
    if not body:
        return Reading()
    kind = KINDS.get(page.headers.get("Content-Type", "").partition(";")[0].strip().lower())
    found = _extracted(kind, page, body) if kind else None
    if found is None:
        return Reading(digest=hashlib.sha256(body).hexdigest())
    words = found["text"].split()
    digest = hashlib.sha256(" ".join(words).encode(errors="replace")).hexdigest() if words else ""
    title = one_line(found["title"])
    facts = {name: one_line(words) for name, words in found.get("facts", {}).items()}
    return Reading(title, " ".join(words), found["refresh"], digest, fingerprint_of(words), facts)


def read_feed(page: Page) -> list[dict[str, str]]:
    """Return title, url and day (ISO, "" for none) of each entry of an Atom or RSS feed; nothing of what is no feed."""
    found = _extracted("feed", page, unpacked(page)) or {}
    return [
        {name: one_line(text) for name, text in entry.items()} for entry in found.get("entries", ())
    ]


def _extracted(kind: str, page: Page, body: bytes) -> dict[str, str] | None:
    """Return title, text and refresh as a process of its own reads them; None where it cannot, or not in time."""
    header = Message()
    header["Content-Type"] = (
        page.headers.get("Content-Type", "").encode("ascii", "replace").decode()
    )
    charset = header.get_content_charset()
    arguments = [kind, charset[:40]] if charset else [kind]
    data = body if kind == "pdf" else body[: extract.MOST_CHARACTERS]
    try:
        return json.loads(output_of(extract, *arguments, data=data))
    except (ParserStopped, ValueError) as error:
        logger.info("A document of kind %s could not be read: %s", kind, error)
        return None


def unpacked(page: Page) -> bytes:
    """Return the body as its sender made it; nothing where it is packed in a way that was not asked for."""
    packed = page.headers.get("Content-Encoding", "identity").strip().lower()
    if not page.body or packed == "identity":
        return page.body or b""
    if packed not in ("gzip", "x-gzip", "deflate"):
        return b""
    try:
        return zlib.decompressobj(wbits=47).decompress(page.body, MOST_BYTES)
    except zlib.error:
        return b""
