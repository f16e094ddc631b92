"""How a table of other columns becomes rows of ours: its headings to fields, and its words to ours. Plain data, kept as JSON.

sheet: Actions            # empty where there is one table
headings: [3, 4]          # the first and the last row of headings
plan: xx-plan-2024
source: plan-document     # cited for each commitment; empty for none
status_source: report     # the document that the statuses are from
reported_on: 2024-06
columns: {Action: title, Lead: lead_agencies, Remarks: ""}     # "" leaves a column out
words: {Status: {In progress – on track: in_progress}}          # by heading
agencies: {Ministry of Works: works, Unknown office: ""}        # "" leaves one out, "+" makes a new one
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from commitments.choices import Precision, Status
from commitments.dates import read_date
from commitments.imports.cells import Cell
from commitments.imports.report import Unreadable
from commitments.imports.tables import Table
from commitments.imports.yaml_document import read_documents
from commitments.statuses import RULES
from planwatch.net import isolated

# A field of ours: what it is called, and words by which headings name it.
FIELDS: dict[str, tuple[Any, str]] = {
    "title": (_("Title"), "title commitment action promise recommendation measure activity"),
    "summary": (_("Summary"), "summary description details text"),
    "original_title": (_("Title as printed"), "original title"),
    "code": (_("Our code"), "code"),
    "plan_number": (_("Number in the plan"), "number no nr id ref reference"),
    "section": (_("Section of the plan"), "section chapter goal objective priority area"),
    "pillar": (_("Pillar"), "pillar"),
    "themes": (_("Themes"), "theme topic"),
    "kind": (_("Kind"), "kind type"),
    "lead_agencies": (
        _("Responsible agencies"),
        "lead agency agencies responsible department owner",
    ),
    "partner_agencies": (_("Partners"), "partner partners support supporting"),
    "agency_mark": (_("A column of one agency, with a mark or a role"), ""),
    "announced_on": (_("Announced on"), "announced promised made"),
    "due_on": (_("Deadline"), "due deadline timeline timeframe target date"),
    "target": (_("Target"), "target indicator"),
    "status": (_("Status in their words"), "status progress state rating"),
    "explanation": (_("What was done"), "comment comments update explanation progress notes"),
    "reported_on": (_("Day of the status"), "updated reported as of"),
    "source_url": (_("Address of a source"), "url link source web"),
    "source_title": (_("Title of that source"), "source title"),
    "locator": (_("Place in the source"), "page paragraph locator"),
    "note": (_("Note for readers"), "note remark remarks"),
}
# The fields whose words are ours, not free text.
CODED = ("status", "kind", "pillar", "section", "themes", "agency_mark")
# What a word or an agency may be instead of one of ours.
NEW, LEFT_OUT = "+", ""
_FORMS = {
    Precision.DAY: ("%Y/%m/%d", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d.%m.%Y"),
    Precision.MONTH: ("%B %Y", "%b %Y", "%b-%y", "%m/%Y", "%Y/%m"),
}


@dataclass
class Mapping:
    """A mapping, as the module says. `others` are what a row without a value has: kind, publisher, announced_on."""

    sheet: str = ""
    headings: tuple[int, int] = (1, 1)
    plan: str = ""
    source: str = ""
    status_source: str = ""
    reported_on: str = ""
    day_first: bool | None = None
    columns: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    agencies: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Any) -> Mapping:
        """Return the mapping that data from JSON or YAML says. Raises Unreadable."""
        known = cls.__dataclass_fields__
        if not isinstance(data, dict) or not set(data) <= set(known):
            names = ", ".join(known)
            raise Unreadable(gettext("A mapping has {names}.").format(names=names))
        made = cls(**data)
        if unknown := set(made.columns.values()) - {"", *FIELDS}:
            raise Unreadable(
                gettext("{unknown} is no field. Fields are {names}.").format(
                    unknown=", ".join(map(str, unknown)), names=", ".join(FIELDS)
                )
            )
        first, last = made.headings
        made.headings = (int(first), int(last))
        return made

    @classmethod
    def of_file(cls, data: bytes, name: str) -> Mapping:
        """Return the mapping in a file of YAML, of which JSON is a part. Raises Unreadable."""
        [(_, document)] = read_documents({name: data}, name, isolated.SECONDS)
        return cls.of(_plain(document))

    def of_field(self, name: str) -> list[str]:
        """Return the headings of the columns that are mapped to a field."""
        return [heading for heading, of in self.columns.items() if of == name]

    def word(self, heading: str, text: str) -> str | None:
        """Return our word for theirs; None where none is given."""
        words = self.words.get(heading, {})
        return words.get(
            text, {key.casefold(): ours for key, ours in words.items()}.get(text.casefold())
        )


def _plain(value: Any) -> Any:
    """Return a document of YAML as plain data: what is printed, and numbers and truth values where these are meant."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is not None and value.kind == "bool":
        return value.text.casefold() in ("true", "yes", "on")
    return None if value is None or value.kind == "null" else value.text


