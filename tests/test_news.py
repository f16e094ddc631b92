"""Which rows of the record concern whom: the foundation of alerts and of calls to other systems."""

import datetime as dt

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from commitments.audit.matching import ChangeMatcher, load_events, stored
from commitments.models import DatasetVersion
from planwatch.web.query_params import InvalidQuery
from tests.factories import (
    change,
    cite,
    link,
    make_agency,
    make_commitment,
    make_source,
    unpublish,
)

pytestmark = pytest.mark.django_db


def head():
    return DatasetVersion.objects.get().seq


@pytest.fixture
def item():
    make_agency("hhs")
    return make_commitment("US21-PRT-001", lead_agencies=["hhs"], title="Train the hotline staff")


def test_a_change_is_told_with_what_stood_before_and_its_evidence(item):
    source, after = make_source("sheet"), head()
    change(item, "in_progress", dt.date(2021, 12, 13), [source])
    news = ChangeMatcher(after, head())
    (told_of,) = load_events(news.concerning([""]))
    assert (told_of.before, told_of.step.status) == ("no_evidence", "in_progress")
    assert [row.source.slug for row in told_of.step.evidence.all()] == ["sheet"]
    assert told_of.row.seq == head()


def test_the_range_leaves_out_its_beginning_and_keeps_its_end(item):
    first = head()
    change(item, "in_progress", dt.date(2021, 12, 13), [make_source()])
    assert ChangeMatcher(head(), head()).concerning([""]) == []
    assert ChangeMatcher(first - 1, first).concerning([""]) == [first]


@pytest.mark.parametrize(
    ("selection", "concerns"),
    [
        ("", True),
        ("pillar=protection", True),
        ("pillar=prevention", False),
        ("agency=hhs", True),
        ("source=sheet", True),
        ("q=hotline", True),
        ("q=harbour", False),
        ("status=in_progress", True),
        # What it leaves behind is news there too.
        ("status=no_evidence", True),
        ("status=stalled", False),
        ("status=in_progress&pillar=prevention", False),
    ],
)
def test_a_selection_is_that_of_the_list_now_or_before(item, selection, concerns):
    make_commitment("US21-PRV-001", pillar="prevention")
    source = make_source("sheet")
    cite(item, source)
    after = head()
    change(item, "in_progress", dt.date(2021, 12, 13), [source])
    assert bool(ChangeMatcher(after, head()).concerning([selection])) == concerns


def test_a_selection_that_no_longer_reads_is_refused_and_the_next_one_is_answered(item):
    news = ChangeMatcher(0, head())
    with pytest.raises(InvalidQuery):
        news.concerning(["source=gone"])
    assert news.concerning(["pillar=protection"])


def test_a_link_concerns_both_ends(item):
    other = make_commitment("US21-PRT-002")
    after = head()
    link(item, other)
    news = ChangeMatcher(after, head())
    assert news.concerning(commitments=[item.pk]) == news.concerning(commitments=[other.pk])
    assert len(news.concerning(commitments=[item.pk])) == 1
    assert news.concerning(commitments=[0]) == []


def test_nothing_unpublished_is_news(item):
    after = head()
    change(item, "in_progress", dt.date(2021, 12, 13), [make_source()])
    seqs = ChangeMatcher(after, head()).concerning([""])
    unpublish(item)
    assert ChangeMatcher(after, head()).concerning(["", "pillar=protection"], [item.pk]) == []
    assert load_events(seqs) == []


def test_each_selection_is_asked_once_for_any_number_of_readers_and_rows(item):
    def queries(rows, readers):
        after = head()
        for number in range(rows):
            other = make_commitment(f"US22-PRT-{after + number:03}")
            change(other, "in_progress", dt.date(2021, 12, 13), [make_source()])
        with CaptureQueriesContext(connection) as captured:
            news = ChangeMatcher(after, head())
            seqs = [news.concerning(["pillar=protection", "agency=hhs"]) for _ in range(readers)]
            load_events(seqs[0])
        return len(captured)

    assert queries(1, 1) == queries(4, 30)


def test_a_selection_is_stored_without_order_clocks_and_position():
    words = "status=stalled&agency=hhs&status=in_progress&order=-title&cursor=x&as_of=2022-01-01&q=&pillar="
    assert stored(QueryDict(words)) == "agency=hhs&status=in_progress&status=stalled"
    assert stored(QueryDict("")) == ""
