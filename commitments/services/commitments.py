"""Writes to commitments, citations and lineage."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from commitments.audit.recorder import Recorder, audited_transaction, serialize_for_audit
from commitments.choices import Basis, Precision
from commitments.models import (
    Citation,
    CitationRelation,
    Commitment,
    CommitmentLink,
    Pillar,
    Plan,
    Section,
    Source,
)
from commitments.services.assignments import Assignments
from commitments.services.history_rules import (
    EvidenceItem,
    problems_of,
    refresh,
    require_legal_history,
    sources_named,
)
from commitments.services.sections import require_own_pillar
from commitments.services.upsert import (
    Saved,
    assign_to,
    delete_row,
    existing_row,
    index_words,
    merge,
    record_saved,
    related,
    save_row,
    take_stored,
)
from commitments.services.validation import require_code
from commitments.status_rules import Problem
from commitments.statuses import last_day
from planwatch.time_zones import is_future
from planwatch.web.text import tidy

UNPUBLISHING = gettext_lazy("Unpublishing takes two people and a reason. Propose it instead.")


def save_commitment(
    *,
    code: str,
    plan: str,
    kind: str,
    title: str,
    summary: str,
    announced_on: dt.date,
    actor: str,
    pillar: str | None = None,
    pillar_basis: str = Basis.STATED.value,
    original_title: str = "",
    language: str = "",
    lead_agencies: Sequence[str] = (),
    partner_agencies: Sequence[str] = (),
    themes: Sequence[str] | None = None,
    plan_number: str = "",
    section: str | None = None,
    due_on: dt.date | None = None,
    due_precision: str = "day",
    due_text: str = "",
    target: str = "",
    lead_note: str = "",
    note: str = "",
    is_published: bool = True,
    announced_in: Sequence[EvidenceItem] | None = None,
    reason: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Make or change the commitment with that code, with the agencies that owe and share it, in the order given.

    `due_on` with `due_precision` month or year is kept as the last day of that month or year; `due_text` is the
    deadline as printed, also where no day follows from it. `original_title` is the title as printed where `title` is a
    translation, and `language` (BCP 47) that of the original where it is not the plan's. Related rows are slugs; `section`
    is its key within the plan, `themes` are up to MOST_THEMES codes, the main one first, and None leaves them as they are. `announced_in` are the documents that announce it,
    cited in the same transaction; None where citations come in writes of their own, as in an import. A change to what
    is or was published needs a public `reason`. Raises ValidationError, also where a new date would make the recorded
    history illegal, and for publishing what no document announces; Conflict if the commitment has changed since
    `seen_version`, 0 for one that must be new.
    """
    announcing = None if announced_in is None else _announcing(announced_in)
    require_code(code)
    with audited_transaction(actor) as record:
        of_plan = related(Plan, plan, field="plan")
        assigned = Assignments(lead_agencies, partner_agencies, themes)
        kept: set[str] = set()
        item, before = existing_row(Commitment, {"code": code})
        due_on = due_on and last_day(due_on, due_precision)
        known: frozenset[Problem] | None = None
        if before is not None:
            if (item.announced_on, item.due_on, item.plan) != (announced_on, due_on, of_plan):
                known = problems_of(item)
        else:
            item.created_at = item.updated_at = record.now
            item.status_since = item.last_reviewed_on = announced_on
        assign_to(
            item,
            plan=of_plan,
            pillar=related(Pillar, pillar, field="pillar"),
            pillar_basis=pillar_basis if pillar else Basis.STATED.value,
            section=related(Section, section and (plan, section), field="section"),
            kind=kind,
            title=title,
            original_title=original_title,
            language=language,
            summary=summary,
            announced_on=announced_on,
            plan_number=plan_number,
            due_on=due_on,
            due_precision=due_precision if due_on else Precision.DAY.value,
            due_text=due_text,
            target=target,
            lead_note=lead_note,
            note=note,
            is_published=is_published,
        )
        if before is not None:
            wanted = serialize_for_audit(item) | assigned.recorded
            kept = merge(item, before, wanted, seen_version)
            take_stored(item, kept)
            if before["is_published"] and not item.is_published:
                raise ValidationError({"is_published": UNPUBLISHING})
        require_own_pillar(item)
        item.save()
        _require_room_for(item, is_new=before is None)
        assigned.write(record, item, kept)
        saved = Saved(item, before, serialize_for_audit(item))
        row = record_saved(record, saved, [item], reason)
        if row is not None:
            if known is not None:
                require_legal_history(item, known)
            refresh(item, record, row, is_new=before is None)
            index_words(item, record)
        for place, source in announcing or ():
            _cite_as_announcing(record, item, place, source, reason)
        if announcing is not None or (before and not before["is_published"]):
            _require_document(item)
    return saved


def _cite_as_announcing(
    record: Recorder, item: Commitment, place: EvidenceItem, source: Source, reason: str
) -> None:
    key = _citation_key(item, source, CitationRelation.ANNOUNCES, place.locator)
    save_row(record, Citation, key, about=[item], reason=reason, note=place.note)


def _citation_key(item: Commitment, source: Source | None, relation: str, locator: str) -> dict:
    return {"commitment": item, "source": source, "relation": relation, "locator": tidy(locator)}


