"""One line of a table of other columns: what its cells are by the mapping, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from commitments.imports.cells import Cell, value_problem
from commitments.imports.mapping import CODED, LEFT_OUT, read_their_date
from commitments.imports.report import Problem, Row
from commitments.imports.xlsx_reader import letters_of

if TYPE_CHECKING:
    from commitments.imports.foreign_tables import ForeignTable


class Line:
    """One line of a table: the values of our fields, and what is wrong with its cells."""

    def __init__(self, number: int, cells: dict[str, tuple[int, Cell]], table: ForeignTable):
        self.cells, self._table = cells, table
        self.place = gettext("row {number}").format(number=number)
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.fields: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        for heading, (column, cell) in cells.items():
            field = table.mapping.columns.get(heading, "")
            place = f"{letters_of(column)}{number} ({heading})"
            if not field:
                continue
            self.places.setdefault(field, place)
            try:
                self._take(field, heading, cell)
            except ValueError as error:
                self.problems.append(Problem(str(error), place))

    def row(self, kind: str, /, **fields: Any) -> Row:
        """Return a row of that kind that this line has. A step is left out where the rules want more than it has."""
        return Row(
            kind,
            self.place,
            fields,
            cells=self.places,
            partial=kind != "statuschange",
            is_optional=kind == "statuschange",
        )

    def _take(self, field: str, heading: str, cell: Cell) -> None:
        mapping, text = self._table.mapping, cell.text
        if cell.problem:
            raise ValueError(cell.problem)
        given = mapping.word(heading, text) if text else ""
        if given is None and (problem := value_problem(text)):
            raise ValueError(problem)
        if field in CODED:
            self._take_coded(field, heading, text)
        elif field.endswith("_agencies"):
            self._take_agencies(field, text if given is None else given)
        elif field in ("due_on", "reported_on", "announced_on"):
            self._take_date(field, text if given is None else given)
        else:
            value = text if given is None else given
            found = self.fields.get(field)
            self.fields[field] = f"{found}\n{value}" if found and value else found or value

    def _take_coded(self, field: str, heading: str, text: str) -> None:
        ours = self._table.coded(field, heading, text) if text else LEFT_OUT
        if ours is None and field != "status":
            raise ValueError(
                gettext("“{text}” is no word of ours. Map it, or leave it out.").format(text=text)
            )
        if field == "agency_mark":
            if ours:
                self._take_agencies(f"{ours}_agencies", agency_in(heading))
        elif field == "themes":
            self.fields["themes"] = (ours,) if ours else ()
        elif field != "status" and ours:
            self.fields[field] = ours

    def _take_agencies(self, field: str, text: str) -> None:
        others = {*self.fields.get("lead_agencies", ()), *self.fields.get("partner_agencies", ())}
        found = list(self.fields.get(field, ()))
        for name in self._table.names_in(text) if text else ():
            slug = self._table.agency_of(name)
            if slug is None:
                raise ValueError(
                    gettext(
                        "“{name}” is no agency on record. Choose one for it, make it new, or leave it out."
                    ).format(name=name)
                )
            if slug == LEFT_OUT:
                self.fields["lead_note"] = gettext("As printed: {text}").format(text=text)
            elif slug not in others:
                found.append(slug)
                others.add(slug)
        self.fields[field] = tuple(found)

    def _take_date(self, field: str, text: str) -> None:
        if not text:
            return
        try:
            self.fields[field], _ = read_their_date(text, self._table.mapping.day_first)
        except ValueError:
            if field != "due_on":
                raise
            self.fields["due_text"] = text[:200]


def agency_in(heading: str) -> str:
    """Return the agency that the last part of a heading names, as in “Partners – Ministry of Works”."""
    return heading.rpartition(" – ")[2]
