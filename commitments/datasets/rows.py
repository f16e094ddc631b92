"""Rows of the data set that the API shows only inside others."""

from rest_framework import serializers

from commitments.api.history_serializers import ReviewSerializer
from commitments.choices import LinkState
from commitments.models import AgencyRole, CitationRelation
from planwatch.api.serializers import Serializer
from planwatch.db.site_data import LICENSES


class SiteRow(Serializer):
    name = serializers.CharField()
    topic = serializers.CharField()
    promiser = serializers.CharField()
    publisher = serializers.CharField()
    license = serializers.ChoiceField(list(LICENSES))
    contact = serializers.CharField()
    opening_jurisdiction = serializers.CharField()
    languages = serializers.CharField()
    address = serializers.CharField()
    glossary = serializers.CharField()
    synonyms = serializers.CharField()


class OfCommitment(Serializer):
    commitment = serializers.SlugField(source="commitment.code")


class RoleRow(OfCommitment):
    agency = serializers.SlugField(source="agency.slug")
    role = serializers.ChoiceField(AgencyRole.choices)
    position = serializers.IntegerField()


class ThemeRow(OfCommitment):
    theme = serializers.SlugField(source="theme.code")
    position = serializers.IntegerField()


class CitationRow(OfCommitment):
    source = serializers.SlugField(source="source.slug")
    relation = serializers.ChoiceField(CitationRelation.choices)
    locator = serializers.CharField()
    note = serializers.CharField()


class EvidenceRow(Serializer):
    commitment = serializers.SlugField(source="status_change.commitment.code")
    status_change = serializers.IntegerField(source="status_change.seq")
    source = serializers.SlugField(source="source.slug")
    locator = serializers.CharField()
    note = serializers.CharField()
    position = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()


class LinkFindingRow(Serializer):
    source = serializers.SlugField(source="source.slug")
    checked_at = serializers.DateTimeField()
    url = serializers.CharField()
    state = serializers.ChoiceField(LinkState.choices)
    http_status = serializers.IntegerField(allow_null=True)
    final_url = serializers.CharField()
    problem = serializers.CharField()
    is_soft_404 = serializers.BooleanField()
    content_hash = serializers.CharField()
    drift = serializers.IntegerField(allow_null=True)


class ReviewRow(ReviewSerializer):
    id = serializers.IntegerField()
