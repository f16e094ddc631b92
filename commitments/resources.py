"""Spreadsheets: the columns of each kind, how a cell is read, and the templates to fill in. They become importing.Row.

CSV in UTF-8 or XLSX, the first sheet, one row a thing, headings in row 1. Cells with several values join them with `|`;
the evidence of a status change stands in numbered columns, `evidence_1_source`, `evidence_1_locator`, `evidence_1_note`
and so on. A column that is left out stays as it is stored; an empty cell empties the field. Formulas are refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import inspect
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import tablib
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy
from import_export.fields import Field
from import_export.resources import Resource
from import_export.widgets import Widget

from commitments import services
from commitments.dates import read_date
from commitments.importing import Problem, Row, Unreadable
from commitments.models import Basis, CitationRelation, CommitmentKind, SourceKind
from commitments.statuses import Origin, Precision, Status
from planwatch.errors import nearest

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 100
# An XLSX file is a zip: what it may unpack to, so that a small one cannot fill the memory.
MAX_UNPACKED = 100_000_000
MAX_EVIDENCE = 8
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
AS_KNOWN = gettext_lazy("YYYY-MM-DD, or YYYY-MM or YYYY where no more is known")
JOINT = "|"


# How a cell is read. A widget raises ValueError with words for the person who made the file.


class Text(Widget):
    def clean(self, value, row=None, **kwargs):
        if value is None:
            return ""
        if isinstance(value, bool | float | dt.date | dt.time):
            raise ValueError(
                gettext(
                    "This must be text, but the spreadsheet made a number or a date of it. Format the "
                    "cell as text."
                )
            )
        return str(value).strip()


class Choice(Text):
    def __init__(self, choices):
        super().__init__()
        self.values = list(choices.values)

    def clean(self, value, row=None, **kwargs):
        code = super().clean(value)
        if code and code not in self.values:
            raise ValueError(
                gettext("“{code}” is not one of {names}. The nearest is “{nearest}”.").format(
                    code=code[:60], names=", ".join(self.values), nearest=nearest(code, self.values)
                )
            )
        return code


class Day(Widget):
    def clean(self, value, row=None, **kwargs):
        if isinstance(value, dt.datetime):
            return value.date()
        if value is None or isinstance(value, dt.date):
            return value
        text = str(value).strip()
        if not text:
            return None
        try:
            if not DAY.fullmatch(text):
                raise ValueError
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(
                gettext(
                    "“{text}” is not a day. Write it as YYYY-MM-DD, for example 2024-02-14."
                ).format(text=text[:40])
            ) from error


class DateAsKnown(Widget):
    """A date with no more precision than is known: kept as written, for importing reads it with the precision beside it."""

    def clean(self, value, row=None, **kwargs):
        if value is None or not str(value).strip():
            return None
        read_date(value)
        return value


class PrecisionOf(Choice):
    """The precision of a date, which follows from the date where the cell is empty."""

    def __init__(self):
        super().__init__(Precision)


class Several(Text):
    def clean(self, value, row=None, **kwargs):
        parts = [part.strip() for part in super().clean(value).split(JOINT)]
        return tuple(part for part in parts if part)


class Whole(Widget):
    def clean(self, value, row=None, **kwargs):
        text = "" if value is None else str(value).strip().removesuffix(".0")
        if not text:
            return None
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
            raise ValueError(gettext("“{text}” is not a whole number.").format(text=text[:40]))
        return int(text)


class YesNo(Widget):
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

    def clean(self, value, row=None, **kwargs):
        text = "" if value is None else str(value).strip().casefold()
        if text not in self.words and text:
            raise ValueError(gettext("“{text}” is neither yes nor no.").format(text=text[:40]))
        return self.words.get(text)


class Column(Field):
    """A column: how its cells are read, what it is for, and what stands in the template's example row."""

    def __init__(self, widget: Widget, example: Any, meaning: str):
        super().__init__(widget=widget)
        self.example = example
        self.meaning = meaning


# What each kind has


