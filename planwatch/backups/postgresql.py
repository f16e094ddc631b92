"""Backup and restoration by PostgreSQL's own dump."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from planwatch.backups.archive import BLANKED, Refused, contents_of, tables_left_out
from planwatch.db.dataset_version import snapshot

MEMBER = "database.pgdump"


def dump(folder: Path) -> dict:
    """Dump the database as it stands at one moment. Writers go on meanwhile. Raises Refused where pg_dump fails."""
    with snapshot(), connection.cursor() as cursor:
        # It waits for as long as the dump takes.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        (moment,) = cursor.fetchone()
        without = [f"--exclude-table-data={table}" for table in (*tables_left_out(), *BLANKED)]
        (_, *where), environment = DatabaseClient.settings_to_cmd_args_env(
            connection.settings_dict, []
        )
        words = ["pg_dump", *where, f"--snapshot={moment}", "--format=custom", "--no-owner"]
        words += ["--no-privileges", *without, f"--file={folder / MEMBER}"]
        with _started(words, environment, stderr=subprocess.PIPE, text=True) as dumping:
            _, said = dumping.communicate()
        if dumping.returncode:
            raise Refused(f"pg_dump failed: {said.strip()}")
        for table, blanked in BLANKED.items():
            _copy_out(cursor, table, blanked, folder / f"{table}.copy")
        return contents_of(cursor)


def _copy_out(cursor, table: str, blanked: tuple[str, ...], file: Path) -> None:
    """Write the rows of a table, some columns left empty, behind a line that names the columns."""
    names = [
        column.name for column in connection.introspection.get_table_description(cursor, table)
    ]
    said = ", ".join(f"'' AS \"{name}\"" if name in blanked else f'"{name}"' for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    with file.open("wb") as out:
        out.write(f'COPY public."{table}" ({columns}) FROM stdin;\n'.encode())
        cursor.copy_expert(f'COPY (SELECT {said} FROM "{table}" ORDER BY 1) TO STDOUT', out)
        out.write(b"\\.\n")


def restore(folder: Path, path: Path) -> None:
    """Bring a dump back in one transaction. Raises Refused where PostgreSQL refuses it; nothing is there then."""
    arguments, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    connection.close()
    arguments += ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]
    with (folder / "said").open("w+") as said:
        with _started(
            arguments, environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        ) as psql:
            is_whole = _feed(psql, folder, said)
        if psql.returncode or not is_whole:
            said.seek(0)
            raise Refused(f"{path} could not be restored: {said.read().strip()}")


def _feed(psql: subprocess.Popen, folder: Path, said) -> bool:
    """Give psql the whole dump. Without the COMMIT at the end all is undone, whatever ends the script before."""

    def section(name: str) -> None:
        psql.stdin.flush()
        words = ["pg_restore", f"--section={name}", "--file=-", str(folder / MEMBER)]
        with _started(words, None, stdout=psql.stdin, stderr=said) as restoring:
            pass
        if restoring.returncode:
            raise BrokenPipeError

    try:
        psql.stdin.write(b"BEGIN;\n")
        section("pre-data")
        section("data")
        for table in BLANKED:
            with (folder / f"{table}.copy").open("rb") as rows:
                shutil.copyfileobj(rows, psql.stdin)
        section("post-data")
        psql.stdin.write(b"COMMIT;\n")
        psql.stdin.close()
    except BrokenPipeError:
        return False
    return True


def _started(words: list[str], environment: dict | None, **streams) -> subprocess.Popen:
    """Start a program of PostgreSQL; the password goes by its environment. Raises Refused where it is missing."""
    try:
        return subprocess.Popen(words, env={**os.environ, **(environment or {})}, **streams)
    except FileNotFoundError as error:
        raise Refused(
            f"The program {words[0]} is missing: install PostgreSQL's client (postgresql-client)."
        ) from error
