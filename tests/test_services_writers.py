"""Several writers at once."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connections

from commitments.models import Change, DatasetVersion
from tests.factories import (
    change,
    correct,
    make_commitment,
    make_pillar,
    make_plan,
    make_source,
    review,
)
from tests.service_writes import day, in_order, save_commitment

pytestmark = pytest.mark.django_db


def together(*writers):
    """Run each writer in a thread of its own, all from one moment, and return what went wrong in any."""
    start, problems = threading.Barrier(len(writers)), []

    def run(write):
        try:
            start.wait(timeout=20)
            write()
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[write], daemon=True) for write in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a writer waits for ever"
    return problems


def test_the_rows_of_eight_writers_form_one_gapless_chain_that_a_follower_sees_in_order(
    shared_database,
):
    items = [make_commitment(f"US21-PRT-00{number}") for number in range(1, 5)]
    source = make_source()
    first = DatasetVersion.objects.get().seq
    rounds, seen, done = 4, [], threading.Event()
    record = Change.objects.order_by("seq").values_list("seq", flat=True)

    def change_often(item):
        for turn in range(rounds):
            change(item, ["in_progress", "stalled"][turn % 2], day(10 + turn), [source])

    def review_often(item):
        for turn in range(rounds):
            review(item, day(10 + turn))

    def follow():
        while not done.is_set():
            seen.extend(record.filter(seq__gt=seen[-1] if seen else first))
        connections.close_all()

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    problems = together(
        *(lambda item=item: change_often(item) for item in items),
        *(lambda item=item: review_often(item) for item in items),
    )
    done.set()
    follower.join(timeout=20)
    last = first + 8 * rounds
    assert problems == []
    assert list(record.filter(seq__gt=first)) == list(range(first + 1, last + 1))
    assert seen == list(range(first + 1, first + 1 + len(seen))), "the follower missed a row"
    assert DatasetVersion.objects.get().seq == last
    assert [in_order(item)[-1] for item in items] == [(rounds, "stalled")] * 4
    call_command("verify_record", verbosity=0)
    call_command("check_integrity", verbosity=0)


def test_of_two_who_record_the_same_step_one_is_told_that_it_stands(shared_database):
    item, source = make_commitment(), make_source(published_on=day(90))
    [refused] = together(*[lambda: change(item, "in_progress", day(10), [source])] * 2)
    assert isinstance(refused, ValidationError)
    assert "already “In progress”" in str(refused)
    assert in_order(item) == [(1, "in_progress")]
    call_command("verify_record", verbosity=0)


def test_of_two_who_correct_one_step_one_is_told_that_it_was_corrected(shared_database):
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "completed", day(10), [source])
    [refused] = together(
        lambda: correct(item, 1, "in_progress", day(10), [source]),
        lambda: correct(item, 1, "stalled", day(10), [source]),
    )
    assert isinstance(refused, ValidationError)
    assert "corrected before" in str(refused)
    assert [seq for seq, _ in in_order(item)] == [2]


def test_of_two_who_save_one_new_commitment_both_find_it_saved(shared_database):
    make_plan()
    make_pillar()
    assert together(save_commitment, save_commitment) == []
    assert Change.objects.filter(object_type="commitment").count() == 1
