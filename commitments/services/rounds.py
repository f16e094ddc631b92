"""Writes of reporting rounds and of agencies' answers: private work, in no row of the public record.

A focal point has no account. The link from the invitation is signed and void after the closing day; only its digest is
stored, so a reader of the database cannot answer in an agency's name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.utils import timezone
from django.utils.translation import gettext

from agencies.models import Agency
from commitments.audit.recorder import Conflict, audited_transaction
from commitments.dates import read_date
from commitments.models import (
    AnswerState,
    Citation,
    Plan,
    ReportingRound,
    RoundAnswer,
    RoundInvitation,
    Source,
)
from commitments.services.upsert import related
from commitments.services.validation import all_of, require_none, require_texts, validate
from planwatch.net.addresses import address_problem
from planwatch.web.text import tidy

# Names and addresses are kept so long after the closing day.
CONTACTS_KEPT = dt.timedelta(days=90)
MOST_DOCUMENTS = 10
DOCUMENT = ("address", "title", "day", "place")
FOCAL_POINT = "focal-point"
_signer = Signer(salt="commitments.rounds")


class Contact(NamedTuple):
    """The focal point of an agency (a slug), and the language of the mail."""

    agency: str
    contact: str
    address: str
    language: str = "en"


# Links


def link_key(invitation: RoundInvitation) -> str:
    """Return the key in the link of an invitation: the same each time, until a new link is made."""
    return _signer.sign(f"{invitation.pk}.{invitation.link_number}")


def invitation_of(key: str) -> RoundInvitation | None:
    """Return the invitation that a key opens; None for no key, a void one, and one of a round that has closed."""
    try:
        _signer.unsign(key)
    except BadSignature:
        return None
    rows = RoundInvitation.objects.select_related("reporting_round__plan", "agency")
    found = rows.filter(key_digest=_digest(key)).first()
    return found if found and not found.reporting_round.is_closed else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


# The round


def open_round(
    *,
    plan: str,
    period_from: dt.date,
    period_until: dt.date,
    closes_on: dt.date,
    contacts: Sequence[Contact],
    actor: str,
    questions: str = "",
) -> ReportingRound:
    """Ask agencies that lead published commitments of a plan (a slug) what was done in a period.

    Each of `contacts` is mailed a link to answer until the end of `closes_on`, where the plan was made. Raises
    ValidationError by field, also without contacts and for a closing day that is over.
    """
    require_texts(plan=plan, actor=actor)
    with audited_transaction(actor) as record:
        item = ReportingRound(
            plan=related(Plan, plan, field="plan"),
            period_from=period_from,
            period_until=period_until,
            closes_on=closes_on,
            questions=questions,
            opened_by=record.actor,
            opened_at=record.now,
        )
        validate(item)
        _require_days(item)
        if not contacts:
            raise ValidationError({"contacts": gettext("Name the focal point of an agency.")})
        item.save()
        for each in contacts:
            _invite(item, each)
    return item


def _require_days(item: ReportingRound) -> None:
    today, problems = item.day_of(), {}
    if item.closes_on < today:
        problems["closes_on"] = gettext("This day is over. Give a later one.")
    if item.period_from > today:
        problems["period_from"] = gettext("The period has not begun yet.")
    require_none(problems)


def move_closing_day(*, number: int, closes_on: dt.date, actor: str) -> ReportingRound:
    """Let a round close on another day, from today on. Links that were sent open until then."""
    with audited_transaction(actor):
        item = _found(ReportingRound, number)
        item.closes_on = closes_on
        validate(item)
        _require_days(item)
        item.save()
    return item


def invite(
    *, number: int, agency: str, contact: str, address: str, actor: str, language: str = "en"
) -> RoundInvitation:
    """Invite one more agency to a round, or give one another focal point; a link that was sent before is void.

    Raises ValidationError for an agency that leads no published commitment of the plan.
    """
    require_texts(agency=agency, contact=contact, address=address, language=language)
    with audited_transaction(actor):
        item = _found(ReportingRound, number)
        return _invite(item, Contact(agency, contact, address, language))


def _invite(item: ReportingRound, who: Contact) -> RoundInvitation:
    agency = related(Agency, who.agency, field="agency")
    found = RoundInvitation.objects.filter(reporting_round=item, agency=agency).first()
    row = found or RoundInvitation(reporting_round=item, agency=agency, link_number=0)
    row.contact, row.address, row.language = who.contact, who.address, who.language
    row.link_number, row.mailed_at, row.failed_at = row.link_number + 1, None, None
    missing = gettext("Give a name and an address.")
    require_none({name: "" if getattr(row, name) else missing for name in ("contact", "address")})
    validate(row, exclude=["key_digest"])
    if not row.commitments().exists():
        words = gettext("{agency} leads no published commitment of this plan.")
        raise ValidationError({"agency": words.format(agency=agency.name)})
    row.save()
    # The number of a new row is known only now.
    row.key_digest = _digest(link_key(row))
    row.save()
    return row


def forget_contacts() -> None:
    """Delete the names and addresses of persons in rounds that closed long enough ago."""
    closed = timezone.now().date() - CONTACTS_KEPT
    rows = RoundInvitation.objects.filter(reporting_round__closes_on__lt=closed)
    rows.update(contact="", address="")
    RoundAnswer.objects.filter(invitation__in=rows).update(validated_by="")


# The agency's answer


def save_answer(
    *,
    invitation: RoundInvitation,
    commitment: str,
    submit: bool = False,
    seen_version: int | None = None,
    **values: Any,
) -> RoundAnswer:
    """Keep what a focal point says of a commitment (a code), as a draft or to `submit` it.

    `values` are wording, done, next_step, validated_by, and documents: dictionaries of an address, a title, a day and,
    where one is known, a place. A submitted answer may be changed until it is decided. Raises ValidationError by
    field, also after the closing day, and Conflict where it was saved since `seen_version`.
    """
    require_texts(commitment=commitment)
    with audited_transaction(FOCAL_POINT) as record:
        subject = invitation.commitments().filter(code=commitment).first()
        if subject is None or invitation.reporting_round.is_closed:
            raise ValidationError(gettext("This round does not ask you about this commitment."))
        row = RoundAnswer.objects.filter(invitation=invitation, commitment=subject).first()
        row = row or RoundAnswer(invitation=invitation, commitment=subject)
        if row.state == AnswerState.PUBLISHED:
            raise ValidationError(gettext("The editors have already published this answer."))
        if seen_version is not None and seen_version != row.version:
            raise Conflict(row)
        for name, value in values.items():
            setattr(row, name, value)
        missing = gettext("This is needed to submit the answer.")
        needed = ("wording", "done") if submit else ()
        row.documents, *_ = all_of(
            lambda: _documents(row.documents),
            lambda: require_none(
                {name: "" if tidy(getattr(row, name)) else missing for name in needed}
            ),
        )
        row.state = AnswerState.SUBMITTED if submit else AnswerState.DRAFT
        row.submitted_at = record.now if submit else None
        row.version, row.saved_at = row.version + 1, record.now
        validate(row)
        row.save()
    return row


def _documents(given: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(given) > MOST_DOCUMENTS:
        words = gettext("Name at most {most} documents.").format(most=MOST_DOCUMENTS)
        raise ValidationError({"documents": words})
    return [_document(each) for each in given]


def _document(given: dict[str, str]) -> dict[str, str]:
    """Return a document with each of its texts. Raises ValidationError on `documents` where it could not be a source."""
    found = {name: tidy(given.get(name, "")) for name in DOCUMENT}
    try:
        if not (found["address"] and found["title"] and found["day"]):
            raise ValueError(gettext("Give address, title and day of each document."))
        if problem := address_problem(found["address"]):
            raise ValueError(problem)
        day = read_date(found["day"]).day
        source = Source(title=found["title"], url=found["address"], published_on=day)
        validate(source, exclude=("slug", "publisher", "kind", "origin"), with_other_rows=False)
        validate(
            Citation(locator=found["place"] or "-"), with_other_rows=False, exclude=("relation",)
        )
    except ValueError as error:
        raise ValidationError({"documents": str(error)}) from error
    except ValidationError as error:
        raise ValidationError({"documents": error.messages}) from error
    return found


def _found(model: type, number: int) -> Any:
    row = model.objects.filter(pk=number).first()
    if row is None:
        raise ValidationError(gettext("There is no such row."))
    return row
