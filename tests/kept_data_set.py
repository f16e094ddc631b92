"""The data set of `fixtures/` in a SQLite database that is made once, until the data, the code or the day change."""

import datetime as dt
import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
FOLDER = ROOT / ".pytest_cache" / "data-set"


@contextmanager
def data_set(django_db_blocker):
    """Let the database of the tests hold the data set, for the tests of a module."""
    with django_db_blocker.unblock():
        if connection.vendor != "sqlite":
            with transaction.atomic():
                call_command("import_plan", FIXTURES, if_empty=True, verbosity=0)
                yield
                transaction.set_rollback(True)
            return
        connection.ensure_connection()
        with closing(sqlite3.connect(":memory:")) as before:
            connection.connection.backup(before)
            _fill_from(kept_database())
            yield
            before.backup(connection.connection)


def _fill_from(path: Path) -> None:
    with closing(sqlite3.connect(path)) as kept:
        kept.backup(connection.connection)


def kept_database() -> Path:
    """Return the file of the database. The first process makes it, others wait for it."""
    path = FOLDER / f"{_digest()}.sqlite3"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            for other in FOLDER.glob("*.sqlite3*"):
                other.unlink()
            making = FOLDER / "making.sqlite3"
            for words in (["migrate"], ["import_plan", str(FIXTURES)]):
                _manage(words, making)
            with closing(sqlite3.connect(making)) as made:
                made.execute("PRAGMA journal_mode = DELETE")
            making.rename(path)
    return path


def _manage(words: list[str], database: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *words, "--verbosity=0"],
        cwd=ROOT,
        env=os.environ | {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")


def _digest() -> str:
    digest = hashlib.sha256(dt.datetime.now(dt.UTC).date().isoformat().encode())
    for folder in ("agencies", "commitments", "fixtures", "planwatch"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".yaml"):
                digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()[:16]
