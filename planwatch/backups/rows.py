"""Rows of all tables as JSON lines, one file a table: read through the models, so that either database takes them."""

from collections.abc import Iterator
from pathlib import Path

import orjson
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models.fields import AutoFieldMixin

from planwatch.backups.archive import BLANKED, tables_left_out
from planwatch.db.dataset_version import snapshot


def _tables() -> Iterator[tuple[type[models.Model], str, list[models.Field]]]:
    """Yield the model, name and columns of each table that a backup holds."""
    left_out = tables_left_out()
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.managed and not options.proxy and options.db_table not in left_out:
            yield model, options.db_table, options.local_concrete_fields


def dump(folder: Path) -> dict:
    """Write every row as it stands at one moment; return the head of the record, the migrations, and `counters`:
    the last number that each table gave to a row. Writers go on meanwhile."""
    counters = {}
    with snapshot(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Nothing is asked of it while a long file is written.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        for model, table, fields in _tables():
            names = [field.attname for field in fields]
            blanked = [names.index(name) for name in BLANKED.get(table, ())]
            with (folder / f"{table}.jsonl").open("wb") as file:
                for row in model._base_manager.order_by("pk").values_list(*names).iterator():
                    values = ["" if at in blanked else value for at, value in enumerate(row)]
                    file.write(orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE))
            if isinstance(model._meta.pk, AutoFieldMixin):
                counters[table] = _last_number(cursor, table, model._meta.pk.column)
        cursor.execute("SELECT seq, hash FROM commitments_datasetversion")
        seq, head = cursor.fetchone()
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        migrations = sorted({f"{app}.{name}" for app, name in cursor.fetchall()})
    return {
        "record": {"seq": seq, "hash": head},
        "migrations": migrations,
        "counters": counters,
    }


def load(folder: Path, counters: dict[str, int]) -> None:
    """Make the tables and fill them, all or none. Triggers fill the search index; numbers that were given once are
    not given again."""
    call_command("migrate", verbosity=0)
    with transaction.atomic(), connection.cursor() as cursor:
        # Rows refer to rows that come later. (A migration may have made a reference be checked at once.)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        # What migrations put there.
        for _, table, _ in _tables():
            cursor.execute(f'DELETE FROM "{table}"')
        for model, table, fields in _tables():
            with (folder / f"{table}.jsonl").open("rb") as file:
                for line in file:
                    values = zip(fields, orjson.loads(line), strict=True)
                    row = model(
                        **{field.attname: field.to_python(value) for field, value in values}
                    )
                    # As it is: no clock and no default of the model speaks again.
                    row.save_base(raw=True, force_insert=True)
            if table in counters:
                _go_on_from(cursor, table, model._meta.pk.column, counters[table])
        connection.check_constraints()


def _last_number(cursor, table: str, column: str) -> int:
    """Return the highest number that was ever given to a row of a table; 0 for none."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', column])
        (sequence,) = cursor.fetchone()
        cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")
    else:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    row = cursor.fetchone()
    return row[0] if row else 0


def _go_on_from(cursor, table: str, column: str, last: int) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
            [f'"{table}"', column, max(last, 1), last > 0],
        )
    else:
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
