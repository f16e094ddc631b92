"""Two clocks by example: what was true on a day, what the record said at a moment, and both at once."""

import datetime as dt
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from commitments.known_at import known_at as then
from commitments.models import Commitment, Source, StatusChange
from tests.factories import ANNOUNCED, change, correct, make_commitment, make_source, review

pytestmark = pytest.mark.django_db


def day(text):
    return dt.date.fromisoformat(text)


def noon(text):
    return dt.datetime.combine(day(text), dt.time(12), tzinfo=dt.UTC)


@contextmanager
def recorded_on(text):
    """Write as if it were noon of that day."""
    with patch("django.utils.timezone.now", return_value=noon(text)):
        yield


@pytest.fixture
def source():
    with recorded_on("2021-12-03"):
        found = make_source(published_on=day("2021-12-03"))
    # On that day it lay ahead; what it shows is not what is tested here.
    Source.objects.update(published_on=day("2023-01-01"))
    return found


@pytest.fixture
def item():
    with recorded_on("2021-12-03"):
        return make_commitment("US21-PRT-001", due_on=day("2023-06-30"))


def status(as_of=None, known_at=None):
    """Return the status of the one commitment as shown, or None where it is absent."""
    with then(known_at and noon(known_at)):
        row = Commitment.objects.shown(as_of and day(as_of)).first()
    return row and row.effective_status


def timeliness(today, as_of=None, known_at=None, stale_after_days=365):
    shown = Commitment.objects.shown(as_of and day(as_of))
    with then(known_at and noon(known_at)):
        row = shown.with_timeliness(day(today), stale_after_days).get()
    return {
        name for name in ("is_open", "is_overdue", "is_stale", "is_aging") if getattr(row, name)
    }


# What was true on a day


def test_before_its_announcement_a_commitment_is_absent(item):
    assert status("2021-12-02") is None
    assert status("2021-12-03") == "no_evidence"


def test_a_status_is_true_from_its_day_on(item, source):
    change(item, "in_progress", day("2022-05-10"), [source])
    change(item, "in_place", day("2022-08-01"), [source])
    assert status("2022-05-09") == "no_evidence"
    assert status("2022-05-10") == "in_progress"
    assert status("2022-07-31") == "in_progress"
    assert status("2022-08-01") == "in_place"
    assert status() == "in_place"


def test_a_step_learned_late_is_true_from_its_own_day(item, source):
    change(item, "in_place", day("2022-08-01"), [source])
    change(item, "in_progress", day("2022-05-10"), [source])
    assert status("2022-06-01") == "in_progress"
    assert status("2022-08-01") == "in_place"
    assert status() == "in_place"


def test_of_two_steps_of_one_day_the_later_recorded_one_stands(item, source):
    change(item, "in_progress", day("2022-05-10"), [source])
    change(item, "stalled", day("2022-05-10"), [source])
    assert status("2022-05-10") == "stalled"
    assert status() == "stalled"


def test_what_is_known_to_the_month_is_true_from_its_first_day(item, source):
    change(item, "in_progress", day("2022-05-20"), [source], precision="month")
    assert status("2022-04-30") == "no_evidence"
    assert status("2022-05-01") == "in_progress"
    row = Commitment.objects.as_of(day("2022-05-01")).get()
    assert (row.effective_since, row.effective_precision) == (day("2022-05-01"), "month")


def test_a_month_that_holds_the_announcement_does_not_show_the_commitment_earlier(item, source):
    change(item, "in_progress", day("2021-12-20"), [source], precision="month")
    assert status("2021-12-02") is None
    assert status("2021-12-03") == "in_progress"


def test_a_corrected_step_was_never_true(item, source):
    change(item, "completed", day("2022-05-10"), [source])
    correct(item, 1, "in_progress", day("2022-08-01"), [source])
    assert status("2022-05-10") == "no_evidence"
    assert status("2022-08-01") == "in_progress"


