"""Bars and tables of commitments by status, by who confirms it, and by the age of the evidence."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from commitments.choices import Status, Verification
from commitments.presenters.markup import number

# By what commitments are counted for a bar, as `CommitmentQuerySet.count_by` names it.
COUNTED = ("status", "verification", "is_aging", "done_when_announced")
# The width of a digit on a phone, in percent of a bar.
DIGIT = 2.2


class Kind(NamedTuple):
    """What a bar counts apart."""

    status: str
    verification: str
    is_aging: bool
    done_when_announced: bool


@dataclass(frozen=True)
class Part:
    """The commitments of a segment with the same proof and age. Places are percentages of the width of the bar."""

    verification: str
    is_aging: bool
    x: float
    width: float

    @property
    def rules(self) -> range:
        """The rules that are drawn under it: two for an independent source, one for the agency's own account."""
        return range(list(Verification)[::-1].index(self.verification))


@dataclass(frozen=True)
class Segment:
    """One status of a bar. Places are percentages of its width; `number_at` is where its number is written."""

    status: Status
    count: int
    x: float
    width: float
    number_at: float
    parts: list[Part]
    # Of the completed ones.
    done_when_announced: int

    @property
    def holds_its_number(self) -> bool:
        """Whether the number fits inside on a phone; else it is written above."""
        return self.width >= 1.8 + DIGIT * len(str(self.count))


@dataclass
class Bar:
    counts: Counter[Kind] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()

    def of(self, *statuses: str, **wanted: object) -> int:
        """Return how many commitments have one of the statuses, if any are named, and these values of `Kind`."""
        return sum(
            count
            for kind, count in self.counts.items()
            if (not statuses or kind.status in statuses)
            and all(getattr(kind, name) == value for name, value in wanted.items())
        )

    @cached_property
    def segments(self) -> list[Segment]:
        """The statuses that occur, in their fixed order."""
        share, before = 100 / (self.total or 1), 0
        by_status: dict[str, Counter] = defaultdict(Counter)
        done: Counter[str] = Counter()
        for kind, count in self.counts.items():
            by_status[kind.status][kind.verification, kind.is_aging] += count
            done[kind.status] += count * kind.done_when_announced
        found = []
        for status in Status:
            start, parts = before * share, []
            counted = by_status.get(status, {})
            for key in sorted(counted, key=lambda key: (_PROOFS.index(key[0]), key[1])):
                if counted[key]:
                    parts.append(Part(*key, before * share, counted[key] * share))
                    before += counted[key]
            if parts:
                count, width = sum(counted.values()), before * share - start
                middle = start + width / 2
                found.append(Segment(status, count, start, width, middle, parts, done[status]))
        return _with_numbers_apart(found)


_PROOFS = list(Verification)


def _with_numbers_apart(segments: list[Segment]) -> list[Segment]:
    """Move the numbers above a bar so far that they do not run into each other."""
    narrow = [item for item in segments if not item.holds_its_number]
    gap = 1 + DIGIT * max((len(str(item.count)) for item in narrow), default=0)
    places = spread([item.number_at for item in narrow], gap, 100)
    moved = {item.status: place for item, place in zip(narrow, places, strict=True)}
    return [replace(item, number_at=moved.get(item.status, item.number_at)) for item in segments]


def spread(places: Iterable[float], gap: float, most: float) -> list[float]:
    """Return ascending places, moved so far that each is `gap` after the one before and none beyond `most`."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap) if found else place)
    for at in reversed(range(len(found))):
        found[at] = min(found[at], most)
        most = found[at] - gap
    return found


def stretches_of(counts: dict[str, int], length: float) -> list[tuple[str, float, float]]:
    """Return (status, place, width) of a bar of {status: count} without a key, `length` percent long."""
    total, found, before = sum(counts.get(status, 0) for status in Status), [], 0
    for status in Status:
        if count := counts.get(status, 0):
            found.append((status.value, before * length / total, count * length / total))
            before += count
    return found


def bars_by(rows: Iterable[dict], name: str) -> dict[str, Bar]:
    """Return {value of `name`: its bar} from the rows of `count_by(name, *COUNTED)`."""
    bars: dict[str, Bar] = defaultdict(Bar)
    for row in rows:
        kind = Kind(*(row[f"by_{counted}"] for counted in COUNTED))
        bars[row[f"by_{name}"]].counts[kind] += row["count"]
    return bars


def sum_of(bars: Iterable[Bar]) -> Bar:
    """Return one bar for several."""
    return Bar(sum((bar.counts for bar in bars), Counter()))


def difference_of(whole: Bar, parts: Iterable[Bar]) -> Bar:
    """Return the bar of what a whole holds beside its parts."""
    return Bar(whole.counts - sum_of(parts).counts)


def in_sentences(bar: Bar, address: Callable[..., str] | None = None) -> SafeString:
    """Say how many are completed, how many of those confirmed, and how many active ones have only old evidence.

    With an `address` of a list by its filters, the counts lead to their lists.
    """

    def counted(count: int, **filters) -> str:
        if not (count and address):
            return number(count)
        return format_html('<a href="{}">{}</a>', address(**filters), number(count))

    confirmed = {"status": Status.COMPLETED.value, "verification": Verification.INDEPENDENT.value}
    active = {"status": [Status.IN_PLACE.value, Status.IN_PROGRESS.value]}
    completed, open_ones = bar.of(Status.COMPLETED), bar.of(*active["status"])
    said = []
    if completed:
        text = ngettext(
            "%(number)s completed, %(confirmed)s of them independently confirmed.",
            "%(number)s completed, %(confirmed)s of them independently confirmed.",
            completed,
        )
        both = bar.of(Status.COMPLETED, verification=Verification.INDEPENDENT)
        words = counted(both, **confirmed) if both else gettext("none")
        whole = counted(completed, status=Status.COMPLETED.value)
        said.append(text % {"number": whole, "confirmed": words})
    if open_ones:
        text = ngettext(
            "%(aging)s of %(active)s active one has no evidence newer than 24 months.",
            "%(aging)s of %(active)s active ones have no evidence newer than 24 months.",
            open_ones,
        )
        aging = counted(bar.of(*active["status"], is_aging=True), is_aging="true", **active)
        said.append(text % {"aging": aging, "active": counted(open_ones, **active)})
    return mark_safe(" ".join(said))


def table_of(bars: Sequence[Bar]) -> list[tuple[Status | None, list[int]]]:
    """Return the same counts as a table, a line for each status that occurs; one without a status says how many of the
    line above it were done when announced.
    """
    by_status = [{item.status: item for item in bar.segments} for bar in bars]
    found: list[tuple[Status | None, list[int]]] = []
    for status in Status:
        line = [items.get(status) for items in by_status]
        if any(line):
            found.append((status, [item.count if item else 0 for item in line]))
            done = [item.done_when_announced if item else 0 for item in line]
            if any(done):
                found.append((None, done))
    return found
