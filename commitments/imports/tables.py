"""Tables of other shapes: CSV, sheets with merged cells, and lists in YAML or JSON, all as numbered rows of cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext

from commitments.imports.cells import Cell
from commitments.imports.csv_reader import csv_rows
from commitments.imports.report import Unreadable
from commitments.imports.spreadsheets import check_size
from commitments.imports.xlsx_reader import sheets_of
from commitments.imports.yaml_document import Scalar, read_documents
from planwatch.net import isolated

Table = list[tuple[int, list[Cell]]]
SUFFIXES = ("csv", "xlsx", "yaml", "yml", "json")


def tables_of(data: bytes, name: str) -> dict[str, Table]:
    """Return the tables of a file by the names of their sheets, or of their places in a document. Raises Unreadable."""
    check_size(data, name)
    suffix = name.rpartition(".")[2].casefold()
    if suffix == "csv":
        return {"": [(number, cells) for number, cells in csv_rows(data, name, ())]}
    if suffix == "xlsx":
        return {sheet.title: sheet.unmerged_rows() for sheet in sheets_of(data, name)}
    if suffix not in SUFFIXES:
        raise Unreadable(
            gettext("{name} is none of {forms}.").format(name=name, forms=", ".join(SUFFIXES))
        )
    try:
        if suffix == "json":
            document = json.loads(data)
        else:
            [(_, document)] = read_documents({name: data}, name, isolated.SECONDS)
        found = {path: rows for path, rows in _lists(document, "") if rows}
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            gettext("{name} cannot be read: {error}").format(name=name, error=error)
        ) from error
    if not found:
        raise Unreadable(gettext("{name} has no list of entries.").format(name=name))
    return {path: _as_table(rows) for path, rows in found.items()}


def _lists(value: Any, path: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Yield the lists of entries in a document, each with its place; a list within entries has the values of these, too."""
    if (
        isinstance(value, dict)
        and len(value) > 1
        and all(isinstance(v, dict) for v in value.values())
    ):
        value = [{"key": key, **item} for key, item in value.items()]
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, dict | list):
                yield from _lists(item, f"{path}.{name}".strip("."))
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield path, [_flat(item) for item in value]
        names = {name: None for item in value for name in item}
        for name in names:
            inner = []
            for item in value:
                around = {
                    key: text for key, text in _flat(item).items() if key.partition(".")[0] != name
                }
                for part in item.get(name) or () if isinstance(item.get(name), list) else ():
                    if isinstance(part, dict):
                        inner.append(around | _flat(part))
            if inner:
                yield f"{path}.{name}".strip("."), inner


def _flat(item: dict[str, Any], above: str = "") -> dict[str, str]:
    """Return the values of an entry by dotted names; several of one name are joined with |."""
    found: dict[str, str] = {}
    for name, value in item.items():
        name = f"{above}{name}"
        if isinstance(value, dict):
            found |= _flat(value, f"{name}.")
        elif isinstance(value, list):
            for part in value:
                for key, text in (
                    _flat(part, f"{name}.") if isinstance(part, dict) else {name: _text(part)}
                ).items():
                    found[key] = " | ".join(filter(None, (found.get(key), text)))
        else:
            found[name] = _text(value)
    return found


def _text(value: Any) -> str:
    if isinstance(value, Scalar):
        return "" if value.kind == "null" else value.text
    return "" if value is None else str(value)


def _as_table(rows: list[dict[str, str]]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return [(number, [Cell(text) for text in line]) for number, line in enumerate(lines, start=1)]
