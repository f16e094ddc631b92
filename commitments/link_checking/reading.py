"""What a document says, as far as two readings of it must be compared: its title, its words, its bytes."""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

import httpx

from commitments.link_checking.visiting import Page
from commitments.links import fingerprint_of

MOST_OF_A_PAGE = 2_000_000
PAGES = ("text/html", "application/xhtml+xml", "")
# What a reader does not see as text, and what stands around the text and differs at every visit.
UNSEEN = {"script", "style", "template", "textarea", "svg"}
PARTS = dict.fromkeys(("nav", "header", "footer", "aside", "noscript"), "around")
PARTS |= {"main": "main", "article": "main", "title": "title", "h1": "heading"}
TAG = re.compile(r"<!--|<[!?/]?([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
CHARSET = re.compile(rb"<meta[^<>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """`title` is what title and first heading say; `digest` and `fingerprint` are "" where there is nothing to compare."""

    title: str = ""
    digest: str = ""
    fingerprint: str = ""


def read(page: Page) -> Reading:
    """Return what stands in an answer: the words of a page or a text, the bytes of anything else."""
    kind = page.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    is_encoded = page.headers.get("Content-Encoding", "identity").strip().lower() != "identity"
    if not page.body:
        return Reading()
    if is_encoded or kind not in (*PAGES, "text/plain"):
        return Reading(digest=hashlib.sha256(page.body).hexdigest())
    title, text = "", _decoded(page)
    if kind in PAGES:
        title, text = _title_and_text(text)
    words = text.split()
    digest = hashlib.sha256(" ".join(words).encode(errors="replace")).hexdigest() if words else ""
    return Reading(title, digest, fingerprint_of(words))


def _decoded(page: Page) -> str:
    body = page.body[:MOST_OF_A_PAGE]
    header = httpx.Response(200, headers={"Content-Type": page.headers.get("Content-Type", "")})
    declared = CHARSET.search(body[:2048])
    for name in filter(None, (header.charset_encoding, declared and declared[1].decode())):
        try:
            return body.decode(name, errors="replace")
        except (LookupError, ValueError):
            continue
    return body.decode(errors="replace")


def _title_and_text(page: str) -> tuple[str, str]:
    """Return what title and first heading say, and the text of the main part if one is marked, else of all.

    One pass that never turns back, whatever it is given: parsers that build a tree take minutes for hostile nesting.
    """
    depth, said, open_parts = Counter(), defaultdict(list), {"page"}
    place = 0
    while place < len(page):
        tag = TAG.search(page, place)
        for part in open_parts:
            said[part].append(page[place : tag.start() if tag else len(page)])
        if tag is None:
            break
        place = tag.end()
        name = (tag[1] or "").lower()
        is_end = tag[0].startswith("</")
        if tag[0] == "<!--":
            place = _after("-->", page, place)
        elif name in UNSEEN and not is_end:
            place = _after(f"</{name}", page, place)
        elif part := PARTS.get(name):
            depth[part] = max(0, depth[part] + (-1 if is_end else 1))
            open_parts = _open(depth)
    title = " – ".join(filter(None, (_text(said[part]) for part in ("title", "heading"))))
    return title[:500], _text(said["main"]) or _text(said["page"])


def _open(depth: Counter) -> set[str]:
    found = {part for part in ("title", "heading") if depth[part]}
    if not depth["around"] and not depth["title"]:
        found |= {"page", "main"} if depth["main"] else {"page"}
    return found


def _after(end: str, text: str, place: int) -> int:
    found = re.compile(end, re.IGNORECASE).search(text, place)
    return found.end() if found else len(text)


def _text(parts: list[str]) -> str:
    return " ".join(html.unescape(" ".join(parts)).split())
