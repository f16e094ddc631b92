"""Databases with so many commitments, made the first time."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

from benchmarks.servers import ROOT

FOLDER = ROOT / "var" / "bench"
NUMBER, FEW, MANY = 10_000, 100, 200_000


def database_of(number: int) -> str:
    """Return the address of the SQLite file with so many commitments, made the first time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{number}.sqlite3"
    if not path.exists():
        making = path.with_suffix(".making")
        making.unlink(missing_ok=True)
        _fill(f"sqlite:///{making}", number)
        with sqlite3.connect(making) as done:
            done.execute("PRAGMA journal_mode=DELETE")
        making.rename(path)
    manage("migrate", f"sqlite:///{path}")
    return f"sqlite:///{path}"


def _fill(database: str, number: int) -> None:
    manage("migrate", database)
    subprocess.run(
        [sys.executable, "-m", "benchmarks", "generate", str(number)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database, "DEBUG": "1"},
        check=True,
    )


def manage(command: str, database: str, *words: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", command, *(words or ["--no-input"]), "-v0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database, "DEBUG": "1"} | environment,
        check=True,
    )


def postgresql_of(server: str, number: int) -> str:
    """Return the address of a database with so many commitments on a PostgreSQL server, made the first time."""
    import psycopg2

    name = f"planwatch_bench_{number}"
    base = server.rpartition("/")[0]
    admin = psycopg2.connect(f"{base}/postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}_making"')
            cursor.execute(f'CREATE DATABASE "{name}_making"')
            _fill(f"{base}/{name}_making", number)
            cursor.execute(f'ALTER DATABASE "{name}_making" RENAME TO "{name}"')
    admin.close()
    manage("migrate", f"{base}/{name}")
    return f"{base}/{name}"
