"""Developments: reports that bear on commitments without proving a step."""

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
from commitments.models import Change, Commitment, Development, DevelopmentCommitment
from commitments.querysets.sql import today
from tests.factories import (
    cite,
    make_agency,
    make_commitment,
    make_development,
    make_plan,
    make_source,
    unpublish,
)

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = "US21-PRT-001", "US21-PRT-002", "US21-PRT-003"
KEY = "report/paragraph 1/2023-05-04"


def rows_of(client, query=""):
    response = client.get(f"/api/v1/developments/{query}")
    assert response.status_code == 200, response.content
    return response.json()["results"]


@pytest.fixture
def commitments():
    make_source("report", origin="independent", published_on=dt.date(2023, 5, 4))
    made = [make_commitment(code) for code in (FIRST, SECOND)]
    for item in made:
        cite(item)
    return made


@pytest.mark.usefixtures("commitments")
class TestWrites:
    def test_it_is_recorded_with_its_commitments_in_their_order(self):
        item = make_development(commitments=[SECOND, FIRST])
        assert item.codes() == [SECOND, FIRST]
        row = Change.objects.last()
        assert (row.object_type, row.object_key) == ("development", KEY)
        assert row.after["commitments"] == [SECOND, FIRST]
        assert item.recorded_at == row.recorded_at

    def test_the_commitments_that_it_bears_on_move_with_it(self):
        make_development(commitments=[FIRST])
        seq = Change.objects.last().seq
        assert Commitment.objects.get(code=FIRST).seq == seq
        assert Commitment.objects.get(code=SECOND).seq < seq

    def test_it_changes_no_status(self):
        make_development(commitments=[FIRST])
        assert Commitment.objects.get(code=FIRST).status == "no_evidence"

    def test_the_same_again_changes_nothing(self):
        make_development()
        before = Change.objects.count()
        make_development(reason="")
        assert Change.objects.count() == before

    def test_an_edit_needs_a_public_reason(self):
        make_development()
        with pytest.raises(ValidationError, match="Say why"):
            make_development(bearing="support", reason="")
        make_development(bearing="support", reason="It was misread.")
        assert Change.objects.last().after["reason"] == "It was misread."

    def test_what_it_no_longer_bears_on_is_told_too(self):
        make_development(commitments=[FIRST])
        make_development(commitments=[SECOND])
        assert set(Change.objects.last().commitments.all()) == set(Commitment.objects.all())

    def test_it_bears_on_a_plan_as_a_whole(self):
        item = make_development(commitments=(), plan="us-nap-2021")
        assert (item.plan.slug, item.codes()) == ("us-nap-2021", [])

    def test_the_day_of_a_month_or_year_is_the_first_of_it(self):
        item = make_development(reported_on=dt.date(2023, 5, 20), precision="month")
        assert item.reported_on == dt.date(2023, 5, 1)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"commitments": ()}, "commitments"),
            ({"plan": "us-nap-2021"}, "commitments"),
            ({"commitments": [FIRST, FIRST]}, "commitments"),
            ({"commitments": [THIRD]}, "commitments"),
            ({"commitments": (), "plan": "no-such"}, "plan"),
            ({"source": "no-such"}, "source"),
            ({"locator": " "}, "locator"),
            ({"sentence": ""}, "sentence"),
            ({"sentence": "x" * 301}, "sentence"),
            ({"bearing": "bad"}, "bearing"),
            ({"reported_on": dt.date(2199, 1, 1)}, "reported_on"),
        ],
    )
    def test_what_cannot_be_a_development_is_refused_by_field(self, fields, field):
        with pytest.raises(ValidationError) as error:
            make_development(**fields)
        assert field in error.value.message_dict
        assert not Development.objects.exists()

    def test_the_database_refuses_another_of_the_same_place_and_day(self):
        item = make_development()
        item.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            item.save(force_insert=True)

    def test_two_editors_may_change_the_sentence_and_the_commitments(self):
        seen = services.version_of(make_development())
        make_development(commitments=[SECOND], seen_version=seen)
        make_development(sentence="A court heard both sides.", seen_version=seen)
        item = Development.objects.get()
        assert (item.sentence, item.codes()) == ("A court heard both sides.", [SECOND])

    def test_two_editors_who_change_the_commitments_are_in_conflict(self):
        seen = services.version_of(make_development())
        make_development(commitments=[SECOND], seen_version=seen)
        with pytest.raises(services.Conflict):
            make_development(commitments=[FIRST, SECOND], seen_version=seen)


@pytest.mark.usefixtures("commitments")
class TestIntegrity:
    def test_rows_written_by_the_service_leave_no_difference(self):
        make_development(commitments=[FIRST, SECOND])
        make_development(commitments=[SECOND])
        make_development("page/2", commitments=(), plan="us-nap-2021")
        assert list(integrity.differences()) == []

    def test_a_row_that_was_changed_past_the_record_is_named(self):
        make_development()
        Development.objects.update(sentence="Another.")
        found = list(integrity.differences())
        assert f"development {KEY} differs from its last row in the record." in found

    def test_a_commitment_that_was_taken_away_past_the_record_is_named(self):
        make_development()
        DevelopmentCommitment.objects.all().delete()
        assert any(KEY in words for words in integrity.differences())


