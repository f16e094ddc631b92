"""Panel data: every commitment at the end of every period, each day by the as-of rule of the lists."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from commitments.choices import Status, Verification
from commitments.statuses import months_from
from planwatch.api.serializers import Serializer

# By name of a step, its months.
STEPS = {"month": 1, "quarter": 3, "year": 12}
# By key of a row, the column that it is read from; the date comes before them.
COLUMNS = {
    "commitment": "code",
    "plan": "plan__slug",
    "pillar": "pillar__slug",
    "status": "effective_status",
    "status_since": "effective_since",
    "verification": "effective_verification",
    **{
        name: name
        for name in ("is_open", "is_overdue", "is_stale", "is_aging", "done_when_announced")
    },
}


class PanelRowSerializer(Serializer):
    """One commitment on one day, by all that is known now, or was known at `known_at`."""

    date = serializers.DateField()
    commitment = serializers.SlugField()
    plan = serializers.SlugField()
    pillar = serializers.SlugField(allow_null=True)
    status = serializers.ChoiceField(Status.choices)
    status_since = serializers.DateField()
    verification = serializers.ChoiceField(Verification.choices)
    is_open = serializers.BooleanField()
    is_overdue = serializers.BooleanField()
    is_stale = serializers.BooleanField()
    is_aging = serializers.BooleanField()
    done_when_announced = serializers.BooleanField()


def period_ends(first: dt.date, last: dt.date, step: str) -> list[dt.date]:
    """Return the last day of each month, quarter or year from that of `first` on; for the one of `last`, `last`."""
    months, ends = STEPS[step], []
    begin = first.replace(month=first.month - (first.month - 1) % months, day=1)
    while begin <= last:
        begin = months_from(begin, months)
        ends.append(min(begin - dt.timedelta(days=1), last))
    return ends


def rows_on(day: dt.date, commitments: QuerySet) -> Iterator[dict[str, Any]]:
    """Yield a row of plain values for each of the commitments, which are shown as of `day`."""
    for values in commitments.values_list(*COLUMNS.values()).iterator():
        row = {"date": day.isoformat(), **dict(zip(COLUMNS, values, strict=True))}
        row["status_since"] = row["status_since"].isoformat()
        yield row
