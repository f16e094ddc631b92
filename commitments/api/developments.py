"""Lists of developments and of the statuses that governments report, with their filters."""

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from commitments.api.history_serializers import DevelopmentSerializer, ReportedStatusSerializer
from commitments.api.parameters import PUBLISHED_BY
from commitments.api.read_views import ClockedViewSet
from commitments.choices import Bearing, Status
from commitments.filter_types import DayFilter
from commitments.models import Commitment, Development, Plan, ReportedStatus, Source
from commitments.selection import form_problems
from planwatch.api.views import KEY_PARAMETERS
from planwatch.web.query_params import InvalidQuery


class _ReportFilterSet(django_filters.FilterSet):
    """The filters of both lists. Days are inclusive."""

    source = django_filters.ModelMultipleChoiceFilter(
        field_name="source__slug",
        to_field_name="slug",
        queryset=Source.objects.in_use(),
        help_text="Reported by that source. Repeat for “or”.",
    )
    reported_after = DayFilter("reported_on", "gte")
    reported_before = DayFilter("reported_on", "lte")


class DevelopmentFilterSet(_ReportFilterSet):
    commitment = django_filters.ModelMultipleChoiceFilter(
        field_name="commitments__code",
        to_field_name="code",
        queryset=Commitment.objects.published(),
        help_text="Bearing on the commitment with that code. Repeat for “or”.",
    )
    plan = django_filters.ModelMultipleChoiceFilter(
        to_field_name="slug",
        queryset=Plan.objects.all(),
        method="of_plans",
        help_text="Bearing on that plan as a whole, or on a commitment of it. Repeat for “or”.",
    )
    bearing = django_filters.MultipleChoiceFilter(
        choices=Bearing.choices, help_text="Repeat for “or”."
    )

    class Meta:
        model = Development
        fields = []

    def of_plans(self, rows, name, plans):
        return rows.of_plans(plans) if plans else rows


class ReportedStatusFilterSet(_ReportFilterSet):
    commitment = django_filters.ModelMultipleChoiceFilter(
        field_name="commitment__code",
        to_field_name="code",
        queryset=Commitment.objects.published(),
        help_text="Of the commitment with that code. Repeat for “or”.",
    )
    plan = django_filters.ModelMultipleChoiceFilter(
        field_name="commitment__plan__slug",
        to_field_name="slug",
        queryset=Plan.objects.all(),
        help_text="Of a commitment of that plan. Repeat for “or”.",
    )
    equivalent = django_filters.MultipleChoiceFilter(
        choices=Status.choices, help_text="Nearest to that status of ours. Repeat for “or”."
    )

    class Meta:
        model = ReportedStatus
        fields = []


def _documented(filters: type[_ReportFilterSet], description: str):
    """Return what documents a list with its filters."""
    parameters = [
        OpenApiParameter(
            name,
            OpenApiTypes.DATE if isinstance(each, DayFilter) else str,
            many=not isinstance(each, DayFilter),
            description=each.extra["help_text"],
            enum=[code for code, _ in each.extra.get("choices", ())] or None,
        )
        for name, each in filters.base_filters.items()
    ]
    return extend_schema(
        description=description, parameters=[*parameters, *PUBLISHED_BY, *KEY_PARAMETERS]
    )


class _ReportViewSet(ClockedViewSet):
    filters: type[_ReportFilterSet]

    def __init_subclass__(cls):
        names = cls.filters.base_filters
        cls.list_parameters = (*ClockedViewSet.list_parameters, *names)
        cls.repeatable = tuple(
            name for name, each in names.items() if not isinstance(each, DayFilter)
        )

    def get_queryset(self):
        rows = self.queryset.published().reported_by(self.clocks.as_of).for_reading()
        filters = self.filters(self.request.query_params, rows)
        if not filters.is_valid():
            raise InvalidQuery(form_problems(filters.form))
        return filters.qs

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "clocks": self.clocks}


class DevelopmentViewSet(_ReportViewSet):
    """The developments, the latest reported first."""

    queryset = Development.objects.all()
    serializer_class = DevelopmentSerializer
    order_keys = ("-reported_on", "source__slug", "locator")
    filters = DevelopmentFilterSet

    @_documented(
        filters,
        "List the reports that bear on commitments without proving a step, the latest first.",
    )
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)


class ReportedStatusViewSet(_ReportViewSet):
    """The statuses that governments report, by commitment."""

    queryset = ReportedStatus.objects.all()
    serializer_class = ReportedStatusSerializer
    order_keys = ("commitment__code", "source__slug", "locator")
    filters = ReportedStatusFilterSet

    @_documented(
        filters,
        "List the governments' own words for the status of commitments, by commitment. They are never counted as ours.",
    )
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)
