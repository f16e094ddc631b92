"""On SQLite writers stand in line: who has just written goes to its end, and nobody holds it up for ever."""

import contextlib
import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections, transaction

from commitments.models import DatasetVersion
from planwatch.outages import Outage, outage_of

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]


@pytest.fixture
def line(shared_database):
    connection.ensure_connection()
    return Path(f"{connection.settings_dict['NAME']}-line")


@contextlib.contextmanager
def another_writer():
    """Hold the lock of the database as a program does that knows nothing of the line."""
    with contextlib.closing(
        sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def is_taken(line):
    """Return whether somebody is first in line."""
    with open(line, "a") as looking:
        try:
            fcntl.flock(looking, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def wait_until(true):
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.005)


def test_who_waits_writes_before_who_has_just_written(line):
    wrote = []

    def write(name):
        with transaction.atomic():
            wrote.append(name)

    def wait_and_write():
        write("waited")
        connections.close_all()

    with transaction.atomic():
        wrote.append("first")
        waiting = threading.Thread(target=wait_and_write, daemon=True)
        waiting.start()
        wait_until(lambda: is_taken(line))
    write("again")
    waiting.join(timeout=20)
    assert wrote == ["first", "waited", "again"]


def test_nobody_is_in_line_while_somebody_writes_alone(line):
    with transaction.atomic():
        assert not is_taken(line)
    assert not is_taken(line)


def test_who_waits_for_too_long_is_told_and_leaves_the_line(line):
    connection.settings_dict["OPTIONS"] = connection.settings_dict["OPTIONS"] | {"timeout": 0.1}
    with another_writer() as other:
        with pytest.raises(OperationalError) as refused, transaction.atomic():
            pass
        assert outage_of(refused.value) == Outage.BUSY
        assert not is_taken(line)
        other.execute("ROLLBACK")
    with transaction.atomic():
        DatasetVersion.objects.update(seq=1)


def test_who_waits_in_line_is_let_in_by_a_program_that_knows_no_line(line):
    with another_writer() as other:
        done = threading.Event()

        def write():
            with transaction.atomic():
                done.set()
            connections.close_all()

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        wait_until(lambda: is_taken(line))
        assert not done.is_set()
        other.execute("ROLLBACK")
        assert done.wait(20)
        writer.join(20)


def test_a_killed_writer_leaves_the_line(line):
    line.touch()
    holds = (
        "import fcntl, sys, time; line = open(sys.argv[1]); fcntl.flock(line, fcntl.LOCK_EX); "
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", holds, line], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert is_taken(line)
        holder.kill()
    with transaction.atomic():
        DatasetVersion.objects.update(seq=1)


def test_where_no_line_can_be_made_writers_wait_as_sqlite_does(line):
    line.unlink(missing_ok=True)
    os.mkdir(line)
    with transaction.atomic():
        DatasetVersion.objects.update(seq=1)
    assert DatasetVersion.objects.get().seq == 1


def test_what_is_written_without_a_transaction_waits_as_sqlite_does(line):
    with transaction.atomic():
        pass
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (connection.settings_dict["OPTIONS"]["timeout"] * 1000,)
