"""Checks before a migration: rows that a new constraint would refuse, with SQL that mends them."""

from collections.abc import Iterable

from django.core.management.base import CommandError


def require_mended(rows: Iterable[tuple[str, str, int, object, str]]) -> None:
    """Raise CommandError, with the SQL that mends each, if there are rows that no longer fit.

    A row is (table, column, id, value as stored, value that would do or "").
    """
    lines = [
        f"  UPDATE {table} SET {column} = '{better or '...'}' WHERE id = {number};  -- now {stored!r}"
        for table, column, number, stored, better in rows
    ]
    if lines:
        raise CommandError(
            "This version does not allow some values that this database holds. Nothing was changed. Change them in "
            "the database, to these or to other values, and migrate again:\n" + "\n".join(lines)
        )
