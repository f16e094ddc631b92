"""Any sequence of changes, corrections, reviews and edits, against a slow model of plain lists written from the method.

The model shares nothing with the code but the table of moves, which tests/test_statuses.py writes out by hand.
"""

import copy
import datetime as dt
import itertools
import sys
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from commitments import services
from commitments.audit.hash_chain import verify_chain
from commitments.audit.integrity import differences
from commitments.known_at import known_at
from commitments.models import Change, Commitment, DatasetVersion, Proposal, StatusChange
from tests.factories import make_pillar, make_plan, make_source, review
from tests.test_statuses import ALLOWED

CLOSED = {"completed", "partly_met", "not_met", "withdrawn", "superseded"}
STALE_AFTER = 200
BEGIN = dt.datetime(2023, 1, 1, 9, tzinfo=dt.UTC)
ANNOUNCED = {"US21-PRT-001": dt.date(2021, 12, 3), "US21-PRT-002": dt.date(2022, 2, 1)}
CODES = sorted(ANNOUNCED)
# Close together, so that steps share days and months; some before the announcements, some not yet come.
DAYS = [
    dt.date(*day)
    for day in (
        (2021, 10, 1),
        (2021, 12, 2),
        (2021, 12, 3),
        (2021, 12, 31),
        (2022, 1, 1),
        (2022, 2, 1),
        (2022, 2, 2),
        (2022, 5, 31),
        (2022, 6, 1),
        (2022, 6, 2),
        (2022, 12, 31),
        (2023, 1, 1),
        (2023, 3, 1),
        (2024, 2, 29),
    )
]
SOURCES = {
    "sheet": ("official", dt.date(2022, 12, 20)),
    "undated": ("official", None),
    "audit": ("independent", dt.date(2022, 12, 20)),
    "old-audit": ("independent", dt.date(2018, 3, 1)),
    "blog": ("advocacy", dt.date(2022, 12, 20)),
}
# Of an undated source a note says what is known; it counts as evidence only then.
NOTES = {"undated": "A standing page without a date."}


# The slow model


@dataclass(frozen=True)
class Noted:
    """One step as the model keeps it."""

    seq: int
    day: dt.date
    precision: str
    status: str
    reason: str
    sources: tuple
    corrects: int | None
    recorded: dt.datetime


@dataclass
class Book:
    """Everything that was said about one commitment."""

    announced: dt.date
    created: dt.datetime
    title: str = "Promise"
    kind: str = "ongoing"
    due: dt.date | None = None
    steps: list = field(default_factory=list)
    reviews: list = field(default_factory=list)

    def standing(self):
        """The steps without those that a correction struck out."""
        struck = {step.corrects for step in self.steps}
        return sorted(
            (step for step in self.steps if step.seq not in struck), key=lambda x: (x.day, x.seq)
        )

    def previous(self):
        """Each step with the status before it in the path, None where it was struck out."""
        path = self.standing()
        before = dict(
            zip((x.seq for x in path), ["no_evidence", *(x.status for x in path)], strict=False)
        )
        return [(step.seq, before.get(step.seq)) for step in self.steps]


