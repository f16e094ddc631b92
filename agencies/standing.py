"""How many commitments each agency leads and shares, its offices' rolled up. Knows commitments only by what it is given."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from agencies.models import Agency


@dataclass
class Standing:
    """The commitments of one agency and of every office below it, each counted once."""

    led: set[int] = field(default_factory=set)
    owed: set[int] = field(default_factory=set)
    open_led: set[int] = field(default_factory=set)
    statuses: dict[int, str] = field(default_factory=dict)

    @property
    def leads(self) -> int:
        return len(self.led)

    @property
    def shares(self) -> int:
        """Commitments in which it has a part without leading them."""
        return len(self.owed - self.led)

    @property
    def open(self) -> int:
        return len(self.open_led)

    @property
    def closed(self) -> int:
        return len(self.led - self.open_led)

    @property
    def total(self) -> int:
        return len(self.owed)

    @property
    def counts(self) -> dict[str, int]:
        """The commitments that it leads or shares, by status."""
        return dict(Counter(self.statuses.values()))


@dataclass
class Node:
    """An agency in the tree, with the offices directly below it."""

    agency: Agency
    standing: Standing
    below: list[Node] = field(default_factory=list)


def standings(commitments: QuerySet, agencies: Iterable[Agency]) -> dict[int, Standing]:
    """Return {agency id: its standing} for commitments that say which are open, in one query."""
    parents = {agency.pk: agency.parent_id for agency in agencies}
    found: dict[int, Standing] = defaultdict(Standing)
    rows = commitments.order_by().values_list(
        "pk", "roles__agency_id", "roles__role", "is_open", "shown_status"
    )
    for commitment, agency, role, is_open, status in rows:
        while agency is not None:
            standing = found[agency]
            standing.owed.add(commitment)
            standing.statuses[commitment] = status
            if role == "lead":
                standing.led.add(commitment)
                if is_open:
                    standing.open_led.add(commitment)
            agency = parents.get(agency)
    return found


def tree(agencies: Iterable[Agency], found: dict[int, Standing]) -> list[Node]:
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