class Sheet(Resource):
    """One kind of spreadsheet. Its columns are the words of the service that saves a row."""

    model: str
    label: str
    service: Callable
    key: tuple[str, ...]

    @cached_property
    def columns(self) -> dict[str, Column]:
        return {field.column_name: field for field in self.get_import_fields()}

    @cached_property
    def required(self) -> frozenset[str]:
        """Return the columns that a new row needs: what the service cannot do without."""
        parameters = inspect.signature(self.service).parameters.values()
        return frozenset(
            item.name for item in parameters if item.default is item.empty
        ) & frozenset(self.columns)

    def defaults(self) -> dict[str, Any]:
        """Return what an empty cell stands for where it does not stand for nothing."""
        parameters = inspect.signature(self.service).parameters
        return {
            name: parameters[name].default
            for name in self.columns
            if name in parameters and parameters[name].default is not inspect.Parameter.empty
        }

    def is_example(self, fields: dict[str, Any]) -> bool:
        return all(fields.get(name) == self.columns[name].example for name in self.key)

    def row(self, line: Line) -> Row:
        """Read one line: its fields, or what is wrong with its cells."""
        fields, problems, defaults = {}, list(line.problems), self.defaults()
        for name, value in line.values.items():
            try:
                cleaned = self.columns[name].clean({name: value})
            except ValueError as error:
                problems.append(Problem(str(error), line.cells[name]))
                continue
            if cleaned in (None, "") and name in self.required:
                problems.append(Problem(gettext("This must be filled in."), line.cells[name]))
            derived = isinstance(self.columns[name].widget, PrecisionOf)
            empty = cleaned in (None, "") and name in defaults and not derived
            fields[name] = defaults[name] if empty else cleaned
        if not problems and self.is_example(fields):
            problems.append(
                Problem(
                    gettext("This is the example of the template. Delete this row."),
                    line.cells[self.key[0]],
                )
            )
        return self.finished(
            Row(
                self.model,
                f"row {line.number}",
                fields,
                cells=line.cells,
                problems=problems,
                partial=True,
            )
        )

    def finished(self, row: Row) -> Row:
        return row

    def headings(self) -> list[str]:
        """Return the columns of the template."""
        return list(self.columns)

    def described(self) -> list[dict[str, Any]]:
        """Return the columns of the template with what they are for."""
        return [
            {"name": name, "required": name in self.required, "meaning": self.columns[name].meaning}
            for name in self.headings()
        ]

    def template(self, form: str) -> bytes:
        """Return a file with the headings and one example row; as XLSX with a sheet that explains the columns."""
        names = self.headings()
        data = tablib.Dataset(headers=names, title=str(self.label))
        data.append([self.columns[name].example for name in names])
        if form == "csv":
            return data.export("csv").encode("utf-8-sig")
        notes = tablib.Dataset(
            headers=[gettext("column"), gettext("needed"), gettext("meaning")],
            title=gettext("Columns"),
        )
        for column in self.described():
            needed = gettext("yes") if column["required"] else ""
            notes.append([column["name"], needed, str(column["meaning"])])
        return tablib.Databook([data, notes]).export("xlsx", freeze_panes=False)


def _named(words, choices):
    return format_lazy(words, values=", ".join(choices.values))


OF_THAT_DATE = _named(
    gettext_lazy("Of that date: {values}. Empty: as precise as it is written."), Precision
)


class AgencySheet(Sheet):
    model, label, service, key = (
        "agency",
        gettext_lazy("Agencies"),
        staticmethod(services.save_agency),
        ("slug",),
    )

    slug = Column(
        Text(), "example-agency", gettext_lazy("The key in addresses: lower case, hyphens.")
    )
    name = Column(Text(), "Ministry of Examples", gettext_lazy("The full official name."))
    short_name = Column(Text(), "Examples", gettext_lazy("What a reader says."))
    acronym = Column(Text(), "MOE", gettext_lazy("As the agency writes it."))
    parent = Column(Text(), "", gettext_lazy("The slug of the agency that it belongs to."))
    jurisdiction = Column(
        Text(), "XX", gettext_lazy("ISO 3166-1 alpha-2, upper case: the country.")
    )
    url = Column(Text(), "https://example.org/", gettext_lazy("Its own site."))