class Model:
    def __init__(self):
        self.sources = dict(SOURCES)
        self.plan_end = None
        self.successor = False
        self.books = {
            code: Book(ANNOUNCED[code], BEGIN - dt.timedelta(days=2 - number))
            for number, code in enumerate(CODES)
        }
        self.books[CODES[0]].due = dt.date(2022, 6, 1)

    def is_legal(self, code, steps=None):
        book, before = self.books[code], "no_evidence"
        steps = book.standing() if steps is None else steps
        for step in sorted(steps, key=lambda x: (x.day, x.seq)):
            restated = step.corrects is not None and step.status == before
            if step.day < start_of(book.announced, step.precision):
                return False
            if step.status not in ALLOWED[before] and not restated:
                return False
            if step.status in ("partly_met", "not_met") and not self._is_late(book, step.day):
                return False
            reopened = before in CLOSED and step.status not in CLOSED
            if (step.corrects is not None or reopened) and not step.reason:
                return False
            if not self._has_ground(code, step):
                return False
            before = step.status
        return True

    def _is_late(self, book, day):
        return bool((book.due and day > book.due) or (self.plan_end and day > self.plan_end))

    def _has_ground(self, code, step):
        origins = [self.sources[slug][0] for slug in step.sources]
        dates = [self.sources[slug][1] for slug in step.sources if self.sources[slug][1]]
        begins = start_of(step.day, step.precision)
        shows = any(
            self.sources[slug][1] >= begins if self.sources[slug][1] else slug in NOTES
            for slug in step.sources
        )
        if step.status not in ("no_evidence", "superseded") and not shows:
            return False
        return {
            "no_evidence": not origins,
            "not_started": bool(dates),
            "in_progress": bool(origins),
            "in_place": any(two_years(step.day, -2) <= d <= two_years(step.day, 2) for d in dates),
            "stalled": bool(dates),
            "completed": "official" in origins or origins.count("independent") >= 2,
            "partly_met": bool(origins and step.reason),
            "not_met": bool(origins and step.reason),
            "withdrawn": "official" in origins or "independent" in origins,
            "superseded": code == CODES[0] and self.successor,
        }[step.status]

    def shown(self, day, moment):
        """What was true on `day`: one tuple for each commitment announced by then, and known at `moment`."""
        return [
            self._shown(code, book, day)
            for code, book in self.books.items()
            if book.announced <= day and book.created <= moment
        ]

    def _shown(self, code, book, day):
        steps = [step for step in book.standing() if step.day <= day]
        status, since, precision, sources = "no_evidence", book.announced, "day", ()
        if steps:
            last = steps[-1]
            status, since, precision, sources = (
                last.status,
                max(last.day, book.announced),
                last.precision,
                last.sources,
            )
        origins = {self.sources[slug][0] for slug in sources}
        verification = "unverified"
        if "independent" in origins:
            verification = "independently_reported"
        elif "official" in origins:
            verification = "agency_reported"
        reviewed = max((on for on in book.reviews if on <= day), default=None)
        recorded = [step.recorded.date() for step in book.steps if step.recorded.date() <= day]
        checked = max([since, book.announced, *filter(None, [reviewed]), *recorded])
        is_open = status not in CLOSED
        overdue = is_open and book.due is not None and book.due < day
        stale = is_open and (day - checked).days > STALE_AFTER
        return (
            *(code, status, since, precision, verification, checked),
            *(overdue, stale, book.title, book.kind, book.due),
        )


def start_of(day, precision):
    return day.replace(**{"year": {"month": 1, "day": 1}, "month": {"day": 1}}.get(precision, {}))


def step_day(day, precision, announced):
    """The first day of the period, or the day of the announcement where both lie in one."""
    begins = start_of(day, precision)
    return max(begins, announced) if start_of(announced, precision) == begins else begins


def latest(moment):
    """The day that has begun where it begins first."""
    return (moment + dt.timedelta(hours=14)).date()


def two_years(day, years):
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28) if (day.year + years) % 4 else day
    return day.replace(year=day.year + years)


COLUMNS = (
    "code",
    *(f"effective_{name}" for name in ("status", "since", "precision", "verification")),
    *("effective_reviewed_on", "is_overdue", "is_stale"),
    *("title", "kind", "due_on"),
)


def answered(shown, day):
    rows = shown.with_timeliness(day, STALE_AFTER).order_by("code")
    return list(rows.values_list(*COLUMNS))


# The machine

