"""Planner statistics of SQLite (ANALYZE). PostgreSQL gathers its own."""

from django.db import connections

# So many rows of each index are looked at: enough to tell a status from a code, in milliseconds.
ROWS = 1000


def gather(using: str = "default") -> None:
    """Gather it anew; on PostgreSQL do nothing."""
    if connections[using].vendor != "sqlite":
        return
    with connections[using].cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {ROWS}")
        cursor.execute("ANALYZE")
