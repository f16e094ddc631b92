"""Labels of filters: chips, choices, and the selection in one sentence."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from commitments.dates import in_words
from planwatch.web.text import isolated

NAMES = {
    "pillar": _("Pillar"),
    "status": _("Status"),
    "kind": _("Kind"),
    "plan": _("Plan"),
    "objective": _("Objective"),
    "agency": _("Agency, with its offices"),
    "lead": _("Led by"),
    "partner": _("Partner"),
    "source": _("Document"),
    "origin": _("Origin of a source"),
    "verification": _("Confirmed by"),
    "q": _("Search"),
    "announced_after": _("Announced from"),
    "announced_before": _("Announced until"),
    "due_after": _("Due from"),
    "due_before": _("Due until"),
    "changed_after": _("Status since"),
    "changed_before": _("Status until"),
    "reviewed_before": _("Not reviewed since"),
}
YES_NO = {
    ("is_open", "true"): _("Still open"),
    ("is_open", "false"): _("Closed"),
    ("is_overdue", "true"): _("Past its date"),
    ("is_overdue", "false"): _("Not past a date"),
    ("is_stale", "true"): _("Not reviewed for a year"),
    ("is_stale", "false"): _("Reviewed within a year, or closed"),
}


# Clauses about the commitments that a sentence counts, in their order; other languages make them agree with one and
# with several.
_CLAUSES = {
    "kind": ngettext_lazy("of the kind %(values)s", "of the kind %(values)s", "n"),
    "plan": ngettext_lazy("of the plan %(values)s", "of the plan %(values)s", "n"),
    "objective": ngettext_lazy(
        "under the objective %(values)s", "under the objective %(values)s", "n"
    ),
    "agency": ngettext_lazy("owed or shared by %(values)s", "owed or shared by %(values)s", "n"),
    "lead": ngettext_lazy("led by %(values)s", "led by %(values)s", "n"),
    "partner": ngettext_lazy("shared by %(values)s", "shared by %(values)s", "n"),
    "source": ngettext_lazy("named in %(values)s", "named in %(values)s", "n"),
    "origin": ngettext_lazy(
        "named in a source of the origin %(values)s",
        "named in a source of the origin %(values)s",
        "n",
    ),
    "announced_after": ngettext_lazy(
        "announced from %(values)s on", "announced from %(values)s on", "n"
    ),
    "announced_before": ngettext_lazy("announced by %(values)s", "announced by %(values)s", "n"),
    "due_after": ngettext_lazy("due from %(values)s on", "due from %(values)s on", "n"),
    "due_before": ngettext_lazy("due by %(values)s", "due by %(values)s", "n"),
    "reviewed_before": ngettext_lazy(
        "not reviewed since %(values)s", "not reviewed since %(values)s", "n"
    ),
    ("is_overdue", "true"): ngettext_lazy(
        "past the date that the promise named", "past the date that the promise named", "n"
    ),
    ("is_overdue", "false"): ngettext_lazy(
        "not past a promised date", "not past a promised date", "n"
    ),
    ("is_stale", "true"): ngettext_lazy("not reviewed for a year", "not reviewed for a year", "n"),
    ("is_stale", "false"): ngettext_lazy(
        "closed or reviewed within a year", "closed or reviewed within a year", "n"
    ),
    "status": ngettext_lazy("whose status is %(values)s", "whose status is %(values)s", "n"),
    "changed_after": ngettext_lazy(
        "whose status dates from %(values)s or later",
        "whose status dates from %(values)s or later",
        "n",
    ),
    "changed_before": ngettext_lazy(
        "whose status dates from %(values)s or earlier",
        "whose status dates from %(values)s or earlier",
        "n",
    ),
    "verification": ngettext_lazy("confirmed by: %(values)s", "confirmed by: %(values)s", "n"),
    "q": ngettext_lazy("matching %(values)s", "matching %(values)s", "n"),
}
_QUOTED = {"source", "objective", "plan", "q"}
ORDER_NAMES = {
    "code": _("by code"),
    "title": _("by title"),
    "-status_since": _("latest status first"),
    "due_on": _("earliest due date first"),
    "-announced_on": _("latest promise first"),
    "status": _("by status"),
    "-updated_at": _("latest edit first"),
    "relevance": _("best match first"),
}


def sentence(count: int, chosen: Iterable, clocks, vocabulary, pillar: str = "") -> str:
    """Return what a list shows: “12 open protection commitments led by Homeland Security (DHS), as of 1 March 2024.”

    `pillar` is the name of the pillar to whose page the list belongs.
    """
    grouped: dict[str, list] = defaultdict(list)
    for item in chosen:
        grouped[item.parameter].append(item)
    openness = grouped.pop("is_open", [None])[0]
    pillars = [pillar] if pillar else [item.label for item in grouped.pop("pillar", [])]
    what = _counted(count, openness and openness.value, pillars, bool(grouped))
    clauses = [
        _clause(clause, grouped[name], count, vocabulary)
        for key, clause in _CLAUSES.items()
        for name, value in [key if isinstance(key, tuple) else (key, "")]
        if name in grouped and value in ("", grouped[name][0].value)
    ]
    if clauses:
        clauses = get_text_list(clauses, gettext("and"))
        what = gettext("{commitments} {clauses}").format(commitments=what, clauses=clauses)
    return _on_a_day(clocks).format(
        what=what,
        day=in_words(clocks.as_of) if clocks.as_of else "",
        known=in_words(clocks.known_at.date()) if clocks.known_at else "",
    )


def _counted(count: int, is_open: str | None, pillars: list[str], narrowed: bool) -> str:
    """Return “12 open protection commitments”: how many, open or closed, of which pillars."""
    if is_open == "true" and pillars:
        text = ngettext(
            "{count} open {pillars} commitment", "{count} open {pillars} commitments", count
        )
    elif is_open == "false" and pillars:
        text = ngettext(
            "{count} closed {pillars} commitment", "{count} closed {pillars} commitments", count
        )
    elif pillars:
        text = ngettext("{count} {pillars} commitment", "{count} {pillars} commitments", count)
    elif is_open == "true":
        text = ngettext("{count} open commitment", "{count} open commitments", count)
    elif is_open == "false":
        text = ngettext("{count} closed commitment", "{count} closed commitments", count)
    elif narrowed or count < 2:
        text = ngettext("{count} commitment", "{count} commitments", count)
    else:
        text = ngettext("{count} commitment", "All {count} commitments", count)
    names = get_text_list([name.lower() for name in pillars], gettext("or"))
    return text.format(count=intcomma(count), pillars=names)


def _clause(clause, items: list, count: int, vocabulary) -> str:
    values = get_text_list([_word(item, vocabulary) for item in items], gettext("or"))
    return str(clause % {"n": count, "values": values})


def _word(item, vocabulary) -> str:
    if item.parameter in ("agency", "lead", "partner"):
        agency = vocabulary.agencies[item.value]
        if agency.acronym and agency.acronym != agency.short_name:
            return f"{isolated(agency.short_name)} ({agency.acronym})"
        return isolated(agency.short_name)
    if item.parameter in _QUOTED:
        return gettext("“{words}”").format(words=isolated(item.label))
    if item.parameter.endswith(("_after", "_before")):
        return in_words(dt.date.fromisoformat(item.value))
    return item.label.lower()


def _on_a_day(clocks) -> str:
    if clocks.as_of and clocks.known_at:
        return gettext("{what}, as of {day}, as this site knew it on {known}.")
    if clocks.as_of:
        return gettext("{what}, as of {day}.")
    if clocks.known_at:
        return gettext("{what}, as this site knew it on {known}.")
    return gettext("{what}.")


# Each repeats the whole address but for itself.
CHIPS = 30


@dataclass(frozen=True)
class Chip:
    """An active filter and the way to drop it. `name` is empty where the label says all."""

    parameter: str
    value: str
    name: str
    label: str


def chips(chosen: Iterable) -> list[Chip]:
    """Return the active filters as they are offered for removal."""
    found = []
    for item in chosen:
        label = YES_NO.get((item.parameter, item.value))
        if label:
            found.append(Chip(item.parameter, item.value, "", label))
        else:
            words = _word(item, None) if item.parameter.endswith(("_after", "_before")) else ""
            label = words or item.label
            found.append(Chip(item.parameter, item.value, NAMES[item.parameter], label))
    return found


def chips_above_a_list(chosen: Iterable) -> list[Chip]:
    """Return the active filters as they are offered above a list: many values of one filter as one, without a value."""
    found = chips(chosen)
    if len(found) <= CHIPS:
        return found
    values = Counter(chip.parameter for chip in found)
    together = {}
    for chip in found:
        count = values[chip.parameter]
        if count > 1:
            label = ngettext("{n} value", "{n} values", count).format(n=count)
            chip = replace(chip, value="", label=label)
        together.setdefault(chip.parameter, chip)
    return [*together.values()]


def filters_in_words(chosen: Iterable) -> str:
    """Return the active filters for a title: “Pillar: Protection; Still open”; "" without any."""
    return "; ".join(
        gettext("{name}: {label}").format(name=chip.name, label=chip.label)
        if chip.name
        else str(chip.label)
        for chip in chips(chosen)
    )


def ways_out(left: dict[str, int], chosen: Iterable) -> list[tuple[Chip, int]]:
    """Return the filters of an empty list without which something would be left, with how much; most first.

    `left` says what would be left without each parameter. A filter with several values is dropped as a whole.
    """
    whole: dict[str, Chip] = {}
    for chip in chips(chosen):
        known = whole.get(chip.parameter)
        label = gettext("{one}, {other}").format(one=known.label, other=chip.label) if known else ""
        whole[chip.parameter] = replace(chip, label=label or chip.label)
    found = [(chip, left[name]) for name, chip in whole.items() if left.get(name)]
    return sorted(found, key=lambda item: -item[1])


def order_in_words(order: str) -> str:
    """Return how a list is sorted where that is none of the orders offered above it."""
    if order in ORDER_NAMES:
        return str(ORDER_NAMES[order])
    name = order.removeprefix("-")
    words = ORDER_NAMES.get(name) or ORDER_NAMES.get(f"-{name}") or gettext("in the record’s order")
    is_reversed = name not in ORDER_NAMES and f"-{name}" in ORDER_NAMES or order != name
    return gettext("{order}, reversed").format(order=words) if is_reversed else str(words)


def orders(searching: bool) -> list[tuple[str, str]]:
    """Return (order, words) of the orders offered above a list."""
    return [
        (order, words) for order, words in ORDER_NAMES.items() if searching or order != "relevance"
    ]


LISTED = {"agency": 8, "source": 5, "objective": 5}


@dataclass(frozen=True)
class Group:
    """One filter: (parameter, choice) pairs shown at once, and the rest behind a click; `is_cut` where there are more."""

    name: str
    legend: str
    picks: list[tuple[str, object]]
    rest: list[tuple[str, object]] = field(default_factory=list)
    is_cut: bool = False

    @property
    def hides_a_choice(self) -> bool:
        return any(choice.is_chosen for _name, choice in self.rest)


_TIMING = ("is_open", "is_overdue", "is_stale")


def facet_groups(
    facets: dict[str, list], chosen: Iterable, cut: Collection[str] = ()
) -> list[Group]:
    """Return the filters in the order of the page. Long ones begin with what leaves most; those of `cut` say that there is more.

    Documents, agencies, objectives and plans are left out where there is nothing to choose between.
    """
    refused = {item.parameter for item in chosen if item.value == "false"}
    groups = []
    for name in ("timing", "pillar", "status", "verification", *LISTED, "kind", "plan"):
        if name == "timing":
            groups.append(Group(name, _("Open and due"), _timing(facets, refused)))
            continue
        picks = [(name, choice) for choice in facets.get(name, ())]
        if name in LISTED:
            picks.sort(key=lambda pick: -pick[1].count)
        useful = [choice for _name, choice in picks if choice.count or choice.is_chosen]
        is_fixed = picks and name not in (*LISTED, "plan")
        if is_fixed or len(useful) > 1 or any(choice.is_chosen for choice in useful):
            shown = LISTED.get(name, len(picks))
            groups.append(Group(name, NAMES[name], picks[:shown], picks[shown:], name in cut))
    return groups


def _timing(facets: dict[str, list], refused: set[str]) -> list[tuple[str, object]]:
    """Return what may be asked of time. Where an address asks for the opposite, that stands in its place."""
    picks = []
    for name in _TIMING:
        (choice,) = facets[name]
        if name in refused:
            choice = replace(choice, value="false", is_chosen=True, count=None)
        picks.append((name, replace(choice, label=YES_NO[name, choice.value])))
    return picks


_GOVERNMENTS = {"US": _("the US government")}


def promiser(facts: dict) -> str:
    """Return who made the promises, for a heading: one government, or several."""
    only = facts["first_jurisdiction"]
    if only is None or only != facts["last_jurisdiction"]:
        return gettext("governments")
    return str(_GOVERNMENTS.get(only, _("a government")))
