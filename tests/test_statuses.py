"""The rules of a history: moves, evidence, deadlines, reopening, verification. No database."""

import datetime as dt
import itertools
from types import SimpleNamespace

import pytest

from commitments.choices import Status
from commitments.status_rules import (
    EvidenceFacts,
    Step,
    Terms,
    evidence_problem,
    facts_of,
    history_problem,
    step_day,
)
from commitments.statuses import (
    AFTER_DEADLINE,
    CLOSED,
    MOVES,
    OPEN,
    RULES,
    first_day,
    is_open,
    is_reopening,
    label,
    last_day,
    may_move,
    months_from,
    needs_second_editor,
    verification_of,
)

ANNOUNCED = dt.date(2021, 12, 3)
DAY = dt.date(2025, 3, 1)
OVER = Terms(
    announced_on=ANNOUNCED, due_on=dt.date(2023, 6, 30), plan_ends_on=None, has_successor=True
)
RUNNING = Terms(announced_on=ANNOUNCED, due_on=None, plan_ends_on=None, has_successor=True)

# Written out from the method, not computed: the ends are open to every open status.
ENDS = {"partly_met", "not_met", "withdrawn", "superseded"}
REOPENED = {"not_started", "in_progress", "in_place", "stalled"}
ALLOWED = {
    "no_evidence": {"not_started", "in_progress", "in_place", "stalled", "completed"} | ENDS,
    "not_started": {"in_progress", "completed"} | ENDS,
    "in_progress": {"not_started", "stalled", "in_place", "completed"} | ENDS,
    "in_place": {"in_progress", "stalled", "completed"} | ENDS,
    "stalled": {"in_progress", "in_place", "completed"} | ENDS,
    "completed": REOPENED,
    "partly_met": REOPENED,
    "not_met": REOPENED,
    "withdrawn": REOPENED,
    "superseded": REOPENED,
}


def source(origin="official", published_on=DAY, **fields):
    return EvidenceFacts(origin, published_on, **fields)


def step(status, day=DAY, seq=1, evidence=None, **fields):
    """A step that nothing but its place in the history could make illegal."""
    if evidence is None:
        evidence = [] if status == "no_evidence" else [source(published_on=day)]
    defaults = {"precision": "day", "explanation": "As the report says."}
    return Step(seq=seq, effective_on=day, status=status, evidence=evidence, **(defaults | fields))


def days(count):
    return [DAY + dt.timedelta(days=number) for number in range(count)]


# Moves


@pytest.mark.parametrize(("before", "after"), itertools.product(ALLOWED, ALLOWED))
def test_a_move_is_possible_exactly_where_the_method_allows_it(before, after):
    first, second = days(2)
    steps = [] if before == "no_evidence" else [step(before, first, seq=1)]
    problem = history_problem([*steps, step(after, second, seq=2)], OVER)
    if after in ALLOWED[before]:
        assert problem is None
    else:
        assert (problem.field, problem.seq) == ("status", 2)


@pytest.mark.parametrize("status", ALLOWED)
def test_a_correction_may_restate_the_status_before_it_where_a_plain_step_may_not(status):
    first, second = days(2)
    steps = [] if status == "no_evidence" else [step(status, first, seq=1)]
    assert history_problem([*steps, step(status, second, seq=2)], OVER) is not None
    assert history_problem([*steps, step(status, second, seq=2, corrects=True)], OVER) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (before, after)
        for before in ALLOWED
        for after in sorted(set(ALLOWED) - ALLOWED[before] - {before})
    ],
)
def test_a_correction_opens_no_other_move(before, after):
    assert not may_move(before, after, correction=True)


def test_nothing_but_a_correction_at_the_start_says_no_evidence():
    assert history_problem([step("no_evidence")], OVER).message == (
        "The status was already “No evidence found” before 2025-03-01. Record a review instead."
    )
    first, second = days(2)
    problem = history_problem([step("stalled", first), step("no_evidence", second, seq=2)], OVER)
    assert problem.message == "Nothing returns to “No evidence found” except by a correction."


def test_a_refusal_names_the_moves_that_would_do():
    first, second = days(2)
    problem = history_problem([step("withdrawn", first), step("completed", second, seq=2)], OVER)
    assert problem.message == (
        "“Completed” on 2025-03-02 cannot follow “Withdrawn”. Allowed are: “In place”, “In progress”, "
        "“Not started”, “Stalled”."
    )


