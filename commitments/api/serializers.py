"""Serializers of commitments: the single definition of the API's fields."""

import datetime as dt

from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from agencies.api import AgencySerializer
from commitments.api.documents import beside, read_object
from commitments.api.fields import PrecisionField
from commitments.api.history_serializers import (
    CitationSerializer,
    CitedSerializer,
    DevelopmentSerializer,
    LinkSerializer,
    ReportedStatusSerializer,
    ReviewSerializer,
    StatusChangeSerializer,
)
from commitments.api.reference_serializers import (
    PillarSerializer,
    PlanSerializer,
    SectionSerializer,
    ThemeSerializer,
)
from commitments.audit.hash_chain import body_of, header_of
from commitments.choices import Precision, Status, Verification
from commitments.models import Basis, ChangeAction, Commitment, CommitmentKind
from commitments.querysets.sql import was_published
from commitments.status_rules import KnownHistory, history_as_known
from commitments.statuses import START
from planwatch.api.fields import UriField
from planwatch.api.serializers import ChosenKeysSerializer, Serializer
from planwatch.web.query_params import InvalidQuery, listed, unknown_value

# What `expand` may nest, and the shape that it then has.
EXPANDABLE = {
    "plan": PlanSerializer,
    "pillar": PillarSerializer,
    "section": SectionSerializer,
    "objective": SectionSerializer,
    "themes": ThemeSerializer,
    "lead_agencies": AgencySerializer,
    "partner_agencies": AgencySerializer,
}


