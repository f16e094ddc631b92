"""Status rules: what each status means, which moves are allowed, what evidence each needs.

Pure data and pure functions; the one place where these rules live. The method page and `/api/v1/statuses/` publish
this module's data. The rules follow the practice of audit offices (a status rests on a document, never on an opinion)
and of the Open Government Partnership (withdrawn and superseded are not failures to start).
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from commitments.choices import Origin, Precision, Status, Verification

EVIDENCE_MONTHS = 24


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
        gettext_lazy("The text was fully met."),
        gettext_lazy("One official source, or two independent ones by two publishers."),
        False,
        "Closed – Implemented",
        "Complete",
        "Kept",
    ),
    Status.PARTLY_MET: Rule(
        gettext_lazy("Ended with part delivered."),
        gettext_lazy(
            "One source, and an explanation. Only after the due date or the plan's period."
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
                "One source dated within {months} months of the day from which it is true."
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
        gettext_lazy("A source shows that it has not begun."),
        gettext_lazy("One dated source."),
        False,
        "Open",
        "Not started",
        "Not yet rated",
    ),
    Status.STALLED: Rule(
        gettext_lazy("A source shows it blocked, paused or lapsed."),
        gettext_lazy("One dated source."),
        False,
        "Open",
        "Limited",
        "Stalled",
    ),
    Status.NOT_MET: Rule(
        gettext_lazy("The due date or the plan's period passed undelivered."),
        gettext_lazy(
            "One source, and an explanation. Only after the due date or the plan's period."
        ),
        True,
        "Closed – Not Implemented",
        "Not started or Limited, at the end of the period",
        "Not kept",
    ),
    Status.WITHDRAWN: Rule(
        gettext_lazy("Officially dropped, or its program ended."),
        gettext_lazy("One official or independent source that shows the act."),
        False,
        "Closed – Not Implemented",
        "Withdrawn",
        "Not kept",
    ),
    Status.SUPERSEDED: Rule(
        gettext_lazy("Taken over by another commitment."),
        gettext_lazy("A lineage link to the commitment that takes it over."),
        False,
        "Closed – No Longer Valid",
        "Withdrawn, carried into a later commitment",
        "Replaced",
    ),
    Status.NO_EVIDENCE: Rule(
        gettext_lazy("Nothing found yet: the state in which every commitment starts."),
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
        "At least one source was published in or after the day, month or year from which the status is true. A source "
        "without a date counts where a note says what is known of it."
    ),
    gettext_lazy(
        "One address is one document. Two independent sources are two documents by two publishers."
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


@dataclass(frozen=True)
class EvidenceFacts:
    """What the evidence rules look at in one attached document.

    `document` is what it is known by, its address or else its slug; `has_note` whether a note, of the source or of the
    evidence, says more of it.
    """

    origin: str
    published_on: dt.date | None
    precision: str = "day"
    document: str = ""
    publisher: str = ""
    has_note: bool = False

    def may_show(self, day: dt.date) -> bool:
        """Return whether it was published on `day` or later, as far as is known; an undated one may with a note."""
        if self.published_on is None:
            return self.has_note
        return last_day(self.published_on, self.precision) >= day


def facts_of(cited: Iterable[tuple]) -> list[EvidenceFacts]:
    """Return what the rules see of (source, note of the evidence): two places in one document are one source."""
    found: dict[str, EvidenceFacts] = {}
    for source, note in cited:
        fact = EvidenceFacts(
            source.origin,
            source.published_on,
            source.precision,
            source.normalized_url or source.slug,
            source.publisher,
            bool(source.note or note),
        )
        known = found.setdefault(fact.document, fact)
        if fact.has_note and not known.has_note:
            found[fact.document] = replace(known, has_note=True)
    return list(found.values())


def are_independent(evidence: Iterable[EvidenceFacts]) -> bool:
    """Return whether two of these documents are independent of the government and of each other: by two publishers."""
    publishers = {
        item.publisher.strip().casefold() or item.document
        for item in evidence
        if item.origin == Origin.INDEPENDENT
    }
    return len(publishers) >= 2


@dataclass(frozen=True)
class Step:
    """One step of a history, as the rules see it. `corrects` is true for a correction."""

    seq: int
    effective_on: dt.date
    precision: str
    status: str
    explanation: str
    evidence: Sequence[EvidenceFacts] = ()
    corrects: bool = False
    correction_reason: str = ""


@dataclass(frozen=True)
class Terms:
    """The parts of a commitment that its history is judged against."""

    announced_on: dt.date
    due_on: dt.date | None = None
    plan_ends_on: dt.date | None = None
    has_successor: bool = False


@dataclass(frozen=True)
class Problem:
    """Why a history cannot stand: the field an editor would change, and what to do, in words."""

    field: str
    message: str
    seq: int


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


def verification_of(origins: Iterable[str]) -> Verification:
    """Return who confirms a status, from the origins of the sources attached to it."""
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


def months_from(day: dt.date, months: int) -> dt.date:
    """Return the day `months` later (or earlier, when negative), at most the last of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def evidence_problem(step: Step, terms: Terms) -> Problem | None:
    """Return why the evidence of a step does not carry its status, or None. The rules are those of RULES."""
    status, evidence = Status(step.status), step.evidence
    rule = RULES[status]

    def lacking(field: str, message: str, **words: object) -> Problem:
        return Problem(field, message.format(status=status.label, **words), step.seq)

    if status == Status.NO_EVIDENCE:
        if evidence:
            return lacking(
                "evidence", gettext("“{status}” cannot carry evidence. Remove the sources.")
            )
        return None
    if status == Status.SUPERSEDED:
        if not terms.has_successor:
            return lacking(
                "status",
                gettext(
                    "“{status}” needs a lineage link to the commitment that takes it over. Add that link first."
                ),
            )
    elif not evidence:
        return lacking(
            "evidence",
            gettext("“{status}” needs evidence: {rule}"),
            rule=_lower_first(rule.evidence),
        )
    if rule.explanation_needed and not step.explanation.strip():
        return lacking(
            "explanation",
            gettext("“{status}” needs an explanation. Say what was delivered and what was not."),
        )
    begins = first_day(step.effective_on, step.precision)
    if status != Status.SUPERSEDED and not any(item.may_show(begins) for item in evidence):
        return lacking(
            "evidence",
            gettext(
                "“{status}” needs a source published on {day} or later: an earlier one cannot show it. An undated "
                "one counts where a note says what is known of its date."
            ),
            day=begins.isoformat(),
        )
    origins = [item.origin for item in evidence]
    dates = [item.published_on for item in evidence if item.published_on]
    if status in (Status.NOT_STARTED, Status.STALLED) and not dates:
        return lacking(
            "evidence", gettext("“{status}” needs one source with a known date of publication.")
        )
    if status == Status.IN_PLACE:
        earliest = months_from(step.effective_on, -EVIDENCE_MONTHS)
        latest = months_from(step.effective_on, EVIDENCE_MONTHS)
        if not any(earliest <= day <= latest for day in dates):
            return lacking(
                "evidence",
                gettext("“{status}” needs one source dated within {months} months of {day}."),
                months=EVIDENCE_MONTHS,
                day=step.effective_on.isoformat(),
            )
    if (
        status == Status.COMPLETED
        and Origin.OFFICIAL not in origins
        and not are_independent(evidence)
    ):
        return lacking(
            "evidence",
            gettext(
                "“{status}” needs one official source, or two independent ones: two documents by two publishers."
            ),
        )
    if status == Status.WITHDRAWN and not {Origin.OFFICIAL, Origin.INDEPENDENT} & set(origins):
        return lacking(
            "evidence",
            gettext("“{status}” needs one official or independent source that shows the act."),
        )
    return None


