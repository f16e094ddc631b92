"""Serializers of citations, evidence, status changes, reviews, lineage, developments and reported statuses."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commitments.api.fields import PrecisionField
from commitments.choices import Bearing, Origin, Precision, Status, Verification
from commitments.models import Basis, CitationRelation, LinkRelation
from commitments.statuses import verification_of
from planwatch.api.fields import SlugOf
from planwatch.api.serializers import ChosenKeysSerializer, Serializer


class DocumentSerializer(Serializer):
    """A source, beside what rests on it."""

    slug = serializers.SlugField(source="source.slug")
    title = serializers.CharField(source="source.title")
    publisher = serializers.CharField(source="source.publisher")
    published_on = serializers.DateField(source="source.published_on", allow_null=True)
    precision = PrecisionField("source.published_on", source="source.precision")
    url = serializers.CharField(source="source.url")
    origin = serializers.ChoiceField(Origin.choices)
    locator = serializers.CharField()


class CitedSerializer(DocumentSerializer):
    """A source with what it does to the commitment."""

    relation = serializers.ChoiceField(CitationRelation.choices)


class CitationSerializer(CitedSerializer):
    """A source with what it does to the commitment, in full."""

    note = serializers.CharField()


class EvidenceSerializer(DocumentSerializer):
    """A source as evidence for a step."""

    note = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class StatusChangeSerializer(ChosenKeysSerializer):
    """One step of a history. `previous_status` is null for a step that a correction has struck out."""

    commitment = serializers.CharField(source="commitment.code")
    seq = serializers.IntegerField()
    effective_on = serializers.DateField()
    precision = serializers.ChoiceField(Precision.choices)
    status = serializers.ChoiceField(Status.choices)
    previous_status = serializers.SerializerMethodField()
    explanation = serializers.CharField()
    correction_reason = serializers.CharField()
    evidence = EvidenceSerializer(many=True, source="evidence.all")
    verification = serializers.SerializerMethodField()
    corrects = serializers.IntegerField(source="corrects.seq", allow_null=True, default=None)
    corrected_by = serializers.IntegerField(
        source="corrected_by.seq", allow_null=True, read_only=True
    )
    recorded_at = serializers.DateTimeField()
    actor = serializers.CharField()

    @extend_schema_field(serializers.ChoiceField(Status.choices, allow_null=True))
    def get_previous_status(self, step):
        return step.previous_status

    @extend_schema_field(serializers.ChoiceField(Verification.choices))
    def get_verification(self, step):
        return verification_of(row.origin for row in step.evidence.all())


class ReviewSerializer(ChosenKeysSerializer):
    """Somebody looked on a day and found nothing new."""

    commitment = serializers.CharField(source="commitment.code")
    reviewed_on = serializers.DateField()
    note = serializers.CharField()
    source = SlugOf("source")
    locator = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    actor = serializers.CharField()
    retracted_at = serializers.DateTimeField(
        source="retraction.recorded_at", allow_null=True, default=None
    )
    retraction_reason = serializers.CharField(
        source="retraction.reason", allow_null=True, default=None
    )


class LinkSerializer(Serializer):
    """Read from the later to the earlier commitment: `later` continues `earlier`."""

    earlier = serializers.CharField(source="earlier.code")
    later = serializers.CharField(source="later.code")
    relation = serializers.ChoiceField(LinkRelation.choices)
    basis = serializers.ChoiceField(Basis.choices)
    note = serializers.CharField()
    source = SlugOf("source")


class _ReportSerializer(ChosenKeysSerializer):
    """What a source reports without proving a step, with the place in it."""

    source = serializers.SlugField(source="source.slug")
    title = serializers.CharField(source="source.title")
    publisher = serializers.CharField(source="source.publisher")
    url = serializers.CharField(source="source.url")
    origin = serializers.ChoiceField(Origin.choices)
    locator = serializers.CharField()


class DevelopmentSerializer(_ReportSerializer):
    """A dated report that bears on commitments, or on a plan as a whole, without proving a step."""

    reported_on = serializers.DateField()
    precision = serializers.ChoiceField(Precision.choices)
    bearing = serializers.ChoiceField(Bearing.choices)
    sentence = serializers.CharField()
    plan = SlugOf("plan")
    commitments = serializers.SerializerMethodField()
    recorded_at = serializers.DateTimeField()

    def get_commitments(self, development) -> list[str]:
        return development.codes(self.context["clocks"].as_of)


class ReportedStatusSerializer(_ReportSerializer):
    """A government's own word for a commitment, beside our status and never counted as it."""

    commitment = serializers.SlugField(source="commitment.code")
    reported_on = serializers.DateField(allow_null=True)
    precision = PrecisionField("reported_on")
    wording = serializers.CharField()
    language = serializers.CharField()
    equivalent = serializers.ChoiceField(Status.choices, allow_blank=True)
    note = serializers.CharField()
