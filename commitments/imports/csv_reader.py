"""CSV files as numbered rows of cells: UTF-8, separated by commas, semicolons or tabs."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext, gettext_lazy

from commitments.imports.cells import FORMULA, Cell
from commitments.imports.report import Unreadable
from planwatch.exports.writers import unguarded

SEPARATORS = ",;\t"
# How a file for Excel names its separator, in a line of its own before the table.
_NAMED = re.compile(r"\"?sep=([,;\t|])\"?\r?\n?", re.IGNORECASE)
_SHORT = gettext_lazy(
    "This row ends here: it has {cells} cells, and the first row has {width}. Add the separators that are missing."
)


def csv_rows(data: bytes, name: str, keys: Iterable[str]) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows of a CSV file with their numbers. `keys` are words of its headings. Raises Unreadable."""
    lines = _text_of(data, name).splitlines(keepends=True) or [""]
    named = _NAMED.fullmatch(lines[0])
    if named:
        separator, lines[0] = named[1], "\n"
    else:
        headings = next(
            (line for line in lines[:20] if all(key in line.casefold() for key in keys)), lines[0]
        )
        separator = max(SEPARATORS, key=headings.count)
    number = width = 0
    try:
        rows = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=separator, strict=True)
        for number, row in enumerate(rows, start=1):
            cells = [_cell(value) for value in row]
            width = width or (0 if all(cell.is_blank for cell in cells) else len(cells))
            if 0 < len(cells) < width:
                cells.append(Cell(None, _SHORT.format(cells=len(cells), width=width)))
            yield number, cells
    except csv.Error as error:
        if "limit" in str(error):
            words = gettext("{name}, row {number}: a cell is longer than {most} characters.")
        else:
            words = gettext(
                "{name}, row {number}: the quotation marks do not match. Where a cell stands in "
                "quotation marks, write each one within it twice, and close it."
            )
        raise Unreadable(
            words.format(name=name, number=number + 1, most=csv.field_size_limit())
        ) from error


def _cell(value: str) -> Cell:
    return Cell(None, FORMULA) if value.lstrip()[:1] == "=" else Cell(unguarded(value))


def _text_of(data: bytes, name: str) -> str:
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
    return text
