"""Writes of revisions: each write ends the former revision of a row and begins the next."""

import datetime as dt
from collections.abc import Sequence
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections, models

from commitments.models import (
    FOREVER,
    REVISIONS,
    CommitmentAgency,
    CommitmentTheme,
    DevelopmentCommitment,
    SectionPillar,
)

# What is written as a whole for the row that it belongs to, by the column that names that row.
BELONGING = {
    CommitmentAgency: "commitment_id",
    CommitmentTheme: "commitment_id",
    DevelopmentCommitment: "development_id",
    SectionPillar: "section_id",
}
_AT_ONCE = 500


def write_revisions(model: type[models.Model], keys: Sequence[int], now: dt.datetime) -> None:
    """Leave revisions of the rows with these keys, which stand so from `now` on; of a row that is gone the last one ends.

    `keys` are primary keys; of BELONGING those of the rows that they belong to. What two writes of one moment say is said by
    the second alone.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    moment, forever = map(connection.ops.adapt_datetimefield_value, (now, FOREVER))
    forget, end, begin = _statements(model)
    with connection.cursor() as cursor:
        for place in range(0, len(keys), _AT_ONCE):
            some = keys[place : place + _AT_ONCE]
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(f"{forget} IN ({marks})", [forever, moment, *some])
            cursor.execute(f"{end} IN ({marks})", [moment, forever, *some])
            cursor.execute(f"{begin} IN ({marks})", [moment, forever, *some])


@cache
def _statements(model: type[models.Model]) -> tuple[str, str, str]:
    """Return what forgets a revision that began at this moment, ends another, and begins the next; keys follow."""
    past = f'"{REVISIONS[model]._meta.db_table}"'
    key = BELONGING.get(model, model._meta.pk.column)
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    return (
        f'DELETE FROM {past} WHERE recorded_until = %s AND recorded_from = %s AND "{key}"',
        f'UPDATE {past} SET recorded_until = %s WHERE recorded_until = %s AND "{key}"',
        f"INSERT INTO {past} ({columns}, recorded_from, recorded_until)"
        f' SELECT {columns}, %s, %s FROM "{model._meta.db_table}" WHERE "{key}"',
    )
