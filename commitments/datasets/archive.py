"""Archive of one dataset version: the same bytes from every database, on every machine.

Nothing in it comes from a clock, an address or a setting. Its files are stored, not compressed: the zlib of one machine
compresses to other bytes than that of the next.
"""

import hashlib
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from django.template.loader import render_to_string

from commitments.datasets import descriptions
from commitments.datasets.derived import ALL_TABLES
from commitments.datasets.descriptions import FilesOfTable
from commitments.datasets.tables import Table
from commitments.models import DatasetVersion
from commitments.presenters.citations import data_set_title
from planwatch.db.site_data import current_site
from planwatch.exports import tables, writers

# Written from templates: how to read the tables, and a script for each statistics program.
TEXTS = ("README.md", "read.R", "read.do", "read.sps")
PARQUET_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
    "json": "JSON",
}
# The first moment that a zip file can name.
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
PIECE = 1 << 20


def build(file: BinaryIO, version: DatasetVersion) -> dict[str, int]:
    """Write the archive of the data as they stand, which are those of `version`; return the rows of each table."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        with tempfile.TemporaryDirectory() as folder:
            files = list(_tables(archive, Path(folder)))
        rows = {described.table.name: described.rows for described in files}
        context = {
            "version": version,
            "tables": [(table, rows[table.name]) for table in ALL_TABLES],
            "title": data_set_title(),
            "site": current_site(),
            "cited": descriptions.cited(version.seq, version.changed_at.date()),
        }
        for name in TEXTS:
            _add(archive, name, [render_to_string(f"datasets/{name}", context).encode()])
        _add(archive, "CITATION.cff", [descriptions.citation(version).encode()])
        for name, description in (
            ("datapackage.json", descriptions.package(version, files)),
            ("datacite.json", descriptions.datacite(version)),
            ("croissant.json", descriptions.croissant(version, files)),
        ):
            content = orjson.dumps(description, option=orjson.OPT_INDENT_2)
            _add(archive, name, [content, b"\n"])
    return rows


def _tables(archive: zipfile.ZipFile, folder: Path) -> Iterator[FilesOfTable]:
    """Write every table in its three forms. It is read once: the JSON becomes the others."""
    # Loaded here, so that only what makes an archive bears its 60 MB.
    import duckdb

    with duckdb.connect() as parquet:
        # One thread writes the rows in the same groups everywhere.
        parquet.execute("SET threads = 1")
        for table in ALL_TABLES:
            plain = folder / "rows.json"
            with plain.open("wb") as file:
                file.writelines(_lines(table.read()))
            rows = sum(1 for _ in _rows(plain.open("rb")))
            export = tables.Table(table.columns, _rows(plain.open("rb")), rows)
            yield FilesOfTable(
                table,
                rows,
                csv=_add(archive, f"csv/{table.name}.csv", writers.csv_chunks(export)),
                json=_add(archive, f"json/{table.name}.json", _pieces(plain)),
                parquet=_add(
                    archive, f"parquet/{table.name}.parquet", _parquet(parquet, table, plain)
                ),
            )


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield a list of objects, one a line; the last piece ends it."""
    before = b"[\n"
    for row in rows:
        yield before + orjson.dumps(row)
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _rows(file: BinaryIO) -> Iterator[dict[str, Any]]:
    """Yield the objects of such a list, and close the file."""
    with file:
        for line in file:
            if line.startswith(b"{"):
                yield orjson.loads(line.rstrip(b",\n"))


def _parquet(connection, table: Table, plain: Path) -> Iterator[bytes]:
    """Yield the rows of a JSON file as Parquet, with the types of the table's columns."""
    types = ", ".join(
        f"'{column.name}': '{PARQUET_TYPES[column.kind]}{'[]' if column.many else ''}'"
        for column in table.columns
    )
    made = plain.with_suffix(".parquet")
    connection.execute(
        f"COPY (SELECT * FROM read_json('{plain}', format = 'array', columns = {{{types}}})) "
        f"TO '{made}' (FORMAT parquet)"
    )
    return _pieces(made)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _add(archive: zipfile.ZipFile, path: str, chunks: Iterable[bytes]) -> dict[str, Any]:
    info = zipfile.ZipInfo(path, ZIP_MOMENT)
    # As on Unix, wherever this runs: a file that everybody may read.
    info.create_system, info.external_attr = 3, 0o644 << 16
    digest, size = hashlib.sha256(), 0
    with archive.open(info, "w") as member:
        for chunk in chunks:
            member.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"path": path, "bytes": size, "hash": f"sha256:{digest.hexdigest()}"}
