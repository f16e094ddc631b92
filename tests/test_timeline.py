"""What happened when: counted by day, drawn no more exactly than it is known, and told in words too."""

import datetime as dt
import re
from xml.etree import ElementTree

import pytest

from commitments.presenters import timeline
from tests.factories import change, cite, make_commitment, make_plan, make_source


def on(kind, day, count=1, precision="day", status=""):
    return timeline.Happened(kind, dt.date.fromisoformat(day), precision, count, status)


def lane(kind, happened, year=None):
    drawn = timeline.axis(happened, year)
    return next(item for item in timeline.lanes(happened, drawn) if item.kind == kind)


class TestDrawing:
    def test_each_lane_counts_everything_and_draws_what_has_a_month(self):
        happened = [
            on("documents", "2022-01-01", 2, "year"),
            on("documents", "2022-03-01", 3, "month"),
            on("documents", "2022-03-09", 4),
        ]
        found = lane("documents", happened)
        assert (found.total, found.undrawn) == (9, 2)
        assert [column.count for column in found.columns] == [7]

    def test_what_is_known_to_the_month_is_as_wide_as_the_month_among_days(self):
        found = lane("changes", [on("changes", "2024-02-01", 1, "month", "in_progress")], 2024)
        (column,) = found.columns
        assert column.is_vague
        assert column.x == pytest.approx(100 * 31 / 366)
        assert column.width == pytest.approx(100 * 29 / 366)

    def test_a_due_date_is_the_end_of_what_was_named_and_always_drawn(self):
        found = lane("due", [on("due", "2024-12-31", 8, "year")], 2024)
        assert [(column.count, column.is_vague) for column in found.columns] == [(8, False)]
        assert found.columns[0].x + found.columns[0].width <= 100

    def test_bars_stack_statuses_and_the_highest_fills_the_lane(self):
        happened = [
            on("changes", "2022-05-02", 3, status="in_progress"),
            on("changes", "2022-05-20", 1, status="completed"),
            on("changes", "2023-01-01", 1, status="stalled"),
        ]
        first, second = lane("changes", happened).columns
        assert [(status, height) for status, _, height in first.stack] == [
            ("completed", 16),
            ("in_progress", 48),
        ]
        assert first.top == 0 and second.top == 48

    def test_an_axis_of_a_century_has_few_bars(self):
        happened = [
            on("documents", f"{year}-{month:02d}-01")
            for year in range(1990, 2090)
            for month in (1, 7)
        ]
        drawn = timeline.axis(happened, None)
        assert len(lane("documents", happened).columns) == 100
        assert len(drawn.ticks) <= 17

    def test_counts_of_neighbors_do_not_run_into_each_other(self):
        happened = [on("documents", f"2022-01-{day:02d}", day) for day in range(1, 31)]
        shown = [
            column for column in lane("documents", happened, 2022).columns if column.shows_its_count
        ]
        places = sorted(column.middle for column in shown)
        assert len(shown) > 1
        assert all(
            after - before >= timeline.ROOM
            for before, after in zip(places, places[1:], strict=False)
        )

    def test_a_long_year_is_cut_after_so_many_entries(self):
        happened = [
            on("changes", f"2022-{month:02d}-{day:02d}", status=status)
            for month in range(1, 13)
            for day in range(1, 29)
            for status in ("in_progress", "completed")
        ]
        found = timeline.months(happened, {}, {})
        assert sum(len(item.entries) for item in found) == timeline.ENTRIES
        assert sum(item.totals["changes"] for item in found) == len(happened)


