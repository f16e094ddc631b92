"""Both clocks on every list: what `as_of` and `known_at` mean there, or in words why they mean nothing."""

import datetime as dt
from itertools import product

import pytest

from commitments.known_at import record_begins
from commitments.models import Change
from commitments.querysets.sql import today
from tests.factories import ANNOUNCED, cite, make_commitment, make_plan, make_section, make_source
from tests.test_api_writes import Writer

pytestmark = pytest.mark.django_db

LATER = dt.date(2024, 2, 14)
# Without a day of their own: as_of means nothing there, known_at does.
UNDATED = ("pillars/", "pillars/protection/", "agencies/")
MEANINGLESS = (
    "commitments/US21-PRT-001/proposals/",
    "statuses/",
    "datasets/",
)
PUBLISHED = ("plans", "sections", "sources")


@pytest.fixture(scope="class")
def data(class_database):
    for plan in ("us-nap-2021", "later-plan"):
        make_section(plan=plan)
    make_plan("later-plan", published_on=LATER)
    item = make_commitment("US21-PRT-001")
    cite(item, make_source("sheet", published_on=ANNOUNCED))
    cite(item, make_source("later", published_on=LATER), "reports")
    cite(item, make_source("undated", published_on=None), "reports")
    return Writer("reader", "Editor")


def keys(data, address):
    response = data.get(address)
    assert response.status_code == 200, response.content
    body = response.json()
    return {row.get("slug") or row["key"] for row in body["results"]}, body["as_of"]


class TestClocks:
    @pytest.mark.parametrize(
        ("address", "clock"),
        [
            *product(MEANINGLESS, ("as_of", "known_at")),
            *product(UNDATED, ("as_of",)),
        ],
    )
    def test_where_a_clock_makes_no_sense_it_is_refused_with_the_reason(self, data, address, clock):
        response = data.get(f"{address}?{clock}=2024-01-01")
        assert response.status_code == 400
        [error] = response.json()["errors"]
        assert error["attr"] == clock
        assert "nearest" not in error["detail"]
        assert any(word in error["detail"] for word in ("date", "past day", "day in the past"))

    def test_as_of_shows_what_had_been_published(self, data):
        day = (LATER - dt.timedelta(days=1)).isoformat()
        assert keys(data, f"plans/?as_of={day}") == ({"us-nap-2021"}, day)
        assert keys(data, f"sections/?as_of={day}")[0] == {"us-nap-2021:protection-1"}
        assert keys(data, f"sources/?as_of={day}")[0] == {"sheet", "undated"}
        assert keys(data, f"sources/?as_of={LATER}")[0] == {"sheet", "later", "undated"}
        csv = data.get(f"sources/?as_of={day}&format=csv&fields=slug").getvalue().decode()
        assert csv.split() == ["slug", "sheet", "undated"]

    @pytest.mark.parametrize(
        "address", ["plans/later-plan/", "sections/later-plan:protection-1/", "sources/later/"]
    )
    def test_what_had_not_been_published_is_not_there(self, data, address):
        assert data.get(f"{address}?as_of={LATER}").status_code == 200
        assert data.get(f"{address}?as_of={LATER - dt.timedelta(days=1)}").status_code == 404

    @pytest.mark.parametrize("name", PUBLISHED)
    def test_known_at_shows_what_had_been_entered(self, data, name):
        # A source is shown once something published rests on it.
        kind = "citation" if name == "sources" else name.removesuffix("s")
        first, last = Change.objects.filter(object_type=kind, action="create").order_by("seq")[:2]
        before = first.recorded_at - dt.timedelta(microseconds=1)

        def known(moment):
            return keys(data, f"{name}/?known_at={moment.isoformat().replace('+00:00', 'Z')}")[0]

        early = data.get(f"{name}/?known_at={before.isoformat().replace('+00:00', 'Z')}")
        if before < record_begins():
            assert early.status_code == 400
        else:
            assert known(before) == set()
        assert len(known(first.recorded_at)) == 1
        assert len(known(last.recorded_at)) == 2
        assert known(dt.datetime.now(dt.UTC)) == keys(data, f"{name}/")[0]

    def test_known_at_of_a_day_speaks_of_that_day(self, data):
        assert keys(data, f"plans/?known_at={today()}")[1] == today().isoformat()

    @pytest.mark.parametrize(
        "name", [*PUBLISHED, "commitments", "stats", "status-changes", "changes"]
    )
    def test_before_the_record_begins_nothing_was_known_and_the_answer_says_so(self, data, name):
        response = data.get(f"{name}/?known_at=2022-01-01" + "&by=status" * (name == "stats"))
        assert response.status_code == 400
        [error] = response.json()["errors"]
        begin = record_begins().isoformat().replace("+00:00", "Z")
        assert error["attr"] == "known_at"
        assert f"The record begins at {begin}." in error["detail"]

    @pytest.mark.parametrize(
        "address",
        ["plans/", "sources/sheet/", "sections/", "status-changes/", "stats/?by=status"],
    )
    @pytest.mark.parametrize("value", ["2999-01-01", "2024-2-1", "soon"])
    def test_a_day_that_is_none_is_refused(self, data, address, value):
        for clock in ("as_of", "known_at"):
            joint = "&" if "?" in address else "?"
            response = data.get(f"{address}{joint}{clock}={value}")
            assert response.status_code == 400
            assert response.json()["errors"][0]["attr"] == clock
