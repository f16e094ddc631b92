"""Serializers of request bodies, and of proposals."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commitments.choices import Precision, Status
from commitments.dates import read_date
from commitments.models import ProposalKind, ProposalState
from planwatch.api.serializers import ChosenKeysSerializer, StrictSerializer, TextField
from planwatch.web.text import LONGEST_TEXT


@extend_schema_field(
    {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$", "examples": ["2024-02-14"]}
)
class WrittenDateField(TextField):
    """A date as precise as it is known: YYYY, YYYY-MM or YYYY-MM-DD."""


class EvidenceItemSerializer(StrictSerializer):
    """A source that is given as evidence."""

    source = TextField(max_length=80)
    locator = TextField(max_length=200)
    note = TextField(max_length=LONGEST_TEXT, default="", allow_blank=True)


class StatusChangeWriteSerializer(StrictSerializer):
    """A step to be recorded or proposed."""

    status = serializers.ChoiceField(Status.choices)
    effective_on = WrittenDateField()
    precision = serializers.ChoiceField(Precision.choices, required=False)
    explanation = TextField(max_length=LONGEST_TEXT, default="", allow_blank=True)
    correction_reason = TextField(max_length=5000, default="", allow_blank=True)
    evidence = EvidenceItemSerializer(many=True, default=list, max_length=50)
    corrects = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=100000
    )

    def validate(self, values):
        values = super().validate(values)
        try:
            dated = read_date(values["effective_on"], values.get("precision"))
        except ValueError as error:
            raise serializers.ValidationError({"effective_on": str(error)}) from error
        return values | {"effective_on": dated.day, "precision": dated.precision}


class AddedEvidenceSerializer(StrictSerializer):
    """More sources for a step that stands."""

    evidence = EvidenceItemSerializer(many=True, allow_empty=False, max_length=50)


class ReviewWriteSerializer(StrictSerializer):
    """A look that found nothing new."""

    reviewed_on = serializers.DateField()
    note = TextField(max_length=LONGEST_TEXT)
    source = TextField(max_length=80, default="", allow_blank=True)
    locator = TextField(max_length=200, default="", allow_blank=True)


class ReasonSerializer(StrictSerializer):
    """A reason."""

    reason = TextField(max_length=LONGEST_TEXT)


class ProposalSerializer(ChosenKeysSerializer):
    """A write that waits for a second person, or waited."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(ProposalKind.choices)
    commitment = serializers.CharField(source="commitment.code", allow_null=True, default=None)
    source = serializers.CharField(source="source.slug", allow_null=True, default=None)
    payload = serializers.DictField()
    status = serializers.ChoiceField(Status.choices, allow_blank=True)
    effective_on = serializers.DateField(allow_null=True)
    precision = serializers.ChoiceField(Precision.choices)
    explanation = serializers.CharField()
    correction_reason = serializers.CharField()
    evidence = EvidenceItemSerializer(many=True)
    corrects = serializers.IntegerField(source="corrects.seq", allow_null=True, default=None)
    state = serializers.ChoiceField(ProposalState.choices)
    proposed_by = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    signature = serializers.DictField(allow_null=True)
    reason = serializers.CharField()
    status_change = serializers.IntegerField(
        source="status_change.seq", allow_null=True, default=None
    )
