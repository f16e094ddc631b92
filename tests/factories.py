"""Rows for tests, written through the services as everything else is."""

import datetime as dt
import itertools
from unittest.mock import patch

from agencies.models import Agency
from commitments import services
from commitments.choices import LinkState
from commitments.link_checks.states import DRIFTED, Answer
from commitments.models import (
    Citation,
    Commitment,
    CommitmentLink,
    Development,
    Pillar,
    Plan,
    ReportedStatus,
    Section,
    Site,
    Source,
    SourceCheck,
    Theme,
)

ACTOR = "test-editor"
REASON = "Edited in a test."
ANNOUNCED = dt.date(2021, 12, 3)
_numbers = itertools.count(1)


def _number() -> int:
    return next(_numbers)


def make_agency(slug="", **fields) -> Agency:
    slug = slug or f"agency-{_number()}"
    defaults = {
        "name": f"Department {slug}",
        "short_name": slug.upper(),
        "acronym": slug.upper(),
        "jurisdiction": "US",
    }
    return services.save_agency(slug=slug, actor=ACTOR, **(defaults | fields)).item


def make_source(slug="", **fields) -> Source:
    slug = slug or f"source-{_number()}"
    defaults = {
        "title": f"Document {slug}",
        "publisher": "The White House",
        "kind": "fact_sheet",
        "origin": "official",
        "published_on": dt.date(2022, 6, 1),
        "url": f"https://example.org/{slug}",
        "reason": REASON,
    }
    return services.save_source(slug=slug, actor=ACTOR, **(defaults | fields)).item


def make_pillar(slug="protection") -> Pillar:
    if (found := Pillar.objects.filter(slug=slug).first()) is not None:
        return found
    slugs = ["prevention", "protection", "prosecution", "partnerships"]
    code = {"prevention": "PRV", "protection": "PRT", "prosecution": "PRS", "partnerships": "PAR"}
    return services.save_pillar(
        slug=slug,
        code=code[slug],
        name=slug.capitalize(),
        position=slugs.index(slug) + 1,
        actor=ACTOR,
    ).item


def make_plan(slug="us-nap-2021", **fields) -> Plan:
    """Make a plan with these fields; without any, one that is there stays as it is."""
    if not fields and (found := Plan.objects.filter(slug=slug).first()) is not None:
        return found
    defaults = {
        "jurisdiction": "US",
        "title": "National Action Plan",
        "published_on": ANNOUNCED,
        "starts_on": ANNOUNCED,
        "ends_on": dt.date(2024, 12, 3),
    }
    return services.save_plan(slug=slug, actor=ACTOR, **(defaults | fields)).item


def make_site(**fields) -> Site:
    """Set up a site about housing, with a publisher of another name."""
    defaults = {"name": "Houses", "topic": "en: housing\nes: vivienda", "publisher": "Tenants"}
    return services.save_site(actor=ACTOR, **(defaults | fields)).item


def make_theme(code="training", **fields) -> Theme:
    order = ["training", "shelter", "funding", "treaties"]
    defaults = {
        "name": f"Theme {code}",
        "definition": "Promises of one kind.",
        "position": order.index(code) + 1 if code in order else 9,
    }
    return services.save_theme(code=code, actor=ACTOR, **(defaults | fields)).item


def make_section(key="protection-1", plan="us-nap-2021", pillar="protection", **fields) -> Section:
    make_plan(plan)
    make_pillar(pillar)
    defaults = {"title": f"Section {key}", "position": 1}
    return services.save_section(
        key=key, plan=plan, actor=ACTOR, **({"pillars": [pillar]} | defaults | fields)
    ).item


def make_commitment(code="", *, pillar="protection", plan="us-nap-2021", **fields) -> Commitment:
    """Make a published commitment with its plan and pillar; agencies and sections must exist."""
    make_plan(plan)
    if pillar:
        letters = make_pillar(pillar).code
        code = code or f"US21-{letters}-{_number():03d}"
    defaults = {
        "pillar_basis": "stated",
        "kind": "ongoing",
        "title": f"Promise {code}",
        "summary": "An agency is to do something for survivors.",
        "announced_on": ANNOUNCED,
        "reason": REASON,
    }
    item = services.save_commitment(
        code=code, plan=plan, pillar=pillar, actor=ACTOR, **(defaults | fields)
    ).item
    return Commitment.objects.get(pk=item.pk)


