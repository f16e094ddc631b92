"""Serializers and filters of agencies and jurisdictions."""

from django_filters import FilterSet
from rest_framework import serializers

from agencies.models import Agency, Jurisdiction
from planwatch.api.fields import SlugOf, UriField
from planwatch.api.filters import any_choice, any_row
from planwatch.api.serializers import ChosenKeysSerializer


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
    wikidata = serializers.CharField()
    org_id = serializers.CharField()
    identifiers_url = serializers.CharField()


class AgencyFilters(FilterSet):
    jurisdiction = any_row(
        Jurisdiction.objects.all(), "code", "jurisdiction", "Of that jurisdiction."
    )
    parent = any_row(Agency.objects.all(), "slug", "parent__slug", "Directly below that agency.")