@pytest.fixture
def record(db):
    plan = make_source("plan", title="The Plan", published_on=dt.date(2021, 12, 3))
    sheet = make_source("sheet", title="A sheet", published_on=dt.date(2024, 2, 14))
    yearly = make_source(
        "yearly", title="A yearbook", published_on=dt.date(2022, 1, 1), precision="year"
    )
    first = make_commitment("US21-PRT-001", title="First", due_on=dt.date(2024, 12, 31))
    second = make_commitment("US21-PRV-001", title="Second", pillar="prevention")
    third = make_commitment("US24-PRT-001", title="Third", announced_on=dt.date(2024, 2, 14))
    hidden = make_commitment("US21-PRT-900", title="Secret", is_published=False)
    for item in (first, second, hidden):
        cite(item, plan)
    cite(third, sheet)
    cite(first, yearly, "reports")
    change(first, "in_progress", dt.date(2022, 5, 1), precision="month", explanation="Begun.")
    change(second, "in_progress", dt.date(2022, 6, 2))
    change(hidden, "in_progress", dt.date(2022, 6, 2))
    make_plan(document="plan")
    return first


def words(response):
    assert response.status_code == 200
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


class TestPage:
    def test_all_years_are_told_with_their_counts(self, client, record):
        text = words(client.get("/timeline/"))
        assert "Commitments announced: 3" in text
        assert "2 commitments announced Announced with: National Action Plan" in text
        assert "1 commitment announced Most of them in: A sheet" in text
        assert "Secret" not in text

    def test_a_year_is_told_month_by_month_no_more_exactly_than_known(self, client, record):
        text = words(client.get("/timeline/?year=2022"))
        assert "2022, month not known 1 document" in text
        assert re.search(r"May 2022 .*May 2022 .*In progress .*1 commitment .*First", text)
        assert re.search(r"June 2, 2022 .*Second", text)
        assert "Secret" not in text

    def test_announcements_and_due_dates_lead_to_lists_of_as_many(self, client, record):
        page = client.get("/timeline/?year=2024").content.decode()
        for href in (
            "/commitments/?announced_after=2024-02-14&amp;announced_before=2024-02-14",
            "/commitments/?due_after=2024-12-31&amp;due_before=2024-12-31",
        ):
            assert href in page
            api = href.replace("&amp;", "&").replace("/commitments/", "/api/v1/commitments/")
            assert client.get(api).json()["count"] == 1

    def test_it_takes_the_filters_of_the_list_and_keeps_them_in_its_links(self, client, record):
        response = client.get("/timeline/?pillar=prevention")
        assert "Commitments announced: 1" in words(response)
        assert (
            "/commitments/?pillar=prevention&amp;announced_after=2021-12-03"
            in response.content.decode()
        )
        assert "/timeline/?pillar=prevention&amp;year=2022" in response.content.decode()

    def test_on_another_day_it_shows_what_had_happened_by_then(self, client, record):
        text = words(client.get("/timeline/?as_of=2022-05-31"))
        assert "Status changes: 1" in text and "Commitments announced: 2" in text
        assert "Due dates: 1" in text

    @pytest.mark.parametrize(
        "query", ["year=2019", "year=x", "order=code", "pilar=x", "year=2022&year=2024"]
    )
    def test_nonsense_is_refused_in_words(self, client, record, query):
        for address in ("/timeline/", "/timeline.svg"):
            response = client.get(f"{address}?{query}")
            assert response.status_code == 400
            assert query.partition("=")[0] in response.content.decode()

    def test_an_empty_record_and_an_empty_selection_say_so(self, client, db):
        assert "Nothing is recorded yet." in words(client.get("/timeline/"))
        make_commitment()
        assert "Remove a filter above" in words(client.get("/timeline/?status=stalled"))

    def test_as_a_picture_it_holds_its_own_colors(self, client, record):
        drawn = client.get("/timeline.svg?year=2022").content.decode()
        ElementTree.fromstring(drawn)
        assert "var(" not in drawn and "class=" not in drawn
        assert "What happened in 2022" in drawn
        assert ">In progress</text>" in drawn

    def test_the_key_names_the_statuses_that_are_drawn_and_no_others(self, client, record):
        figure = client.get("/timeline/").content.decode().partition("<figcaption>")[2]
        key = re.findall(r'<li class="s-(\w+)">', figure.partition("</ul>")[0])
        assert key == ["in_progress"]
