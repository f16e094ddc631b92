"""Files that were sent in the browser: kept until they are imported, with how they are read and what they would do."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Collection, Iterator
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from commitments.audit.rendering import in_words_of, name_of
from commitments.audit.replay import model_named
from commitments.dates import due_in_words, in_short
from commitments.imports.foreign_tables import ForeignTable
from commitments.imports.joining import in_order, renamed
from commitments.imports.mapping import Mapping, table_of
from commitments.imports.report import Outcome, Report, Row, dependents_in_words
from commitments.imports.sheets import SHEETS
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.imports.tables import tables_of
from commitments.imports.workbooks import read_workbook
from commitments.imports.writers import DATES
from commitments.imports.yaml_reader import read_zip
from commitments.models import ImportFile

# The kind of a file of which not all is here yet.
WHOLE, FOREIGN, PART = "whole", "foreign", ""
KINDS = [
    (WHOLE, gettext_lazy("A whole plan: a workbook, or a zip of CSV or YAML files")),
    (FOREIGN, gettext_lazy("A table with other columns: say what they are on the next page")),
    *((sheet.kind, sheet.label) for sheet in SHEETS.values()),
]
KEPT_FOR = dt.timedelta(hours=24)
# What needs a person's eye comes first.
RESULTS = ("refused", "dependent", "left_out", "proposed", "changed", "new", "unchanged")


def unsaved(name: str, kind: str, data: bytes) -> ImportFile:
    """Return a file that is not kept yet."""
    return ImportFile(
        name=name[:255],
        kind=kind,
        data=base64.b64encode(data).decode(),
        digest=hashlib.sha256(data).hexdigest(),
    )


def keep(user, name: str, kind: str, data: bytes) -> ImportFile:
    """Keep a file in place of the one that this person sent before; of the same one what was said of it stays."""
    file = unsaved(name, kind, data)
    before = ImportFile.objects.filter(user=user, kind=kind, digest=file.digest).last()
    file.user, file.mapping = user, before.mapping if before else {}
    ImportFile.objects.filter(user=user).delete()
    ImportFile.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    file.save()
    return file


def begun(user, digest: str) -> bytes:
    """Return what is here of a file that is sent in parts."""
    since = timezone.now() - KEPT_FOR
    rows = ImportFile.objects.filter(user=user, kind=PART, digest=digest, created_at__gte=since)
    file = rows.first()
    return content_of(file) if file else b""


def add_part(user, digest: str, offset: int, part: bytes) -> int:
    """Add a part of a file where it begins at the end of what is here, and return how many bytes are here then."""
    with transaction.atomic():
        rows = ImportFile.objects.select_for_update().filter(user=user, kind=PART)
        rows.exclude(digest=digest).delete()
        data = begun(user, digest)
        if offset == len(data):
            data += part
            rows.delete()
            content = base64.b64encode(data).decode()
            ImportFile.objects.create(user=user, kind=PART, digest=digest, data=content)
    return len(data)


def waiting(user) -> ImportFile | None:
    """Return the file of this person that waits; None if there is none, or it has waited too long."""
    since = timezone.now() - KEPT_FOR
    rows = ImportFile.objects.filter(user=user, created_at__gte=since)
    found = rows.exclude(kind=PART).exclude(data="").first()
    return (
        found if found and hashlib.sha256(content_of(found)).hexdigest() == found.digest else None
    )


def content_of(file: ImportFile) -> bytes:
    return base64.b64decode(file.data)


def label_of(file: ImportFile) -> str:
    if file.kind == FOREIGN:
        return gettext("A table with other columns")
    return str(dict(KINDS)[file.kind])


def foreign_table(file: ImportFile) -> ForeignTable:
    """Return the table of other columns in a file, read by its mapping. Raises Unreadable."""
    mapping = Mapping.of(file.mapping)
    return ForeignTable(table_of(tables_of(content_of(file), file.name), mapping), mapping)


def rows_of(file: ImportFile) -> list[Row]:
    """Read a file; a row that a person says is one on record has the key of that. Raises Unreadable."""
    if file.kind == FOREIGN:
        return foreign_table(file).rows(file.same) if file.mapping else []
    rows = _rows_as_written(file)
    return in_order(renamed(rows, file.same)) if file.same else rows


def _rows_as_written(file: ImportFile) -> list[Row]:
    data = content_of(file)
    if file.kind != WHOLE:
        return read_spreadsheet(data, file.name, file.kind)
    return (read_zip if file.name.casefold().endswith(".zip") else read_workbook)(data, file.name)


# What a file would do


def store(file: ImportFile, report: Report, notice: str = "", ticked: Iterator[str] = ()) -> None:
    """Keep a report, so that its pages can be looked at without working it out again."""
    outcomes = sorted(report.outcomes, key=lambda outcome: RESULTS.index(outcome.result))
    content = {
        "notice": notice,
        "ticked": list(ticked),
        "passed_over": report.outcomes[0].row.passed_over if report.outcomes else (),
        "rows": [_said(outcome) for outcome in outcomes],
    }
    # What is wrong with a cell may be a text that is translated only now.
    file.report, file.version = orjson.dumps(content, default=str).decode(), report.version
    file.save(update_fields=["report", "version"])


def stored(file: ImportFile) -> dict[str, Any]:
    return orjson.loads(file.report)


def _said(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as the table shows it: of a changed row what differs, of any other all values."""
    row = outcome.row
    if outcome.differences:
        values = [
            (
                name_of(each.name),
                _shown(row, each.name, each.before),
                _shown(row, each.name, each.after),
            )
            for each in outcome.differences
            # A new date is shown as exactly as it is known.
            if outcome.result != "new" or each.name not in DATES.get(row.kind, ())[1:]
        ]
    else:
        values = [(name_of(name), "", _shown(row, name, each)) for name, each in row.fields.items()]
    notes = [*outcome.notes]
    if outcome.dependents:
        notes.append(dependents_in_words(outcome.dependents))
    return {
        "result": outcome.result,
        "kind": str(model_named(row.kind)._meta.verbose_name),
        "place": row.place,
        "key": outcome.key,
        "name": outcome.name,
        "beyond": outcome.beyond,
        "near": outcome.near,
        "problems": [(each.cell, each.message) for each in outcome.problems],
        "notes": notes,
        "values": [each for each in values if each[1] or each[2]],
    }


