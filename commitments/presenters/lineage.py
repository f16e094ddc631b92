"""Lineage graph of a commitment: predecessors on the left, successors on the right."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments.models import LinkRelation
from planwatch.web.text import isolated

FORWARD = {
    LinkRelation.CONTINUES: _("continued by"),
    LinkRelation.REWORDS: _("reworded as"),
    LinkRelation.SPLITS: _("split into"),
    LinkRelation.MERGES: _("merged into"),
    LinkRelation.COMPLETES: _("completed by"),
    LinkRelation.REPLACES: _("replaced by"),
    LinkRelation.RELATES: _("related to"),
}
_BACKWARD = {
    LinkRelation.CONTINUES: _("continues"),
    LinkRelation.REWORDS: _("rewords"),
    LinkRelation.SPLITS: _("split from"),
    LinkRelation.MERGES: _("merges"),
    LinkRelation.COMPLETES: _("completes"),
    LinkRelation.REPLACES: _("replaces"),
    LinkRelation.RELATES: _("related to"),
}
# The graph, in units of its own: a column of boxes, the space between two, and the height of a box with its space.
BOX, SPACE, BOX_HEIGHT, ROW = 290, 150, 92, 108
LINE_LENGTH, LINES = 32, 3
DRAWN = 6


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
class Box:
    """A commitment in the graph, with its title cut into lines."""

    kin: Kin
    x: int
    y: int

    @property
    def lines(self) -> list[tuple[int, str]]:
        found = textwrap.wrap(
            self.kin.commitment.title, LINE_LENGTH, max_lines=LINES, placeholder=" …"
        )
        return [(self.y + 42 + 18 * place, line) for place, line in enumerate(found)]

    @property
    def middle(self) -> int:
        return self.y + BOX_HEIGHT // 2


@dataclass(frozen=True)
class Edge:
    """An arrow from an earlier to a later commitment, with the relation beside its end away from this one."""

    words: str
    is_inferred: bool
    start: tuple[int, int]
    end: tuple[int, int]
    label: tuple[int, int]

    @property
    def path(self) -> str:
        (x1, y1), (x2, y2) = self.start, self.end
        bend = SPACE // 2
        return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 8} {y2}"


@dataclass(frozen=True)
class Lineage:
    earlier: list[Kin]
    here: Kin
    later: list[Kin]
    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    width: int = 0
    height: int = 0

    @property
    def left_out(self) -> int:
        """How many commitments the graph has no place for; the list names them."""
        return sum(max(0, len(side) - DRAWN) for side in (self.earlier, self.later))

    @property
    def words(self) -> str:
        """The graph as sentences."""
        return " ".join(
            gettext("{title}: {relation} {other}.").format(
                title=isolated(self.here.commitment.title),
                relation=kin.words,
                other=isolated(kin.commitment.title),
            )
            for kin in (*self.earlier, *self.later)
        )


def lineage(commitment, links: Iterable) -> Lineage | None:
    """Return the commitments before and after this one, each side oldest first, or None.

    The links are those that `around` keeps, with the other one's status on the reader's day.
    """
    links = list(links)
    later = [_kin(row, row.later, FORWARD) for row in links if row.earlier_id == commitment.pk]
    earlier = [_kin(row, row.earlier, _BACKWARD) for row in links if row.later_id == commitment.pk]
    for side in (later, earlier):
        side.sort(key=lambda kin: (kin.commitment.announced_on, kin.commitment.code))
    if not later and not earlier:
        return None
    here = Kin(commitment)
    rows = min(DRAWN, max(len(earlier), len(later)))
    height = rows * ROW - (ROW - BOX_HEIGHT)
    columns = [side[:DRAWN] for side in (earlier, [here], later) if side]
    boxes = [
        Box(
            kin,
            number * (BOX + SPACE),
            (height - len(column) * ROW + ROW - BOX_HEIGHT) // 2 + place * ROW,
        )
        for number, column in enumerate(columns)
        for place, kin in enumerate(column)
    ]
    middle = next(box for box in boxes if box.kin is here)
    edges = [_edge(box, middle) for box in boxes if box is not middle]
    width = len(columns) * (BOX + SPACE) - SPACE
    return Lineage(earlier, here, later, boxes, edges, width, height)


def _kin(link, other, words: dict) -> Kin:
    other.effective_status = link.effective_status
    return Kin(other, words[link.relation], link)


def _edge(box: Box, middle: Box) -> Edge:
    before, after = (box, middle) if box.x < middle.x else (middle, box)
    start, end = (before.x + BOX, before.middle), (after.x, after.middle)
    label = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2 - 6)
    if box.middle != middle.middle:
        # Outside the bend, which comes from the side of this one.
        label = (label[0], box.middle - 8 if box.middle < middle.middle else box.middle + 18)
    return Edge(box.kin.words, box.kin.is_inferred, start, end, label)
