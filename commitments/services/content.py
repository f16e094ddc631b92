"""Writes to everything but histories: agencies, sources, plans, pillars, objectives, commitments, citations, lineage.

Each saves by natural key: the row is made, changed or found unchanged, and only what differs enters the record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from agencies.models import Agency
from commitments.models import (
    Change,
    ChangeAction,
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentLink,
    Objective,
    Pillar,
    Plan,
    SearchDocument,
    Source,
)
from commitments.querysets import today
from commitments.search import document_of
from commitments.services.history import derived, refresh, require_legal_history
from commitments.services.record import Recorder, recording, require_unchanged, snapshot


@dataclass(frozen=True)
class Saved:
    """A row after a save, and what the save did: `before` is None for a new row, equal to `after` if unchanged."""

    item: models.Model
    before: dict[str, Any] | None
    after: dict[str, Any]

    @property
    def outcome(self) -> str:
        if self.before is None:
            return "new"
        return "unchanged" if self.before == self.after else "changed"


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
    request_id: str = "",
) -> Saved:
    """Make or change the agency with that slug; `parent` is a slug. Raises ValidationError, also for a circle of parents."""
    with recording(actor, request_id) as record:
        above = _related(Agency, parent, field="parent")
        saved = _save(
            record,
            Agency,
            {"slug": slug},
            name=name,
            short_name=short_name,
            jurisdiction=jurisdiction,
            acronym=acronym,
            parent=above,
            url=url,
        )
        while above is not None:
            if above.pk == saved.item.pk:
                raise ValidationError({"parent": "An agency cannot stand below itself."})
            above = above.parent
        if saved.outcome == "changed":
            for commitment in Commitment.objects.filter(roles__agency=saved.item):
                _index(commitment)
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
    request_id: str = "",
) -> Saved:
    """Make or change the source with that slug.

    Raises ValidationError, also where a new date or origin would take the ground from a status that rests on it.
    """
    with recording(actor, request_id) as record:
        saved = _save(
            record,
            Source,
            {"slug": slug},
            title=title,
            publisher=publisher,
            kind=kind,
            origin=origin,
            author=author,
            published_on=published_on,
            precision=precision,
            language=language,
            url=url,
            archived_url=archived_url,
            note=note,
        )
        if saved.outcome == "changed":
            resting = Commitment.objects.filter(
                status_changes__evidence__source=saved.item
            ).distinct()
            for commitment in resting.select_related("plan"):
                require_legal_history(commitment)
                Commitment.objects.filter(pk=commitment.pk).update(
                    verification=derived(commitment)["verification"]
                )
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
    request_id: str = "",
) -> Saved:
    """Make or change the plan with that slug; `document` is a source's slug, `predecessor` a plan's.

    Raises ValidationError, also where a new end of the period would make a recorded status illegal.
    """
    with recording(actor, request_id) as record:
        saved = _save(
            record,
            Plan,
            {"slug": slug},
            jurisdiction=jurisdiction,
            title=title,
            published_on=published_on,
            summary=summary,
            document=_related(Source, document, field="document"),
            precision=precision,
            starts_on=starts_on,
            ends_on=ends_on,
            period_note=period_note,
            predecessor=_related(Plan, predecessor, field="predecessor"),
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
    request_id: str = "",
) -> Saved:
    """Make or change the pillar with that slug. `code` are the letters in commitment codes."""
    with recording(actor, request_id) as record:
        saved = _save(
            record, Pillar, {"slug": slug}, code=code, name=name, position=position, summary=summary
        )
        if saved.outcome == "changed":
            for commitment in saved.item.commitments.all():
                _index(commitment)
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
    request_id: str = "",
) -> Saved:
    """Make or change the objective `key` of a plan; `plan` and `pillar` are slugs."""
    with recording(actor, request_id) as record:
        saved = _save(
            record,
            Objective,
            {"plan": _related(Plan, plan, field="plan"), "key": key},
            pillar=_related(Pillar, pillar, field="pillar"),
            title=title,
            position=position,
            number=number,
            summary=summary,
        )
        if saved.outcome == "changed":
            for commitment in saved.item.commitments.all():
                if commitment.pillar_id != saved.item.pillar_id:
                    raise ValidationError(
                        {"pillar": f"{commitment.code} has this objective under another pillar."}
                    )
                _index(commitment)
    return saved


def save_commitment(
    *,
    code: str,
    plan: str,
    pillar: str,
    pillar_basis: str,
    kind: str,
    title: str,
    summary: str,
    announced_on: dt.date,
    actor: str,
    lead_agencies: Sequence[str] = (),
    partner_agencies: Sequence[str] = (),
    plan_number: str = "",
    objective: str | None = None,
    due_on: dt.date | None = None,
    due_precision: str = "day",
    target: str = "",
    lead_note: str = "",
    note: str = "",
    is_published: bool = True,
    reason: str = "",
    seen_version: int | None = None,
    request_id: str = "",
) -> Saved:
    """Make or change the commitment with that code, with the agencies that owe and share it, in the order given.

    Related rows are slugs; `objective` is its key within the plan. A change to what is or becomes published needs a
    public `reason`. Raises ValidationError, also where a new date would make the recorded history illegal; Conflict if
    the commitment has changed since `seen_version`.
    """
    if both := set(lead_agencies) & set(partner_agencies):
        raise ValidationError(
            {"partner_agencies": f"{', '.join(sorted(both))} cannot be lead and partner."}
        )
    with recording(actor, request_id) as record:
        of_plan = _related(Plan, plan, field="plan")
        aim = _related(Objective, (plan, objective) if objective else None, field="objective")
        owed = [
            (role, position, _related(Agency, slug, field=f"{role}_agencies"))
            for role, slugs in (("lead", lead_agencies), ("partner", partner_agencies))
            for position, slug in enumerate(dict.fromkeys(slugs), start=1)
        ]
        item, before = _existing(Commitment, {"code": code})
        if before is not None:
            require_unchanged(item, seen_version)
        else:
            item.created_at = item.updated_at = record.now
            item.status_since = item.last_checked_on = announced_on
        _assign(
            item,
            plan=of_plan,
            pillar=_related(Pillar, pillar, field="pillar"),
            pillar_basis=pillar_basis,
            objective=aim,
            kind=kind,
            title=title,
            summary=summary,
            announced_on=announced_on,
            plan_number=plan_number,
            due_on=due_on,
            due_precision=due_precision,
            target=target,
            lead_note=lead_note,
            note=note,
            is_published=is_published,
        )
        if aim is not None and aim.pillar_id != item.pillar_id:
            raise ValidationError({"objective": "The objective stands under another pillar."})
        item.save()
        _require_room_for(item)
        kept = [row for row in owed if row]
        present = list(
            item.roles.order_by("role", "position").values_list("role", "position", "agency")
        )
        if present != sorted((role, position, agency.pk) for role, position, agency in kept):
            item.roles.all().delete()
            CommitmentAgency.objects.bulk_create(
                CommitmentAgency(commitment=item, agency=agency, role=role, position=position)
                for role, position, agency in kept
            )
        saved = Saved(item, before, snapshot(item))
        row = _record(record, saved, [item], reason)
        if row is not None:
            require_legal_history(item)
            refresh(item, record, row)
            _index(item)
    return saved


def save_citation(
    *,
    commitment: str,
    source: str,
    relation: str,
    locator: str,
    actor: str,
    note: str = "",
    reason: str = "",
    request_id: str = "",
) -> Saved:
    """Say that a source announces, restates or reports a commitment, and where in it."""
    with recording(actor, request_id) as record:
        subject = _related(Commitment, commitment, field="commitment")
        key = {
            "commitment": subject,
            "source": _related(Source, source, field="source"),
            "relation": relation,
            "locator": locator.strip(),
        }
        saved = _save(record, Citation, key, about=[subject], reason=reason, note=note)
    return saved


def delete_citation(
    *,
    commitment: str,
    source: str,
    relation: str,
    locator: str,
    actor: str,
    reason: str = "",
    request_id: str = "",
) -> None:
    """Take a citation away; the record keeps it. Raises ValidationError if there is none like it."""
    with recording(actor, request_id) as record:
        key = (commitment, source, relation, locator)
        item = _related(Citation, key, field="citation")
        _delete(record, item, [item.commitment], reason)


def save_link(
    *,
    earlier: str,
    later: str,
    relation: str,
    basis: str,
    actor: str,
    note: str = "",
    source: str | None = None,
    reason: str = "",
    request_id: str = "",
) -> Saved:
    """Say that the later commitment continues, rewords, replaces … the earlier; a stated link names its source."""
    with recording(actor, request_id) as record:
        ends = [_related(Commitment, code, field="commitment") for code in (earlier, later)]
        if ends[0].announced_on > ends[1].announced_on:
            raise ValidationError(
                {"later": "The later commitment was announced before the earlier one."}
            )
        saved = _save(
            record,
            CommitmentLink,
            {"earlier": ends[0], "later": ends[1], "relation": relation},
            about=ends,
            reason=reason,
            basis=basis,
            note=note,
            source=_related(Source, source, field="source"),
        )
    return saved


def delete_link(
    *, earlier: str, later: str, relation: str, actor: str, reason: str = "", request_id: str = ""
) -> None:
    """Take a link away; the record keeps it. Raises ValidationError where a status rests on it."""
    with recording(actor, request_id) as record:
        item = _related(CommitmentLink, (earlier, later, relation), field="link")
        _delete(record, item, [item.earlier, item.later], reason)
        require_legal_history(item.earlier)


# How a row is saved


def _existing(model, key: dict[str, Any]) -> tuple[models.Model, dict[str, Any] | None]:
    item = model.objects.filter(**key).first()
    return (model(**key), None) if item is None else (item, snapshot(item))


def _assign(item: models.Model, **values) -> None:
    for name, value in values.items():
        setattr(item, name, value.strip() if isinstance(value, str) else value)
    item.full_clean()


def _save(
    record: Recorder,
    model,
    key: dict[str, Any],
    about: Sequence[Commitment] = (),
    reason: str = "",
    **values,
) -> Saved:
    item, before = _existing(model, key)
    _assign(item, **values)
    saved = Saved(item, before, snapshot(item))
    if saved.outcome != "unchanged":
        item.save()
        row = _record(record, saved, about, reason)
        _touch(about, record, row)
    return saved


def _delete(record: Recorder, item: models.Model, about: Sequence[Commitment], reason: str) -> None:
    after = {"reason": _required_reason(reason, about)}
    row = record.append(ChangeAction.DELETE, item, snapshot(item), after, about)
    item.delete()
    _touch(about, record, row)


def _require_room_for(item: Commitment) -> None:
    """Raise ValidationError where the announcement lies in the future, after a review or on the wrong side of a link."""
    day, links = item.announced_on, CommitmentLink.objects
    if day > today():
        raise ValidationError({"announced_on": "Give a day that is not in the future."})
    if review := item.reviews.filter(reviewed_on__lt=day).first():
        raise ValidationError({"announced_on": f"It was reviewed on {review.reviewed_on}, before."})
    wrong = (
        links.filter(later=item, earlier__announced_on__gt=day).select_related("earlier").first()
    )
    if wrong:
        verb = wrong.get_relation_display().lower()
        raise ValidationError(
            {"announced_on": f"{wrong.earlier.code}, which it {verb}, was announced later."}
        )
    wrong = links.filter(earlier=item, later__announced_on__lt=day).select_related("later").first()
    if wrong:
        verb = wrong.get_relation_display().lower()
        raise ValidationError(
            {"announced_on": f"{wrong.later.code}, which {verb} it, was announced before."}
        )


def _record(
    record: Recorder, saved: Saved, about: Sequence[Commitment], reason: str
) -> Change | None:
    if saved.outcome == "unchanged":
        return None
    if saved.before is None:
        return record.append(ChangeAction.CREATE, saved.item, None, saved.after, about)
    was_public = saved.before.get("is_published", False)
    after = {**saved.after, "reason": _required_reason(reason, about, was_public=was_public)}
    return record.append(ChangeAction.UPDATE, saved.item, saved.before, after, about)


def _required_reason(reason: str, about: Sequence[Commitment], *, was_public: bool = False) -> str:
    """Return the public reason of an edit. Raises ValidationError where what is or was published is edited without one."""
    if not reason.strip() and (was_public or any(item.is_published for item in about)):
        raise ValidationError({"reason": "This is public. Say why you change it."})
    return reason.strip()


def _touch(commitments: Sequence[Commitment], record: Recorder, row: Change) -> None:
    Commitment.objects.filter(pk__in=[item.pk for item in commitments]).update(
        seq=row.seq, updated_at=record.now
    )


def _index(commitment: Commitment) -> None:
    document = document_of(commitment, Agency.objects.filter(roles__commitment=commitment))
    SearchDocument.objects.update_or_create(
        commitment=commitment, defaults={"title": document.title, "text": document.text}
    )


def _related(model, key: str | tuple | None, *, field: str):
    """Return the row with that natural key, None for none. Raises ValidationError on `field` if it does not exist."""
    if not key:
        return None
    key = key if isinstance(key, tuple) else (key,)
    try:
        return model.objects.get_by_natural_key(*key)
    except model.DoesNotExist as error:
        raise ValidationError(
            {field: f"There is no {model._meta.verbose_name} {'/'.join(map(str, key))}."}
        ) from error