@extend_schema_serializer(deprecate_fields=["objective"])
class CommitmentSerializer(ChosenKeysSerializer):
    """A commitment with its status on the day asked for. Related rows are slugs, codes and keys, or what `expand` nests."""

    nestable = EXPANDABLE

    code = serializers.CharField()
    url = UriField("api:commitment-detail", "code")
    html_url = UriField("commitment_detail", "code")
    title = serializers.CharField()
    original_title = serializers.CharField()
    language = serializers.CharField()
    summary = serializers.CharField()
    plan = serializers.SlugField(source="plan.slug")
    plan_number = serializers.CharField()
    pillar = serializers.SlugField(source="pillar.slug", allow_null=True, default=None)
    pillar_basis = serializers.ChoiceField(Basis.choices, allow_null=True)
    themes = serializers.ListField(child=serializers.SlugField(), read_only=True)
    section = serializers.CharField(source="section.public_key", allow_null=True, default=None)
    objective = serializers.CharField(source="section.public_key", allow_null=True, default=None)
    kind = serializers.ChoiceField(CommitmentKind.choices)
    lead_agencies = serializers.ListField(child=serializers.SlugField(), read_only=True)
    lead_note = serializers.CharField()
    partner_agencies = serializers.ListField(child=serializers.SlugField(), read_only=True)
    announced_on = serializers.DateField()
    due_on = serializers.DateField(allow_null=True)
    due_precision = PrecisionField("due_on")
    due_text = serializers.CharField()
    target = serializers.CharField()
    status = serializers.ChoiceField(Status.choices, source="effective_status")
    status_label = serializers.CharField(read_only=True)
    status_since = serializers.DateField(source="effective_since")
    status_precision = serializers.ChoiceField(Precision.choices, source="effective_precision")
    verification = serializers.ChoiceField(Verification.choices, source="effective_verification")
    is_open = serializers.BooleanField()
    is_overdue = serializers.BooleanField()
    is_stale = serializers.BooleanField()
    is_aging = serializers.BooleanField()
    done_when_announced = serializers.BooleanField(read_only=True)
    days_late = serializers.IntegerField(allow_null=True, read_only=True)
    last_reviewed_on = serializers.DateField(source="effective_reviewed_on")
    latest_evidence_on = serializers.DateField(source="effective_evidence_on", allow_null=True)
    note = serializers.CharField()
    sources = CitedSerializer(many=True, read_only=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    seq = serializers.IntegerField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.nested = self._expansions() if "request" in self.context else {}

    @cached_property
    def _beside(self):
        # Not before a row is written: a schema is also made without a request, or with one of no site.
        return beside(self.context.get("request"))

    def _expansions(self) -> dict[str, serializers.BaseSerializer]:
        """Return the keys that `expand` fills with objects, and the serializer of each."""
        names = listed(self.context["request"].query_params, "expand")
        if unknown := [name for name in names if name not in EXPANDABLE]:
            raise InvalidQuery([unknown_value("expand", name, EXPANDABLE) for name in unknown])
        context = {**self.context, "nested": True}
        return {
            name: EXPANDABLE[name](context=context, many=name.endswith("s"))
            for name in names
            if name in self.fields
        }

    def to_representation(self, row):
        """Return the object of a row that has its stored document in `document_text`, or from which it can be built."""
        item = read_object(row, self._as_of) | self._beside(row)
        shown = {
            name: item[name] if name in item else field.to_representation(row)
            for name, field in self.fields.items()
        }
        for name, serializer in self.nested.items():
            related = _themes(row) if name == "themes" else getattr(row, name, None)
            if name.endswith("_agencies"):
                related = _agencies(row, name.removesuffix("_agencies"))
            shown[name] = None if related is None else serializer.to_representation(related)
        return shown

    @property
    def _as_of(self) -> dt.date | None:
        return self.context["clocks"].as_of


def _agencies(commitment: Commitment, role: str) -> list:
    return [row.agency for row in commitment.owed_by if row.role == role]


def _themes(commitment: Commitment) -> list:
    return [row.theme for row in commitment.ordered_themes]


class CommitmentDetailSerializer(CommitmentSerializer):
    """A commitment with its history, its reviews, its citations in full and its lineage and the reports that bear on it."""

    history = serializers.SerializerMethodField()
    reviews = serializers.SerializerMethodField()
    citations = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()
    developments = serializers.SerializerMethodField()
    reported_statuses = serializers.SerializerMethodField()

    @extend_schema_field(DevelopmentSerializer(many=True))
    def get_developments(self, commitment):
        return self._reported(DevelopmentSerializer, commitment.reports)

    @extend_schema_field(ReportedStatusSerializer(many=True))
    def get_reported_statuses(self, commitment):
        return self._reported(ReportedStatusSerializer, commitment.own_words)

    def _reported(self, serializer, rows):
        rows = [row for row in rows if was_published(row.reported_on, self._as_of)]
        return serializer(rows, many=True, context={**self.context, "nested": True}).data

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

    def _seen(self, commitment) -> KnownHistory:
        return history_as_known(commitment.steps, commitment.checks, self._as_of)

    @extend_schema_field(CitationSerializer(many=True))
    def get_citations(self, commitment):
        # What was published after the day asked for is left out.
        rows = [
            row
            for row in commitment.cited_in
            if was_published(row.source.published_on, by=self._as_of)
        ]
        return CitationSerializer(rows, many=True).data

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


def _with_previous_status(seen: KnownHistory) -> list:
    """Give each step the status before it in the path; a struck-out step stands in no path."""
    before: dict[int, str] = {}
    status: str = START
    for step in seen.path:
        before[step.seq], status = status, step.status
    for step in seen.steps:
        step.previous_status = before.get(step.seq)
    return seen.steps


class ChangeSerializer(Serializer):
    """One row of the public record: a chained header, and a body unless it is withheld."""

    seq = serializers.IntegerField()
    recorded_at = serializers.CharField()
    action = serializers.ChoiceField(ChangeAction.choices)
    body_hash = serializers.CharField()
    prev_hash = serializers.CharField()
    hash = serializers.CharField()
    withheld = serializers.BooleanField()
    object_type = serializers.CharField(required=False)
    object_key = serializers.CharField(required=False)
    actor = serializers.CharField(required=False)
    before = serializers.DictField(required=False, allow_null=True)
    after = serializers.DictField(required=False, allow_null=True)
    nonce = serializers.CharField(required=False)

    def to_representation(self, row):
        body = {} if row.is_withheld else body_of(row)
        return {**header_of(row), "hash": row.hash, "withheld": row.is_withheld, **body}


class ChangePageSerializer(Serializer):
    """Rows of the public record, and where to go on."""

    dataset_version = serializers.IntegerField()
    next_after = serializers.IntegerField()
    read_again = serializers.ListField(child=serializers.IntegerField())
    results = ChangeSerializer(many=True)
