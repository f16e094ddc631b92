"""A file on its way: of one dataset version however long it takes, in little memory, and never cut without a sign."""

import gc
import json
import threading
import tracemalloc
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.test import Client

from commitments.models import Commitment, DatasetVersion
from commitments.services.documents import write_every_document
from planwatch.api import views
from planwatch.exports import tables, writers
from tests.factories import change, make_commitment, make_source

WHOLE = "/api/v1/commitments/?format=ndjson"


@pytest.fixture
def slow(monkeypatch):
    """Make files of three commitments out of many small pieces."""
    monkeypatch.setattr(tables, "CHUNK", 1)
    monkeypatch.setattr(writers, "BYTES", 1)


def rows_of(pieces):
    return [json.loads(line) for line in b"".join(pieces).splitlines()]


def elsewhere(work):
    """Do something in a thread with a connection of its own; return whether it came to its end."""
    done = []

    def run():
        work()
        done.append(True)
        connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout=15)
    return bool(done)


def is_free():
    """Tell whether the connection is in no transaction."""
    if connection.vendor == "sqlite":
        return not connection.connection.in_transaction
    return connection.connection.get_transaction_status() == 0


class TestOneEdition:
    @pytest.fixture
    def items(self, shared_database, slow):
        items = [make_commitment(f"US21-PRT-00{number}") for number in (1, 2, 3)]
        return items, make_source("sheet")

    def test_writers_neither_wait_nor_show(self, items):
        (first, *_, last), source = items
        version = DatasetVersion.objects.get().seq
        response = Client().get(WHOLE)
        pieces = iter(response)
        begun = [next(pieces)]

        def write():
            change(last, "in_progress", sources=[source])
            make_commitment("US21-PRT-004")

        assert elsewhere(write), "the writer waited for the reader"
        rows = rows_of([*begun, *pieces])
        assert [row["code"][-1] for row in rows] == ["1", "2", "3"]
        assert rows[-1]["status"] == "no_evidence"
        assert f"_v{version}." in response["Content-Disposition"]
        assert response["ETag"].startswith(f'"{version}-')
        assert is_free()
        later = Client().get(WHOLE)
        assert [row["status"] for row in rows_of(later)][2:] == ["in_progress", "no_evidence"]
        assert later["ETag"] != response["ETag"]

    @pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
    def test_the_name_and_the_etag_are_those_of_the_rows(self, items, monkeypatch, form):
        """Also when a write comes after the request was read and before its rows are."""
        snapshot = views.snapshot

        @contextmanager
        def late():
            make_commitment("US21-PRT-004")
            with snapshot():
                yield

        monkeypatch.setattr(views, "snapshot", late)
        response = Client().get(f"/api/v1/commitments/?format={form}")
        version = DatasetVersion.objects.get().seq
        assert f"_v{version}." in response["Content-Disposition"]
        assert response["ETag"].startswith(f'"{version}-')
        assert response["Row-Count"] == "4"
        response.getvalue()

    @pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
    def test_a_reader_who_leaves_holds_nothing(self, items, form):
        response = Client().get(f"/api/v1/commitments/?format={form}")
        next(iter(response))
        response.close()
        assert is_free()

    def test_a_sheet_is_made_before_it_is_sent(self, items):
        response = Client().get("/api/v1/commitments/?format=xlsx")
        assert is_free()
        response.getvalue()

    def test_a_head_holds_nothing(self, items):
        Client().head(WHOLE)
        assert is_free()


# Failing


def broken(rows_before):
    """Return a way of writing a row that fails after so many."""
    written = []

    def write(text, **options):
        if len(written) == rows_before:
            raise RuntimeError("The database is gone.")
        written.append(text)
        return text

    return write


# Called once for each row.
WRITES = "commitments.api.documents.quote"


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
def test_what_fails_before_anything_is_sent_is_an_error_in_json(monkeypatch, slow, form):
    make_commitment("US21-PRT-001")
    monkeypatch.setattr(WRITES, broken(0))
    client = Client(raise_request_exception=False)
    response = client.get(f"/api/v1/commitments/?format={form}")
    assert response.status_code == 500
    assert response["Content-Type"] == "application/json"
    assert response.json()["errors"]
    assert "Content-Disposition" not in response


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_what_fails_on_the_way_is_not_ended_as_if_it_were_whole(monkeypatch, slow, form):
    for number in (1, 2, 3):
        make_commitment(f"US21-PRT-00{number}")
    monkeypatch.setattr(WRITES, broken(2))
    response = Client().get(f"/api/v1/commitments/?format={form}")
    assert response.status_code == 200
    with pytest.raises(RuntimeError):
        response.getvalue()
    assert response["Row-Count"] == "3"


@pytest.mark.django_db
def test_a_sheet_that_fails_leaves_no_file_behind(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for number in (1, 2, 3):
        make_commitment(f"US21-PRT-00{number}")
    Client().get("/api/v1/commitments/?format=xlsx").getvalue()
    monkeypatch.setattr(WRITES, broken(2))
    response = Client(raise_request_exception=False).get("/api/v1/commitments/?format=xlsx")
    assert response.status_code == 500
    assert list(tmp_path.iterdir()) == []


# What it costs


def fill(count):
    """Make so many commitments, cheaply."""
    first = make_commitment("US21-PRT-001", summary="A promise. " * 40)
    values = {field.attname: getattr(first, field.attname) for field in first._meta.concrete_fields}
    Commitment.objects.bulk_create(
        Commitment(**values | {"id": None, "code": f"US22-PRT-{number:04d}"})
        for number in range(count - 1)
    )
    write_every_document()


def most_held(form):
    """Return the most memory that an export held, and its size, in bytes."""
    gc.collect()
    tracemalloc.start()
    response = Client().get(f"/api/v1/commitments/?fields=code,summary,sources&format={form}")
    size = sum(len(piece) for piece in response)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, size


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_list(monkeypatch, form):
    monkeypatch.setattr(tables, "CHUNK", 25)
    monkeypatch.setattr(writers, "BYTES", 1 << 12)
    fill(60)
    most_held(form)
    low, small = most_held(form)
    Commitment.objects.all().delete()
    fill(300)
    high, large = most_held(form)
    assert large > small
    assert high < 1.3 * low


@pytest.mark.django_db
def test_each_further_chunk_costs_no_query(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(tables, "CHUNK", 2)

    def queries():
        with django_assert_max_num_queries(100) as seen:
            assert Client().get(WHOLE).getvalue()
        return len(seen)

    fill(2)
    few = queries()
    Commitment.objects.all().delete()
    fill(8)
    assert queries() == few


@pytest.mark.postgresql_only
@pytest.mark.django_db
def test_the_rows_stay_in_the_server_until_they_are_read(slow):
    fill(3)
    response = Client().get(WHOLE)
    pieces = iter(response)
    begun = next(pieces)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        assert cursor.fetchone() == (1,)
    assert len(rows_of([begun, *pieces])) == 3