def test_a_step_put_in_the_middle_is_judged_with_the_step_before_and_the_step_after():
    one, two, three = days(3)
    ends = [step("not_started", one, seq=1), step("in_progress", three, seq=2)]
    assert history_problem(ends, OVER) is None
    # It may follow the first, and be followed by the second: a reopening, which is explained.
    assert history_problem([*ends, step("completed", two, seq=3)], OVER) is None
    # It may follow the first, but then the second may not follow it.
    problem = history_problem([*ends, step("in_progress", two, seq=3)], OVER)
    assert (problem.field, problem.seq) == ("status", 2)
    # The second may follow it, but it may not follow the first.
    problem = history_problem([*ends, step("stalled", two, seq=3)], OVER)
    assert (problem.field, problem.seq) == ("status", 3)


def test_steps_of_one_day_stand_in_the_order_of_recording():
    assert history_problem([step("in_place", seq=2), step("in_progress", seq=1)], OVER) is None
    assert history_problem([step("in_place", seq=1), step("not_started", seq=2)], OVER).seq == 2


def test_an_empty_history_is_legal():
    assert history_problem([], RUNNING) is None


# The announcement and the deadline


@pytest.mark.parametrize(
    ("day", "precision", "fits"),
    [
        (dt.date(2021, 12, 3), "day", True),
        (dt.date(2021, 12, 2), "day", False),
        (dt.date(2021, 12, 1), "month", True),
        (dt.date(2021, 11, 1), "month", False),
        (dt.date(2021, 1, 1), "year", True),
        (dt.date(2020, 1, 1), "year", False),
    ],
)
def test_no_step_is_true_before_the_announcement_at_its_own_precision(day, precision, fits):
    problem = history_problem([step("in_progress", day, precision=precision)], RUNNING)
    assert fits if problem is None else (not fits and problem.field == "effective_on")


@pytest.mark.parametrize("status", ["partly_met", "not_met"])
@pytest.mark.parametrize(
    ("due_on", "plan_ends_on", "fits"),
    [
        (None, None, False),
        (DAY, None, False),
        (DAY - dt.timedelta(days=1), None, True),
        (None, DAY, False),
        (None, DAY - dt.timedelta(days=1), True),
        (DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=90), True),
        (DAY + dt.timedelta(days=90), DAY - dt.timedelta(days=1), True),
        (DAY, DAY, False),
    ],
)
def test_undelivered_can_be_said_only_from_the_day_after_the_due_date_or_the_plan(
    status, due_on, plan_ends_on, fits
):
    terms = Terms(announced_on=ANNOUNCED, due_on=due_on, plan_ends_on=plan_ends_on)
    problem = history_problem([step(status)], terms)
    assert fits if problem is None else (not fits and problem.field == "status")


@pytest.mark.parametrize("status", sorted(set(ALLOWED) - {"partly_met", "not_met", "no_evidence"}))
def test_every_other_status_is_possible_before_the_deadline(status):
    assert history_problem([step(status)], RUNNING) is None


# Evidence

OFFICIAL, INDEPENDENT, ADVOCACY = source(), source("independent"), source("advocacy")
AUDIT, STUDY = (source("independent", document=name, publisher=name) for name in ("audit", "study"))
UNDATED, SILENT = source(published_on=None, has_note=True), source(published_on=None)
OLD = source(published_on=dt.date(2023, 2, 28))
JUST_RECENT = source(published_on=dt.date(2023, 3, 1))
JUST_AFTER = source(published_on=dt.date(2027, 3, 1))
LATE = source(published_on=dt.date(2027, 3, 2))


@pytest.mark.parametrize(
    ("status", "enough", "too_little"),
    [
        ("no_evidence", [[]], [[OFFICIAL]]),
        ("not_started", [[ADVOCACY], [UNDATED, OLD]], [[], [UNDATED], [SILENT, OLD]]),
        ("stalled", [[ADVOCACY], [UNDATED, OLD]], [[], [UNDATED], [SILENT, OLD]]),
        ("in_progress", [[ADVOCACY], [UNDATED], [OLD, LATE]], [[], [SILENT], [OLD, JUST_RECENT]]),
        (
            "in_place",
            [[ADVOCACY], [JUST_RECENT, LATE], [JUST_AFTER], [OLD, OFFICIAL]],
            [[], [UNDATED], [OLD], [LATE], [JUST_RECENT], [OLD, LATE, UNDATED]],
        ),
        (
            "completed",
            [[OFFICIAL], [UNDATED], [AUDIT, STUDY], [ADVOCACY, OFFICIAL]],
            [[], [INDEPENDENT], [AUDIT, AUDIT], [ADVOCACY, ADVOCACY], [INDEPENDENT, ADVOCACY]],
        ),
        ("partly_met", [[ADVOCACY], [UNDATED]], [[]]),
        ("not_met", [[ADVOCACY], [UNDATED]], [[]]),
        ("withdrawn", [[OFFICIAL], [INDEPENDENT], [ADVOCACY, INDEPENDENT]], [[], [ADVOCACY]]),
        ("superseded", [[], [ADVOCACY], [OLD]], []),
    ],
)
def test_each_status_needs_its_evidence(status, enough, too_little):
    for evidence in enough:
        assert evidence_problem(step(status, evidence=evidence), OVER) is None
    for evidence in too_little:
        assert evidence_problem(step(status, evidence=evidence), OVER).field == "evidence"


