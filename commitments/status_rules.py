"""Status rules: when a history of statuses is legal, what evidence each step needs, and what of it was known."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from commitments.choices import Origin, Status
from commitments.statuses import (
    AFTER_DEADLINE,
    EVIDENCE_MONTHS,
    MOVES,
    RULES,
    START,
    first_day,
    is_reopening,
    label,
    last_day,
    may_move,
    months_from,
    order_of,
    origin_seen_from,
)
from planwatch.web.text import quoted


@dataclass(frozen=True)
class KnownHistory:
    """The steps and reviews of a commitment that a pair of clocks lets a reader see."""

    steps: list
    struck: dict[int, object]  # the number of a wrong step: the step that corrects it
    reviews: list
    retracted: dict[int, object]  # the id of a review: its retraction

    @property
    def path(self) -> list:
        """The steps that stand, in the order in which they became true."""
        return sorted((step for step in self.steps if step.seq not in self.struck), key=order_of)


def history_as_known(steps: Iterable, reviews: Iterable, as_of=None, known_at=None) -> KnownHistory:
    """Keep what was true by `as_of` and recorded by `known_at`; a correction strikes out whenever it became true."""

    def recorded(row) -> bool:
        return known_at is None or row.recorded_at <= known_at

    steps = [step for step in steps if recorded(step)]
    by_id = {step.pk: step for step in steps}
    struck = {by_id[step.corrects_id].seq: step for step in steps if step.corrects_id in by_id}
    seen = [
        review
        for review in reviews
        if recorded(review) and (as_of is None or review.reviewed_on <= as_of)
    ]
    retractions = {review.pk: getattr(review, "retraction", None) for review in seen}
    return KnownHistory(
        [step for step in steps if as_of is None or step.effective_on <= as_of],
        struck,
        seen,
        {key: made for key, made in retractions.items() if made and recorded(made)},
    )


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


def facts_of(cited: Iterable[tuple], plan: str) -> list[EvidenceFacts]:
    """Return what the rules see of (source, note of the evidence): two places in one document are one source.

    `plan` is the jurisdiction of the plan from which the sources are seen.
    """
    found: dict[str, EvidenceFacts] = {}
    for source, note in cited:
        fact = EvidenceFacts(
            origin_seen_from(plan, source.origin, source.jurisdiction),
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
    """Why a history cannot stand: the rule, the field an editor would change, and what to do, in words."""

    code: str
    field: str
    message: str
    seq: int


def evidence_problem(step: Step, terms: Terms) -> Problem | None:
    """Return why the evidence of a step does not carry its status, or None. The rules are those of RULES."""
    status, evidence = Status(step.status), step.evidence
    rule = RULES[status]
    if status == Status.NO_EVIDENCE:
        if evidence:
            return _lacking(
                step,
                "evidence_not_allowed",
                "evidence",
                gettext("“{status}” cannot carry evidence. Remove the sources."),
            )
        return None
    if status == Status.SUPERSEDED:
        if not terms.has_successor:
            return _lacking(
                step,
                "no_successor",
                "status",
                gettext(
                    "“{status}” needs a link to the commitment that replaces it. Add that link first."
                ),
            )
    elif not evidence:
        return _lacking(
            step,
            "no_evidence",
            "evidence",
            gettext("“{status}” needs evidence: {rule}"),
            rule=_lower_first(rule.evidence),
        )
    if rule.explanation_needed and not step.explanation.strip():
        return _lacking(
            step,
            "no_explanation",
            "explanation",
            gettext("“{status}” needs an explanation. Say what was delivered and what was not."),
        )
    begins = first_day(step.effective_on, step.precision)
    if status != Status.SUPERSEDED and not any(item.may_show(begins) for item in evidence):
        return _lacking(
            step,
            "evidence_too_old",
            "evidence",
            gettext(
                "“{status}” needs a source published on {day} or later: an earlier one cannot show it. An undated "
                "one counts where a note says what is known of its date."
            ),
            day=begins.isoformat(),
        )
    return _sources_problem(step)


def _sources_problem(step: Step) -> Problem | None:
    """Return why none of the documents is of the kind or date that the status of a step rests on, or None."""
    status, evidence = Status(step.status), step.evidence
    origins = [item.origin for item in evidence]
    dates = [item.published_on for item in evidence if item.published_on]
    if status in (Status.NOT_STARTED, Status.STALLED) and not dates:
        return _lacking(
            step,
            "no_dated_source",
            "evidence",
            gettext("“{status}” needs one source with a known date of publication."),
        )
    if status == Status.IN_PLACE:
        earliest = months_from(step.effective_on, -EVIDENCE_MONTHS)
        latest = months_from(step.effective_on, EVIDENCE_MONTHS)
        if not any(earliest <= day <= latest for day in dates):
            return _lacking(
                step,
                "no_source_of_that_time",
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
        return _lacking(
            step,
            "no_sufficient_source",
            "evidence",
            gettext(
                "“{status}” needs one official source, or two independent sources from different publishers."
            ),
        )
    if status == Status.WITHDRAWN and not {Origin.OFFICIAL, Origin.INDEPENDENT} & set(origins):
        return _lacking(
            step,
            "no_sufficient_source",
            "evidence",
            gettext("“{status}” needs one official or independent source that documents it."),
        )
    return None


def _lacking(step: Step, code: str, field: str, message: str, **words: object) -> Problem:
    message = message.format(status=Status(step.status).label, **words)
    return Problem(code, field, message, step.seq)


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
            "too_early",
            "effective_on",
            gettext(
                "A status cannot begin before the commitment was announced ({announced_on})."
            ).format(announced_on=terms.announced_on.isoformat()),
            step.seq,
        )
    if not may_move(before, status, correction=step.corrects):
        code = "repetition" if before == status else "move_not_allowed"
        return Problem(code, "status", _refusal(before, status, step), step.seq)
    if status in AFTER_DEADLINE and not deadline_has_passed(step.effective_on, terms):
        return Problem(
            "before_deadline",
            "status",
            gettext(
                "“{status}” is possible only after the due date or the end of the plan's period."
            ).format(status=status.label),
            step.seq,
        )
    if step.corrects and not (step.correction_reason.strip() or step.explanation.strip()):
        return Problem(
            "no_reason",
            "correction_reason",
            gettext("A correction needs a public reason. Say why."),
            step.seq,
        )
    if not step.corrects and is_reopening(before, status) and not step.explanation.strip():
        return Problem(
            "no_reason",
            "explanation",
            gettext("A reopening needs a public reason. Say why."),
            step.seq,
        )
    return evidence_problem(step, terms)


def _refusal(before: str, after: Status, step: Step) -> str:
    when = step.effective_on.isoformat()
    if before == after:
        return gettext(
            "The status was already “{status}” before {day}. Record a review instead."
        ).format(status=after.label, day=when)
    if after == Status.NO_EVIDENCE:
        return gettext("Nothing returns to “No evidence found” except by a correction.")
    allowed = ", ".join(quoted(move.label) for move in Status if move in MOVES[Status(before)])
    return gettext("“{status}” on {day} cannot follow “{before}”. Allowed are: {allowed}.").format(
        status=after.label, day=when, before=label(before), allowed=allowed
    )


def _lower_first(text: str) -> str:
    return f"{text[0].lower()}{text[1:]}"