class SourceSheet(Sheet):
    model, label, service, key = (
        "source",
        gettext_lazy("Sources"),
        staticmethod(services.save_source),
        ("slug",),
    )

    slug = Column(
        Text(), "example-source", gettext_lazy("The key in addresses: lower case, hyphens.")
    )
    title = Column(Text(), "Report of the year", gettext_lazy("As printed."))
    publisher = Column(Text(), "Ministry of Examples", gettext_lazy("Who put it out."))
    author = Column(Text(), "", gettext_lazy("Only where it is named."))
    published_on = Column(
        DateAsKnown(),
        "2024-02-14",
        format_lazy(gettext_lazy("{form}; empty where no date is known."), form=AS_KNOWN),
    )
    precision = Column(PrecisionOf(), "day", OF_THAT_DATE)
    kind = Column(
        Choice(SourceKind), "report", _named(gettext_lazy("One of {values}."), SourceKind)
    )
    origin = Column(
        Choice(Origin),
        "official",
        _named(gettext_lazy("Seen from the plan's own government: {values}."), Origin),
    )
    language = Column(Text(), "en", gettext_lazy("BCP 47 tag; empty means en."))
    url = Column(
        Text(), "https://example.org/report", gettext_lazy("The publisher's own clean address.")
    )
    archived_url = Column(Text(), "", gettext_lazy("A copy in a public archive."))
    note = Column(Text(), "", gettext_lazy("For readers; why there is no address, for example."))


class CommitmentSheet(Sheet):
    model, label, key = "commitment", gettext_lazy("Commitments"), ("code",)
    service = staticmethod(services.save_commitment)

    code = Column(
        Text(), "XX24-PRV-001", gettext_lazy("Country, year, pillar, number; it never changes.")
    )
    plan = Column(Text(), "xx-plan-2024", gettext_lazy("The slug of its plan."))
    plan_number = Column(
        Text(), "", gettext_lazy("Only where a source prints it. Format the cell as text.")
    )
    pillar = Column(Text(), "prevention", gettext_lazy("The slug of its pillar."))
    pillar_basis = Column(
        Choice(Basis), "stated", gettext_lazy("stated by a source, or inferred from the subject.")
    )
    objective = Column(Text(), "", gettext_lazy("The key of its objective within the plan."))
    kind = Column(
        Choice(CommitmentKind),
        "deliverable",
        _named(gettext_lazy("One of {values}."), CommitmentKind),
    )
    title = Column(Text(), "Publish a report", gettext_lazy("In your own words, not copied."))
    summary = Column(
        Text(), "What is to be done, by whom and when.", gettext_lazy("In your own words.")
    )
    announced_on = Column(Day(), "2024-02-14", gettext_lazy("YYYY-MM-DD."))
    due_on = Column(
        DateAsKnown(),
        "",
        format_lazy(
            gettext_lazy(
                "{form}; due at the end of that month or year. Empty where none is stated."
            ),
            form=AS_KNOWN,
        ),
    )
    due_precision = Column(PrecisionOf(), "", OF_THAT_DATE)
    target = Column(Text(), "", gettext_lazy("What would count as done, where a source says so."))
    lead_agencies = Column(
        Several(), "example-agency", gettext_lazy("Slugs joined with |, in order.")
    )
    partner_agencies = Column(Several(), "", gettext_lazy("Slugs joined with |, in order."))
    lead_note = Column(Text(), "", gettext_lazy("Why no lead is named, for example."))
    note = Column(Text(), "", gettext_lazy("For readers."))
    is_published = Column(YesNo(), "no", gettext_lazy("yes or no; empty means yes."))