def _shown(row: Row, name: str, value: Any) -> str:
    """Return a value as the site shows it: a choice by its label, a date as far as it is known."""
    if value in (None, ""):
        return ""
    fields = {field.name: field for field in model_named(row.kind)._meta.concrete_fields}
    choices = dict(fields[name].flatchoices) if name in fields else {}
    if name in DATES.get(row.kind, ())[:1] and isinstance(value, str) and len(value) == 10:
        day = dt.date.fromisoformat(value) if value[4:5] == "-" else None
        precision = row.fields.get(DATES[row.kind][1]) or "day"
        written = str(row.fields.get(name) or value)
        precision = {4: "year", 7: "month"}.get(len(written), precision)
        if day:
            return (due_in_words if name == "due_on" else in_short)(day, precision)
    if isinstance(value, tuple):
        value = list(value)
    return (
        str(choices.get(value, ""))
        if isinstance(value, str) and value in choices
        else in_words_of(value)
    )


def say_the_same(file: ImportFile, names: Collection[str]) -> None:
    """Keep that these rows, each by its kind and key, are those on record that they are much like; all others are not."""
    offered = {row["name"]: row["near"] for row in stored(file)["rows"] if row["near"]}
    file.same = {name: key for name, key in (offered | file.same).items() if name in names}
    file.report = ""
    file.save(update_fields=["same", "report"])


def finish(file: ImportFile, report: Report) -> None:
    """Keep of an imported file what it did, and no longer its content."""
    counts = {result: report.count(result) for result in RESULTS}
    file.report, file.version = orjson.dumps(counts).decode(), report.version
    file.data = ""
    file.save(update_fields=["report", "version", "data"])