def test_each_day_has_the_since_and_the_verification_of_its_own_step(item):
    early, late = (
        make_source(published_on=day("2022-05-20")),
        make_source(origin="independent", published_on=day("2022-08-01")),
    )
    change(item, "in_progress", day("2022-05-10"), [early])
    change(item, "in_place", day("2022-08-01"), [early, late])
    shown = [
        (row.effective_since, row.effective_verification)
        for text in ("2022-05-09", "2022-05-10", "2022-08-01")
        for row in Commitment.objects.as_of(day(text))
    ]
    assert shown == [
        (ANNOUNCED, "unverified"),
        (day("2022-05-10"), "agency_reported"),
        (day("2022-08-01"), "independently_reported"),
    ]


def test_histories_do_not_leak_into_each_other(item, source):
    other = make_commitment("US21-PRT-002")
    change(item, "in_progress", day("2022-05-10"), [source])
    change(other, "stalled", day("2022-06-10"), [source])
    rows = Commitment.objects.as_of(day("2022-06-30")).order_by("code")
    assert [row.effective_status for row in rows] == ["in_progress", "stalled"]


def test_today_is_shown_alike_from_the_copies_and_from_the_history(item, source):
    change(item, "in_progress", day("2022-05-10"), [source], precision="month")
    change(item, "stalled", day("2022-08-10"), [source])
    correct(item, 2, "in_place", day("2022-09-01"), [source])
    review(item, day("2023-01-05"))
    columns = [
        f"effective_{name}"
        for name in ("status", "since", "precision", "verification", "reviewed_on")
    ]
    today = dt.datetime.now(dt.UTC).date()
    assert list(Commitment.objects.as_of(today).values(*columns)) == list(
        Commitment.objects.current().values(*columns)
    )


# What the record said at a moment


def test_the_record_did_not_know_what_it_had_not_learned(item, source):
    with recorded_on("2023-03-01"):
        change(item, "in_progress", day("2022-05-10"), [source])
    assert status(known_at="2023-02-28") == "no_evidence"
    assert status(known_at="2023-03-01") == "in_progress"
    assert status("2022-06-01") == "in_progress"


def test_a_moment_is_exact(item, source):
    with recorded_on("2023-03-01"):
        change(item, "in_progress", day("2022-05-10"), [source])
    instant = dt.timedelta(microseconds=1)
    with then(noon("2023-03-01") - instant):
        [before] = Commitment.objects.current()
    with then(noon("2023-03-01")):
        [at] = Commitment.objects.current()
    assert (before.effective_status, at.effective_status) == ("no_evidence", "in_progress")


def test_a_commitment_unknown_to_the_record_is_absent():
    with recorded_on("2022-03-01"):
        make_commitment("US21-PRT-001")
    assert status("2021-12-31") == "no_evidence"
    assert status(known_at="2022-02-28") is None
    assert status("2021-12-31", known_at="2022-02-28") is None
    assert status("2021-12-31", known_at="2022-03-01") == "no_evidence"


def test_an_error_stands_until_the_moment_of_its_correction(item, source):
    with recorded_on("2022-06-01"):
        change(item, "completed", day("2022-05-10"), [source])
    with recorded_on("2022-09-01"):
        correct(item, 1, "in_progress", day("2022-05-10"), [source])
    assert status(known_at="2022-06-01") == "completed"
    assert status(known_at="2022-08-31") == "completed"
    assert status(known_at="2022-09-01") == "in_progress"
    assert status("2022-05-31") == "in_progress"
    assert status("2022-05-31", known_at="2022-08-31") == "completed"
    assert status("2022-05-31", known_at="2022-09-01") == "in_progress"


def test_both_clocks_together_ask_what_was_said_at_a_moment_about_a_day(item, source):
    with recorded_on("2022-06-01"):
        change(item, "in_progress", day("2022-05-10"), [source])
    with recorded_on("2023-03-01"):
        change(item, "stalled", day("2022-08-01"), [source])
    assert status("2022-05-09", known_at="2022-06-01") == "no_evidence"
    assert status("2022-05-10", known_at="2022-05-31") == "no_evidence"
    assert status("2022-08-01", known_at="2023-02-28") == "in_progress"
    assert status("2022-08-01", known_at="2023-03-01") == "stalled"
    assert status("2022-07-31", known_at="2023-03-01") == "in_progress"


