"""Panel data: every commitment at the end of every period, each day by the as-of rule of the lists."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from commitments.statuses import months_from

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
