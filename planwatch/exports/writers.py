"""Export writers: CSV, NDJSON and XLSX in chunks of bytes."""

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson

from planwatch.exports.tables import Column, Table, value_at

JOINT = "|"
BYTES = 1 << 16
SHEET_ROWS = 1_048_576
SHEET_CELL = 32_767
# Excel counts days from 1900 and takes that year for a leap year.
SHEET_FIRST_DAY = dt.date(1900, 3, 1)


class NotForASheet(ValueError):
    """A list that an XLSX file cannot hold; says in words why and what to take instead."""


# Cells

_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]")


def guarded(cell: str) -> str:
    """Return a cell so that no spreadsheet runs it as a formula. `unguarded` takes the guard off again."""
    # Most texts begin with a letter: to see that is quicker than to look for a formula.
    if cell[:1].isalnum() or not _FORMULA.match(cell):
        return cell
    return f"'{cell}"


def unguarded(cell: str) -> str:
    """Return the cell that `guarded` was given."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


def text_of(value: Any) -> str:
    """Return a value as a cell holds it; several are joined."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return JOINT.join([_escaped(text_of(each)) for each in value])
    return orjson.dumps(value).decode() if isinstance(value, dict) else str(value)


def values_of(cell: str) -> list[str]:
    """Return the values that `text_of` joined in a cell; none of an empty one."""
    if not cell:
        return []
    # Two characters that no text holds stand for what is escaped while the joints are found.
    marked = cell.replace("\\\\", "\0").replace("\\|", "\1")
    return [value.replace("\0", "\\").replace("\1", "|") for value in marked.split(JOINT)]


def cell_of(value: Any) -> str:
    """Return a value as a cell of a CSV file."""
    return text_of(value) if isinstance(value, int) else guarded(text_of(value))


# What stands in lists, such as documents and agencies, stands in those of many rows.
@lru_cache(maxsize=4096)
def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


# Files


def csv_chunks(table: Table) -> Iterator[bytes]:
    """Yield a CSV file: UTF-8, RFC 4180, a heading row, a row an object."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(column.name for column in table.columns)
    paths = [column.path for column in table.columns]
    for item in table.items:
        writer.writerow([cell_of(value_at(item, path)) for path in paths])
        if file.tell() > BYTES:
            yield file.getvalue().encode()
            file.seek(0)
            file.truncate()
    yield file.getvalue().encode()


def ndjson_chunks(table: Table) -> Iterator[bytes]:
    """Yield the objects as JSON, one a line."""
    lines: list[bytes] = []
    size = 0
    for item in table.items:
        lines.append(orjson.dumps(item, default=str, option=orjson.OPT_APPEND_NEWLINE))
        size += len(lines[-1])
        if size > BYTES:
            yield b"".join(lines)
            lines, size = [], 0
    yield b"".join(lines)


def xlsx_chunks(table: Table) -> Iterator[bytes]:
    """Yield an XLSX file with the table of the CSV file, days as days, no formula, its heading row frozen.

    It is made whole before its first byte, on disk. Raises NotForASheet where a row or a text is one too many.
    """
    # Here and below: it takes ten megabytes of a process, and few ask for a sheet.
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    if table.count >= SHEET_ROWS:
        raise NotForASheet(
            f"A sheet holds {SHEET_ROWS - 1:,} rows, and this list has {table.count:,}. Narrow it, or take csv."
        )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    sheet.freeze_panes = "A2"
    heading = [_sheet_cell(sheet, column.name) for column in table.columns]
    for number, (column, cell) in enumerate(zip(table.columns, heading, strict=True), 1):
        cell.font = Font(bold=True)
        wide = column.kind == "string" and column.path[-1] in ("title", "summary")
        sheet.column_dimensions[get_column_letter(number)].width = 48 if wide else 18
    with tempfile.TemporaryFile() as file:
        try:
            sheet.append(heading)
            for item in table.items:
                sheet.append([_for_sheet(sheet, column, item) for column in table.columns])
        finally:
            # Also after a failure: this removes what openpyxl has put on the disk.
            book.save(file)
        file.seek(0)
        while chunk := file.read(BYTES):
            yield chunk


def _for_sheet(sheet, column: Column, item: dict[str, Any]):
    value = value_at(item, column.path)
    if value and column.kind == "date" and not column.many:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
        if day >= SHEET_FIRST_DAY:
            return _sheet_cell(sheet, day)
    if isinstance(value, bool | int):
        return value
    text = text_of(value)
    if len(text) > SHEET_CELL:
        raise NotForASheet(
            f"A cell of a sheet holds {SHEET_CELL:,} characters, and one of {column.name} has more. "
            f"Leave it out with omit={column.path[0]}, or take csv."
        )
    return _sheet_cell(sheet, text)


# What XML cannot hold or turns into something else, and what looks as if it stood for that.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def sheet_text(cell: str) -> str:
    """Return a text as a cell of an XLSX file holds it. `text_of_sheet` gives it back."""
    marked = guarded(cell) if cell[:1] == "'" else cell
    return _NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", marked)


def text_of_sheet(text: str) -> str:
    """Return what a text of an XLSX file says: `_x000D_` is a carriage return, by the rule of the format."""
    decoded = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
    # A character beyond four digits is written as two of them.
    return unguarded(decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _sheet_cell(sheet, value: str | dt.date):
    from openpyxl.cell import WriteOnlyCell

    if value == "":
        return None
    if isinstance(value, dt.date):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "yyyy-mm-dd"
        return cell
    cell = WriteOnlyCell(sheet, sheet_text(value))
    cell.data_type = "s"
    return cell