def test_a_step_put_in_the_middle_was_not_always_known(item, source):
    with recorded_on("2022-09-01"):
        change(item, "in_place", day("2022-08-01"), [source])
    with recorded_on("2022-10-01"):
        change(item, "in_progress", day("2022-05-10"), [source])
    assert status("2022-06-01", known_at="2022-09-30") == "no_evidence"
    assert status("2022-06-01", known_at="2022-10-01") == "in_progress"
    assert status("2022-08-01", known_at="2022-09-30") == "in_place"


# The step before


def previous(known_at=None):
    steps = StatusChange.objects.with_previous_status().order_by("seq")
    with then(known_at and noon(known_at)):
        return list(steps.values_list("status", "previous_status"))


def test_each_step_names_the_status_before_it_in_the_path(item, source):
    change(item, "in_place", day("2022-08-01"), [source])
    change(item, "in_progress", day("2022-05-10"), [source])
    change(item, "stalled", day("2022-08-01"), [source])
    change(make_commitment("US21-PRT-002"), "in_progress", day("2022-07-01"), [source])
    assert set(previous()) == {
        ("in_place", "in_progress"),
        ("in_progress", "no_evidence"),
        ("stalled", "in_place"),
    }


def test_a_struck_out_step_has_no_place_in_the_path_once_its_correction_is_known(item, source):
    with recorded_on("2022-06-01"):
        change(item, "in_progress", day("2022-05-10"), [source])
    with recorded_on("2022-09-01"):
        change(item, "completed", day("2022-08-01"), [source])
    with recorded_on("2022-10-01"):
        correct(item, 2, "in_place", day("2022-08-01"), [source])
    struck = [("in_progress", "no_evidence"), ("completed", None), ("in_place", "in_progress")]
    assert previous() == struck
    assert previous(known_at="2022-09-30")[:2] == [
        ("in_progress", "no_evidence"),
        ("completed", "in_progress"),
    ]


# Reviews


def last_review(as_of=None, known_at=None):
    with then(known_at and noon(known_at)):
        return Commitment.objects.shown(as_of and day(as_of)).get().effective_reviewed_on


def test_the_last_review_is_that_of_the_day_and_of_the_moment(item):
    with recorded_on("2023-03-01"):
        review(item, day("2022-05-01"))
    with recorded_on("2023-04-01"):
        review(item, day("2023-03-31"))
        review(item, day("2022-01-01"))
    assert last_review() == day("2023-03-31")
    assert last_review("2021-12-31") == ANNOUNCED, "nobody had looked since"
    assert last_review("2022-04-30") == day("2022-01-01")
    assert last_review("2022-05-01") == day("2022-05-01")
    assert last_review("2022-04-30", known_at="2023-03-01") == ANNOUNCED
    assert last_review(known_at="2023-02-28") == ANNOUNCED
    assert last_review(known_at="2023-03-01") == day("2022-05-01")


# Timeliness


def test_an_open_commitment_is_overdue_from_the_day_after_its_due_date(item):
    assert timeliness("2023-06-30", as_of="2023-06-30") == {"is_open", "is_stale"}
    assert timeliness("2023-07-01", as_of="2023-07-01") == {"is_open", "is_stale", "is_overdue"}
    change(item, "completed", day("2023-08-01"))
    assert "is_overdue" in timeliness("2023-07-31", as_of="2023-07-31")
    assert timeliness("2023-08-01", as_of="2023-08-01") == set()


def test_without_a_due_date_nothing_is_overdue():
    make_commitment()
    assert "is_overdue" not in timeliness("2099-01-01")


