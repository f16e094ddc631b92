"""Writes to what commitments stand on: agencies, sources, plans, pillars, objectives. Each saves by natural key.

`seen_version` is the version of the row that the writer looked at (services.version_of), 0 for a row that must be new;
each raises Conflict if somebody has changed it since.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from agencies.models import Agency
from commitments.models import Commitment, Objective, Pillar, Plan, Source
from commitments.services.history import derived, require_legal_history
from commitments.services.links import refresh_link
from commitments.services.record import recording
from commitments.services.saving import Saved, index_words, related, save_row
from commitments.statuses import Precision, first_day


def save_agency(
    *,
    slug: str,
    name: str,
    short_name: str,
    jurisdiction: str,
    actor: str,
    acronym: str = "",
    parent: str | None = None,
    url: str = "",
    seen_version: int | None = None,
    request_id: str = "",
) -> Saved:
    """Make or change the agency with that slug; `parent` is a slug. Raises ValidationError, also for a circle of parents."""
    with recording(actor, request_id) as record:
        above = related(Agency, parent, field="parent")
        saved = save_row(
            record,
            Agency,
            {"slug": slug},
            seen_version=seen_version,
            name=name,
            short_name=short_name,
            jurisdiction=jurisdiction,
            acronym=acronym,
            parent=above,
            url=url,
        )
        while above is not None:
            if above.pk == saved.item.pk:
                raise ValidationError({"parent": gettext("An agency cannot stand below itself.")})
            above = above.parent
        if saved.outcome == "changed":
            for commitment in Commitment.objects.filter(roles__agency=saved.item):
                index_words(commitment, record)
    return saved


def save_source(
    *,
    slug: str,
    title: str,
    publisher: str,
    kind: str,
    origin: str,
    actor: str,
    author: str = "",
    published_on: dt.date | None = None,
    precision: str = "day",
    language: str = "en",
    url: str = "",
    archived_url: str = "",
    note: str = "",
    seen_version: int | None = None,
    request_id: str = "",
) -> Saved:
    """Make or change the source with that slug.

    `published_on` with `precision` month or year is kept as the first day of that month or year.

    Raises ValidationError, also where a new date or origin would take the ground from a status that rests on it.
    """
    with recording(actor, request_id) as record:
        saved = save_row(
            record,
            Source,
            {"slug": slug},
            seen_version=seen_version,
            title=title,
            publisher=publisher,
            kind=kind,
            origin=origin,
            author=author,
            published_on=published_on and first_day(published_on, precision),
            precision=precision if published_on else Precision.DAY.value,
            language=language,
            url=url,
            archived_url=archived_url,
            note=note,
        )
        if saved.outcome == "changed":
            refresh_link(saved.item, record)
            resting = Commitment.objects.filter(
                status_changes__evidence__source=saved.item
            ).distinct()
            for commitment in resting.select_related("plan"):
                require_legal_history(commitment)
                verification = derived(commitment)["verification"]
                if verification != commitment.verification:
                    Commitment.objects.filter(pk=commitment.pk).update(verification=verification)
                    record.wrote(Commitment, commitment.pk)
    return saved


def save_plan(
    *,
    slug: str,
    jurisdiction: str,
    title: str,
    published_on: dt.date,
    actor: str,
    summary: str = "",
    document: str | None = None,
    precision: str = "day",
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
    period_note: str = "",
    predecessor: str | None = None,
    seen_version: int | None = None,
    request_id: str = "",
) -> Saved:
    """Make or change the plan with that slug; `document` is a source's slug, `predecessor` a plan's.

    Raises ValidationError, also where a new end of the period would make a recorded status illegal.
    """
    with recording(actor, request_id) as record:
        saved = save_row(
            record,
            Plan,
            {"slug": slug},
            seen_version=seen_version,
            jurisdiction=jurisdiction,
            title=title,
            published_on=first_day(published_on, precision),
            summary=summary,
            document=related(Source, document, field="document"),
            precision=precision,
            starts_on=starts_on,
            ends_on=ends_on,
            period_note=period_note,
            predecessor=related(Plan, predecessor, field="predecessor"),
        )
        if saved.outcome == "changed":
            for commitment in saved.item.commitments.select_related("plan"):
                require_legal_history(commitment)
    return saved


def save_pillar(
    *,
    slug: str,
    code: str,
    name: str,
    position: int,
    actor: str,
    summary: str = "",
    seen_version: int | None = None,
    request_id: str = "",
) -> Saved:
    """Make or change the pillar with that slug. `code` are the letters in commitment codes."""
    with recording(actor, request_id) as record:
        saved = save_row(
            record,
            Pillar,
            {"slug": slug},
            seen_version=seen_version,
            code=code,
            name=name,
            position=position,
            summary=summary,
        )
        if saved.outcome == "changed":
            for commitment in saved.item.commitments.all():
                index_words(commitment, record)
    return saved


def save_objective(
    *,
    plan: str,
    key: str,
    pillar: str,
    title: str,
    position: int,
    actor: str,
    number: str = "",
    summary: str = "",
    seen_version: int | None = None,
    request_id: str = "",
) -> Saved:
    """Make or change the objective `key` of a plan; `plan` and `pillar` are slugs."""
    with recording(actor, request_id) as record:
        saved = save_row(
            record,
            Objective,
            {"plan": related(Plan, plan, field="plan"), "key": key},
            seen_version=seen_version,
            pillar=related(Pillar, pillar, field="pillar"),
            title=title,
            position=position,
            number=number,
            summary=summary,
        )
        if saved.outcome == "changed":
            for commitment in saved.item.commitments.all():
                if commitment.pillar_id != saved.item.pillar_id:
                    raise ValidationError(
                        {
                            "pillar": gettext(
                                "{code} has this objective under another pillar."
                            ).format(code=commitment.code)
                        }
                    )
                index_words(commitment, record)
    return saved
