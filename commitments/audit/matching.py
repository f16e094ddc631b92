"""Match rows of the public record with stored selections."""

from collections.abc import Collection, Iterable
from functools import cached_property

from django.http import QueryDict

from commitments.audit.events import ChangeEvent, describe_events
from commitments.filters import CommitmentFilterSet
from commitments.known_at import known_at
from commitments.models import Change, Commitment
from commitments.selection import select_commitments
from planwatch.middleware.tracking_params import is_blank
from planwatch.web.query_params import InvalidQuery


def stored(params: QueryDict) -> str:
    """Return the filters of an address as a selection is stored: sorted, without clocks, order and position.

    Two addresses that ask for the same commitments in other words mostly become one.
    """
    kept = sorted(
        (name, value)
        for name in CommitmentFilterSet.base_filters
        for value in set(params.getlist(name))
        if not is_blank(value)
    )
    query = QueryDict(mutable=True)
    for name, value in kept:
        query.appendlist(name, value)
    return query.urlencode()


class ChangeMatcher:
    """What the public record says after the row `after`, up to the row `upto`, and whom it concerns.

    Each distinct selection is held against it once, however many ask: for a batch of readers make one and ask it.
    """

    def __init__(self, after: int, upto: int):
        self.after, self.upto = after, upto
        self._found: dict[str, frozenset[int]] = {}
        self._rows: dict[str, frozenset[int]] = {}

    @cached_property
    def about(self) -> dict[int, frozenset[int]]:
        """The published commitments (their ids) of each row, by the numbers of the rows, ascending."""
        rows = Change.objects.filter(seq__gt=self.after, seq__lte=self.upto)
        pairs = (
            rows.telling_of(Commitment.objects.published())
            .order_by("seq")
            .values_list("seq", "commitments")
        )
        found: dict[int, set[int]] = {}
        for seq, commitment in pairs:
            found.setdefault(seq, set()).add(commitment)
        return {seq: frozenset(ids) for seq, ids in found.items()}

    def within(self, selection: str) -> frozenset[int]:
        """Return which of the commitments that changed a stored selection holds, or held before: leaving it is news too.

        Raises InvalidQuery for a selection that no longer reads, such as one by a document that is gone.
        """
        if selection not in self._found:
            self._found[selection] = self._held(selection)
        return self._found[selection]

    def _held(self, selection: str) -> frozenset[int]:
        if not self.about:
            return frozenset()
        if not selection:
            return frozenset().union(*self.about.values())
        touched = Change.commitments.through.objects.filter(
            change__gt=self.after, change__lte=self.upto
        )
        within = Commitment.objects.filter(pk__in=touched.values("commitment"))
        moments = [None]
        if self._moment_before is not None:
            moments.append(self._moment_before)
        found: set[int] = set()
        for moment in moments:
            params = QueryDict(selection, mutable=True)
            if moment:
                params["known_at"] = moment.isoformat()
            try:
                with known_at(moment):
                    rows = select_commitments(params, within=within, also=()).queryset
                    found.update(rows.order_by().values_list("pk", flat=True))
            except InvalidQuery:
                # What it names may be newer than that moment: it held nothing then.
                if moment is None:
                    raise
        return frozenset(found)

    @cached_property
    def _moment_before(self):
        return Change.objects.filter(seq=self.after).values_list("recorded_at", flat=True).first()

    def concerning(
        self, selections: Iterable[str] = (), commitments: Iterable[int] = ()
    ) -> list[int]:
        """Return the numbers of the rows about any of these commitments (ids) or any that these selections hold.

        Raises InvalidQuery like `within`.
        """
        found: set[int] = set()
        for selection in selections:
            found.update(self._rows_within(selection))
        for commitment in commitments:
            found.update(self._rows_about.get(commitment, ()))
        return sorted(found)

    def _rows_within(self, selection: str) -> frozenset[int]:
        if selection not in self._rows:
            held = self.within(selection)
            self._rows[selection] = frozenset(
                seq for commitment in held for seq in self._rows_about.get(commitment, ())
            )
        return self._rows[selection]

    @cached_property
    def _rows_about(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for seq, ids in self.about.items():
            for commitment in ids:
                found.setdefault(commitment, []).append(seq)
        return found


def load_events(seqs: Collection[int]) -> list[ChangeEvent]:
    """Say what these rows changed, from what to what and on what evidence, in their order.

    What is not for the public any more is left out. The queries do not depend on the number of rows.
    """
    rows = Change.objects.filter(seq__in=seqs).telling_of(Commitment.objects.published())
    return describe_events(list(rows.order_by("seq").with_subjects("pillar", "plan")))
