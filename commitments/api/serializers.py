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
from planwatch.api.serializers import ChosenKeysSerializer
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

    code = serializers.CharField(
        help_text="Stable code, for ever: jurisdiction, year of announcement, pillar, number."
    )
    url = UriField("api:commitment-detail", "code", help_text="Address of this answer.")
    html_url = UriField("commitment_detail", "code", help_text="Address of its page.")
    title = serializers.CharField(help_text="The promise in one line.")
    original_title = serializers.CharField(
        help_text="The title as printed, where `title` is a translation; otherwise empty."
    )
    language = serializers.CharField(
        help_text="BCP 47 tag of the original's language where it is not the plan's; otherwise empty."
    )
    summary = serializers.CharField(help_text="The promise in plain language.")
    plan = serializers.SlugField(source="plan.slug", help_text="Slug of the plan.")
    plan_number = serializers.CharField(help_text="Only where a source prints it.")
    pillar = serializers.SlugField(
        source="pillar.slug",
        allow_null=True,
        default=None,
        help_text="Slug of the pillar; null where none is stated and none follows from the subject.",
    )
    pillar_basis = serializers.ChoiceField(
        Basis.choices,
        allow_null=True,
        help_text="Whether a source states the pillar or the tracker infers it; null without one.",
    )
    themes = serializers.ListField(
        child=serializers.SlugField(),
        read_only=True,
        help_text="Codes of its themes, three at most, the main one first.",
    )
    section = serializers.CharField(
        source="section.public_key",
        allow_null=True,
        default=None,
        help_text="Key of the plan's own section, as plan:key, or null.",
    )
    objective = serializers.CharField(
        source="section.public_key",
        allow_null=True,
        default=None,
        help_text="Same as `section`, under its former name.",
    )
    kind = serializers.ChoiceField(
        CommitmentKind.choices, help_text="Whether it ends with a deliverable or goes on."
    )
    lead_agencies = serializers.ListField(
        child=serializers.SlugField(), read_only=True, help_text="Empty where no source names one."
    )
    lead_note = serializers.CharField(help_text="What the sources say of who leads.")
    partner_agencies = serializers.ListField(
        child=serializers.SlugField(), read_only=True, help_text="The agencies that share it."
    )
    announced_on = serializers.DateField(help_text="When it was announced.")
    due_on = serializers.DateField(
        allow_null=True,
        help_text="The last day on which it is in time: of a month or a year the last day of that. Null where no source "
        "states a date.",
    )
    due_precision = PrecisionField("due_on")
    due_text = serializers.CharField(
        help_text="The deadline as a source prints it, also where no day follows from it; otherwise empty."
    )
    target = serializers.CharField(
        help_text="What was to be reached, where a source states it; otherwise empty."
    )
    status = serializers.ChoiceField(
        Status.choices, source="effective_status", help_text="The status on the day asked for."
    )
    status_label = serializers.CharField(read_only=True, help_text="The status in words.")
    status_since = serializers.DateField(
        source="effective_since",
        help_text="Since when the status is true: the `effective_on` of its step, never before `announced_on`; "
        "the day of the announcement before any step.",
    )
    status_precision = serializers.ChoiceField(
        Precision.choices, source="effective_precision", help_text="How exact `status_since` is."
    )
    verification = serializers.ChoiceField(
        Verification.choices, source="effective_verification", help_text="Who confirms the status."
    )
    is_open = serializers.BooleanField(
        help_text="Whether the status is one that can still move without reopening."
    )
    is_overdue = serializers.BooleanField(
        help_text="Open and past its due date, by the day of the plan's jurisdiction."
    )
    is_stale = serializers.BooleanField(
        help_text="Open, and `last_reviewed_on` lies more than a year back, by the day of the plan's jurisdiction."
    )
    is_aging = serializers.BooleanField(
        help_text="Open, and `latest_evidence_on` lies more than 24 months back, by the day of the plan's jurisdiction."
    )
    done_when_announced = serializers.BooleanField(
        read_only=True,
        help_text="Completed on or before the day of its announcement: counted apart.",
    )
    days_late = serializers.IntegerField(
        allow_null=True, read_only=True, help_text="If completed after its due date."
    )
    last_reviewed_on = serializers.DateField(
        source="effective_reviewed_on",
        help_text="The latest of its announcement, the day from which its status is true, the days on which changes of "
        "status were recorded, and the days of its reviews. An open commitment is stale a year after it.",
    )
    latest_evidence_on = serializers.DateField(
        source="effective_evidence_on",
        allow_null=True,
        help_text="When the newest document behind the standing steps was published; null where none has a date.",
    )
    note = serializers.CharField(help_text="What a reader must know of the entry.")
    sources = CitedSerializer(
        many=True, read_only=True, help_text="The documents that announce, restate or report on it."
    )
    created_at = serializers.DateTimeField(help_text="When the entry was made.")
    updated_at = serializers.DateTimeField(help_text="When its content last moved.")
    seq = serializers.IntegerField(help_text="Number of the latest record row about it.")

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

    history = serializers.SerializerMethodField(help_text="Every step, corrected ones included.")
    reviews = serializers.SerializerMethodField(help_text="Every look that found nothing new.")
    citations = serializers.SerializerMethodField(
        help_text="The citations in full, with their notes."
    )
    links = serializers.SerializerMethodField(
        help_text="Its relations to earlier and later commitments."
    )
    developments = serializers.SerializerMethodField(
        help_text="The reports that bear on it without proving a step, the latest first."
    )
    reported_statuses = serializers.SerializerMethodField(
        help_text="The government's own words for its status, the latest first. They are never counted as our status."
    )

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