@pytest.mark.parametrize(
    ("precision", "published_on", "published_precision", "shows"),
    [
        ("day", (2022, 6, 15), "day", True),
        ("day", (2022, 6, 14), "day", False),
        ("day", (2022, 6, 1), "month", True),
        ("day", (2022, 1, 1), "year", True),
        ("day", (2022, 5, 1), "month", False),
        ("month", (2022, 6, 1), "day", True),
        ("month", (2022, 5, 31), "day", False),
        ("year", (2022, 1, 1), "day", True),
        ("year", (2021, 12, 31), "day", False),
        ("year", (2021, 1, 1), "year", False),
    ],
)
def test_a_source_shows_only_what_its_own_period_may_have_seen(
    precision, published_on, published_precision, shows
):
    fact = source(published_on=dt.date(*published_on), precision=published_precision)
    taken = step("in_progress", dt.date(2022, 6, 15), precision=precision, evidence=[fact])
    assert (evidence_problem(taken, OVER) is None) == shows


@pytest.mark.parametrize(
    ("entries", "independent"),
    [
        ([("a.org/1", "Paper"), ("b.org/1", "Review")], True),
        ([("a.org/1", "Paper"), ("a.org/1", "Review")], False),
        ([("a.org/1", "Paper"), ("a.org/2", " paper ")], False),
        ([("a.org/1", "Paper")], False),
        ([("", "Paper"), ("", "Review")], True),
    ],
)
def test_two_entries_are_two_sources_only_with_two_addresses_and_two_publishers(
    entries, independent
):
    cited = [
        (
            SimpleNamespace(
                slug=f"source-{number}",
                origin="independent",
                jurisdiction="",
                published_on=DAY,
                precision="day",
                normalized_url=url,
                publisher=publisher,
                note="",
            ),
            "",
        )
        for number, (url, publisher) in enumerate(entries)
    ]
    problem = evidence_problem(step("completed", evidence=facts_of(cited, "US")), OVER)
    assert (problem is None) == independent


@pytest.mark.parametrize(
    ("day", "precision", "announced", "stored"),
    [
        ((2021, 12, 20), "year", (2021, 12, 3), (2021, 12, 3)),
        ((2021, 12, 20), "month", (2021, 12, 3), (2021, 12, 3)),
        ((2021, 12, 20), "day", (2021, 12, 3), (2021, 12, 20)),
        ((2021, 12, 20), "day", (2021, 12, 25), (2021, 12, 20)),
        ((2022, 5, 20), "year", (2021, 12, 3), (2022, 1, 1)),
        ((2020, 5, 20), "year", (2021, 12, 3), (2020, 1, 1)),
    ],
)
def test_a_step_of_the_period_of_the_announcement_does_not_precede_it(
    day, precision, announced, stored
):
    assert step_day(dt.date(*day), precision, dt.date(*announced)) == dt.date(*stored)


def test_superseded_needs_a_link_to_the_successor():
    alone = Terms(announced_on=ANNOUNCED)
    problem = history_problem([step("superseded", evidence=[])], alone)
    assert problem.message == (
        "“Superseded” needs a link to the commitment that replaces it. Add that link first."
    )


@pytest.mark.parametrize("status", ["partly_met", "not_met"])
@pytest.mark.parametrize("nothing", ["", "  \n\t"])
def test_ending_short_needs_an_explanation(status, nothing):
    problem = history_problem([step(status, explanation=nothing)], OVER)
    assert problem.field == "explanation"


@pytest.mark.parametrize(
    "closed", ["completed", "partly_met", "not_met", "withdrawn", "superseded"]
)
@pytest.mark.parametrize("reopened", sorted(REOPENED))
def test_reopening_needs_an_explanation(closed, reopened):
    first, second = days(2)
    steps = [step(closed, first), step(reopened, second, seq=2, explanation=" ")]
    problem = history_problem(steps, OVER)
    assert (problem.field, problem.seq) == ("explanation", 2)
    assert is_reopening(closed, reopened)


