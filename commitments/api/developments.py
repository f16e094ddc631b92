"""List of developments, with its filters."""

from __future__ import annotations

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from commitments.api.history_serializers import DevelopmentSerializer
from commitments.api.parameters import PUBLISHED_BY
from commitments.api.read_views import ClockedViewSet
from commitments.choices import Bearing
from commitments.filter_types import DayFilter
from commitments.models import Commitment, Development, Plan, Source
from commitments.selection import form_problems
from planwatch.api.views import KEY_PARAMETERS
from planwatch.web.query_params import InvalidQuery


class DevelopmentFilterSet(django_filters.FilterSet):
    """The filters of the list. Days are inclusive."""

    commitment = django_filters.ModelMultipleChoiceFilter(
        field_name="commitments__code",
        to_field_name="code",
        queryset=Commitment.objects.published(),
    )
    plan = django_filters.ModelMultipleChoiceFilter(
        to_field_name="slug", queryset=Plan.objects.all(), method="of_plans"
    )
    bearing = django_filters.MultipleChoiceFilter(choices=Bearing.choices)
    source = django_filters.ModelMultipleChoiceFilter(
        field_name="source__slug", to_field_name="slug", queryset=Source.objects.in_use()
    )
    reported_after = DayFilter("reported_on", "gte")
    reported_before = DayFilter("reported_on", "lte")

    class Meta:
        model = Development
        fields = []

    def of_plans(self, rows, name, plans):
        return rows.of_plans(plans) if plans else rows


_HELP = {
    "commitment": "Bearing on the commitment with that code. Repeat for “or”.",
    "plan": "Bearing on that plan as a whole, or on a commitment of it. Repeat for “or”.",
    "bearing": "Repeat for “or”.",
    "source": "Reported by that source. Repeat for “or”.",
}
_DAYS = {"reported_after": "On that day or later.", "reported_before": "On that day or earlier."}


class DevelopmentViewSet(ClockedViewSet):
    """The developments, the latest reported first."""

    queryset = Development.objects.none()
    serializer_class = DevelopmentSerializer
    order_keys = ("-reported_on", "source__slug", "locator")
    list_parameters = (*ClockedViewSet.list_parameters, *DevelopmentFilterSet.base_filters)
    repeatable = tuple(_HELP)

    @extend_schema(
        description="List the reports that bear on commitments without proving a step, the latest first.",
        parameters=[
            *(
                OpenApiParameter(
                    name,
                    str,
                    many=True,
                    description=text,
                    enum=Bearing.values if name == "bearing" else None,
                )
                for name, text in _HELP.items()
            ),
            *(
                OpenApiParameter(name, OpenApiTypes.DATE, description=text)
                for name, text in _DAYS.items()
            ),
            *PUBLISHED_BY,
            *KEY_PARAMETERS,
        ],
    )
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    def get_queryset(self):
        rows = Development.objects.published().reported_by(self.clocks.as_of).for_reading()
        filters = DevelopmentFilterSet(self.request.query_params, rows)
        if not filters.is_valid():
            raise InvalidQuery(form_problems(filters.form))
        return filters.qs

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "clocks": self.clocks}
