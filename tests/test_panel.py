"""The panel says of every date what the list says as of that day."""

import csv
import datetime as dt
import io

import pytest

from commitments.api.panel_rows import period_ends
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
    for query in ("", "&status=in_progress"):
        rows = panel(client, f"from=2022-01-01&to=2024-03-10&step=month{query}")
        for day in period_ends(dt.date(2022, 1, 1), dt.date(2024, 3, 10), "month"):
            listed = client.get(f"/api/v1/commitments/?as_of={day}{query}").json()["results"]
            found = [row for row in rows if row["date"] == day.isoformat()]
            assert [(row["commitment"], row["status"], row["is_stale"]) for row in found] == [
                (item["code"], item["status"], str(item["is_stale"]).lower()) for item in listed
            ]


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