def test_a_correction_needs_a_public_reason():
    bare = {"corrects": True, "explanation": ""}
    problem = history_problem([step("in_progress", **bare)], OVER)
    assert problem.field == "correction_reason"
    assert (
        history_problem([step("in_progress", **bare, correction_reason="Misread.")], OVER) is None
    )
    # As it was said before the reason had a field of its own.
    assert history_problem([step("in_progress", corrects=True)], OVER) is None


def test_an_ordinary_step_needs_no_explanation():
    first, second = days(2)
    steps = [
        step("in_progress", first, explanation=""),
        step("completed", second, seq=2, explanation=""),
    ]
    assert history_problem(steps, OVER) is None


def test_the_first_problem_in_the_order_of_time_is_the_one_that_is_named():
    first, second = days(2)
    steps = [
        step("stalled", second, seq=1, evidence=[]),
        step("in_progress", first, seq=2, evidence=[]),
    ]
    assert history_problem(steps, OVER).seq == 2


@pytest.mark.parametrize("status", ["broken", "", "Completed", "NO_EVIDENCE"])
def test_an_unknown_status_is_an_error_and_not_a_problem_to_explain(status):
    with pytest.raises(ValueError, match="is not a valid Status"):
        history_problem([step(status)], OVER)
    with pytest.raises(ValueError, match="is not a valid Status"):
        label(status)


# Who must agree, who confirms


@pytest.mark.parametrize(("before", "after"), itertools.product(ALLOWED, ALLOWED))
def test_a_second_editor_is_needed_to_close_to_reopen_and_to_correct(before, after):
    closed = {"completed", "partly_met", "not_met", "withdrawn", "superseded"}
    assert needs_second_editor(before, after) == bool({before, after} & closed)
    assert needs_second_editor(before, after, correction=True)


@pytest.mark.parametrize(
    ("origins", "verification"),
    [
        ([], "unverified"),
        (["advocacy"], "unverified"),
        (["advocacy", "advocacy"], "unverified"),
        (["official"], "agency_reported"),
        (["advocacy", "official"], "agency_reported"),
        (["independent"], "independently_reported"),
        (["official", "advocacy", "independent"], "independently_reported"),
    ],
)
def test_verification_follows_from_the_origins_of_the_evidence(origins, verification):
    assert verification_of(origins) == verification


# The data


def test_the_ten_statuses_are_open_or_closed_as_the_method_says():
    assert set(Status) == set(ALLOWED)
    assert {"no_evidence", "not_started", "in_progress", "in_place", "stalled"} == OPEN
    assert {"completed", "partly_met", "not_met", "withdrawn", "superseded"} == CLOSED
    assert [status for status in Status if is_open(status)] == [
        status for status in Status if status in OPEN
    ]


def test_every_status_has_its_moves_its_rule_and_its_names_in_other_vocabularies():
    assert set(MOVES) == set(RULES) == set(Status)
    for status in Status:
        rule = RULES[status]
        for text in (rule.meaning, rule.evidence, rule.gao, rule.ogp, rule.promise_trackers):
            assert text.strip() == text
            assert text
        assert label(status) == status.label
        assert "broken" not in f"{rule.meaning} {status.label}".lower()
    assert {status for status in Status if RULES[status].explanation_needed} == AFTER_DEADLINE


def test_the_published_moves_are_those_of_the_method():
    assert {
        str(before): {str(move) for move in after} for before, after in MOVES.items()
    } == ALLOWED


# Days


@pytest.mark.parametrize(
    ("precision", "day"),
    [("day", (2023, 5, 17)), ("month", (2023, 5, 1)), ("year", (2023, 1, 1))],
)
def test_a_month_or_a_year_begins_on_its_first_day(precision, day):
    assert first_day(dt.date(2023, 5, 17), precision) == dt.date(*day)


@pytest.mark.parametrize(
    ("precision", "day"),
    [("day", (2024, 2, 17)), ("month", (2024, 2, 29)), ("year", (2024, 12, 31))],
)
def test_a_month_or_a_year_ends_on_its_last_day(precision, day):
    assert last_day(dt.date(2024, 2, 17), precision) == dt.date(*day)


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        ((2024, 2, 29), -24, (2022, 2, 28)),
        ((2024, 2, 29), 48, (2028, 2, 29)),
        ((2023, 12, 31), 2, (2024, 2, 29)),
        ((2023, 1, 31), -1, (2022, 12, 31)),
        ((2023, 3, 15), 0, (2023, 3, 15)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last_of_the_month(day, months, result):
    assert months_from(dt.date(*day), months) == dt.date(*result)
