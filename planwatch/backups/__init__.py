"""Backups of the whole database, made while writers run, and their restoration into an empty one."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

from planwatch.backups import archive, postgresql, sqlite
from planwatch.backups.archive import Refused, pack, unpacked


def back_up(path: Path, *, portable: bool = False) -> dict:
    """Write a backup of the database as it stands at one moment, and return its manifest.

    With `portable` it can be restored into either kind of database; one of SQLite always can. Raises Refused where
    `path` is taken or a program of PostgreSQL is missing or fails, OSError where the disk refuses. Nothing is left
    behind then.
    """
    with archive.workplace(path) as folder:
        if connection.vendor == "sqlite":
            contents = sqlite.copy_file(folder)
        elif portable:
            contents = sqlite.copy_rows(folder)
        else:
            contents = postgresql.dump(folder)
        return pack(path, folder, contents)


def restore(path: Path) -> dict:
    """Bring a backup into the empty database that the settings name, all of it or nothing, and return its manifest.

    Raises Refused, naming the file, where it is damaged, has an older or newer schema or does not suit the database,
    and where the database is not empty.
    """
    with unpacked(path) as (folder, manifest):
        if tables := connection.introspection.table_names():
            raise Refused(
                f"The database is not empty: it has {len(tables)} tables, such as {sorted(tables)[0]}. "
                "Restore into a new one."
            )
        if (folder / sqlite.MEMBER).exists():
            if connection.vendor == "sqlite":
                sqlite.restore_file(folder, path)
            else:
                sqlite.restore_rows(folder, path)
        elif connection.vendor == "postgresql":
            postgresql.restore(folder, path)
        else:
            raise Refused(
                f"{path} holds a dump for PostgreSQL, and this database is SQLite. "
                "Make the backup with --portable."
            )
        return manifest
