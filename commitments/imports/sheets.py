"""Kinds of spreadsheets: their columns are the words of the service that saves a row."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Jurisdiction
from commitments import services
from commitments.imports.columns import AS_KNOWN, OF_THAT_DATE, Column, Sheet, columns_of
from commitments.imports.report import Problem, Row
from commitments.imports.status_changes import STATUS_CHANGES
from commitments.imports.values import read_text
from commitments.models import (
    Citation,
    Commitment,
    CommitmentLink,
    Development,
    Pillar,
    Plan,
    ReportedStatus,
    Review,
    Section,
    Source,
    Theme,
)

SLUG = _("The key in addresses: lower case, hyphens.")
CODE = _("The code of the commitment.")
COUNTRY = _("ISO 3166-1 alpha-2, upper case: the country.")
LOCATOR = _("Where in it: paragraph, page or section.")
OWN_WORDS = _("In your own words.")
DAY_IF_STATED = _("YYYY-MM-DD; empty where no source states it.")
ONE_OF = _("One of {values}.")
FOR_READERS = _("For readers.")


def _own_key(row: Row) -> Row:
    """Read the key of a section also as the site exports it, `plan:key`."""
    plan, colon, key = str(row.fields.get("key") or "").rpartition(":")
    if not colon:
        return row
    if row.fields.get("plan") != plan:
        row.problems.append(
            Problem(gettext("The section belongs to another plan."), row.cells["key"])
        )
    return _key_of_section(replace(row, fields=row.fields | {"key": key}), "parent")


def _key_of_section(row: Row, name: str = "section") -> Row:
    """Read a section that a row names also as the site exports it, `plan:key`."""
    plan, colon, key = (row.fields.get(name) or "").rpartition(":")
    if not colon:
        return row
    named = key if row.fields.get("plan") == plan else [plan, key]
    return replace(row, fields=row.fields | {name: named})


JURISDICTIONS = Sheet(
    Jurisdiction,
    _("Jurisdictions"),
    services.save_jurisdiction,
    ("code",),
    columns_of(
        Jurisdiction,
        code=("XX", COUNTRY),
        name=("Examplia", _("What a reader says.")),
        level=("national", ONE_OF),
        parent=("", _("The code of the jurisdiction that it is part of.")),
        time_zone=("Europe/Paris", _("IANA time zone by whose days its deadlines pass.")),
        languages=("en|fr", _("BCP 47 tags joined with |, the main one first.")),
    ),
)
AGENCIES = Sheet(
    Agency,
    _("Agencies"),
    services.save_agency,
    ("slug",),
    columns_of(
        Agency,
        slug=("example-agency", SLUG),
        name=("Ministry of Examples", _("The full official name.")),
        short_name=("Examples", _("What a reader says.")),
        acronym=("MOE", _("As the agency writes it.")),
        parent=("", _("The slug of the agency that it belongs to.")),
        jurisdiction=("XX", COUNTRY),
        url=("https://example.org/", _("Its own site.")),
        wikidata=("", _("Number of its Wikidata item.")),
        org_id=("", _("A list of org-id.guide and the code in it.")),
        identifiers_url=("", _("The document that gives these identifiers.")),
    ),
)
SOURCES = Sheet(
    Source,
    _("Sources"),
    services.save_source,
    ("slug",),
    columns_of(
        Source,
        slug=("example-source", SLUG),
        title=("Report of the year", _("As printed.")),
        publisher=("Ministry of Examples", _("Who put it out.")),
        author=("", _("Only where it is named.")),
        published_on=("2024-02-14", _("{form}; empty where no date is known.")),
        precision=("day", OF_THAT_DATE),
        kind=("report", ONE_OF),
        origin=("official", _("Seen from its own side: {values}.")),
        jurisdiction=("XX", _("Code of the publisher's; empty where it is the plan's own.")),
        language=("en", _("BCP 47 tag; empty means en.")),
        url=("https://example.org/report", _("The publisher's own clean address.")),
        archived_url=("", _("A copy in a public archive.")),
        note=("", _("For readers; why there is no address, for example.")),
    ),
)
PILLARS = Sheet(
    Pillar,
    _("Pillars"),
    services.save_pillar,
    ("slug",),
    columns_of(
        Pillar,
        slug=("example-pillar", SLUG),
        code=("EXA", _("The letters in the codes of commitments.")),
        name=("Examples", _("As readers see it.")),
        position=("1", _("The place in the order of the pillars.")),
        summary=("", _("What belongs to it.")),
    ),
)
THEMES = Sheet(
    Theme,
    _("Themes"),
    services.save_theme,
    ("code",),
    columns_of(
        Theme,
        code=("example-theme", _("The key in addresses; it never changes.")),
        name=("Examples", _("As readers see it.")),
        definition=("Giving examples to the public.", _("Which promises belong to it.")),
        not_this=("", _("Which promises belong to another theme.")),
        position=("1", _("The place in the order of the themes.")),
        council_of_europe=("", _("Articles of the Council of Europe convention.")),
        palermo_protocol=("", _("Articles of the Palermo Protocol.")),
        walk_free=("", _("Milestones of Walk Free.")),
        sdg=("", _("Targets of the Sustainable Development Goals.")),
    ),
)
PLANS = Sheet(
    Plan,
    _("Plans"),
    services.save_plan,
    ("slug",),
    columns_of(
        Plan,
        slug=("xx-plan-2024", SLUG),
        jurisdiction=("XX", COUNTRY),
        prefix=("XX24", _("How the codes of its commitments begin.")),
        title=("Plan of the year", _("In the language of this site.")),
        original_title=("", _("As printed, where the title is a translation.")),
        language=("en", _("BCP 47 tag of the plan's own language; empty means en.")),
        summary=("", OWN_WORDS),
        document=("", _("The slug of the source that is the plan itself.")),
        published_on=("2024-02-14", AS_KNOWN),
        precision=("day", OF_THAT_DATE),
        starts_on=("", DAY_IF_STATED),
        ends_on=("", DAY_IF_STATED),
        period_note=("", _("What the sources say of the period.")),
        predecessor=("", _("The slug of the plan that it updates or replaces.")),
        sister=("", _("The slug of a plan made beside it; named on one of the two.")),
        part_of=("", _("The slug of the plan of which it is a part.")),
        promised_by=("", _("The slug of the plan that promised it.")),
        coverage=("partial", _("Whether the plan was read whole: {values}.")),
        actions=("", _("How many actions the plan has, where a source says so.")),
        actions_recorded=("", _("How many of them are recorded, where their dates do not tell.")),
        coverage_note=("", _("What was read of it.")),
    ),
)
SECTIONS = Sheet(
    Section,
    _("Sections"),
    services.save_section,
    ("plan", "key"),
    columns_of(
        Section,
        plan=("xx-plan-2024", _("The slug of its plan.")),
        key=("1", _("The key within its plan.")),
        parent=("", _("The key of the section that it stands below.")),
        level=("priority", _("What the plan calls it.")),
        number=("", _("Only where a source prints it.")),
        title=("Inform the public", _("In your own words, not copied.")),
        original_title=("", _("As printed, where the title is a translation.")),
        summary=("", OWN_WORDS),
        position=("1", _("The place in the order below its parent.")),
        pillars=("prevention", _("Slugs joined with |; empty where it belongs to none.")),
        pillar_basis=("stated", _("stated by a source, or inferred from the subject.")),
    ),
    finish=_own_key,
)
COMMITMENTS = Sheet(
    Commitment,
    _("Commitments"),
    services.save_commitment,
    ("code",),
    columns_of(
        Commitment,
        code=("XX24-PRV-001", _("Country, year, pillar, number; it never changes.")),
        plan=("xx-plan-2024", _("The slug of its plan.")),
        plan_number=("", _("Only where a source prints it. Format the cell as text.")),
        pillar=("prevention", _("The slug of its pillar; empty where none is stated or follows.")),
        pillar_basis=("stated", _("stated by a source, or inferred from the subject.")),
        section=("", _("The key of its section within the plan.")),
        themes=("", _("Codes joined with |, the main one first, three at most.")),
        kind=("deliverable", ONE_OF),
        title=("Publish a report", _("In your own words, not copied.")),
        original_title=("", _("As printed, where the title is a translation.")),
        language=("", _("BCP 47 tag of the original, where it is not the plan's.")),
        summary=("What is to be done, by whom and when.", OWN_WORDS),
        announced_on=("2024-02-14", _("YYYY-MM-DD.")),
        due_on=(
            "",
            _("{form}; due at the end of that month or year. Empty where none is stated."),
        ),
        due_precision=("", OF_THAT_DATE),
        due_text=("", _("The deadline as printed, where it is more or less than that date.")),
        target=("", _("What would count as done, where a source says so.")),
        lead_agencies=("example-agency", _("Slugs joined with |, in order.")),
        partner_agencies=("", _("Slugs joined with |, in order.")),
        lead_note=("", _("Why no lead is named, for example.")),
        note=("", FOR_READERS),
        is_published=(
            "no",
            _("yes or no; empty means yes once a source is cited, and a draft until then."),
        ),
    ),
    finish=_key_of_section,
)
CITATIONS = Sheet(
    Citation,
    _("Citations"),
    services.save_citation,
    ("commitment", "source"),
    columns_of(
        Citation,
        commitment=("XX24-PRV-001", CODE),
        source=("example-source", _("The slug of the source.")),
        relation=("announces", _("What the source does: {values}.")),
        locator=("page 2", LOCATOR),
        note=("", FOR_READERS),
    ),
    unique=("commitment", "source", "relation", "locator"),
)
LINKS = Sheet(
    CommitmentLink,
    _("Links between commitments"),
    services.save_link,
    ("earlier", "later", "relation"),
    columns_of(
        CommitmentLink,
        earlier=("XX19-PRV-001", _("The code of the earlier commitment.")),
        later=("XX24-PRV-001", _("The code of the later commitment.")),
        relation=("continues", _("What the later does to the earlier: {values}.")),
        basis=("stated", _("stated by a source, or inferred from the texts.")),
        note=("", _("Why, in your own words.")),
        source=("", _("The slug of the source that states it.")),
    ),
)
DEVELOPMENTS = Sheet(
    Development,
    _("Reports that bear on commitments"),
    services.save_development,
    ("source", "locator", "reported_on"),
    columns_of(
        Development,
        source=("example-source", _("The slug of the source.")),
        locator=("page 2", LOCATOR),
        reported_on=("2024-06-30", AS_KNOWN),
        precision=("day", OF_THAT_DATE),
        bearing=("context", ONE_OF),
        sentence=("A court heard the case.", _("One sentence, in neutral words.")),
        commitments=("XX24-PRV-001", _("Codes joined with |, in order.")),
        plan=("", _("The slug of a plan; only where it bears on the plan as a whole.")),
    ),
)
REPORTED_STATUSES = Sheet(
    ReportedStatus,
    _("Statuses in a government’s own words"),
    services.save_reported_status,
    ("commitment", "source", "locator"),
    columns_of(
        ReportedStatus,
        commitment=("XX24-PRV-001", CODE),
        source=("example-source", _("The slug of the source.")),
        locator=("page 4", LOCATOR),
        wording=("On track", _("As printed.")),
        language=("", _("BCP 47 tag of the wording; empty means that of the source.")),
        reported_on=("2024-06-30", _("{form}; empty where no date is known.")),
        precision=("day", OF_THAT_DATE),
        equivalent=("in_progress", _("The nearest of our statuses: {values}. Empty: none.")),
        note=("", FOR_READERS),
    ),
)
REVIEWS = Sheet(
    Review,
    _("Reviews"),
    services.record_review,
    ("commitment", "reviewed_on", "note", "source"),
    columns_of(
        Review,
        commitment=("XX24-PRV-001", CODE),
        reviewed_on=(
            "2024-06-30",
            _("YYYY-MM-DD: when somebody looked and found nothing new."),
        ),
        note=("No report was found.", _("What was looked for, and what was found.")),
        source=("", _("The slug of the document that was read.")),
        locator=("", LOCATOR),
    )
    | {"retraction_reason": Column("", _("Why it is taken back; empty: it stands."), read_text)},
)
# In the order in which rows of one kind refer to those of another.
SHEETS: dict[str, Sheet] = {
    sheet.kind: sheet
    for sheet in (
        *(JURISDICTIONS, AGENCIES, SOURCES, PILLARS, THEMES, PLANS, SECTIONS),
        *(COMMITMENTS, CITATIONS, LINKS, DEVELOPMENTS, REPORTED_STATUSES),
        *(STATUS_CHANGES, REVIEWS),
    )
}
