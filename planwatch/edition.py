"""The edition of the data set that an answer speaks from: read once a request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction


@dataclass(frozen=True)
class Edition:
    """The number of the latest record row, its hash, and when it was written (None before the first)."""

    version: int
    hash: str
    changed_at: dt.datetime | None


def edition_of(request) -> Edition:
    """Return the edition, from the database the first time that a request asks."""
    if not hasattr(request, "planwatch_edition"):
        request.planwatch_edition = _latest()
    return request.planwatch_edition


def edition_now(request) -> Edition:
    """Return the edition that the database holds now, and let the rest of the request speak of it."""
    request = getattr(request, "_request", request)
    request.planwatch_edition = _latest()
    return request.planwatch_edition


def _latest() -> Edition:
    # Asked for every request, also one whose answer is kept: as SQL it costs a fifth of what a queryset does.
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, hash, changed_at FROM commitments_datasetversion WHERE id = 1")
        version, sealed, changed_at = cursor.fetchone()
    if isinstance(changed_at, str):
        changed_at = dt.datetime.fromisoformat(changed_at).replace(tzinfo=dt.UTC)
    return Edition(version, sealed, changed_at)


def published_mark() -> int:
    """Return a number that changes when a version of the data set is published, which is no write to the record."""
    try:
        return Path(settings.PLANWATCH_DATASETS).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every read inside see the data as they stand at the first one, whatever writers do meanwhile.

    Reading only. No writer waits for it: on SQLite it takes no lock that writers need, which `atomic` would. Inside a
    transaction that is already open, that transaction decides what is seen.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
