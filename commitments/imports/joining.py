"""Joining of the rows of several folders into one import that does not depend on their order."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext

from commitments.imports.report import Problem, Row
from commitments.imports.scope import one
from commitments.imports.writers import KEYS
from commitments.querysets.plans import PLAN_LINKS

# The fields by which a row names others of its kind, which must be written before it.
_ABOVE = {
    "jurisdiction": ("parent",),
    "agency": ("parent",),
    "plan": PLAN_LINKS,
    "section": ("parent",),
}
# Many to a key; the services tell them apart.
_REPEATED = ("statuschange", "review")


def joined(kind: str, rows: list[Row]) -> list[Row]:
    """Return the rows of one kind, each once, and each behind the row that it names as above it.

    What two places say alike is one row; where they differ, the later is refused.
    """
    if kind in _REPEATED:
        return rows
    known: dict[tuple, Row] = {}
    for row in rows:
        key = _key_of(kind, row)
        first = known.setdefault(key, row)
        if first is row or (first.fields, first.parts, []) == (row.fields, row.parts, row.problems):
            continue
        if not row.problems:
            words = gettext("{place} says something else of this row. Keep one of the two.")
            row.problems.append(Problem(words.format(place=first.place)))
        known[*key, row.place] = row
    found = list(known.values())
    return list(_above_first(kind, found)) if kind in _ABOVE else found


def _key_of(kind: str, row: Row) -> tuple[str, ...]:
    return tuple(str(one(row.fields.get(name))) for name in KEYS.get(kind, ("slug",)))


def _keys_above(kind: str, row: Row) -> Iterator[tuple[str, ...]]:
    """Yield the keys of the rows that a row names as above it; what it leaves out of them is as in its own."""
    own = _key_of(kind, row)
    for name in _ABOVE[kind]:
        named = row.fields.get(name)
        parts = tuple(map(str, named if isinstance(named, list) else [named]))
        yield (*own[: len(own) - len(parts)], *parts)


def _above_first(kind: str, rows: list[Row]) -> Iterator[Row]:
    """Yield each row behind those that it names. In a circle, which the service refuses, any comes first."""
    named = {_key_of(kind, row): row for row in reversed(rows)}
    waiting, opened, done = rows[::-1], set(), set()
    while waiting:
        row = waiting.pop()
        if id(row) in done:
            continue
        if id(row) in opened:
            done.add(id(row))
            yield row
            continue
        opened.add(id(row))
        above = (named[key] for key in _keys_above(kind, row) if key in named)
        waiting += [row, *(other for other in above if id(other) not in opened)]
