"""Text extraction in a process of its own, with limits: the document may be hostile.

`python -I extract.py KIND [CHARSET]` takes the document on standard input and prints JSON: title, text, refresh. It
imports nothing of the project, so that it starts at once, and may be killed at any moment.
"""

from __future__ import annotations

import codecs
import contextlib
import html
import io
import json
import re
import resource
import sys
from collections import Counter, defaultdict

SECONDS, MEMORY = 10, 700_000_000
MOST_CHARACTERS, MOST_PAGES = 2_000_000, 100
# What a reader does not see as text, and what stands around the text and differs at every visit.
UNSEEN = {"script", "style", "template", "textarea", "svg"}
PARTS = dict.fromkeys(("nav", "header", "footer", "aside", "noscript"), "around")
PARTS |= {"main": "main", "article": "main", "title": "title", "h1": "heading"}
# The quantifiers give nothing back: a tag without an end would otherwise take the square of its length.
TAG = re.compile(r"<!--|<[!?/]?([a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>")
CHARSET = re.compile(rb"<meta[^<>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
REFRESH = re.compile(
    r"<meta\s[^<>]{0,200}refresh[^<>]{0,40}content=[\"']?\s*\d\s*;\s*url=['\"]?([^\"'<>]{1,2000})",
    re.IGNORECASE,
)
# Encodings that pages are written in; others, such as utf-7 or unicode_escape, are no text of a page.
_ENCODINGS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|latin-?1|iso8859-\d+|cp(125\d|874|932|949)|koi8-[ru]|shift_jis|euc_(jp|kr)"
    r"|iso2022_jp|gbk|gb2312|gb18030|big5|tis-620|mac-roman"
)


def main(kind: str, charset: str = "") -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    body = sys.stdin.buffer.read()
    found = {"title": "", "text": "", "refresh": ""}
    if kind == "pdf":
        found["title"], found["text"] = _pdf(body)
    else:
        text = decoded(body, charset)
        found["text"] = text
        if kind == "page":
            found["title"], found["text"] = _title_and_text(text)
            refresh = REFRESH.search(text)
            found["refresh"] = html.unescape(refresh[1]).strip() if refresh else ""
    json.dump(found, sys.stdout)


def decoded(body: bytes, charset: str) -> str:
    """Return the text of a page by the encoding that its header or itself names, if pages are written in it."""
    declared = CHARSET.search(body[:2048])
    for name in filter(None, (charset, declared and declared[1].decode("ascii", "replace"))):
        with contextlib.suppress(LookupError, ValueError):
            if _ENCODINGS.fullmatch(codecs.lookup(name).name):
                return body.decode(name, errors="replace")[:MOST_CHARACTERS]
    return body.decode(errors="replace")[:MOST_CHARACTERS]


def _pdf(body: bytes) -> tuple[str, str]:
    import pypdf

    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    texts = (page.extract_text() for _, page in zip(range(MOST_PAGES), pages, strict=False))
    return "", " ".join(texts)[:MOST_CHARACTERS]


def _title_and_text(page: str) -> tuple[str, str]:
    """Return what title and first heading say, and the text of the main part if one is marked, else of all."""
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


if __name__ == "__main__":
    main(*sys.argv[1:])
