"""Serializers of commitments: the single definition of the API's fields."""

import datetime as dt

from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_serializer
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
        shown = {name: item[name] for name in self.fields if name in item}
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

    history = StatusChangeSerializer(many=True, read_only=True)
    reviews = ReviewSerializer(many=True, read_only=True)
    citations = CitationSerializer(many=True, read_only=True)
    links = LinkSerializer(many=True, read_only=True)
    developments = DevelopmentSerializer(many=True, read_only=True)
    reported_statuses = ReportedStatusSerializer(many=True, read_only=True)

    def to_representation(self, row):
        """Return the object with the rows that belong to it, but for what is later than the day asked for."""
        clocks = self.context["clocks"]
        seen = history_as_known(row.steps, row.checks, clocks.as_of)
        rows = {
            "history": _with_previous_status(seen),
            "reviews": seen.reviews,
            "citations": [
                each
                for each in row.cited_in
                if was_published(each.source.published_on, clocks.as_of)
            ],
            "links": [
                link
                for link in (*row.earlier_links, *row.later_links)
                if max(link.earlier.announced_on, link.later.announced_on) <= clocks.day
            ],
            **{
                name: [each for each in found if was_published(each.reported_on, clocks.as_of)]
                for name, found in (
                    ("developments", row.reports),
                    ("reported_statuses", row.own_words),
                )
            },
        }
        lists = {
            name: self.fields[name].to_representation(found)
            for name, found in rows.items()
            if name in self.fields
        }
        return super().to_representation(row) | lists


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
    """One row of the public record: a chained header, and a body unless it is withheld.

    `redaction` numbers the redaction that removed words from the body, which then is not the one that was hashed.
    """

    seq = serializers.IntegerField()
    recorded_at = serializers.CharField()
    action = serializers.ChoiceField(ChangeAction.choices)
    body_hash = serializers.CharField()
    prev_hash = serializers.CharField()
    hash = serializers.CharField()
    withheld = serializers.BooleanField()
    redaction = serializers.IntegerField(allow_null=True)
    object_type = serializers.CharField(required=False)
    object_key = serializers.CharField(required=False)
    actor = serializers.CharField(required=False)
    before = serializers.DictField(required=False, allow_null=True)
    after = serializers.DictField(required=False, allow_null=True)
    nonce = serializers.CharField(required=False)

    def to_representation(self, row):
        body = {} if row.is_withheld else body_of(row)
        return {
            **header_of(row),
            "hash": row.hash,
            "withheld": row.is_withheld,
            "redaction": row.redaction_id,
            **body,
        }


class ChangePageSerializer(Serializer):
    """Rows of the public record, and where to go on."""

    dataset_version = serializers.IntegerField()
    next_after = serializers.IntegerField()
    read_again = serializers.ListField(child=serializers.IntegerField())
    results = ChangeSerializer(many=True)
