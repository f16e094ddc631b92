"""The shape of every answer: the single definition of the API's fields."""

from __future__ import annotations

from functools import cached_property

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from agencies.api import AgencySerializer
from commitments import presenting
from commitments.models import (
    Basis,
    ChangeAction,
    CitationRelation,
    Commitment,
    CommitmentKind,
    LinkRelation,
    ProposalState,
    SourceKind,
)
from commitments.services.record import body_of, header_of
from commitments.statuses import (
    START,
    Origin,
    Precision,
    Status,
    Verification,
    days_late,
    verification_of,
)
from planwatch.api import ChosenKeysSerializer
from planwatch.errors import BadParameters, nearest, unknown_value


class AddressField(serializers.SerializerMethodField):
    """The absolute address of a row: of its answer, or of its page."""

    def __init__(self, route: str, key: str, **kwargs):
        self.route, self.key = route, key
        super().__init__(**kwargs)

    def to_representation(self, row) -> str:
        key = getattr(row, self.key)
        argument = "key" if self.key == "public_key" else self.key
        return reverse(self.route, kwargs={argument: key}, request=self.context["request"])


class SlugOf(serializers.SlugField):
    """The slug of a related row, or null."""

    def __init__(self, relation: str, **kwargs):
        super().__init__(source=f"{relation}.slug", allow_null=True, default=None, **kwargs)


@extend_schema_field({"type": "string", "format": "uri"})
class UriField(AddressField):
    pass


class PlanSerializer(ChosenKeysSerializer):
    slug = serializers.SlugField()
    url = UriField("api:plan-detail", "slug")
    jurisdiction = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    title = serializers.CharField()
    summary = serializers.CharField()
    document = SlugOf("document")
    published_on = serializers.DateField()
    precision = serializers.ChoiceField(Precision.choices)
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    period_note = serializers.CharField()
    predecessor = SlugOf("predecessor")


class PillarSerializer(ChosenKeysSerializer):
    slug = serializers.SlugField()
    url = UriField("api:pillar-detail", "slug")
    html_url = UriField("pillar_detail", "slug")
    code = serializers.CharField(help_text="The letters in commitment codes.")
    name = serializers.CharField()
    position = serializers.IntegerField()
    summary = serializers.CharField()


class ObjectiveSerializer(ChosenKeysSerializer):
    key = serializers.CharField(source="public_key", help_text="Plan and key, as plan:key.")
    url = UriField("api:objective-detail", "public_key")
    plan = serializers.SlugField(source="plan.slug")
    pillar = serializers.SlugField(source="pillar.slug")
    number = serializers.CharField(help_text="Only where a source prints it.")
    title = serializers.CharField()
    summary = serializers.CharField()
    position = serializers.IntegerField()


class SourceSerializer(ChosenKeysSerializer):
    slug = serializers.SlugField()
    api_url = UriField("api:source-detail", "slug")
    html_url = UriField("source_detail", "slug")
    title = serializers.CharField()
    publisher = serializers.CharField()
    author = serializers.CharField()
    published_on = serializers.DateField(allow_null=True)
    precision = serializers.ChoiceField(Precision.choices)
    kind = serializers.ChoiceField(SourceKind.choices)
    origin = serializers.ChoiceField(Origin.choices)
    language = serializers.CharField(help_text="BCP 47 tag.")
    url = serializers.CharField(
        help_text="The document's address; empty where no clean one is known."
    )
    archived_url = serializers.CharField()
    note = serializers.CharField()


class DocumentSerializer(serializers.Serializer):
    """A source as it stands beside what rests on it."""

    slug = serializers.SlugField(source="source.slug")
    title = serializers.CharField(source="source.title")
    publisher = serializers.CharField(source="source.publisher")
    published_on = serializers.DateField(source="source.published_on", allow_null=True)
    precision = serializers.ChoiceField(Precision.choices, source="source.precision")
    url = serializers.CharField(source="source.url")
    origin = serializers.ChoiceField(Origin.choices, source="source.origin")
    locator = serializers.CharField(help_text="Paragraph, page or section.")


class CitedSerializer(DocumentSerializer):
    relation = serializers.ChoiceField(CitationRelation.choices)


