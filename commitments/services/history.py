"""Writes to the history of a commitment: status changes, corrections, reviews, and the copies derived from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from agencies.time_zones import is_future
from commitments.models import (
    FIRST_DAY,
    Change,
    ChangeAction,
    Commitment,
    CommitmentLink,
    DatasetVersion,
    Evidence,
    LinkRelation,
    Review,
    ReviewRetraction,
    Source,
    StatusChange,
)
from commitments.services.record import Conflict, Recorder, recording, require_unchanged, snapshot
from commitments.services.statements import Prepared, insert, update
from commitments.services.validation import require_texts, validate
from commitments.statuses import (
    START,
    EvidenceFacts,
    Precision,
    Problem,
    Step,
    Terms,
    facts_of,
    history_problems,
    order_of,
    step_day,
    verification_of,
)


class _Cited(NamedTuple):
    """What the evidence rules look at in a source, see statuses.facts_of."""

    slug: str
    origin: str
    published_on: dt.date | None
    precision: str
    publisher: str
    normalized_url: str
    note: str


_named = Prepared(lambda code: Commitment.objects.select_related("plan").filter(code=code))
_sources = Prepared(lambda *slugs: Source.objects.order_by().filter(slug__in=slugs))
# The whole history: a row for each source of a step, and one for a step without.
_history = Prepared(
    lambda commitment: (
        StatusChange.objects.order_by()
        .filter(commitment=commitment)
        .values_list(
            *("pk", "corrects", "seq", "effective_on", "precision", "status", "explanation"),
            *("correction_reason", "evidence__note"),
            *(f"evidence__source__{name}" for name in _Cited._fields),
        )
    )
)
_successors = Prepared(
    lambda commitment: CommitmentLink.objects.order_by()
    .filter(earlier=commitment, relation__in=sorted(set(LinkRelation) - {LinkRelation.RELATES}))
    .values_list("pk")[:1]
)


@dataclass(frozen=True)
class EvidenceItem:
    """A source to attach: its slug, where in it (paragraph, page, section), and a note for readers."""

    source: str
    locator: str
    note: str = ""


def record_status_change(
    *,
    commitment: str,
    status: str,
    effective_on: dt.date,
    actor: str,
    precision: str = Precision.DAY,
    explanation: str = "",
    correction_reason: str = "",
    evidence: Sequence[EvidenceItem] = (),
    corrects: int | None = None,
    request_id: str = "",
) -> StatusChange:
    """Append one step to the history of the commitment with that code, and record it.

    `effective_on` is the day from which it is true; with `precision` month or year the first day of that period is kept,
    or the day of the announcement where that lies in it (statuses.step_day). `corrects` is the number of the step that
    this one strikes out, and `correction_reason` says why that one was wrong; without it the explanation must. The step may lie before others: the whole path must stay legal by
    statuses.history_problem. Raises ValidationError, by field, with what to do; nothing is written then.
    """
    with recording(actor, request_id) as record:
        subject = subject_of(commitment)
        draft = draft_status_change(
            record,
            subject,
            status,
            effective_on,
            precision,
            explanation,
            correction_reason,
            evidence,
            corrects,
        )
        return append_step(record, draft)


def preview_status_change(
    *,
    commitment: str,
    status: str,
    effective_on: dt.date,
    actor: str,
    precision: str = Precision.DAY,
    explanation: str = "",
    correction_reason: str = "",
    evidence: Sequence[EvidenceItem] = (),
    corrects: int | None = None,
) -> Draft:
    """Draft a step as record_status_change would, without a lock and without a write. Raises ValidationError like it."""
    unused = Recorder(DatasetVersion(), actor, request_id="")
    return draft_status_change(
        unused,
        subject_of(commitment),
        status,
        effective_on,
        precision,
        explanation,
        correction_reason,
        evidence,
        corrects,
    )


@dataclass(frozen=True)
class Draft:
    """A step that fits the history but is not saved, its evidence, the status that stands before it, and the path with it."""

    change: StatusChange
    evidence: list[Evidence]
    before: str
    path: list[Step]


def draft_status_change(
    record: Recorder,
    subject: Commitment,
    status: str,
    effective_on: dt.date,
    precision: str,
    explanation: str,
    correction_reason: str,
    evidence: Sequence[EvidenceItem],
    corrects: int | None,
) -> Draft:
    """Build a step and hold the history with it against the rules. Raises ValidationError, by field; writes nothing."""
    if precision not in Precision.values:
        raise ValidationError({"precision": gettext("Choose day, month or year.")})
    effective_on = step_day(effective_on, precision, subject.announced_on)
    if effective_on < FIRST_DAY or is_future(effective_on):
        raise ValidationError(
            {
                "effective_on": gettext("Give a day from {first_day} to today.").format(
                    first_day=FIRST_DAY.isoformat()
                )
            }
        )
    sources = sources_named(evidence)
    recorded, standing = _steps_of(subject)
    path, wrong = standing, None
    if corrects is not None:
        if not any(step.seq == corrects for step in standing):
            raise ValidationError(
                {
                    "corrects": gettext(
                        "Step {corrects} does not exist here, or was corrected before."
                    ).format(corrects=corrects)
                }
            )
        wrong = subject.status_changes.get(seq=corrects)
        path = [step for step in standing if step.seq != corrects]
    elif correction_reason.strip():
        raise ValidationError(
            {"correction_reason": gettext("Only a correction has such a reason. Empty this.")}
        )
    change = StatusChange(
        commitment=subject,
        seq=recorded + 1,
        effective_on=effective_on,
        precision=precision,
        status=status,
        explanation=explanation,
        correction_reason=correction_reason,
        corrects=wrong,
        recorded_at=record.now,
        actor=record.actor,
    )
    validate(change, with_other_rows=False)
    rows = [
        Evidence(
            source=source,
            locator=item.locator,
            note=item.note,
            position=position,
            recorded_at=record.now,
        )
        for position, (item, source) in enumerate(zip(evidence, sources, strict=True), start=1)
    ]
    for row in rows:
        validate(row, with_other_rows=False)
    step = _step(change, facts_of((row.source, row.note) for row in rows))
    terms = terms_of(subject)
    known = frozenset(history_problems(standing, terms))
    _require_legal([*path, step], subject, terms, known, change.seq)
    earlier = [other for other in path if order_of(other) < order_of(step)]
    before = max(earlier, key=order_of).status if earlier else START.value
    return Draft(change, rows, before, [*path, step])


def _steps_of(commitment: Commitment) -> tuple[int, list[Step]]:
    """Return the number of the last step that was recorded, and those that stand."""
    found: dict[int, tuple] = {}
    for number, corrects, *row in _history(commitment.pk):
        told, (reason, note), source = row[:5], row[5:7], _Cited(*row[7:])
        *_, cited = found.setdefault(number, (corrects, told, reason, []))
        if source.slug is not None:
            cited.append((source, note))
    struck = {corrects for corrects, *_ in found.values()}
    standing = [
        Step(*told, facts_of(cited), corrects is not None, reason)
        for number, (corrects, told, reason, cited) in found.items()
        if number not in struck
    ]
    return max((told[0] for _, told, *_ in found.values()), default=0), standing


def next_step_of(commitment: str) -> int:
    """Return the number that the next step of the commitment with that code gets."""
    rows = StatusChange.objects.filter(commitment__code=commitment)
    return 1 + (rows.aggregate(last=Max("seq"))["last"] or 0)


def append_step(record: Recorder, draft: Draft) -> StatusChange:
    """Save a step that was found to fit, with its evidence, and record it."""
    change = draft.change
    insert(change)
    for row in draft.evidence:
        row.status_change = change
    insert(*draft.evidence)
    after, subject = snapshot(change, draft.evidence), change.commitment
    row = record.append(ChangeAction.CREATE, change, None, after, [subject])
    last = max(draft.path, key=order_of)
    copies = copies_of(subject, last, subject.last_reviewed_on, record.now)
    _write_copies(subject, record, row, copies)
    return change


def correct_status_change(
    *,
    commitment: str,
    corrects: int,
    status: str,
    effective_on: dt.date,
    correction_reason: str,
    actor: str,
    precision: str = Precision.DAY,
    explanation: str = "",
    evidence: Sequence[EvidenceItem] = (),
    request_id: str = "",
) -> StatusChange:
    """Strike out step number `corrects` by a new step that says what is right, and in `correction_reason` why.

    The wrong step stays in the record and leaves the path. To say that there should have been no step, restate the
    status before it. Raises ValidationError like record_status_change, also for a missing reason.
    """
    if not correction_reason.strip():
        raise ValidationError(
            {"correction_reason": gettext("A correction needs a public reason. Say why.")}
        )
    return record_status_change(
        commitment=commitment,
        status=status,
        effective_on=effective_on,
        actor=actor,
        precision=precision,
        explanation=explanation,
        correction_reason=correction_reason,
        evidence=evidence,
        corrects=corrects,
        request_id=request_id,
    )


def add_evidence(
    *,
    commitment: str,
    seq: int,
    evidence: Sequence[EvidenceItem],
    actor: str,
    seen_version: int | None = None,
    request_id: str = "",
) -> list[Evidence]:
    """Attach more sources to step number `seq`, which stands as it is; each is a row of the public record.

    It is no correction and needs no second person. What was known before does not have it: `recorded_at` is its own.
    Raises ValidationError for a step that does not stand, no source, an unknown one or the same place twice; Conflict
    if the commitment has changed since `seen_version`.
    """
    if not evidence:
        raise ValidationError({"evidence": gettext("Choose a document.")})
    with recording(actor, request_id) as record:
        subject = subject_of(commitment)
        require_unchanged(subject, seen_version)
        step = subject.status_changes.standing().filter(seq=seq).first()
        if step is None:
            raise ValidationError(
                {
                    "seq": gettext("Step {seq} does not exist here, or was corrected.").format(
                        seq=seq
                    )
                }
            )
        known = problems_of(subject)
        present = set(step.evidence.values_list("source__slug", "locator"))
        sources = sources_named(evidence, present)
        added = [
            Evidence(
                status_change=step,
                source=source,
                locator=item.locator,
                note=item.note,
                position=position,
                recorded_at=record.now,
            )
            for position, (item, source) in enumerate(
                zip(evidence, sources, strict=True), start=len(present) + 1
            )
        ]
        for row in added:
            validate(row, with_other_rows=False)
            row.save(force_insert=True)
            entry = record.append(ChangeAction.CREATE, row, None, snapshot(row), [subject])
        require_legal_history(subject, known)
        refresh(subject, record, entry)
    return added


def record_review(
    *,
    commitment: str,
    reviewed_on: dt.date,
    note: str,
    actor: str,
    source: str = "",
    locator: str = "",
    seen_version: int | None = None,
    request_id: str = "",
) -> Review:
    """Record that the commitment was checked on a day and nothing new was found; `note` says what was looked for.

    `source` is the slug of a document that shows the unchanged state, with its `locator`. Raises ValidationError for a
    day in the future or before the announcement, an unknown source, a missing note or locator; Conflict if the
    commitment has changed since `seen_version`.
    """
    with recording(actor, request_id) as record:
        subject = subject_of(commitment)
        require_unchanged(subject, seen_version)
        if reviewed_on < subject.announced_on or is_future(reviewed_on):
            raise ValidationError(
                {
                    "reviewed_on": gettext(
                        "Give a day from the announcement of {code} ({announced_on}) to today."
                    ).format(code=subject.code, announced_on=subject.announced_on.isoformat())
                }
            )
        review = Review(
            commitment=subject,
            reviewed_on=reviewed_on,
            note=note,
            source=sources_named([EvidenceItem(source, locator)])[0] if source else None,
            locator=locator,
            recorded_at=record.now,
            actor=record.actor,
        )
        validate(review, with_other_rows=False)
        review.save(force_insert=True)
        row = record.append(ChangeAction.CREATE, review, None, snapshot(review), [subject])
        refresh(subject, record, row)
    return review


def record_reviews(
    *,
    commitments: Sequence[str],
    reviewed_on: dt.date,
    note: str,
    actor: str,
    seen_version: int | None = None,
    request_id: str = "",
) -> list[Review]:
    """Record the same review for many commitments: all of them or none.

    Raises ValidationError like record_review; Conflict, naming each commitment that has changed since `seen_version`.
    """
    if not commitments:
        raise ValidationError({"commitments": gettext("Choose at least one commitment.")})
    made, changed = [], []
    with transaction.atomic():
        for code in dict.fromkeys(commitments):
            try:
                review = record_review(
                    commitment=code,
                    reviewed_on=reviewed_on,
                    note=note,
                    actor=actor,
                    seen_version=seen_version,
                    request_id=request_id,
                )
            except Conflict as error:
                changed += error.items
            else:
                made.append(review)
        if changed:
            raise Conflict(*changed)
    return made


# How long its author may take a review back.
RETRACTABLE = dt.timedelta(hours=24)


def retract_review(*, review: int, reason: str, actor: str, request_id: str = "") -> Review:
    """Take back the review of that number: it stays visible, and counts no more from now on.

    Raises ValidationError without a reason, for another's review, one older than RETRACTABLE or retracted already.
    """
    with recording(actor, request_id) as record:
        item = Review.objects.select_related("commitment__plan").filter(pk=review).first()
        if item is None or item.actor != record.actor:
            raise ValidationError(gettext("Only the author of a review can retract it."))
        if record.now - item.recorded_at > RETRACTABLE:
            raise ValidationError(gettext("A review can be retracted for 24 hours only."))
        if ReviewRetraction.objects.filter(review=item).exists():
            raise ValidationError(gettext("This review is retracted already."))
        made = ReviewRetraction(
            review=item, reason=reason, recorded_at=record.now, actor=record.actor
        )
        validate(made, with_other_rows=False)
        made.save(force_insert=True)
        subject = item.commitment
        row = record.append(ChangeAction.CREATE, made, None, snapshot(made), [subject])
        refresh(subject, record, row)
    return item


# What follows from a history


def step_of(change: StatusChange) -> Step:
    """Return a stored step as the rules see it. Its evidence must have been fetched."""
    return _step(change, facts_of((row.source, row.note) for row in change.evidence.all()))


def _stored_steps(commitment: Commitment) -> list[Step]:
    return [step_of(row) for row in commitment.status_changes.standing().for_reading()]


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
        has_successor=bool(_successors(commitment.pk)),
    )


def derived(commitment: Commitment) -> dict[str, object]:
    """Return the copies that follow from the history: status, since when, who confirms it, and the last review."""
    steps = commitment.status_changes.standing().for_reading()
    last = max(steps, key=order_of, default=None)
    reviewed = commitment.reviews.standing().aggregate(day=Max("reviewed_on"))["day"]
    recorded = commitment.status_changes.aggregate(moment=Max("recorded_at"))["moment"]
    return copies_of(commitment, last and step_of(last), reviewed, recorded)


def copies_of(
    commitment: Commitment,
    last: Step | None,
    reviewed: dt.date | None,
    recorded: dt.datetime | None,
) -> dict[str, object]:
    """Return the copies where `last` is the latest step that stands, and these are the days of the latest of each."""
    since = max(last.effective_on, commitment.announced_on) if last else commitment.announced_on
    days = [
        since,
        commitment.announced_on,
        reviewed,
        recorded and recorded.astimezone(dt.UTC).date(),
    ]
    return {
        "status": last.status if last else START.value,
        "status_since": since,
        "status_precision": last.precision if last else Precision.DAY.value,
        "verification": str(
            verification_of(item.origin for item in (last.evidence if last else ()))
        ),
        "last_reviewed_on": max(day for day in days if day),
    }


def refresh(commitment: Commitment, record: Recorder, row: Change) -> None:
    """Write the derived copies of a commitment after a change to it."""
    _write_copies(commitment, record, row, derived(commitment))


def _write_copies(
    commitment: Commitment, record: Recorder, row: Change, copies: dict[str, object]
) -> None:
    """The only writer of `Commitment.status`."""
    update(Commitment, commitment.pk, {**copies, "seq": row.seq, "updated_at": record.now})
    record.wrote(Commitment, commitment.pk)


def problems_of(commitment: Commitment) -> frozenset[Problem]:
    """Return what is not legal in a stored history: what was recorded under earlier rules stays until it is mended."""
    return frozenset(history_problems(_stored_steps(commitment), terms_of(commitment)))


def require_legal_history(commitment: Commitment, known: Container[Problem] = ()) -> None:
    """Raise ValidationError if a write to what a stored history is judged against made it illegal.

    `known` are the problems that it had before the write (problems_of).
    """
    _require_legal(_stored_steps(commitment), commitment, terms_of(commitment), known)


def _require_legal(
    steps: Iterable[Step],
    commitment: Commitment,
    terms: Terms,
    known: Container[Problem],
    candidate: int | None = None,
) -> None:
    problem = next((item for item in history_problems(steps, terms) if item not in known), None)
    if problem is None:
        return
    if problem.seq == candidate:
        raise ValidationError({problem.field: problem.message})
    raise ValidationError(
        gettext(
            "{code}: this would make step {seq}, already in the history, illegal. {message}"
        ).format(code=commitment.code, seq=problem.seq, message=problem.message)
    )


def subject_of(code: str) -> Commitment:
    """Return the commitment with that code. Raises ValidationError if there is none."""
    require_texts(commitment=code)
    for found in _named(code):
        return found
    raise ValidationError(
        {"commitment": gettext("There is no commitment {code}.").format(code=code)}
    )


def sources_named(
    evidence: Sequence[EvidenceItem], present: Iterable[tuple[str, str]] = ()
) -> list[Source]:
    """Return the source of each item. Raises ValidationError for an unknown one, no place in it, or the same place twice.

    `present` are the places that are attached already, as (slug, locator).
    """
    slugs = dict.fromkeys(item.source for item in evidence)
    for item in evidence:
        require_texts(evidence=item.source)
        require_texts(evidence=item.locator)
    found = {source.slug: source for source in _sources(*slugs)} if slugs else {}
    places = set(present)
    for item in evidence:
        if item.source not in found:
            raise ValidationError(
                {"evidence": gettext("There is no source {source}.").format(source=item.source)}
            )
        if not item.locator.strip():
            raise ValidationError(
                {
                    "evidence": gettext(
                        "Say where in “{title}” ({source}): a paragraph, page or section."
                    ).format(title=found[item.source].title, source=item.source)
                }
            )
        if (item.source, item.locator.strip()) in places:
            raise ValidationError(
                {
                    "evidence": gettext(
                        "“{title}” ({source}) is attached twice at the same place."
                    ).format(title=found[item.source].title, source=item.source)
                }
            )
        places.add((item.source, item.locator.strip()))
    return [found[item.source] for item in evidence]
