"""Reads as of a moment: inside `known_at(moment)` every query finds the rows as they were then.

Each query gets common table expressions in front, which stand under the names of the tables that it reads: the
revisions of rows that change, and of tables that only grow what had been recorded by then. So filters, orders, joins,
pages and exports need not know that they read the past, and none of them can forget it. Writes are not touched.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from typing import Any

from django.db import connections, models
from django.utils import timezone

from agencies.models import Agency, Jurisdiction
from commitments.models import (
    REVISIONS,
    Change,
    Commitment,
    Evidence,
    Plan,
    Review,
    ReviewRetraction,
    SearchDocument,
    SourceCheck,
    StatusChange,
)
from planwatch.db.dataset_version import Version, version_for

# What only grows, and the column that says when a row came to it.
GROWING = {
    StatusChange: "recorded_at",
    Evidence: "recorded_at",
    Review: "recorded_at",
    ReviewRetraction: "recorded_at",
    SourceCheck: "checked_at",
    Change: "recorded_at",
}
_TABLES = {model._meta.db_table: model for model in (*REVISIONS, *GROWING)}
_NAMED = re.compile(rf"\b({'|'.join(sorted(_TABLES))})\b")


class Past:
    """A moment that is asked about, and the version of the data set that stood then: None before the record began."""

    def __init__(self, moment: dt.datetime):
        self.moment = moment

    @cached_property
    def edition(self) -> Version | None:
        rows = Change.objects.order_by("-recorded_at", "-seq")
        latest = rows.values_list("seq", "hash", "recorded_at").first()
        return latest and Version(*latest)


_past: ContextVar[Past | None] = ContextVar("past", default=None)


def moment_asked() -> dt.datetime | None:
    """Return the moment of which reads speak now; None is the present."""
    past = _past.get()
    return past and past.moment


def day_asked() -> dt.date:
    """Return the day of that moment, else today, in UTC."""
    return (moment_asked() or timezone.now()).astimezone(dt.UTC).date()


@contextmanager
def known_at(moment: dt.datetime | None) -> Iterator[None]:
    """Let every read inside find what the record said at `moment`; None is the present."""
    if moment is not None:
        for connection in connections.all():
            # First of all, where those who add and remove wrappers around a request never reach.
            if _read_then not in connection.execute_wrappers:
                connection.execute_wrappers.insert(0, _read_then)
    token = _past.set(moment and Past(moment))
    try:
        yield
    finally:
        _past.reset(token)


class EachKnownAt:
    """The items of a generator, each made inside `known_at(moment)`: they may be taken after the view has answered."""

    def __init__(self, moment: dt.datetime | None, items: Generator):
        self._moment, self._items = moment, items

    def __iter__(self) -> EachKnownAt:
        return self

    def __next__(self) -> Any:
        with known_at(self._moment):
            return next(self._items)

    def close(self) -> None:
        self._items.close()


def record_begins() -> dt.datetime | None:
    """Return the moment of the first row of the record; None before there is one."""
    with known_at(None):
        return Change.objects.order_by("seq").values_list("recorded_at", flat=True).first()


def is_before_the_record() -> bool:
    """Return whether the moment that is asked about lies before the first row of the record."""
    past = _past.get()
    return past is not None and past.edition is None


def edition_asked(request) -> Version:
    """Return the version of the data set of which a request speaks: the one that stood at the moment asked for."""
    past = _past.get()
    return (past and past.edition) or version_for(request)


def _read_then(execute, sql: str, params: Any, many: bool, context: dict[str, Any]):
    moment = moment_asked()
    if moment is not None and sql.lstrip(" (")[:6].upper() == "SELECT":
        connection = context["connection"]
        tables = sorted(set(_NAMED.findall(sql)))
        if tables:
            stood = ", ".join(_as_it_stood(name, connection.vendor) for name in tables)
            sql = f"WITH {stood.replace(_MOMENT, _written(moment, connection.vendor))} {sql}"
    return execute(sql, params, many, context)


# Stands for the moment in the text of an expression.
_MOMENT = ":moment"


def _written(moment: dt.datetime, vendor: str) -> str:
    text = moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ")
    return f"'{text}'" if vendor == "sqlite" else f"timestamptz '{text}+00'"


@cache
def _as_it_stood(table: str, vendor: str) -> str:
    """Return the common table expression that has the rows of a table as they stood at :moment.

    Merged into the query around it like a view. That a row had been recorded is said to be likely, so that SQLite
    rather takes the index by which a row is looked for.
    """
    model = _TABLES[table]
    before = "likely({} <= :moment)" if vendor == "sqlite" else "{} <= :moment"
    if model in GROWING:
        columns, source, condition = "*", _itself(table, vendor), before.format(GROWING[model])
    else:
        columns = ", ".join(_shown(field, vendor) for field in model._meta.concrete_fields)
        source = f'"{REVISIONS[model]._meta.db_table}"'
        condition = f"{before.format('recorded_from')} AND recorded_until > :moment"
    if model is Jurisdiction:
        # Plans and agencies named a code before it had a row: what was first recorded of it speaks of that time, too.
        naming = " OR ".join(
            f'"code" IN (SELECT "jurisdiction" FROM "{REVISIONS[named]._meta.db_table}"'
            " WHERE recorded_from <= :moment AND recorded_until > :moment)"
            for named in (Plan, Agency)
        )
        condition = (
            f'recorded_until IN (SELECT MIN(recorded_until) FROM {source} AS "later"'
            f' WHERE "later"."id" = {source}."id" AND "later".recorded_until > :moment)'
            f" AND (recorded_from <= :moment OR {naming})"
        )
    if model is SearchDocument:
        # By which the full-text index of SQLite knows it.
        columns += ", revision"
    return f'"{table}" AS NOT MATERIALIZED (SELECT {columns} FROM {source} WHERE {condition})'


def _shown(field: models.Field, vendor: str) -> str:
    """Return a column of a revision; what is not for the public today is not public at any moment."""
    if field.model is not Commitment or field.name != "is_published":
        return f'"{field.column}"'
    today = _itself(Commitment._meta.db_table, vendor)
    return (
        f'"is_published" AND "id" NOT IN (SELECT "id" FROM {today} WHERE NOT "is_published")'
        ' AS "is_published"'
    )


def _itself(table: str, vendor: str) -> str:
    """Return the name by which an expression called like a table reads that table."""
    # SQLite would take the bare name for the expression.
    return f'main."{table}"' if vendor == "sqlite" else f'"{table}"'
