"""A selection of commitments in words, and the filters beside it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from commitments.dates import in_words

NAMES = {
    "pillar": "Pillar",
    "status": "Status",
    "kind": "Kind",
    "plan": "Plan",
    "objective": "Objective",
    "agency": "Agency",
    "lead": "Led by",
    "partner": "Partner",
    "source": "Document",
    "origin": "Origin of a source",
    "verification": "Confirmed by",
    "q": "Search",
    "announced_after": "Announced from",
    "announced_before": "Announced until",
    "due_after": "Due from",
    "due_before": "Due until",
    "changed_after": "Status since",
    "changed_before": "Status until",
    "reviewed_before": "Not reviewed since",
    "is_open": "Open",
    "is_overdue": "Past its date",
    "is_stale": "Not checked for a year",
}
_PHRASES = {
    "pillar": "in {}",
    "status": "with the status {}",
    "kind": "of the kind {}",
    "plan": "of {}",
    "objective": "under the objective {}",
    "agency": "owed or shared by {}, offices below included",
    "lead": "led by {}, offices below included",
    "partner": "shared by {}, offices below included",
    "source": "announced, restated or reported in {}",
    "origin": "named in a source of the origin {}",
    "verification": "confirmed by: {}",
    "q": "matching {}",
    "announced_after": "announced from {} on",
    "announced_before": "announced by {}",
    "due_after": "due from {} on",
    "due_before": "due by {}",
    "changed_after": "whose status began on {} or later",
    "changed_before": "whose status began by {}",
    "reviewed_before": "not reviewed since {}",
}
_YES_NO = {
    ("is_open", "true"): "open",
    ("is_open", "false"): "closed",
    ("is_overdue", "true"): "past the date that the promise named",
    ("is_overdue", "false"): "not past a promised date",
    ("is_stale", "true"): "open and not checked for a year",
    ("is_stale", "false"): "closed or checked within a year",
}
_QUOTED = {"source", "objective", "plan", "q"}
ORDER_NAMES = {
    "code": "by code",
    "title": "by title",
    "-status_since": "latest status first",
    "due_on": "earliest due date first",
    "-announced_on": "latest promise first",
    "status": "by status",
    "-updated_at": "latest edit first",
    "relevance": "best match first",
}


def conditions(chosen: Iterable) -> str:
    """Return the active filters as the middle of a sentence: “in Protection or Prosecution, and open”."""
    grouped: dict[str, list] = defaultdict(list)
    for item in chosen:
        grouped[item.parameter].append(item)
    return ", and ".join(_condition(name, items) for name, items in grouped.items())


def _condition(name: str, items: list) -> str:
    if (name, items[0].value) in _YES_NO:
        return _YES_NO[name, items[0].value]
    words = [_word(item) for item in items]
    together = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    return _PHRASES[name].format(together)


def _word(item) -> str:
    if item.parameter in _QUOTED:
        return f"“{item.label}”"
    if item.parameter.endswith(("_after", "_before")):
        return in_words(dt.date.fromisoformat(item.value))
    return item.label


def order_in_words(order: str) -> str:
    """Return how a list is sorted, in words, for every order and its reverse."""
    if order in ORDER_NAMES:
        return ORDER_NAMES[order]
    name = order.removeprefix("-")
    if f"-{name}" in ORDER_NAMES or name in ORDER_NAMES:
        words = ORDER_NAMES.get(name) or ORDER_NAMES[f"-{name}"]
        return f"{words}, reversed"
    return f"by {name.replace('_', ' ')}"


def orders(searching: bool) -> list[tuple[str, str]]:
    """Return (order, words) of the orders offered above a list."""
    return [
        (order, words) for order, words in ORDER_NAMES.items() if searching or order != "relevance"
    ]


_GOVERNMENTS = {"US": "the US government"}


def promiser(facts: dict) -> str:
    """Return who made the promises, for a heading: one government, or several."""
    only = facts["first_jurisdiction"]
    if only is None or only != facts["last_jurisdiction"]:
        return "governments"
    return _GOVERNMENTS.get(only, "a government")


LISTED = {"agency": 8, "source": 5, "objective": 5}


@dataclass(frozen=True)
class Group:
    """One filter: (parameter, choice) pairs shown at once, and the rest behind a click."""

    legend: str
    picks: list[tuple[str, object]]
    rest: list[tuple[str, object]] = field(default_factory=list)

    @property
    def hides_a_choice(self) -> bool:
        return any(choice.is_chosen for _, choice in self.rest)


_TIMING = {"is_overdue": "Past its date", "is_stale": "Not checked for a year"}


def facet_groups(facets: dict[str, list], without: Iterable[str] = ()) -> list[Group]:
    """Return the filters in the order of the page. Long ones begin with what leaves most.

    Documents, agencies, objectives and plans are left out where there is nothing to choose between.
    """
    groups = []
    for name in ("pillar", "status", "verification", "timing", *LISTED, "kind", "plan"):
        if name in without:
            continue
        if name == "timing":
            picks = [
                (key, replace(choice, label=words))
                for key, words in _TIMING.items()
                for choice in facets[key]
            ]
            groups.append(Group("Timing", picks))
            continue
        picks = [(name, choice) for choice in facets[name]]
        if name in LISTED:
            picks.sort(key=lambda pick: -pick[1].count)
        useful = [choice for _, choice in picks if choice.count or choice.is_chosen]
        is_fixed = name not in (*LISTED, "plan")
        if is_fixed or len(useful) > 1 or any(choice.is_chosen for choice in useful):
            cut = LISTED.get(name, len(picks))
            groups.append(Group(NAMES[name], picks[:cut], picks[cut:]))
    return groups
