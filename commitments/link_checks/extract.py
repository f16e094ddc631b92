"""Text extraction, run by planwatch/net/isolated.py: the document may be hostile.

`extract.py KIND [CHARSET]` takes the document on standard input and prints JSON: title, text, refresh.
"""

import codecs
import contextlib
import html
import io
import json
import re
import sys

MOST_CHARACTERS, MOST_PAGES = 2_000_000, 100
# What a reader does not see as text, and what stands around the text and differs at every visit.
UNSEEN = ("script", "style", "template", "textarea", "svg")
AROUND = ("title", "nav", "header", "footer", "aside", "noscript")
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
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    root = etree.fromstring(page.encode(errors="replace"), parser)
    if root is None:
        return "", ""
    etree.strip_elements(root, *UNSEEN, with_tail=False)
    title = " – ".join(filter(None, (_text(root.iter(name)) for name in ("title", "h1"))))
    etree.strip_elements(root, *AROUND, with_tail=False)
    main = root.xpath("//*[self::main or self::article][not(ancestor::main or ancestor::article)]")
    return title[:500], _text(main) or _text([root])


def _text(parts) -> str:
    return " ".join(" ".join(text for part in parts for text in part.itertext()).split())


if __name__ == "__main__":
    main(*sys.argv[1:])
