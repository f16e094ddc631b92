"""Histories: steps, corrections, closing and reopening, and the copies that follow from them."""

import datetime as dt

import pytest

from commitments import services
from commitments.models import Change, StatusChange
from commitments.querysets.sql import today
from tests.factories import (
    ACTOR,
    ANNOUNCED,
    change,
    correct,
    link,
    make_commitment,
    make_source,
    review,
)
from tests.service_writes import day, in_order, refusal, shown

pytestmark = pytest.mark.django_db


# Histories


def test_a_change_shows_at_once_in_the_copies_that_lists_filter_by(world):
    item = world["item"]
    assert shown(item) == ("in_progress", day(10), "day", "agency_reported")
    change(item, "stalled", day(40), [make_source(origin="independent", published_on=day(40))])
    assert shown(item) == ("stalled", day(40), "day", "independently_reported")
    item.refresh_from_db()
    row = Change.objects.latest("seq")
    assert (item.seq, item.updated_at) == (row.seq, row.recorded_at)


@pytest.mark.parametrize(
    ("precision", "kept"),
    [("day", (2023, 5, 17)), ("month", (2023, 5, 1)), ("year", (2023, 1, 1))],
)
def test_a_month_or_a_year_is_kept_as_its_first_day(precision, kept):
    item = make_commitment()
    done = change(item, "in_progress", dt.date(2023, 5, 17), precision=precision)
    assert done.effective_on == dt.date(*kept)
    assert shown(item)[:3] == ("in_progress", dt.date(*kept), precision)


def test_a_step_may_be_known_only_to_the_month_of_the_announcement():
    item = make_commitment()
    change(item, "in_progress", dt.date(2021, 12, 20), precision="month")
    assert shown(item)[1] == ANNOUNCED


def test_today_is_not_in_the_future():
    item = make_commitment()
    change(item, "in_progress", today())
    review(item, today())
    assert shown(item)[1] == today()


def test_steps_are_numbered_in_the_order_of_recording_and_stand_in_the_order_of_time():
    item = make_commitment()
    change(item, "in_place", day(60))
    change(item, "in_progress", day(20))
    change(item, "stalled", day(40))
    assert in_order(item) == [(2, "in_progress"), (3, "stalled"), (1, "in_place")]
    assert shown(item)[:2] == ("in_place", day(60))


def test_a_backdated_step_must_suit_the_step_after_it():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "not_started", day(20), [source])
    change(item, "in_progress", day(60), [source])
    words = refusal(lambda: change(item, "in_progress", day(40), [source]))
    assert "this would make step 2, already in the history, illegal" in words


def test_a_backdated_step_must_suit_the_step_before_it():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "not_started", day(20), [source])
    change(item, "in_progress", day(60), [source])
    words = refusal(lambda: change(item, "stalled", day(40), [source]), "status")
    assert "cannot follow “Not started”" in words


def test_a_backdated_step_that_suits_both_leaves_the_current_status_alone():
    item = make_commitment()
    change(item, "in_progress", day(20))
    change(item, "completed", day(60))
    change(item, "in_place", day(40))
    assert in_order(item) == [(1, "in_progress"), (3, "in_place"), (2, "completed")]
    assert shown(item)[:2] == ("completed", day(60))


def test_a_backdated_closing_would_turn_the_next_step_into_a_reopening_without_a_reason():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "in_progress", day(20), [source])
    change(item, "in_place", day(60), [source])
    words = refusal(lambda: change(item, "completed", day(40), [source]))
    assert "step 2" in words
    assert "public reason" in words


# Corrections


def test_a_corrected_step_stays_in_the_record_and_leaves_the_path():
    item = make_commitment()
    wrong = change(item, "completed", day(20))
    right = correct(item, 1, "in_progress", day(30))
    assert in_order(item) == [(2, "in_progress")]
    assert shown(item)[:2] == ("in_progress", day(30))
    wrong = StatusChange.objects.get(pk=wrong.pk)
    assert (wrong.status, wrong.effective_on, wrong.corrected_by) == ("completed", day(20), right)


