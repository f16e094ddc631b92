"""Columns of spreadsheets: how a cell is read, and the templates to fill in. Lines become Row (report.py); see sheets.py.

CSV in UTF-8 or XLSX, one row a thing, headings in the first row. Cells with several values join them with `|`; the
evidence of a status change stands in numbered columns, `evidence_1_source`, `evidence_1_locator`, `evidence_1_note` and so
on, or joined as the site exports it. A column that is left out stays as it is stored; an empty cell empties the field.
"""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import tablib
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy
from import_export.fields import Field
from import_export.resources import Resource
from import_export.widgets import Widget

from commitments.choices import Precision
from commitments.dates import read_date
from commitments.imports.cells import PrintedDate
from commitments.imports.report import Problem, Row
from planwatch.exports.writers import values_of
from planwatch.web.query_params import nearest

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
AS_KNOWN = gettext_lazy("YYYY-MM-DD, or YYYY-MM or YYYY where no more is known")


# How a cell is read. A widget raises ValueError with words for the person who made the file.


class Text(Widget):
    def clean(self, value, row=None, **kwargs):
        if value is None:
            return ""
        if isinstance(value, bool | float | PrintedDate):
            raise ValueError(
                gettext(
                    "This must be text, but the spreadsheet made a number or a date of it. Format the "
                    "cell as text and write what is meant."
                )
            )
        return str(value).strip()


class Address(Text):
    """An address. Exports of releases before the guard stood before whole cells have it inside: it is taken off."""

    def clean(self, value, row=None, **kwargs):
        return re.sub(r"(?<=;)'(?='*[=+\-@])", "", super().clean(value))


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
        text = "" if value is None else str(value).strip()
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
        parts = [part.strip() for part in values_of(super().clean(value))]
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


@dataclass(frozen=True)
class Line:
    """One line of a file under its headings: the value of each column, where it stands, and what was wrong there."""

    number: int
    values: dict[str, Any]
    cells: dict[str, str]
    problems: list[Problem]

    @property
    def only_value(self) -> str | None:
        """Return the name of the one column with a value; None where there is not exactly one."""
        filled = [name for name, value in self.values.items() if str(value or "").strip()]
        return filled[0] if len(filled) == 1 and not self.problems else None


class Sheet(Resource):
    """One kind of spreadsheet. Its columns are the words of the service that saves a row."""

    model: str
    label: str
    service: Callable
    key: tuple[str, ...]
    # Which columns together must not stand twice, where these are more than the key.
    unique: tuple[str, ...] = ()

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
        return all(str(fields.get(name)) == self.columns[name].example for name in self.key)

    def row(self, line: Line) -> Row:
        """Read one line: its fields, or what is wrong with its cells."""
        if (name := line.only_value) and len(self.required & set(line.values)) > 1:
            words = gettext(
                "Only this cell of the row is filled. Delete the row if it is a note below the table."
            )
            return self._read(line, {}, [Problem(words, line.cells[name])])
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
        return self.finished(self._read(line, fields, problems))

    def _read(self, line: Line, fields: dict[str, Any], problems: list[Problem]) -> Row:
        return Row(
            self.model,
            gettext("row {number}").format(number=line.number),
            fields,
            cells=line.cells,
            problems=problems,
            partial=True,
        )

    def identity(self, row: Row) -> tuple:
        """Return what no other row of the file may have in common with this one."""
        return tuple(row.fields.get(name) for name in self.unique or self.key)

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


def named(words, choices):
    """Return the meaning of a column that takes one of the choices, with their values in it."""
    return format_lazy(words, values=", ".join(choices.values))


OF_THAT_DATE = named(
    gettext_lazy("Of that date: {values}. Empty: as precise as it is written."), Precision
)
