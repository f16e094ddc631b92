"""Reported statuses: a government's own word for a commitment, beside our status and never counted as it."""

import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.html import strip_tags

from commitments import services
from commitments.audit import integrity
from commitments.imports.runner import import_rows
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.imports.yaml_reader import read_files
from commitments.models import Change, Commitment, ReportedStatus
from tests.factories import (
    cite,
    make_commitment,
    make_plan,
    make_reported_status,
    make_source,
    unpublish,
)

pytestmark = pytest.mark.django_db

FIRST, SECOND = "US21-PRT-001", "US21-PRT-002"
KEY = f"{FIRST}/report/page 4"
LIST = "/api/v1/reported-statuses/"


def rows_of(client, query=""):
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200, response.content
    return response.json()["results"]


@pytest.fixture(autouse=True, scope="class")
def commitments(class_database):
    make_source("report", published_on=dt.date(2023, 5, 4), publisher="Department X")
    made = [make_commitment(code) for code in (FIRST, SECOND)]
    for item in made:
        cite(item)
    return made


class TestWrites:
    def test_it_is_recorded_and_its_commitment_moves_with_it(self):
        make_reported_status()
        row = Change.objects.last()
        assert (row.object_type, row.object_key) == ("reportedstatus", KEY)
        assert row.after["wording"] == "On track"
        assert Commitment.objects.get(code=FIRST).seq == row.seq

    def test_it_is_not_our_status(self, client):
        make_reported_status(wording="Completed", equivalent="completed")
        item = Commitment.objects.get(code=FIRST)
        assert (item.status, item.verification) == ("no_evidence", "unverified")
        counts = client.get("/api/v1/stats/?by=status").json()["results"]
        assert {row["status"]: row["count"] for row in counts if row["count"]} == {"no_evidence": 2}

    def test_the_same_again_changes_nothing(self):
        make_reported_status()
        before = Change.objects.count()
        make_reported_status(reason="")
        assert Change.objects.count() == before

    def test_an_edit_needs_a_public_reason(self):
        make_reported_status()
        with pytest.raises(ValidationError, match="Say why"):
            make_reported_status(wording="Delayed", reason="")

    def test_its_language_is_that_of_its_source_unless_said_otherwise(self):
        make_source("bericht", language="de")
        assert make_reported_status(source="bericht").language == "de"
        assert make_reported_status(source="bericht", language="fr").language == "fr"

    def test_the_day_of_a_month_or_year_is_the_first_of_it(self):
        item = make_reported_status(reported_on=dt.date(2023, 5, 20), precision="month")
        assert item.reported_on == dt.date(2023, 5, 1)

    def test_a_report_of_the_month_of_the_plan_is_taken(self):
        assert make_reported_status(reported_on=dt.date(2021, 12, 1), precision="month")

    def test_one_without_a_date_needs_a_note_on_it(self):
        with pytest.raises(ValidationError, match="Without a date"):
            make_reported_status(reported_on=None)
        make_reported_status(reported_on=None, note="The page carries no date.")
        make_source("page", note="It carries no date.")
        assert make_reported_status(source="page", reported_on=None).precision == "day"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"commitment": "US21-PRT-009"}, "commitment"),
            ({"source": "no-such"}, "source"),
            ({"locator": " "}, "locator"),
            ({"wording": " "}, "wording"),
            ({"wording": "x" * 201}, "wording"),
            ({"equivalent": "delayed"}, "equivalent"),
            ({"language": "english please"}, "language"),
            ({"reported_on": dt.date(2199, 1, 1)}, "reported_on"),
            ({"reported_on": dt.date(2021, 12, 2)}, "reported_on"),
        ],
    )
    def test_what_cannot_be_one_is_refused_by_field(self, fields, field):
        with pytest.raises(ValidationError) as error:
            make_reported_status(**fields)
        assert field in error.value.message_dict
        assert not ReportedStatus.objects.exists()

    def test_the_database_refuses_another_of_the_same_place(self):
        item = make_reported_status()
        item.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            item.save(force_insert=True)

    def test_two_editors_who_change_the_wording_are_in_conflict(self):
        seen = services.version_of(make_reported_status())
        make_reported_status(wording="Delayed", seen_version=seen)
        make_reported_status(note="Of the year 2022.", seen_version=seen)
        with pytest.raises(services.Conflict):
            make_reported_status(wording="Stopped", seen_version=seen)


class TestIntegrity:
    def test_rows_written_by_the_service_leave_no_difference(self):
        make_reported_status()
        make_reported_status(wording="Delayed", equivalent="stalled")
        assert list(integrity.differences()) == []

    def test_a_row_that_was_changed_past_the_record_is_named(self):
        make_reported_status()
        ReportedStatus.objects.update(wording="Another.")
        found = list(integrity.differences())
        assert f"reportedstatus {KEY} differs from its last row in the record." in found
        assert any("revisions" in words for words in found) is False


