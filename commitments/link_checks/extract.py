"""Text extraction, run by planwatch/net/isolated.py: the document may be hostile.

`extract.py KIND [CHARSET]` takes the document on standard input and prints JSON: title, text, refresh; of a page also
what it says of itself, and of a feed its entries.
"""

import codecs
import contextlib
import email.utils
import html
import io
import json
import re
import sys

MOST_CHARACTERS, MOST_PAGES, MOST_ENTRIES = 2_000_000, 100, 200
# What a reader does not see as text, and what stands around the text and differs at every visit.
UNSEEN = ("script", "style", "template", "textarea", "svg")
AROUND = ("title", "nav", "header", "footer", "aside", "noscript")
CHARSET = re.compile(rb"<meta[^<>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
REFRESH = re.compile(
    r"<meta\s[^<>]{0,200}refresh[^<>]{0,40}content=[\"']?\s*\d\s*;\s*url=['\"]?([^\"'<>]{1,2000})",
    re.IGNORECASE,
)
# Where a page says what it is called, who publishes it and since when; the first that says anything counts.
FACTS = {
    "headline": ["//meta[@property='og:title']/@content", "//h1", "//title"],
    "publisher": ["//meta[@property='og:site_name']/@content", "//meta[@name='author']/@content"],
    "published": [
        "//meta[@property='article:published_time' or @itemprop='datePublished']/@content",
        "//meta[@name='date' or @name='dcterms.date' or @name='DC.date']/@content",
        "//script[@type='application/ld+json' and contains(., 'datePublished')]",
        "//time/@datetime",
    ],
}
DAY = re.compile(r"\b(19|20)\d\d-[01]\d-[0-3]\d")
# Encodings that pages are written in; others, such as utf-7 or unicode_escape, are no text of a page.
_ENCODINGS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|latin-?1|iso8859-\d+|cp(125\d|874|932|949)|koi8-[ru]|shift_jis|euc_(jp|kr)"
    r"|iso2022_jp|gbk|gb2312|gb18030|big5|tis-620|mac-roman"
)


def main(kind: str, charset: str = "") -> None:
    body = sys.stdin.buffer.read()
    found = {"title": "", "text": "", "refresh": ""}
    if kind == "pdf":
        found["title"], found["text"] = _pdf(body)
    elif kind == "feed":
        found["entries"] = _entries(body)
    else:
        text = decoded(body, charset)
        found["text"] = text
        if kind == "page":
            found["title"], found["text"], found["facts"] = _title_and_text(text)
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


def _title_and_text(page: str) -> tuple[str, str, dict[str, str]]:
    """Return what title and first heading say, the text of the main part if one is marked, else of all, and its FACTS."""
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    root = etree.fromstring(page.encode(errors="replace"), parser)
    if root is None:
        return "", "", {}
    facts = {name: _first_of(root, places) for name, places in FACTS.items()}
    published = facts["published"].partition("datePublished")
    day = DAY.search(published[2] or published[0])
    facts["published"] = day[0] if day else ""
    etree.strip_elements(root, *UNSEEN, with_tail=False)
    title = " – ".join(filter(None, (_text(root.iter(name)) for name in ("title", "h1"))))
    etree.strip_elements(root, *AROUND, with_tail=False)
    main = root.xpath("//*[self::main or self::article][not(ancestor::main or ancestor::article)]")
    return title[:500], _text(main) or _text([root]), facts


def _first_of(root, places) -> str:
    """Return the words of the first of these places in a page that has any."""
    for place in places:
        for part in root.xpath(place):
            if words := " ".join((part if isinstance(part, str) else _text([part])).split()):
                return words
    return ""


def _entries(body: bytes) -> list[dict[str, str]]:
    """Return title, url and day of each entry of an Atom or RSS feed, "" for what it does not say."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(body, parser)
    rows = [] if root is None else [row for row in root.iter("{*}item", "{*}entry")]
    return [_entry(row) for row in rows[:MOST_ENTRIES]]


def _entry(row) -> dict[str, str]:
    links = [*row.iterchildren("{*}link")]
    own = [each for each in links if each.get("rel", "alternate") == "alternate"]
    url = next((each.get("href") or each.text or "" for each in own), "")
    dates = [*row.iterchildren("{*}published", "{*}pubDate", "{*}date", "{*}updated")]
    day = ""
    for text in (each.text or "" for each in dates[:1]):
        with contextlib.suppress(ValueError, TypeError):
            iso = DAY.search(text)
            day = iso[0] if iso else email.utils.parsedate_to_datetime(text).date().isoformat()
    title = _text([*row.iterchildren("{*}title")][:1])
    return {"title": title[:300], "url": url.strip(), "day": day}


def _text(parts) -> str:
    return " ".join(" ".join(text for part in parts for text in part.itertext()).split())


if __name__ == "__main__":
    main(*sys.argv[1:])
