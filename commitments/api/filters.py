"""Filters of the lists beside that of commitments. Days are inclusive."""

import django_filters

from agencies.models import Jurisdiction
from commitments.choices import (
    Basis,
    Bearing,
    ChangeAction,
    Coverage,
    LinkState,
    Origin,
    SourceKind,
    Status,
)
from commitments.filter_types import DayFilter
from commitments.models import Commitment, Pillar, Plan, Section, Source
from commitments.querysets.audit import CHANGE_KINDS
from planwatch.api.filters import any_choice, any_row, any_value


def _after(column, what):
    return DayFilter(column, "gte", help_text=f"{what} on that day or later.")


def _before(column, what):
    return DayFilter(column, "lte", help_text=f"{what} on that day or earlier.")


def _jurisdiction(column, words="Of that jurisdiction."):
    return any_row(Jurisdiction.objects.all(), "code", column, words)


def _plan(column, words="Of that plan."):
    return any_row(Plan.objects.all(), "slug", column, words)


def _source(column, words, **more):
    return any_row(Source.objects.in_use(), "slug", column, words, **more)


class PlanFilters(django_filters.FilterSet):
    jurisdiction = _jurisdiction("jurisdiction")
    language = any_value(Plan.objects.all(), "language", "In that language.")
    coverage = any_choice(Coverage.choices, "coverage", "Read to that extent.")
    published_after = _after("published_on", "Published")
    published_before = _before("published_on", "Published")


class SectionFilters(django_filters.FilterSet):
    plan = _plan("plan__slug")
    jurisdiction = _jurisdiction("plan__jurisdiction", "Of a plan of that jurisdiction.")
    pillar = any_row(
        Pillar.objects.all(), "slug", "pillars__slug", "Under that pillar.", distinct=True
    )
    pillar_basis = any_choice(Basis.choices, "pillar_basis", "Whose pillars rest on that.")
    level = any_value(Section.objects.all(), "level", "That its plan calls so.")


class SourceFilters(django_filters.FilterSet):
    kind = any_choice(SourceKind.choices, "kind", "Of that kind.")
    origin = any_choice(Origin.choices, "origin", "Of that origin, seen from its own side.")
    publisher = any_value(Source.objects.in_use(), "publisher", "By that publisher.")
    jurisdiction = _jurisdiction("jurisdiction", "Whose publisher has that jurisdiction.")
    language = any_value(Source.objects.in_use(), "language", "In that language.")
    link_state = any_choice(LinkState.choices, "link_state", "Whose link is in that state.")
    published_after = _after("published_on", "Published")
    published_before = _before("published_on", "Published")


class _OfCommitments(django_filters.FilterSet):
    """The filters of what belongs to one commitment each."""

    commitment = any_row(
        Commitment.objects.published(), "code", "commitment__code", "Of that commitment."
    )
    plan = _plan("commitment__plan__slug", "Of a commitment of that plan.")
    jurisdiction = _jurisdiction(
        "commitment__plan__jurisdiction", "Of a commitment of that jurisdiction."
    )


class StatusChangeFilters(_OfCommitments):
    pillar = any_row(
        Pillar.objects.all(),
        "slug",
        "commitment__pillar__slug",
        "Of a commitment under that pillar.",
    )
    status = any_choice(Status.choices, "status", "To that status.")
    source = _source("evidence__source__slug", "Resting on that source.", distinct=True)
    effective_after = _after("effective_on", "True from")
    effective_before = _before("effective_on", "True from")
    recorded_after = DayFilter(
        "recorded_at", "date__gte", help_text="Recorded on that day (UTC) or later."
    )
    recorded_before = DayFilter(
        "recorded_at", "date__lte", help_text="Recorded on that day (UTC) or earlier."
    )


class ReviewFilters(_OfCommitments):
    source = _source("source__slug", "For which that source was read.")
    reviewed_after = _after("reviewed_on", "Reviewed")
    reviewed_before = DayFilter("reviewed_on", "lt", help_text="Reviewed before that day.")


class _ReportFilters(django_filters.FilterSet):
    source = _source("source__slug", "Reported by that source.")
    reported_after = _after("reported_on", "Reported")
    reported_before = _before("reported_on", "Reported")


class DevelopmentFilters(_ReportFilters):
    commitment = any_row(
        Commitment.objects.published(),
        "code",
        "commitments__code",
        "Bearing on that commitment.",
        distinct=True,
    )
    plan = any_row(
        Plan.objects.all(),
        "slug",
        "plan__slug",
        "Bearing on that plan as a whole, or on a commitment of it.",
        method="of_plans",
    )
    bearing = any_choice(Bearing.choices, "bearing", "Of that bearing.")

    def of_plans(self, rows, name, plans):
        return rows.of_plans(plans) if plans else rows


class ReportedStatusFilters(_ReportFilters, _OfCommitments):
    equivalent = any_choice(Status.choices, "equivalent", "Nearest to that status of ours.")


class ChangeFilters(django_filters.FilterSet):
    """The filters of the record. What a withheld row is about is not public: any filter but `action` leaves it out."""

    action = any_choice(ChangeAction.choices, "action", "With that action.")
    kind = django_filters.MultipleChoiceFilter(
        choices=[(kind, kind) for kind in CHANGE_KINDS],
        method="of_kinds",
        help_text="About that, as /changes/ has it. Repeat for “or”.",
    )
    commitment = any_row(
        Commitment.objects.published(),
        "code",
        "commitments__code",
        "About that commitment.",
        method="about",
    )

    def of_kinds(self, rows, name, kinds):
        return rows.of_kinds(kinds) if kinds else rows

    def about(self, rows, name, commitments):
        if not commitments:
            return rows
        return rows.filter(is_withheld=False, commitments__in=commitments).distinct()