@pytest.mark.usefixtures("commitments")
class TestReads:
    def test_the_list_has_the_latest_report_first_with_its_source_and_origin(self, client):
        make_development("page 1", reported_on=dt.date(2022, 1, 2))
        make_development("page 2", commitments=[SECOND, FIRST])
        last, first = rows_of(client)
        assert (last["locator"], first["locator"]) == ("page 2", "page 1")
        assert last["commitments"] == [SECOND, FIRST]
        assert (last["source"], last["origin"], last["plan"]) == ("report", "independent", None)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (f"?commitment={FIRST}", ["a", "b"]),
            (f"?commitment={SECOND}", ["b"]),
            (f"?commitment={FIRST}&commitment={SECOND}", ["a", "b"]),
            ("?bearing=support", ["b"]),
            ("?bearing=support&bearing=concern", ["a", "b", "c"]),
            ("?plan=us-nap-2021", ["a", "b", "c"]),
            ("?plan=us-nap-2020", []),
            ("?source=report", ["a", "b", "c"]),
            ("?reported_after=2023-05-04", ["b", "c"]),
            ("?reported_before=2023-05-03", ["a"]),
        ],
    )
    def test_the_list_can_be_filtered(self, client, query, found):
        make_plan("us-nap-2020", published_on=dt.date(2020, 1, 1))
        make_development("a", reported_on=dt.date(2022, 1, 2))
        make_development("b", commitments=[FIRST, SECOND], bearing="support")
        make_development("c", commitments=(), plan="us-nap-2021")
        assert sorted(row["locator"] for row in rows_of(client, query)) == found

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("?commitment=US99-PRT-001", "nearest valid one"),
            ("?bearing=good", "Valid are: concern"),
            ("?source=no-such", "Valid are: report"),
            ("?reported_after=2022", "YYYY-MM-DD"),
            ("?plan=", "Give plan a value"),
            ("?status=completed", "is not a parameter here"),
        ],
    )
    def test_an_unknown_value_is_refused_by_name(self, client, query, words):
        make_development()
        response = client.get(f"/api/v1/developments/{query}")
        assert response.status_code == 400
        assert words in response.content.decode()

    def test_a_commitment_has_those_that_bear_on_it(self, client):
        make_development("page 1", commitments=[FIRST])
        make_development("page 2", commitments=[SECOND])
        item = client.get(f"/api/v1/commitments/{FIRST}/").json()
        assert [row["locator"] for row in item["developments"]] == ["page 1"]

    def test_as_of_a_day_only_what_had_been_reported_by_then_is_there(self, client):
        make_development("page 1", reported_on=dt.date(2022, 1, 2))
        make_development("page 2")
        assert [row["locator"] for row in rows_of(client, "?as_of=2022-12-31")] == ["page 1"]
        item = client.get(f"/api/v1/commitments/{FIRST}/?as_of=2022-12-31").json()
        assert [row["locator"] for row in item["developments"]] == ["page 1"]

    def test_as_of_a_day_a_commitment_that_was_announced_later_is_not_named(self, client):
        make_commitment(THIRD, announced_on=dt.date(2023, 6, 1))
        make_development("page 1", commitments=[THIRD, FIRST])
        make_development("page 2", commitments=[THIRD])
        (row,) = rows_of(client, "?as_of=2023-05-31")
        assert row["commitments"] == [FIRST]

    def test_as_known_at_a_moment_it_is_as_it_was_recorded_then(self, client):
        recorded = make_development(commitments=[FIRST]).recorded_at
        make_development(commitments=[SECOND], sentence="Another.")
        moment = recorded.isoformat().replace("+00:00", "Z")
        (row,) = rows_of(client, f"?known_at={moment}")
        assert row["commitments"] == [FIRST] and row["sentence"] != "Another."
        item = client.get(f"/api/v1/commitments/{FIRST}/").json()
        assert item["developments"] == []

    def test_what_bears_on_an_unpublished_commitment_is_not_public(self, client):
        make_development(commitments=[FIRST, SECOND])
        unpublish(Commitment.objects.get(code=SECOND))
        assert rows_of(client) == []
        assert client.get(f"/api/v1/commitments/{FIRST}/").json()["developments"] == []
        change = client.get("/api/v1/changes/?limit=500").json()["results"]
        assert not [row for row in change if row.get("object_type") == "development"]

    def test_its_source_is_in_use(self, client):
        assert client.get("/api/v1/sources/report/").status_code == 404
        make_development()
        assert client.get("/api/v1/sources/report/").status_code == 200