def unpublish(commitment, reason=REASON) -> Commitment:
    """Take a published commitment off every public surface, as two people do."""
    waits = services.submit_unpublishing(commitment=commitment.code, reason=reason, actor=ACTOR)
    services.approve_proposal(proposal=waits.pk, actor="second-editor")
    return Commitment.objects.get(pk=commitment.pk)


def make_development(locator="paragraph 1", **fields) -> Development:
    """Make a development; its commitment, source and plan must exist."""
    defaults = {
        "source": "report",
        "reported_on": dt.date(2023, 5, 4),
        "bearing": "concern",
        "sentence": "A court heard the case.",
        "commitments": ["US21-PRT-001"],
        "reason": REASON,
    }
    saved = services.save_development(locator=locator, actor=ACTOR, **(defaults | fields))
    return Development.objects.get(pk=saved.item.pk)


def make_reported_status(locator="page 4", **fields) -> ReportedStatus:
    """Make a government's word for a status; its commitment and source must exist."""
    defaults = {
        "commitment": "US21-PRT-001",
        "source": "report",
        "wording": "On track",
        "reported_on": dt.date(2023, 5, 4),
        "reason": REASON,
    }
    saved = services.save_reported_status(locator=locator, actor=ACTOR, **(defaults | fields))
    return ReportedStatus.objects.get(pk=saved.item.pk)


def cite(
    commitment, source=None, relation="announces", locator="paragraph 1", **fields
) -> Citation:
    source = source or make_source()
    return services.save_citation(
        commitment=commitment.code,
        source=source.slug,
        relation=relation,
        locator=locator,
        actor=ACTOR,
        **({"reason": REASON} | fields),
    ).item


def change(commitment, status, effective_on=ANNOUNCED, sources=None, **fields):
    """Record a status change; without `sources`, on one official source dated on that day."""
    if sources is None:
        sources = [make_source(published_on=effective_on)] if status != "no_evidence" else []
    evidence = [services.EvidenceItem(source.slug, "paragraph 1") for source in sources]
    return services.record_status_change(
        commitment=commitment.code,
        status=status,
        effective_on=effective_on,
        evidence=evidence,
        actor=ACTOR,
        **fields,
    )


def correct(commitment, corrects, status, effective_on=ANNOUNCED, sources=None, **fields):
    if sources is None:
        sources = [make_source(published_on=effective_on)] if status != "no_evidence" else []
    evidence = [services.EvidenceItem(source.slug, "paragraph 1") for source in sources]
    reason = fields.pop("explanation", "The source was misread.")
    return services.record_status_change(
        commitment=commitment.code,
        corrects=corrects,
        status=status,
        effective_on=effective_on,
        evidence=evidence,
        correction_reason=reason,
        actor=ACTOR,
        **fields,
    )


def review(commitment, reviewed_on, note="Looked for later records; none found.", **fields):
    return services.record_review(
        commitment=commitment.code, reviewed_on=reviewed_on, note=note, actor=ACTOR, **fields
    )


def check_link(source, state="answered", **found):
    """Keep what a check of a source's address found; the address itself answered unless said otherwise.

    What is told only when two days have found it, a document gone or changed, was found on the day before, too.
    """
    values = {"final_url": source.url, "http_status": 404 if state == "gone" else 200} | found
    answer = Answer(LinkState(state), **values)
    check = services.record_check(source=source.slug, url=source.url, answer=answer)
    if check and not check.is_recorded and (state == "gone" or (check.drift or 0) >= DRIFTED):
        earlier = check.checked_at - dt.timedelta(microseconds=1)
        SourceCheck.objects.filter(pk=check.pk).update(checked_at=earlier)
        with each_visit_on_another_day():
            check = services.record_check(source=source.slug, url=source.url, answer=answer)
    return check


def each_visit_on_another_day():
    """Let the checks of links that follow count as visits on a later day than all before."""
    return patch("commitments.services.link_checks._another_day", lambda check: check.checked_at)


def link(earlier, later, relation="continues", basis="inferred", **fields) -> CommitmentLink:
    return services.save_link(
        earlier=earlier.code,
        later=later.code,
        relation=relation,
        basis=basis,
        actor=ACTOR,
        **({"reason": REASON} | fields),
    ).item
