"""XLSX reader: numbered rows of cells. Hidden, merged and struck-through cells are refused by name.

A file is measured before it is read, so that a small one that unpacks to a large one takes no time and no memory.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cached_property
from xml.parsers import expat

from django.utils.translation import gettext

from commitments.imports.cells import FORMULA, Cell, PrintedDate
from commitments.imports.report import Unreadable
from planwatch.exports.writers import text_of_sheet
from planwatch.web.text import quoted

MAX_COLUMNS = 200
# What the parts of a file may unpack to, how many elements they may have, and how many may stand in one row or text.
MAX_UNPACKED = 50_000_000
MAX_ELEMENTS = 1_000_000
MAX_INSIDE = 200_000
# How many cells may be merged into one where their value is for each.
MAX_MERGED = 20_000
NAMED = 5

Rows = Iterator[tuple[int, list[Cell]]]


def xlsx_rows(
    data: bytes, name: str, has_headings: Callable[[list[Cell]], bool]
) -> tuple[str, Rows]:
    """Return the name of the sheet that is read, empty where it is the only one, and its rows with their numbers.

    Of several sheets the one is read whose first row `has_headings`. Raises Unreadable, also while rows are read.
    """
    filled = sheets_of(data, name)
    fitting = [sheet for sheet in filled if has_headings(sheet.first_row)]
    if len(filled) > 1 and len(fitting) != 1:
        raise Unreadable(
            gettext(
                "{name} has several sheets: {sheets}. Keep the one to be read and delete the others."
            ).format(name=name, sheets=", ".join(quoted(sheet.title) for sheet in filled))
        )
    if len(filled) > 1:
        return fitting[0].title, fitting[0].rows()
    return "", filled[0].rows() if filled else iter(())


def sheets_of(data: bytes, name: str) -> list[WorkbookSheet]:
    """Return the sheets that are not blank. Raises Unreadable, also for hidden ones."""
    from openpyxl import load_workbook

    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            gettext("{name} is an older or a locked spreadsheet. Save it as .xlsx.").format(
                name=name
            )
        )
    try:
        struck = _struck_cells(data, name)
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False, rich_text=True)
        sheets = [WorkbookSheet(book, sheet, struck, name) for sheet in book.worksheets]
        _require_nothing_hidden(sheets, name)
        return [sheet for sheet in sheets if sheet.first_row is not None]
    except Unreadable:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged file makes it stumble over
        raise _unreadable(name) from error


def _unreadable(name: str) -> Unreadable:
    return Unreadable(
        gettext("{name} is not a readable XLSX file. Save it again as .xlsx.").format(name=name)
    )


def _require_nothing_hidden(sheets: list[WorkbookSheet], name: str) -> None:
    hidden = [quoted(sheet.title) for sheet in sheets if sheet.is_hidden]
    if hidden:
        raise Unreadable(
            gettext(
                "{name} has hidden sheets: {sheets}. Delete them, or show them and keep the one to be read."
            ).format(name=name, sheets=", ".join(hidden))
        )


class WorkbookSheet:
    """One sheet of a workbook, read from its XML row by row."""

    def __init__(self, book, sheet, struck: dict[str, set], name: str):
        self.title, self.is_hidden = sheet.title, sheet.sheet_state != "visible"
        self._book, self._sheet, self._name = book, sheet, name
        self._struck_cells = struck.get(sheet._worksheet_path.lstrip("/"), set())

    @cached_property
    def first_row(self) -> list[Cell] | None:
        """Return the first row that is not blank."""
        return next((cells for _, cells in self._read(self._parser())), None)

    def rows(self) -> Rows:
        """Yield the rows that are not blank. Raises Unreadable, at the end for what of the sheet is hidden or merged."""
        try:
            parser, numbers, width = self._parser(), [], 0
            for number, cells in self._read(parser):
                numbers.append(number)
                width = max(width, len(cells))
                yield number, cells
            problems = [*_merged(parser), *_unseen(parser, numbers, width)]
        except Unreadable:
            raise
        except Exception as error:
            raise _unreadable(self._name) from error
        if problems:
            raise Unreadable(f"{self._name}, {quoted(self.title)}: {' '.join(problems)}")

    def unmerged_rows(self) -> list[tuple[int, list[Cell]]]:
        """Return the rows, with the value of merged cells in each of them. Raises Unreadable as `rows` does."""
        try:
            parser = self._parser()
            found = dict(self._read(parser))
            problems = list(_unseen(parser, list(found), max(map(len, found.values()), default=0)))
            for each in parser.merged_cells.mergeCell if parser.merged_cells is not None else ():
                if each.size["columns"] * each.size["rows"] > MAX_MERGED:
                    raise _unreadable(self._name)
                first = found.get(each.min_row, [])[each.min_col - 1 : each.min_col]
                for row, column in each.cells if first else ():
                    cells = found.setdefault(row, [])
                    cells += [Cell()] * (column - len(cells))
                    cells[column - 1] = first[0]
        except Unreadable:
            raise
        except Exception as error:
            raise _unreadable(self._name) from error
        if problems:
            raise Unreadable(f"{self._name}, {quoted(self.title)}: {' '.join(problems)}")
        return sorted(found.items())

    def _parser(self):
        from openpyxl.worksheet._reader import WorkSheetParser

        book = self._book
        return WorkSheetParser(
            self._sheet._get_source(),
            self._sheet._shared_strings,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )

    def _read(self, parser) -> Rows:
        for number, found in parser.parse():
            cells: list[Cell] = []
            for each in found:
                column = each["column"]
                if each["value"] is None:
                    continue
                if column > MAX_COLUMNS:
                    raise Unreadable(
                        gettext("{name}, row {number}: more than {columns} columns.").format(
                            name=self._name, number=number, columns=MAX_COLUMNS
                        )
                    )
                cells += [Cell()] * (column - len(cells))
                cells[column - 1] = self._cell(each)
            if not all(cell.is_blank for cell in cells):
                yield number, cells

    def _cell(self, found: dict) -> Cell:
        kind, value = found["data_type"], found["value"]
        style = self._book._cell_styles[found["style_id"]]
        if kind == "f":
            return Cell(None, FORMULA)
        if kind == "e":
            return Cell(
                None,
                gettext("This is an error of the spreadsheet: {value}.").format(
                    value=str(value)[:20]
                ),
            )
        if (
            _is_struck(value)
            or self._book._fonts[style.fontId].strike
            or f"{letters_of(found['column'])}{found['row']}" in self._struck_cells
        ):
            return Cell(
                None,
                gettext(
                    "This is struck through. Delete what no longer holds, and take the line away from the rest."
                ),
            )
        if kind == "s":
            return Cell(text_of_sheet(str(value)))
        return _typed(value, self._format_of(style))

    def _format_of(self, style) -> str:
        from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

        number = style.numFmtId
        if number < BUILTIN_FORMATS_MAX_SIZE:
            return BUILTIN_FORMATS.get(number, "General")
        return self._book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE]


def _is_struck(text) -> bool:
    """Return whether a text is a list of parts, each with its font, of which one has a line through it."""
    return isinstance(text, list) and any(
        part.font.strike for part in text if not isinstance(part, str)
    )


def letters_of(column: int) -> str:
    """Return the letters of a column by its number, from 1."""
    # Here and elsewhere: it takes ten megabytes of a process, and few upload a sheet.
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)


def _typed(value, shown_as: str) -> Cell:
    """Return a number, a date or a truth value as it is displayed, or what is wrong where that says something else."""
    if isinstance(value, bool):
        return Cell(value)
    if isinstance(value, dt.date):
        if isinstance(value, dt.datetime) and value.time() != dt.time():
            return Cell(None, gettext("This is a date with a time of day. Write the day alone."))
        # What stands in quotation marks, in brackets or behind a backslash is no part of the date.
        parts = re.sub(r'"[^"]*"|\[[^]]*]|\\.', "", shown_as[:255]).casefold()
        length = 10 if "d" in parts else 7 if "m" in parts else 4
        return Cell(PrintedDate(f"{value:%Y-%m-%d}"[:length]))
    if not isinstance(value, int | float):
        return Cell(None, gettext("This is a time of day or a duration. Write it as text."))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    plain = ("General", "0", "@") + (("#,##0",) if abs(value) < 1000 else ())
    if shown_as not in plain or abs(value) >= 10**11:
        return Cell(
            None,
            gettext(
                "This number is displayed otherwise than it is stored. Format the cell as text and write "
                "what is meant."
            ),
        )
    return Cell(value)


def _merged(parser) -> Iterator[str]:
    """Yield which cells are merged, with what to do."""
    if parser.merged_cells is not None and (ranges := parser.merged_cells.mergeCell):
        yield gettext(
            "The cells {cells} are merged. Split them and write the value into every cell that it is for."
        ).format(cells=_some([each.ref for each in ranges]))


def _unseen(parser, numbers: list[int], width: int) -> Iterator[str]:
    """Yield what of the rows and columns in use is hidden, with what to do."""
    rows = [number for number in numbers if _is_hidden(parser.row_dimensions.get(str(number)))]
    if rows:
        yield gettext(
            "Hidden rows: {rows}. Show them, also by clearing the filter, or delete them."
        ).format(rows=_some(rows))
    columns = [
        letters_of(column)
        for each in parser.column_dimensions.values()
        if _is_hidden(each)
        for column in range(int(each["min"]), min(int(each["max"]), width) + 1)
    ]
    if columns:
        yield gettext("Hidden columns: {columns}. Show them or delete them.").format(
            columns=_some(columns)
        )


def _is_hidden(attributes: dict | None) -> bool:
    attributes = attributes or {}
    size = attributes.get("ht") or attributes.get("width") or "1"
    return attributes.get("hidden") in ("1", "true") or float(size) == 0


def _some(items: list) -> str:
    words = ", ".join(map(str, items[:NAMED]))
    return f"{words}, …" if len(items) > NAMED else words


def _struck_cells(data: bytes, name: str) -> dict[str, set[str]]:
    """Return which cells of each sheet hold a text of their own with a line through it, or through a part of it.

    Raises Unreadable for a file that unpacks to too much, and for one that declares types or entities.
    """
    struck: dict[str, set] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
            raise Unreadable(
                gettext("{name} unpacks to more than {size} MB.").format(
                    name=name, size=MAX_UNPACKED // 1_000_000
                )
            )
        total = 0
        for item in archive.infolist():
            if item.filename.endswith((".xml", ".rels")):
                with archive.open(item) as part:
                    measured = _Measured(MAX_ELEMENTS - total)
                    try:
                        measured.parser.ParseFile(part)
                    except _TooMuch as error:
                        raise Unreadable(
                            gettext(
                                "{name} has too many cells. Delete what is empty, or send it in parts."
                            ).format(name=name)
                        ) from error
                total += measured.total
                struck[item.filename] = measured.struck
    return struck


class _TooMuch(Exception):
    """More elements than a file may have."""


class _Measured:
    """Counts the elements of one part, and notes in which of its cells a text has a line through it."""

    def __init__(self, most: int):
        self.total, self.struck = 0, set()
        self._most, self._inside, self._at = most, 0, None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._element
        self.parser.StartDoctypeDeclHandler = self._declaration

    def _element(self, tag: str, attributes: dict[str, str]) -> None:
        self.total += 1
        self._inside += 1
        tag = tag.rpartition(":")[2]
        if tag in ("row", "si"):
            self._inside = 0
        elif tag == "c":
            self._at = attributes.get("r")
        elif tag == "strike" and attributes.get("val", "1") not in ("0", "false"):
            self.struck.add(self._at)
        if self.total > self._most or self._inside > MAX_INSIDE:
            raise _TooMuch

    def _declaration(self, *_) -> None:
        raise ValueError("A declaration of types or entities.")
