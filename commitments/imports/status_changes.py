"""Spreadsheets of status changes, with their evidence in numbered columns or joined as the site exports it."""

from dataclasses import replace
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments import services
from commitments.imports.columns import OF_THAT_DATE, Column, Sheet, columns_of
from commitments.imports.report import Problem, Row
from commitments.imports.values import read_text
from commitments.models import StatusChange
from planwatch.exports.writers import values_of

# So many pieces of evidence are read, and so many are in the template.
MAX_EVIDENCE, SHOWN_EVIDENCE = 8, 2


def _evidence_columns() -> dict[str, Column]:
    columns = {}
    source = _("Evidence {number}: the slug of the source.")
    for number in range(1, MAX_EVIDENCE + 1):
        for part, example, meaning in (
            ("source", "example-source", format_lazy(source, number=number)),
            ("locator", "page 2", _("Where in it: paragraph, page or section.")),
            ("note", "", _("For readers.")),
        ):
            columns[f"evidence_{number}_{part}"] = Column(
                example if number == 1 else "", meaning, read_text, number <= SHOWN_EVIDENCE
            )
    exported = Column("", _("As the site exports it."), read_text, is_in_template=False)
    return columns | {f"evidence.{part}": exported for part in ("slug", "locator", "note")}


def _with_evidence(row: Row) -> Row:
    """Take the columns of evidence out of the fields of a row and make parts of it of them."""
    fields, cells, problems = dict(row.fields), dict(row.cells), list(row.problems)
    parts = _exported_evidence(fields, cells, problems)
    for number in range(1, MAX_EVIDENCE + 1):
        source, locator, note = (
            fields.pop(f"evidence_{number}_{part}", "") for part in ("source", "locator", "note")
        )
        cell = cells.get(f"evidence_{number}_source")
        if cell:
            cells.setdefault("evidence", cell)
        if source:
            parts.append({"source": [source], "locator": locator, "note": note})
        elif locator or note:
            where = cell or cells[f"evidence_{number}_{'locator' if locator else 'note'}"]
            problems.append(Problem(gettext("Name the source of this evidence."), where))
    missing = [name for name in ("commitment", "effective_on", "status") if name not in row.cells]
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


STATUS_CHANGES = Sheet(
    StatusChange,
    _("Status changes"),
    services.record_status_change,
    ("commitment",),
    columns_of(
        StatusChange,
        commitment=("XX24-PRV-001", _("The code of the commitment.")),
        seq=(
            "",
            "The number of the step; may stay empty. A step that is recorded is never edited, only corrected.",
        ),
        effective_on=("2024-06-30", _("{form}: when it became true in the world.")),
        precision=("day", OF_THAT_DATE),
        status=("in_progress", _("One of {values}.")),
        explanation=("A first draft was published.", _("Plain sentences for readers.")),
        corrects=("", _("The number of the step that this one strikes out.")),
        correction_reason=("", _("Of a correction: why that step was wrong.")),
    )
    | _evidence_columns(),
    unique=("commitment", "seq", "effective_on", "status", "corrects"),
    finish=_with_evidence,
)
