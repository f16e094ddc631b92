"""The commitments before and after one: which they are, in words, and as a graph."""

import datetime as dt
import re

import pytest

from tests.factories import change, link, make_commitment, make_source
from tests.test_pages import get

pytestmark = pytest.mark.django_db


@pytest.fixture
def middle():
    return make_commitment("US21-PRT-001", title="Train every officer")


def boxes(client, address="/commitments/US21-PRT-001/"):
    page = client.get(address).content.decode()
    return re.findall(r'<rect class="box" x="(\d+)" y="(-?\d+)"', page)


def test_a_commitment_without_kin_has_no_graph(client, middle):
    assert "Before and after" not in get(client, "/commitments/US21-PRT-001/")


def test_a_split_is_drawn_with_its_parts_on_the_right_and_told_in_words(client, middle):
    for number in (2, 3):
        part = make_commitment(f"US21-PRT-00{number}", title=f"Part {number}")
        link(middle, part, "splits")
    page = get(client, "/commitments/US21-PRT-001/")
    assert "Train every officer: split into Part 2. Train every officer: split into Part 3." in page
    assert boxes(client) == [("0", "54"), ("440", "0"), ("440", "108")]
    assert "split from (inferred) Train every officer" in get(client, "/commitments/US21-PRT-002/")


def test_a_merger_is_drawn_with_what_it_merged_on_the_left(client, middle):
    later = make_commitment("US24-PRT-001", announced_on=dt.date(2024, 2, 14))
    for number in (2, 3):
        earlier = make_commitment(f"US21-PRT-00{number}", title=f"Source {number}")
        link(earlier, middle, "merges", basis="stated", source=make_source("sheet").slug)
    link(middle, later, "continues")
    assert boxes(client) == [("0", "0"), ("0", "108"), ("440", "54"), ("880", "54")]
    page = get(client, "/commitments/US21-PRT-001/")
    assert "merges (stated) Source 2" in page
    assert "Stated in Document sheet" in page
    drawn = client.get("/commitments/US21-PRT-001/").content.decode()
    assert drawn.count('class="edge"') == 2
    assert drawn.count('class="edge dashed"') == 1


def test_what_the_graph_has_no_place_for_stands_in_the_list(client, middle):
    for number in range(2, 10):
        link(middle, make_commitment(f"US21-PRT-00{number}", title=f"Part {number}"), "splits")
    page = get(client, "/commitments/US21-PRT-001/")
    assert "2 more stand in the list below." in page
    assert "split into (inferred) Part 9" in page
    assert len(boxes(client)) == 7


def test_kin_announced_later_than_the_day_are_left_out(client, middle):
    link(middle, make_commitment("US24-PRT-001", announced_on=dt.date(2024, 2, 14)))
    assert len(boxes(client)) == 2
    page = get(client, "/commitments/US21-PRT-001/?as_of=2023-01-01")
    assert "Before and after" not in page


def test_a_long_history_shows_its_latest_entries_and_folds_the_rest(client, middle):
    statuses = ["in_progress", "stalled"] * 6
    for number, status in enumerate(statuses):
        change(middle, status, dt.date(2022, 1, 1 + number), explanation=f"Entry {number}.")
    page = client.get("/commitments/US21-PRT-001/").content.decode()
    assert "7 earlier entries" in get(client, "/commitments/US21-PRT-001/")
    folded = page[page.index('<details class="older">') :]
    assert "Entry 6." not in folded and "Entry 5." in folded


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (
            "official",
            "In progress since Jan. 25, 2022, reported by the agency itself; last reviewed on",
        ),
        (
            "independent",
            "In progress since Jan. 25, 2022, shown by an independent source; last reviewed on",
        ),
        (
            "advocacy",
            "In progress since Jan. 25, 2022, unconfirmed; last reviewed on",
        ),
    ],
)
def test_the_status_is_said_in_a_sentence(client, middle, origin, words):
    page = get(client, "/commitments/US21-PRT-001/")
    assert "No source read shows action since the announcement on Dec. 3, 2021." in page
    source = make_source(origin=origin, published_on=dt.date(2022, 1, 25))
    change(middle, "in_progress", dt.date(2022, 1, 25), [source])
    assert words in get(client, "/commitments/US21-PRT-001/")
