from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from agencies.models import Agency, Jurisdiction
from planwatch.api.fields import SlugOf, UriField
from planwatch.api.serializers import ChosenKeysSerializer
from planwatch.api.views import DETAIL_PARAMETERS, KEY_PARAMETERS, ReadViewSet
from planwatch.web.query_params import timeless


class JurisdictionSerializer(ChosenKeysSerializer):
    """A government whose plans or agencies are followed."""

    code = serializers.CharField(
        help_text="ISO 3166-1 alpha-2, ISO 3166-2 (CA-ON), or the site's own (EU)."
    )
    url = UriField("api:jurisdiction-detail", "code", help_text="Address of this answer.")
    name = serializers.CharField(help_text="Name as used in lists.")
    level = serializers.ChoiceField(
        Jurisdiction.Level.choices, help_text="supranational, national or subnational."
    )
    parent = serializers.CharField(
        source="parent.code",
        allow_null=True,
        default=None,
        help_text="Code of the jurisdiction of which it is a part, or null.",
    )
    time_zone = serializers.CharField(help_text="IANA time zone by whose days its deadlines pass.")
    languages = serializers.ListField(
        child=serializers.CharField(), source="tags", help_text="BCP 47 tags, the main one first."
    )


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
    lookup_field = "code"
    senseless = timeless("Jurisdictions have no date. Ask for the commitments of one as of a day.")


class AgencySerializer(ChosenKeysSerializer):
    """An agency or one of its offices."""

    slug = serializers.SlugField(help_text="Stable name in addresses.")
    api_url = UriField("api:agency-detail", "slug", help_text="Address of this answer.")
    html_url = UriField("agency_detail", "slug", help_text="Address of its page.")
    name = serializers.CharField(help_text="Full name.")
    short_name = serializers.CharField(help_text="Name as used in lists.")
    acronym = serializers.CharField(help_text="Acronym; empty where none is in use.")
    parent = SlugOf("parent", help_text="Slug of the agency to which it belongs, or null.")
    jurisdiction = serializers.CharField(help_text="ISO 3166-1 alpha-2, ISO 3166-2 or EU.")
    url = serializers.CharField(help_text="The agency's own site; empty where none is recorded.")


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
    senseless = timeless("Agencies have no date. Ask for the commitments of one as of a day.")
