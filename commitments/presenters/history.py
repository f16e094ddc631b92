"""History of one commitment by effective date and by recording date, as entries and as bands of time."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from commitments.choices import Status
from commitments.dates import in_words
from commitments.status_rules import KnownHistory, history_as_known
from commitments.statuses import START, order_of
from planwatch.web.text import isolated


@dataclass(frozen=True)
class Entry:
    """One line of a history. `step` and `review` are rows, or None."""

    kind: str  # step, review or start
    status: Status
    true_from: dt.date
    precision: str
    recorded_at: dt.datetime
    step: object = None
    review: object = None
    corrected_by: object = None
    retraction: object = None


def history(commitment, seen: KnownHistory) -> list[Entry]:
    """Return the history, newest first; a correction stands above the step that it strikes out."""
    standing = {step.seq: step for step in seen.path}
    entries = [(order_of(step), _step_entry(step, None)) for step in standing.values()]
    entries += [((review.reviewed_on, 0), _review_entry(review, seen)) for review in seen.reviews]
    visible = {step.seq for step in seen.steps}
    wrong = defaultdict(list)
    for step in seen.steps:
        if by := seen.struck.get(step.seq):
            if by.seq in visible:
                wrong[by.seq].append(_step_entry(step, by))
            else:
                entries.append((order_of(step), _step_entry(step, by)))
    found = []
    for _, entry in sorted(entries, key=lambda item: item[0], reverse=True):
        found += _with_struck(entry, wrong)
    start = Entry("start", START, commitment.announced_on, "day", commitment.created_at)
    return [*found, start]


def _with_struck(entry: Entry, wrong: dict[int, list[Entry]]) -> list[Entry]:
    found = [entry]
    for struck in wrong.get(entry.step.seq, ()) if entry.step else ():
        found += _with_struck(struck, wrong)
    return found


def _step_entry(step, corrected_by) -> Entry:
    return Entry(
        "step",
        Status(step.status),
        step.effective_on,
        step.precision,
        step.recorded_at,
        step=step,
        corrected_by=corrected_by,
    )


def _review_entry(review, seen: KnownHistory) -> Entry:
    then = [step.status for step in seen.path if step.effective_on <= review.reviewed_on]
    return Entry(
        "review",
        Status(then[-1]) if then else START,
        review.reviewed_on,
        "day",
        review.recorded_at,
        review=review,
        retraction=seen.retracted.get(review.pk),
    )


@dataclass(frozen=True)
class Stretch:
    """One status of a band, from a day to a later one. Places are percentages of its width."""

    status: Status
    first: dt.date
    precision: str
    last: dt.date
    x: float
    width: float
    is_struck: bool = False

    def _holds(self, pixels: float) -> bool:
        return self.width * pixels / 100 >= 34 + 7.5 * len(self.status.label)

    @property
    def holds_its_name(self) -> bool:
        return self._holds(1200)

    @property
    def holds_its_name_on_a_phone(self) -> bool:
        return self._holds(330)

    @property
    def holds_its_mark(self) -> bool:
        return self.width >= 2.2

    @property
    def holds_its_mark_on_a_phone(self) -> bool:
        return self.width >= 7.5


@dataclass(frozen=True)
class Band:
    title: str
    stretches: list[Stretch]
    top: int = 0

    @property
    def words(self) -> str:
        names = gettext(", then ").join(
            gettext("{status} (corrected since)").format(status=item.status.label.lower())
            if item.is_struck
            else item.status.label.lower()
            for item in self.stretches
        )
        return f"{isolated(self.title)}: {names}."


@dataclass(frozen=True)
class Bands:
    bands: list[Band]
    years: list[tuple[int, float]]

    @property
    def height(self) -> int:
        return 54 * len(self.bands) + 14

    @property
    def is_corrected(self) -> bool:
        return len(self.bands) > 1

    @property
    def statuses(self) -> list[Status]:
        """What occurs in them, in the order of every bar."""
        seen = {item.status for band in self.bands for item in band.stretches}
        return [status for status in Status if status in seen]


def bands(commitment, steps: Iterable, day: dt.date, as_of=None, known_at=None) -> Bands | None:
    """Return the status over time as it is known, and as it was known before the latest correction if there is one.

    None where there is nothing to draw: no step yet, or a single day.
    """
    first = commitment.announced_on
    seen = history_as_known(steps, (), as_of, known_at)
    span = (day - first).days
    if not seen.steps or span < 1:
        return None
    title = _known_on(known_at) if known_at else gettext("As reported today")
    found = [Band(title, _stretches(seen.path, first, day))]
    corrections = [
        step for step in seen.struck.values() if as_of is None or step.effective_on <= as_of
    ]
    if corrections:
        latest = max(corrections, key=lambda step: step.recorded_at)
        before = history_as_known(
            steps, (), as_of, latest.recorded_at - dt.timedelta(microseconds=1)
        )
        told = max((step.recorded_at for step in before.steps), default=None)
        title = gettext("Before the correction")
        if told and told.date() < latest.recorded_at.date():
            title = _known_on(told)
        found.append(Band(title, _stretches(before.path, first, day, seen.struck), top=54))
    return Bands(found, _years(first, span))


def _known_on(moment: dt.datetime) -> str:
    return gettext("As reported on {day}").format(day=in_words(moment.date()))


def _stretches(path, first: dt.date, last: dt.date, struck=()) -> list[Stretch]:
    span = (last - first).days
    points = [(first, "day", START, False)]
    points += [
        (max(step.effective_on, first), step.precision, Status(step.status), step.seq in struck)
        for step in path
    ]
    found: list[Stretch] = []
    for (begin, precision, status, wrong), (end, *_) in zip(
        points, [*points[1:], (last,)], strict=True
    ):
        if end <= begin:
            continue
        if found and (found[-1].status, found[-1].is_struck) == (status, wrong):
            begin, precision = found[-1].first, found.pop().precision
        x, width = 100 * (begin - first).days / span, 100 * (end - begin).days / span
        found.append(Stretch(status, begin, precision, end, x, width, wrong))
    return found


def _years(first: dt.date, span: int) -> list[tuple[int, float]]:
    """Return (year, place) of each New Year between, at most twelve, none so late that its number would not fit."""
    last = first + dt.timedelta(days=span)
    years = range(first.year + 1, last.year + 1)
    step = 1 + len(years) // 12
    places = [(year, 100 * (dt.date(year, 1, 1) - first).days / span) for year in years]
    return [item for item in places[::step] if item[1] < 93]