class ChangeSerializer(serializers.Serializer):
    """One row of the public record: a chained header, and a body unless it is withheld."""

    seq = serializers.IntegerField(help_text="Number of the row; no number is ever left out.")
    recorded_at = serializers.CharField(help_text="UTC, to the microsecond, as it was hashed.")
    action = serializers.ChoiceField(ChangeAction.choices, help_text="What was done.")
    body_hash = serializers.CharField(
        help_text="SHA-256 of the body as RFC 8785 JSON, lower-case hex."
    )
    prev_hash = serializers.CharField(help_text="`hash` of the row before; 64 zeros in row 1.")
    hash = serializers.CharField(
        help_text="SHA-256 of the header without this key as RFC 8785 JSON, lower-case hex."
    )
    withheld = serializers.BooleanField(
        help_text="True where the row is about an unpublished object."
    )
    object_type = serializers.CharField(
        required=False, help_text="Kind of object that was written."
    )
    object_key = serializers.CharField(required=False, help_text="Its stable key.")
    actor = serializers.CharField(required=False, help_text="Public handle.")
    before = serializers.DictField(
        required=False, allow_null=True, help_text="Its values before, or null."
    )
    after = serializers.DictField(
        required=False, allow_null=True, help_text="Its values after, or null."
    )
    nonce = serializers.CharField(
        required=False, help_text="Random text that keeps a withheld body from being guessed."
    )

    def to_representation(self, row):
        body = {} if row.is_withheld else body_of(row)
        return {**header_of(row), "hash": row.hash, "withheld": row.is_withheld, **body}


class ChangePageSerializer(serializers.Serializer):
    """Rows of the public record, and where to go on."""

    dataset_version = serializers.IntegerField(
        help_text="Number of the latest row of the public record."
    )
    next_after = serializers.IntegerField(
        help_text="Give it as `after` to go on; unchanged at the end."
    )
    read_again = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Rows up to `after` that a row of this page has opened or withheld: ask for them again.",
    )
    results = ChangeSerializer(
        many=True, help_text="The rows, in the order in which they were written."
    )
