"""Writes to agencies, sources, plans, pillars and themes. Each saves by natural key.

`seen_version` is the version of the row that the writer looked at (services.version_of), 0 for a row that must be new;
each raises Conflict if somebody has changed it since.
"""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from agencies.models import Agency
from commitments.audit.recorder import Recorder, audited_transaction
from commitments.choices import Origin, Precision, SourceKind
from commitments.models import (
    Citation,
    Commitment,
    CommitmentDocument,
    Pillar,
    Plan,
    Proposal,
    ProposalKind,
    Source,
    StatusChange,
    Theme,
)
from commitments.services.documents import CITED_FIELDS
from commitments.services.history_rules import bring_up_to_date, problems_of
from commitments.services.jurisdictions import require_jurisdiction
from commitments.services.link_checks import refresh_link
from commitments.services.upsert import (
    Saved,
    index_words,
    prepare_row,
    propose,
    related,
    require_no_circle,
    save_row,
    write_row,
)
from commitments.services.validation import require_texts
from commitments.statuses import CLOSED, first_day, origin_seen_from
from planwatch.net.addresses import normalized


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
    wikidata: str = "",
    org_id: str = "",
    identifiers_url: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Make or change the agency with that slug; `parent` is a slug.

    Raises ValidationError, also for a circle of parents and for identifiers without the document that gives them.
    """
    with audited_transaction(actor) as record:
        require_jurisdiction(record, jurisdiction)
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
            wikidata=wikidata,
            org_id=org_id,
            identifiers_url=identifiers_url,
        )
        require_no_circle(saved.item, above, gettext("An agency cannot stand below itself."))
        if saved.outcome == "changed":
            for commitment in Commitment.objects.filter(roles__agency=saved.item):
                index_words(commitment, record)
    return saved


# What a verdict rests on: who says it, from which side, where, and when.
VERDICT_FIELDS = frozenset({"publisher", "origin", "url", "published_on", "precision"})


def save_source(
    *,
    slug: str,
    title: str,
    publisher: str,
    kind: str,
    origin: str,
    actor: str,
    author: str = "",
    jurisdiction: str = "",
    published_on: dt.date | None = None,
    precision: str = "day",
    language: str = "en",
    url: str = "",
    archived_url: str = "",
    note: str = "",
    reason: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Make or change the source with that slug.

    `published_on` with `precision` month or year is kept as the first day of that month or year.

    `origin` is seen from the source's own side, `jurisdiction` is the code of its publisher's; together they say how it is
    seen from a plan (statuses.origin_seen_from).

    One address is one document: a second source with the address of another is refused.

    A change to what a verdict rests on (VERDICT_FIELDS) is a change of each published commitment that names the source:
    it needs a public `reason`, and where a closed status rests on it a second person; it is then proposed as a whole,
    once. Raises ValidationError, also where a new date, publisher or origin would take the ground from a status that
    rests on it, and for an agency's response of another origin than official: it is the agency's own account.
    """
    if kind == SourceKind.AGENCY_RESPONSE and origin != Origin.OFFICIAL:
        message = gettext("An agency’s response is the agency’s own account. Choose “Official”.")
        raise ValidationError({"origin": message})
    with audited_transaction(actor) as record:
        require_jurisdiction(record, jurisdiction)
        saved = prepare_row(
            Source,
            {"slug": slug},
            seen_version,
            title=title,
            publisher=publisher,
            kind=kind,
            origin=origin,
            author=author,
            jurisdiction=jurisdiction,
            published_on=published_on and first_day(published_on, precision),
            precision=precision if published_on else Precision.DAY.value,
            language=language,
            url=url,
            archived_url=archived_url,
            note=note,
        )
        if not (saved.outcome == "changed" and _needs_second_person(saved)):
            write_source(record, saved, reason)
            return saved
        with record.rehearsing():
            write_source(record, saved, reason)
        return _proposed(record, saved, reason)


def _bears_on_verdicts(saved: Saved) -> bool:
    """Return whether an edit changes what a verdict rests on: VERDICT_FIELDS, or how a plan that rests on it sees it."""
    if "jurisdiction" not in saved.changed or saved.changed & VERDICT_FIELDS:
        return bool(saved.changed & VERDICT_FIELDS)
    resting = Commitment.objects.resting_on(Source.objects.filter(pk=saved.item.pk))
    return any(
        len(
            {
                origin_seen_from(plan, row["origin"], row["jurisdiction"])
                for row in (saved.before, saved.after)
            }
        )
        > 1
        for plan in resting.order_by().values_list("plan__jurisdiction", flat=True).distinct()
    )


def _needs_second_person(saved: Saved) -> bool:
    closed = StatusChange.objects.published().not_corrected().filter(status__in=CLOSED)
    return (
        settings.PLANWATCH_TWO_PERSON_RULE
        and _bears_on_verdicts(saved)
        and closed.filter(evidence__source=saved.item).exists()
    )


