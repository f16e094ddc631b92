"""SQLite knows how its indexes part the rows: without, it chooses among them as if all were alike."""

import pytest
from django.core.management import call_command
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL does so by itself"),
]


def known():
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'commitments_commitment'")
        return cursor.fetchone()[0]


def test_an_import_lets_sqlite_gather_what_it_plans_by():
    call_command("import_plan", "fixtures", verbosity=0)
    assert known()
