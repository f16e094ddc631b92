"""Transfer of all rows between databases of different kinds, through the models."""

from __future__ import annotations

from django.apps import apps
from django.db import connections, models
from django.db.models.fields import AutoFieldMixin

from planwatch.backups.archive import tables_left_out

_BATCH = 2000


def move(source: str, target: str) -> None:
    """Copy every row between two databases that have every migration and are in a transaction each.

    What migrations put into the target goes first. Triggers fill the search index; numbers that were given once are
    not given again.
    """
    skipped = set(tables_left_out())
    tables = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in skipped
    ]
    with connections[target].cursor() as cursor:
        # Rows refer to rows that come later. (A migration may have made a reference be checked at once.)
        if connections[target].vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for model in tables:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
        for model in tables:
            for row in model._base_manager.using(source).order_by("pk").iterator(_BATCH):
                # As it is: no clock and no default of the model speaks again.
                row.save_base(raw=True, force_insert=True, using=target)
            _carry_counter(model, source, target)
    connections[target].check_constraints()


def _carry_counter(model: type[models.Model], source: str, target: str) -> None:
    """Let the target go on numbering where the source would."""
    if not isinstance(model._meta.pk, AutoFieldMixin):
        return
    last = _last_number(model, source)
    table, column = model._meta.db_table, model._meta.pk.column
    with connections[target].cursor() as cursor:
        if connections[target].vendor == "postgresql":
            name = connections[target].ops.quote_name(table)
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                [name, column, max(last, 1), last > 0],
            )
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])


def _last_number(model: type[models.Model], alias: str) -> int:
    """Return the highest number that was ever given to a row of a table; 0 for none."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', column])
            cursor.execute(
                f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {cursor.fetchone()[0]}"
            )
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
    return row[0] if row else 0
