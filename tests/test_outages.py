"""When the database or the disk fails: readers read on where that is possible, writers are told to come back, and nothing
is half done."""

import contextlib
import datetime as dt
import errno
import shutil
import socket
import sqlite3
import subprocess

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client

from commitments.audit import recorder
from commitments.audit.hash_chain import verify_chain
from commitments.audit.integrity import differences
from commitments.models import Change, Review
from planwatch.db.errors import Outage, outage_of
from planwatch.models import IdempotentResponse
from tests.factories import make_commitment, make_source, review
from tests.test_api_writes import PASSWORD, Writer

REVIEW = {"reviewed_on": "2024-01-01", "note": "Looked; nothing new."}
ADDRESS = "commitments/US21-PRT-001/reviews/"


@pytest.fixture
def editor(shared_database):
    make_source("sheet")
    make_commitment("US21-PRT-001")
    writer = Writer("ed", "Editor")
    writer.client = Client(raise_request_exception=False)
    return writer


@pytest.fixture
def reader(editor):
    return Client(raise_request_exception=False)


@pytest.fixture
def no_database(tmp_path):
    """Download the database away, as the code meets it: no server at its port, no folder for its file."""

    def take():
        described = connections.settings["default"]
        connections.close_all()
        if connection.vendor == "sqlite":
            changed = {"NAME": str(tmp_path / "no" / "such" / "folder" / "site.sqlite3")}
        else:
            with socket.socket() as closed:
                closed.bind(("127.0.0.1", 0))
                changed = {"HOST": "127.0.0.1", "PORT": closed.getsockname()[1]}
        connections.settings["default"] = {**described, **changed}
        del connections["default"]

    kept = connections.settings["default"]
    yield take
    connections.settings["default"] = kept


