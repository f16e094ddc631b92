"""How the statuses of commitments stood at the end of each month, as a stacked chart and as a table."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from django.utils.safestring import SafeString, mark_safe

from commitments.choices import NO_PILLAR, WITHOUT_PILLAR, Status
from commitments.presenters.bars import COUNTED, Bar, Kind, spread
from commitments.presenters.markup import number, when
from commitments.querysets.status_counts import ANNOUNCED, SHOWN

HEIGHT = 200
# A total above the chart takes so much of the width, in percent; a line of text is so high, in pixels.
TOTAL_WIDTH, LABEL_HEIGHT = 9, 18


@dataclass
class Counts:
    """Commitments counted in one query: bars by key and by part, names of pillars by key in their order, monthly moves.

    Moves are {(first day of a month, status): how many more or fewer have it than the month before}.
    """

    bars: dict[str, Bar] = field(default_factory=lambda: defaultdict(Bar))
    parts: dict[str, Bar] = field(default_factory=lambda: defaultdict(Bar))
    names: dict[str, str] = field(default_factory=dict)
    moves: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))

    def by_name(self) -> list[tuple[str, str, Bar]]:
        """Return (key, name, bar) of every pillar, in their order; none where nothing belongs to any."""
        names = {} if set(self.names) == {WITHOUT_PILLAR} else self.names
        return [(key, name, self.bars[key]) for key, name in names.items()]


def counts_of(rows: Iterable) -> Counts:
    """Return the counts in rows of `status_counts`. A step dated before its announcement counts from that on."""
    found, places = Counts(), {}
    announced, before = dt.date.min, ""
    for row in rows:
        if row.leg == SHOWN:
            kind = Kind(*(getattr(row, f"by_{name}") for name in COUNTED))
            found.bars[row.key].counts[kind] += row.count
            found.parts[row.part].counts[kind] += row.count
            places[row.place, row.key] = row.label
            continue
        moves, month = found.moves[row.key or ""], row.on.replace(day=1)
        if row.leg == ANNOUNCED:
            announced = month
        else:
            month = max(month, announced)
            moves[month, before] -= 1
        moves[month, row.by_status] += 1
        before = row.by_status
    found.names = {key: name or NO_PILLAR for (_, key), name in sorted(places.items()) if key}
    return found


@dataclass(frozen=True)
class Layer:
    """A status of the chart: rectangles as (x, width, y, height), across in percent and down in pixels."""

    status: Status
    rects: list[tuple[float, float, float, float]]
    count: int  # at the end
    middle: float
    label_y: float

    @property
    def drawn(self) -> SafeString:
        return mark_safe(
            "".join(
                f'<rect x="{x:.3f}%" width="{width:.3f}%" y="{y:.1f}" height="{height:.1f}" />'
                for x, width, y, height in self.rects
            )
        )


@dataclass(frozen=True)
class Chart:
    # The first day of each month in which a count changed, with {status: count} at its end.
    months: list[tuple[dt.date, Counter[str]]]
    until: dt.date

    @cached_property
    def statuses(self) -> list[Status]:
        """The statuses that occur in some month, in their fixed order."""
        return [status for status in Status if any(counts[status] for _, counts in self.months)]

    @cached_property
    def most(self) -> int:
        return max(counts.total() for _, counts in self.months)

    def place(self, month: dt.date) -> float:
        """Return where a month begins, as a percentage of the width."""
        first = _month_number(self.months[0][0])
        return 100 * (_month_number(month) - first) / (_month_number(self.until) + 1 - first)

    @cached_property
    def stretches(self) -> list[tuple[float, float, Counter[str]]]:
        """Return (place, width, counts) of each time in which no count changed."""
        places = [self.place(month) for month, _ in self.months] + [100]
        counts = (counts for _, counts in self.months)
        return [
            (x, after - x, counted)
            for x, after, counted in zip(places, places[1:], counts, strict=False)
        ]

    @cached_property
    def layers(self) -> list[Layer]:
        scale, below = HEIGHT / self.most, Counter()
        found, middles = [], []
        for status in self.statuses:
            spans = []
            for x, width, counts in self.stretches:
                below[x] += counts[status]
                top, high = HEIGHT - below[x] * scale, counts[status] * scale
                # A pixel of paper parts it from the one above.
                part = 1 if high > 2 else 0
                spans.append((x, width, top + part, high - part))
            found.append((status, _merged(spans)))
            middles.append(top + high / 2)
        count = self.months[-1][1]
        named = [place for place, (status, _) in enumerate(found) if count[status]]
        # From above, where the last status is.
        apart = spread([middles[place] for place in named[::-1]], LABEL_HEIGHT, HEIGHT)
        labels = dict(zip(named[::-1], apart, strict=True))
        return [
            Layer(status, rects, count[status], middles[place], labels.get(place, 0))
            for place, (status, rects) in enumerate(found)
        ]

    @cached_property
    def totals(self) -> list[tuple[float, float, int]]:
        """Return (place, y, total) where the number of commitments grew, as far as there is room to write it."""
        found: list[tuple[float, float, int]] = []
        for x, _, counts in self.stretches:
            total = counts.total()
            y = HEIGHT - total * HEIGHT / self.most
            before = found[-1] if found else (-100, 0, 0)
            has_room = x - before[0] >= TOTAL_WIDTH or abs(y - before[1]) >= LABEL_HEIGHT
            if total != before[2] and has_room:
                found.append((x, y, total))
        return found

    @cached_property
    def lines(self) -> list[tuple[float, int | str]]:
        """Return (y, number) of the lines behind the chart, without the number with which the chart itself begins."""
        step = next(
            size * power
            for power in map((10).__pow__, range(9))
            for size in (1, 2, 5)
            if self.most <= 4 * size * power
        )
        first = self.months[0][1].total()
        return [
            (HEIGHT - count * HEIGHT / self.most, "" if count == first else count)
            for count in range(0, self.most + 1, step)
        ]

    @cached_property
    def years(self) -> list[tuple[float, int]]:
        """Return (place, year) of each first of January, thinned out where there are many."""
        years = range(self.months[0][0].year + 1, self.until.year + 1)
        thinned = years[:: 1 + len(years) // 8]
        return [(self.place(dt.date(year, 1, 1)), year) for year in thinned]

    @property
    def table(self) -> SafeString:
        """Return the rows of a table: each month in which a count changed, the counts of `statuses`, and their sum."""
        return mark_safe("".join(self._row(month, counts) for month, counts in self.months))

    def _row(self, month: dt.date, counts: Counter[str]) -> str:
        shown = [*(counts[status] for status in self.statuses), counts.total()]
        cells = "".join(f'<td class="num">{number(count)}</td>' for count in shown)
        return f'<tr><th scope="row">{when(month, "month")}</th>{cells}</tr>'

    def every_month(self) -> list[tuple[dt.date, Counter[str]]]:
        """Return {status: count} at the end of every month, also of those in which nothing changed."""
        found, changed = [], dict(self.months)
        for place in range(_month_number(self.months[0][0]), _month_number(self.until) + 1):
            month = dt.date(place // 12, place % 12 + 1, 1)
            found.append((month, changed.get(month) or found[-1][1]))
        return found


def chart_of(moves: Counter, until: dt.date) -> Chart | None:
    """Return the chart of the moves up to a day; None where nothing had been announced by then."""
    months, counts = [], Counter()
    by_month = groupby(sorted(moves.items()), key=lambda item: item[0][0])
    for month, changes in by_month:
        after = counts.copy()
        for (_, status), count in changes:
            after[status] += count
        if +after != counts:
            months.append((month, counts := +after))
    return Chart(months, until) if months else None


def _month_number(month: dt.date) -> int:
    return 12 * month.year + month.month - 1


def _merged(spans: list[tuple]) -> list[tuple]:
    """Join neighbors of the same height, and leave out what is empty."""
    found: list[tuple] = []
    for x, width, top, high in spans:
        if found and found[-1][2:] == (top, high):
            x, width = found[-1][0], found[-1][1] + width
            found.pop()
        if high:
            found.append((x, width, top, high))
    return found
