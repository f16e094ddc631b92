"""Writers: each kind of row to its service."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext

from commitments import services
from commitments.audit.recorder import serialize_for_audit
from commitments.audit.replay import model_named
from commitments.dates import read_date
from commitments.imports.report import Difference, Row, Writer
from commitments.imports.scope import Scope, one
from commitments.models import Change, Commitment, Proposal, Review, StatusChange
from commitments.statuses import first_day
from planwatch.web.text import tidy

# The dates of each kind that may be known to the month or year alone, and the field of their precision.
DATES = {
    "source": ("published_on", "precision"),
    "plan": ("published_on", "precision"),
    "commitment": ("due_on", "due_precision"),
    "statuschange": ("effective_on", "precision"),
    "development": ("reported_on", "precision"),
    "reportedstatus": ("reported_on", "precision"),
}


# The fields by which the row is found that a line of a spreadsheet speaks of, where these are not its slug.
KEYS = {
    "site": (),
    "jurisdiction": ("code",),
    "theme": ("code",),
    "section": ("plan", "key"),
    "commitment": ("code",),
    "commitmentlink": ("earlier", "later", "relation"),
    "citation": ("commitment", "source", "relation", "locator"),
    "development": ("source", "locator", "reported_on"),
    "reportedstatus": ("commitment", "source", "locator"),
}


# The fields that take several values.
LISTS = frozenset({"themes", "commitments", "pillars"})
_EMPTY = (None, "", [])
# The public reason of what an import changes.
REASON = "Changed in the imported data."


def name_of(row: Row) -> str:
    fields = row.fields
    for name in ("slug", "code", "key"):
        if name in fields:
            return str(fields[name])
    parts = [
        fields.get(name)
        for name in (
            "commitment",
            "earlier",
            "later",
            "seq",
            "source",
            "reviewed_on",
            "reported_on",
        )
    ]
    words = (
        "/".join(map(str, part)) if isinstance(part, list) else str(part)
        for part in parts
        if part is not None
    )
    return " ".join(words) or row.kind


def plain_values(row: Row, longer: Collection[str] = ()) -> dict[str, Any]:
    """Turn natural keys of one part into that part, and dates into days with their precision.

    Raises ValidationError for lists and tables elsewhere than in `longer`, and for what is not a date.
    """
    plain = {name: one(value) for name, value in row.fields.items()}
    for name, value in plain.items():
        if isinstance(value, list | dict) and name not in longer:
            raise ValidationError({name: gettext("Give one value.")})
    if row.kind in DATES:
        _read_date(plain, *DATES[row.kind])
    return plain


def _read_date(fields: dict[str, Any], name: str, precision: str) -> None:
    """Put the day and the precision of a date in the place of what was written. Raises ValidationError."""
    value = fields.get(name)
    if value not in (None, ""):
        try:
            fields[name], fields[precision] = read_date(value, fields.get(precision))
        except ValueError as error:
            raise ValidationError({name: str(error)}) from error
    elif not fields.get(precision):
        fields.pop(precision, None)


def _parts(row: Row, *known: str) -> list[dict[str, Any]]:
    for part in row.parts:
        if unknown := sorted(set(part) - {*known, "position"}):
            raise ValidationError(
                gettext(
                    "An entry that belongs to it has unknown {unknown}. Known are {known}."
                ).format(unknown=", ".join(unknown), known=", ".join(known))
            )
    return row.parts


def result_of(saved: services.Saved) -> tuple[str, list[Difference]]:
    if saved.outcome == "new":
        return "new", _values(saved.after)
    if saved.outcome == "unchanged":
        return "unchanged", []
    return saved.outcome, [
        Difference(name, saved.before[name], saved.after[name])
        for name in saved.after
        if name in saved.changed
    ]


def _values(after: dict[str, Any]) -> list[Difference]:
    return [Difference(name, None, value) for name, value in after.items() if value not in _EMPTY]


def _save_with(service, **extra) -> Writer:
    def write(row: Row, scope: Scope, actor: str) -> tuple[str, list[Difference]]:
        fields = _completed(row, service)
        if fields is None:
            return "unchanged", []
        return result_of(service(**fields, **extra, actor=actor))

    return write


def _completed(row: Row, service: Callable) -> dict[str, Any] | None:
    """Return the fields of a row; of a partial one with what is stored in place of what it leaves out.

    None says that everything is stored as it is, so that a long file sent again is soon looked through.
    """
    fields = plain_values(row, longer=("section", "parent", *LISTS))
    if not row.partial:
        return fields
    model = model_named(row.kind)
    try:
        item = model.objects.get_by_natural_key(
            *(fields[name] for name in KEYS.get(row.kind, ("slug",)))
        )
    except model.DoesNotExist:
        item = None
    if item is not None:
        stored = _stored(item, service)
        changed = any((stored[name] or None) != (value or None) for name, value in fields.items())
        return stored | fields if changed else None
    if missing := [
        name
        for name, parameter in inspect.signature(service).parameters.items()
        if parameter.default is parameter.empty and name not in {*fields, "actor"}
    ]:
        names = ", ".join(missing)
        raise ValidationError(
            gettext("This would be a new row, and the file has no column {names}.").format(
                names=names
            )
        )
    return fields


def _stored(item: models.Model, service: Callable) -> dict[str, Any]:
    """Return what a service would have to be given to save a row as it is."""
    values = {}
    for name in inspect.signature(service).parameters:
        if name in ("lead_agencies", "partner_agencies"):
            roles = item.roles.filter(role=name.removesuffix("_agencies")).order_by("position")
            values[name] = tuple(roles.values_list("agency__slug", flat=True))
        elif name == "themes":
            values[name] = tuple(item.theme_rows.values_list("theme__code", flat=True))
        elif name == "pillars":
            values[name] = tuple(row.pillar.slug for row in item.pillar_rows.all())
        elif name == "commitments":
            values[name] = tuple(item.codes())
        elif hasattr(item, name):
            value = getattr(item, name)
            values[name] = value.natural_key()[-1] if isinstance(value, models.Model) else value
    return values


def _read_lists(fields: dict[str, Any]) -> None:
    """Put a tuple in the place of what was written where a field takes several values."""
    for name in LISTS & fields.keys():
        value = fields[name] or ()
        fields[name] = (value,) if isinstance(value, str) else tuple(value)


def _read_section(fields: dict[str, Any], name: str) -> None:
    """Put the key of a section in the place of its plan and key. Raises ValidationError for that of another plan."""
    if isinstance(fields.get(name), list):
        plan, fields[name] = fields[name]
        if plan != fields["plan"]:
            raise ValidationError({name: gettext("The section belongs to another plan.")})


def _section(row: Row, scope: Scope, actor: str) -> tuple[str, list[Difference]]:
    fields = _completed(row, services.save_section)
    if fields is None:
        return "unchanged", []
    _read_section(fields, "parent")
    _read_lists(fields)
    return result_of(services.save_section(**fields, actor=actor))


def _development(row: Row, scope: Scope, actor: str) -> tuple[str, list[Difference]]:
    fields = _completed(row, services.save_development)
    if fields is None:
        return "unchanged", []
    _read_lists(fields)
    return result_of(services.save_development(**fields, reason=REASON, actor=actor))


def _commitment(row: Row, scope: Scope, actor: str) -> tuple[str, list[Difference]]:
    row = _with_publication(row, scope)
    fields = _completed(row, services.save_commitment)
    if fields is None:
        return "unchanged", []
    _read_section(fields, "section")
    _read_lists(fields)
    if not row.partial:
        owed: dict[str, list[str]] = {"lead": [], "partner": []}
        for part in _parts(row, "commitment", "agency", "role"):
            owed[part["role"]].append(part["agency"][0])
        fields |= {f"{role}_agencies": slugs for role, slugs in owed.items()}
    stored = Commitment.objects.filter(code=fields["code"], is_published=False).first()
    if stored and fields.get("is_published") and (taken := Change.objects.unpublishing_of(stored)):
        raise ValidationError(
            {
                "is_published": gettext(
                    "{code} was unpublished on {day}. Only an editor publishes it again, on its page."
                ).format(code=stored.code, day=taken.recorded_at.date().isoformat())
            }
        )
    return result_of(services.save_commitment(**fields, reason=REASON, actor=actor))


def _with_publication(row: Row, scope: Scope) -> Row:
    """Return a row that says whether it is published: where it does not, a new one is if a document is cited for it.

    One on record stays as it is, but for a draft with an empty cell in a spreadsheet, which is published once it is cited.
    """
    code, given = one(row.fields.get("code")), row.fields.get("is_published")
    if given is not None or not isinstance(code, str):
        return row
    stored = Commitment.objects.filter(code=code).values_list("is_published", flat=True).first()
    is_left_out = "is_published" not in row.fields
    is_published = stored if stored is not None and (stored or is_left_out) else None
    if is_published is None:
        is_published = scope.is_cited(code)
    return replace(row, fields=row.fields | {"is_published": is_published})


def _status_change(row: Row, scope: Scope, actor: str) -> tuple[str, list[Difference]]:
    fields = plain_values(row, longer="corrects")
    seq, corrects = fields.pop("seq", None), fields.pop("corrects", None)
    if isinstance(corrects, list):
        if len(corrects) != 2 or corrects[0] != fields["commitment"]:
            raise ValidationError(
                {"corrects": gettext("Name the commitment and the number of its step.")}
            )
        corrects = corrects[1]
    evidence = [
        services.EvidenceItem(part["source"][0], part["locator"], part.get("note", ""))
        for part in _parts(row, "status_change", "source", "locator", "note")
    ]
    present = StatusChange.objects.filter(commitment__code=fields["commitment"])
    if seq is not None:
        present = present.filter(seq=seq).first()
    else:
        period = (fields["effective_on"], fields["precision"])
        rows = present.filter(status=fields["status"], corrects__seq=corrects)
        present = next((row for row in rows if _period(row) == period), None)
    if present is not None:
        return _same_step(present, row, {**fields, "corrects": corrects}, evidence, actor)
    fields |= {"corrects": corrects, "evidence": evidence}
    if services.waiting_like(**fields):
        return "unchanged", []
    following = services.next_step_of(fields["commitment"])
    waiting = Proposal.objects.waiting().filter(commitment__code=fields["commitment"]).count()
    if seq is not None and not following <= seq <= following + waiting:
        raise ValidationError(
            {
                "seq": gettext("This would be step {next}, not {given}.").format(
                    next=following, given=seq
                )
            }
        )
    if scope.is_new(fields["commitment"]):
        made = services.record_status_change(**fields, actor=actor)
        return "new", _values(serialize_for_audit(made))
    # A step behind one that waits waits too: its number is free only after that one.
    may_record = seq in (None, following)
    made = services.submit_status_change(**fields, actor=actor, may_record=may_record)
    if isinstance(made, StatusChange):
        return "new", _values(serialize_for_audit(made))
    return "proposed", []


def _same_step(
    present: StatusChange, row: Row, fields: dict, evidence: list, actor: str
) -> tuple[str, list[Difference]]:
    """Hold a row against the step that is recorded; evidence that it names beyond that of the step is added to it."""
    stored = serialize_for_audit(present)
    stored["effective_on"] = _period(present)[0].isoformat()
    code, corrects = fields["commitment"], fields["corrects"]
    wanted = {
        "effective_on": fields["effective_on"].isoformat(),
        "precision": fields["precision"],
        "status": fields["status"],
        "explanation": tidy(fields.get("explanation", "")),
        "correction_reason": tidy(fields.get("correction_reason", "")),
        "corrects": f"{code}/{corrects}" if corrects else None,
        "evidence": [
            {"locator": tidy(item.locator), "note": tidy(item.note), "source": item.source}
            for item in evidence[: len(stored["evidence"])]
        ],
    }
    names = {"explanation", "correction_reason", "evidence"}
    left_out = names - set(row.cells) if row.partial else set()
    if different := [
        name for name in wanted if wanted[name] != stored[name] and name not in left_out
    ]:
        raise ValidationError(
            gettext(
                "This step is recorded otherwise ({fields}). Steps are never edited: add a correction."
            ).format(fields=", ".join(different))
        )
    present_at = set(present.evidence.values_list("source__slug", "locator"))
    more = [item for item in evidence if (item.source, tidy(item.locator)) not in present_at]
    if not more or "evidence" in left_out:
        return "unchanged", []
    services.add_evidence(commitment=code, seq=present.seq, evidence=more, actor=actor)
    before = ", ".join(item.source for item in evidence if item not in more)
    after = ", ".join(item.source for item in evidence)
    return "changed", [Difference("evidence", before, after)]


def _period(step: StatusChange) -> tuple[dt.date, str]:
    return first_day(step.effective_on, step.precision), step.precision


def _review(row: Row, scope: Scope, actor: str) -> tuple[str, list[Difference]]:
    fields = plain_values(row)
    if not isinstance(fields.get("reviewed_on"), dt.date):
        raise ValidationError({"reviewed_on": gettext("Give a day.")})
    source = fields.pop("source", None) or ""
    reason = fields.pop("retraction_reason", None)
    review = Review.objects.filter(
        commitment__code=fields["commitment"],
        reviewed_on=fields["reviewed_on"],
        note=tidy(fields["note"]),
        source__slug=source or None,
    ).first()
    result, values = "changed" if review else "new", []
    if review is None:
        review = services.record_review(**fields, source=source, actor=actor)
        values = _values(serialize_for_audit(review))
    elif not reason or hasattr(review, "retraction"):
        return "unchanged", []
    if not reason:
        return result, values
    services.retract_review(review=review.pk, reason=reason, actor=actor, is_import=True)
    return result, [Difference("retraction_reason", "", reason)]


WRITERS: dict[str, Writer] = {
    "jurisdiction": _save_with(services.save_jurisdiction),
    "agency": _save_with(services.save_agency),
    "source": _save_with(services.save_source, reason=REASON),
    "site": _save_with(services.save_site),
    "pillar": _save_with(services.save_pillar),
    "theme": _save_with(services.save_theme),
    "plan": _save_with(services.save_plan),
    "section": _section,
    "commitment": _commitment,
    "citation": _save_with(services.save_citation, reason=REASON),
    "commitmentlink": _save_with(services.save_link, reason=REASON),
    "development": _development,
    "reportedstatus": _save_with(services.save_reported_status, reason=REASON),
    "statuschange": _status_change,
    "review": _review,
}
