"""Hints beside the outcome of a row: what it is nearly the same as, whom its address imitates, and that it stays a draft. None changes anything."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext
from rapidfuzz import fuzz, process

from agencies.models import Agency
from commitments.imports.report import Outcome, Row
from commitments.imports.scope import one
from commitments.models import Commitment, Source
from commitments.services.lookalikes import official_hosts
from planwatch.net.addresses import host_of
from planwatch.net.lookalikes import lookalike_of

# So like each other, in percent, that a person should look.
NEAR = 90
# What a row of each kind is known by: the field of its key, and that of its name.
_NAMES = {"commitment": ("code", "title"), "source": ("slug", "title"), "agency": ("slug", "name")}
_STORED = {
    "commitment": lambda: Commitment.objects.values_list("code", "title", "plan__slug"),
    "source": lambda: Source.objects.values_list("slug", "title", "jurisdiction"),
    "agency": lambda: Agency.objects.values_list("slug", "name", "jurisdiction"),
}


class Hints:
    """What is on record, and what of a file was looked at so far. Names with other numbers in them are never near."""

    def __init__(self, rows: Iterable[Row]):
        self._official = official_hosts()
        self._known: dict[tuple, dict[str, str]] = defaultdict(dict)
        self._new: set[tuple[str, str]] = set()
        for kind in {row.kind for row in rows} & _STORED.keys():
            for key, name, place in _STORED[kind]().iterator():
                self._known[_group(kind, name, place)][key] = _plain(name)

    def of(self, outcome: Outcome) -> tuple[list[str], str]:
        """Return the hints, and the key of the row on record that a new row is much like, "" where there is none."""
        row, found, near = outcome.row, [], ""
        if outcome.result == "new" and row.kind in _NAMES:
            near = self._near(row)
        if near:
            words = gettext(
                "It is much like {other}. If it is the same, write {other} as its {field}."
            )
            found.append(words.format(other=near, field=_NAMES[row.kind][0]))
        if outcome.result == "new" and row.kind == "source":
            address = str(one(row.fields.get("url")) or "")
            if host := lookalike_of(host_of(address), self._official):
                words = gettext("Its address can be taken for one of {host}. Check it.")
                found.append(words.format(host=host))
        if (
            outcome.result == "new"
            and row.kind == "commitment"
            and row.fields.get("is_published") is None
            and not any(each.name == "is_published" and each.after for each in outcome.differences)
        ):
            found.append(gettext("No source is cited for it: it stays an unpublished draft."))
        return found, "" if (row.kind, near) in self._new else near

    def _near(self, row: Row) -> str:
        key_field, name_field = _NAMES[row.kind]
        key, name = (str(one(row.fields.get(field)) or "") for field in (key_field, name_field))
        place = row.fields.get("plan" if row.kind == "commitment" else "jurisdiction")
        known = self._known[_group(row.kind, name, one(place))]
        near = process.extractOne(_plain(name), known, scorer=fuzz.ratio, score_cutoff=NEAR)
        known[key] = _plain(name)
        self._new.add((row.kind, key))
        return near[2] if near else ""


def _plain(name: str) -> str:
    return " ".join(sorted(re.findall(r"\w+", name.casefold())))


def _group(kind: str, name: str, place: str | None) -> tuple:
    return (kind, place or "", *re.findall("[0-9]+", name))
