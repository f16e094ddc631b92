"""Public objects of commitments, read for an answer: what their documents leave out is put in here."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import orjson
from django.urls import reverse

from commitments.choices import Status
from commitments.querysets.sql import was_published
from commitments.services.documents import document_text, status_of

# Stands for the code in an address.
_CODE = "THE-CODE"
# What an address may hold unescaped, as Django's reverse() has it.
_PLAIN = "!$&'()*+,;=/~:@"


def read_object(row, as_of: dt.date | None) -> dict[str, Any]:
    """Return the object of a row on a day, without what is put beside it.

    The row has its stored document in `document_text`, or it is one of `for_documents`.
    """
    stored = getattr(row, "document_text", None)
    item = orjson.loads(document_text(row) if stored is None else stored)
    if as_of is not None:
        item |= status_of(row)
        item["sources"] = [
            each for each in item["sources"] if _was_published(each["published_on"], as_of)
        ]
    return item


def beside(request=None) -> Callable[[Any], dict[str, Any]]:
    """Return what gives, for a row, the values that no document holds; addresses are looked up once, not for each row."""
    labels = {status.value: str(status.label) for status in Status}
    url, html_url = (
        _address(request, route) for route in ("api:commitment-detail", "commitment_detail")
    )

    def values(row) -> dict[str, Any]:
        code = quote(row.code, safe=_PLAIN)
        return {
            "url": url.replace(_CODE, code),
            "html_url": html_url.replace(_CODE, code),
            "status_label": labels[row.effective_status],
            "is_overdue": row.is_overdue,
            "is_stale": row.is_stale,
            "is_aging": row.is_aging,
        }

    return values


def finished(request) -> Callable[[Any], orjson.Fragment]:
    """Return what gives the object of a row with its stored document as JSON: whole, and as it is now."""
    values = beside(request)

    def write(row) -> orjson.Fragment:
        text = row.document_text
        for name, value in values(row).items():
            # A quote within a text is escaped, so this is found as a key alone.
            text = text.replace(f'"{name}":null', f'"{name}":{orjson.dumps(value).decode()}', 1)
        return orjson.Fragment(text)

    return write


def _address(request, route: str) -> str:
    path = reverse(route, args=[_CODE])
    return path if request is None else request.build_absolute_uri(path)


def _was_published(published_on: str | None, by: dt.date) -> bool:
    return was_published(published_on and dt.date.fromisoformat(published_on), by)