codes = st.sampled_from(CODES)
days = st.sampled_from(DAYS)
precisions = st.sampled_from(["day", "day", "day", "month", "year"])
reasons = st.sampled_from(["Because the report says so.", ""])
statuses = st.sampled_from(sorted(ALLOWED))
origins = st.sampled_from(["official", "independent", "advocacy"])
published = st.sampled_from([None, dt.date(2018, 3, 1), dt.date(2022, 3, 1), dt.date(2022, 12, 20)])
evidence = st.just(("sheet", "audit")) | st.lists(
    st.sampled_from(sorted(SOURCES)), max_size=3, unique=True
).map(tuple)
pauses = st.sampled_from(
    [dt.timedelta(microseconds=1), dt.timedelta(hours=7), dt.timedelta(1), dt.timedelta(days=20)]
)
anything = st.fixed_dictionaries(
    {
        "day": days,
        "precision": precisions,
        "status": statuses,
        "reason": reasons,
        "sources": evidence,
        "corrects": st.sampled_from([None, None, 1, 2, 3]),
    }
)


class HistoryMachine(RuleBasedStateMachine):
    """Writes to the services and to the model, valid things and invalid ones, and compares what they hold."""

    def __init__(self):
        super().__init__()
        self.model = Model()
        self.now = BEGIN
        self.moments = [BEGIN - dt.timedelta(days=3)]
        # After each write a copy of the model, so that nothing of how the past is kept is taken over from the code.
        self.past = []
        self.version = DatasetVersion.objects.get().seq
        self.rollback = transaction.atomic()
        self.rollback.__enter__()

    def teardown(self):
        try:
            if sys.exc_info()[0] is None:
                self.look_back()
        finally:
            transaction.set_rollback(True)
            self.rollback.__exit__(None, None, None)

    def write(self, pause, is_right, call):
        """Write at the next moment; the service must agree with the model on whether it may be written."""
        self.now += pause
        self.moments.append(self.now)
        before = DatasetVersion.objects.get().seq
        with patch("django.utils.timezone.now", return_value=self.now):
            try:
                call()
            except ValidationError as refused:
                assert not is_right, refused.messages
                assert DatasetVersion.objects.get().seq == before
                return False
        assert is_right, "the service took what the method forbids"
        return True

    # Steps and corrections

    def record(self, pause, code, fields, *, is_right=None):
        book = self.model.books[code]
        step = Noted(
            seq=len(book.steps) + 1,
            recorded=self.now + pause,
            **fields | {"day": step_day(fields["day"], fields["precision"], book.announced)},
        )
        written = self.write(
            pause,
            self._may_stand(code, step) if is_right is None else is_right,
            lambda: services.record_status_change(
                commitment=code,
                status=step.status,
                effective_on=fields["day"],
                precision=step.precision,
                explanation=step.reason,
                evidence=[services.EvidenceItem(slug, "page 1") for slug in step.sources],
                corrects=step.corrects,
                actor="test-editor",
            ),
        )
        if written:
            book.steps.append(step)

    def _may_stand(self, code, step):
        steps = self.model.books[code].standing()
        if step.corrects is not None and step.corrects not in [other.seq for other in steps]:
            return False
        rest = [other for other in steps if other.seq != step.corrects]
        return step.day <= latest(step.recorded) and self.model.is_legal(code, [*rest, step])

    def _right_ones(self, code, pause, **fixed):
        """Every legal step among the days and statuses, on good evidence."""
        book, found = self.model.books[code], []
        for day, status in itertools.product(DAYS, ALLOWED):
            fields = {
                "day": day,
                "status": status,
                "reason": "Because the report says so.",
                "sources": () if status == "no_evidence" else ("sheet", "audit"),
                **fixed,
            }
            step = Noted(
                seq=len(book.steps) + 1,
                recorded=self.now + pause,
                **fields | {"day": step_day(day, fields["precision"], book.announced)},
            )
            if self._may_stand(code, step):
                found.append(fields)
        return found

    def a_right_step(self, code, pause, data, corrects=None):
        right = self._right_ones(
            code, pause, precision=data.draw(precisions, "precision"), corrects=corrects
        )
        if right:
            self.record(pause, code, data.draw(st.sampled_from(right), "step"), is_right=True)

    def a_right_correction(self, code, pause, data):
        steps = self.model.books[code].standing()
        if steps:
            wrong = data.draw(st.sampled_from([step.seq for step in steps]), "corrects")
            self.a_right_step(code, pause, data, wrong)

    def a_nearly_right_step(self, code, pause, data):
        """A right step with one thing changed, which may make it wrong."""
        right = self._right_ones(code, pause, precision="day", corrects=None)
        if not right:
            return
        fields = data.draw(st.sampled_from(right), "step")
        place = DAYS.index(fields["day"])
        what, value = data.draw(
            st.one_of(
                *[st.just(("reason", ""))] * 3,
                *[st.just(("day", DAYS[max(place - 1, 0)]))] * 3,
                st.tuples(st.just("status"), statuses),
                st.tuples(st.just("sources"), evidence),
                st.tuples(st.just("precision"), precisions),
                st.tuples(st.just("corrects"), st.integers(1, 6)),
            ),
            "spoiled",
        )
        self.record(pause, code, {**fields, what: value})

    def any_step(self, code, pause, data):
        self.record(pause, code, data.draw(anything, "step"))

    def a_review(self, code, pause, data):
        book, on = self.model.books[code], data.draw(days, "day")
        right = book.announced <= on <= latest(self.now + pause)
        item = Commitment(code=code)
        if self.write(pause, right, lambda: review(item, on)):
            book.reviews.append(on)

    def an_edit(self, code, pause, data):
        """Edit what histories are judged against; it may be done exactly where they stay legal."""
        edit = data.draw(
            st.sampled_from(
                [self._due, self._plan_end, self._plan_end, self._source, self._successor]
                + [self._texts]
            ),
            "edit",
        )
        before = copy.deepcopy(self.model)
        call = edit(code, data)
        right = all(map(self.model.is_legal, CODES))
        if not self.write(pause, right, call):
            self.model = before

    def _end(self, *codes):
        """Any day or none, and more often the day of a step that needs the end to lie before it."""
        resting = [
            step.day
            for code in codes
            for step in self.model.books[code].standing()
            if step.status in ("partly_met", "not_met")
        ]
        anyhow = st.none() | days
        return anyhow | st.sampled_from(resting) if resting else anyhow

    def _due(self, code, data):
        due = data.draw(self._end(code), "due")
        self.model.books[code].due = due
        return self._saving(code)

    def _texts(self, code, data):
        book = self.model.books[code]
        book.title = data.draw(st.sampled_from(["Promise", "Pledge", "Vow"]), "title")
        book.kind = data.draw(st.sampled_from(["ongoing", "aim"]), "kind")
        return self._saving(code)

    def _saving(self, code):
        book = copy.copy(self.model.books[code])
        return lambda: save(code, book)

    def _plan_end(self, code, data):
        end = data.draw(self._end(*CODES), "end")
        if end is not None and end < DAYS[2]:
            end = None
        self.model.plan_end = end
        return lambda: make_plan(ends_on=end)

    def _source(self, code, data):
        slug = data.draw(st.sampled_from(sorted(SOURCES)), "source")
        origin, published_on = data.draw(st.tuples(origins, published), "edited")
        self.model.sources[slug] = (origin, published_on)
        return lambda: keep_source(slug, origin, published_on)

    def _successor(self, code, data):
        self.model.successor = not self.model.successor
        act = services.save_link if self.model.successor else services.delete_link
        ends = {"earlier": CODES[0], "later": CODES[1], "relation": "continues"}
        basis = {"basis": "inferred"} if self.model.successor else {}
        return lambda: act(**ends, **basis, reason="Edited in a test.", actor="test-editor")

    # One rule, so that every run mixes everything

    @rule(
        what=st.sampled_from(
            ["a_right_step", "an_edit"] * 3
            + ["a_nearly_right_step", "a_right_correction"] * 2
            + ["any_step", "a_review"]
        ),
        code=codes,
        pause=pauses,
        data=st.data(),
    )
    def write_something(self, what, code, pause, data):
        getattr(self, what)(code, pause, data)

    # What must hold

    @invariant()
    def the_copies_say_what_the_model_says(self):
        today = self.now.date()
        shown = answered(Commitment.objects.current(), today)
        forever = dt.date(9999, 12, 31)
        told = self.model.shown(forever, self.now)
        assert [row[:6] for row in shown] == [row[:6] for row in told]
        self.past.append((self.now, copy.deepcopy(self.model)))

    def look_back(self):
        """Compare every day and moment that matters; then the record and every derived value."""
        steps = [step for book in self.model.books.values() for step in book.steps]
        dues = [book.due for book in self.model.books.values() if book.due]
        seen = {*ANNOUNCED.values(), *(step.day for step in steps), *dues, self.now.date()}
        around = sorted({day + dt.timedelta(days=n) for day in seen for n in (-1, 0, 1)})
        instant = dt.timedelta(microseconds=1)
        moments = sorted({moment - n * instant for moment in self.moments for n in (0, 1)})
        for day in some(around, 5):
            told = self.model.shown(day, self.now)
            assert answered(Commitment.objects.as_of(day), day) == told, day
        for moment in some(moments, 6):
            day = moment.date()
            with known_at(moment):
                told = self._then(moment).shown(day, moment)
                assert answered(Commitment.objects.current(), day) == told, moment
        for day, moment in some(list(itertools.product(around, moments)), 8):
            with known_at(moment):
                told = self._then(moment).shown(day, moment)
                assert answered(Commitment.objects.as_of(day), day) == told, (day, moment)
        for code in self.model.books:
            assert self.model.is_legal(code)
            steps = StatusChange.objects.filter(commitment__code=code).order_by("seq")
            for moment in [self.now, *some(moments, 2)]:
                with known_at(moment):
                    rows = list(steps.with_previous_status().values_list("seq", "previous_status"))
                assert rows == self._then(moment).books[code].previous()
        self._check_the_record()

    def _then(self, moment):
        """The model as it was at a moment."""
        return next((then for at, then in reversed(self.past) if at <= moment), Model())

    def _check_the_record(self):
        written = Change.objects.filter(seq__gt=self.version).order_by("seq")
        assert [row.seq - self.version for row in written] == list(range(1, len(written) + 1))
        assert list(verify_chain()) == []
        assert list(differences()) == []