class TestReads:
    def test_the_list_has_each_with_its_source_and_our_nearest_status(self, client):
        make_reported_status(commitment=SECOND)
        make_reported_status(equivalent="in_progress", note="Of 2022.")
        first, second = rows_of(client)
        assert (first["commitment"], second["commitment"]) == (FIRST, SECOND)
        assert (first["equivalent"], second["equivalent"]) == ("in_progress", "")
        assert (first["publisher"], first["origin"]) == ("Department X", "official")
        assert (first["wording"], first["reported_on"]) == ("On track", "2023-05-04")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (f"?commitment={FIRST}", ["a", "b"]),
            (f"?commitment={FIRST}&commitment={SECOND}", ["a", "b", "c"]),
            ("?equivalent=stalled", ["b"]),
            ("?equivalent=stalled&equivalent=in_progress", ["a", "b"]),
            ("?plan=us-nap-2021", ["a", "b", "c"]),
            ("?plan=us-nap-2020", []),
            ("?source=report", ["a", "b", "c"]),
            ("?reported_after=2023-01-01", ["b"]),
            ("?reported_before=2022-12-31", ["a"]),
        ],
    )
    def test_the_list_can_be_filtered(self, client, query, found):
        make_plan("us-nap-2020", published_on=dt.date(2020, 1, 1))
        make_reported_status("a", reported_on=dt.date(2022, 1, 2), equivalent="in_progress")
        make_reported_status("b", equivalent="stalled")
        make_reported_status("c", commitment=SECOND, reported_on=None, note="No date.")
        assert sorted(row["locator"] for row in rows_of(client, query)) == found

    def test_an_unknown_value_is_refused_by_name(self, client):
        response = client.get(f"{LIST}?equivalent=good")
        assert response.status_code == 400
        assert "Valid are: completed" in response.content.decode()

    def test_it_comes_as_a_file(self, client):
        make_reported_status()
        heading, row = client.get(f"{LIST}?format=csv").getvalue().decode().splitlines()
        assert heading.startswith("source,title,publisher") and "On track" in row

    def test_as_of_a_day_only_what_had_been_reported_by_then_or_is_undated_is_there(self, client):
        make_reported_status("a", reported_on=dt.date(2022, 1, 2))
        make_reported_status("b")
        make_reported_status("c", reported_on=None, note="No date.")
        found = rows_of(client, "?as_of=2022-12-31")
        item = client.get(f"/api/v1/commitments/{FIRST}/?as_of=2022-12-31").json()
        for rows in (found, item["reported_statuses"]):
            assert sorted(row["locator"] for row in rows) == ["a", "c"]

    def test_as_known_at_a_moment_it_is_as_it_was_recorded_then(self, client):
        make_reported_status()
        recorded = Change.objects.last().recorded_at
        make_reported_status(wording="Delayed")
        moment = recorded.isoformat().replace("+00:00", "Z")
        (row,) = rows_of(client, f"?known_at={moment}")
        assert row["wording"] == "On track"
        item = client.get(f"/api/v1/commitments/{FIRST}/?known_at={moment}").json()
        assert [row["wording"] for row in item["reported_statuses"]] == ["On track"]

    def test_of_an_unpublished_commitment_it_is_not_public(self, client):
        make_reported_status()
        unpublish(Commitment.objects.get(code=FIRST))
        assert rows_of(client) == []
        change = client.get("/api/v1/changes/?limit=500").json()["results"]
        assert not [row for row in change if row.get("object_type") == "reportedstatus"]

    def test_its_source_is_in_use(self, client):
        assert client.get("/api/v1/sources/report/").status_code == 404
        make_reported_status()
        assert client.get("/api/v1/sources/report/").status_code == 200


ENTRY = """
- model: commitments.reportedstatus
  fields:
    commitment: [US21-PRT-001]
    source: [report]
    locator: page 4
    wording: On track
    reported_on: 2023-05
    equivalent: in_progress
"""


class TestImport:
    def written(self, text=ENTRY):
        rows = read_files({"reportedstatus.yaml": text.encode()}, "folder")
        return import_rows(rows, actor="importer").outcomes

    def test_a_file_brings_them_and_a_second_time_changes_nothing(self):
        assert [row.result for row in self.written()] == ["new"]
        item = ReportedStatus.objects.get()
        assert (item.reported_on, item.precision) == (dt.date(2023, 5, 1), "month")
        assert [row.result for row in self.written()] == ["unchanged"]

    def test_a_sheet_of_them_can_be_imported(self):
        text = (
            f"commitment,source,locator,wording,reported_on\n{FIRST},report,page 4,Delayed,2023\n"
        )
        rows = read_spreadsheet(text.encode(), "a.csv", "reportedstatus")
        assert [row.result for row in import_rows(rows, actor="importer").outcomes] == ["new"]
        assert ReportedStatus.objects.get().precision == "year"


class TestPages:
    def said(self, client, address):
        response = client.get(address)
        assert response.status_code == 200, address
        return re.sub(r"\s+", " ", strip_tags(response.content.decode()))

    def test_the_page_says_it_below_our_status_with_the_nearest_of_ours(self, client):
        make_reported_status(equivalent="in_progress")
        said = self.said(client, f"/commitments/{FIRST}/")
        words = "Reported by the government: “On track” (Department X, May 4, 2023, page 4), roughly our “in progress”."
        assert words in said
        assert said.index("No evidence found") < said.index(words) < said.index("History")
        assert "Reported by the government" not in self.said(client, f"/commitments/{SECOND}/")

    def test_a_day_before_the_report_does_not_know_it(self, client):
        make_reported_status()
        for day, count in (("2023-05-03", 0), ("2023-05-04", 1)):
            said = self.said(client, f"/commitments/{FIRST}/?as_of={day}")
            assert said.count("Reported by the government") == count

    def test_its_wording_is_marked_with_its_language(self, client):
        make_reported_status(wording="verzögert", language="de")
        page = client.get(f"/commitments/{FIRST}/").content.decode()
        assert 'lang="de"' in page[: page.index("verzögert")][-40:]

    def test_its_source_shows_it_with_its_commitment(self, client):
        make_reported_status()
        said = self.said(client, "/sources/report/")
        assert said.index(f"Promise {FIRST}") < said.index("“On track” (May 4, 2023, page 4)")

    def test_the_feed_says_what_was_reported(self, client):
        make_reported_status()
        entry = " ".join(client.get(f"/commitments/{FIRST}/changes.atom").content.decode().split())
        assert "May 4, 2023&lt;/time&gt;: Reported by the government. “On track”" in entry