def deadline_has_passed(day: dt.date, terms: Terms) -> bool:
    """Return whether the due date or the plan's period lies before `day`."""
    return any(end is not None and day > end for end in (terms.due_on, terms.plan_ends_on))


def step_day(day: dt.date, precision: str, announced_on: dt.date) -> dt.date:
    """Return the day by which a step is stored and compared: the first of its period, never before the announcement
    where the announcement lies in that period.
    """
    begins = first_day(day, precision)
    return max(begins, announced_on) if announced_on <= last_day(begins, precision) else begins


def history_problem(steps: Iterable[Step], terms: Terms) -> Problem | None:
    """Return the first reason why a history is not legal at every step, or None. See history_problems."""
    return next(history_problems(steps, terms), None)


def history_problems(steps: Iterable[Step], terms: Terms) -> Iterator[Problem]:
    """Yield the first reason of each step for which a history is not legal there.

    `steps` are the uncorrected steps and the corrections that stand, in any order; a commitment starts as
    `no_evidence` on the day of its announcement.
    """
    before: str = START
    for step in sorted(steps, key=order_of):
        if problem := _step_problem(step, before, terms):
            yield problem
        before = Status(step.status)


def _step_problem(step: Step, before: str, terms: Terms) -> Problem | None:
    status = Status(step.status)
    if step.effective_on < first_day(terms.announced_on, step.precision):
        return Problem(
            "effective_on",
            gettext(
                "A step cannot be true before the commitment was announced ({announced_on})."
            ).format(announced_on=terms.announced_on.isoformat()),
            step.seq,
        )
    if not may_move(before, status, correction=step.corrects):
        return Problem("status", _refusal(before, status, step), step.seq)
    if status in AFTER_DEADLINE and not deadline_has_passed(step.effective_on, terms):
        return Problem(
            "status",
            gettext(
                "“{status}” is possible only once the due date or the plan's period has passed."
            ).format(status=status.label),
            step.seq,
        )
    if step.corrects and not (step.correction_reason.strip() or step.explanation.strip()):
        return Problem(
            "correction_reason", gettext("A correction needs a public reason. Say why."), step.seq
        )
    if not step.corrects and is_reopening(before, status) and not step.explanation.strip():
        return Problem(
            "explanation", gettext("A reopening needs a public reason. Say why."), step.seq
        )
    return evidence_problem(step, terms)


def _refusal(before: str, after: Status, step: Step) -> str:
    when = step.effective_on.isoformat()
    if before == after:
        return gettext(
            "The status is already “{status}” before {day}. Record a review instead of a repetition."
        ).format(status=after.label, day=when)
    if after == Status.NO_EVIDENCE:
        return gettext("Nothing returns to “No evidence found” except by a correction.")
    allowed = ", ".join(f"“{move.label}”" for move in Status if move in MOVES[Status(before)])
    return gettext("“{status}” on {day} cannot follow “{before}”. Allowed are: {allowed}.").format(
        status=after.label, day=when, before=label(before), allowed=allowed
    )


def _lower_first(text: str) -> str:
    return f"{text[0].lower()}{text[1:]}"
