"""Statements whose text is made once: the ORM takes ten times as long to make one as a database to run it.

They go to the default database alone: what a write rests on is never read from a standby.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


class Prepared:
    """A queryset that is read for each write, such as `Prepared(lambda code: Source.objects.filter(slug=code))`.

    Called with values (texts or whole numbers) it returns the rows that the queryset of these values has, without what
    `prefetch_related` adds. The function must do nothing with a value but compare with it: it is asked once in each
    connection for each number of values, with marks in their place.
    """

    def __init__(self, rows: Callable[..., models.QuerySet]):
        self._rows = rows

    def __call__(self, *values: str | int) -> list:
        # Kept with the connection, which belongs to one thread, as a compiler does.
        kept = connections[DEFAULT_DB_ALIAS].__dict__.setdefault("prepared", {})
        kind = (self, *(isinstance(value, int) for value in values))
        if kind not in kept:
            kept[kind] = self._make(values)
        rows, compiler, sql, places = kept[kind]
        params = tuple(given if place is None else values[place] for place, given in places)
        compiler.as_sql = lambda: (sql, params)
        return list(rows._iterable_class(rows))

    def _make(self, values: tuple) -> tuple:
        marks = [
            2**62 + place if isinstance(value, int) else f"\ufffc{place}"
            for place, value in enumerate(values)
        ]
        rows = self._rows(*marks).using(DEFAULT_DB_ALIAS)
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        compiler.get_converters = lambda columns: converters
        rows.query.get_compiler = lambda using: compiler
        places = [(marks.index(given) if given in marks else None, given) for given in params]
        return rows, compiler, sql, places


def insert(*rows: models.Model) -> None:
    """Save new rows of one kind; those without a key are given the next. Raises IntegrityError as save() does."""
    if len(rows) > 1:
        type(rows[0])._base_manager.using(DEFAULT_DB_ALIAS).bulk_create(rows)
        return
    connection = connections[DEFAULT_DB_ALIAS]
    for row in rows:
        has_key = row.pk is not None
        fields = _fields(type(row), with_key=has_key)
        with connection.cursor() as cursor:
            cursor.execute(
                _insertion(type(row), with_key=has_key),
                [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields],
            )
            if not has_key:
                [row.pk] = cursor.fetchone()
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update(model: type[models.Model], number: int, values: dict[str, Any]) -> None:
    """Write those fields of the row with that key."""
    connection, meta = connections[DEFAULT_DB_ALIAS], model._meta
    params = [
        meta.get_field(name).get_db_prep_save(value, connection) for name, value in values.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_alteration(model, tuple(values)), [*params, number])


# SQLite and PostgreSQL read both alike.


@cache
def _insertion(model: type[models.Model], *, with_key: bool) -> str:
    meta, fields = model._meta, _fields(model, with_key=with_key)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    text = f'INSERT INTO "{meta.db_table}" ({columns}) VALUES ({marks})'
    return text if with_key else f'{text} RETURNING "{meta.pk.column}"'


@cache
def _fields(model: type[models.Model], *, with_key: bool) -> list[models.Field]:
    return [
        field for field in model._meta.local_concrete_fields if with_key or not field.primary_key
    ]


@cache
def _alteration(model: type[models.Model], names: tuple[str, ...]) -> str:
    meta = model._meta
    new = ", ".join(f'"{meta.get_field(name).column}" = %s' for name in names)
    return f'UPDATE "{meta.db_table}" SET {new} WHERE "{meta.pk.column}" = %s'
