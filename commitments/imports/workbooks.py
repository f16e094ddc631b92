"""Whole plans as tables: a workbook with a sheet for each kind of row, or a CSV file for each; and the template of both.

The sheets of roles and themes have a row for each agency and theme of a commitment, and become part of its row.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments.imports.cells import Cell
from commitments.imports.columns import Sheet, columns_of
from commitments.imports.csv_reader import csv_rows
from commitments.imports.joining import in_order
from commitments.imports.report import Row, Unreadable
from commitments.imports.sheets import CODE, SHEETS
from commitments.imports.spreadsheets import check_size, heading_of, rows_of
from commitments.imports.xlsx_reader import sheets_of
from commitments.models import CommitmentAgency, CommitmentTheme
from planwatch.web.query_params import nearest
from planwatch.web.text import quoted


def _role(*, commitment: str, agency: str, role: str, position: int = 1) -> None:
    """The words of a row of the sheet of roles; it is saved with its commitment."""


def _theme(*, commitment: str, theme: str, position: int = 1) -> None:
    """The words of a row of the sheet of themes; it is saved with its commitment."""


_ORDER_IN_LIST = ("", _("The place in the order; empty: as the rows stand."))
ROLES = Sheet(
    CommitmentAgency,
    _("Agencies of commitments"),
    _role,
    ("commitment", "agency"),
    columns_of(
        CommitmentAgency,
        commitment=("XX24-PRV-001", CODE),
        agency=("example-agency", _("The slug of the agency.")),
        role=("lead", _("One of {values}.")),
        position=_ORDER_IN_LIST,
    ),
)
THEMES = Sheet(
    CommitmentTheme,
    _("Themes of commitments"),
    _theme,
    ("commitment", "theme"),
    columns_of(
        CommitmentTheme,
        commitment=("XX24-PRV-001", CODE),
        theme=("example-theme", _("The code of a theme of this site.")),
        position=_ORDER_IN_LIST,
    ),
)
CODEBOOK = "codebook"
# The sheets of a workbook and the files of a folder, by their names, in the order of the template.
BOOK: dict[str, Sheet] = {
    "plan": SHEETS["plan"],
    "sections": SHEETS["section"],
    "agencies": SHEETS["agency"],
    "sources": SHEETS["source"],
    "commitments": SHEETS["commitment"],
    "roles": ROLES,
    "themes": THEMES,
    "citations": SHEETS["citation"],
    "status": SHEETS["statuschange"],
    "reported_statuses": SHEETS["reportedstatus"],
    "reviews": SHEETS["review"],
    "developments": SHEETS["development"],
    "lineage": SHEETS["commitmentlink"],
    "jurisdictions": SHEETS["jurisdiction"],
}
Table = Iterator[tuple[int, list[Cell]]]


def read_workbook(data: bytes, name: str) -> list[Row]:
    """Return the rows of a workbook in the order in which they can be written. Raises Unreadable."""
    check_size(data, name)
    tables = {sheet.title: sheet.rows() for sheet in sheets_of(data, name)}
    return _read(tables, name, gettext("sheet “{title}”, "))


def read_csv_files(files: Mapping[str, bytes], name: str) -> list[Row]:
    """Return the rows of CSV files, by path, in the order in which they can be written. Raises Unreadable."""
    tables = {}
    for path, data in files.items():
        check_size(data, path)
        title = PurePosixPath(path).stem
        if data.strip():
            tables[title] = csv_rows(data, path, _sheet_named(title, name).key)
    return _read(tables, name, "{title}.csv, ")


def _read(tables: Mapping[str, Table], name: str, place: str) -> list[Row]:
    found: dict[str, list[Row]] = {}
    for title, table in tables.items():
        if heading_of(Cell(title)) == CODEBOOK:
            continue
        sheet = _sheet_named(title, name)
        where = place.format(title=title)
        rows = rows_of(table, f"{name}, {title}", sheet, where, may_have_example=True)
        found.setdefault(sheet.kind, []).extend(rows)
    _fold(found, ROLES, lambda row: f"{row.fields['role']}_agencies", "agency")
    _fold(found, THEMES, lambda row: "themes", "theme")
    rows = in_order(row for each in found.values() for row in each)
    if not rows:
        raise Unreadable(gettext("{name} has headings and no rows.").format(name=name))
    return rows


def _sheet_named(title: str, name: str) -> Sheet:
    wanted = heading_of(Cell(title))
    sheet = BOOK.get(wanted) or SHEETS.get(wanted)
    if sheet is None:
        raise Unreadable(
            gettext(
                "{name}: {title} is not a sheet of a plan. The nearest is {nearest}. Rename it, or delete it."
            ).format(name=name, title=quoted(title), nearest=quoted(nearest(wanted, BOOK)))
        )
    return sheet


def _fold(found: dict[str, list[Row]], part: Sheet, field_of, value: str) -> None:
    """Make the rows of a part fields of the rows of their commitments; those not in the file get a row of their own."""
    commitments = {row.fields.get("code"): row for row in found.get("commitment", [])}
    rows = found.pop(part.kind, [])
    for row in sorted(rows, key=lambda row: row.fields.get("position") or 1):
        code = row.fields.get("commitment")
        owner = commitments.get(code)
        if owner is None:
            owner = replace(row, kind="commitment", fields={"code": code}, problems=[], cells={})
            commitments[code] = owner
            found.setdefault("commitment", []).append(owner)
        owner.problems.extend(
            replace(problem, cell=f"{row.place}, {problem.cell}") for problem in row.problems
        )
        if row.problems:
            continue
        name = field_of(row)
        if part is ROLES:
            for role in ("lead_agencies", "partner_agencies"):
                owner.fields[role] = owner.fields.get(role) or ()
        owner.cells.setdefault(name, f"{row.place}, {row.cells[value]}")
        owner.fields[name] = tuple(
            dict.fromkeys((*(owner.fields.get(name) or ()), row.fields[value]))
        )


# The template


def template() -> bytes:
    """Return a workbook with a sheet for each kind of row, each with an example, and a codebook of all columns."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, sheet in BOOK.items():
        _fill(book.create_sheet(name), sheet.template_rows())
    _fill(book.create_sheet(CODEBOOK), codebook())
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _fill(worksheet, rows: Iterable[list[str]]) -> None:
    from openpyxl.styles import Alignment, Font

    for row in rows:
        worksheet.append(row)
    for at, cell in enumerate(worksheet[1]):
        cell.font = Font(bold=True)
        column = worksheet.column_dimensions[cell.column_letter]
        column.width = min(60, 4 + max(len(str(line[at].value or "")) for line in worksheet.rows))
        for below in worksheet[cell.column_letter]:
            # Texts, so that a spreadsheet makes no number and no date of a code or of 2024-02.
            below.number_format = "@"
            below.alignment = Alignment(wrap_text=True, vertical="top")
    worksheet.freeze_panes = "A2"


def codebook() -> list[list[str]]:
    """Return the columns of all sheets with what they are for, under headings."""
    rows = [[gettext(word) for word in ("sheet", "column", "needed", "meaning", "example")]]
    for name, sheet in BOOK.items():
        for column in sheet.described():
            needed = gettext("yes") if column["required"] else ""
            example = sheet.columns[column["name"]].example
            rows.append([name, column["name"], needed, str(column["meaning"]), example])
    return rows
