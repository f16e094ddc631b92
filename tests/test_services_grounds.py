"""Edits that would take the ground from a status."""

import datetime as dt

import pytest
from django.core.management import call_command

from commitments import services
from commitments.querysets.sql import today
from planwatch.time_zones import latest_day
from tests.factories import (
    ACTOR,
    REASON,
    change,
    correct,
    link,
    make_commitment,
    make_pillar,
    make_plan,
    make_source,
    review,
)
from tests.service_writes import ONE, day, refusal, save_commitment, shown

pytestmark = pytest.mark.django_db


def test_a_link_cannot_be_removed_while_a_status_rests_on_it():
    item, later = make_commitment(), make_commitment()
    link(item, later)
    change(item, "superseded", day(20), [])
    key = {"earlier": item.code, "later": later.code, "actor": ACTOR}
    words = refusal(lambda: services.delete_link(reason=REASON, relation="continues", **key))
    assert "Superseded" in words
    link(item, later, "replaces")
    services.delete_link(reason=REASON, relation="continues", **key)
    assert refusal(lambda: services.delete_link(reason=REASON, relation="replaces", **key))


@pytest.mark.parametrize(
    ("status", "edit"),
    [
        ("completed", {"origin": "independent"}),
        ("withdrawn", {"origin": "advocacy"}),
        ("not_started", {"published_on": None}),
        ("stalled", {"published_on": None}),
        ("in_place", {"published_on": dt.date(2010, 1, 1)}),
        ("in_place", {"published_on": None}),
    ],
)
def test_an_edited_source_cannot_take_the_ground_from_a_status(status, edit):
    item, source = make_commitment(), make_source("sheet")
    change(item, status, day(20), [source])
    assert item.code in refusal(lambda: make_source("sheet", **edit))
    # Nor from a status of the past.
    change(item, "in_progress", day(30), explanation="It was taken up.")
    assert item.code in refusal(lambda: make_source("sheet", **edit))
    # But where the step was corrected away, nothing rests on it any more.
    correct(item, 1, "no_evidence", day(20))
    make_source("sheet", **edit)


def test_an_edited_source_moves_the_verification_of_what_rests_on_it():
    item, source = make_commitment(), make_source("memo")
    change(item, "in_progress", day(20), [source])
    assert shown(item)[3] == "agency_reported"
    make_source("memo", origin="independent")
    assert shown(item)[3] == "independently_reported"
    make_source("memo", origin="advocacy")
    assert shown(item)[3] == "unverified"
    call_command("check_integrity", verbosity=0)


def _not_met(item):
    change(item, "not_met", day(60), explanation="Nothing was published.")


@pytest.mark.parametrize("due_on", [None, day(60), day(61)])
def test_a_due_date_cannot_move_past_a_status_that_rests_on_it(due_on):
    make_plan()
    make_pillar()
    _not_met(save_commitment(due_on=day(50)).item)
    words = refusal(lambda: save_commitment(due_on=due_on))
    assert "due date" in words
    save_commitment(due_on=day(59))


@pytest.mark.parametrize("ends_on", [None, day(60)])
def test_a_plan_cannot_be_lengthened_past_a_status_that_rests_on_its_end(ends_on):
    make_plan(ends_on=day(50))
    make_pillar()
    _not_met(save_commitment().item)
    words = refusal(lambda: make_plan(ends_on=ends_on))
    assert "US21-PRT-009" in words
    make_plan(ends_on=day(59))


def test_a_commitment_cannot_move_to_a_plan_that_makes_its_history_illegal():
    make_plan(ends_on=day(50))
    make_plan("us-nap-2027")
    make_pillar()
    _not_met(save_commitment().item)
    assert "plan's period" in refusal(lambda: save_commitment(plan="us-nap-2027"))


def test_an_announcement_cannot_move_past_what_happened_since():
    make_plan()
    make_pillar()
    change(save_commitment().item, "in_progress", day(20))
    assert "step 1" in refusal(lambda: save_commitment(announced_on=day(21)))
    save_commitment(announced_on=day(20))


def test_an_announcement_cannot_move_past_a_review():
    make_plan()
    make_pillar()
    review(save_commitment().item, day(20))
    words = refusal(lambda: save_commitment(announced_on=day(21)), "announced_on")
    assert "reviewed" in words
    save_commitment(announced_on=day(20))


def test_an_announcement_cannot_move_past_the_other_end_of_a_link():
    first = make_commitment("US21-PRT-001", announced_on=day(-5))
    link(first, save_commitment().item)
    link(save_commitment().item, make_commitment("US21-PRT-010", announced_on=day(5)))
    assert "US21-PRT-001" in refusal(lambda: save_commitment(announced_on=day(-6)), "announced_on")
    assert "US21-PRT-010" in refusal(lambda: save_commitment(announced_on=day(6)), "announced_on")
    save_commitment(announced_on=day(5))
    save_commitment(announced_on=day(-5))


def test_nothing_is_announced_in_the_future():
    make_plan()
    make_pillar()
    assert refusal(lambda: save_commitment(announced_on=latest_day() + ONE), "announced_on")
    save_commitment(announced_on=today())