class CitationSheet(Sheet):
    model, label, service = (
        "citation",
        gettext_lazy("Citations"),
        staticmethod(services.save_citation),
    )
    key = ("commitment", "source")

    commitment = Column(Text(), "XX24-PRV-001", gettext_lazy("The code of the commitment."))
    source = Column(Text(), "example-source", gettext_lazy("The slug of the source."))
    relation = Column(
        Choice(CitationRelation),
        "announces",
        _named(gettext_lazy("What the source does: {values}."), CitationRelation),
    )
    locator = Column(Text(), "page 2", gettext_lazy("Where in it: paragraph, page or section."))
    note = Column(Text(), "", gettext_lazy("For readers."))


class StatusChangeSheet(Sheet):
    model, label, key = "statuschange", gettext_lazy("Status changes"), ("commitment",)
    service = staticmethod(services.record_status_change)

    commitment = Column(Text(), "XX24-PRV-001", gettext_lazy("The code of the commitment."))
    seq = Column(
        Whole(),
        "",
        "The number of the step; may stay empty. A step that is recorded is never edited, only corrected.",
    )
    effective_on = Column(
        DateAsKnown(),
        "2024-06-30",
        format_lazy(gettext_lazy("{form}: when it became true in the world."), form=AS_KNOWN),
    )
    precision = Column(PrecisionOf(), "day", OF_THAT_DATE)
    status = Column(Choice(Status), "in_progress", _named(gettext_lazy("One of {values}."), Status))
    explanation = Column(
        Text(), "A first draft was published.", gettext_lazy("Plain sentences for readers.")
    )
    corrects = Column(
        Whole(), "", gettext_lazy("The number of the step that this one strikes out.")
    )

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        for number in range(1, MAX_EVIDENCE + 1):
            is_first = number == 1
            for part, example, meaning in (
                (
                    "source",
                    "example-source",
                    format_lazy(
                        gettext_lazy("Evidence {number}: the slug of the source."), number=number
                    ),
                ),
                ("locator", "page 2", gettext_lazy("Where in it: paragraph, page or section.")),
                ("note", "", gettext_lazy("For readers.")),
            ):
                column = Column(Text(), example if is_first else "", meaning)
                column.column_name = f"evidence_{number}_{part}"
                self.fields[column.column_name] = column

    def headings(self):
        """Show two pieces of evidence; as many as MAX_EVIDENCE are read."""
        shown = ("evidence_1_", "evidence_2_")
        return [
            name
            for name in self.columns
            if not name.startswith("evidence_") or name.startswith(shown)
        ]

    def finished(self, row):
        fields, parts = dict(row.fields), []
        cells, problems = dict(row.cells), list(row.problems)
        for number in range(1, MAX_EVIDENCE + 1):
            source, locator, note = (
                fields.pop(f"evidence_{number}_{part}", "")
                for part in ("source", "locator", "note")
            )
            cell = cells.get(f"evidence_{number}_source")
            if cell:
                cells.setdefault("evidence", cell)
            if source:
                parts.append({"source": [source], "locator": locator, "note": note})
            elif locator or note:
                where = cell or cells[f"evidence_{number}_{'locator' if locator else 'note'}"]
                problems.append(Problem(gettext("Name the source of this evidence."), where))
        missing = [
            name for name in ("commitment", "effective_on", "status") if name not in row.cells
        ]
        if missing:
            problems.append(
                Problem(gettext("The file has no column {names}.").format(names=", ".join(missing)))
            )
        return Row(row.kind, row.place, fields, parts, cells, problems, row.partial)


SHEETS: dict[str, Sheet] = {
    sheet.model: sheet
    for sheet in (
        AgencySheet(),
        SourceSheet(),
        CommitmentSheet(),
        CitationSheet(),
        StatusChangeSheet(),
    )
}


# How a file is read


@dataclass(frozen=True)
class Line:
    """One line of a file under its headings: the value of each column, where it stands, and what was wrong there."""

    number: int
    values: dict[str, Any]
    cells: dict[str, str]
    problems: list[Problem]


@dataclass(frozen=True)
class Cell:
    value: Any
    problem: str = ""


