"""Statuses: what each means, which moves are allowed, what evidence each needs; `status_rules` applies the rules.

Pure data and pure functions; the one place where these rules live. The method page and `/api/v1/statuses/` publish
this module's data. The rules follow the practice of audit offices (a status rests on a document, never on an opinion)
and of the Open Government Partnership (withdrawn and superseded are not failures to start).
"""

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from commitments.choices import Origin, Precision, Status, Verification

EVIDENCE_MONTHS = 24
# After so many months without a newer document what is said of an open commitment is marked as aging.
AGING_MONTHS = 24


START = Status.NO_EVIDENCE


OPEN = frozenset(
    {Status.NO_EVIDENCE, Status.NOT_STARTED, Status.IN_PROGRESS, Status.IN_PLACE, Status.STALLED}
)


CLOSED = frozenset(Status) - OPEN


@dataclass(frozen=True)
class Rule:
    """What a status means, what evidence an editor must attach, and what other vocabularies call it."""

    meaning: str
    evidence: str
    explanation_needed: bool
    gao: str
    ogp: str
    promise_trackers: str


RULES: dict[Status, Rule] = {
    Status.COMPLETED: Rule(
        gettext_lazy("Everything promised was delivered."),
        gettext_lazy("One official source, or two independent sources from different publishers."),
        False,
        "Closed – Implemented",
        "Complete",
        "Kept",
    ),
    Status.PARTLY_MET: Rule(
        gettext_lazy("The period ended with only part of it delivered."),
        gettext_lazy(
            "One source and an explanation, and only after the due date or the end of the plan's period."
        ),
        True,
        "Closed – Not Implemented, or Open – Partially Addressed",
        "Substantial or Limited, at the end of the period",
        "Partly kept",
    ),
    Status.IN_PLACE: Rule(
        gettext_lazy("A continuing duty that is being met."),
        format_lazy(
            gettext_lazy(
                "One source dated within {months} months of the day the status took effect."
            ),
            months=EVIDENCE_MONTHS,
        ),
        False,
        "Closed – Implemented",
        "Substantial or Complete",
        "Kept, continuing",
    ),
    Status.IN_PROGRESS: Rule(
        gettext_lazy("Documented action is under way."),
        gettext_lazy("One source."),
        False,
        "Open – Partially Addressed",
        "Limited or Substantial",
        "In the works",
    ),
    Status.NOT_STARTED: Rule(
        gettext_lazy("A source shows that work has not begun."),
        gettext_lazy("One dated source."),
        False,
        "Open",
        "Not started",
        "Not yet rated",
    ),
    Status.STALLED: Rule(
        gettext_lazy("A source shows that work is blocked, paused or has lapsed."),
        gettext_lazy("One dated source."),
        False,
        "Open",
        "Limited",
        "Stalled",
    ),
    Status.NOT_MET: Rule(
        gettext_lazy("The due date or the plan's period passed without delivery."),
        gettext_lazy(
            "One source and an explanation, and only after the due date or the end of the plan's period."
        ),
        True,
        "Closed – Not Implemented",
        "Not started or Limited, at the end of the period",
        "Not kept",
    ),
    Status.WITHDRAWN: Rule(
        gettext_lazy("Officially dropped, or its program ended."),
        gettext_lazy("One official or independent source that documents it."),
        False,
        "Closed – Not Implemented",
        "Withdrawn",
        "Not kept",
    ),
    Status.SUPERSEDED: Rule(
        gettext_lazy("Replaced by another commitment."),
        gettext_lazy("A link to the commitment that replaces it."),
        False,
        "Closed – No Longer Valid",
        "Withdrawn, carried into a later commitment",
        "Replaced",
    ),
    Status.NO_EVIDENCE: Rule(
        gettext_lazy("Nothing found yet. Every commitment starts here."),
        gettext_lazy("None."),
        False,
        "Open",
        "No evidence of completion",
        "Not yet rated",
    ),
}


# What the evidence of every status but START and SUPERSEDED must show beside its own rule.
EVIDENCE_RULES = (
    gettext_lazy(
        "At least one source must be published on or after the day, month or year in which the status took effect. A "
        "source without a date counts if a note says what is known about its date."
    ),
    gettext_lazy(
        "Documents at the same address count as one. Two independent sources are two documents from different "
        "publishers."
    ),
)


