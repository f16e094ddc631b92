"""Backups of the whole database, made while writers run, and their restoration into an empty one."""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection

from planwatch.backups import rows
from planwatch.backups.archive import Refused, pack, unpacked

PUBLISHED = ("planwatch-*.zip", "planwatch-*.json")


def back_up(path: Path, key: Path | None = None) -> dict:
    """Write a backup of the database as it stands at one moment and of the published data sets; return its manifest.

    `key` is the file of a private Ed25519 key that signs it. It can be restored into SQLite and into PostgreSQL. Raises Refused where `path` is taken, OSError where the disk
    refuses. Nothing is left behind then.
    """
    # On the same disk, and for nobody else to read.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as name:
        folder = Path(name)
        contents = rows.dump(folder)
        for item in _published(Path(settings.PLANWATCH_DATASETS)):
            shutil.copy(item, folder)
        return pack(path, folder, contents, key)


def _published(folder: Path) -> list[Path]:
    return [item for pattern in PUBLISHED for item in sorted(folder.glob(pattern))]


def restore(path: Path, signed_by: Path | None = None) -> dict:
    """Bring a backup into the empty database that the settings name, and return its manifest.

    All rows are brought back or none, and published data sets that are missing here. Raises Refused, naming the file, where it is damaged or has an older or newer
    schema, and where the database is not empty.
    """
    with unpacked(path, signed_by) as (folder, manifest):
        if tables := connection.introspection.table_names():
            raise Refused(
                f"The database is not empty: it has {len(tables)} tables, such as {sorted(tables)[0]}. "
                "Restore into a new one."
            )
        rows.load(folder, manifest["counters"])
        place = Path(settings.PLANWATCH_DATASETS)
        place.mkdir(parents=True, exist_ok=True)
        for item in _published(folder):
            if not (place / item.name).exists():
                shutil.copy(item, place)
        return manifest
