"""Kinds of spreadsheets and their columns: how a line is read, and the templates to fill in. Lines become Row (report.py).

CSV in UTF-8 or XLSX, one row a thing, headings in the first row. Cells with several values join them with `|`; the
evidence of a status change stands in numbered columns, `evidence_1_source`, `evidence_1_locator`, `evidence_1_note` and so
on, or joined as the site exports it. A column that is left out stays as it is stored; an empty cell empties the field.
"""

from __future__ import annotations

import csv
import inspect
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from commitments.imports.report import Problem, Row
from commitments.imports.values import reader_of
from commitments.imports.writers import DATES

AS_KNOWN = gettext_lazy("YYYY-MM-DD, or YYYY-MM or YYYY where no more is known")
OF_THAT_DATE = gettext_lazy("Of that date: {values}. Empty: as precise as it is written.")


@dataclass(frozen=True)
class Column:
    """A column: what stands in the template's example row, what it is for, and how its cells are read."""

    example: str
    meaning: str
    read: Callable[[Any], Any]
    is_in_template: bool = True


def columns_of(model: type[models.Model], **described: tuple[str, str]) -> dict[str, Column]:
    """Return columns, each from its example and meaning, and read as the model's field of that name.

    A meaning may have {values} for those that the column takes, and {form} for how a date is written.
    """
    columns = {}
    for name, (example, meaning) in described.items():
        read, choices = reader_of(model, name)
        meaning = format_lazy(meaning, form=AS_KNOWN, values=", ".join(choices))
        columns[name] = Column(example, meaning, read)
    return columns


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


@dataclass(frozen=True)
class Sheet:
    """One kind of spreadsheet. Its columns are the words of the service that saves a row.

    `key` are the columns that say which row is meant, `unique` those that together must not stand twice where these are
    more; `finish` makes of what was read what is imported.
    """

    model: type[models.Model]
    label: str
    service: Callable
    key: tuple[str, ...]
    columns: dict[str, Column]
    unique: tuple[str, ...] = ()
    finish: Callable[[Row], Row] = lambda row: row

    @property
    def kind(self) -> str:
        return self.model._meta.model_name

    @cached_property
    def required(self) -> frozenset[str]:
        """Return the columns that a new row needs: what the service cannot do without."""
        parameters = inspect.signature(self.service).parameters.values()
        return frozenset(
            item.name for item in parameters if item.default is item.empty
        ) & frozenset(self.columns)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """Return what an empty cell stands for where it does not stand for nothing; a precision follows from its date."""
        parameters = inspect.signature(self.service).parameters
        derived = DATES.get(self.kind, ())[1:]
        # Whether it is published follows from whether it is cited.
        derived = {*derived, "is_published"}
        names = set(parameters) & set(self.columns) - self.required - derived
        return {name: parameters[name].default for name in names}

    def is_example(self, fields: dict[str, Any]) -> bool:
        return all(str(fields.get(name)) == self.columns[name].example for name in self.key)

    def is_whole_example(self, line: Line) -> bool:
        """Return whether a line says what the example of the template does, and nothing else."""
        return not line.problems and all(
            str(value or "").strip() == self.columns[name].example
            for name, value in line.values.items()
        )

    def row(self, line: Line) -> Row:
        """Read one line: its fields, or what is wrong with its cells."""
        if (name := line.only_value) and len(self.required & set(line.values)) > 1:
            words = gettext(
                "Only this cell of the row is filled. Delete the row if it is a note below the table."
            )
            return self._read(line, {}, [Problem(words, line.cells[name])])
        fields, problems, defaults = {}, list(line.problems), self.defaults
        for name, value in line.values.items():
            try:
                cleaned = self.columns[name].read(value)
            except ValueError as error:
                problems.append(Problem(str(error), line.cells[name]))
                continue
            if cleaned in (None, "") and name in self.required:
                problems.append(Problem(gettext("This must be filled in."), line.cells[name]))
            empty = cleaned in (None, "") and name in defaults
            fields[name] = defaults[name] if empty else cleaned
        if not problems and self.is_example(fields):
            problems.append(
                Problem(
                    gettext("This is the example of the template. Delete this row."),
                    line.cells[self.key[0]],
                )
            )
        return self.finish(self._read(line, fields, problems))

    def _read(self, line: Line, fields: dict[str, Any], problems: list[Problem]) -> Row:
        return Row(
            self.kind,
            gettext("row {number}").format(number=line.number),
            fields,
            cells=line.cells,
            problems=problems,
            partial=True,
        )

    def identity(self, row: Row) -> tuple:
        """Return what no other row of the file may have in common with this one."""
        return tuple(row.fields.get(name) for name in self.unique or self.key)

    def described(self) -> list[dict[str, Any]]:
        """Return the columns of the template with what they are for."""
        return [
            {"name": name, "required": name in self.required, "meaning": column.meaning}
            for name, column in self.columns.items()
            if column.is_in_template
        ]

    def template_rows(self) -> list[list[str]]:
        """Return the headings and the example row of the template."""
        names = [column["name"] for column in self.described()]
        return [names, [self.columns[name].example for name in names]]

    def template(self, form: str) -> bytes:
        """Return a file with the headings and one example row; as XLSX with a sheet that explains the columns."""
        described, rows = self.described(), self.template_rows()
        if form == "csv":
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            return text.getvalue().encode("utf-8-sig")
        from openpyxl import Workbook

        book = Workbook()
        book.active.title = str(self.label)[:31]
        notes = book.create_sheet(gettext("Columns"))
        notes.append([gettext("column"), gettext("needed"), gettext("meaning")])
        for row in rows:
            book.active.append(row)
        for column in described:
            needed = gettext("yes") if column["required"] else ""
            notes.append([column["name"], needed, str(column["meaning"])])
        data = io.BytesIO()
        book.save(data)
        return data.getvalue()
