"""The public record and the edits of one entry, told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_THINGS = {
    "agency": "agency",
    "citation": "citation",
    "commitment": "commitment",
    "commitmentlink": "lineage link",
    "objective": "objective",
    "pillar": "pillar",
    "plan": "plan",
    "proposal": "proposal",
    "review": "check",
    "source": "source",
    "statuschange": "status change",
}
_DONE = {"create": "New", "update": "Edited", "delete": "Removed"}


@dataclass(frozen=True)
class Told:
    """A row of the record in words. `values` are (field, before, after); empty where the body is withheld."""

    row: object
    what: str
    title: str
    values: list[tuple[str, str, str]]
    page: str = ""
    status: str = ""
    code: str = ""


def tell(row, linked: set[str] = frozenset()) -> Told:
    """Say what a row of the record did, and to what. The body of a withheld row is not looked at.

    `linked` are the slugs of the sources that have a page.
    """
    if row.is_withheld:
        return Told(row, "Withheld: about a commitment that is not published", "", [])
    before, after = row.before or {}, row.after or {}
    body = after or before
    subject = next(iter(row.commitments.all()), None)
    title = subject.title if subject else body.get("title") or body.get("name") or row.object_key
    what = f"{_DONE[row.action]} {_THINGS.get(row.object_type, row.object_type)}"
    if body.get("corrects"):
        what = "Correction"
    return Told(
        row,
        what,
        title,
        _differences(before, after),
        page=_page_of(row, subject, linked),
        status=body.get("status", "") if row.object_type == "statuschange" else "",
        code=subject.code if subject else "",
    )


def _page_of(row, subject, linked: set[str]) -> str:
    if subject or row.action == "delete":
        return "commitment_detail" if subject else ""
    if row.object_type == "source" and row.object_key not in linked:
        return ""
    return f"{row.object_type}_detail" if row.object_type in ("agency", "pillar", "source") else ""


def _differences(before: dict, after: dict) -> list[tuple[str, str, str]]:
    found = []
    for name in [*after, *(key for key in before if key not in after)]:
        old, new = _written(before.get(name)), _written(after.get(name))
        if old != new:
            found.append((name.replace("_", " ").capitalize(), old, new))
    return found


def _written(value) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(_written(item) for item in value.values() if item)
    if isinstance(value, list):
        return "; ".join(_written(item) for item in value)
    return str(value)


def in_words_of(value) -> str:
    """Return a value of the record as a person reads it."""
    return _written(value)


@dataclass(frozen=True)
class Edit:
    """One edit of an entry: what was done to it, why, and the values before and after."""

    row: object
    what: str
    reason: str
    values: list[tuple[str, str, str]]


def edits(rows: Iterable) -> list[Edit]:
    """Say what each row of the record did to the texts of one entry."""
    found = []
    for row in rows:
        after = dict(row.after or {})
        reason = after.pop("reason", "")
        if row.action == "delete":
            after = {}
        what = f"{_DONE[row.action]} {_THINGS.get(row.object_type, row.object_type)}"
        found.append(Edit(row, what, reason, _differences(row.before or {}, after)))
    return found
