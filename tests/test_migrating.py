"""Two processes that migrate at once."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.factories import make_commitment
from tests.test_backup import empty_database


@pytest.mark.sqlite_only
def test_after_a_migration_sqlite_knows_every_index(db):
    make_commitment()
    make_commitment(is_published=False)
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx FROM sqlite_stat1 WHERE tbl = 'commitments_commitment'")
        known = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'commitments_commitment'"
        )
        assert {name for (name,) in cursor.fetchall()} == known


def test_of_two_processes_that_migrate_at_once_one_waits_and_both_end_well(db, tmp_path):
    with empty_database(tmp_path):
        name = connection.settings_dict["NAME"]
        connection.close()
        url = (
            f"sqlite:///{name}"
            if connection.vendor == "sqlite"
            else f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
        )
        processes = [
            subprocess.Popen(
                [sys.executable, "manage.py", "migrate", "--no-color"],
                cwd=settings.BASE_DIR,
                env=os.environ | {"DATABASE_URL": url},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(2)
        ]
        said = sorted((process.communicate(timeout=120)[0] for process in processes), key=len)
        assert [process.returncode for process in processes] == [0, 0], said
        assert "No migrations to apply." in said[0]
        assert "Applying commitments.0001_squashed" in said[1]
        assert "commitments_change" in connection.introspection.table_names()
