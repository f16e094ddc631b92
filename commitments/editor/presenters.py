"""Presenters of the editor: allowed moves, previews of a history, other people's changes.

Pure functions, like those of commitments/presenters: no queries, no request, no HTML.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace

from django.utils.translation import gettext, gettext_lazy

from commitments.audit.rendering import AuditEntry, in_words_of, name_of
from commitments.choices import Origin, Status, counted
from commitments.dates import PartialDate
from commitments.presenters.history import history
from commitments.status_rules import (
    Step,
    Terms,
    deadline_has_passed,
    evidence_problem,
    facts_of,
    history_as_known,
    step_day,
)
from commitments.statuses import (
    AFTER_DEADLINE,
    MOVES,
    OPEN,
    RULES,
    START,
    Rule,
    first_day,
    may_move,
    verification_of,
)


@dataclass(frozen=True)
class Option:
    """One status in the form; `refusal` says why it cannot be chosen, "" where it can."""

    status: Status
    rule: Rule
    refusal: str
    is_chosen: bool

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_disabled(self) -> bool:
        """A choice that stopped to fit stays enabled: a disabled one would not be sent, and be lost."""
        return bool(self.refusal) and not self.is_chosen


def status_before(path: Sequence, day: dt.date, corrects: int | None) -> str:
    """Return the status that stands before a new step true from `day`; of one day the new step comes last."""
    earlier = [step for step in path if step.effective_on <= day and step.seq != corrects]
    return earlier[-1].status if earlier else START.value


def options(
    before: str, day: dt.date, terms: Terms, chosen: str, *, correction: bool
) -> list[Option]:
    """Return every status, with the reason beside each that may not follow `before` on that day."""
    return [
        Option(
            status,
            RULES[status],
            _refusal(before, status, day, terms, correction),
            status == chosen,
        )
        for status in Status
    ]


def _refusal(before: str, after: Status, day: dt.date, terms: Terms, correction: bool) -> str:
    if not may_move(before, after, correction=correction):
        if after == Status.NO_EVIDENCE:
            return gettext("Only by a correction")
        if before == after:
            return gettext("Already this status; record a review")
        return gettext("Cannot follow “{before}”; reached from: {sources}").format(
            before=Status(before).label, sources=_sources_of(after)
        )
    if after in AFTER_DEADLINE and not deadline_has_passed(day, terms):
        return gettext("Only once the due date or the plan’s period has passed")
    if after == Status.SUPERSEDED and not terms.has_successor:
        return gettext("Needs a successor in the record first: add it under Lineage")
    return ""


def _sources_of(after: Status) -> str:
    return ", ".join(str(status.label) for status in Status if after in MOVES[status])


def judge(
    status: str,
    date: PartialDate,
    explanation: str,
    cited: Iterable[tuple],
    plan: str,
    terms: Terms,
) -> dict[str, str] | None:
    """Return whether the evidence alone, as (source, note), carries a status, and what readers will see.

    `plan` is the jurisdiction of the plan from which the sources are seen.
    None until a status is chosen.
    """
    if not status:
        return None
    facts = facts_of(cited, plan)
    # Another field says what is wrong with the explanation.
    step = Step(0, first_day(*date), date.precision, status, explanation or "–", facts)
    problem = evidence_problem(step, terms)
    counts = [
        f"{count} {counted(origin, count)}"
        for origin in Origin
        if (count := sum(fact.origin == origin for fact in facts))
    ]
    return {
        "problem": problem.message if problem else "",
        "counted": ", ".join(counts),
        "verification": verification_of(fact.origin for fact in facts).label,
    }


class _Rows(list):
    def all(self):
        return self


def preview_history(commitment, typed: dict, sources, actor: str, now) -> dict:
    """Return the history with the typed step in it, newest first, and the number of that step.

    The step may be unfinished or illegal; `sources` are (source, locator).
    """
    steps = commitment.steps
    wrong = next((step for step in steps if step.seq == typed["corrects"]), None)
    new = SimpleNamespace(
        pk=-1,
        seq=max((step.seq for step in steps), default=0) + 1,
        status=typed["status"],
        effective_on=step_day(*typed["effective_on"], commitment.announced_on),
        precision=typed["effective_on"].precision,
        explanation=typed["explanation"] or "",
        correction_reason=typed["correction_reason"] or "",
        corrects=wrong,
        corrects_id=wrong.pk if wrong else None,
        recorded_at=now,
        actor=actor,
        evidence=_Rows(SimpleNamespace(source=source, locator=place) for source, place in sources),
    )
    seen = history_as_known([*steps, new], commitment.checks)
    return {"entries": history(commitment, seen), "new": new.seq}


# Details of a row of the record, in words.
_KEYS = ("commitment", "seq", "precision")
_NAMES = {
    "effective_on": gettext_lazy("Since"),
    "explanation": gettext_lazy("What happened"),
    "correction_reason": gettext_lazy("Why the step was wrong"),
    "reviewed_on": gettext_lazy("Reviewed on"),
}


def without_keys(told: AuditEntry) -> AuditEntry:
    """Return a told row of the record with what a colleague wants to know of it, under the names of the forms."""
    keys = {name_of(key) for key in (*_KEYS, *(["status"] if told.status else []))}
    names = {name_of(key): str(name) for key, name in _NAMES.items()}
    values = [(names.get(name, name), *both) for name, *both in told.values if name not in keys]
    return replace(told, values=values)


@dataclass(frozen=True)
class Difference:
    name: str
    now: str
    yours: str


def differences(pairs: Iterable[tuple[str, object, object]]) -> list[Difference]:
    """Return the (name, now, yours) that differ, as words."""
    return [
        Difference(name, in_words_of(now), in_words_of(yours))
        for name, now, yours in pairs
        if in_words_of(now) != in_words_of(yours)
    ]
