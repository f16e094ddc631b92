from django_filters import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from agencies.models import Agency, Jurisdiction
from planwatch.api.fields import SlugOf, UriField
from planwatch.api.filters import any_choice, any_row
from planwatch.api.serializers import ChosenKeysSerializer
from planwatch.api.views import DETAIL_PARAMETERS, KEY_PARAMETERS, ReadViewSet
from planwatch.web.query_params import timeless


class JurisdictionSerializer(ChosenKeysSerializer):
    """A government whose plans or agencies are followed."""

    code = serializers.CharField()
    url = UriField("api:jurisdiction-detail", "code")
    name = serializers.CharField()
    level = serializers.ChoiceField(Jurisdiction.Level.choices)
    parent = serializers.CharField(source="parent.code", allow_null=True, default=None)
    time_zone = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField(), source="tags")


class JurisdictionFilters(FilterSet):
    level = any_choice(Jurisdiction.Level.choices, "level", "Of that level.")
    parent = any_row(Jurisdiction.objects.all(), "code", "parent__code", "Part of that one.")


@extend_schema_view(
    list=extend_schema(
        description="List the jurisdictions whose plans or agencies are followed.",
        parameters=KEY_PARAMETERS,
    ),
    retrieve=extend_schema(
        description="Read one jurisdiction.",
        parameters=[
            OpenApiParameter("code", str, "path", description="Its code."),
            *DETAIL_PARAMETERS,
        ],
    ),
)
class JurisdictionViewSet(ReadViewSet):
    queryset = Jurisdiction.objects.select_related("parent")
    serializer_class = JurisdictionSerializer
    order_keys = ("code",)
    filters = JurisdictionFilters
    orders = {name: name for name in ("code", "name")}
    lookup_field = "code"
    senseless = timeless("Jurisdictions have no date. Ask for the commitments of one as of a day.")


class AgencySerializer(ChosenKeysSerializer):
    """An agency or one of its offices."""

    slug = serializers.SlugField()
    api_url = UriField("api:agency-detail", "slug")
    html_url = UriField("agency_detail", "slug")
    name = serializers.CharField()
    short_name = serializers.CharField()
    acronym = serializers.CharField()
    parent = SlugOf("parent")
    jurisdiction = serializers.CharField()
    url = serializers.CharField()


class AgencyFilters(FilterSet):
    jurisdiction = any_row(
        Jurisdiction.objects.all(), "code", "jurisdiction", "Of that jurisdiction."
    )
    parent = any_row(Agency.objects.all(), "slug", "parent__slug", "Directly below that agency.")


@extend_schema_view(
    list=extend_schema(
        description="List the agencies and offices; `parent` makes the tree.",
        parameters=KEY_PARAMETERS,
    ),
    retrieve=extend_schema(description="Read one agency.", parameters=DETAIL_PARAMETERS),
)
class AgencyViewSet(ReadViewSet):
    queryset = Agency.objects.select_related("parent")
    serializer_class = AgencySerializer
    lookup_field = "slug"
    filters = AgencyFilters
    orders = {name: name for name in ("slug", "name", "short_name", "jurisdiction")}
    senseless = timeless("Agencies have no date. Ask for the commitments of one as of a day.")