def some(items, count):
    """Return at most so many of the items, spread evenly, the last one always among them."""
    items = items[::-1]
    return items[:: max(1, -(-len(items) // count))]


def keep_source(slug, origin, published_on):
    """Save a source; where a closed status rests on it, a second person approves at once."""
    fields = {"origin": origin, "published_on": published_on, "note": NOTES.get(slug, "")}
    make_source(slug, publisher=f"Publisher of {slug}", **fields)
    for waiting in Proposal.objects.waiting():
        services.approve_proposal(proposal=waiting.pk, actor="second-editor")


def save(code, book):
    return services.save_commitment(
        code=code,
        plan="us-nap-2021",
        pillar="protection",
        pillar_basis="stated",
        kind=book.kind,
        title=book.title,
        summary="An agency is to do something for survivors.",
        announced_on=book.announced,
        due_on=book.due,
        reason="Edited in a test.",
        actor="test-editor",
    )


@pytest.mark.django_db
@pytest.mark.parametrize("number", range(2))
def test_no_sequence_of_writes_leads_to_an_answer_that_the_history_does_not_give(number):
    # Before anything else is recorded: the record's clock never steps back.
    with patch("django.utils.timezone.now", return_value=BEGIN - dt.timedelta(days=9)):
        make_plan(ends_on=None)
        make_pillar()
        for slug, (origin, published_on) in SOURCES.items():
            keep_source(slug, origin, published_on)
    for code, book in Model().books.items():
        with patch("django.utils.timezone.now", return_value=book.created):
            save(code, book)
    # Several short searches: a long one soon varies what it has seen.
    steady = settings.get_current_profile_name() == "steady"
    run_state_machine_as_test(
        seed(number)(type("Machine", (HistoryMachine,), {})) if steady else HistoryMachine,
        settings=settings(max_examples=6, stateful_step_count=20) if steady else settings(),
    )
