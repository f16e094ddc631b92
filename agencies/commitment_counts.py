"""Counts of commitments per agency, with its offices rolled up. Takes the commitments as an argument."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from django.db.models import QuerySet

from agencies.models import Agency
from agencies.querysets import with_those_above


@dataclass
class AgencyCounts:
    """The commitments of one agency and of every office below it, each counted once."""

    total: int = 0
    leads: int = 0
    open: int = 0  # of those that it leads
    counts: Counter[str] = field(default_factory=Counter)  # of all, by status

    @property
    def shares(self) -> int:
        """Commitments in which it has a part without leading them."""
        return self.total - self.leads

    @property
    def closed(self) -> int:
        return self.leads - self.open


@dataclass
class Node:
    """An agency in the tree, with the offices directly below it."""

    agency: Agency
    standing: AgencyCounts
    below: list[Node] = field(default_factory=list)


def count_by_agency(commitments: QuerySet, agencies: Iterable[Agency]) -> dict[int, AgencyCounts]:
    """Return {agency id: its standing} for commitments that say which are open, in one query."""
    above = with_those_above({agency.pk: agency.parent_id for agency in agencies})
    found = {agency: AgencyCounts() for agency in above}
    rows = commitments.order_by("pk").values_list(
        "pk", "is_open", "effective_status", "roles__agency_id", "roles__role"
    )
    # One commitment after the other: their numbers are not kept, of which there may be many.
    for (_, is_open, status), roles in groupby(rows.iterator(), itemgetter(0, 1, 2)):
        is_led: dict[int, bool] = defaultdict(bool)
        for *_, agency, role in roles:
            for each in above.get(agency, ()):
                is_led[each] |= role == "lead"
        for agency, leads in is_led.items():
            standing = found[agency]
            standing.total += 1
            standing.counts[status] += 1
            if leads:
                standing.leads += 1
                standing.open += is_open
    return found


def tree(agencies: Iterable[Agency], found: dict[int, AgencyCounts]) -> list[Node]:
    """Return the agencies without a parent, each with all below it; who owes most comes first on every level."""
    nodes = {agency.pk: Node(agency, found[agency.pk]) for agency in agencies}
    roots = []
    for node in nodes.values():
        above = nodes.get(node.agency.parent_id)
        (above.below if above else roots).append(node)
    for level in [roots, *(node.below for node in nodes.values())]:
        level.sort(
            key=lambda node: (-node.standing.leads, -node.standing.shares, node.agency.short_name)
        )
    return roots