def _proposed(record: Recorder, saved: Saved, reason: str) -> Saved:
    """Propose an edit; where the same waits already, it is found unchanged, with that proposal."""
    values = {name: saved.after[name] for name in sorted(saved.changed)}
    for waiting in Proposal.objects.waiting().filter(source=saved.item):
        if waiting.payload["values"] == values:
            return Saved(saved.item, saved.before, saved.before, waiting)
    before = {name: saved.before[name] for name in values}
    payload = {"reason": reason.strip(), "before": before, "values": values}
    made = propose(record, kind=ProposalKind.SOURCE_EDIT, source=saved.item, payload=payload)
    return Saved(saved.item, saved.before, saved.after, made)


def write_source(record: Recorder, saved: Saved, reason: str) -> None:
    """Save a prepared source, and bring the verdicts up to date that rest on it. Raises ValidationError as save_source."""
    is_change = saved.outcome == "changed"
    if not is_change or "url" in saved.changed:
        saved.item.normalized_url = normalized(saved.item.url)
        _require_new_address(saved.item)
    about, resting = [], []
    bears = is_change and _bears_on_verdicts(saved)
    if bears:
        this = Source.objects.filter(pk=saved.item.pk)
        about = list(Commitment.objects.published().resting_on(this))
    if bears or (is_change and "note" in saved.changed):
        rows = Commitment.objects.filter(status_changes__evidence__source=saved.item).distinct()
        resting = [(row, problems_of(row)) for row in rows.select_related("plan")]
    write_row(record, saved, about, reason)
    if is_change:
        if not saved.changed.isdisjoint({*CITED_FIELDS, "jurisdiction"}):
            citing = Citation.objects.filter(source=saved.item).order_by()
            record.wrote(CommitmentDocument, *citing.values_list("commitment", flat=True))
        refresh_link(saved.item, record)
        for commitment, known in resting:
            bring_up_to_date(commitment, record, known)


def _require_new_address(source: Source) -> None:
    """Raise ValidationError where another source has the address of this one."""
    others = Source.objects.exclude(normalized_url="").exclude(slug=source.slug)
    if other := others.filter(normalized_url=source.normalized_url).first():
        raise ValidationError(
            {
                "url": gettext(
                    "“{title}” ({slug}) has this address already. One address is one document: cite that source, "
                    "and say where in it."
                ).format(title=other.title, slug=other.slug)
            }
        )


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
    sister: str | None = None,
    part_of: str | None = None,
    promised_by: str | None = None,
    prefix: str = "",
    original_title: str = "",
    language: str = "en",
    coverage: str = "",
    actions: int | None = None,
    actions_recorded: int | None = None,
    coverage_note: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Make or change the plan with that slug; `document` is a source's slug.

    `predecessor`, `sister`, `part_of` and `promised_by` are slugs of other plans; a sister is named on one of the two.
    `prefix` begins the codes of its commitments. `coverage` says whether all of its `actions` were read, and
    `coverage_note` what was.

    Raises ValidationError, also where a new end of the period would make a recorded status illegal.
    """
    require_texts(slug=slug)
    with audited_transaction(actor) as record:
        require_jurisdiction(record, jurisdiction)
        resting = []
        same = {"ends_on": ends_on, "jurisdiction": jurisdiction}
        for plan in Plan.objects.filter(slug=slug).exclude(**same):
            rows = plan.commitments.select_related("plan")
            resting = [(row.pk, problems_of(row)) for row in rows]
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
            sister=related(Plan, sister, field="sister"),
            part_of=related(Plan, part_of, field="part_of"),
            promised_by=related(Plan, promised_by, field="promised_by"),
            prefix=prefix,
            original_title=original_title,
            language=language,
            coverage=coverage,
            actions=actions,
            actions_recorded=actions_recorded,
            coverage_note=coverage_note,
        )
        if saved.before and saved.before["language"] != saved.item.language:
            for commitment in saved.item.commitments.all():
                index_words(commitment, record)
        for number, known in resting:
            commitment = saved.item.commitments.select_related("plan").get(pk=number)
            bring_up_to_date(commitment, record, known)
            if "jurisdiction" in saved.changed:
                record.wrote(CommitmentDocument, number)
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
) -> Saved:
    """Make or change the pillar with that slug. `code` are the letters in commitment codes."""
    with audited_transaction(actor) as record:
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


def save_theme(
    *,
    code: str,
    name: str,
    definition: str,
    position: int,
    actor: str,
    not_this: str = "",
    council_of_europe: str = "",
    palermo_protocol: str = "",
    walk_free: str = "",
    sdg: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Make or change the theme with that code; the last four texts are its crosswalks."""
    with audited_transaction(actor) as record:
        return save_row(
            record,
            Theme,
            {"code": code},
            seen_version=seen_version,
            name=name,
            definition=definition,
            position=position,
            not_this=not_this,
            council_of_europe=council_of_europe,
            palermo_protocol=palermo_protocol,
            walk_free=walk_free,
            sdg=sdg,
        )
