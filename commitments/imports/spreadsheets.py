"""Spreadsheet reader: find the headings, read each line by its kind's columns (see sheets.py)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext

from commitments.imports.cells import Cell, value_problem
from commitments.imports.columns import Line, Sheet
from commitments.imports.csv_reader import csv_rows
from commitments.imports.exports import COMPUTED, FORMER_COLUMNS, NOT_IMPORTED
from commitments.imports.report import Problem, Row, Unreadable
from commitments.imports.sheets import SHEETS
from commitments.imports.xlsx_reader import MAX_COLUMNS, letters_of, xlsx_rows
from planwatch.web.query_params import nearest

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
# How far down the headings are looked for, to say where they are.
MAX_ABOVE = 20


def read_spreadsheet(data: bytes, name: str, kind: str) -> list[Row]:
    """Return the rows of a CSV or XLSX file of that kind, those that cannot be read with the reason. Raises Unreadable."""
    sheet = SHEETS[kind]
    check_size(data, name)
    if not data.strip():
        raise Unreadable(gettext("{name} is empty.").format(name=name))
    title, table = _table(data, name, sheet)
    where = gettext("sheet “{title}”, ").format(title=title) if title else ""
    rows = rows_of(table, name, sheet, where)
    if not rows:
        raise Unreadable(gettext("{name} has headings and no rows.").format(name=name))
    return rows


def check_size(data: bytes, name: str) -> None:
    """Raise Unreadable for a file that is too large."""
    if len(data) > MAX_BYTES:
        raise Unreadable(
            gettext("{name} is larger than {size} MB. Send it in parts.").format(
                name=name, size=MAX_BYTES // 1024**2
            )
        )


def rows_of(
    table: Iterator[tuple[int, list[Cell]]],
    name: str,
    sheet: Sheet,
    where: str = "",
    *,
    may_have_example: bool = False,
) -> list[Row]:
    """Return the rows of a table of that kind, each with its place, which begins with `where`. Raises Unreadable.

    The example of the template is passed over where the table `may_have_example`, and else refused.
    """
    rows, places = [], {}
    headings, computed = None, frozenset()
    for number, cells in _filled(table, name):
        if headings is None:
            headings, computed = _headings(number, cells, name, sheet, table)
            continue
        line = _line(number, cells, headings, computed)
        if may_have_example and sheet.is_whole_example(line):
            continue
        row = sheet.row(line)
        row = replace(row, place=f"{where}{row.place}", passed_over=tuple(sorted(computed)))
        if not row.problems:
            known = sheet.identity(row)
            if known in places:
                cell = row.cells[sheet.key[0]]
                row.problems.append(
                    Problem(
                        gettext("The same stands in {place}.").format(place=places[known]), cell
                    )
                )
            places.setdefault(known, row.place)
        rows.append(row)
    return rows


def _table(data: bytes, name: str, sheet: Sheet) -> tuple[str, Iterator[tuple[int, list[Cell]]]]:
    suffix = name.rpartition(".")[2].casefold()
    if suffix == "csv":
        return "", csv_rows(data, name, sheet.key)
    if suffix == "xlsx":
        return xlsx_rows(data, name, lambda cells: _are_headings(cells, sheet))
    raise Unreadable(
        gettext("{name} is neither CSV nor XLSX. Save it as one of them.").format(name=name)
    )


def _filled(table, name: str) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows that are not blank. Raises Unreadable for too many, or too many columns."""
    count = 0
    for number, cells in table:
        if len(cells) > MAX_COLUMNS:
            raise Unreadable(
                gettext("{name}, row {number}: more than {columns} columns.").format(
                    name=name, number=number, columns=MAX_COLUMNS
                )
            )
        if all(cell.is_blank for cell in cells):
            continue
        count += 1
        if count > MAX_ROWS + 1:
            raise Unreadable(
                gettext("{name} has more than {rows} rows. Send it in parts.").format(
                    name=name, rows=intcomma(MAX_ROWS)
                )
            )
        yield number, cells


# Headings


def _are_headings(cells: list[Cell], sheet: Sheet) -> bool:
    return set(sheet.key) <= {heading_of(cell) for cell in cells}