class CitationSerializer(CitedSerializer):
    note = serializers.CharField()


class EvidenceSerializer(DocumentSerializer):
    note = serializers.CharField()


class StatusChangeSerializer(ChosenKeysSerializer):
    """One step of a history. `previous_status` is null for a step that a correction has struck out."""

    commitment = serializers.CharField(source="commitment.code")
    seq = serializers.IntegerField(help_text="Number of the step within its commitment.")
    effective_on = serializers.DateField(help_text="When it became true in the world.")
    precision = serializers.ChoiceField(Precision.choices)
    status = serializers.ChoiceField(Status.choices)
    previous_status = serializers.SerializerMethodField()
    explanation = serializers.CharField()
    evidence = EvidenceSerializer(many=True, source="evidence.all")
    verification = serializers.SerializerMethodField()
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
        return verification_of(row.source.origin for row in step.evidence.all())

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_corrected_by(self, step):
        by = getattr(step, "corrected_by", None)
        moment = self.context["clocks"].known_at
        return by.seq if by and (moment is None or by.recorded_at <= moment) else None


class ReviewSerializer(ChosenKeysSerializer):
    commitment = serializers.CharField(source="commitment.code")
    reviewed_on = serializers.DateField()
    note = serializers.CharField(help_text="What was looked for, and what was found.")
    source = SlugOf("source")
    locator = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="Public handle.")


class LinkSerializer(serializers.Serializer):
    """Read from the later to the earlier commitment: `later` continues `earlier`."""

    earlier = serializers.CharField(source="earlier.code")
    later = serializers.CharField(source="later.code")
    relation = serializers.ChoiceField(LinkRelation.choices)
    basis = serializers.ChoiceField(Basis.choices)
    note = serializers.CharField()
    source = SlugOf("source")


EXPANDABLE = ("plan", "pillar", "objective", "lead_agencies", "partner_agencies")


class CommitmentSerializer(ChosenKeysSerializer):
    """A commitment with its status on the day asked for. Related rows are slugs, codes and keys, or what `expand` nests."""

    code = serializers.CharField()
    url = UriField("api:commitment-detail", "code")
    html_url = UriField("commitment_detail", "code")
    title = serializers.CharField()
    summary = serializers.CharField()
    plan = serializers.SlugField(source="plan.slug")
    plan_number = serializers.CharField(help_text="Only where a source prints it.")
    pillar = serializers.SlugField(source="pillar.slug")
    pillar_basis = serializers.ChoiceField(Basis.choices)
    objective = serializers.CharField(source="objective.public_key", allow_null=True, default=None)
    kind = serializers.ChoiceField(CommitmentKind.choices)
    lead_agencies = serializers.SerializerMethodField(help_text="Empty where no source names one.")
    lead_note = serializers.CharField()
    partner_agencies = serializers.SerializerMethodField()
    announced_on = serializers.DateField()
    due_on = serializers.DateField(allow_null=True)
    due_precision = serializers.ChoiceField(Precision.choices)
    target = serializers.CharField()
    status = serializers.ChoiceField(Status.choices, source="shown_status")
    status_label = serializers.SerializerMethodField()
    status_since = serializers.DateField(source="shown_since")
    status_precision = serializers.ChoiceField(Precision.choices, source="shown_precision")
    verification = serializers.ChoiceField(Verification.choices, source="shown_verification")
    is_open = serializers.BooleanField()
    is_overdue = serializers.BooleanField(help_text="Open and past its due date.")
    is_stale = serializers.BooleanField(
        help_text="Open, and neither changed nor checked for a year."
    )
    days_late = serializers.SerializerMethodField(help_text="If completed after its due date.")
    last_reviewed_on = serializers.DateField(source="shown_reviewed_on", allow_null=True)
    note = serializers.CharField()
    sources = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    seq = serializers.IntegerField(help_text="Number of the latest record row about it.")

    @extend_schema_field(serializers.ListField(child=serializers.SlugField()))
    def get_lead_agencies(self, commitment):
        return self._owed(commitment, "lead")

    @extend_schema_field(serializers.ListField(child=serializers.SlugField()))
    def get_partner_agencies(self, commitment):
        return self._owed(commitment, "partner")

    def _owed(self, commitment: Commitment, role: str) -> list[str]:
        return [row.agency.slug for row in commitment.owed_by if row.role == role]

    def to_representation(self, commitment):
        shown = super().to_representation(commitment)
        for name in self._expanded & shown.keys():
            shown[name] = self._nested(name, commitment)
        return shown

    @cached_property
    def _expanded(self) -> set[str]:
        given = self.context["request"].query_params.getlist("expand")
        names = {name for value in given for name in value.split(",") if name}
        if unknown := sorted(names - set(EXPANDABLE)):
            raise BadParameters([unknown_value("expand", name, EXPANDABLE) for name in unknown])
        return names

    def _nested(self, name: str, commitment):
        context = {**self.context, "nested": True}
        if name.endswith("_agencies"):
            role = name.removesuffix("_agencies")
            agencies = [row.agency for row in commitment.owed_by if row.role == role]
            return AgencySerializer(agencies, many=True, context=context).data
        related = getattr(commitment, name)
        shape = {
            "plan": PlanSerializer,
            "pillar": PillarSerializer,
            "objective": ObjectiveSerializer,
        }
        return None if related is None else shape[name](related, context=context).data

    def get_status_label(self, commitment) -> str:
        return Status(commitment.shown_status).label

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_days_late(self, commitment):
        return days_late(commitment.shown_status, commitment.shown_since, commitment.due_on)

    def _citations(self, commitment) -> list:
        """Leave out what was published after the day asked for."""
        day = self.context["clocks"].as_of
        return [
            row
            for row in commitment.cited_in
            if day is None or row.source.published_on is None or row.source.published_on <= day
        ]

    @extend_schema_field(CitedSerializer(many=True))
    def get_sources(self, commitment):
        return CitedSerializer(self._citations(commitment), many=True).data


