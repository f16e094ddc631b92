"""FilterSet of commitments for pages, API, exports and feeds. Unknown parameters and values are refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from functools import cached_property

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from commitments import search
from commitments.choices import Origin, Status, Verification
from commitments.lookups import Lookups
from commitments.models import (
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentKind,
)
from planwatch.time_zones import is_future

DAY_FORM = re.compile(r"\d{4}-\d{2}-\d{2}")


# About what a selection takes in memory with its filters, queries and counts, and what all names do.
SELECTION_BYTES, VOCABULARY_BYTES = 100_000, 200_000


class DayField(forms.Field):
    """A day as YYYY-MM-DD and nothing else."""

    def to_python(self, value):
        if not value:
            return None
        try:
            if not DAY_FORM.fullmatch(value):
                raise ValueError
            day = dt.date.fromisoformat(value)
        except ValueError as error:
            raise forms.ValidationError(
                gettext("Write the day as YYYY-MM-DD, for example 2024-02-14."), code="invalid"
            ) from error
        if day.year < 1900:
            raise forms.ValidationError(
                gettext("The record holds no day before 1900."), code="invalid"
            )
        return day


class PastDayField(DayField):
    def to_python(self, value):
        day = super().to_python(value)
        if day and is_future(day):
            raise forms.ValidationError(gettext("That day lies in the future."), code="future")
        return day


class MomentField(forms.Field):
    """A moment as ISO 8601 with its offset, or a day, which means the end of that day in UTC."""

    def to_python(self, value):
        if not value:
            return None
        try:
            if DAY_FORM.fullmatch(value):
                day = dt.date.fromisoformat(value)
                moment = dt.datetime.combine(day, dt.time.max, tzinfo=dt.UTC)
                in_future = is_future(day)
            else:
                # A plus sign that was not escaped arrives as a space.
                moment = dt.datetime.fromisoformat(value.replace(" ", "+"))
                if moment.tzinfo is None:
                    raise ValueError
                moment = moment.astimezone(dt.UTC)
                in_future = moment > timezone.now()
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(
                gettext("Write a day as YYYY-MM-DD or a moment as 2024-02-14T09:30:00Z."),
                code="invalid",
            ) from error
        if in_future:
            raise forms.ValidationError(gettext("That moment lies in the future."), code="future")
        if moment.year < 1900:
            raise forms.ValidationError(
                gettext("The record holds no day before 1900."), code="invalid"
            )
        return moment


class ConditionFilterMixin:
    """A filter that says what it asks as one condition, so that it can be counted as well as applied.

    `lookup` compares the value with a field; a filter with a `method` gets the condition from there instead.
    """

    lookup = ""

    def condition(self, value) -> Q:
        if self.method:
            return getattr(self.parent, self.method)(value)
        return Q(**{f"{self.field_name}__{self.lookup or self.lookup_expr}": value})


class DayFilter(ConditionFilterMixin, django_filters.Filter):
    field_class = DayField


class AnyOf(ConditionFilterMixin, django_filters.MultipleChoiceFilter):
    """Several values mean any of them."""

    lookup = "in"


class YesNo(ConditionFilterMixin, django_filters.TypedChoiceFilter):
    def __init__(self, *args, **kwargs):
        super().__init__(
            *args,
            choices=(("true", "Yes"), ("false", "No")),
            coerce=lambda value: value == "true",
            **kwargs,
        )


class CommitmentFilterSet(django_filters.FilterSet):
    """The filters of every list of commitments. Days are inclusive. What has no choices here takes them from the vocabulary."""

    pillar = AnyOf(field_name="pillar__slug", choices=())
    status = AnyOf(field_name="effective_status", choices=Status.choices)
    kind = AnyOf(field_name="kind", choices=CommitmentKind.choices)
    plan = AnyOf(field_name="plan__slug", choices=())
    objective = AnyOf(method="with_objective", choices=())
    agency = AnyOf(method="owed_or_shared_by", choices=())
    lead = AnyOf(method="led_by", choices=())
    partner = AnyOf(method="shared_by", choices=())
    source = AnyOf(method="cited_in", choices=())
    origin = AnyOf(method="with_origin", choices=Origin.choices)
    verification = AnyOf(field_name="effective_verification", choices=Verification.choices)
    q = django_filters.CharFilter(max_length=500)
    announced_after = DayFilter(field_name="announced_on", lookup_expr="gte")
    announced_before = DayFilter(field_name="announced_on", lookup_expr="lte")
    due_after = DayFilter(field_name="due_on", lookup_expr="gte")
    due_before = DayFilter(field_name="due_on", lookup_expr="lte")
    changed_after = DayFilter(field_name="effective_since", lookup_expr="gte")
    changed_before = DayFilter(field_name="effective_since", lookup_expr="lte")
    reviewed_before = DayFilter(method="unreviewed_since")
    is_open = YesNo(field_name="is_open", help_text="In a status that can still move.")
    is_overdue = YesNo(field_name="is_overdue", help_text="Open and past its due date.")
    is_stale = YesNo(
        field_name="is_stale", help_text="Open, and last reviewed more than a year ago."
    )

    class Meta:
        model = Commitment
        fields = []

    def __init__(self, data, queryset, vocabulary: Lookups):
        super().__init__(data, queryset)
        self.vocabulary = vocabulary
        for name, names in (
            ("pillar", vocabulary.pillars),
            ("plan", vocabulary.plans),
            ("objective", vocabulary.objectives),
            *((name, vocabulary.agencies) for name in ("agency", "lead", "partner")),
            ("source", vocabulary.sources),
        ):
            self.filters[name].extra["choices"] = [(key, key) for key in names]

    def with_objective(self, value) -> Q:
        condition = Q()
        for item in value:
            plan, _, key = item.partition(":")
            condition |= Q(objective__plan__slug=plan, objective__key=key)
        return condition

    def _owed(self, slugs, **role) -> Q:
        agencies = self.vocabulary.with_offices_below(slugs)
        rows = CommitmentAgency.objects.filter(agency__slug__in=agencies, **role)
        return _named_by(rows)

    def owed_or_shared_by(self, value) -> Q:
        """Lead or partner, offices below the agency included."""
        return self._owed(value)

    def led_by(self, value) -> Q:
        return self._owed(value, role="lead")

    def shared_by(self, value) -> Q:
        return self._owed(value, role="partner")

    def cited_in(self, value) -> Q:
        """Announced, restated or reported in the source."""
        return _named_by(Citation.objects.filter(source__slug__in=value))

    def with_origin(self, value) -> Q:
        """Announced, restated or reported in at least one source of that origin."""
        return _named_by(Citation.objects.filter(source__origin__in=value))

    def unreviewed_since(self, value) -> Q:
        """Last reviewed before that day."""
        return Q(effective_reviewed_on__lt=value)

    @cached_property
    def agency_names(self) -> search.Names:
        return search.names_of(
            (agency.acronym, agency.short_name, agency.name)
            for agency in self.vocabulary.agencies.values()
        )

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
        query = self.form.cleaned_data["q"]
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
