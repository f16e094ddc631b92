"""Descriptions of the archive in the forms that repositories and catalogs read.

CITATION.cff (Citation File Format 1.2.0), datapackage.json (Frictionless Data Package 1), datacite.json (DataCite 4.5) and
croissant.json (MLCommons Croissant 1.1).
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import override

from commitments.audit.hash_chain import moment
from commitments.datasets.tables import Column, Table
from commitments.models import DatasetVersion
from commitments.presenters.citations import data_set_title
from planwatch.db.site_data import current_site

CROISSANT_CONTEXT = Path(__file__).with_name("croissant_context.json")
CROISSANT_TYPES = {
    "integer": "sc:Integer",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
}
KEYWORDS = ["government commitments", "policy tracking", "open data"]


@dataclass(frozen=True)
class FilesOfTable:
    """A table of the archive and its files, each with path, bytes and hash as Data Package wants them."""

    table: Table
    rows: int
    csv: dict[str, Any]
    json: dict[str, Any]
    parquet: dict[str, Any]


def cited(version: int, day: dt.date) -> str:
    """Return how to cite a version whose latest row was recorded on `day`, in one line."""
    site = current_site()
    words = f"{site.publisher} ({day.year}). {data_set_title()}. Data set, version {version}. {site.license}."
    return f"{words} {address_of(version)}".rstrip()


def address_of(version: int) -> str:
    """Return where this version is published, by the address of the site's own data; empty where that has none."""
    address = current_site().address
    return address and address + reverse("dataset_file", kwargs={"version": version})


def abstract_and_keywords() -> tuple[str, list[str]]:
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
    site, (abstract, keywords) = current_site(), abstract_and_keywords()
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
    if site.address:
        fields["url"] = address_of(version.seq)
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=120)


def package(version: DatasetVersion, files: Iterable[FilesOfTable]) -> dict[str, Any]:
    """Return datapackage.json: every file with its form, the CSVs with types, constraints and keys."""
    site, (abstract, keywords) = current_site(), abstract_and_keywords()
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
        "resources": [resource for each in files for resource in _resources(each)],
    }


def _resources(files: FilesOfTable) -> Iterator[dict[str, Any]]:
    table = files.table
    name = table.name.replace("_", "-")
    yield {
        "name": name,
        "type": "table",
        "title": table.name,
        "description": table.description,
        **files.csv,
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
    yield {
        "name": f"{name}-json",
        "type": "json",
        "title": f"{table.name} as JSON",
        "description": "A list of objects, one a row; lists and objects are not joined into one text.",
        **files.json,
        "scheme": "file",
        "format": "json",
        "mediatype": "application/json",
        "encoding": "utf-8",
    }
    yield {
        "name": f"{name}-parquet",
        "type": "file",
        "title": f"{table.name} as Parquet",
        "description": "The same rows, typed, for programs that read columns.",
        **files.parquet,
        "scheme": "file",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
    }


def _field(column: Column) -> dict[str, Any]:
    constraints = {}
    if column.required:
        constraints["required"] = True
    if column.choices:
        constraints["enum"] = list(column.choices)
    field = {"name": column.name, "type": column.type, "description": column.help_text}
    return {**field, "constraints": constraints} if constraints else field


def datacite(version: DatasetVersion) -> dict[str, Any]:
    """Return datacite.json in DataCite's schema 4.5. It has no DOI: a repository that takes the archive adds one."""
    site, (abstract, keywords) = current_site(), abstract_and_keywords()
    day = version.changed_at.date()
    described = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Data set"},
        "creators": [{"name": site.publisher, "nameType": "Organizational"}],
        "titles": [{"title": data_set_title(), "lang": "en"}],
        "publisher": {"name": site.publisher},
        "publicationYear": str(day.year),
        "version": str(version.seq),
        "dates": [{"date": day.isoformat(), "dateType": "Issued"}],
        "language": "en",
        "subjects": [{"subject": keyword} for keyword in keywords],
        "rightsList": [
            {
                "rights": site.license_name,
                "rightsUri": site.license_address,
                "rightsIdentifier": site.license,
                "rightsIdentifierScheme": "SPDX",
            }
        ],
        "descriptions": [{"description": abstract, "descriptionType": "Abstract"}],
        "alternateIdentifiers": [
            {
                "alternateIdentifier": version.hash,
                "alternateIdentifierType": "SHA-256 of the latest row of the public record",
            }
        ],
    }
    return described | ({"url": address_of(version.seq)} if site.address else {})


def croissant(version: DatasetVersion, files: Iterable[FilesOfTable]) -> dict[str, Any]:
    """Return croissant.json: the CSVs as record sets, for tools of machine learning and data search."""
    site, (abstract, keywords) = current_site(), abstract_and_keywords()
    files = list(files)
    return {
        "@context": orjson.loads(CROISSANT_CONTEXT.read_bytes()),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": slugify(site.name) or "data",
        "alternateName": data_set_title(),
        "description": abstract,
        "version": f"{version.seq}.0.0",
        "datePublished": version.changed_at.date().isoformat(),
        "license": site.license_address,
        **({"url": address_of(version.seq)} if site.address else {}),
        "citeAs": cited(version.seq, version.changed_at.date()),
        "creator": {"@type": "sc:Organization", "name": site.publisher},
        "keywords": keywords,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": each.csv["path"],
                "name": each.csv["path"],
                "contentUrl": each.csv["path"],
                "contentSize": f"{each.csv['bytes']} B",
                "encodingFormat": "text/csv",
                "sha256": each.csv["hash"].removeprefix("sha256:"),
            }
            for each in files
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": each.table.name,
                "name": each.table.name,
                "description": each.table.description,
                "key": [{"@id": f"{each.table.name}/{name}"} for name in each.table.key],
                "field": [_croissant_field(each, column) for column in each.table.columns],
            }
            for each in files
        ],
    }


def _croissant_field(files: FilesOfTable, column: Column) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{files.table.name}/{column.name}",
        "name": column.name,
        "description": column.help_text,
        "dataType": "sc:Text" if column.many else CROISSANT_TYPES.get(column.kind, "sc:Text"),
        "source": {"fileObject": {"@id": files.csv["path"]}, "extract": {"column": column.name}},
    }
