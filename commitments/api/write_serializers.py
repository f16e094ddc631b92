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

    source = TextField(max_length=80, help_text="The slug of a source.")
    locator = TextField(max_length=200, help_text="Paragraph, page or section.")
    note = TextField(
        max_length=LONGEST_TEXT,
        default="",
        allow_blank=True,
        help_text="What a reader must know of this evidence.",
    )


class StatusChangeWriteSerializer(StrictSerializer):
    """A step to be recorded or proposed."""

    status = serializers.ChoiceField(Status.choices, help_text="The status from that day.")
    effective_on = WrittenDateField(
        help_text="When it became true in the world: YYYY-MM-DD, or YYYY-MM or YYYY where no more is known."
    )
    precision = serializers.ChoiceField(
        Precision.choices,
        required=False,
        help_text="How exact `effective_on` is; left out, as exact as it is written.",
    )
    explanation = TextField(
        max_length=LONGEST_TEXT,
        default="",
        allow_blank=True,
        help_text="What happened. Some statuses need it: see `statuses/`.",
    )
    correction_reason = TextField(
        max_length=5000,
        default="",
        allow_blank=True,
        help_text="Of a correction: why the step in `corrects` was wrong. Left out, `explanation` must say it.",
    )
    evidence = EvidenceItemSerializer(
        many=True, default=list, max_length=50, help_text="The sources on which it rests."
    )
    corrects = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=100_000,
        help_text="`seq` of the step that it strikes out, if it is a correction.",
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

    evidence = EvidenceItemSerializer(
        many=True, allow_empty=False, max_length=50, help_text="The sources to add."
    )


class ReviewWriteSerializer(StrictSerializer):
    """A look that found nothing new."""

    reviewed_on = serializers.DateField(help_text="The day on which you looked; not in the future.")
    note = TextField(max_length=LONGEST_TEXT, help_text="What you looked for, and what you found.")
    source = TextField(
        max_length=80,
        default="",
        allow_blank=True,
        help_text="Slug of the document that you read, if it was one.",
    )
    locator = TextField(
        max_length=200,
        default="",
        allow_blank=True,
        help_text="Paragraph, page or section of that document.",
    )


class ReasonSerializer(StrictSerializer):
    """A reason."""

    reason = TextField(max_length=LONGEST_TEXT, help_text="Why, for the proposer to read.")


class ProposalSerializer(ChosenKeysSerializer):
    """A write that waits for a second person, or waited."""

    id = serializers.IntegerField(help_text="Number of the proposal.")
    kind = serializers.ChoiceField(ProposalKind.choices, help_text="What it would do.")
    commitment = serializers.CharField(
        source="commitment.code",
        allow_null=True,
        default=None,
        help_text="Code of the commitment; null for an edit of a source.",
    )
    source = serializers.CharField(
        source="source.slug",
        allow_null=True,
        default=None,
        help_text="Slug of the source that would be edited, or null.",
    )
    payload = serializers.DictField(
        help_text="Of an unpublishing its `reason`; of an edit also the values `before` and the new `values`."
    )
    status = serializers.ChoiceField(
        Status.choices, allow_blank=True, help_text="The proposed status; empty for other kinds."
    )
    effective_on = serializers.DateField(
        allow_null=True, help_text="When it became true in the world; null for other kinds."
    )
    precision = serializers.ChoiceField(Precision.choices, help_text="How exact `effective_on` is.")
    explanation = serializers.CharField(help_text="What happened, in the proposer's words.")
    correction_reason = serializers.CharField(
        help_text="Of a correction: why the step that it would strike out was wrong."
    )
    evidence = EvidenceItemSerializer(many=True, help_text="The sources on which it rests.")
    corrects = serializers.IntegerField(
        source="corrects.seq",
        allow_null=True,
        default=None,
        help_text="The step that it would strike out, or null.",
    )
    state = serializers.ChoiceField(ProposalState.choices, help_text="Where the proposal stands.")
    proposed_by = serializers.CharField(help_text="Public handle.")
    proposed_at = serializers.DateTimeField(help_text="When it was made.")
    decided_by = serializers.CharField(help_text="Public handle, empty while it waits.")
    decided_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was decided; null while it waits."
    )
    reason = serializers.CharField(help_text="Why it was declined.")
    status_change = serializers.IntegerField(
        source="status_change.seq",
        allow_null=True,
        default=None,
        help_text="The step that it became.",
    )
