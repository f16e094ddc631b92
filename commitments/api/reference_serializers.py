"""Serializers of plans, pillars, themes, sections and sources."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from commitments.api.fields import PrecisionField
from commitments.choices import Basis, Coverage, LinkState, Origin, Precision
from commitments.known_at import day_asked
from commitments.models import SourceKind
from commitments.presenters.link_state import shown_link
from planwatch.api.fields import SlugOf, UriField
from planwatch.api.serializers import ChosenKeysSerializer, Serializer


class _SlugOfRow(serializers.SlugField):
    def to_representation(self, row) -> str:
        return row.slug


class PlanSerializer(ChosenKeysSerializer):
    """A plan of a government, with the period that it covers."""

    slug = serializers.SlugField()
    url = UriField("api:plan-detail", "slug")
    html_url = UriField("plan_detail", "slug")
    jurisdiction = serializers.CharField()
    prefix = serializers.CharField()
    title = serializers.CharField()
    original_title = serializers.CharField()
    language = serializers.CharField()
    summary = serializers.CharField()
    document = SlugOf("document")
    published_on = serializers.DateField()
    precision = serializers.ChoiceField(Precision.choices)
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    period_note = serializers.CharField()
    predecessor = SlugOf("predecessor")
    successors = serializers.ListField(child=_SlugOfRow(), source="followed_by", required=False)
    sister = SlugOf("sister")
    part_of = SlugOf("part_of")
    promised_by = SlugOf("promised_by")
    coverage = serializers.ChoiceField(Coverage.choices, allow_blank=True)
    actions = serializers.IntegerField(allow_null=True)
    actions_recorded = serializers.IntegerField(allow_null=True)
    recorded = serializers.IntegerField(required=False)
    coverage_note = serializers.CharField()


class PillarSerializer(ChosenKeysSerializer):
    """One of the pillars under which commitments stand."""

    slug = serializers.SlugField()
    url = UriField("api:pillar-detail", "slug")
    html_url = UriField("pillar_detail", "slug")
    code = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    summary = serializers.CharField()


class ThemeSerializer(ChosenKeysSerializer):
    """What promises are about, across plans, with the nearest parts of four international frameworks."""

    code = serializers.SlugField()
    url = UriField("api:theme-detail", "code")
    html_url = UriField("theme_detail", "code")
    name = serializers.CharField()
    definition = serializers.CharField()
    not_this = serializers.CharField()
    position = serializers.IntegerField()
    council_of_europe = serializers.CharField()
    palermo_protocol = serializers.CharField()
    walk_free = serializers.CharField()
    sdg = serializers.CharField()


@extend_schema_serializer(deprecate_fields=["pillar"])
class SectionSerializer(ChosenKeysSerializer):
    """One of a plan's own headings, in a tree."""

    key = serializers.CharField(source="public_key")
    url = UriField("api:section-detail", "public_key")
    plan = serializers.SlugField(source="plan.slug")
    parent = serializers.CharField(source="parent.public_key", allow_null=True, default=None)
    level = serializers.CharField()
    pillars = serializers.SerializerMethodField()
    pillar_basis = serializers.ChoiceField(Basis.choices)
    pillar = serializers.SerializerMethodField()
    number = serializers.CharField()
    title = serializers.CharField()
    original_title = serializers.CharField()
    summary = serializers.CharField()
    position = serializers.IntegerField()

    def get_pillars(self, section) -> list[str]:
        return [row.pillar.slug for row in section.pillar_rows.all()]

    def get_pillar(self, section) -> str | None:
        return next(iter(self.get_pillars(section)), None)


class SourceLinkSerializer(Serializer):
    """What came when the address of a source was asked. An observation of the tracker, no part of the document."""

    state = serializers.ChoiceField(LinkState.choices)
    found_on = serializers.DateField(allow_null=True)
    checked_on = serializers.DateField(allow_null=True)
    final_url = serializers.CharField()
    http_status = serializers.IntegerField(allow_null=True)
    content_changed = serializers.BooleanField()


class SourceSerializer(ChosenKeysSerializer):
    """A document on which something published rests."""

    slug = serializers.SlugField()
    api_url = UriField("api:source-detail", "slug")
    html_url = UriField("source_detail", "slug")
    title = serializers.CharField()
    publisher = serializers.CharField()
    author = serializers.CharField()
    published_on = serializers.DateField(allow_null=True)
    precision = PrecisionField("published_on")
    kind = serializers.ChoiceField(SourceKind.choices)
    origin = serializers.ChoiceField(Origin.choices)
    jurisdiction = serializers.SlugField(allow_blank=True)
    language = serializers.CharField()
    url = serializers.CharField()
    archived_url = serializers.CharField()
    link = serializers.SerializerMethodField()
    note = serializers.CharField()

    @extend_schema_field(SourceLinkSerializer())
    def get_link(self, source):
        return SourceLinkSerializer(shown_link(source, day_asked())).data