class CommitmentDetailSerializer(CommitmentSerializer):
    """A commitment with its history, its reviews, its citations in full and its lineage."""

    history = serializers.SerializerMethodField()
    reviews = serializers.SerializerMethodField()
    citations = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    @extend_schema_field(StatusChangeSerializer(many=True))
    def get_history(self, commitment):
        steps = _with_previous_status(self._seen(commitment))
        return StatusChangeSerializer(
            steps, many=True, context={**self.context, "nested": True}
        ).data

    @extend_schema_field(ReviewSerializer(many=True))
    def get_reviews(self, commitment):
        rows = self._seen(commitment).reviews
        return ReviewSerializer(rows, many=True, context={**self.context, "nested": True}).data

    def _seen(self, commitment) -> presenting.Known:
        clocks = self.context["clocks"]
        return presenting.known(commitment.steps, commitment.checks, clocks.as_of, clocks.known_at)

    @extend_schema_field(CitationSerializer(many=True))
    def get_citations(self, commitment):
        return CitationSerializer(self._citations(commitment), many=True).data

    @extend_schema_field(LinkSerializer(many=True))
    def get_links(self, commitment):
        day = self.context["clocks"].day
        links = [*commitment.earlier_links, *commitment.later_links]
        known = [
            link
            for link in links
            if link.earlier.announced_on <= day and link.later.announced_on <= day
        ]
        return LinkSerializer(known, many=True).data


def _with_previous_status(seen: presenting.Known) -> list:
    """Give each step the status before it in the path; a struck-out step stands in no path."""
    before: dict[int, str] = {}
    status: str = START
    for step in seen.path:
        before[step.seq], status = status, step.status
    for step in seen.steps:
        step.previous_status = before.get(step.seq)
    return seen.steps


