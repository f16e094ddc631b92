"""Writes of what sources report without proving a step: developments, and the words of governments for a status."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from commitments.audit.recorder import audited_transaction
from commitments.choices import Precision
from commitments.models import (
    Commitment,
    Development,
    DevelopmentCommitment,
    Plan,
    ReportedStatus,
    Source,
)
from commitments.services.history_rules import subject_of
from commitments.services.upsert import (
    Saved,
    assign_to,
    existing_row,
    merged,
    related,
    save_row,
    write_row,
)
from commitments.statuses import first_day, last_day
from planwatch.web.text import tidy


def save_development(
    *,
    source: str,
    locator: str,
    reported_on: dt.date,
    bearing: str,
    sentence: str,
    actor: str,
    precision: str = "day",
    commitments: Sequence[str] = (),
    plan: str | None = None,
    reason: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Make or change the development of that source, place and day: it bears on `commitments` (codes, in order), or
    where there are none on the `plan` (a slug) as a whole.

    `reported_on` with `precision` month or year is kept as the first day of that month or year. An edit of what bears on
    a published commitment needs a public `reason`. Raises ValidationError; Conflict if it has changed since `seen_version`.
    """
    if bool(commitments) == bool(plan):
        message = gettext("Name the commitments that it bears on, or else the plan as a whole.")
        raise ValidationError({"commitments": message})
    if len(set(commitments)) < len(commitments):
        raise ValidationError({"commitments": gettext("Give each commitment once.")})
    with audited_transaction(actor) as record:
        key = {
            "source": related(Source, source, field="source"),
            "locator": tidy(locator),
            "reported_on": first_day(reported_on, precision),
        }
        item, before = existing_row(Development, key)
        assign_to(
            item,
            precision=precision,
            bearing=bearing,
            sentence=sentence,
            plan=related(Plan, plan, field="plan"),
            recorded_at=item.recorded_at or record.now,
        )
        borne_on = [related(Commitment, code, field="commitments") for code in commitments]
        saved = merged(item, before, seen_version, commitments=[row.code for row in borne_on])
        codes = [*(before or saved.after)["commitments"], *saved.after["commitments"]]
        write_row(record, saved, Commitment.objects.filter(code__in=codes), reason)
        if "commitments" in saved.changed:
            record.wrote(DevelopmentCommitment, item.pk)
            item.commitment_rows.all().delete()
            DevelopmentCommitment.objects.bulk_create(
                DevelopmentCommitment(development=item, commitment=row, position=position)
                for position, row in enumerate(borne_on, start=1)
            )
    return saved


def save_reported_status(
    *,
    commitment: str,
    source: str,
    locator: str,
    wording: str,
    actor: str,
    language: str = "",
    reported_on: dt.date | None = None,
    precision: str = "day",
    equivalent: str = "",
    note: str = "",
    reason: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Make or change the government's own word for a commitment (a code) at that place of a source (a slug).

    `wording` is as printed, in `language` (BCP 47; empty is that of the source); `equivalent` the nearest of our statuses,
    empty where none is near. `reported_on` with `precision` month or year is kept as the first day of that. Like evidence,
    it cannot be older than the plan, and without a date it needs a note on it, its own or the source's. An edit of what
    is published needs a public `reason`. Raises ValidationError; Conflict if it has changed since `seen_version`.
    """
    with audited_transaction(actor) as record:
        subject = subject_of(commitment)
        document = related(Source, source, field="source")
        if reported_on is None and not (note.strip() or (document and document.note)):
            words = gettext("Without a date, say in the note what is known of it.")
            raise ValidationError({"note": words})
        begins = subject.plan.published_on
        if reported_on and last_day(reported_on, precision) < begins:
            words = gettext("Give a day from the publication of the plan ({day}) to today.")
            raise ValidationError({"reported_on": words.format(day=begins.isoformat())})
        return save_row(
            record,
            ReportedStatus,
            {"commitment": subject, "source": document, "locator": tidy(locator)},
            about=[subject],
            reason=reason,
            seen_version=seen_version,
            wording=wording,
            language=language or (document.language if document else ""),
            reported_on=reported_on and first_day(reported_on, precision),
            precision=precision if reported_on else Precision.DAY.value,
            equivalent=equivalent,
            note=note,
        )