def heading_of(cell: Cell) -> str:
    """Return a heading as the columns are named: “Announced on” is announced_on, with whatever kind of blank."""
    text = unicodedata.normalize("NFKC", str(cell.value or "")).casefold()
    return re.sub(r"[^\w.]+|_+", "_", text).strip("_")


def _headings(
    number: int, cells: list[Cell], name: str, sheet: Sheet, table
) -> tuple[list[str], frozenset[str]]:
    """Return the columns of a file, and those of them that an import passes over: the site makes them by itself."""
    names = [heading_of(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    for former, today in FORMER_COLUMNS.get(sheet.kind, {}).items():
        if today not in names:
            names = [today if each == former else each for each in names]
    for pattern, what in NOT_IMPORTED:
        if pattern <= set(names) and not pattern <= sheet.columns.keys():
            raise Unreadable(
                gettext("{name} cannot be imported: it holds {what}.").format(name=name, what=what)
            )
    if not _are_headings(cells, sheet):
        _require_no_title(number, cells, name, sheet, table)
    computed = frozenset(each for each in names if _is_computed(each, sheet))
    problems = list(_problems_of_headings(names, computed, sheet))
    if problems:
        raise Unreadable(f"{name}: {' '.join(problems)}")
    return names, computed


def _require_no_title(number: int, cells: list[Cell], name: str, sheet: Sheet, table) -> None:
    """Raise Unreadable where this row is a title and the headings stand further down."""
    for below, found in table:
        if below > number + MAX_ABOVE:
            break
        if _are_headings(found, sheet):
            words = next(str(cell.value) for cell in cells if not cell.is_blank)
            raise Unreadable(
                gettext(
                    "{name}: the headings are in row {below}, and row {number} above them says "
                    "“{words}”. Delete what is above the headings."
                ).format(name=name, below=below, number=number, words=words[:60])
            )


def _is_computed(heading: str, sheet: Sheet) -> bool:
    if heading in sheet.columns:
        return False
    names = COMPUTED.get(sheet.kind, ())
    above, dot, _ = heading.partition(".")
    return heading in names or bool(dot and (above in names or above in sheet.columns))


def _problems_of_headings(
    names: list[str], computed: frozenset[str], sheet: Sheet
) -> Iterator[str]:
    unknown = [
        each for each in names if each and each not in sheet.columns and each not in computed
    ]
    for heading in unknown:
        yield gettext(
            "“{heading}” is not a column of “{sheet}”. The nearest is “{nearest}”."
        ).format(heading=heading[:60], sheet=sheet.label, nearest=nearest(heading, sheet.columns))
    if unknown:
        for other in SHEETS.values():
            if all(each in other.columns or _is_computed(each, other) for each in names):
                yield gettext("These are the columns of “{sheet}”: choose that.").format(
                    sheet=other.label
                )
    for at, heading in enumerate(names, start=1):
        if not heading:
            yield gettext("Column {column} has no heading.").format(column=letters_of(at))
    for heading in dict.fromkeys(names):
        if heading and names.count(heading) > 1:
            yield gettext("The column “{heading}” is there twice.").format(heading=heading)
    for key in sheet.key:
        if key not in names:
            yield gettext("The column “{key}” is missing: it says which row is meant.").format(
                key=key
            )


# Lines


def _line(number: int, cells: list[Cell], headings: list[str], computed: frozenset[str]) -> Line:
    """Return one line under its headings. A cell without a heading, or that is no value, is a problem of its own."""
    values, places, problems = {}, {}, []
    cells = cells + [Cell()] * (len(headings) - len(cells))
    for at, cell in enumerate(cells):
        place = f"{letters_of(at + 1)}{number}"
        heading = headings[at] if at < len(headings) else ""
        if not heading:
            if not cell.is_blank:
                problems.append(Problem(gettext("There is no heading above this cell."), place))
            continue
        if heading in computed:
            continue
        places[heading] = f"{place} ({heading})"
        problem = cell.problem
        if not problem and isinstance(cell.value, str):
            problem = value_problem(cell.value)
        if problem:
            problems.append(Problem(problem, places[heading]))
        else:
            values[heading] = cell.value
    return Line(number, values, places, problems)
