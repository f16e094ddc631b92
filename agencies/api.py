from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.reverse import reverse

from agencies.models import Agency
from planwatch.api import KEY_PARAMETERS, ChosenKeysSerializer, ReadViewSet


class AgencySerializer(ChosenKeysSerializer):
    slug = serializers.SlugField()
    api_url = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    acronym = serializers.CharField()
    parent = serializers.SlugField(source="parent.slug", allow_null=True, default=None)
    jurisdiction = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    url = serializers.CharField(help_text="The agency's own site; empty where none is recorded.")

    def get_api_url(self, agency) -> str:
        return self._address("api:agency-detail", agency)

    def get_html_url(self, agency) -> str:
        return self._address("agency_detail", agency)

    def _address(self, route, agency) -> str:
        return reverse(route, kwargs={"slug": agency.slug}, request=self.context["request"])


@extend_schema_view(
    list=extend_schema(
        description="List the agencies and offices; `parent` makes the tree.",
        parameters=KEY_PARAMETERS,
    ),
    retrieve=extend_schema(description="Read one agency.", parameters=KEY_PARAMETERS),
)
class AgencyViewSet(ReadViewSet):
    queryset = Agency.objects.select_related("parent")
    serializer_class = AgencySerializer
    lookup_field = "slug"
