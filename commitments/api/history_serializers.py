"""Serializers of citations, evidence, status changes, reviews, lineage, developments and reported statuses."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commitments.api.fields import PrecisionField
from commitments.choices import Bearing, Origin, Precision, Status, Verification
from commitments.models import Basis, CitationRelation, LinkRelation
from commitments.statuses import verification_of
from planwatch.api.fields import SlugOf
from planwatch.api.serializers import ChosenKeysSerializer


class DocumentSerializer(serializers.Serializer):
    """A source, beside what rests on it."""

    slug = serializers.SlugField(source="source.slug", help_text="Slug of the source.")
    title = serializers.CharField(source="source.title", help_text="Title of the source.")
    publisher = serializers.CharField(source="source.publisher", help_text="Who published it.")
    published_on = serializers.DateField(
        source="source.published_on",
        allow_null=True,
        help_text="When it was published: of a month or a year the first day of that; null where it is not known.",
    )
    precision = PrecisionField("source.published_on", source="source.precision")
    url = serializers.CharField(
        source="source.url", help_text="The document's address; empty where no clean one is known."
    )
    origin = serializers.ChoiceField(
        Origin.choices,
        help_text="On whose side it stands, seen from the plan: an official source of another government is independent.",
    )
    locator = serializers.CharField(help_text="Paragraph, page or section.")


class CitedSerializer(DocumentSerializer):
    """A source with what it does to the commitment."""

    relation = serializers.ChoiceField(
        CitationRelation.choices,
        help_text="What the document does: it announces or restates the commitment, or reports on it.",
    )


class CitationSerializer(CitedSerializer):
    """A source with what it does to the commitment, in full."""

    note = serializers.CharField(help_text="What a reader must know of the citation.")


class EvidenceSerializer(DocumentSerializer):
    """A source as evidence for a step."""

    note = serializers.CharField(help_text="What a reader must know of this evidence.")
    recorded_at = serializers.DateTimeField(
        help_text="When it was recorded: with the step, or later when it was added."
    )


class StatusChangeSerializer(ChosenKeysSerializer):
    """One step of a history. `previous_status` is null for a step that a correction has struck out."""

    commitment = serializers.CharField(
        source="commitment.code", help_text="Code of the commitment."
    )
    seq = serializers.IntegerField(help_text="Number of the step within its commitment.")
    effective_on = serializers.DateField(
        help_text="When it became true in the world: of a month or a year the first day of that, or the day of the "
        "announcement where that lies in it."
    )
    precision = serializers.ChoiceField(Precision.choices, help_text="How exact `effective_on` is.")
    status = serializers.ChoiceField(Status.choices, help_text="The status from that day.")
    previous_status = serializers.SerializerMethodField(
        help_text="The status before it in the history that stands; null for a step that was struck out."
    )
    explanation = serializers.CharField(help_text="What happened, in the tracker's words.")
    correction_reason = serializers.CharField(
        help_text="Of a correction: why the step that it strikes out was wrong. Corrections made before this key "
        "existed say so in `explanation`."
    )
    evidence = EvidenceSerializer(
        many=True, source="evidence.all", help_text="The sources on which the step rests."
    )
    verification = serializers.SerializerMethodField(
        help_text="Who confirms it: derived from the origins of the evidence."
    )
    corrects = serializers.IntegerField(
        source="corrects.seq",
        allow_null=True,
        default=None,
        help_text="The step that this strikes out.",
    )
    corrected_by = serializers.SerializerMethodField(help_text="The step that strikes this out.")
    recorded_at = serializers.DateTimeField(help_text="When the tracker learned it.")
    actor = serializers.CharField(help_text="Public handle.")

    @extend_schema_field(serializers.ChoiceField(Status.choices, allow_null=True))
    def get_previous_status(self, step):
        return step.previous_status

    @extend_schema_field(serializers.ChoiceField(Verification.choices))
    def get_verification(self, step):
        return verification_of(row.origin for row in step.evidence.all())

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_corrected_by(self, step):
        by = getattr(step, "corrected_by", None)
        return by and by.seq


class ReviewSerializer(ChosenKeysSerializer):
    """Somebody looked on a day and found nothing new."""

    commitment = serializers.CharField(
        source="commitment.code", help_text="Code of the commitment."
    )
    reviewed_on = serializers.DateField(help_text="The day on which somebody looked.")
    note = serializers.CharField(help_text="What was looked for, and what was found.")
    source = SlugOf("source", help_text="Slug of the document that was read, or null.")
    locator = serializers.CharField(help_text="Paragraph, page or section of that document.")
    recorded_at = serializers.DateTimeField(help_text="When the tracker recorded it.")
    actor = serializers.CharField(help_text="Public handle.")
    retracted_at = serializers.DateTimeField(
        source="retraction.recorded_at",
        allow_null=True,
        default=None,
        help_text="When its author took it back: it counts no more from then on; null where it stands.",
    )
    retraction_reason = serializers.CharField(
        source="retraction.reason",
        allow_null=True,
        default=None,
        help_text="Why it was taken back, or null.",
    )


class LinkSerializer(serializers.Serializer):
    """Read from the later to the earlier commitment: `later` continues `earlier`."""

    earlier = serializers.CharField(
        source="earlier.code", help_text="Code of the earlier commitment."
    )
    later = serializers.CharField(source="later.code", help_text="Code of the later commitment.")
    relation = serializers.ChoiceField(
        LinkRelation.choices, help_text="What the later does to the earlier."
    )
    basis = serializers.ChoiceField(
        Basis.choices, help_text="Whether a source states the relation or the tracker infers it."
    )
    note = serializers.CharField(help_text="Why, in the tracker's words.")
    source = SlugOf("source", help_text="Slug of the source that states it, or null.")


class _ReportSerializer(ChosenKeysSerializer):
    """What a source reports without proving a step, with the place in it."""

    source = serializers.SlugField(source="source.slug", help_text="Slug of the source.")
    title = serializers.CharField(source="source.title", help_text="Title of the source.")
    publisher = serializers.CharField(source="source.publisher", help_text="Who published it.")
    url = serializers.CharField(
        source="source.url", help_text="The document's address; empty where no clean one is known."
    )
    origin = serializers.ChoiceField(
        Origin.choices,
        help_text="On whose side it stands, seen from the plan: an official source of another government is independent.",
    )
    locator = serializers.CharField(help_text="Where in it: paragraph, page or section.")


class DevelopmentSerializer(_ReportSerializer):
    """A dated report that bears on commitments, or on a plan as a whole, without proving a step."""

    reported_on = serializers.DateField(
        help_text="When it was reported: of a month or a year the first day of that."
    )
    precision = serializers.ChoiceField(Precision.choices, help_text="How exact `reported_on` is.")
    bearing = serializers.ChoiceField(
        Bearing.choices,
        help_text="concern: it raises one; support: it points to progress; context: neither.",
    )
    sentence = serializers.CharField(help_text="What was reported, in one sentence.")
    plan = SlugOf(
        "plan", help_text="Slug of the plan, where it bears on that as a whole; otherwise null."
    )
    commitments = serializers.SerializerMethodField(
        help_text="Codes of the commitments that it bears on, in order; empty where it bears on a plan as a whole."
    )
    recorded_at = serializers.DateTimeField(help_text="When the tracker recorded it.")

    def get_commitments(self, development) -> list[str]:
        return development.codes(self.context["clocks"].as_of)


class ReportedStatusSerializer(_ReportSerializer):
    """A government's own word for a commitment, beside our status and never counted as it."""

    commitment = serializers.SlugField(
        source="commitment.code", help_text="Code of the commitment."
    )
    reported_on = serializers.DateField(
        allow_null=True,
        help_text="When it was reported: of a month or a year the first day of that; null where it is not known.",
    )
    precision = PrecisionField("reported_on")
    wording = serializers.CharField(help_text="The word for the status, as printed.")
    language = serializers.CharField(help_text="BCP 47 tag of `wording`.")
    equivalent = serializers.ChoiceField(
        Status.choices,
        allow_blank=True,
        help_text="The nearest of our statuses; empty where none is near.",
    )
    note = serializers.CharField(help_text="What a reader must know of it; often empty.")
