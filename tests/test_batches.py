"""What goes through many rows deals with each alone: one that fails is logged and left out."""

import datetime as dt

import psycopg2
import pytest
from django.db import OperationalError

from commitments.audit import hash_chain, integrity
from commitments.models import Commitment
from planwatch.batches import contained, together_or_alone
from tests.factories import make_commitment

pytestmark = pytest.mark.django_db


def fail(*args):
    raise ValueError("Poisoned.")


def fail_for(code, step):
    def wrapped(row, *args, **kwargs):
        return fail() if getattr(row, "code", "") == code else step(row, *args, **kwargs)

    return wrapped


@pytest.fixture
def two():
    due = dt.date(2026, 1, 31)
    return [make_commitment(f"US21-PRT-00{number}", due_on=due) for number in (1, 2)]


def test_a_failure_is_logged_and_contained(caplog):
    with contained("Item %s", 7) as failures:
        fail()
    assert [str(error) for error in failures] == ["Poisoned."]
    assert "Item 7 failed." in caplog.text and "Traceback" in caplog.text


def test_an_outage_is_raised():
    def outage(items):
        raise OperationalError from psycopg2.OperationalError("gone away")

    with pytest.raises(OperationalError), contained("Item"):
        outage([])
    with pytest.raises(OperationalError):
        together_or_alone(outage, [1, 2])


def test_items_are_dealt_with_together_and_alone_only_where_that_fails():
    asked, failed = [], []

    def work(items):
        asked.append(list(items))
        return [10 // item for item in items]

    assert together_or_alone(work, [1, 2, 5]) == [10, 5, 2]
    assert asked == [[1, 2, 5]]
    assert together_or_alone(work, [1, 0, 5], failed.append) == [10, 2]
    assert failed == [0] and asked[1:] == [[1, 0, 5], [1], [0], [5]]


def test_a_row_without_an_address_keeps_no_other_off_the_sitemap(client, two, monkeypatch):
    address = Commitment.get_absolute_url
    monkeypatch.setattr(Commitment, "get_absolute_url", fail_for("US21-PRT-001", address))
    sitemap = client.get("/sitemap-commitments.xml").content.decode()
    assert "US21-PRT-002" in sitemap and "US21-PRT-001" not in sitemap


def test_a_due_date_that_no_calendar_holds_keeps_no_other_off_it(client, two):
    Commitment.objects.filter(code="US21-PRT-001").update(due_on=dt.date.max)
    calendar = client.get("/feeds/deadlines.ics").content.decode()
    assert "US21-PRT-002" in calendar and "US21-PRT-001" not in calendar


def test_a_note_that_cannot_be_read_takes_no_other_version_off_the_list(client, settings, tmp_path):
    settings.PLANWATCH_DATASETS = str(tmp_path)
    (tmp_path / "planwatch-1.json").write_text("{")
    (tmp_path / "planwatch-2.json").write_text('{"version": 2, "new_key": true}')
    assert client.get("/data/").status_code == 200
    assert client.get("/api/v1/datasets/").status_code == 200


def test_a_row_that_cannot_be_compared_is_named_and_the_next_one_is_compared(two, monkeypatch):
    monkeypatch.setattr(integrity, "derived", fail_for("US21-PRT-001", integrity.derived))
    Commitment.objects.filter(code="US21-PRT-002").update(status="stalled")
    found = list(integrity.differences())
    assert (
        "US21-PRT-001 Promise US21-PRT-001: it cannot be checked (ValueError: Poisoned.)." in found
    )
    assert any(line.startswith("US21-PRT-002: status is stalled") for line in found)


def test_a_row_of_the_record_that_cannot_be_read_is_named_and_the_rest_verified(two, monkeypatch):
    body_of = hash_chain.body_of
    poisoned = two[0].seq
    monkeypatch.setattr(
        hash_chain, "body_of", lambda row: fail() if row.seq == poisoned else body_of(row)
    )
    assert list(hash_chain.verify_chain()) == [f"Row {poisoned} cannot be read (ValueError)."]
