"""A clock that cannot be right stamps nothing, and the operator is told what to do."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from commitments.models import Change, DatasetVersion
from planwatch.db import clock
from planwatch.db.errors import Outage, outage_of
from tests.factories import make_agency, make_commitment
from tests.test_api_writes import Writer

NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
TEN_YEARS = dt.timedelta(days=3650)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def turn(settings, monkeypatch):
    """Give a way to set the clock; the time that the process has been running stays with the clock of the start."""
    settings.PLANWATCH_CLOCK_ACCEPTED_UNTIL = None
    monkeypatch.setattr(clock, "_BEGAN", NOW)
    monkeypatch.setattr(clock, "_uptime", lambda: clock._UPTIME_THEN)
    monkeypatch.setattr(clock, "_database_clock", lambda now: now)

    def turn(moment, *, passed=True):
        monkeypatch.setattr(clock.timezone, "now", lambda: moment)
        seconds = (moment - NOW).total_seconds() if passed else 0
        monkeypatch.setattr(clock, "_uptime", lambda: clock._UPTIME_THEN + seconds)

    turn(NOW)
    return turn


def refused():
    before = Change.objects.count()
    with pytest.raises(clock.ImplausibleClock) as raised:
        make_agency("dhs")
    assert Change.objects.count() == before
    assert outage_of(raised.value) is Outage.CLOCK
    return str(raised.value)


def test_a_clock_that_jumps_ahead_while_the_site_runs_stamps_nothing(turn, client):
    make_agency("hhs")
    turn(NOW + dt.timedelta(days=1), passed=False)
    assert "was moved ahead to 2026-11-30T12:00Z while the site was running" in refused()
    assert "was moved ahead" in client.get("/healthz/ready").content.decode()
    turn(NOW + dt.timedelta(days=1))
    make_agency("dhs")
    assert DatasetVersion.objects.get().changed_at == NOW + dt.timedelta(days=1)


def test_a_site_that_rested_for_months_goes_on_and_one_for_years_asks_its_operator(turn, settings):
    make_agency("hhs")
    turn(NOW + dt.timedelta(days=300))
    make_agency("doj")
    turn(NOW + TEN_YEARS)
    assert "set PLANWATCH_CLOCK_ACCEPTED_UNTIL=2036-11-27" in refused()
    settings.PLANWATCH_CLOCK_ACCEPTED_UNTIL = NOW + TEN_YEARS + dt.timedelta(days=1)
    make_agency("dhs")


def test_a_record_that_is_ahead_of_the_clock_is_not_continued_unless_the_operator_says_so(
    turn, settings
):
    make_agency("hhs")
    DatasetVersion.objects.update(changed_at=NOW + TEN_YEARS)
    assert "The record ends at 2036-11-26T12:00Z" in refused()
    settings.PLANWATCH_CLOCK_ACCEPTED_UNTIL = NOW + TEN_YEARS
    make_agency("dhs")
    assert Change.objects.latest("seq").recorded_at == NOW + TEN_YEARS


def test_a_clock_that_is_set_back_a_little_repeats_the_last_moment(turn):
    make_agency("hhs")
    turn(NOW - dt.timedelta(minutes=9))
    make_agency("dhs")
    assert Change.objects.latest("seq").recorded_at == NOW
    turn(NOW - dt.timedelta(minutes=11))
    assert "The record ends at" in refused()


def test_a_database_whose_clock_differs_is_believed_as_little(monkeypatch, turn):
    make_agency("hhs")
    monkeypatch.setattr(clock, "_database_clock", lambda now: NOW)
    turn(NOW + dt.timedelta(hours=1))
    assert "that of the database 2026-11-29T12:00Z" in refused()


@pytest.mark.postgresql_only
def test_the_clock_of_postgresql_is_asked(monkeypatch):
    monkeypatch.undo()
    assert abs(clock._database_clock(NOW) - dt.datetime.now(dt.UTC)) < clock.TOLERANCE
    assert connection.vendor == "postgresql"


def test_api_and_commands_say_what_is_wrong_without_a_fault(turn):
    make_commitment("US21-PRT-001")
    writer = Writer("editor", "Editor")
    writer.client.raise_request_exception = False
    turn(NOW + dt.timedelta(hours=1), passed=False)
    review = {"reviewed_on": "2026-01-01", "note": "Nothing new."}
    answer = writer.post("commitments/US21-PRT-001/reviews/", review, if_match="*")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "The clock of the server is wrong" in answer.json()["errors"][0]["detail"]
    with pytest.raises(CommandError, match="while the site was running"):
        call_command("import_plan", "fixtures")
