"""Due dates of what a subscriber follows that have passed since it was last told."""

import datetime as dt
import logging

from django.http import QueryDict
from django.utils import timezone

from commitments.models import Commitment
from commitments.selection import select_commitments
from planwatch.web.query_params import InvalidQuery

logger = logging.getLogger(__name__)


def last_day_over(now: dt.datetime | None = None) -> dt.date:
    """Return the latest day (UTC) that is over."""
    return (now or timezone.now()).astimezone(dt.UTC).date() - dt.timedelta(days=1)


class PassedDueDates:
    """What fell due up to the day `until`. Each day and selection is asked for once, however many follow it."""

    def __init__(self, until: dt.date):
        self.until = until
        self._passed: dict[dt.date, dict[int, dt.date]] = {}
        self._held: dict[tuple[dt.date, str], set[int]] = {}

    def of(self, follower) -> list[int]:
        """Return the ids of the commitments that a follower follows and has not been told to be due, by due date."""
        since = follower.due_told
        if since not in self._passed:
            rows = Commitment.objects.published().filter(due_on__gt=since, due_on__lte=self.until)
            self._passed[since] = dict(rows.order_by().values_list("pk", "due_on"))
        passed, found = self._passed[since], set()
        for follow in follower.follows.all() if passed else ():
            held = self._within(since, follow.selection)
            held = {follow.commitment_id} if follow.commitment_id else held
            begun = follow.created_at.astimezone(dt.UTC).date()
            found |= {pk for pk in held & passed.keys() if passed[pk] >= begun}
        return sorted(found, key=lambda pk: (passed[pk], pk))

    def _within(self, since: dt.date, selection: str) -> set[int]:
        if (since, selection) not in self._held:
            within = Commitment.objects.filter(pk__in=self._passed[since])
            try:
                rows = select_commitments(QueryDict(selection), within=within, also=()).queryset
                held = set(rows.order_by().values_list("pk", flat=True))
            except InvalidQuery as error:
                logger.warning("A stored selection no longer reads: %s", error)
                held = set()
            self._held[since, selection] = held
        return self._held[since, selection]
