"""Two who write to the same row: the later one is told what changed, by whichever door they came."""

import datetime as dt

import pytest

from commitments import services
from commitments.models import Change, Review, Source
from tests import factories
from tests.factories import ACTOR, change, make_commitment, make_source

pytestmark = pytest.mark.django_db
DAY = dt.date(2022, 5, 1)

MAKERS = {
    "agency": lambda **fields: factories.make_agency("hhs", **fields),
    "source": lambda **fields: make_source("sheet", **fields),
    "plan": lambda **fields: factories.make_plan(**fields),
    "commitment": lambda **fields: make_commitment("US21-PRT-001", **fields),
    "section": lambda **fields: factories.make_section(**fields),
}


def renamed(kind, words):
    return {"name" if kind == "agency" else "title": words}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_save_on_top_of_what_was_not_seen_is_refused_and_writes_nothing(kind):
    make = MAKERS[kind]
    seen = services.version_of(make())
    make(**renamed(kind, "Somebody was faster"))
    before = Change.objects.count()
    with pytest.raises(services.Conflict) as refused:
        make(**renamed(kind, "Mine"), seen_version=seen)
    (item,) = refused.value.items
    assert "Somebody was faster" in str(item)
    assert Change.objects.count() == before
    make(**renamed(kind, "Mine"), seen_version=services.version_of(item))
    assert Change.objects.count() == before + 1


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_meant_to_be_new_never_overwrites_what_is_there(kind):
    make = MAKERS[kind]
    make(seen_version=0)
    with pytest.raises(services.Conflict):
        make(**renamed(kind, "Mine"), seen_version=0)


def reviewed(*items, **fields):
    codes = [item.code for item in items]
    return services.record_reviews(
        commitments=codes, reviewed_on=DAY, note="Nothing new.", actor=ACTOR, **fields
    )


def test_a_check_of_many_names_each_that_has_changed_and_records_none():
    items = [make_commitment() for _ in range(3)]
    seen = services.version_of(items[2])
    for item in items[:2]:
        change(item, "in_progress", DAY)
    with pytest.raises(services.Conflict) as refused:
        reviewed(*items, seen_version=seen)
    assert [item.code for item in refused.value.items] == [item.code for item in items[:2]]
    assert all(item.code in str(refused.value) for item in items[:2])
    assert not Review.objects.exists()
    latest = max(map(services.version_of, refused.value.items))
    assert len(reviewed(*items, seen_version=latest)) == 3


def test_a_check_of_many_that_cannot_be_names_the_one_that_stands_in_the_way():
    late = make_commitment(announced_on=dt.date(2023, 1, 1))
    with pytest.raises(Exception, match=late.code):
        reviewed(make_commitment(), late)
    assert not Review.objects.exists()


def test_a_source_without_a_row_in_the_record_has_no_version():
    assert services.version_of(Source(slug="nothing")) == 0


# Two who change different fields of one row


@pytest.mark.parametrize("kind", ["agency", "source", "plan", "commitment"])
def test_two_who_change_different_fields_both_have_their_way(kind):
    make = MAKERS[kind]
    other = {"agency": "url", "source": "note", "plan": "summary", "commitment": "target"}[kind]
    words = "https://example.org/" if kind == "agency" else "Mine"
    row = make()
    seen = services.version_of(row)
    make(**renamed(kind, "Somebody was faster"))
    make(**{other: words}, seen_version=seen)
    row.refresh_from_db()
    (name,) = renamed(kind, "")
    assert (getattr(row, name), getattr(row, other)) == ("Somebody was faster", words)


def test_a_conflict_names_the_field_of_both_and_those_of_the_other_alone():
    make = MAKERS["commitment"]
    seen = services.version_of(make())
    make(title="Theirs", summary="Theirs")
    with pytest.raises(services.Conflict) as refused:
        make(title="Mine", note="Mine", seen_version=seen)
    assert (refused.value.fields, refused.value.others) == ({"title"}, {"summary"})


def test_two_who_write_the_same_value_do_not_disagree():
    make = MAKERS["commitment"]
    seen = services.version_of(make())
    make(title="The same")
    assert make(title="The same", target="Mine", seen_version=seen).target == "Mine"


def test_a_date_and_its_precision_are_one_and_so_are_the_agencies():
    make = MAKERS["commitment"]
    for slug in ("one", "two", "three"):
        factories.make_agency(slug)
    seen = services.version_of(make(lead_agencies=["one"], due_on=dt.date(2023, 12, 31)))
    make(lead_agencies=["two"], due_on=dt.date(2023, 12, 31))
    kept = {"lead_agencies": ["one"], "due_on": dt.date(2024, 12, 31), "due_precision": "year"}
    item = make(**kept, seen_version=seen)
    assert list(item.roles.values_list("agency__slug", flat=True)) == ["two"]
    seen = services.version_of(item)
    make(**kept | {"lead_agencies": ["two"], "due_on": dt.date(2025, 12, 31)})
    for mine in (
        {"due_precision": "month"},
        {"due_on": dt.date(2026, 12, 31)},
    ):
        with pytest.raises(services.Conflict) as refused:
            make(**kept | {"lead_agencies": ["two"]} | mine, seen_version=seen)
        assert refused.value.fields == {"due_on", "due_precision"}


def test_a_step_recorded_meanwhile_does_not_hold_up_an_edit_of_the_text():
    item = MAKERS["commitment"]()
    change(item, "in_progress", DAY)
    edited = MAKERS["commitment"](title="Mine", seen_version=item.seq)
    assert (edited.title, edited.status) == ("Mine", "in_progress")
