"""Counts of commitments per agency, with its offices rolled up. Takes the commitments as an argument."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from django.db.models import QuerySet

from agencies.models import Agency
from agencies.querysets import with_those_above


@dataclass
class AgencyCounts:
    """The commitments of one agency and of every office below it, each counted once."""

    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)  # by status
    # Of those that it leads.
    led: Counter[str] = field(default_factory=Counter)  # by status
    open: int = 0
    overdue: int = 0
    active: int = 0  # in place or in progress
    aging: int = 0  # of the active ones
    confirmed: int = 0  # by an independent source
    evidence_on: dt.date | None = None  # of the newest document behind their statuses
    is_aging: bool = False  # that document is too old for all of them that are open

    @property
    def leads(self) -> int:
        return self.led.total()

    @property
    def shares(self) -> int:
        """Commitments in which it has a part without leading them."""
        return self.total - self.leads

    @property
    def closed(self) -> int:
        return self.leads - self.open

    def add(self, row, is_led: bool) -> None:
        self.total += 1
        self.counts[row.effective_status] += 1
        if not is_led:
            return
        self.led[row.effective_status] += 1
        self.open += row.is_open
        self.overdue += row.is_overdue
        self.confirmed += row.effective_verification == "independently_reported"
        if row.effective_status in ("in_place", "in_progress"):
            self.active += 1
            self.aging += row.is_aging
        evidence_on = row.effective_evidence_on
        if evidence_on and (self.evidence_on is None or evidence_on > self.evidence_on):
            self.evidence_on, self.is_aging = evidence_on, row.is_aging


@dataclass
class Node:
    """An agency in the tree, with the offices directly below it."""

    agency: Agency
    standing: AgencyCounts
    below: list[Node] = field(default_factory=list)

    @property
    def all_below(self) -> list[Node]:
        return [each for node in self.below for each in (node, *node.all_below)]


COLUMNS = (
    *("pk", "is_open", "is_overdue", "is_aging", "effective_status", "effective_verification"),
    *("effective_evidence_on", "roles__agency_id", "roles__role"),
)


def count_by_agency(commitments: QuerySet, agencies: Iterable[Agency]) -> dict[int, AgencyCounts]:
    """Return {agency id: its counts} for commitments as they are shown, in one query."""
    above = with_those_above({agency.pk: agency.parent_id for agency in agencies})
    found = {agency: AgencyCounts() for agency in above}
    rows = commitments.order_by("pk").values_list(*COLUMNS, named=True)
    # One commitment after the other: their numbers are not kept, of which there may be many.
    for _, roles in groupby(rows.iterator(), attrgetter("pk")):
        is_led: dict[int, bool] = defaultdict(bool)
        for row in roles:
            for each in above.get(row.roles__agency_id, ()):
                is_led[each] |= row.roles__role == "lead"
        for agency, leads in is_led.items():
            found[agency].add(row, leads)
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
