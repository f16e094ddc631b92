"""An installation of the last release upgrades by `migrate`: its data, its record and its addresses stay whole.

`tests/data/` holds a database of that release for each of SQLite and PostgreSQL: the data set, and beside it a due year
stored by its first day, a correction, a proposal that waits, one that was approved, and a commitment taken down.
"""

import json
import lzma
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.schema_shape import shape_of

DATA = Path(__file__).parent / "data"
ROWS = 859
# A former release could write both the words of a commitment and the index over them wrongly.
SPOILED = "UPDATE commitments_searchdocument SET text = 'wrong' WHERE commitment_id % 2 = 0"
SPOILED_INDEX = "INSERT INTO commitments_search(commitments_search) VALUES ('delete-all')"
# Said by the upgraded site itself, in a process of its own.
QUESTIONS = """
import io, json, sys
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from commitments import services
from commitments.models import Change, Commitment, Proposal, StatusChange
from django.db import connection
from tests.schema_shape import shape_of

def of(address):
    return Client(SERVER_NAME="127.0.0.1").get(address)

def differences():
    found = io.StringIO()
    try:
        call_command("check_integrity", stdout=found)
    except CommandError:
        return [line.partition(":")[0] for line in found.getvalue().splitlines()]
    return []

call_command("verify_record", stdout=sys.stderr)
told = {
    "differences": differences(),
    "hashes": list(Change.objects.order_by("seq").values_list("hash", flat=True)[:859]),
    "codes": Commitment.objects.count(),
    "pages": sorted({of(item.get_absolute_url()).status_code for item in Commitment.objects.published()[:20]}),
    "due_on": of("/api/v1/commitments/US21-PRT-901/").json()["due_on"],
    "taken_down": [of("/commitments/US21-PRT-902/").status_code, of("/api/v1/commitments/US21-PRT-902/").status_code],
    "jurisdictions": [row["code"] for row in of("/api/v1/jurisdictions/").json()["results"]],
    "of_us": of("/api/v1/commitments/?jurisdiction=US&page_size=1").json()["count"],
    "found": of("/api/v1/commitments/?q=labour&page_size=1").json()["count"],
    "misread": of("/api/v1/commitments/?q=wrong&page_size=1").json()["count"],
    "shape": shape_of(connection),
    "before": Change.objects.order_by("seq").first().recorded_at.isoformat(),
}
[waiting] = Proposal.objects.filter(state="waiting")
try:
    services.approve_proposal(proposal=waiting.pk, actor="editor-09")
except ValidationError as error:
    told["refused"] = str(error)
services.decline_proposal(proposal=waiting.pk, reason="It needs a newer source.", actor="editor-09")
call_command("verify_record", stdout=sys.stderr)
print(json.dumps(told))
"""


@pytest.fixture
def old_database(db, tmp_path):
    """Give the address of a database as the last release left it, for the database of these tests."""
    if connection.vendor == "sqlite":
        path = tmp_path / "old.sqlite3"
        path.write_bytes(lzma.decompress((DATA / "last-release.sqlite3.xz").read_bytes()))
        with closing(sqlite3.connect(path)) as old, old:
            old.execute(SPOILED)
            old.execute(SPOILED_INDEX)
        yield f"sqlite:///{path}"
        return
    given = connection.settings_dict
    name = f"{given['NAME']}_upgrade"
    dump = lzma.decompress((DATA / "last-release.sql.xz").read_bytes()).decode()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    address = f"{given['HOST']}:{given['PORT'] or 5432}/{name}"
    user = f"{given['USER']}:{given['PASSWORD']}" if given["PASSWORD"] else given["USER"]
    connection_to = connection.Database.connect(
        host=given["HOST"],
        port=given["PORT"] or 5432,
        dbname=name,
        user=given["USER"],
        password=given["PASSWORD"],
    )
    try:
        with connection_to, connection_to.cursor() as cursor:
            cursor.execute("\n".join(line for line in dump.splitlines() if line[:1] != "\\"))
            cursor.execute("SET search_path = public")
            cursor.execute(SPOILED)
        connection_to.close()
        yield f"postgres://{user}@{address}"
    finally:
        connection_to.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def manage(address, *words, **options):
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DEBUG": "1", "DATABASE_URL": address},
        capture_output=True,
        text=True,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_database_of_the_last_release_upgrades_with_its_data_and_its_record_whole(old_database):
    manage(old_database, "migrate", "--verbosity", "0")
    told = json.loads(
        manage(old_database, "shell", "--no-imports", input=QUESTIONS).splitlines()[-1]
    )
    hashes = json.loads((DATA / "last-release-hashes.json").read_text())[connection.vendor]
    assert len(hashes) == ROWS
    assert told["hashes"] == hashes
    assert (told["codes"], told["pages"]) == (135, [200])
    assert told["due_on"] == "2025-12-31"
    assert told["taken_down"] == [410, 410]
    assert (told["jurisdictions"], told["of_us"]) == (["US"], 134)
    assert (told["found"], told["misread"]) == (35, 0)
    # What was recorded under the rules of its time stays, and is named until somebody adds a source that can show it.
    assert told["differences"] == ["US21-PRT-901, step 1", "US21-PRT-902, step 2"]
    assert "needs a source published on 2023-02-01 or later" in told["refused"]
    assert told["shape"] == shape_of(connection)
    manage(old_database, "migrate", "--check")