def read_spreadsheet(data: bytes, name: str, kind: str) -> list[Row]:
    """Return the rows of a CSV or XLSX file of that kind, those that cannot be read with the reason. Raises Unreadable."""
    sheet = SHEETS[kind]
    if len(data) > MAX_BYTES:
        raise Unreadable(
            gettext("{name} is larger than {size} MB. Send it in parts.").format(
                name=name, size=MAX_BYTES // 1024**2
            )
        )
    if not data.strip():
        raise Unreadable(gettext("{name} is empty.").format(name=name))
    rows, keys = [], {}
    for line in _lines(data, name, sheet):
        row = sheet.row(line)
        if row.problems:
            rows.append(row)
            continue
        known = _identity(sheet, row)
        if known in keys:
            cell = row.cells[sheet.key[0]]
            row.problems.append(
                Problem(gettext("The same stands in {place}.").format(place=keys[known]), cell)
            )
        keys.setdefault(known, row.place)
        rows.append(row)
    if not rows:
        raise Unreadable(gettext("{name} has headings and no rows.").format(name=name))
    return rows


def _identity(sheet: Sheet, row: Row) -> tuple:
    names = {
        "citation": ("commitment", "source", "relation", "locator"),
        "statuschange": ("commitment", "seq", "effective_on", "status", "corrects"),
    }.get(sheet.model, sheet.key)
    return tuple(row.fields.get(name) for name in names)


def _lines(data: bytes, name: str, sheet: Sheet) -> Iterator[Line]:
    suffix = name.rpartition(".")[2].casefold()
    if suffix == "csv":
        table = _csv_cells(data, name)
    elif suffix == "xlsx":
        table = _xlsx_cells(data, name)
    else:
        raise Unreadable(
            gettext("{name} is neither CSV nor XLSX. Save it as one of them.").format(name=name)
        )
    names: list[str] | None = None
    count = 0
    for number, cells in table:
        if not any(cell.value not in (None, "") or cell.problem for cell in cells):
            continue
        if names is None:
            names = _headings(cells, name, sheet)
            continue
        count += 1
        if count > MAX_ROWS:
            raise Unreadable(
                gettext("{name} has more than {rows} rows. Send it in parts.").format(
                    name=name, rows=intcomma(MAX_ROWS)
                )
            )
        yield _line(number, cells, names)


def _headings(cells: list[Cell], name: str, sheet: Sheet) -> list[str]:
    names = [str(cell.value or "").strip().casefold().replace(" ", "_") for cell in cells]
    while names and not names[-1]:
        names.pop()
    problems = [
        gettext("“{heading}” is not a column of “{sheet}”. The nearest is “{nearest}”.").format(
            heading=heading[:60], sheet=sheet.label, nearest=nearest(heading, sheet.columns)
        )
        for heading in names
        if heading and heading not in sheet.columns
    ]
    if problems:
        problems += [
            gettext("These are the columns of “{sheet}”: choose that.").format(sheet=other.label)
            for other in SHEETS.values()
            if set(names) <= set(other.columns)
        ]
    problems += [
        gettext("Column {column} has no heading.").format(column=_letters_of(at))
        for at, heading in enumerate(names, start=1)
        if not heading
    ]
    problems += [
        gettext("The column “{heading}” is there twice.").format(heading=heading)
        for heading in dict.fromkeys(names)
        if heading and names.count(heading) > 1
    ]
    problems += [
        gettext("The column “{key}” is missing: it says which row is meant.").format(key=key)
        for key in sheet.key
        if key not in names
    ]
    if problems:
        raise Unreadable(f"{name}: {' '.join(problems)}")
    return names


def _letters_of(column: int) -> str:
    # Here: it takes ten megabytes of a process, and few upload a sheet.
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)


