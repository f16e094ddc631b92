"""The commitments before and after one, drawn as a line."""

from __future__ import annotations

from dataclasses import dataclass, field

from commitments.models import LinkRelation

_FORWARD = {
    LinkRelation.CONTINUES: "continued by",
    LinkRelation.REWORDS: "reworded as",
    LinkRelation.SPLITS: "split into",
    LinkRelation.MERGES: "merged into",
    LinkRelation.COMPLETES: "completed by",
    LinkRelation.REPLACES: "replaced by",
    LinkRelation.RELATES: "related to",
}
_BACKWARD = {
    LinkRelation.CONTINUES: "continues",
    LinkRelation.REWORDS: "rewords",
    LinkRelation.SPLITS: "split from",
    LinkRelation.MERGES: "merges",
    LinkRelation.COMPLETES: "completes",
    LinkRelation.REPLACES: "replaces",
    LinkRelation.RELATES: "related to",
}
TRACKED = 4


@dataclass(frozen=True)
class Kin:
    """One commitment of a line; `link` is None for the commitment whose page it is."""

    commitment: object
    words: str = ""
    link: object = None

    @property
    def is_inferred(self) -> bool:
        return self.link is not None and self.link.basis == "inferred"


@dataclass(frozen=True)
class Arc:
    """A line of the track from one place to another, in percent; `depth` 0 is straight."""

    start: float
    end: float
    depth: int
    is_inferred: bool


@dataclass(frozen=True)
class Lineage:
    members: list[Kin]
    arcs: list[Arc] = field(default_factory=list)
    dots: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def height(self) -> int:
        return 18 + max((arc.depth for arc in self.arcs), default=0)


def lineage(commitment, shown: dict[int, object]) -> Lineage | None:
    """Return the commitments before and after this one, oldest first, or None.

    `shown` maps the ids of the linked commitments to rows with their status on the reader's day; a link to one that is
    not there (announced later, say) is left out.
    """
    kin = [
        Kin(shown[link.later_id], _FORWARD[link.relation], link)
        for link in commitment.later_links
        if link.later_id in shown
    ]
    kin += [
        Kin(shown[link.earlier_id], _BACKWARD[link.relation], link)
        for link in commitment.earlier_links
        if link.earlier_id in shown
    ]
    if not kin:
        return None
    members = sorted(
        [Kin(commitment), *kin],
        key=lambda item: (
            item.commitment.announced_on,
            item.link is not None,
            item.commitment.code,
        ),
    )
    if len(members) > TRACKED:
        return Lineage(members)
    here = next(place for place, item in enumerate(members) if item.link is None)
    share = 100 / len(members)
    arcs = []
    for place, item in enumerate(members):
        if item.link is not None:
            depth = 0 if abs(place - here) == 1 else 10 * abs(place - here)
            begin, end = sorted((here * share, place * share))
            arcs.append(Arc(begin, end, depth, item.is_inferred))
    dots = [(place * share, item.link is None) for place, item in enumerate(members)]
    return Lineage(members, arcs, dots)
