"""How the statuses stood at the end of each month: the chart, its table and its files."""

import calendar
import csv
import datetime as dt
from collections import Counter
from xml.etree import ElementTree

import pytest

from commitments.models import Commitment
from commitments.presenters.bars import Bar, Kind, in_sentences, spread
from tests.factories import change, correct, make_commitment, make_source

pytestmark = pytest.mark.django_db
EARLY, LATER = dt.date(2021, 12, 3), dt.date(2022, 2, 14)


@pytest.fixture
def record():
    first = make_commitment("US21-PRT-001", announced_on=EARLY)
    change(first, "in_progress", dt.date(2022, 1, 31))
    wrong = change(first, "completed", dt.date(2022, 3, 1))
    correct(first, wrong.seq, "in_place", dt.date(2022, 5, 1))
    second = make_commitment("US21-PRT-002", announced_on=LATER)
    change(second, "in_progress", LATER)
    change(second, "completed", dt.date(2022, 2, 28))
    make_commitment("US21-PRV-001", pillar="prevention", announced_on=LATER)


def table(client, query=""):
    response = client.get(f"/status-over-time.csv{query}")
    assert response.status_code == 200
    return list(csv.DictReader(response.content.decode().splitlines()))


def test_every_month_is_what_the_answer_as_of_its_last_day_says(client, record):
    rows = table(client, "?as_of=2022-06-15")
    assert [row["month"] for row in rows] == [
        *("2021-12", "2022-01", "2022-02", "2022-03", "2022-04", "2022-05", "2022-06")
    ]
    for row in rows:
        year, month = map(int, row["month"].split("-"))
        day = min(dt.date(year, month, calendar.monthrange(year, month)[1]), dt.date(2022, 6, 15))
        then = Counter(Commitment.objects.as_of(day).values_list("effective_status", flat=True))
        assert row.pop("coverage") == ""
        said = {name: int(count) for name, count in row.items() if name != "month"}
        assert {name: count for name, count in said.items() if count} == dict(then) | {
            "total": then.total()
        }


def test_it_takes_the_filters_of_the_list(client, record):
    assert {row["total"] for row in table(client, "?pillar=prevention")} == {"1"}
    assert client.get("/status-over-time.csv?pilar=x").status_code == 400
    assert client.get("/status-over-time.svg?as_of=2020-01-01").status_code == 404


def test_the_picture_holds_its_own_colors(client, record):
    response = client.get("/status-over-time.svg?as_of=2022-06-15")
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    drawn = response.content.decode()
    ElementTree.fromstring(drawn)
    assert "var(" not in drawn and "class=" not in drawn
    assert "1 completed, 1 in place" in drawn


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/", ""),
        ("/?as_of=2021-12-31", "?as_of=2021-12-31"),
        ("/plans/us-nap-2021/", "?plan=us-nap-2021"),
        ("/pillars/protection/", "?pillar=protection"),
    ],
)
def test_pages_show_it_with_its_table_and_files(client, record, address, query):
    page = client.get(address).content.decode()
    assert 'aria-labelledby="over-time over-time-words"' in page
    assert "From the end of" in page
    assert f'href="/status-over-time.svg{query}"' in page
    assert f'href="/status-over-time.csv{query}"' in page


def test_sentences_lead_to_the_lists_behind_their_counts(client, record):
    page = client.get("/pillars/protection/").content.decode()
    assert (
        '<a href="/commitments/?status=completed&amp;pillar=protection">1</a> completed, '
        "none of them independently confirmed." in page
    )
    assert (
        '<a href="/commitments/?is_aging=true&amp;status=in_place&amp;status=in_progress&amp;pillar=protection">1</a>'
        in page
    )


def test_bars_tell_proof_and_age_apart(client):
    commitment = make_commitment("US21-PRT-001", announced_on=EARLY)
    independent = make_source(origin="independent", published_on=dt.date(2022, 1, 31))
    change(commitment, "in_progress", dt.date(2022, 1, 31), sources=[independent])
    page = client.get("/pillars/protection/").content.decode()
    drawn = page[page.index('<svg class="bar"') :]
    drawn = drawn[: drawn.index("</svg>")]
    assert drawn.count('class="rule"') == 2 and drawn.count('class="grain"') == 1
    assert "<b>1</b> independently confirmed" in page
    assert "0 stalled" not in page


def test_numbers_of_narrow_segments_stand_above_and_apart():
    counts = Counter({Kind("completed", "unverified", False, False): 100})
    for status in ("not_met", "withdrawn", "superseded"):
        counts[Kind(status, "unverified", False, False)] = 1
    _, *narrow = Bar(counts).segments
    places = [segment.number_at for segment in narrow]
    assert not any(segment.holds_its_number for segment in narrow)
    assert all(after - before >= 3 for before, after in zip(places, places[1:], strict=False))
    assert spread([98, 99, 99.5], 3, 100) == [94, 97, 100]
    assert in_sentences(Bar()) == ""
