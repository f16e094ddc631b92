"""Statements whose text is made once do what the ORM does."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from commitments.models import Commitment, DatasetVersion, Evidence, Source, StatusChange
from commitments.services.prepared import Prepared, insert, update
from tests.factories import make_commitment, make_source

pytestmark = pytest.mark.django_db


def test_prepared_rows_are_those_of_the_queryset_whatever_the_values():
    for slug in ("first", "second", "third"):
        make_source(slug)
    item = make_commitment()
    by_slug = Prepared(lambda *slugs: Source.objects.filter(slug__in=slugs))
    by_number = Prepared(lambda number: Source.objects.filter(pk=number).values_list("slug"))
    with_plan = Prepared(lambda code: Commitment.objects.select_related("plan").filter(code=code))
    assert [source.slug for source in by_slug("second")] == ["second"]
    assert [source.slug for source in by_slug("third", "first")] == ["first", "third"]
    assert by_slug("none") == by_slug("\ufffc0") == []
    for source in Source.objects.all():
        assert by_number(source.pk) == [(source.slug,)]
        assert by_slug(source.slug) == [source]
    [found] = with_plan(item.code)
    assert (found, found.plan, found.announced_on) == (item, item.plan, item.announced_on)


def test_a_prepared_queryset_is_asked_once_for_each_number_of_values():
    asked = []
    rows = Prepared(lambda *slugs: asked.append(slugs) or Source.objects.filter(slug__in=slugs))
    for slugs in (["a"], ["b"], ["a", "b"], ["c", "d"]):
        rows(*slugs)
    assert len(asked) == 2


def test_a_prepared_queryset_is_one_query(django_assert_num_queries):
    rows = Prepared(lambda slug: Source.objects.filter(slug=slug))
    for _ in range(2):
        with django_assert_num_queries(1):
            rows("none")


def test_new_rows_get_a_key_and_hold_what_they_were_given():
    item, source = make_commitment(), make_source()
    step = StatusChange(
        commitment=item, seq=1, effective_on=dt.date(2022, 1, 2), status="stalled", actor="x"
    )
    insert(step)
    assert StatusChange.objects.get() == step
    assert not step._state.adding
    assert StatusChange.objects.values_list("effective_on", "recorded_at", "corrects").get() == (
        *(dt.date(2022, 1, 2), step.recorded_at, None),
    )
    places = [Evidence(status_change=step, source=source, locator=f"page {n}") for n in (1, 2)]
    insert(*places)
    assert list(Evidence.objects.order_by("locator")) == places
    insert()


def test_a_row_that_the_database_refuses_is_an_error():
    item = make_commitment()
    step = {"commitment": item, "effective_on": dt.date(2022, 1, 2), "actor": "x"}
    for wrong in ({"seq": 1, "status": "unknown"}, {"seq": -1, "status": "stalled"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(StatusChange(**step, **wrong))
    assert not StatusChange.objects.exists()


def test_a_change_writes_the_named_fields_of_the_row_with_that_key_alone():
    one, other = make_commitment("US21-PRT-001"), make_commitment("US21-PRT-002")
    moment = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.UTC)
    update(Commitment, one.pk, {"title": "Another", "due_on": None, "updated_at": moment})
    one.refresh_from_db()
    assert (one.title, one.due_on, one.updated_at) == ("Another", None, moment)
    before = other.title
    other.refresh_from_db()
    assert other.title == before
    update(DatasetVersion, 1, {"changed_at": moment})
    assert DatasetVersion.objects.get().changed_at == moment