def test_a_struck_out_step_no_longer_counts_though_it_was_the_latest():
    item = make_commitment()
    change(item, "completed", day(40))
    correct(item, 1, "in_progress", day(20))
    assert shown(item)[:2] == ("in_progress", day(20))


def test_a_step_cannot_be_corrected_twice_but_its_correction_can():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "completed", day(20), [source])
    correct(item, 1, "in_progress", day(30), [source])
    words = refusal(lambda: correct(item, 1, "stalled", day(30), [source]), "corrects")
    assert words == "Step 1 does not exist here, or was corrected before."
    correct(item, 2, "stalled", day(30), [source])
    assert in_order(item) == [(3, "stalled")], "the first error stays struck out"


def test_a_correction_may_say_that_there_should_have_been_no_step():
    item = make_commitment()
    change(item, "in_progress", day(20))
    change(item, "completed", day(40))
    correct(item, 2, "in_progress", day(40), explanation="The report spoke of another program.")
    assert in_order(item) == [(1, "in_progress"), (3, "in_progress")]
    assert shown(item)[0] == "in_progress"


def test_a_correction_of_the_first_step_may_restate_that_nothing_was_found():
    item = make_commitment()
    change(item, "in_progress", day(20))
    correct(item, 1, "no_evidence", day(20))
    assert shown(item) == ("no_evidence", day(20), "day", "unverified")


def test_a_correction_is_held_to_the_moves_too():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "not_started", day(20), [source])
    change(item, "in_progress", day(40), [source])
    words = refusal(lambda: correct(item, 2, "no_evidence", day(40)), "status")
    assert "except by a correction" in words
    words = refusal(lambda: correct(item, 2, "stalled", day(40), [source]), "status")
    assert "cannot follow “Not started”" in words
    words = refusal(lambda: correct(item, 1, "in_progress", day(20), [source]))
    assert "step 2" in words, "what came after must still follow"


def test_a_step_of_another_commitment_cannot_be_corrected():
    one, other, source = make_commitment(), make_commitment(), make_source()
    change(one, "in_progress", day(20), [source])
    assert refusal(lambda: correct(other, 1, "stalled", day(20), [source]), "corrects")


def test_a_correction_of_a_month_may_name_the_day():
    item = make_commitment()
    change(item, "in_progress", dt.date(2022, 5, 1), precision="month")
    correct(item, 1, "in_progress", dt.date(2022, 5, 17))
    assert shown(item)[:3] == ("in_progress", dt.date(2022, 5, 17), "day")


# Closing and reopening


@pytest.mark.parametrize(
    "status", ["completed", "partly_met", "not_met", "withdrawn", "superseded"]
)
def test_a_closed_commitment_can_be_reopened_with_a_reason(status):
    item, source = make_commitment(due_on=day(100)), make_source(published_on=day(150))
    link(item, make_commitment())
    change(item, status, day(101), [source], explanation="The period is over.")
    assert refusal(lambda: change(item, "stalled", day(150), [source]), "explanation")
    change(item, "stalled", day(150), [source], explanation="Work was taken up and paused.")
    assert shown(item)[0] == "stalled"


def test_two_places_in_one_document_are_not_two_independent_sources():
    item, audit = make_commitment(), make_source("audit", origin="independent")
    other = make_source("other", origin="independent", publisher="Another paper")

    def complete(*places):
        return services.record_status_change(
            commitment=item.code,
            status="completed",
            effective_on=day(20),
            evidence=[services.EvidenceItem(*place) for place in places],
            actor=ACTOR,
        )

    refusal(lambda: complete((audit.slug, "page 1"), (audit.slug, "page 2")), "evidence")
    complete((audit.slug, "page 1"), (audit.slug, "page 2"), (other.slug, "page 1"))
    assert shown(item)[0] == "completed"


def test_superseded_waits_for_the_link_to_the_successor():
    item, later = make_commitment(), make_commitment()
    assert refusal(lambda: change(item, "superseded", day(20), []), "status")
    link(item, later, "relates")
    assert refusal(lambda: change(item, "superseded", day(20), []), "status")
    link(item, later, "replaces")
    change(item, "superseded", day(20), [])
    assert shown(item) == ("superseded", day(20), "day", "unverified")
