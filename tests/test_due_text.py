"""The deadline as a source prints it, beside the date that follows from it."""

import datetime as dt

import pytest

from commitments.audit import integrity
from commitments.imports.runner import import_rows
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.models import Change, Commitment
from tests import factories

pytestmark = pytest.mark.django_db
PRINTED = "2023 (partially), 2025"


@pytest.fixture
def commitment():
    item = factories.make_commitment("US21-PRT-001", due_text=PRINTED)
    factories.cite(item)
    return item


def test_the_page_and_the_api_show_it_without_a_date(client, commitment):
    assert PRINTED in client.get("/commitments/US21-PRT-001/").content.decode()
    answer = client.get("/api/v1/commitments/US21-PRT-001/").json()
    assert (answer["due_on"], answer["due_text"]) == (None, PRINTED)
    assert PRINTED in client.get("/api/v1/commitments/?format=csv").getvalue().decode()


def test_it_makes_nothing_overdue(client, commitment):
    assert client.get("/api/v1/commitments/?is_overdue=true").json()["count"] == 0


def test_it_is_kept_in_the_record_and_shown_as_it_was(client, commitment):
    moment = Change.objects.latest("seq").recorded_at.isoformat().replace("+", "%2B")
    factories.make_commitment("US21-PRT-001", due_text="2025")
    assert Change.objects.latest("seq").before["due_text"] == PRINTED
    then = client.get(f"/api/v1/commitments/US21-PRT-001/?known_at={moment}").json()
    assert then["due_text"] == PRINTED
    assert list(integrity.differences()) == []


def test_a_row_recorded_before_there_was_one_has_none(commitment):
    factories.make_commitment("US21-PRT-001", due_text="")
    latest = Change.objects.filter(object_type="commitment").latest("seq").after
    latest.pop("due_text")
    commitment.refresh_from_db()
    assert list(integrity._of_recorded(commitment, latest)) == []


def test_one_editor_may_change_the_date_and_another_its_words(commitment):
    seen = {"seen_version": commitment.seq}
    factories.make_commitment("US21-PRT-001", due_on=dt.date(2025, 1, 1), due_text=PRINTED, **seen)
    factories.make_commitment("US21-PRT-001", due_text="2025", **seen)
    commitment.refresh_from_db()
    assert (commitment.due_on, commitment.due_text) == (dt.date(2025, 1, 1), "2025")


def test_a_spreadsheet_sets_it(commitment):
    data = b"code,plan,title,due_text\nUS21-PRT-001,us-nap-2021,Train people,After four years\n"
    rows = read_spreadsheet(data, "a.csv", "commitment")
    assert import_rows(rows, actor="importer").written
    assert Commitment.objects.get().due_text == "After four years"