def table_of(tables: dict[str, Table], mapping: Mapping) -> Table:
    """Return the table that a mapping chooses. Raises Unreadable."""
    if mapping.sheet in tables:
        return tables[mapping.sheet]
    if len(tables) == 1:
        return next(iter(tables.values()))
    raise Unreadable(
        gettext("Choose one of the sheets: {sheets}.").format(sheets=", ".join(tables))
    )


def headings_of(table: Table, rows: tuple[int, int]) -> list[str]:
    """Return the heading of each column: of several rows the words one after the other, each once."""
    chosen = [cells for number, cells in table if rows[0] <= number <= rows[1]]
    found: list[str] = []
    for column in range(max(map(len, chosen), default=0)):
        words = (str(cells[column].value or "") for cells in chosen if column < len(cells))
        text = " – ".join(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
        count = sum(other.partition(" (")[0] == text for other in found)
        found.append(f"{text} ({count + 1})" if text and text in found else text)
    return found


def lines_of(table: Table, mapping: Mapping) -> list[tuple[int, dict[str, tuple[str, Cell]]]]:
    """Return the lines below the headings with their numbers: by heading, the column's number and the cell."""
    headings = headings_of(table, mapping.headings)
    found = []
    for number, cells in table:
        if number > mapping.headings[1] and not all(cell.is_blank for cell in cells):
            padded = [*cells, *[Cell()] * (len(headings) - len(cells))]
            named = enumerate(zip(headings, padded, strict=False), start=1)
            found.append((number, {name: (at, cell) for at, (name, cell) in named if name}))
    return found


def first_guess(tables: dict[str, Table]) -> Mapping:
    """Return a mapping to begin with: the longest table, its first row with most cells, and fields by their names."""
    sheet = max(tables, key=lambda title: len(tables[title]))
    widths = [
        (sum(not cell.is_blank for cell in cells), -number) for number, cells in tables[sheet][:10]
    ]
    row = -max(widths, default=(0, -1))[1]
    mapping = Mapping(sheet=sheet, headings=(row, row))
    guess_columns(tables[sheet], mapping)
    return mapping


def guess_columns(table: Table, mapping: Mapping) -> None:
    """Map the headings that are new to the fields that they are named like, each field once."""
    taken = {name for name in mapping.columns.values() if name}
    headings = [name for name in headings_of(table, mapping.headings) if name]
    mapping.columns = {name: of for name, of in mapping.columns.items() if name in headings}
    for heading in headings:
        words = set(re.findall(r"\w+", heading.casefold().replace("_", " ")))
        fitting = [
            (len(words & set(names.split())), name)
            for name, (_label, names) in FIELDS.items()
            if name not in taken and words & set(names.split())
        ]
        if heading not in mapping.columns:
            name = max(fitting, key=lambda each: each[0])[1] if fitting else ""
            mapping.columns[heading] = name
            taken.add(name)


def status_like(text: str) -> str:
    """Return the status that a vocabulary which readers know calls by these words.

    "" where none does, and where the words stand for several of ours: a person says which.
    """
    known = defaultdict(set)
    for status, rule in RULES.items():
        for words in (rule.gao, rule.ogp, rule.promise_trackers):
            known[words.casefold()].add(status.value)
    for status in Status:
        known[str(status.label).casefold()] = known[status.value] = {status.value}
    best = process.extractOne(text.casefold(), list(known), scorer=fuzz.ratio, score_cutoff=88)
    found = known[best[0]] if best else ()
    return next(iter(found)) if len(found) == 1 else ""


def read_their_date(text: str, day_first: bool | None) -> tuple[str, str]:
    """Return a date as ISO and its precision, from the forms in which people write one. Raises ValueError."""
    text = " ".join(text.replace(",", " ").split())
    try:
        day, precision = read_date(text)
        return day.isoformat()[: {"year": 4, "month": 7}.get(precision, 10)], precision
    except ValueError:
        plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text)
    if found := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", plain):
        one, other, year = map(int, found.groups())
        if one <= 12 and other <= 12 and one != other and day_first is None:
            raise ValueError(
                gettext("“{text}”: say whether the day or the month comes first.").format(text=text)
            )
        day, month = (one, other) if day_first or one > 12 else (other, one)
        return dt.date(year, month, day).isoformat(), Precision.DAY.value
    if found := re.fullmatch(r"Q([1-4])[ /-]?(\d{4})", plain, re.IGNORECASE):
        return f"{found[2]}-{int(found[1]) * 3:02}", Precision.MONTH.value
    for precision, forms in _FORMS.items():
        for form in forms:
            try:
                day = dt.datetime.strptime(plain, form).date()
            except ValueError:
                continue
            return day.isoformat()[: 7 if precision == Precision.MONTH else 10], precision.value
    raise ValueError(gettext("“{text}” is not a date that is read here.").format(text=text[:40]))


def digest_of(headings: list[str]) -> str:
    """Return what the headings of a table are known by."""
    return hashlib.sha256(json.dumps(headings).encode()).hexdigest()
