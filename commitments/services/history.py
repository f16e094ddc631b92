"""Writes to the history of a commitment: status changes, corrections, reviews, and the copies derived from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext

from commitments.audit.recorder import (
    Recorder,
    audited_transaction,
    check_version,
    serialize_for_audit,
)
from commitments.choices import Precision
from commitments.models import (
    FIRST_DAY,
    ChangeAction,
    Commitment,
    DatasetVersion,
    Evidence,
    Source,
    StatusChange,
)
from commitments.services.history_rules import (
    EvidenceItem,
    _require_legal,
    _step,
    copies_of,
    problems_of,
    refresh,
    require_legal_history,
    sources_named,
    steps_of,
    subject_of,
    terms_of,
    write_copies,
)
from commitments.services.validation import all_of, refused, validate
from commitments.status_rules import Step, facts_of, history_problems, step_day
from commitments.statuses import START, order_of
from planwatch.time_zones import is_future


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
) -> StatusChange:
    """Append one step to the history of the commitment with that code, and record it.

    `effective_on` is the day from which it is true; with `precision` month or year the first day of that period is kept,
    or the day of the announcement where that lies in it (status_rules.step_day). `corrects` is the number of the step that
    this one strikes out, and `correction_reason` says why that one was wrong; without it the explanation must. The step may lie before others: the whole path must stay legal by
    status_rules.history_problem. Raises ValidationError, by field, with what to do; nothing is written then.
    """
    with audited_transaction(actor) as record:
        subject = subject_of(commitment)
        draft = draft_status_change(
            record,
            subject,
            status=status,
            effective_on=effective_on,
            precision=precision,
            explanation=explanation,
            correction_reason=correction_reason,
            evidence=evidence,
            corrects=corrects,
        )
        return append_step(record, draft)


def preview_status_change(*, commitment: str, actor: str, **step: Any) -> Draft:
    """Draft a step as record_status_change would, without a lock and without a write. Raises ValidationError like it."""
    unused = Recorder(DatasetVersion(), actor)
    return draft_status_change(unused, subject_of(commitment), **step)


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
    *,
    status: str,
    effective_on: dt.date,
    precision: str = Precision.DAY,
    explanation: str = "",
    correction_reason: str = "",
    evidence: Sequence[EvidenceItem] = (),
    corrects: int | None = None,
) -> Draft:
    """Build a step and hold the history with it against the rules. Raises ValidationError, by field; writes nothing."""
    recorded, _, standing = steps_of(subject)
    effective_on, sources, wrong = all_of(
        lambda: _day_of_step(effective_on, precision, subject),
        lambda: sources_named(evidence),
        lambda: _step_to_correct(subject, standing, corrects, correction_reason),
    )
    path = [step for step in standing if step.seq != corrects]
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
    rows = _rows_of(evidence, sources, recorded_at=record.now)
    step = _step(
        change, facts_of([(row.source, row.note) for row in rows], subject.plan.jurisdiction)
    )
    terms = terms_of(subject)
    known = frozenset(history_problems(standing, terms))
    _require_legal([*path, step], subject, terms, known, change.seq)
    earlier = [other for other in path if order_of(other) < order_of(step)]
    before = max(earlier, key=order_of).status if earlier else START.value
    return Draft(change, rows, before, [*path, step])


def _rows_of(
    evidence: Sequence[EvidenceItem], sources: Sequence[Source], before: int = 0, **given: Any
) -> list[Evidence]:
    """Build the evidence of a step that has so many rows of it before. Raises ValidationError; writes nothing."""
    places = enumerate(zip(evidence, sources, strict=True), start=before + 1)
    rows = [
        Evidence(source=source, locator=item.locator, note=item.note, position=place, **given)
        for place, (item, source) in places
    ]
    for row in rows:
        validate(row, with_other_rows=False)
    return rows


def _day_of_step(day: dt.date, precision: str, subject: Commitment) -> dt.date:
    if precision not in Precision.values:
        raise refused("invalid_choice", gettext("Choose day, month or year."), "precision")
    day = step_day(day, precision, subject.announced_on)
    if day < FIRST_DAY or is_future(day):
        words = gettext("Give a day from {first_day} to today.")
        raise refused("out_of_range", words.format(first_day=FIRST_DAY.isoformat()), "effective_on")
    return day


def _step_to_correct(
    subject: Commitment, standing: Sequence[Step], seq: int | None, reason: str
) -> StatusChange | None:
    if seq is None:
        if reason.strip():
            words = gettext("Only a correction has such a reason. Empty this.")
            raise refused("reason_without_correction", words, "correction_reason")
        return None
    if not any(step.seq == seq for step in standing):
        words = gettext("Step {corrects} does not exist here, or was corrected before.")
        raise refused("unknown_step", words.format(corrects=seq), "corrects")
    return subject.status_changes.get(seq=seq)


def next_step_of(commitment: str) -> int:
    """Return the number that the next step of the commitment with that code gets."""
    rows = StatusChange.objects.filter(commitment__code=commitment)
    return 1 + (rows.aggregate(last=Max("seq"))["last"] or 0)


def append_step(record: Recorder, draft: Draft) -> StatusChange:
    """Save a step that was found to fit, with its evidence, and record it."""
    change = draft.change
    change.save(force_insert=True)
    for row in draft.evidence:
        row.status_change = change
        row.save(force_insert=True)
    after, subject = serialize_for_audit(change, draft.evidence), change.commitment
    row = record.log(ChangeAction.CREATE, change, None, after, [subject])
    if change.corrects_id:
        # The day of the step that is struck out counts no more.
        refresh(subject, record, row)
    else:
        last = max(draft.path, key=order_of)
        copies = copies_of(subject, last, subject.last_reviewed_on, record.now)
        write_copies(subject, record, row, copies)
    return change


def add_evidence(
    *,
    commitment: str,
    seq: int,
    evidence: Sequence[EvidenceItem],
    actor: str,
    seen_version: int | None = None,
) -> list[Evidence]:
    """Attach more sources to step number `seq`, which stands as it is; each is a row of the public record.

    It is no correction and needs no second person. What was known before does not have it: `recorded_at` is its own.
    Raises ValidationError for a step that does not stand, no source, an unknown one or the same place twice; Conflict
    if the commitment has changed since `seen_version`.
    """
    if not evidence:
        raise refused("no_evidence", gettext("Choose a document."), "evidence")
    with audited_transaction(actor) as record:
        subject = subject_of(commitment)
        check_version(subject, seen_version)
        step = subject.status_changes.not_corrected().filter(seq=seq).first()
        if step is None:
            words = gettext("Step {seq} does not exist here, or was corrected.")
            raise refused("unknown_step", words.format(seq=seq), "seq")
        known = problems_of(subject)
        present = set(step.evidence.values_list("source__slug", "locator"))
        sources = sources_named(evidence, present)
        given = {"status_change": step, "recorded_at": record.now}
        added = _rows_of(evidence, sources, before=len(present), **given)
        for row in added:
            row.save(force_insert=True)
            entry = record.log(ChangeAction.CREATE, row, None, serialize_for_audit(row), [subject])
        require_legal_history(subject, known)
        refresh(subject, record, entry)
    return added
