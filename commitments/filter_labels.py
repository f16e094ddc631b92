"""Labels of filters: chips, choices, and the selection in one sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from commitments.dates import in_words
from commitments.facets import TIMING
from commitments.filters import CommitmentFilterSet
from planwatch.web.text import isolated

# Each says its direction. The first eight are offered above a list.
ORDER_NAMES = {
    "-status_since": _("latest status change first"),
    "code": _("by code, A to Z"),
    "title": _("by title, A to Z"),
    "due_on": _("earliest due date first"),
    "-announced_on": _("latest announcement first"),
    "status": _("by status, A to Z"),
    "-updated_at": _("recently updated first"),
    "relevance": _("best match first"),
    "status_since": _("earliest status change first"),
    "-code": _("by code, Z to A"),
    "-title": _("by title, Z to A"),
    "-due_on": _("latest due date first"),
    "announced_on": _("earliest announcement first"),
    "-status": _("by status, Z to A"),
    "updated_at": _("least recently updated first"),
    "-relevance": _("best match last"),
    "seq": _("first recorded first"),
    "-seq": _("last recorded first"),
}
OFFERED = 8


def sentence(count: int, chosen: Iterable, clocks, pillar: str = "") -> str:
    """Return what a list shows: “New Zealand: 12 open protection commitments led by Homeland Security (DHS), as of March 1, 2024.”

    `pillar` is the name of the pillar to whose page the list belongs.
    """
    grouped: dict[str, list] = defaultdict(list)
    for item in chosen:
        grouped[item.parameter].append(item)
    openness = grouped.pop("is_open", [None])[0]
    pillars = [pillar] if pillar else [item.label for item in grouped.pop("pillar", [])]
    what = _counted(count, openness and openness.value, pillars, bool(grouped))
    places = [isolated(item.label) for item in grouped.pop("jurisdiction", [])]
    clauses = [
        _clause(items, count) for items in grouped.values() if items[0].parameter != "pillar"
    ]
    if clauses:
        clauses = get_text_list(clauses, gettext("and"))
        what = gettext("{commitments} {clauses}").format(commitments=what, clauses=clauses)
    if places:
        places = get_text_list(places, gettext("or"))
        what = gettext("{place}: {what}").format(place=places, what=what)
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


def _clause(items: list, count: int) -> str:
    definition = items[0].definition
    values = [definition.in_sentence(item.value) for item in items]
    words = {"n": count, "values": get_text_list(values, gettext("or"))}
    return str(definition.clause_for(items[0].value) % words)


def _on_a_day(clocks) -> str:
    if clocks.as_of and clocks.known_at:
        return gettext("{what}, as of {day}, as reported on {known}.")
    if clocks.as_of:
        return gettext("{what}, as of {day}.")
    if clocks.known_at:
        return gettext("{what}, as reported on {known}.")
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
    return [Chip(item.parameter, item.value, item.definition.label, item.label) for item in chosen]


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


def orders(searching: bool) -> list[tuple[str, str]]:
    """Return (order, words) of the orders offered above a list."""
    offered = list(ORDER_NAMES.items())[:OFFERED]
    return [item for item in offered if searching or item[0] != "relevance"]


LISTED = {"agency": 8, "theme": 8, "source": 5, "section": 5}


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


def facet_groups(
    facets: dict[str, list], chosen: Iterable, cut: Collection[str] = ()
) -> list[Group]:
    """Return the filters in the order of the page. Long ones begin with what leaves most; those of `cut` say that there is more.

    Choices that would leave nothing take no room, unless they are chosen. Documents, agencies, themes, sections, jurisdictions and plans are left out where there is nothing to choose between.
    """
    refused = {item.parameter for item in chosen if item.value == "false"}
    groups = []
    for name in (
        "timing",
        "pillar",
        "status",
        "verification",
        *LISTED,
        "kind",
        "jurisdiction",
        "plan",
    ):
        if name == "timing":
            groups.append(Group(name, _("Deadline and review"), _timing(facets, refused)))
            continue
        offered = facets.get(name, ())
        picks = [(name, choice) for choice in offered if choice.count or choice.is_chosen]
        if name in LISTED:
            picks.sort(key=lambda pick: -pick[1].count)
        is_fixed = picks and name not in (*LISTED, "jurisdiction", "plan")
        if is_fixed or len(picks) > 1 or any(choice.is_chosen for _name, choice in picks):
            shown = LISTED.get(name, len(picks))
            groups.append(
                Group(
                    name,
                    CommitmentFilterSet.base_filters[name].label,
                    picks[:shown],
                    picks[shown:],
                    name in cut,
                )
            )
    return groups


def _timing(facets: dict[str, list], refused: set[str]) -> list[tuple[str, object]]:
    """Return what may be asked of time. Where an address asks for the opposite, that is in its place, without a count."""
    picks = []
    for name in TIMING:
        yes, no = facets[name]
        picks.append((name, replace(no, count=None) if name in refused else yes))
    return picks
