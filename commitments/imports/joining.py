"""Joining of the rows of several folders into one import that does not depend on their order."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext

from commitments.audit.replay import model_named
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
# The fields that name several rows of another kind.
_SEVERAL = {
    "lead_agencies": "agency",
    "partner_agencies": "agency",
    "themes": "theme",
    "pillars": "pillar",
    "commitments": "commitment",
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
        key = key_of(kind, row)
        first = known.setdefault(key, row)
        if first is row or (first.fields, first.parts, []) == (row.fields, row.parts, row.problems):
            continue
        if not row.problems:
            words = gettext("{place} says something else of this row. Keep one of the two.")
            row.problems.append(Problem(words.format(place=first.place)))
        known[*key, row.place] = row
    found = list(known.values())
    return list(_above_first(kind, found)) if kind in _ABOVE else found


def key_of(kind: str, row: Row) -> tuple[str, ...]:
    """Return what other rows name a row by."""
    return tuple(str(one(row.fields.get(name))) for name in KEYS.get(kind, ("slug",)))


def references(row: Row) -> Iterator[tuple[str, ...]]:
    """Yield the kind and the key of each row that a row names."""
    model = model_named(row.kind)
    names = {field.name: field for field in model._meta.get_fields() if not field.auto_created}
    for name, value in (
        *row.fields.items(),
        *(pair for part in row.parts for pair in part.items()),
    ):
        if name in _SEVERAL:
            yield from ((_SEVERAL[name], str(key)) for key in value or ())
        elif name in ("source", "agency"):
            yield name, str(one(value))
        elif value and name in names and names[name].is_relation and name != "corrects":
            kind = names[name].related_model._meta.model_name
            key = value if isinstance(value, list) else [value]
            above = [one(row.fields.get("plan"))] if kind == "section" and len(key) == 1 else []
            yield kind, *map(str, (*above, *key))


def _keys_above(kind: str, row: Row) -> Iterator[tuple[str, ...]]:
    """Yield the keys of the rows that a row names as above it; what it leaves out of them is as in its own."""
    own = key_of(kind, row)
    for name in _ABOVE[kind]:
        named = row.fields.get(name)
        parts = tuple(map(str, named if isinstance(named, list) else [named]))
        yield (*own[: len(own) - len(parts)], *parts)


def _above_first(kind: str, rows: list[Row]) -> Iterator[Row]:
    """Yield each row behind those that it names. In a circle, which the service refuses, any comes first."""
    named = {key_of(kind, row): row for row in reversed(rows)}
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
