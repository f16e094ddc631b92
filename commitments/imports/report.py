"""Rows to import, and the outcome of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext

from commitments.imports.scope import Scope


class Unreadable(Exception):
    """What was given cannot be read as a plan. The message says which file and what to do."""


class Moved(Exception):
    """The data set has moved since the version that was looked at; nothing was written."""


@dataclass(frozen=True)
class Problem:
    """Why a row is refused, and the cell or field to mend."""

    message: str
    cell: str = ""

    def __str__(self) -> str:
        return f"{self.cell}: {self.message}" if self.cell else self.message


@dataclass(frozen=True)
class Row:
    """One entry of a file or one line of a spreadsheet, with the entries of other files that belong to it.

    `cells` says where each field stands, `problems` what was wrong with it when it was read. Of a `partial` row the
    fields that are missing stay as they are stored. `passed_over` are columns of its file that the site makes by itself.
    An optional row that the rules refuse is left out, and the others are written. `notes` say what a reader made of it.
    """

    kind: str
    place: str
    fields: dict[str, Any]
    parts: list[dict[str, Any]] = field(default_factory=list)
    cells: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    partial: bool = False
    passed_over: tuple[str, ...] = ()
    is_optional: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        was = "" if self.before is None else f"{self.before!r} becomes "
        return f"{self.name}: {was}{self.after!r}"


@dataclass(frozen=True)
class Outcome:
    """What became of a row: new, changed, proposed (to a second person), unchanged, refused, left out or dependent (refused
    because it refers to a row that is), and how or why.

    `beyond` says what it reaches beyond the import (see import_scope.Scope), `name` how a person allows that. `notes` are for
    the eye of a person. Of a new row the differences are its values; `dependents` counts the rows that wait for this one;
    `near` is the key of the row on record that it is much like.
    """

    row: Row
    key: str
    result: str
    differences: list[Difference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    beyond: str = ""
    notes: list[str] = field(default_factory=list)
    dependents: int = 0
    near: str = ""

    @property
    def name(self) -> str:
        return f"{self.row.kind}:{self.key}"

    @property
    def detail(self) -> str:
        waits = [gettext("It waits for a second person.")] if self.result == "proposed" else []
        changed = self.differences if self.result != "new" else []
        words = [*map(str, self.problems), *waits, "; ".join(map(str, changed)), *self.notes]
        if self.dependents:
            words.append(dependents_in_words(self.dependents))
        return " ".join(filter(None, words))


def dependents_in_words(count: int) -> str:
    return ngettext(
        "{count} row refers to it and waits for it.",
        "{count} rows refer to it and wait for it.",
        count,
    ).format(count=count)


Writer = Callable[[Row, Scope, str], tuple[str, list[Difference]]]


@dataclass(frozen=True)
class Report:
    """The outcomes, whether they were written, and the data set's version before them."""

    outcomes: list[Outcome]
    written: bool
    version: int

    def count(self, result: str) -> int:
        return sum(outcome.result == result for outcome in self.outcomes)

    @property
    def refused(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.result == "refused"]


def problems_of(error: ValidationError, row: Row) -> list[Problem]:
    if not hasattr(error, "error_dict"):
        return [Problem(" ".join(error.messages))]
    return [
        Problem(" ".join(texts), "" if name == "__all__" else row.cells.get(name, name))
        for name, texts in error.message_dict.items()
    ]
