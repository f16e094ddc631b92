"""FilterSet of commitments for pages, API, exports and feeds. Unknown parameters and values are refused."""

from collections.abc import Collection
from functools import cached_property

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from commitments import search
from commitments.choices import Bearing, Origin, Status, Verification
from commitments.filter_types import (
    AnyAgency,
    AnyOf,
    AnyPillar,
    AnyQuoted,
    DayFilter,
    SearchFilter,
    YesNo,
)
from commitments.lookups import Lookups
from commitments.models import (
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentKind,
    CommitmentTheme,
    Development,
)
from commitments.querysets.sql import seen_origin


class CommitmentFilterSet(django_filters.FilterSet):
    """The filters of every list of commitments, in the order in which a sentence and the chips name them. Days are inclusive."""

    pillar = AnyPillar(
        "pillar__slug", label=_("Pillar"), listed_in="pillars", counted_by="pillar_id"
    )
    is_open = YesNo(
        _("Still open"), _("Closed"), "is_open", help_text="In a status that can still move."
    )
    kind = AnyOf(
        "kind",
        label=_("Kind"),
        clause=ngettext_lazy("of the kind %(values)s", "of the kind %(values)s", "n"),
        choices=CommitmentKind.choices,
        counted_by="kind",
    )
    # A sentence begins with it.
    jurisdiction = AnyOf(
        "plan__jurisdiction",
        label=_("Jurisdiction"),
        listed_in="jurisdictions",
        counted_by="plan_id",
        help_text="Of a plan of that jurisdiction, by its code. Repeat for “or”.",
    )
    plan = AnyQuoted(
        "plan__slug",
        label=_("Plan"),
        clause=ngettext_lazy("of the plan %(values)s", "of the plan %(values)s", "n"),
        listed_in="plans",
        counted_by="plan_id",
    )
    section = AnyQuoted(
        label=_("Section"),
        clause=ngettext_lazy("under the section %(values)s", "under the section %(values)s", "n"),
        method="under_section",
        listed_in="sections",
        counted_by="section_id",
        help_text="Under that section of a plan, as plan:key, or one below it. Repeat for “or”.",
    )
    theme = AnyQuoted(
        label=_("Theme"),
        clause=ngettext_lazy("on the theme %(values)s", "on the theme %(values)s", "n"),
        method="with_theme",
        listed_in="themes",
        help_text="About the theme, whether as the main one or not.",
    )
    agency = AnyAgency(
        label=_("Agency, with its offices"),
        clause=ngettext_lazy("led or shared by %(values)s", "led or shared by %(values)s", "n"),
        method="owed_or_shared_by",
        help_text="Lead or partner, offices below the agency included.",
    )
    lead = AnyAgency(
        label=_("Led by"),
        clause=ngettext_lazy("led by %(values)s", "led by %(values)s", "n"),
        method="led_by",
    )
    partner = AnyAgency(
        label=_("Partner"),
        clause=ngettext_lazy("shared by %(values)s", "shared by %(values)s", "n"),
        method="shared_by",
    )
    source = AnyQuoted(
        label=_("Document"),
        clause=ngettext_lazy("named in %(values)s", "named in %(values)s", "n"),
        method="cited_in",
        listed_in="sources",
        help_text="Announced, restated or reported in the source.",
    )
    origin = AnyOf(
        label=_("Origin of a source"),
        clause=ngettext_lazy(
            "named in a source of the origin %(values)s",
            "named in a source of the origin %(values)s",
            "n",
        ),
        method="with_origin",
        choices=Origin.choices,
        help_text="Announced, restated or reported in at least one source of that origin.",
    )
    bearing = AnyQuoted(
        label=_("Report"),
        clause=ngettext_lazy(
            "with a report marked %(values)s", "with a report marked %(values)s", "n"
        ),
        method="with_bearing",
        choices=Bearing.choices,
        help_text="With at least one report of that bearing: a concern, progress or context.",
    )
    announced_after = DayFilter(
        "announced_on",
        "gte",
        label=_("Announced from"),
        clause=ngettext_lazy("announced from %(values)s on", "announced from %(values)s on", "n"),
    )
    announced_before = DayFilter(
        "announced_on",
        "lte",
        label=_("Announced until"),
        clause=ngettext_lazy("announced by %(values)s", "announced by %(values)s", "n"),
    )
    due_after = DayFilter(
        "due_on",
        "gte",
        label=_("Due from"),
        clause=ngettext_lazy("due from %(values)s on", "due from %(values)s on", "n"),
    )
    due_before = DayFilter(
        "due_on",
        "lte",
        label=_("Due until"),
        clause=ngettext_lazy("due by %(values)s", "due by %(values)s", "n"),
    )
    reviewed_before = DayFilter(
        "effective_reviewed_on",
        "lt",
        label=_("Not reviewed since"),
        clause=ngettext_lazy("not reviewed since %(values)s", "not reviewed since %(values)s", "n"),
        help_text="Last reviewed before that day.",
    )
    is_overdue = YesNo(
        _("Past due"),
        _("Not past due"),
        "is_overdue",
        clause=(
            ngettext_lazy("past the promised date", "past the promised date", "n"),
            ngettext_lazy("not past a promised date", "not past a promised date", "n"),
        ),
        help_text="Open and past its due date.",
    )
    is_stale = YesNo(
        _("Not reviewed for a year"),
        _("Reviewed within a year, or closed"),
        "is_stale",
        clause=(
            ngettext_lazy("not reviewed for a year", "not reviewed for a year", "n"),
            ngettext_lazy(
                "closed or reviewed within a year", "closed or reviewed within a year", "n"
            ),
        ),
        help_text="Open, and last reviewed more than a year ago.",
    )
    is_aging = YesNo(
        _("No newer evidence for two years"),
        _("Evidence of the last two years, or none, or closed"),
        "is_aging",
        clause=(
            ngettext_lazy(
                "without newer evidence for two years", "without newer evidence for two years", "n"
            ),
            ngettext_lazy(
                "closed, or with evidence of the last two years or none",
                "closed, or with evidence of the last two years or none",
                "n",
            ),
        ),
        help_text="Open, and the newest document behind the status is more than 24 months old.",
    )
    done_when_announced = YesNo(
        _("Already done when announced"),
        _("Not done when announced"),
        "done_when_announced",
        clause=(
            ngettext_lazy("already done when announced", "already done when announced", "n"),
            ngettext_lazy("not done when announced", "not done when announced", "n"),
        ),
        help_text="Completed on or before the day of the announcement.",
    )
    status = AnyOf(
        "effective_status",
        label=_("Status"),
        clause=ngettext_lazy("whose status is %(values)s", "whose status is %(values)s", "n"),
        choices=Status.choices,
        counted_by="effective_status",
    )
    changed_after = DayFilter(
        "effective_since",
        "gte",
        label=_("Status since"),
        clause=ngettext_lazy(
            "whose status dates from %(values)s or later",
            "whose status dates from %(values)s or later",
            "n",
        ),
    )
    changed_before = DayFilter(
        "effective_since",
        "lte",
        label=_("Status until"),
        clause=ngettext_lazy(
            "whose status dates from %(values)s or earlier",
            "whose status dates from %(values)s or earlier",
            "n",
        ),
    )
    verification = AnyOf(
        "effective_verification",
        label=_("Confirmed by"),
        clause=ngettext_lazy("confirmed by: %(values)s", "confirmed by: %(values)s", "n"),
        choices=Verification.choices,
        counted_by="effective_verification",
    )
    q = SearchFilter(
        label=_("Search"),
        clause=ngettext_lazy("matching %(values)s", "matching %(values)s", "n"),
        max_length=500,
        help_text='Full text: words, "phrases", -exclusions.',
    )

    class Meta:
        model = Commitment
        fields = []

    def __init__(self, data, queryset, vocabulary: Lookups):
        super().__init__(data, queryset)
        self.vocabulary = vocabulary
        for definition in self.filters.values():
            if getattr(definition, "listed_in", ""):
                definition.read_choices(vocabulary)

    def get_form_class(self):
        """Return a form of what the address asks alone: one of all filters costs more than a query."""
        asked = {name: item.field for name, item in self.filters.items() if name in self.data}
        return type("FilterForm", (forms.Form,), asked)

    def under_section(self, value) -> Q:
        wanted = self.vocabulary.with_sections_below(value)
        numbers = self.vocabulary.keys["section"]
        return Q(section__in=[number for number, key in numbers.items() if key in wanted])

    def with_theme(self, value) -> Q:
        return _named_by(CommitmentTheme.objects.filter(theme__code__in=value))

    def _owed(self, slugs, **role) -> Q:
        agencies = self.vocabulary.with_offices_below(slugs)
        rows = CommitmentAgency.objects.filter(agency__slug__in=agencies, **role)
        return _named_by(rows)

    def owed_or_shared_by(self, value) -> Q:
        return self._owed(value)

    def led_by(self, value) -> Q:
        return self._owed(value, role="lead")

    def shared_by(self, value) -> Q:
        return self._owed(value, role="partner")

    def cited_in(self, value) -> Q:
        return _named_by(Citation.objects.filter(source__slug__in=value))

    def with_origin(self, value) -> Q:
        seen = seen_origin(F("commitment__plan__jurisdiction"))
        return _named_by(Citation.objects.annotate(seen=seen).filter(seen__in=value))

    def with_bearing(self, value) -> Q:
        reports = Development.objects.published().filter(bearing__in=value)
        return Q(pk__in=reports.values("commitments"))

    @cached_property
    def agency_names(self) -> search.Names:
        agencies = self.vocabulary.agencies.values()
        names = ((item.acronym, item.short_name, item.name) for item in agencies)
        return search.names_of(names, self.vocabulary.languages)

    @cached_property
    def conditions(self) -> dict[str, Q]:
        """What each filter of the address asks, but the search."""
        return {
            name: self.filters[name].condition(value)
            for name, value in self.form.cleaned_data.items()
            if name != "q" and value not in ("", None, [])
        }

    def filtered(self, without: Collection[str] = ()) -> QuerySet:
        """Apply every filter but those named."""
        queryset = self.queryset
        query = self.form.cleaned_data.get("q")
        if query and "q" not in without:
            queryset = search.matching(queryset, query, self.agency_names)
        for name, condition in self.conditions.items():
            if name not in without:
                queryset = queryset.filter(condition)
        return queryset


def _named_by(rows: QuerySet) -> Q:
    """Ask for the commitments that such rows name, without looking out of the subquery.

    `Exists` would look for the commitment itself, which is out of sight once the rows as of a day are a subquery.
    """
    return Q(pk__in=rows.values("commitment"))
