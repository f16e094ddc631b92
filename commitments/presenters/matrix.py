"""Matrix of agencies by pillars: how many commitments, and how many of them are open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, sqrt
from operator import itemgetter
from urllib.parse import urlencode

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from agencies.querysets import with_those_above
from commitments.choices import WITHOUT_PILLAR
from commitments.presenters.addresses import asked, joined
from commitments.presenters.bars import stretches_of
from commitments.presenters.markup import mini_bar, number
from commitments.statuses import OPEN
from planwatch.web.routes import path_to

HEATS = 4


@dataclass(frozen=True)
class Cell:
    """The commitments of one agency in one pillar, WITHOUT_PILLAR for those of none, "" for all. `heat` runs from 0 (none) to 4, `share` is that of the fullest cell."""

    pillar: str
    counts: dict[str, int]
    total: int
    heat: int
    share: float

    @property
    def open(self) -> int:
        return sum(count for status, count in self.counts.items() if status in OPEN)

    @property
    def depth_of_tint(self) -> float:
        """The opacity of the accent behind the cell; text keeps its contrast on the deepest."""
        return 0.08 * self.heat

    @property
    def stretches(self) -> list[tuple[str, float, float]]:
        """Return (status, place, width) of the bar, in percent of a cell: full width is the fullest cell."""
        return stretches_of(self.counts, self.share)


@dataclass(frozen=True)
class Row:
    agency: object
    depth: int
    cells: list[Cell]
    whole: Cell

    @property
    def indent(self) -> int:
        """Where the name begins in a picture, in pixels."""
        return 24 + 16 * self.depth


@dataclass(frozen=True)
class Size:
    """Where the parts of the matrix stand when it is a picture, in pixels."""

    columns: list[int]
    tops: list[int]
    name: int = 24
    cell: int = 128

    @property
    def last(self) -> int:
        return self.columns[-1] + self.cell + 16 if self.columns else 340

    @property
    def right(self) -> int:
        return self.last + 104

    @property
    def width(self) -> int:
        return self.right + 24

    @property
    def bottom(self) -> int:
        return self.tops[-1] + 33 if self.tops else 108

    @property
    def height(self) -> int:
        return self.bottom + 76


def size_of(laid_out: Matrix) -> Size:
    """Return the places of a matrix drawn as a picture."""
    return Size(
        [340 + 136 * place for place in range(len(laid_out.columns))],
        [108 + 33 * place for place in range(len(laid_out.rows))],
    )


@dataclass(frozen=True)
class Matrix:
    rows: list[Row]
    columns: list[Cell]
    whole: Cell
    idle: list[object]  # agencies that owe and share nothing here
    unnamed: int  # commitments that name no agency


def matrix(
    by_agency: Iterable[dict], by_pillar: Iterable[dict], agencies: Sequence, pillars: Sequence[str]
) -> Matrix:
    """Lay out the rows of `count_by("agency", "pillar", "status")` and of `count_by("pillar", "status")`.

    `agencies` are the agencies themselves; on each level of their tree who owes most comes first. Of commitments without
    pillars there is the last column alone.
    """
    counts: dict[tuple, dict[str, int]] = defaultdict(dict)
    for row in by_agency:
        counts[row["by_agency"], row["by_pillar"] or WITHOUT_PILLAR][row["by_status"]] = row[
            "count"
        ]
    columns: dict[str, dict[str, int]] = defaultdict(dict)
    for row in by_pillar:
        columns[row["by_pillar"] or WITHOUT_PILLAR][row["by_status"]] = row["count"]
    fullest = max((sum(found.values()) for (slug, _), found in counts.items() if slug), default=0)

    def cell(pillar: str, found: dict[str, int], most: int) -> Cell:
        total = sum(found.values())
        share = total / most if most else 0
        return Cell(pillar, found, total, ceil(HEATS * sqrt(share)), 100 * share)

    def summed(parts: Iterable[dict[str, int]]) -> dict[str, int]:
        whole: dict[str, int] = defaultdict(int)
        for part in parts:
            for status, count in part.items():
                whole[status] += count
        return whole

    wholes = {
        agency.slug: summed(counts[agency.slug, pillar] for pillar in pillars)
        for agency in agencies
    }
    most = max((sum(found.values()) for found in wholes.values()), default=0)
    ordered = in_tree_order(agencies, {slug: sum(found.values()) for slug, found in wholes.items()})
    shown = [] if list(pillars) == [WITHOUT_PILLAR] else pillars
    rows = [
        Row(
            agency,
            depth,
            [cell(pillar, counts[agency.slug, pillar], fullest) for pillar in shown],
            cell("", wholes[agency.slug], most),
        )
        for agency, depth in ordered
    ]
    every = [columns[pillar] for pillar in pillars]
    top = max((sum(found.values()) for found in every), default=0)
    whole = summed(every)
    return Matrix(
        [row for row in rows if row.whole.total],
        [cell(pillar, columns[pillar], top) for pillar in shown],
        cell("", whole, sum(whole.values())),
        [row.agency for row in rows if not row.whole.total],
        sum(sum(found.values()) for (slug, _), found in counts.items() if slug is None),
    )


def in_tree_order(agencies: Iterable, weights: dict[str, int]) -> list[tuple[object, int]]:
    """Return (agency, depth) with each agency before its offices; on each level the heaviest first."""
    known = {agency.pk: agency for agency in agencies}
    parents = {
        pk: item.parent_id if item.parent_id in known else None for pk, item in known.items()
    }
    places = {pk: (-weights[item.slug], item.short_name, pk) for pk, item in known.items()}
    found = [
        ([places[each] for each in reversed(chain)], known[pk])
        for pk, chain in with_those_above(parents).items()
    ]
    found.sort(key=itemgetter(0))
    return [(agency, len(place) - 1) for place, agency in found]


class CellWriter:
    """Writes the cells of a matrix for its page. Each leads to the list behind it, with the filters of the page."""

    def __init__(self, request, pillars: Iterable):
        self.request, self.starts = request, {}
        self.headings = {row.slug: row.name for row in pillars}
        self.headings[""] = gettext("All pillars") if pillars else gettext("All commitments")
        self.words, self.none = gettext("%(open)s of %(total)s open"), gettext("none")

    def cells(
        self, cells: Iterable[Cell], agency: str, name: str, is_tinted: bool = True
    ) -> SafeString:
        """Return the cells of a line; `name` is that of the agency, or of all."""
        return mark_safe(
            "".join(
                f'<td{_tint(cell) if is_tinted and cell.pillar else ""} data-label="{escape(self.headings[cell.pillar])}">'
                f"{self._content(cell, agency, name)}</td>"
                for cell in cells
            )
        )

    def _content(self, cell: Cell, agency: str, name: str) -> str:
        if not cell.total:
            return f'<span aria-hidden="true">–</span><span class="vh">{self.none}</span>'
        words = self.words % {"open": number(cell.open), "total": number(cell.total)}
        return (
            f'<a href="{self._address(agency=agency, pillar=cell.pillar)}">'
            f'<span class="vh">{escape(name)}, {escape(self.headings[cell.pillar])}: </span>{words}</a>\n'
            f"{mini_bar(cell.stretches)}"
        )

    def _address(self, **filters: str) -> str:
        added = [(name, value) for name, value in filters.items() if value]
        names = tuple(dict(added))
        if names not in self.starts:
            kept = asked(self.request, "year", *names)
            self.starts[names] = joined(path_to("commitment_list"), kept)
        start = self.starts[names]
        if not added:
            return escape(start)
        return escape(f"{start}{'&' if '?' in start else '?'}{urlencode(added)}")


def _tint(cell: Cell) -> str:
    return f' class="heat-{cell.heat}{"" if cell.total else " none"}"'