def test_a_commitment_is_stale_when_it_was_neither_changed_nor_checked_for_so_many_days(
    item, source
):
    def stale(on, **clocks):
        return "is_stale" in timeliness(on, as_of=on, **clocks)

    assert not stale("2022-12-03"), "365 days after the announcement"
    assert stale("2022-12-04")
    assert stale("2021-12-05", stale_after_days=1)
    with recorded_on("2023-03-01"):
        review(item, day("2022-12-04"))
    assert not stale("2022-12-04")
    assert not stale("2023-12-04")
    assert stale("2023-12-05")
    assert stale("2022-12-04", known_at="2023-02-28"), "the review was not known yet"


def test_what_is_said_of_an_open_commitment_ages_two_years_after_its_newest_document(item):
    def aging(on, **clocks):
        return "is_aging" in timeliness(on, as_of=on, **clocks)

    assert not aging("2026-01-01"), "nothing was said that could age"
    with recorded_on("2022-06-01"):
        older = make_source(published_on=day("2022-05-10"))
        change(item, "in_progress", day("2022-05-10"), [older])
    with recorded_on("2023-03-01"):
        newer = make_source(published_on=day("2023-02-28"))
        change(item, "in_place", day("2022-08-01"), [newer])
    assert Commitment.objects.current().get().effective_evidence_on == day("2023-02-28")
    assert not aging("2025-02-28")
    assert aging("2025-03-01")
    assert aging("2024-05-11", known_at="2023-02-28"), "the newer one was not known yet"
    assert Commitment.objects.as_of(day("2023-01-01")).get().effective_evidence_on == day(
        "2022-05-10"
    ), "the newer one was not published yet"
    correct(item, 2, "in_place", day("2022-05-10"), [older])
    assert aging("2024-05-11"), "what is struck out is no evidence"


@pytest.mark.parametrize(
    ("status", "on", "precision", "is_done"),
    [
        ("completed", "2021-12-03", "day", True),
        ("completed", "2021-12-03", "month", False),
        ("completed", "2021-12-04", "day", False),
        ("in_place", "2021-12-03", "day", False),
    ],
)
def test_what_was_complete_on_the_day_of_its_announcement_was_done_when_announced(
    client, item, status, on, precision, is_done
):
    change(item, status, day(on), precision=precision)
    answer = client.get(f"/api/v1/commitments/?done_when_announced={str(is_done).lower()}").json()
    assert [row["done_when_announced"] for row in answer["results"]] == [is_done]
    counted = client.get("/api/v1/stats/?by=status,done_when_announced").json()["results"]
    counted = [row for row in counted if row["count"]]
    assert counted == [{"status": status, "done_when_announced": is_done, "count": 1}]
    page = client.get("/plans/us-nap-2021/").content.decode()
    assert ("1 of them done when announced" in page) is is_done


def test_recording_a_step_checks_the_commitment_on_that_day(item, source):
    with recorded_on("2024-03-01"):
        change(item, "in_progress", day("2022-05-10"), [source])
    assert "is_stale" in timeliness("2024-02-29", as_of="2024-02-29")
    assert "is_stale" not in timeliness("2024-03-01", as_of="2024-03-01")
    assert "is_stale" in timeliness("2024-03-01", as_of="2024-03-01", known_at="2024-02-29")
    assert "is_stale" not in timeliness("2025-03-01", as_of="2025-03-01")
    assert "is_stale" in timeliness("2025-03-02", as_of="2025-03-02")


def test_a_closed_commitment_is_neither_overdue_nor_stale(item, source):
    change(item, "withdrawn", day("2022-05-10"), [source])
    assert timeliness("2099-01-01") == set()


def test_a_clock_that_strikes_midnight_in_utc_decides_the_day(item, source):
    late = dt.datetime(2022, 6, 1, 23, 59, 59, 999999, tzinfo=dt.UTC)
    with patch("django.utils.timezone.now", return_value=late):
        change(item, "in_progress", day("2022-06-01"), [source])
    with then(late.astimezone(dt.timezone(dt.timedelta(hours=9)))):
        [row] = Commitment.objects.current()
    assert row.effective_status == "in_progress", "one moment, whatever its offset"
    assert row.effective_reviewed_on == day("2022-06-01")
