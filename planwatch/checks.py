"""Django system checks: former names of settings, and whether the database keeps acknowledged writes."""

from django.conf import settings
from django.core import checks
from django.db import connections


@checks.register()
def former_names(**options) -> list[checks.CheckMessage]:
    """Return a message for each setting that was given by a former name. Only that: it must not stop the start."""
    return [
        checks.Info(
            f"{old} is now {new}. The next release no longer reads the former name."
            if new
            else f"{old} is no longer used.",
            hint="Rename it in the environment." if new else "Remove it from the environment.",
            id="planwatch.I001",
        )
        for old, new in settings.PLANWATCH_FORMER_NAMES.items()
    ]


# SQLite: the log is on the disk before a write is acknowledged, and readers never wait for writers.
OF_SQLITE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
# What PostgreSQL is delivered with.
OF_POSTGRESQL = ("fsync", "full_page_writes", "synchronous_commit")
SAFE = ("on", "remote_apply")


@checks.register(checks.Tags.database)
def keeps_what_it_acknowledged(databases=None, **options) -> list[checks.CheckMessage]:
    """Return a warning for each setting of a database by which an acknowledged write could be lost."""
    return [
        checks.Warning(
            f"The database “{alias}” runs with {name} = {value}: a write that was acknowledged may be lost.",
            id="planwatch.W001",
        )
        for alias in databases or ()
        for name, value in _unsafe(connections[alias])
    ]


def _unsafe(connection):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in OF_POSTGRESQL:
                cursor.execute("SELECT current_setting(%s)", [name])
                (value,) = cursor.fetchone()
                if value not in SAFE:
                    yield name, value
        elif not connection.is_in_memory_db():
            for name, wanted in OF_SQLITE.items():
                cursor.execute(f"PRAGMA {name}")
                (value,) = cursor.fetchone()
                if value != wanted:
                    yield name, value
