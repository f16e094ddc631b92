"""Commitments for the list, from plain rows: what CommitmentSerializer writes, without an object for each value.

The serializer stays the definition of the keys; tests/test_rows.py holds both equal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import orjson
from django.urls import reverse

from commitments.api.serializers import CommitmentSerializer
from commitments.choices import Status
from commitments.querysets.commitments import CommitmentQuerySet
from commitments.querysets.sql import was_published
from commitments.statuses import days_late
from planwatch.api.serializers import keys_left_out
from planwatch.cache.version_cache import Memory, without_slack

KEYS = tuple(CommitmentSerializer._declared_fields)
# What an address may hold unescaped, as Django's reverse() has it.
_PLAIN = "!$&'()*+,;=/~:@"
# Bytes that a kept row takes beside its text.
AROUND = 400


def shown(
    rows: Iterable, request, as_of: dt.date | None, *, for_json: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield rows of `CommitmentQuerySet.as_rows` as the list shows them, with the keys that the request asks for.

    What is `for_json` alone holds the documents as the database wrote them: finished, for orjson.
    Raises InvalidQuery for a key that does not exist.
    """
    out = keys_left_out(request.query_params, KEYS)
    url, html_url = (
        _addresses(request, route) for route in ("api:commitment-detail", "commitment_detail")
    )
    # As of a day some are left out, for which they must be read.
    read = orjson.Fragment if for_json and as_of is None else orjson.loads
    return _shown(rows, url, html_url, out, as_of, read)


def _shown(rows, url, html_url, out, as_of, read):
    labels = {status.value: str(status.label) for status in Status}
    for row in rows:
        owed = orjson.loads(row.owed)
        sources = read(row.cited)
        code = quote(row.code, safe=_PLAIN)
        if as_of is not None:
            sources = [
                each for each in sources if was_published(_day(each["published_on"]), by=as_of)
            ]
        item = {
            "code": row.code,
            "url": url(code),
            "html_url": html_url(code),
            "title": row.title,
            "summary": row.summary,
            "plan": row.in_plan,
            "plan_number": row.plan_number,
            "pillar": row.in_pillar,
            "pillar_basis": row.pillar_basis,
            "objective": row.objective__key and f"{row.objective__plan__slug}:{row.objective__key}",
            "kind": row.kind,
            "lead_agencies": [slug for role, slug in owed if role == "lead"],
            "lead_note": row.lead_note,
            "partner_agencies": [slug for role, slug in owed if role == "partner"],
            "announced_on": row.announced_on,
            "due_on": row.due_on,
            "due_precision": row.due_precision if row.due_on else None,
            "target": row.target,
            "status": row.effective_status,
            "status_label": labels[row.effective_status],
            "status_since": row.effective_since,
            "status_precision": row.effective_precision,
            "verification": row.effective_verification,
            "is_open": row.is_open,
            "is_overdue": row.is_overdue,
            "is_stale": row.is_stale,
            "days_late": days_late(row.effective_status, row.effective_since, row.due_on),
            "last_reviewed_on": row.effective_reviewed_on,
            "note": row.note,
            "sources": sources,
            "created_at": _moment(row.created_at),
            "updated_at": _moment(row.updated_at),
            "seq": row.seq,
        }
        for key in out:
            del item[key]
        yield item


def remembered(
    keys: Iterable, rows: Callable[[], CommitmentQuerySet], request, memory: Memory
) -> list[orjson.Fragment]:
    """Return what `shown` does of rows as they are today, each as finished JSON: kept from before, or read from `rows`."""
    site = request.build_absolute_uri("/")
    numbers = [row.pk for row in keys]
    found = memory.get_each([("row", site, number) for number in numbers])
    if None not in found:
        return found
    by_number = dict(zip(numbers, found, strict=True))
    missing = [number for number, kept in by_number.items() if kept is None]
    fetched = list(rows().filter(pk__in=missing).as_rows())
    for row, item in zip(fetched, shown(fetched, request, None, for_json=True), strict=True):
        text = orjson.dumps(item, default=str)
        by_number[row.pk] = memory.keep(
            ("row", site, row.pk), orjson.Fragment(without_slack(text)), len(text) + AROUND
        )
    return [kept for kept in by_number.values() if kept is not None]


def _addresses(request, route: str) -> Callable[[str], str]:
    """Return what makes the absolute address of a commitment from its escaped code: looked up once, not for each row."""
    mark = "THE-CODE"
    before, _, after = request.build_absolute_uri(reverse(route, args=[mark])).rpartition(mark)
    return lambda code: f"{before}{code}{after}"


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _moment(value: dt.datetime) -> str:
    return f"{value.astimezone(dt.UTC).isoformat()[:-6]}Z"
