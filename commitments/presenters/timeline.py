"""Documents, announcements, status changes and due dates on one time axis, counted by day and never drawn more exactly
than they are known."""

import calendar
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby

from django.utils.dates import MONTHS_3
from django.utils.translation import gettext_lazy

from commitments.choices import Precision, Status

LANES = {
    "documents": gettext_lazy("Documents published"),
    "announced": gettext_lazy("Commitments announced"),
    "changes": gettext_lazy("Status changes"),
    "due": gettext_lazy("Due dates"),
}
# Months are drawn for so many years at most, then quarters, then years.
_UNITS = ((13, 1), (40, 3), (10_000, 12))
HEIGHT = 64
# The width that a count needs, in percent, and how many of the highest bars of a lane show theirs.
ROOM, LABELS = 2.4, 12
# What a status takes in the key of a picture, which has room for all of them.
KEY_WIDTH = 115
# So many entries at most stand below a year; filters lead to the rest.
ENTRIES = 400


@dataclass(frozen=True)
class Happened:
    """How much of one kind happened on a day. `kind` is one of LANES, `status` that of status changes."""

    kind: str
    day: dt.date
    precision: str
    count: int
    status: str = ""

    @property
    def is_known_to_the_year_alone(self) -> bool:
        """A due date is the end of what was named, and so is always a day."""
        return self.precision == Precision.YEAR and self.kind != "due"


@dataclass(frozen=True)
class Column:
    """A bar of a lane. Places are percentages of the width; `stack` is [(status, top, height)] in pixels from above."""

    x: float
    width: float
    count: int
    top: float
    stack: list[tuple[str, float, float]]
    is_vague: bool
    shows_its_count: bool = False

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Lane:
    kind: str
    name: str
    total: int
    columns: list[Column]
    undrawn: int  # known less exactly than the axis can show

    @property
    def top(self) -> int:
        return list(LANES).index(self.kind) * (HEIGHT + 40)


@dataclass(frozen=True)
class Axis:
    """The time that is drawn: whole years, or one year."""

    first: dt.date
    last: dt.date
    year: int | None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def unit(self) -> int:
        """How many months one bar stands for; 0 for single days."""
        if self.year:
            return 0
        years = self.last.year - self.first.year + 1
        return next(months for most, months in _UNITS if years <= most)

    def place(self, day: dt.date) -> float:
        return 100 * (day - self.first).days / self.days

    @property
    def ticks(self) -> list[tuple[float, str, int]]:
        """Return (place, words, year) of each mark: months of one year, else years, thinned out where there are many."""
        if self.year:
            return [
                (self.place(dt.date(self.year, month, 1)), str(MONTHS_3[month]).capitalize(), 0)
                for month in range(1, 13)
            ]
        step = 1 + (self.last.year - self.first.year) // 16
        return [
            (self.place(dt.date(year, 1, 1)), str(year), year)
            for year in range(self.first.year, self.last.year + 1, step)
        ]


def axis(happened: Iterable[Happened], year: int | None) -> Axis | None:
    """Return the axis of all years that have something to draw, or of one; None where there is nothing."""
    if year:
        return Axis(dt.date(year, 1, 1), dt.date(year, 12, 31), year)
    years = [item.day.year for item in happened if not item.is_known_to_the_year_alone]
    if not years:
        return None
    return Axis(dt.date(min(years), 1, 1), dt.date(max(years), 12, 31), None)


def lanes(happened: Iterable[Happened], drawn: Axis) -> list[Lane]:
    """Return the four lanes, each with its bars on a scale of its own.

    A bar stands for a day of one year, else for a month or more. What is known only to the year stands in no month, and
    is counted as undrawn; what is known only to the month is drawn as wide as the month. A due date is the end of what
    was named, and so is always a day.
    """
    grouped = defaultdict(list)
    for item in happened:
        if drawn.first <= item.day <= drawn.last:
            grouped[item.kind].append(item)
    return [_lane(kind, str(name), grouped[kind], drawn) for kind, name in LANES.items()]


def key(drawn: Iterable[Lane]) -> list[tuple[str, int]]:
    """Return (status, x) of each status that is drawn, in the order of the statuses; `x` where a picture names it."""
    codes = {code for lane in drawn for bar in lane.columns for code, _, _ in bar.stack}
    named = [status for status in Status if status in codes]
    return [(str(status), KEY_WIDTH * place) for place, status in enumerate(named)]


