"""Rules of a history, and the columns of a commitment derived from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from commitments.audit.recorder import Recorder
from commitments.choices import Precision
from commitments.models import (
    Change,
    Commitment,
    CommitmentLink,
    LinkRelation,
    Source,
    StatusChange,
)
from commitments.services.validation import refused, require_texts
from commitments.status_rules import (
    EvidenceFacts,
    Problem,
    Step,
    Terms,
    facts_of,
    history_problems,
)
from commitments.statuses import START, order_of, verification_of


class _Cited(NamedTuple):
    """What the evidence rules look at in a source, see status_rules.facts_of."""

    slug: str
    origin: str
    jurisdiction: str
    published_on: dt.date | None
    precision: str
    publisher: str
    normalized_url: str
    note: str


@dataclass(frozen=True)
class EvidenceItem:
    """A source to attach: its slug, where in it (paragraph, page, section), and a note for readers."""

    source: str
    locator: str
    note: str = ""


def steps_of(commitment: Commitment) -> tuple[int, dt.datetime | None, list[Step]]:
    """Return the number of the last step that was recorded, the latest moment of recording, and the steps that stand."""
    found: dict[int, tuple] = {}
    # A row for each source of a step, and one for a step without.
    rows = commitment.status_changes.order_by().values_list(
        *("pk", "corrects", "seq", "effective_on", "precision", "status", "explanation"),
        *("correction_reason", "recorded_at", "evidence__note"),
        *(f"evidence__source__{name}" for name in _Cited._fields),
    )
    for number, corrects, *row in rows:
        told, (reason, recorded, note), source = row[:5], row[5:8], _Cited(*row[8:])
        *_, cited = found.setdefault(number, (corrects, told, reason, recorded, []))
        if source.slug is not None:
            cited.append((source, note))
    struck = {corrects for corrects, *_ in found.values()}
    standing = [
        Step(*told, facts_of(cited, commitment.plan.jurisdiction), corrects is not None, reason)
        for number, (corrects, told, reason, _, cited) in found.items()
        if number not in struck
    ]
    return (
        max((told[0] for _, told, *_ in found.values()), default=0),
        max((recorded for *_, recorded, _ in found.values()), default=None),
        standing,
    )


# What follows from a history


def step_of(change: StatusChange) -> Step:
    """Return a stored step as the rules see it. Its evidence must have been fetched."""
    cited = [(row.source, row.note) for row in change.evidence.all()]
    return _step(change, facts_of(cited, change.commitment.plan.jurisdiction))


def _step(change: StatusChange, facts: Sequence[EvidenceFacts]) -> Step:
    return Step(
        seq=change.seq,
        effective_on=change.effective_on,
        precision=change.precision,
        status=change.status,
        explanation=change.explanation,
        evidence=facts,
        corrects=change.corrects_id is not None,
        correction_reason=change.correction_reason,
    )


def terms_of(commitment: Commitment) -> Terms:
    """Return what the history of a commitment is judged against."""
    return Terms(
        announced_on=commitment.announced_on,
        due_on=commitment.due_on,
        plan_ends_on=commitment.plan.ends_on,
        # Asked of the database by the one rule that looks at it.
        has_successor=SimpleLazyObject(
            CommitmentLink.objects.filter(earlier=commitment)
            .exclude(relation=LinkRelation.RELATES)
            .exists
        ),
    )


def derived(commitment: Commitment) -> dict[str, object]:
    """Return the copies that follow from the history: status, since when, who confirms it, and the last review."""
    _, recorded, steps = steps_of(commitment)
    reviewed = commitment.reviews.not_retracted().aggregate(day=Max("reviewed_on"))["day"]
    return copies_of(commitment, max(steps, key=order_of, default=None), reviewed, recorded)


def copies_of(
    commitment: Commitment,
    last: Step | None = None,
    reviewed: dt.date | None = None,
    recorded: dt.datetime | None = None,
) -> dict[str, object]:
    """Return the copies where `last` is the latest step that stands, and these are the latest of each.

    A step recorded in the write that made the commitment, as by an import, is no review: that day says nothing of it.
    """
    since = max(last.effective_on, commitment.announced_on) if last else commitment.announced_on
    days = [
        since,
        commitment.announced_on,
        reviewed,
    ]
    if recorded and recorded > commitment.created_at:
        days.append(recorded.astimezone(dt.UTC).date())
    return {
        "status": last.status if last else START.value,
        "status_since": since,
        "status_precision": last.precision if last else Precision.DAY.value,
        "verification": str(
            verification_of(item.origin for item in (last.evidence if last else ()))
        ),
        "last_reviewed_on": max(day for day in days if day),
    }


def refresh(commitment: Commitment, record: Recorder, row: Change, *, is_new: bool = False) -> None:
    """Write the derived copies of a commitment after a change to it; one that `is_new` has no history."""
    copies = copies_of(commitment) if is_new else derived(commitment)
    write_copies(commitment, record, row, copies)


def write_copies(
    commitment: Commitment, record: Recorder, row: Change, copies: dict[str, object]
) -> None:
    """Write these copies of a commitment after a change to it: the only writer of `Commitment.status`."""
    Commitment.objects.filter(pk=commitment.pk).update(**copies, seq=row.seq, updated_at=record.now)
    record.wrote(Commitment, commitment.pk)


def problems_of(commitment: Commitment) -> frozenset[Problem]:
    """Return what is not legal in a stored history: what was recorded under earlier rules stays until it is mended."""
    return frozenset(history_problems(steps_of(commitment)[-1], terms_of(commitment)))


def require_legal_history(commitment: Commitment, known: Container[Problem] = ()) -> None:
    """Raise ValidationError if a write to what a stored history is judged against made it illegal.

    `known` are the problems that it had before the write (problems_of).
    """
    _require_legal(steps_of(commitment)[-1], commitment, terms_of(commitment), known)


def bring_up_to_date(
    commitment: Commitment, record: Recorder, known: Container[Problem] = ()
) -> None:
    """Write who confirms a commitment after a write to what its evidence is judged by. Raises as require_legal_history."""
    require_legal_history(commitment, known)
    verification = derived(commitment)["verification"]
    if verification != commitment.verification:
        Commitment.objects.filter(pk=commitment.pk).update(verification=verification)
        record.wrote(Commitment, commitment.pk)


def _require_legal(
    steps: Iterable[Step],
    commitment: Commitment,
    terms: Terms,
    known: Container[Problem],
    candidate: int | None = None,
) -> None:
    problems = [item for item in history_problems(steps, terms) if item not in known]
    for problem in problems:
        if problem.seq == candidate:
            raise refused(problem.code, problem.message, problem.field)
    words = gettext(
        "{code}: this would make step {seq}, already in the history, illegal. {message}"
    )
    errors = [
        refused(
            problem.code,
            words.format(code=commitment.code, seq=problem.seq, message=problem.message),
        )
        for problem in problems
    ]
    if errors:
        raise ValidationError(errors)


def subject_of(code: str) -> Commitment:
    """Return the commitment with that code. Raises ValidationError if there is none."""
    require_texts(commitment=code)
    try:
        return Commitment.objects.select_related("plan").get(code=code)
    except Commitment.DoesNotExist as error:
        words = gettext("There is no commitment {code}.").format(code=code)
        raise refused("unknown_commitment", words, "commitment") from error


def sources_named(
    evidence: Sequence[EvidenceItem], present: Iterable[tuple[str, str]] = ()
) -> list[Source]:
    """Return the source of each item. Raises ValidationError for each unknown one, no place in it, or the same place twice.

    `present` are the places that are attached already, as (slug, locator).
    """
    slugs = dict.fromkeys(item.source for item in evidence)
    for item in evidence:
        require_texts(evidence=item.source)
        require_texts(evidence=item.locator)
    found = Source.objects.in_bulk(slugs, field_name="slug")
    places, errors = set(present), []
    for item in evidence:
        place = (item.source, item.locator.strip())
        if item.source not in found:
            code, words = "unknown_source", gettext("There is no source {source}.")
        elif not place[1]:
            code = "no_locator"
            words = gettext("Say where in “{title}” ({source}): a paragraph, page or section.")
        elif place in places:
            code = "attached_twice"
            words = gettext("“{title}” ({source}) is attached twice at the same place.")
        else:
            places.add(place)
            continue
        title = getattr(found.get(item.source), "title", "")
        errors.append(refused(code, words.format(title=title, source=item.source)))
    if errors:
        raise ValidationError({"evidence": errors})
    return [found[item.source] for item in evidence]