ENTRY = """
- model: commitments.development
  fields:
    source: [report]
    locator: page 1
    reported_on: 2023-05
    precision: month
    bearing: support
    sentence: An agency opened a shelter.
    commitments: [US21-PRT-002, US21-PRT-001]
- model: commitments.development
  fields:
    source: [report]
    locator: page 2
    reported_on: 2023-05-04
    bearing: context
    sentence: A court heard the case.
    plan: [us-nap-2021]
"""


@pytest.mark.usefixtures("commitments")
class TestImport:
    def written(self, text=ENTRY, **options):
        rows = read_files({"development.yaml": text.encode()}, "folder")
        return import_rows(rows, actor="importer", **options).outcomes

    def test_a_file_brings_them_and_a_second_time_changes_nothing(self):
        assert [row.result for row in self.written()] == ["new", "new"]
        item = Development.objects.get(locator="page 1")
        assert (item.reported_on, item.codes()) == (dt.date(2023, 5, 1), [SECOND, FIRST])
        assert [row.result for row in self.written()] == ["unchanged", "unchanged"]

    def test_an_edit_of_what_bears_on_another_plan_waits_for_a_word(self):
        make_plan("us-nap-2020")
        make_commitment("US20-PRT-001", plan="us-nap-2020")
        make_development("page 1", reported_on=dt.date(2023, 5, 1), commitments=["US20-PRT-001"])
        first, _ = self.written()
        assert (first.result, first.beyond) == ("refused", "the plan us-nap-2020")

    def test_a_sheet_of_them_can_be_imported(self):
        text = (
            "source,locator,reported_on,bearing,sentence,commitments\n"
            f"report,page 1,2023-05,support,A court heard it.,{FIRST}|{SECOND}\n"
        )
        rows = read_spreadsheet(text.encode(), "a.csv", "development")
        assert [row.result for row in import_rows(rows, actor="importer").outcomes] == ["new"]
        assert Development.objects.get().codes() == [FIRST, SECOND]


@pytest.mark.usefixtures("commitments")
class TestPages:
    def said(self, client, address):
        response = client.get(address)
        assert response.status_code == 200, address
        return re.sub(r"\s+", " ", strip_tags(response.content.decode()))

    def test_the_status_sentence_counts_the_last_two_years_both_ways_and_names_the_newest(
        self, client
    ):
        make_development("page 1", reported_on=today() - dt.timedelta(days=9), bearing="support")
        make_development("page 2", reported_on=today(), sentence="A court ruled.")
        address = f"/commitments/{FIRST}/"
        said = self.said(client, address)
        assert "2 reports from the past two years bear on it (concern: 1, progress: 1)." in said
        assert "A court ruled." in self.said(client, f"/embed{address}")
        assert "past two years" not in self.said(client, f"/commitments/{SECOND}/")

    def test_an_older_report_stands_below_the_history_alone(self, client):
        make_development()
        said = self.said(client, f"/commitments/{FIRST}/")
        assert said.count("A court heard the case.") == 1
        assert said.index("Raises a concern") > said.index("History")
        assert "bears on it, paragraph 1" in said

    def test_a_day_before_the_report_does_not_know_it(self, client):
        make_development()
        said = self.said(client, f"/commitments/{FIRST}/?as_of=2023-05-03")
        assert "A court heard the case." not in said
        assert "A report from May 4, 2023 bears on it: A court heard the case." in self.said(
            client, f"/commitments/{FIRST}/?as_of=2023-05-04"
        )

    def test_its_source_and_the_agency_show_it_with_its_commitments(self, client):
        make_agency("doj")
        make_commitment(SECOND, lead_agencies=["doj"], reason="The sheet names it.")
        make_development(commitments=[SECOND, FIRST])
        for address in ("/sources/report/", "/agencies/doj/"):
            said = self.said(client, address)
            assert "A court heard the case." in said
            assert said.index(SECOND, said.index("A court heard")) > 0

    def test_a_plan_shows_what_bears_on_it_as_a_whole(self, client):
        make_development(commitments=(), plan="us-nap-2021")
        make_development("page 2")
        said = self.said(client, "/plans/us-nap-2021/")
        assert said.count("A court heard the case.") == 1
        earlier = self.said(client, "/plans/us-nap-2021/?as_of=2023-05-03")
        assert "A court heard the case." not in earlier

    def test_the_feed_says_what_was_reported(self, client):
        make_development()
        entry = client.get(f"/commitments/{FIRST}/changes.atom").content.decode()
        assert "May 4, 2023&lt;/time&gt;: Raises a concern. A court heard the case." in " ".join(
            entry.split()
        )

    def test_a_report_on_what_nobody_may_see_is_not_shown(self, client):
        make_commitment(THIRD, is_published=False)
        make_development(commitments=[FIRST, THIRD])
        assert "A court heard" not in self.said(client, f"/commitments/{FIRST}/")
