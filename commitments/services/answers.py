"""Decisions about agencies' answers: what is published becomes a source and a reported status of the public record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext

from commitments.audit.recorder import Recorder, audited_transaction, one_write
from commitments.choices import CitationRelation, Origin, SourceKind
from commitments.dates import in_words, read_date
from commitments.models import AnswerState, RoundAnswer, Source
from commitments.services.commitments import save_citation
from commitments.services.developments import save_reported_status
from commitments.services.reference_data import save_source
from commitments.services.validation import require_none, require_texts, validate
from planwatch.net.addresses import normalized
from planwatch.validators.keys import slug_of
from planwatch.web.text import tidy


def publish_answer(
    *,
    number: int,
    actor: str,
    equivalent: str = "",
    kinds: Sequence[str] = (),
    seen_version: int | None = None,
) -> RoundAnswer:
    """Publish a submitted answer as an official source with its reported status. Our own status does not move.

    `equivalent` is the nearest of our statuses; `kinds` says of each document in its order as which kind of source it is
    added, "" leaves it out. One for which a place is named is cited there. Raises ValidationError,
    also where the agency has changed the answer since `seen_version`.
    """
    require_texts(actor=actor, equivalent=equivalent)
    with one_write(actor) as record:
        row = _submitted(number, seen_version)
        if not row.invitation.commitments().filter(pk=row.commitment_id).exists():
            raise ValidationError(gettext("The commitment is not published."))
        code, agency = row.commitment.code, row.invitation.agency
        answered = row.invitation.reporting_round.day_of(row.submitted_at)
        # What is recorded speaks the language of the site, no matter who publishes it.
        with translation.override(settings.LANGUAGE_CODE):
            source, note = _as_source(row, answered, actor), _as_note(row)
            place = gettext("Answer on {code}").format(code=code)
            reason = gettext("{agency} answered in a reporting round.").format(agency=agency.name)
        cited = {
            "commitment": code,
            "relation": CitationRelation.REPORTS.value,
            "reason": reason,
            "actor": actor,
        }
        save_citation(**cited, source=source.slug, locator=place, note=note)
        save_reported_status(
            commitment=code,
            source=source.slug,
            locator=place,
            wording=row.wording,
            reported_on=answered,
            equivalent=equivalent,
            reason=reason,
            actor=actor,
        )
        for kind, document in zip(kinds, row.documents, strict=False):
            if kind and document["place"]:
                slug = _document_source(row, document, kind, actor).slug
                save_citation(**cited, source=slug, locator=document["place"])
            elif kind:
                _document_source(row, document, kind, actor)
        row.source = source
        _decide(row, AnswerState.PUBLISHED, record)
    return row


def _as_source(row: RoundAnswer, answered: dt.date, actor: str) -> Source:
    """Make the source that an answer becomes: its document is its page at this site."""
    item, agency = row.invitation.reporting_round, row.invitation.agency
    slug = f"answer-{row.pk}-{row.commitment.code.lower()}"
    period = f"{in_words(item.period_from)} – {in_words(item.period_until)}"
    title = gettext("Answer on {code}, {period}").format(code=row.commitment.code, period=period)
    words = gettext(
        "Given to the editors of this site, who had asked about “{plan}” for {period}. This page shows it."
    )
    note = [words.format(plan=item.plan.title, period=period)]
    if item.questions:
        note.append(gettext("Asked: {questions}").format(questions=item.questions))
    saved = save_source(
        slug=slug,
        title=title,
        publisher=agency.name,
        kind=SourceKind.AGENCY_RESPONSE.value,
        origin=Origin.OFFICIAL.value,
        jurisdiction=agency.jurisdiction,
        published_on=answered,
        language=item.plan.language,
        url=f"{settings.PLANWATCH_SITE_URL}{Source(slug=slug).get_absolute_url()}",
        note="\n\n".join(note),
        seen_version=0,
        actor=actor,
    )
    return saved.item


def _as_note(row: RoundAnswer) -> str:
    note = [row.done]
    if row.next_step:
        note.append(gettext("Next step: {words}").format(words=row.next_step))
    note += [f"{each['title']}, {each['day']}: {each['address']}" for each in row.documents]
    return "\n\n".join(note)


def _document_source(row: RoundAnswer, document: dict[str, str], kind: str, actor: str) -> Source:
    """Return the source with that address, made where there is none."""
    known = normalized(document["address"])
    if found := Source.objects.filter(normalized_url=known).first():
        return found
    published, agency = read_date(document["day"]), row.invitation.agency
    number = row.documents.index(document) + 1
    return save_source(
        slug=f"{slug_of(document['title'], 60) or 'document'}-{row.pk}-{number}",
        title=document["title"],
        publisher=agency.name,
        kind=kind,
        origin=Origin.OFFICIAL.value,
        jurisdiction=agency.jurisdiction,
        published_on=published.day,
        precision=published.precision,
        language=row.invitation.reporting_round.plan.language,
        url=document["address"],
        seen_version=0,
        actor=actor,
    ).item


def send_back_answer(
    *, number: int, reason: str, actor: str, seen_version: int | None = None
) -> RoundAnswer:
    """Send a submitted answer back with a reason, which the agency reads; it may answer again until the closing day."""
    require_texts(actor=actor)
    with audited_transaction(actor) as record:
        row = _submitted(number, seen_version)
        row.reason = tidy(reason)
        require_none({"reason": "" if row.reason else gettext("Tell the agency why.")})
        _decide(row, AnswerState.SENT_BACK, record)
    return row


def _submitted(number: int, seen_version: int | None) -> RoundAnswer:
    names = ("invitation__reporting_round__plan", "invitation__agency", "commitment")
    row = RoundAnswer.objects.select_related(*names).filter(pk=number).first()
    if row is None or row.state != AnswerState.SUBMITTED:
        raise ValidationError(gettext("This answer does not wait for a decision."))
    if seen_version not in (None, row.version):
        words = gettext("The agency has changed this answer since you opened it. Read it again.")
        raise ValidationError(words)
    return row


def _decide(row: RoundAnswer, state: AnswerState, record: Recorder) -> None:
    row.state, row.decided_by, row.decided_at = state, record.actor, record.now
    row.version += 1
    validate(row)
    row.save()
