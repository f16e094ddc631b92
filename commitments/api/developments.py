"""Lists of developments and of the statuses that governments report."""

from drf_spectacular.utils import extend_schema

from commitments.api import filters
from commitments.api.history_serializers import DevelopmentSerializer, ReportedStatusSerializer
from commitments.api.parameters import PUBLISHED_BY
from commitments.api.read_views import ClockedViewSet
from commitments.models import Development, ReportedStatus
from commitments.querysets.sql import or_earliest
from planwatch.api.views import KEY_PARAMETERS


class _ReportViewSet(ClockedViewSet):
    def get_queryset(self):
        return self.queryset.published().reported_by(self.clocks.as_of).for_reading()

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "clocks": self.clocks}


class DevelopmentViewSet(_ReportViewSet):
    """The developments, the latest reported first."""

    queryset = Development.objects.all()
    serializer_class = DevelopmentSerializer
    order_keys = ("-reported_on", "source__slug", "locator")
    filters = filters.DevelopmentFilters
    orders = {"reported_on": "reported_on", "source": "source__slug", "recorded_at": "recorded_at"}

    @extend_schema(
        description="List the reports that bear on commitments without proving a step, the latest first.",
        parameters=[*PUBLISHED_BY, *KEY_PARAMETERS],
    )
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)


class ReportedStatusViewSet(_ReportViewSet):
    """The statuses that governments report, by commitment."""

    queryset = ReportedStatus.objects.all()
    serializer_class = ReportedStatusSerializer
    order_keys = ("commitment__code", "source__slug", "locator")
    filters = filters.ReportedStatusFilters
    orders = {
        "commitment": "commitment__code",
        "source": "source__slug",
        "reported_on": or_earliest("reported_on"),
    }

    @extend_schema(
        description="List the governments' own words for the status of commitments, by commitment. They are never counted as ours.",
        parameters=[*PUBLISHED_BY, *KEY_PARAMETERS],
    )
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)
