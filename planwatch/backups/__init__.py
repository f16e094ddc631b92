"""Backups of the whole database, made while writers run, and their restoration into an empty one."""

import tempfile
from pathlib import Path

from django.db import connection

from planwatch.backups import rows
from planwatch.backups.archive import Refused, pack, unpacked


def back_up(path: Path) -> dict:
    """Write a backup of the database as it stands at one moment, and return its manifest.

    It can be restored into SQLite and into PostgreSQL. Raises Refused where `path` is taken, OSError where the disk
    refuses. Nothing is left behind then.
    """
    # On the same disk, and for nobody else to read.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as name:
        folder = Path(name)
        return pack(path, folder, rows.dump(folder))


def restore(path: Path) -> dict:
    """Bring a backup into the empty database that the settings name, and return its manifest.

    All rows are brought back or none. Raises Refused, naming the file, where it is damaged or has an older or newer
    schema, and where the database is not empty.
    """
    with unpacked(path) as (folder, manifest):
        if tables := connection.introspection.table_names():
            raise Refused(
                f"The database is not empty: it has {len(tables)} tables, such as {sorted(tables)[0]}. "
                "Restore into a new one."
            )
        rows.load(folder, manifest["counters"])
        return manifest