@pytest.fixture
def read_only(editor):
    """Let the database refuse every write, as a standby, a read-only disk or a read-only file does."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("SET default_transaction_read_only = on")


@pytest.mark.parametrize("address", ["/", "/es/", "/commitments/", "/feeds/changes.atom", "/data/"])
def test_without_the_database_a_page_says_so_in_words(reader, no_database, address):
    no_database()
    answer = reader.get(address)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Cache-Control"] == "no-store"
    words = "no responde" if address.startswith("/es/") else "does not answer"
    assert words in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


@pytest.mark.parametrize("address", ["commitments/", "commitments/US21-PRT-001/", "changes/"])
def test_without_the_database_the_api_says_so_in_its_own_shape(editor, no_database, address):
    no_database()
    for client in (editor.get, lambda name: editor.client.get(f"/api/v1/{name}")):
        answer = client(address)
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert answer.json()["type"] == "server_error"
        (error,) = answer.json()["errors"]
        assert (error["code"], error["attr"]) == ("unavailable", None)
        assert "does not answer" in error["detail"]


def test_a_write_without_the_database_can_be_sent_again_later(editor, no_database):
    kept = connections.settings["default"]
    no_database()
    answer = editor.post(ADDRESS, REVIEW, if_match="*", idempotency_key="one")
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (503, True)
    connections.settings["default"] = kept
    del connections["default"]
    answer = editor.post(ADDRESS, REVIEW, if_match="*", idempotency_key="one")
    assert answer.status_code == 201
    assert Review.objects.count() == 1


def test_while_nothing_can_be_saved_readers_read_on(reader, read_only):
    for address in ("/", "/commitments/US21-PRT-001/", "/api/v1/commitments/", "/changes/"):
        assert reader.get(address).status_code == 200


def test_while_nothing_can_be_saved_a_write_is_refused_whole(editor, read_only):
    before = Change.objects.count()
    answer = editor.post(ADDRESS, REVIEW, if_match="*", idempotency_key="one")
    assert answer.status_code == 503, answer.content
    assert int(answer["Retry-After"]) > 0
    assert "reading goes on" in answer.json()["errors"][0]["detail"]
    assert (Change.objects.count(), IdempotentResponse.objects.count()) == (before, 0)


def test_while_nothing_can_be_saved_signing_in_says_so_on_a_page(reader, read_only):
    answer = reader.post("/accounts/login/", {"username": "ed", "password": PASSWORD})
    assert answer.status_code == 503
    assert "Nothing can be saved at the moment" in answer.content.decode()


@pytest.mark.sqlite_only
def test_on_a_full_disk_a_write_leaves_nothing_and_works_once_there_is_room(editor, reader):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    before, refused = Change.objects.count(), None
    for number in range(200):
        body = REVIEW | {"note": f"{number} " + "x" * 4000}
        refused = editor.post(ADDRESS, body, if_match="*", idempotency_key=f"{number}")
        if refused.status_code != 201:
            break
    assert refused.status_code == 503
    assert "The disk is full" in refused.json()["errors"][0]["detail"]
    assert Change.objects.count() == before + number == before + IdempotentResponse.objects.count()
    assert reader.get("/commitments/US21-PRT-001/").status_code == 200
    assert list(verify_chain()) == list(differences()) == []
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {pages + 1000}")
    again = editor.post(ADDRESS, body, if_match="*", idempotency_key=f"{number}")
    assert again.status_code == 201
    assert list(verify_chain()) == list(differences()) == []


@pytest.mark.postgresql_only
def test_where_postgresql_has_no_room_a_write_is_refused_whole(editor):
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER no_room BEFORE UPDATE ON commitments_commitment
            FOR EACH ROW EXECUTE FUNCTION no_room()"""
        )
    before = Change.objects.count()
    answer = editor.post(ADDRESS, REVIEW, if_match="*", idempotency_key="one")
    assert answer.status_code == 503, answer.content
    assert "The disk is full" in answer.json()["errors"][0]["detail"]
    assert (Change.objects.count(), Review.objects.count(), IdempotentResponse.objects.count()) == (
        before,
        0,
        0,
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION no_room CASCADE")
    again = editor.post(ADDRESS, REVIEW, if_match="*", idempotency_key="one")
    assert again.status_code == 201
    assert list(verify_chain()) == list(differences()) == []


@contextlib.contextmanager
def mounted(folder, *words):
    folder.mkdir()
    if subprocess.run(["mount", *words, folder]).returncode:
        pytest.skip("no disk can be mounted here: needs root")
    try:
        yield folder
    finally:
        connections.close_all()
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def database_at(path):
    """Let the SQLite file at that place be the database."""
    described = connections.settings["default"]
    connections["default"].close()
    connections.settings["default"] = {**described, "NAME": str(path)}
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = described
        del connections["default"]


@pytest.fixture
def small_disk(editor, tmp_path):
    """A real disk of six megabytes with the SQLite file, which another process holds open as the running site does."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=6m", "none") as disk:
        connections.close_all()
        shutil.copy(connections.settings["default"]["NAME"], disk / "site.sqlite3")
        with contextlib.closing(sqlite3.connect(disk / "site.sqlite3")) as held:
            held.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield disk


@pytest.mark.sqlite_only
def test_on_a_real_disk_that_fills_up_nothing_is_half_done(small_disk, editor, reader):
    with database_at(small_disk / "site.sqlite3"):
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            filler.write_bytes(b"x" * 6 * 1024**2)
        before, body = Change.objects.count(), REVIEW | {"note": "x" * 5000}
        refused = editor.post(ADDRESS, body, if_match="*", idempotency_key="one")
        assert refused.status_code == 503, refused.content
        assert Change.objects.count() == before
        assert reader.get("/commitments/US21-PRT-001/").status_code == 200
        filler.unlink()
        again = editor.post(ADDRESS, body, if_match="*", idempotency_key="one")
        assert again.status_code == 201
        assert list(verify_chain()) == list(differences()) == []


@pytest.mark.sqlite_only
def test_on_a_real_disk_that_became_read_only_readers_read_on(small_disk, editor, reader, tmp_path):
    with mounted(tmp_path / "seen", "--bind", small_disk) as seen:
        subprocess.run(["mount", "-o", "remount,bind,ro", seen], check=True)
        with database_at(seen / "site.sqlite3"):
            for address in ("/", "/commitments/US21-PRT-001/", "/api/v1/changes/"):
                assert reader.get(address).status_code == 200, address
            refused = editor.post(ADDRESS, REVIEW, if_match="*", idempotency_key="one")
            assert refused.status_code == 503, refused.content
            assert "Nothing can be saved at the moment" in refused.json()["errors"][0]["detail"]
    with database_at(small_disk / "site.sqlite3"):
        assert Review.objects.count() == 0
        again = editor.post(ADDRESS, REVIEW, if_match="*", idempotency_key="one")
        assert again.status_code == 201
        assert list(verify_chain()) == list(differences()) == []


def test_a_fault_of_the_code_is_no_outage(editor):
    with connection.cursor() as cursor:
        for statement in ("SELECT * FROM no_such_table", "SELEKT"):
            with pytest.raises(Exception) as raised:
                cursor.execute(statement)
            assert outage_of(raised.value) is None
    assert outage_of(OperationalError("of unknown kind")) is None
    assert outage_of(ValueError()) is None


def test_a_full_or_read_only_disk_is_one_outside_the_database_too():
    assert outage_of(OSError(errno.ENOSPC, "No space left on device")) is Outage.FULL
    assert outage_of(OSError(errno.EROFS, "Read-only file system")) is Outage.READ_ONLY
    assert outage_of(OSError(errno.ENOENT, "No such file")) is None


def test_when_the_clock_steps_back_the_record_does_not(editor, monkeypatch):
    real = recorder.timezone.now()
    item = make_commitment("US21-PRT-002")
    for hours in (1, -24 * 400, 2):
        monkeypatch.setattr(
            recorder.timezone, "now", lambda hours=hours: real + dt.timedelta(hours=hours)
        )
        review(item, dt.date(2022, 3, 1), note=f"At {hours} hours.")
    moments = list(Change.objects.order_by("seq").values_list("recorded_at", flat=True))
    assert moments == sorted(moments)
    assert moments[-1] == real + dt.timedelta(hours=2)
    assert list(verify_chain()) == list(differences()) == []
