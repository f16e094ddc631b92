"""Kinds of spreadsheets: their columns are the words of the service that saves a row."""

from __future__ import annotations

from dataclasses import replace

from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from commitments import services
from commitments.choices import Origin
from commitments.imports.columns import (
    AS_KNOWN,
    OF_THAT_DATE,
    Address,
    Choice,
    Column,
    DateAsKnown,
    Day,
    PrecisionOf,
    Several,
    Sheet,
    Text,
    Whole,
    YesNo,
    named,
)
from commitments.imports.report import Problem
from commitments.imports.status_changes import StatusChangeSheet
from commitments.models import Basis, CitationRelation, CommitmentKind, LinkRelation, SourceKind


class AgencySheet(Sheet):
    model, label, service, key = (
        "agency",
        gettext_lazy("Agencies"),
        staticmethod(services.save_agency),
        ("slug",),
    )

    slug = Column(
        Text(), "example-agency", gettext_lazy("The key in addresses: lower case, hyphens.")
    )
    name = Column(Text(), "Ministry of Examples", gettext_lazy("The full official name."))
    short_name = Column(Text(), "Examples", gettext_lazy("What a reader says."))
    acronym = Column(Text(), "MOE", gettext_lazy("As the agency writes it."))
    parent = Column(Text(), "", gettext_lazy("The slug of the agency that it belongs to."))
    jurisdiction = Column(
        Text(), "XX", gettext_lazy("ISO 3166-1 alpha-2, upper case: the country.")
    )
    url = Column(Address(), "https://example.org/", gettext_lazy("Its own site."))


class SourceSheet(Sheet):
    model, label, service, key = (
        "source",
        gettext_lazy("Sources"),
        staticmethod(services.save_source),
        ("slug",),
    )

    slug = Column(
        Text(), "example-source", gettext_lazy("The key in addresses: lower case, hyphens.")
    )
    title = Column(Text(), "Report of the year", gettext_lazy("As printed."))
    publisher = Column(Text(), "Ministry of Examples", gettext_lazy("Who put it out."))
    author = Column(Text(), "", gettext_lazy("Only where it is named."))
    published_on = Column(
        DateAsKnown(),
        "2024-02-14",
        format_lazy(gettext_lazy("{form}; empty where no date is known."), form=AS_KNOWN),
    )
    precision = Column(PrecisionOf(), "day", OF_THAT_DATE)
    kind = Column(Choice(SourceKind), "report", named(gettext_lazy("One of {values}."), SourceKind))
    origin = Column(
        Choice(Origin),
        "official",
        named(gettext_lazy("Seen from the plan's own government: {values}."), Origin),
    )
    language = Column(Text(), "en", gettext_lazy("BCP 47 tag; empty means en."))
    url = Column(
        Address(), "https://example.org/report", gettext_lazy("The publisher's own clean address.")
    )
    archived_url = Column(Address(), "", gettext_lazy("A copy in a public archive."))
    note = Column(Text(), "", gettext_lazy("For readers; why there is no address, for example."))


class PillarSheet(Sheet):
    model, label, key = "pillar", gettext_lazy("Pillars"), ("slug",)
    service = staticmethod(services.save_pillar)

    slug = Column(
        Text(), "example-pillar", gettext_lazy("The key in addresses: lower case, hyphens.")
    )
    code = Column(Text(), "EXA", gettext_lazy("The letters in the codes of commitments."))
    name = Column(Text(), "Examples", gettext_lazy("As readers see it."))
    position = Column(Whole(), "1", gettext_lazy("The place in the order of the pillars."))
    summary = Column(Text(), "", gettext_lazy("What belongs to it."))


class PlanSheet(Sheet):
    model, label, key = "plan", gettext_lazy("Plans"), ("slug",)
    service = staticmethod(services.save_plan)

    slug = Column(
        Text(), "xx-plan-2024", gettext_lazy("The key in addresses: lower case, hyphens.")
    )
    jurisdiction = Column(
        Text(), "XX", gettext_lazy("ISO 3166-1 alpha-2, upper case: the country.")
    )
    title = Column(Text(), "Plan of the year", gettext_lazy("As printed."))
    summary = Column(Text(), "", gettext_lazy("In your own words."))
    document = Column(Text(), "", gettext_lazy("The slug of the source that is the plan itself."))
    published_on = Column(DateAsKnown(), "2024-02-14", AS_KNOWN)
    precision = Column(PrecisionOf(), "day", OF_THAT_DATE)
    starts_on = Column(Day(), "", gettext_lazy("YYYY-MM-DD; empty where no source states it."))
    ends_on = Column(Day(), "", gettext_lazy("YYYY-MM-DD; empty where no source states it."))
    period_note = Column(Text(), "", gettext_lazy("What the sources say of the period."))
    predecessor = Column(Text(), "", gettext_lazy("The slug of the plan before it."))


class ObjectiveSheet(Sheet):
    model, label, key = "objective", gettext_lazy("Objectives"), ("plan", "key")
    service = staticmethod(services.save_objective)

    plan = Column(Text(), "xx-plan-2024", gettext_lazy("The slug of its plan."))
    key_of_plan = Column(Text(), "1", gettext_lazy("The key within its plan."))
    key_of_plan.column_name = "key"
    pillar = Column(Text(), "prevention", gettext_lazy("The slug of its pillar."))
    number = Column(Text(), "", gettext_lazy("Only where a source prints it."))
    title = Column(Text(), "Inform the public", gettext_lazy("In your own words, not copied."))
    summary = Column(Text(), "", gettext_lazy("In your own words."))
    position = Column(Whole(), "1", gettext_lazy("The place in the order of the plan."))

    def finished(self, row):
        """Read the key also as the site exports it, `plan:key`."""
        plan, colon, key = str(row.fields.get("key") or "").rpartition(":")
        if not colon:
            return row
        if row.fields.get("plan") != plan:
            row.problems.append(
                Problem(gettext("The objective belongs to another plan."), row.cells["key"])
            )
        return replace(row, fields=row.fields | {"key": key})


