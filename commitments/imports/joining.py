"""Joining of the rows of several folders into one import that does not depend on their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from django.utils.translation import gettext

from commitments.audit.replay import model_named
from commitments.imports.report import Problem, Row
from commitments.imports.scope import one
from commitments.imports.writers import KEYS
from commitments.querysets.plans import PLAN_LINKS

# Each row may refer to rows of the files before its own.
ORDER = (
    "jurisdiction",
    "agency",
    "source",
    "site",
    "pillar",
    "theme",
    "plan",
    "section",
    "commitment",
    "citation",
    "commitmentlink",
    "development",
    "reportedstatus",
    "statuschange",
    "review",
)
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


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return the rows in the order in which they can be written, each once as `joined` says."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    return [row for kind in ORDER for row in joined(kind, found.get(kind, []))]


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
    return tuple(str(one(row.fields.get(name))) for name in _key_fields(kind))


def references(row: Row) -> Iterator[tuple[str, ...]]:
    """Yield the kind and the key of each row that a row names."""
    for name, value in (
        *row.fields.items(),
        *(pair for part in row.parts for pair in part.items()),
    ):
        kind = _kind_named(row.kind, name)
        if name in _SEVERAL:
            yield from ((kind, str(key)) for key in value or ())
        elif value and kind:
            key = value if isinstance(value, list) else [value]
            above = [one(row.fields.get("plan"))] if kind == "section" and len(key) == 1 else []
            yield kind, *map(str, (*above, *key))


@cache
def _kind_named(kind: str, name: str) -> str | None:
    """Return the kind of row that a field of a row of `kind`, or of a part of it, names; None where it names none."""
    if name in _SEVERAL or name in ("source", "agency"):
        return _SEVERAL.get(name, name)
    fields = model_named(kind)._meta.fields
    field = next((each for each in fields if each.name == name != "corrects"), None)
    return field.related_model._meta.model_name if field and field.is_relation else None


def renamed(rows: Iterable[Row], same: Mapping[str, str]) -> list[Row]:
    """Return the rows with other keys, by kind and key as in Outcome.name, also where they name each other."""

    def other(kind: str, value):
        if isinstance(value, list | tuple):
            return type(value)(other(kind, each) for each in value)
        return same.get(f"{kind}:{value}", value)

    found = list(rows)
    for row in found:
        for part in (row.fields, *row.parts):
            for name, value in part.items():
                own = row.kind if part is row.fields and (name,) == _key_fields(row.kind) else None
                if kind := own or _kind_named(row.kind, name):
                    part[name] = other(kind, value)
    return found


def _key_fields(kind: str) -> tuple[str, ...]:
    return KEYS.get(kind, ("slug",))


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