class ChangeSerializer(serializers.Serializer):
    """One row of the public record: a chained header, and a body unless it is withheld."""

    seq = serializers.IntegerField()
    recorded_at = serializers.CharField(help_text="UTC, to the microsecond, as it was hashed.")
    action = serializers.ChoiceField(ChangeAction.choices)
    body_hash = serializers.CharField()
    prev_hash = serializers.CharField()
    hash = serializers.CharField()
    withheld = serializers.BooleanField(
        help_text="True where the row is about an unpublished object."
    )
    object_type = serializers.CharField(required=False)
    object_key = serializers.CharField(required=False)
    actor = serializers.CharField(required=False, help_text="Public handle.")
    before = serializers.DictField(required=False, allow_null=True)
    after = serializers.DictField(required=False, allow_null=True)
    nonce = serializers.CharField(required=False)

    def to_representation(self, row):
        body = {} if row.is_withheld else body_of(row)
        return {**header_of(row), "hash": row.hash, "withheld": row.is_withheld, **body}


class ChangePageSerializer(serializers.Serializer):
    dataset_version = serializers.IntegerField()
    next_after = serializers.IntegerField(
        help_text="Give it as `after` to go on; unchanged at the end."
    )
    results = ChangeSerializer(many=True)


class StatusRuleSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    is_open = serializers.BooleanField()
    meaning = serializers.CharField()
    evidence = serializers.CharField()
    explanation_needed = serializers.BooleanField()
    only_after_deadline = serializers.BooleanField()
    moves = serializers.ListField(child=serializers.CharField())
    crosswalk = serializers.DictField(child=serializers.CharField())


class VocabularySerializer(serializers.Serializer):
    start = serializers.CharField(help_text="The status in which every commitment begins.")
    statuses = StatusRuleSerializer(many=True)
    verification = serializers.DictField(child=serializers.CharField())
    origins = serializers.DictField(child=serializers.CharField())


class CountSerializer(serializers.Serializer):
    count = serializers.IntegerField()


class StatsSerializer(serializers.Serializer):
    by = serializers.ListField(child=serializers.CharField())
    total = serializers.IntegerField(help_text="Commitments that match: the denominator.")
    as_of = serializers.DateField()
    dataset_version = serializers.IntegerField()
    results = serializers.ListField(
        child=serializers.DictField(),
        help_text="One object a combination: the value of each of `by`, and `count`.",
    )


# What is written


class StrictSerializer(serializers.Serializer):
    """Refuses keys that it does not know: a misspelt one must not be ignored."""

    def validate(self, values):
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError(
                {
                    key: [f"Unknown key. The nearest valid one is “{nearest(key, self.fields)}”."]
                    for key in unknown
                }
            )
        return values


class EvidenceItemSerializer(serializers.Serializer):
    source = serializers.CharField(max_length=80, help_text="The slug of a source.")
    locator = serializers.CharField(max_length=200, help_text="Paragraph, page or section.")
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)


class StatusChangeWriteSerializer(StrictSerializer):
    status = serializers.ChoiceField(Status.choices)
    effective_on = serializers.DateField(help_text="When it became true in the world.")
    precision = serializers.ChoiceField(Precision.choices, default=Precision.DAY.value)
    explanation = serializers.CharField(max_length=5000, default="", allow_blank=True)
    evidence = EvidenceItemSerializer(many=True, default=list, max_length=50)
    corrects = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=100_000
    )


class ReviewWriteSerializer(StrictSerializer):
    reviewed_on = serializers.DateField()
    note = serializers.CharField(max_length=5000)
    source = serializers.CharField(max_length=80, default="", allow_blank=True)
    locator = serializers.CharField(max_length=200, default="", allow_blank=True)


class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=5000)


class ProposalSerializer(ChosenKeysSerializer):
    """A status change that waits for a second person, or waited."""

    id = serializers.IntegerField()
    commitment = serializers.CharField(source="commitment.code")
    status = serializers.ChoiceField(Status.choices)
    effective_on = serializers.DateField()
    precision = serializers.ChoiceField(Precision.choices)
    explanation = serializers.CharField()
    evidence = EvidenceItemSerializer(many=True)
    corrects = serializers.IntegerField(source="corrects.seq", allow_null=True, default=None)
    state = serializers.ChoiceField(ProposalState.choices)
    proposed_by = serializers.CharField(help_text="Public handle.")
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.CharField(help_text="Public handle, empty while it waits.")
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(help_text="Why it was declined.")
    status_change = serializers.IntegerField(
        source="status_change.seq",
        allow_null=True,
        default=None,
        help_text="The step that it became.",
    )