# Only once the due date or the plan's period has passed.
AFTER_DEADLINE = frozenset({Status.PARTLY_MET, Status.NOT_MET})


_END = frozenset({Status.WITHDRAWN, Status.SUPERSEDED}) | AFTER_DEADLINE


_REOPEN = frozenset({Status.NOT_STARTED, Status.IN_PROGRESS, Status.IN_PLACE, Status.STALLED})


MOVES: dict[Status, frozenset[Status]] = {
    Status.NO_EVIDENCE: _REOPEN | {Status.COMPLETED} | _END,
    Status.NOT_STARTED: frozenset({Status.IN_PROGRESS, Status.COMPLETED}) | _END,
    Status.IN_PROGRESS: frozenset(
        {Status.NOT_STARTED, Status.STALLED, Status.IN_PLACE, Status.COMPLETED}
    )
    | _END,
    Status.IN_PLACE: frozenset({Status.IN_PROGRESS, Status.STALLED, Status.COMPLETED}) | _END,
    Status.STALLED: frozenset({Status.IN_PROGRESS, Status.IN_PLACE, Status.COMPLETED}) | _END,
    # Leaving a closed status is reopening: it needs an explanation and a second editor.
    **dict.fromkeys(CLOSED, _REOPEN),
}


def is_open(status: str) -> bool:
    """Return whether the status leaves the commitment open."""
    return status in OPEN


def label(status: str) -> str:
    """Return the reader's word for a status code, in the reader's language. Raises ValueError for an unknown code."""
    return str(Status(status).label)


def order_of(step) -> tuple[dt.date, int]:
    """Return the sort key of a history: when it became true, then the order of recording."""
    return (step.effective_on, step.seq)


def first_day(day: dt.date, precision: str) -> dt.date:
    """Return the first day of the month or year in which `day` falls, or `day` itself."""
    if precision == Precision.YEAR:
        return day.replace(month=1, day=1)
    if precision == Precision.MONTH:
        return day.replace(day=1)
    return day


def last_day(day: dt.date, precision: str) -> dt.date:
    """Return the last day of the month or year in which `day` falls, or `day` itself: what is due then is due by it."""
    if precision == Precision.YEAR:
        return day.replace(month=12, day=31)
    if precision == Precision.MONTH:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def may_move(before: str, after: str, *, correction: bool = False) -> bool:
    """Return whether `after` may follow `before`. A correction may also restate what stood before it."""
    return after in MOVES[Status(before)] or (correction and before == after)


def is_reopening(before: str, after: str) -> bool:
    """Return whether the move leaves a closed status."""
    return before in CLOSED and after in OPEN


def needs_second_editor(before: str, after: str, *, correction: bool = False) -> bool:
    """Return whether closing, reopening or correcting makes this a step for two people."""
    return correction or after in CLOSED or before in CLOSED


def origin_seen_from(plan: str, origin: str, jurisdiction: str) -> str:
    """Return who speaks, seen from a plan of the jurisdiction `plan`: an official source of another one is independent.

    `origin` is seen from the source's own side; `jurisdiction` is its publisher's, empty where that is the plan's own or
    not known. In queries `querysets.sql.seen_origin` is the same rule.
    """
    is_foreign = jurisdiction not in ("", plan)
    return Origin.INDEPENDENT.value if is_foreign and origin == Origin.OFFICIAL else origin


def verification_of(origins: Iterable[str]) -> Verification:
    """Return who confirms a status, from the origins of the sources attached to it, seen from its plan."""
    origins = set(origins)
    if Origin.INDEPENDENT in origins:
        return Verification.INDEPENDENT
    if Origin.OFFICIAL in origins:
        return Verification.AGENCY
    return Verification.UNVERIFIED


def days_late(status: str, since: dt.date, due_on: dt.date | None) -> int | None:
    """Return how many days after its due date a commitment was completed; None unless it was completed late."""
    if status != Status.COMPLETED or due_on is None or since <= due_on:
        return None
    return (since - due_on).days


def done_when_announced(status: str, since: dt.date, precision: str, announced_on: dt.date) -> bool:
    """Return whether a commitment is known to have been complete by the day of its announcement: of a month or a year
    in which both lie, nobody knows.
    """
    is_known = precision == Precision.DAY
    return status == Status.COMPLETED and is_known and since <= announced_on


def months_from(day: dt.date, months: int) -> dt.date:
    """Return the day `months` later (or earlier, when negative), at most the last of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
