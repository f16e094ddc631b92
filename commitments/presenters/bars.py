"""Bars and tables of commitments by status."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commitments.choices import Status


@dataclass(frozen=True)
class Segment:
    """One status of a bar. Places are percentages of its width."""

    status: Status
    count: int
    x: float
    width: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def holds_its_number(self) -> bool:
        """Whether the number fits inside on a phone."""
        return self.width >= 1.8 + 2.2 * len(str(self.count))


@dataclass(frozen=True)
class Bar:
    segments: list[Segment]

    @property
    def total(self) -> int:
        return sum(segment.count for segment in self.segments)

    @property
    def present(self) -> list[Segment]:
        return [segment for segment in self.segments if segment.count]


def bar_of(counts: dict[str, int]) -> Bar:
    """Return the bar of {status: count}: every status in its fixed order, those without a commitment too."""
    total = sum(counts.values())
    segments, before = [], 0
    for status in Status:
        count = counts.get(status, 0)
        share = 100 / total if total else 0
        segments.append(Segment(status, count, before * share, count * share))
        before += count
    return Bar(segments)


def stretches_of(counts: dict[str, int], length: float) -> list[tuple[str, float, float]]:
    """Return (status, place, width) of a bar of {status: count} without a key, `length` percent long."""
    total, found, before = sum(counts.values()), [], 0
    for status in Status:
        if count := counts.get(status, 0):
            found.append((status.value, before * length / total, count * length / total))
            before += count
    return found


def bars_by(rows: Iterable[dict], name: str) -> dict[str, Bar]:
    """Return {value of `name`: its bar} from the rows of `count_by(name, "status")`."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts[row[f"by_{name}"]][row["by_status"]] = row["count"]
    return defaultdict(lambda: bar_of({}), {key: bar_of(value) for key, value in counts.items()})


def sum_of(bars: Iterable[Bar]) -> Bar:
    """Return one bar for several."""
    counts: dict[str, int] = defaultdict(int)
    for one in bars:
        for segment in one.segments:
            counts[segment.status] += segment.count
    return bar_of(counts)


def difference_of(whole: Bar, parts: Iterable[Bar]) -> Bar:
    """Return the bar of what a whole holds beside its parts."""
    counts = {segment.status: segment.count for segment in whole.segments}
    for part in parts:
        for segment in part.segments:
            counts[segment.status] -= segment.count
    return bar_of(counts)


def table_of(bars: Sequence[Bar]) -> list[tuple[Status, list[int]]]:
    """Return the same counts as a table, a line for each status, zeros too."""
    lines = zip(*(one.segments for one in bars), strict=True)
    return [(line[0].status, [item.count for item in line]) for line in lines]