class CommitmentSheet(Sheet):
    model, label, key = "commitment", gettext_lazy("Commitments"), ("code",)
    service = staticmethod(services.save_commitment)

    code = Column(
        Text(), "XX24-PRV-001", gettext_lazy("Country, year, pillar, number; it never changes.")
    )
    plan = Column(Text(), "xx-plan-2024", gettext_lazy("The slug of its plan."))
    plan_number = Column(
        Text(), "", gettext_lazy("Only where a source prints it. Format the cell as text.")
    )
    pillar = Column(Text(), "prevention", gettext_lazy("The slug of its pillar."))
    pillar_basis = Column(
        Choice(Basis), "stated", gettext_lazy("stated by a source, or inferred from the subject.")
    )
    objective = Column(Text(), "", gettext_lazy("The key of its objective within the plan."))
    kind = Column(
        Choice(CommitmentKind),
        "deliverable",
        named(gettext_lazy("One of {values}."), CommitmentKind),
    )
    title = Column(Text(), "Publish a report", gettext_lazy("In your own words, not copied."))
    summary = Column(
        Text(), "What is to be done, by whom and when.", gettext_lazy("In your own words.")
    )
    announced_on = Column(Day(), "2024-02-14", gettext_lazy("YYYY-MM-DD."))
    due_on = Column(
        DateAsKnown(),
        "",
        format_lazy(
            gettext_lazy(
                "{form}; due at the end of that month or year. Empty where none is stated."
            ),
            form=AS_KNOWN,
        ),
    )
    due_precision = Column(PrecisionOf(), "", OF_THAT_DATE)
    target = Column(Text(), "", gettext_lazy("What would count as done, where a source says so."))
    lead_agencies = Column(
        Several(), "example-agency", gettext_lazy("Slugs joined with |, in order.")
    )
    partner_agencies = Column(Several(), "", gettext_lazy("Slugs joined with |, in order."))
    lead_note = Column(Text(), "", gettext_lazy("Why no lead is named, for example."))
    note = Column(Text(), "", gettext_lazy("For readers."))
    is_published = Column(YesNo(), "no", gettext_lazy("yes or no; empty means yes."))

    def finished(self, row):
        """Read an objective also as the site exports it, `plan:key`."""
        plan, colon, key = (row.fields.get("objective") or "").rpartition(":")
        if not colon:
            return row
        named = key if row.fields.get("plan") == plan else [plan, key]
        return replace(row, fields=row.fields | {"objective": named})


class CitationSheet(Sheet):
    model, label, service = (
        "citation",
        gettext_lazy("Citations"),
        staticmethod(services.save_citation),
    )
    key = ("commitment", "source")
    unique = ("commitment", "source", "relation", "locator")

    commitment = Column(Text(), "XX24-PRV-001", gettext_lazy("The code of the commitment."))
    source = Column(Text(), "example-source", gettext_lazy("The slug of the source."))
    relation = Column(
        Choice(CitationRelation),
        "announces",
        named(gettext_lazy("What the source does: {values}."), CitationRelation),
    )
    locator = Column(Text(), "page 2", gettext_lazy("Where in it: paragraph, page or section."))
    note = Column(Text(), "", gettext_lazy("For readers."))


class ReviewSheet(Sheet):
    model, label = "review", gettext_lazy("Reviews")
    service = staticmethod(services.record_review)
    key = ("commitment", "reviewed_on", "note", "source")

    commitment = Column(Text(), "XX24-PRV-001", gettext_lazy("The code of the commitment."))
    reviewed_on = Column(
        Day(), "2024-06-30", gettext_lazy("YYYY-MM-DD: when somebody looked and found nothing new.")
    )
    note = Column(
        Text(), "No report was found.", gettext_lazy("What was looked for, and what was found.")
    )
    source = Column(Text(), "", gettext_lazy("The slug of the document that was read."))
    locator = Column(Text(), "", gettext_lazy("Where in it: paragraph, page or section."))


class LinkSheet(Sheet):
    model, label = "commitmentlink", gettext_lazy("Links between commitments")
    service, key = staticmethod(services.save_link), ("earlier", "later", "relation")

    earlier = Column(Text(), "XX19-PRV-001", gettext_lazy("The code of the earlier commitment."))
    later = Column(Text(), "XX24-PRV-001", gettext_lazy("The code of the later commitment."))
    relation = Column(
        Choice(LinkRelation),
        "continues",
        named(gettext_lazy("What the later does to the earlier: {values}."), LinkRelation),
    )
    basis = Column(
        Choice(Basis), "stated", gettext_lazy("stated by a source, or inferred from the texts.")
    )
    note = Column(Text(), "", gettext_lazy("Why, in your own words."))
    source = Column(Text(), "", gettext_lazy("The slug of the source that states it."))


# In the order in which rows of one kind refer to those of another.
SHEETS: dict[str, Sheet] = {
    sheet.model: sheet
    for sheet in (
        AgencySheet(),
        SourceSheet(),
        PillarSheet(),
        PlanSheet(),
        ObjectiveSheet(),
        CommitmentSheet(),
        CitationSheet(),
        LinkSheet(),
        StatusChangeSheet(),
        ReviewSheet(),
    )
}
