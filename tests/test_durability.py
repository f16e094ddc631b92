"""What the databases promise: every acknowledged write is on the disk. And when the site says that it is ready."""

from types import SimpleNamespace

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection, transaction

from commitments.models import DatasetVersion
from planwatch import health
from tests.factories import make_agency


def found():
    checks = run_checks(tags=[Tags.database], databases=["default"])
    return [check.msg for check in checks if check.id == "planwatch.W001"]


def test_the_database_keeps_what_it_acknowledges(shared_database):
    assert found() == []


def test_a_database_that_may_lose_a_write_is_warned_of(shared_database):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous = NORMAL")
        else:
            cursor.execute("SET synchronous_commit = off")
    (warning,) = found()
    assert "a write that was acknowledged may be lost" in warning


@pytest.mark.sqlite_only
def test_a_writer_takes_the_lock_when_its_transaction_begins(shared_database):
    import sqlite3

    with transaction.atomic():
        other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_ready_names_the_head_of_the_record(client, db):
    make_agency("hhs")
    version = DatasetVersion.objects.get()
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.content.decode()) == (
        200,
        f"ready\nrecord: row {version.seq}, head {version.hash}\n",
    )


def test_not_ready_where_the_record_does_not_end_as_it_says(client, db):
    make_agency("hhs")
    DatasetVersion.objects.update(seq=7)
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert b"the record ends at row 2, the data set says row 7" in answer.content


def test_not_ready_without_room_on_the_disk(client, db, settings):
    settings.PLANWATCH_MIN_FREE_DISK_MB = 10**12
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert b"are free on the disk" in answer.content


def test_how_ready_the_site_is_is_asked_once_in_two_seconds(client, db, settings, monkeypatch):
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: now))
    now = 100.0
    assert client.get("/healthz/ready").status_code == 200
    settings.PLANWATCH_MIN_FREE_DISK_MB = 10**12
    now = 101.9
    assert client.get("/healthz/ready").status_code == 200
    now = 102.0
    assert client.get("/healthz/ready").status_code == 503


@pytest.mark.parametrize(
    ("address", "is_told"),
    [("127.0.0.1", True), ("10.1.2.3", True), ("9.9.9.9", False), ("2620:fe::9", False)],
)
def test_why_the_site_is_not_ready_is_said_to_networks_of_its_own(
    client, db, settings, address, is_told
):
    def said(**more):
        return client.get("/healthz/ready", REMOTE_ADDR=address, **more).content.decode()

    assert said().startswith("ready\nrecord: row ") if is_told else said() == "ready\n"
    assert said(headers={"x-forwarded-for": "9.9.9.9"}) == "ready\n"
    health._state.cache_clear()
    settings.PLANWATCH_MIN_FREE_DISK_MB = 10**12
    assert said().startswith("not ready: less than") if is_told else said() == "not ready\n"
