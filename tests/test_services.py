"""Writes: each is recorded, and saving the same again writes nothing."""

import pytest
from django.db import transaction

from commitments import services
from commitments.models import Change, CommitmentAgency, SearchDocument
from commitments.querysets.sql import today
from tests.factories import (
    ACTOR,
    change,
    cite,
    link,
    make_agency,
    make_commitment,
    make_pillar,
    make_plan,
    make_section,
    make_source,
    review,
)
from tests.service_writes import contents, day, save_commitment, shown

pytestmark = pytest.mark.django_db


def test_a_transaction_that_fails_later_takes_its_writes_and_their_numbers_with_it(world):
    before = contents()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        change(world["item"], "stalled", day(50))
        make_agency("dol")
        _ = 1 / 0
    assert contents() == before


def test_saving_the_same_again_writes_nothing(world):
    for save in (
        lambda: make_agency("hhs"),
        lambda: make_source("sheet"),
        lambda: make_section(),
        lambda: make_commitment("US21-PRT-001", section="protection-1", lead_agencies=["hhs"]),
        lambda: cite(world["item"], world["source"]),
        lambda: link(world["item"], world["later"]),
    ):
        before = contents()
        save()
        assert contents() == before


def test_a_save_says_whether_the_row_is_new_changed_or_unchanged():
    fields = {"slug": "dol", "short_name": "Labor", "jurisdiction": "US", "actor": ACTOR}
    assert services.save_agency(**fields, name="Labor").outcome == "new"
    assert services.save_agency(**fields, name=" Labor ").outcome == "unchanged"
    assert services.save_agency(**fields, name="Department of Labor").outcome == "changed"


def test_the_agencies_of_a_commitment_keep_the_order_in_which_they_were_named():
    for slug in ("dol", "hhs", "dhs"):
        make_agency(slug)
    make_plan()
    make_pillar()
    save_commitment(lead_agencies=["hhs", "dol"], partner_agencies=["dhs"])
    assert _owed() == [("lead", 1, "hhs"), ("lead", 2, "dol"), ("partner", 1, "dhs")]
    save_commitment(lead_agencies=["dol", "hhs"])
    assert _owed() == [("lead", 1, "dol"), ("lead", 2, "hhs")]
    row = Change.objects.latest("seq")
    assert row.before["lead_agencies"] == ["hhs", "dol"]
    assert row.after["lead_agencies"] == ["dol", "hhs"]
    assert (row.before["partner_agencies"], row.after["partner_agencies"]) == (["dhs"], [])


def _owed():
    rows = CommitmentAgency.objects.order_by("role", "position")
    return list(rows.values_list("role", "position", "agency__slug"))


def test_a_commitment_begins_without_evidence_on_the_day_of_its_announcement():
    item = make_commitment(announced_on=day(3))
    assert shown(item) == ("no_evidence", day(3), "day", "unverified")
    assert item.last_reviewed_on == day(3)
    assert item.created_at == item.updated_at


def test_a_review_checks_the_commitment_and_the_latest_day_counts():
    item = make_commitment()
    for number, latest in ((20, 20), (40, 40), (30, 40)):
        review(item, day(number))
        item.refresh_from_db()
        assert item.last_reviewed_on == day(latest)
    change(item, "in_progress", day(10))
    item.refresh_from_db()
    assert item.last_reviewed_on == today()


def test_an_edit_keeps_the_status_and_the_moment_of_making():
    make_plan()
    make_pillar()
    item = save_commitment().item
    change(item, "in_progress", day(20))
    edited = save_commitment(title="Train more people", announced_on=day(1)).item
    edited.refresh_from_db()
    assert shown(edited)[:2] == ("in_progress", day(20))
    assert edited.created_at == item.created_at
    assert edited.updated_at > item.updated_at


def test_words_are_indexed_with_every_save():
    make_agency("otip", name="Office on Trafficking")
    item = make_commitment(lead_agencies=["otip"])
    assert "traffick" in SearchDocument.objects.get(commitment=item).text
