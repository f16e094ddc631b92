"""The panel says of every date what the list says as of that day."""

import csv
import datetime as dt
import io
import itertools

import pytest
from django.db import transaction
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from commitments.api.panel_rows import COMPARISONS, DATED, period_ends, read, state_on
from commitments.choices import Origin, Precision, Status
from commitments.filters import CommitmentFilterSet
from commitments.models import (
    Commitment,
    Evidence,
    Review,
    ReviewRetraction,
    Source,
    StatusChange,
)
from commitments.selection import Clocks
from tests.factories import change, make_commitment, make_source

pytestmark = pytest.mark.django_db


def panel(client, query):
    answer = client.get(f"/api/v1/panel/?format=csv&{query}")
    assert answer.status_code == 200, answer.getvalue()
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert len(rows) == int(answer["Row-Count"])
    return rows


def test_each_date_is_the_list_as_of_that_day(client):
    source = make_source("sheet", published_on=dt.date(2022, 12, 1))
    first = make_commitment("US21-PRT-001")
    make_commitment("US24-PRT-002", announced_on=dt.date(2024, 2, 14))
    change(first, "in_progress", dt.date(2022, 3, 15), [source])
    queries = (
        "",
        "&status=in_progress",
        "&changed_after=2022-03-15",
        "&reviewed_before=2022-06-01",
    )
    queries += ("&changed_before=2022-03-14", "&is_stale=true", "&is_open=true&is_overdue=false")
    queries += ("&verification=agency_reported&pillar=protection", "&is_aging=false&q=promise")
    for query in queries:
        rows = panel(client, f"from=2022-01-01&to=2024-03-10&step=month{query}")
        for day in period_ends(dt.date(2022, 1, 1), dt.date(2024, 3, 10), "month"):
            listed = client.get(f"/api/v1/commitments/?as_of={day}{query}").json()["results"]
            found = [row for row in rows if row["date"] == day.isoformat()]
            assert [(row["commitment"], row["status"], row["is_stale"]) for row in found] == [
                (item["code"], item["status"], str(item["is_stale"]).lower()) for item in listed
            ]


def test_the_panel_can_ask_on_each_day_what_filters_ask_of_what_differs_from_day_to_day():
    for name, item in CommitmentFilterSet.base_filters.items():
        column = item.field_name or name
        if column.startswith(("effective_", "is_", "done_")):
            assert column in DATED and item.comparison in COMPARISONS, name


def test_json_has_a_page_for_each_date(client):
    make_commitment("US21-PRT-001")
    page = client.get("/api/v1/panel/?from=2022-05-05&to=2023-11-15&step=year").json()
    assert page["dates"] == ["2022-12-31", "2023-11-15"]
    assert [row["date"] for row in page["results"]] == ["2022-12-31"]
    page = client.get(page["next"]).json()
    assert page["next"] is None and [row["date"] for row in page["results"]] == ["2023-11-15"]


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("from=2024-01-01&to=2023-01-01", "from"),
        ("from=soon", "from"),
        ("to=2999-01-01", "to"),
        ("step=week", "step"),
        ("as_of=2024-01-01", "as_of"),
        ("from=1900-01-01", "from"),
        ("cursor=2020-01-01", "cursor"),
        ("format=csv&cursor=2020-01-01", "cursor"),
    ],
)
def test_what_makes_no_panel_is_refused_by_name(client, query, attr):
    answer = client.get(f"/api/v1/panel/?{query}")
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]


# Any history, day by day

# Few, so that they meet, and a day off from what is stale after a year and aging after two.
DAYS = ["2022-01-01", "2022-01-02", "2022-03-31", "2022-12-31", "2023-01-01", "2023-01-02"]
DAYS = [dt.date.fromisoformat(day) for day in (*DAYS, "2024-01-01", "2024-01-02", "2025-03-31")]
days = st.sampled_from(DAYS)
moments = days.map(lambda day: dt.datetime.combine(day, dt.time(23, 30), tzinfo=dt.UTC))
origins = st.sampled_from([*itertools.product(Origin.values, ["", "US", "CA"])])
commitments = st.fixed_dictionaries(
    {
        "announced_on": days,
        "due_on": st.none() | days,
        "created_at": moments,
        "steps": st.lists(
            st.fixed_dictionaries(
                {
                    "effective_on": days,
                    "precision": st.sampled_from(Precision.values),
                    "status": st.sampled_from(Status.values),
                    "recorded_at": moments,
                    "corrects": st.integers(0, 12),
                    "evidence": st.lists(st.tuples(origins, st.none() | days), max_size=3),
                }
            ),
            max_size=6,
        ),
        "reviews": st.lists(st.tuples(days, st.booleans()), max_size=3),
    }
)


def written(number, item):
    """Write a history as it is, legal or not: the two readings have to agree on any."""
    row = Commitment.objects.get(code=f"US21-PRT-00{number}")
    fields = {name: item[name] for name in ("announced_on", "due_on", "created_at")}
    Commitment.objects.filter(pk=row.pk).update(**fields)
    steps = []
    for seq, step in enumerate(item["steps"]):
        wrong = dict(enumerate(steps)).get(step["corrects"])
        known = {
            name: step[name] for name in ("effective_on", "precision", "status", "recorded_at")
        }
        if any(other.corrects == wrong for other in steps):
            wrong = None
        steps.append(StatusChange.objects.create(commitment=row, seq=seq, corrects=wrong, **known))
        for place, ((origin, jurisdiction), published_on) in enumerate(step["evidence"]):
            source = Source.objects.create(
                slug=f"s-{number}-{seq}-{place}",
                kind="report",
                origin=origin,
                jurisdiction=jurisdiction,
                published_on=published_on,
            )
            Evidence.objects.create(status_change=steps[-1], source=source, locator="page 1")
    for day, is_retracted in item["reviews"]:
        check = Review.objects.create(commitment=row, reviewed_on=day, note="Nothing new.")
        if is_retracted:
            ReviewRetraction.objects.create(review=check, reason="Misread.")


BEGUN = {
    "effective_on": DAYS[0],
    "precision": "day",
    "status": "in_progress",
    "recorded_at": dt.datetime(2022, 1, 1, tzinfo=dt.UTC),
    "corrects": 12,
    # On most days only the first of them had been published.
    "evidence": [(("official", "US"), DAYS[0]), (("official", "US"), DAYS[-1])],
}
AGING = {"announced_on": DAYS[0], "due_on": None, "created_at": BEGUN["recorded_at"]}
AGING |= {"steps": [BEGUN], "reviews": []}


@example([AGING, AGING])
@settings(phases=[Phase.explicit, Phase.generate], max_examples=60)
@given(st.lists(commitments, min_size=2, max_size=2))
def test_any_history_is_on_any_day_what_the_rule_of_the_lists_says(two):
    with transaction.atomic():
        for number, item in enumerate(two):
            make_commitment(f"US21-PRT-00{number}")
            written(number, item)
        found = read(Commitment.objects.order_by("code"))
        for day in DAYS:
            rows = Clocks(day).show(Commitment.objects.published()).order_by("code")
            told = [(row["code"], {name: row[name] for name in DATED}) for row in rows.values()]
            assert told == [
                (item.code, state_on(day, item)) for item in found if item.announced_on <= day
            ]
        transaction.set_rollback(True)
