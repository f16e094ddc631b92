"""Archive of one dataset version: the same bytes from every database, on every machine.

Nothing in it comes from a clock, an address or a setting. Its files are stored, not compressed: the zlib of one machine
compresses to other bytes than that of the next.
"""

import datetime as dt
import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import orjson
import yaml
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import override

from commitments.audit.hash_chain import moment
from commitments.datasets.tables import TABLES, Column, Table
from commitments.models import DatasetVersion
from commitments.presenters.citations import data_set_title
from planwatch.db.site_data import current_site
from planwatch.exports import tables, writers

KEYWORDS = ["government commitments", "policy tracking", "open data"]
# The first moment that a zip file can name.
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)


def build(file: BinaryIO, version: DatasetVersion) -> dict[str, int]:
    """Write the archive of the data as they stand, which are those of `version`; return the rows of each table."""
    rows, resources = {}, []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for table in TABLES:
            rows[table.name] = table.rows().count()
            export = tables.Table(table.columns, table.read(), rows[table.name])
            tabular = _add(archive, f"csv/{table.name}.csv", writers.csv_chunks(export))
            plain = _add(archive, f"json/{table.name}.json", _json(table.read()))
            resources += [_csv_resource(table, tabular), _json_resource(table, plain)]
        context = {
            "version": version,
            "tables": [(table, rows[table.name]) for table in TABLES],
            "title": data_set_title(),
            "site": current_site(),
            "cited": cited(version.seq, version.changed_at.date()),
        }
        readme = render_to_string("datasets/README.md", context)
        _add(archive, "README.md", [readme.encode()])
        _add(archive, "CITATION.cff", [citation(version).encode()])
        package = orjson.dumps(_package(version, resources), option=orjson.OPT_INDENT_2)
        _add(archive, "datapackage.json", [package, b"\n"])
    return rows


def cited(version: int, day: dt.date) -> str:
    """Return how to cite a version whose latest row was recorded on `day`, in one line."""
    site = current_site()
    return f"{site.publisher} ({day.year}). {data_set_title()}. Data set, version {version}. {site.license}."


def _described() -> tuple[str, list[str]]:
    """Return what the data set holds, and its keywords."""
    with override("en"):
        topic = current_site().subject
    words = (
        f"Commitments of government action plans on {topic}: what was promised, by whom, every dated step in its status "
        "with the published documents that show it, and the public record of every change to the data."
    )
    return words, [topic, *KEYWORDS]


def citation(version: DatasetVersion) -> str:
    """Return CITATION.cff, version 1.2.0 of the Citation File Format."""
    site, (abstract, keywords) = current_site(), _described()
    fields = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them as below.",
        "type": "dataset",
        "title": data_set_title(),
        "abstract": abstract,
        "authors": [{"name": site.publisher}],
        "version": str(version.seq),
        "date-released": version.changed_at.date(),
        "license": site.license,
        "keywords": keywords,
        "identifiers": [
            {
                "type": "other",
                "value": f"sha256:{version.hash}",
                "description": "Hash of the latest row of the public record.",
            }
        ],
    }
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=120)


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


def _json(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield a list of objects, one a line."""
    before = b"[\n"
    for row in rows:
        yield before + orjson.dumps(row)
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _package(version: DatasetVersion, resources: list[dict]) -> dict[str, Any]:
    site, (abstract, keywords) = current_site(), _described()
    return {
        "name": slugify(site.name) or "data",
        "title": data_set_title(),
        "description": abstract,
        "version": str(version.seq),
        "created": moment(version.changed_at),
        "licenses": [
            {
                "name": site.license,
                "path": site.license_address,
                "title": site.license_name,
            }
        ],
        "contributors": [{"title": site.publisher, "role": "publisher"}],
        "keywords": keywords,
        "resources": resources,
    }


def _csv_resource(table: Table, file: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": table.name.replace("_", "-"),
        "type": "table",
        "title": table.name,
        "description": table.description,
        **file,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {
                    "fields": list(reference.columns),
                    "reference": {
                        "resource": reference.table.replace("_", "-"),
                        "fields": list(reference.key),
                    },
                }
                for reference in table.references
            ],
            "missingValues": [""],
        },
    }


def _json_resource(table: Table, file: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{table.name.replace('_', '-')}-json",
        "type": "json",
        "title": f"{table.name} as JSON",
        "description": "A list of objects, one a row; lists and objects are not joined into one text.",
        **file,
        "scheme": "file",
        "format": "json",
        "mediatype": "application/json",
        "encoding": "utf-8",
    }


def _field(column: Column) -> dict[str, Any]:
    constraints = {}
    if column.required:
        constraints["required"] = True
    if column.choices:
        constraints["enum"] = list(column.choices)
    field = {"name": column.name, "type": column.type, "description": column.help_text}
    return {**field, "constraints": constraints} if constraints else field