def _lane(kind: str, name: str, items: list[Happened], drawn: Axis) -> Lane:
    bars: dict[tuple[dt.date, dt.date, bool], Counter] = defaultdict(Counter)
    undrawn = 0
    for item in items:
        if item.is_known_to_the_year_alone:
            undrawn += item.count
            continue
        precision = Precision.DAY if kind == "due" else item.precision
        bars[_span(item.day, precision, drawn)][item.status] += item.count
    most = max((sum(found.values()) for found in bars.values()), default=0)
    columns = [
        _column(span, found, most, drawn)
        for span, found in sorted(bars.items(), key=lambda pair: (not pair[0][2], pair[0][0]))
    ]
    return Lane(kind, name, sum(item.count for item in items), _with_counts(columns), undrawn)


def _with_counts(columns: list[Column]) -> list[Column]:
    """Write the counts of the highest bars, as far as they do not run into each other."""
    written: list[Column] = []
    for one in sorted(columns, key=lambda column: column.top):
        if all(abs(one.middle - other.middle) >= ROOM for other in written) and not one.is_vague:
            written.append(one)
    return [replace(one, shows_its_count=one in written[:LABELS]) for one in columns]


def _span(day: dt.date, precision: str, drawn: Axis) -> tuple[dt.date, dt.date, bool]:
    """Return the first and last day of the bar in which a day falls, and whether it is wide because little is known."""
    if drawn.unit == 0 and precision == Precision.DAY:
        return day, day, False
    months = drawn.unit or 1
    first = day.replace(month=day.month - (day.month - 1) % months, day=1)
    month = first.month + months - 1
    last = first.replace(month=month, day=calendar.monthrange(first.year, month)[1])
    return first, last, drawn.unit == 0


def _column(span, found: Counter, most: int, drawn: Axis) -> Column:
    first, last, is_vague = span
    count = sum(found.values())
    x = drawn.place(first)
    width = 100 * ((last - first).days + 1) / drawn.days
    # A day of a year would be hardly wider than a hair.
    width = max(width, 0.7) if drawn.unit == 0 else width * 0.86
    scale, below, stack = HEIGHT / most, HEIGHT, []
    for status in [*Status, ""]:
        if found[status]:
            height = found[status] * scale
            below -= height
            stack.append((str(status), below, height))
    return Column(min(x, 100 - width), width, count, below, stack, is_vague)


# The same in words


@dataclass(frozen=True)
class Announcing:
    """What announced the commitments of a day: a plan (`slug` that of its document, if any), or most of them a document."""

    title: str
    slug: str | None
    is_plan: bool


@dataclass
class Entry:
    """One line: so much of one kind on one day. `names` are rows to name, perhaps fewer than `count`."""

    kind: str
    day: dt.date
    precision: str
    count: int
    status: str = ""
    names: list = field(default_factory=list)
    origin: Announcing | None = None

    @property
    def iso(self) -> str:
        return self.day.isoformat()

    @property
    def shown(self) -> list:
        return self.names[:3]

    @property
    def folded(self) -> list:
        return self.names[3:]

    @property
    def unnamed(self) -> int:
        return self.count - len(self.names)


@dataclass(frozen=True)
class Stretch:
    """A year or a month, with how much happened in it and its entries; `is_loose` holds what no month is known of."""

    first: dt.date
    is_loose: bool
    totals: dict[str, int]
    entries: list[Entry]


def months(happened: Iterable[Happened], names: dict[tuple, list], origins: dict) -> list[Stretch]:
    """Return the months of one year with their entries; `names` maps (kind, day, precision, status) to rows."""

    def month_of(item):
        return item.day.replace(day=1), not item.is_known_to_the_year_alone

    return _stretches(happened, names, origins, month_of)


def years(happened: Iterable[Happened], origins: dict) -> list[Stretch]:
    """Return every year with its totals, and of its entries the announcements."""
    found = _stretches(happened, {}, origins, lambda item: (item.day.replace(month=1, day=1), True))
    return [
        replace(item, entries=[entry for entry in item.entries if entry.kind == "announced"][:6])
        for item in found
    ]


def _stretches(happened, names, origins, start_of) -> list[Stretch]:
    order = list(LANES)
    items = sorted(
        happened,
        key=lambda item: (*start_of(item), item.day, order.index(item.kind), item.status),
    )
    found, left = [], ENTRIES
    for (first, is_in_a_month), group in groupby(items, key=start_of):
        group = list(group)
        totals: Counter = Counter()
        for item in group:
            totals[item.kind] += item.count
        entries = [
            Entry(
                item.kind,
                item.day,
                item.precision,
                item.count,
                item.status,
                names.get((item.kind, item.day, item.precision, item.status), []),
                origins.get(item.day) if item.kind == "announced" else None,
            )
            for item in group[:left]
        ]
        left -= len(entries)
        found.append(Stretch(first, not is_in_a_month, dict(totals), entries))
    return found