def _line(number: int, cells: list[Cell], names: list[str]) -> Line:
    places = {name: f"{_letters_of(at)}{number}" for at, name in enumerate(names, start=1)}
    problems = [
        Problem(cell.problem, f"{_letters_of(at)}{number}")
        for at, cell in enumerate(cells, start=1)
        if cell.problem
    ]
    problems += [
        Problem(gettext("There is no heading above this cell."), f"{_letters_of(at)}{number}")
        for at, cell in enumerate(cells[len(names) :], start=len(names) + 1)
        if cell.value not in (None, "")
    ]
    found = cells + [Cell(None)] * (len(names) - len(cells))
    values = {
        name: cell.value for name, cell in zip(names, found, strict=False) if not cell.problem
    }
    return Line(
        number, values, {name: f"{place} ({name})" for name, place in places.items()}, problems
    )


FORMULA = gettext_lazy("This is a formula. Formulas are not worked out here: put in the value.")


def _csv_cells(data: bytes, name: str) -> Iterator[tuple[int, list[Cell]]]:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable(
            gettext(
                "{name} is a spreadsheet under the name of a CSV file. Save it as .xlsx."
            ).format(name=name)
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            gettext(
                "{name} is not UTF-8 (byte {byte} is something else). Save it as “CSV UTF-8”."
            ).format(name=name, byte=error.start + 1)
        ) from error
    if "\0" in text:
        raise Unreadable(gettext("{name} is not a text file.").format(name=name))
    first = text.lstrip().split("\n", 1)[0]
    joint = max(",;\t", key=first.count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=joint, strict=True)
        for number, row in enumerate(rows, start=1):
            if len(row) > MAX_COLUMNS:
                raise Unreadable(
                    gettext("{name}, row {number}: more than {columns} columns.").format(
                        name=name, number=number, columns=MAX_COLUMNS
                    )
                )
            yield number, [Cell(value, FORMULA if value[:1] == "=" else "") for value in row]
    except csv.Error as error:
        raise Unreadable(
            gettext("{name} is not readable CSV: {error}.").format(name=name, error=error)
        ) from error


def _xlsx_cells(data: bytes, name: str) -> Iterator[tuple[int, list[Cell]]]:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            gettext("{name} is an older or a locked spreadsheet. Save it as .xlsx.").format(
                name=name
            )
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise Unreadable(
                    gettext("{name} unpacks to more than {size} MB.").format(
                        name=name, size=MAX_UNPACKED // 1_000_000
                    )
                )
        yield from _sheet_cells(data, name)
    except Unreadable:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged file makes it stumble over
        raise Unreadable(
            gettext("{name} is not a readable XLSX file. Save it again as .xlsx.").format(name=name)
        ) from error


def _sheet_cells(data: bytes, name: str) -> Iterator[tuple[int, list[Cell]]]:
    from openpyxl import load_workbook

    # Read twice side by side: data_only gives values, and only without it does a formula show that it is one.
    books = [
        load_workbook(io.BytesIO(data), read_only=True, data_only=only, keep_links=False)
        for only in (True, False)
    ]
    sheets = [book.worksheets[0] for book in books]
    wide = {"max_col": MAX_COLUMNS + 1}
    for number, (row, raw) in enumerate(
        zip(*(sheet.iter_rows(**wide) for sheet in sheets), strict=True), start=1
    ):
        if len(row) > MAX_COLUMNS and row[MAX_COLUMNS].value is not None:
            raise Unreadable(
                gettext("{name}, row {number}: more than {columns} columns.").format(
                    name=name, number=number, columns=MAX_COLUMNS
                )
            )
        yield number, [_xlsx_cell(*pair) for pair in zip(row, raw, strict=True)]


def _xlsx_cell(cell, raw) -> Cell:
    if raw.data_type == "f" or str(raw.value or "").startswith("="):
        return Cell(None, FORMULA)
    if raw.data_type == "e":
        return Cell(
            None,
            gettext("This is an error of the spreadsheet: {value}.").format(
                value=str(raw.value)[:20]
            ),
        )
    if isinstance(cell.value, float) and cell.value.is_integer():
        return Cell(int(cell.value))
    return Cell(cell.value)