def unpublish(record: Recorder, item: Commitment, reason: str) -> Saved:
    """Take a commitment off every public surface; the caller has seen to the second person."""
    before = serialize_for_audit(item)
    item.is_published = False
    item.save()
    saved = Saved(item, before, serialize_for_audit(item))
    refresh(item, record, record_saved(record, saved, [item], reason))
    return saved


def without_document(commitments: Iterable[str]) -> list[str]:
    """Return which of these commitments (codes) are published and cited in no document."""
    rows = Commitment.objects.published().filter(code__in=commitments, citations=None)
    return list(rows.values_list("code", flat=True))


def save_citation(
    *,
    commitment: str,
    source: str,
    relation: str,
    locator: str,
    actor: str,
    note: str = "",
    reason: str = "",
) -> Saved:
    """Say that a source announces, restates or reports a commitment, and where in it."""
    with audited_transaction(actor) as record:
        subject = related(Commitment, commitment, field="commitment")
        document = related(Source, source, field="source")
        key = _citation_key(subject, document, relation, locator)
        return save_row(record, Citation, key, about=[subject], reason=reason, note=note)


def add_citations(
    *,
    commitment: str,
    relation: str,
    places: Sequence[EvidenceItem],
    actor: str,
    reason: str = "",
) -> list[Saved]:
    """Say of each of these places that it announces, restates or reports a commitment: of all of them or none.

    What is published needs a public `reason`. Raises ValidationError, also for no place or an unknown source.
    """
    if not places:
        raise ValidationError({"evidence": gettext("Choose a document.")})
    with audited_transaction(actor) as record:
        subject = related(Commitment, commitment, field="commitment")
        return [
            save_row(
                record,
                Citation,
                _citation_key(subject, source, relation, place.locator),
                about=[subject],
                reason=reason,
                is_addition=True,
                note=place.note,
            )
            for place, source in zip(places, sources_named(places), strict=True)
        ]


def delete_citation(
    *,
    commitment: str,
    source: str,
    relation: str,
    locator: str,
    actor: str,
    reason: str = "",
) -> None:
    """Take a citation away; the record keeps it.

    Raises ValidationError if there is none like it, or if it is the last of what is published.
    """
    with audited_transaction(actor) as record:
        key = (commitment, source, relation, locator)
        item = related(Citation, key, field="citation")
        delete_row(record, item, [item.commitment], reason)
        _require_document(item.commitment)


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
    is_addition: bool = False,
) -> Saved:
    """Say that the later commitment continues, rewords, replaces … the earlier; a stated link names its source.

    With `is_addition` a new link needs a public `reason` too, where one of its ends is published.
    """
    with audited_transaction(actor) as record:
        ends = [related(Commitment, code, field="commitment") for code in (earlier, later)]
        if ends[0].announced_on > ends[1].announced_on:
            raise ValidationError(
                {"later": gettext("The later commitment was announced before the earlier one.")}
            )
        saved = save_row(
            record,
            CommitmentLink,
            {"earlier": ends[0], "later": ends[1], "relation": relation},
            about=ends,
            reason=reason,
            is_addition=is_addition,
            basis=basis,
            note=note,
            source=related(Source, source, field="source"),
        )
    return saved


def delete_link(*, earlier: str, later: str, relation: str, actor: str, reason: str = "") -> None:
    """Take a link away; the record keeps it. Raises ValidationError where a status rests on it."""
    with audited_transaction(actor) as record:
        item = related(CommitmentLink, (earlier, later, relation), field="link")
        known = problems_of(item.earlier)
        delete_row(record, item, [item.earlier, item.later], reason)
        require_legal_history(item.earlier, known)


def _announcing(items: Sequence[EvidenceItem]) -> list[tuple[EvidenceItem, Source]]:
    if not items:
        raise ValidationError({"evidence": gettext("Choose the document that announces it.")})
    return list(zip(items, sources_named(items), strict=True))


def _require_document(item: Commitment) -> None:
    """Raise ValidationError where a published commitment would rest on no document.

    One that only restates it will do: the document that announced a promise is not always to be had.
    """
    if item.is_published and not item.citations.exists():
        raise ValidationError(
            gettext(
                "What is published needs a document that announces it. Cite that document first."
            )
        )


def _require_room_for(item: Commitment, *, is_new: bool) -> None:
    """Raise ValidationError where the announcement lies in the future, after a review or on the wrong side of a link."""
    day, links = item.announced_on, CommitmentLink.objects
    if is_future(day):
        raise ValidationError({"announced_on": gettext("Give a day that is not in the future.")})
    if is_new:
        return
    if review := item.reviews.not_retracted().filter(reviewed_on__lt=day).first():
        raise ValidationError(
            {
                "announced_on": gettext("It was reviewed on {reviewed_on}, before.").format(
                    reviewed_on=review.reviewed_on
                )
            }
        )
    earlier = gettext(
        "It is linked to {code} as the earlier one, which was announced later ({relation})."
    )
    later = gettext(
        "It is linked to {code} as the later one, which was announced before ({relation})."
    )
    for rows, other, words in (
        (links.filter(later=item, earlier__announced_on__gt=day), "earlier", earlier),
        (links.filter(earlier=item, later__announced_on__lt=day), "later", later),
    ):
        if wrong := rows.select_related(other).first():
            relation = wrong.get_relation_display().lower()
            words = words.format(code=getattr(wrong, other).code, relation=relation)
            raise ValidationError({"announced_on": words})
