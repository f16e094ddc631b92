"""Spreadsheets of status changes, with their evidence in numbered columns or joined as the site exports it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from commitments import services
from commitments.choices import Status
from commitments.imports.columns import (
    AS_KNOWN,
    OF_THAT_DATE,
    Choice,
    Column,
    DateAsKnown,
    PrecisionOf,
    Sheet,
    Text,
    Whole,
    named,
)
from commitments.imports.report import Problem
from planwatch.exports.writers import values_of

MAX_EVIDENCE = 8


class StatusChangeSheet(Sheet):
    model, label, key = "statuschange", gettext_lazy("Status changes"), ("commitment",)
    service = staticmethod(services.record_status_change)
    unique = ("commitment", "seq", "effective_on", "status", "corrects")

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
    status = Column(Choice(Status), "in_progress", named(gettext_lazy("One of {values}."), Status))
    explanation = Column(
        Text(), "A first draft was published.", gettext_lazy("Plain sentences for readers.")
    )
    corrects = Column(
        Whole(), "", gettext_lazy("The number of the step that this one strikes out.")
    )
    correction_reason = Column(
        Text(), "", gettext_lazy("Of a correction: why that step was wrong.")
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
        for part in ("slug", "locator", "note"):
            column = Column(Text(), "", gettext_lazy("As the site exports it."))
            column.column_name = f"evidence.{part}"
            self.fields[column.column_name] = column

    def headings(self):
        """Show two pieces of evidence; as many as MAX_EVIDENCE are read."""
        shown = ("evidence_1_", "evidence_2_")
        return [
            name
            for name in self.columns
            if not name.startswith("evidence") or name.startswith(shown)
        ]

    def finished(self, row):
        fields, cells, problems = dict(row.fields), dict(row.cells), list(row.problems)
        parts = _exported_evidence(fields, cells, problems)
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
        return replace(row, fields=fields, parts=parts, cells=cells, problems=problems)


def _exported_evidence(fields: dict, cells: dict, problems: list[Problem]) -> list[dict[str, Any]]:
    """Take the columns of exported evidence out of the fields and return its items."""
    columns = [
        [each.strip() for each in values_of(str(fields.pop(f"evidence.{part}", "")))]
        for part in ("slug", "locator", "note")
    ]
    if cell := cells.get("evidence.slug"):
        cells["evidence"] = cell
    slugs = columns[0]
    if any(column and len(column) != len(slugs) for column in columns):
        problems.append(
            Problem(gettext("Give each source of the evidence a locator and a note."), cell or "")
        )
        return []
    locators, notes = (column or [""] * len(slugs) for column in columns[1:])
    return [
        {"source": [slug], "locator": locator, "note": note}
        for slug, locator, note in zip(slugs, locators, notes, strict=True)
    ]
