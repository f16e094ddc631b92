"""Panel data: every commitment at the end of every period, each day by the as-of rule of the lists.

`CommitmentQuerySet.as_of` and `with_timeliness` are that rule for one day, as a query. Here histories are read once, whole,
and each day is looked up in them.
"""

import datetime as dt
import operator
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework import serializers

from commitments.choices import Status, Verification
from commitments.models import Commitment, StatusChange
from commitments.selection import CommitmentSelection
from commitments.status_rules import history_as_known
from commitments.statuses import (
    AGING_MONTHS,
    OPEN,
    START,
    done_when_announced,
    months_from,
    verification_of,
)
from planwatch.api.serializers import Serializer

# By name of a step, its months.
STEPS = {"month": 1, "quarter": 3, "year": 12}


# By key of a row, what differs from day to day: columns as `as_of` and `with_timeliness` name them.
COLUMNS = {
    "status": "effective_status",
    "status_since": "effective_since",
    "verification": "effective_verification",
    **{name: name for name in ("is_open", "is_overdue", "is_stale", "is_aging")},
    "done_when_announced": "done_when_announced",
}
DATED = {*COLUMNS.values(), "effective_reviewed_on"}
# What a filter may ask of them.
COMPARISONS = {
    "exact": operator.eq,
    "in": lambda found, asked: found in asked,
    "lt": operator.lt,
    "lte": operator.le,
    "gte": operator.ge,
}


class PanelRowSerializer(Serializer):
    """One commitment on one day, based on what is known now, or was known at `known_at`."""

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


def read(commitments: QuerySet) -> list[Commitment]:
    """Read commitments with their histories: of each step who confirms it, and the days of its documents."""
    found = list(commitments.select_related("plan", "pillar").with_history().with_checks())
    for item in found:
        # What was recorded with the commitment itself, as by an import, is no review.
        recorded = (step.recorded_at for step in item.steps)
        item.looks = [moment.date() for moment in recorded if moment > item.created_at]
        for step in item.steps:
            evidence = step.evidence.all()
            step.verification = verification_of(shown.origin for shown in evidence).value
            step.documents = [*filter(None, (shown.source.published_on for shown in evidence))]
    return found


def state_on(day: dt.date, item: Commitment) -> dict[str, Any]:
    """Return what the columns DATED hold of a commitment on a day."""
    seen = history_as_known(item.steps, item.checks, day)
    last = seen.path[-1] if seen.path else _START
    since, is_open = max(last.effective_on, item.announced_on), last.status in OPEN
    checks = [check.reviewed_on for check in seen.reviews if check.pk not in seen.retracted]
    reviewed_on = max([since, *checks, *(look for look in item.looks if look <= day)])
    documents = [shown for step in seen.path for shown in step.documents if shown <= day]
    stale = day - dt.timedelta(days=settings.PLANWATCH_STALE_AFTER_DAYS)
    aging = months_from(day, -AGING_MONTHS)
    return {
        "effective_status": last.status,
        "effective_since": since,
        "effective_verification": last.verification,
        "effective_reviewed_on": reviewed_on,
        "is_open": is_open,
        "is_overdue": is_open and item.due_on is not None and item.due_on < day,
        "is_stale": is_open and reviewed_on < stale,
        "is_aging": is_open and max(documents, default=day) < aging,
        "done_when_announced": done_when_announced(
            last.status, since, last.precision, item.announced_on
        ),
    }


_START = StatusChange(status=START.value, effective_on=dt.date.min)
_START.verification = Verification.UNVERIFIED.value


class Panel:
    """Commitments over time, in their order; `asked` are (column, comparison, value), which hold on each day by itself."""

    def __init__(self, commitments: QuerySet, asked: Sequence[tuple] = ()):
        self.commitments, self.asked = read(commitments), asked

    def count(self, days: Iterable[dt.date]) -> int:
        return sum(1 for day in days for _ in self._on(day))

    def rows(self, days: Iterable[dt.date]) -> Iterator[dict[str, Any]]:
        """Yield a row of plain values for each of the commitments on each day."""
        for day in days:
            for item, state in self._on(day):
                row = {"date": day.isoformat(), "commitment": item.code, "plan": item.plan.slug}
                row["pillar"] = item.pillar and item.pillar.slug
                row |= {key: state[column] for key, column in COLUMNS.items()}
                yield row | {"status_since": row["status_since"].isoformat()}

    def _on(self, day: dt.date) -> Iterator[tuple]:
        for item in self.commitments:
            if item.announced_on <= day:
                state = state_on(day, item)
                if all(holds(state[column], value) for column, holds, value in self.asked):
                    yield item, state


def panel_of(selection: CommitmentSelection) -> Panel:
    """Return the panel of what an address asks for: what its filters ask of the columns DATED holds on each day by itself."""
    filterset = copy(selection.filterset)
    filterset.queryset = Commitment.objects.published()
    filters, values = filterset.filters, filterset.form.cleaned_data
    dated = [name for name in filterset.conditions if filters[name].field_name in DATED]
    asked = [
        (filters[name].field_name, COMPARISONS[filters[name].comparison], values[name])
        for name in dated
    ]
    return Panel(filterset.filtered(without=dated).order_by("code"), asked)
