"""Backup as an SQLite file, from SQLite's online backup or from the rows of PostgreSQL. Restores into either."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from planwatch.backups import transfer
from planwatch.backups.archive import BLANKED, Refused, contents_of, tables_left_out
from planwatch.db.dataset_version import snapshot

MEMBER = "database.sqlite3"
_ALIAS = "backup"


def copy_file(folder: Path) -> dict:
    """Copy the SQLite database as it stands at one moment. Writers go on meanwhile."""
    connection.ensure_connection()
    with closing(sqlite3.connect(folder / MEMBER, isolation_level=None)) as copy:
        # All pages in one step: one read of the write-ahead log, which no writer waits for and none disturbs.
        connection.connection.backup(copy)
        return _tidied(copy)


def copy_rows(folder: Path) -> dict:
    """Copy every row of PostgreSQL, as of one moment, into a new SQLite database."""
    _make_tables(folder / MEMBER)
    with _second_database(folder / MEMBER), snapshot(), transaction.atomic(_ALIAS):
        transfer.move(DEFAULT_DB_ALIAS, _ALIAS)
    with closing(sqlite3.connect(folder / MEMBER, isolation_level=None)) as copy:
        return _tidied(copy)


def _make_tables(file: Path) -> None:
    """Migrate in a process of its own: a migration may write to the default database, and here that is the real one."""
    migrated = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{file.absolute()}"},
        capture_output=True,
        text=True,
    )
    if migrated.returncode:
        raise Refused(f"The tables could not be made: {migrated.stderr.strip()}")


def _tidied(copy: sqlite3.Connection) -> dict:
    """Take out what no backup holds, also from pages that are no longer used, and return the contents."""
    copy.execute("PRAGMA foreign_keys=OFF")
    copy.execute("PRAGMA journal_mode=DELETE")
    for table in tables_left_out():
        copy.execute(f'DELETE FROM "{table}"')
    for table, columns in BLANKED.items():
        copy.execute(f'UPDATE "{table}" SET ' + ", ".join(f"\"{name}\" = ''" for name in columns))
    copy.execute("VACUUM")
    return contents_of(copy.cursor())


def restore_file(folder: Path, path: Path) -> None:
    """Put the file's pages into the database, in one transaction of SQLite's."""
    connection.ensure_connection()
    with closing(sqlite3.connect(folder / MEMBER)) as source:
        _require_sound(source, path)
        source.backup(connection.connection)
    # The next connection sets up the write-ahead log anew.
    connection.close()


def restore_rows(folder: Path, path: Path) -> None:
    """Make the tables in PostgreSQL and fill them, in one transaction."""
    with closing(sqlite3.connect(folder / MEMBER)) as source:
        _require_sound(source, path)
    with _second_database(folder / MEMBER), transaction.atomic():
        call_command("migrate", verbosity=0)
        transfer.move(_ALIAS, DEFAULT_DB_ALIAS)


def _require_sound(source: sqlite3.Connection, path: Path) -> None:
    found = source.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise Refused(f"{path} is damaged: {found}")


@contextmanager
def _second_database(file: Path) -> Iterator[None]:
    """Let Django know an SQLite file as a second database."""
    described = {**connections.settings[DEFAULT_DB_ALIAS], "ENGINE": "django.db.backends.sqlite3"}
    connections.settings[_ALIAS] = {**described, "NAME": str(file), "OPTIONS": {}}
    try:
        yield
    finally:
        connections[_ALIAS].close()
        del connections[_ALIAS]
        del connections.settings[_ALIAS]
