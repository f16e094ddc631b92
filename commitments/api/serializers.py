"""The shape of every answer: the single definition of the API's fields."""

from __future__ import annotations

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import get_attribute

from agencies.api import AgencySerializer
from commitments import presenting
from commitments.known_at import day_asked
from commitments.links import LinkState
from commitments.models import (
    Basis,
    ChangeAction,
    CitationRelation,
    Commitment,
    CommitmentKind,
    LinkRelation,
    SourceKind,
)
from commitments.querysets import was_published
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
from planwatch.api.serializers import ChosenKeysSerializer
from planwatch.web.query_params import BadParameters, listed, unknown_value


class AddressField(serializers.SerializerMethodField):
    """The absolute address of a row: of its answer, or of its page."""

    def __init__(self, route: str, key: str, **kwargs):
        self.route, self.key = route, key
        super().__init__(**kwargs)

    def to_representation(self, row) -> str:
        key = getattr(row, self.key)
        argument = "key" if self.key == "public_key" else self.key
        path = reverse(self.route, kwargs={argument: key})
        return self.context["request"].build_absolute_uri(path)


class SlugOf(serializers.SlugField):
    """The slug of a related row, or null."""

    def __init__(self, relation: str, **kwargs):
        super().__init__(source=f"{relation}.slug", allow_null=True, default=None, **kwargs)


class PrecisionField(serializers.ChoiceField):
    """How exact a date is; null where there is no date. `of` is the path of the date."""

    def __init__(self, of: str, **kwargs):
        self.of = of.split(".")
        super().__init__(
            Precision.choices,
            allow_null=True,
            help_text=f"How exact `{self.of[-1]}` is; null where that is null.",
            **kwargs,
        )

    def get_attribute(self, instance):
        has_date = get_attribute(instance, self.of) is not None
        return super().get_attribute(instance) if has_date else None


@extend_schema_field({"type": "string", "format": "uri"})
class UriField(AddressField):
    pass


class PlanSerializer(ChosenKeysSerializer):
    """A plan of a government, with the period that it covers."""

    slug = serializers.SlugField(help_text="Stable name in addresses.")
    url = UriField("api:plan-detail", "slug", help_text="Address of this answer.")
    jurisdiction = serializers.CharField(help_text="ISO 3166-1 alpha-2, ISO 3166-2 or EU.")
    title = serializers.CharField(help_text="Title of the plan.")
    summary = serializers.CharField(help_text="What the plan is, in the tracker's words.")
    document = SlugOf(
        "document",
        help_text="Slug of the source that is the plan itself; null where none is recorded.",
    )
    published_on = serializers.DateField(
        help_text="When it was published, as exact as `precision` says."
    )
    precision = serializers.ChoiceField(Precision.choices, help_text="How exact `published_on` is.")
    starts_on = serializers.DateField(
        allow_null=True,
        help_text="First day of the plan's period; null where no source states one.",
    )
    ends_on = serializers.DateField(
        allow_null=True, help_text="Last day of the plan's period; null where no source states one."
    )
    period_note = serializers.CharField(help_text="What the sources say of the period.")
    predecessor = SlugOf("predecessor", help_text="Slug of the plan before it, or null.")


class PillarSerializer(ChosenKeysSerializer):
    """One of the pillars under which commitments stand."""

    slug = serializers.SlugField(help_text="Stable name in addresses.")
    url = UriField("api:pillar-detail", "slug", help_text="Address of this answer.")
    html_url = UriField("pillar_detail", "slug", help_text="Address of its page.")
    code = serializers.CharField(help_text="The letters in commitment codes.")
    name = serializers.CharField(help_text="Name of the pillar.")
    position = serializers.IntegerField(help_text="Place in the order of the pillars.")
    summary = serializers.CharField(help_text="What belongs to the pillar.")


class ObjectiveSerializer(ChosenKeysSerializer):
    """What a plan sets out to reach under a pillar."""

    key = serializers.CharField(source="public_key", help_text="Plan and key, as plan:key.")
    url = UriField("api:objective-detail", "public_key", help_text="Address of this answer.")
    plan = serializers.SlugField(source="plan.slug", help_text="Slug of the plan.")
    pillar = serializers.SlugField(source="pillar.slug", help_text="Slug of the pillar.")
    number = serializers.CharField(help_text="Only where a source prints it.")
    title = serializers.CharField(help_text="Title of the objective.")
    summary = serializers.CharField(help_text="What it is about.")
    position = serializers.IntegerField(help_text="Place in the order of the plan's objectives.")


class SourceLinkSerializer(serializers.Serializer):
    """What came when the address of a source was asked. An observation of the tracker, no part of the document."""

    state = serializers.ChoiceField(
        LinkState.choices,
        help_text=(
            "answered: the document's address answered. moved: it leads to `final_url`. refused: the site refuses "
            "automatic checks, and may serve people. unreachable: no answer, twice. gone: the site says that it has no "
            "such document, or shows another page in its place. unchecked: not asked yet."
        ),
    )
    found_on = serializers.DateField(
        allow_null=True,
        help_text="Day (UTC) on which a check first found it so; null if unchecked.",
    )
    checked_on = serializers.DateField(
        allow_null=True,
        help_text="Day (UTC) of the last check; one that found all as it was is told from the next day on.",
    )
    final_url = serializers.CharField(
        help_text="The address that answered, after all redirects; empty where none did."
    )
    http_status = serializers.IntegerField(
        allow_null=True, help_text="HTTP status on `found_on`; null where no answer came."
    )
    content_changed = serializers.BooleanField(
        help_text="Whether at least a fifth of the text differs from what the first check read."
    )


class SourceSerializer(ChosenKeysSerializer):
    """A document on which something published rests."""

    slug = serializers.SlugField(help_text="Stable name in addresses.")
    api_url = UriField("api:source-detail", "slug", help_text="Address of this answer.")
    html_url = UriField("source_detail", "slug", help_text="Address of its page.")
    title = serializers.CharField(help_text="Title as printed.")
    publisher = serializers.CharField(help_text="Who published it.")
    author = serializers.CharField(help_text="Who wrote it, where that is stated; otherwise empty.")
    published_on = serializers.DateField(
        allow_null=True,
        help_text="When it was published: of a month or a year the first day of that; null where it is not known.",
    )
    precision = PrecisionField("published_on")
    kind = serializers.ChoiceField(SourceKind.choices, help_text="Kind of document.")
    origin = serializers.ChoiceField(
        Origin.choices, help_text="On whose side it stands, seen from the plan's government."
    )
    language = serializers.CharField(help_text="BCP 47 tag.")
    url = serializers.CharField(
        help_text="The document's address; empty where no clean one is known."
    )
    archived_url = serializers.CharField(
        help_text="Address of an archived copy; empty where none is recorded."
    )
    link = serializers.SerializerMethodField(help_text="Whether `url` still leads to the document.")
    note = serializers.CharField(help_text="What a reader must know of it.")

    @extend_schema_field(SourceLinkSerializer())
    def get_link(self, source):
        return SourceLinkSerializer(presenting.shown_link(source, day_asked())).data


class DocumentSerializer(serializers.Serializer):
    """A source as it stands beside what rests on it."""

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
        source="source.origin",
        help_text="On whose side it stands, seen from the plan's government.",
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
        return verification_of(row.source.origin for row in step.evidence.all())

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


# What `expand` may nest, and the shape that it then has.
EXPANDABLE = {
    "plan": PlanSerializer,
    "pillar": PillarSerializer,
    "objective": ObjectiveSerializer,
    "lead_agencies": AgencySerializer,
    "partner_agencies": AgencySerializer,
}


class CommitmentSerializer(ChosenKeysSerializer):
    """A commitment with its status on the day asked for. Related rows are slugs, codes and keys, or what `expand` nests."""

    nestable = EXPANDABLE

    code = serializers.CharField(
        help_text="Stable code, for ever: jurisdiction, year of announcement, pillar, number."
    )
    url = UriField("api:commitment-detail", "code", help_text="Address of this answer.")
    html_url = UriField("commitment_detail", "code", help_text="Address of its page.")
    title = serializers.CharField(help_text="The promise in one line.")
    summary = serializers.CharField(help_text="The promise in plain language.")
    plan = serializers.SlugField(source="plan.slug", help_text="Slug of the plan.")
    plan_number = serializers.CharField(help_text="Only where a source prints it.")
    pillar = serializers.SlugField(source="pillar.slug", help_text="Slug of the pillar.")
    pillar_basis = serializers.ChoiceField(
        Basis.choices, help_text="Whether a source states the pillar or the tracker infers it."
    )
    objective = serializers.CharField(
        source="objective.public_key",
        allow_null=True,
        default=None,
        help_text="Key of the objective, as plan:key, or null.",
    )
    kind = serializers.ChoiceField(
        CommitmentKind.choices, help_text="Whether it ends with a deliverable or goes on."
    )
    lead_agencies = serializers.SerializerMethodField(help_text="Empty where no source names one.")
    lead_note = serializers.CharField(help_text="What the sources say of who leads.")
    partner_agencies = serializers.SerializerMethodField(help_text="The agencies that share it.")
    announced_on = serializers.DateField(help_text="When it was announced.")
    due_on = serializers.DateField(
        allow_null=True,
        help_text="The last day on which it is in time: of a month or a year the last day of that. Null where no source "
        "states a date.",
    )
    due_precision = PrecisionField("due_on")
    target = serializers.CharField(
        help_text="What was to be reached, where a source states it; otherwise empty."
    )
    status = serializers.ChoiceField(
        Status.choices, source="shown_status", help_text="The status on the day asked for."
    )
    status_label = serializers.SerializerMethodField(help_text="The status in words.")
    status_since = serializers.DateField(
        source="shown_since",
        help_text="Since when the status is true: the `effective_on` of its step, never before `announced_on`; "
        "the day of the announcement before any step.",
    )
    status_precision = serializers.ChoiceField(
        Precision.choices, source="shown_precision", help_text="How exact `status_since` is."
    )
    verification = serializers.ChoiceField(
        Verification.choices, source="shown_verification", help_text="Who confirms the status."
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
    days_late = serializers.SerializerMethodField(help_text="If completed after its due date.")
    last_reviewed_on = serializers.DateField(
        source="shown_reviewed_on",
        help_text="The latest of its announcement, the day from which its status is true, the days on which changes of "
        "status were recorded, and the days of its reviews. An open commitment is stale a year after it.",
    )
    note = serializers.CharField(help_text="What a reader must know of the entry.")
    sources = serializers.SerializerMethodField(
        help_text="The documents that announce, restate or report on it."
    )
    created_at = serializers.DateTimeField(help_text="When the entry was made.")
    updated_at = serializers.DateTimeField(help_text="When its content last moved.")
    seq = serializers.IntegerField(help_text="Number of the latest record row about it.")

    @extend_schema_field(serializers.ListField(child=serializers.SlugField()))
    def get_lead_agencies(self, commitment):
        return [agency.slug for agency in _agencies(commitment, "lead")]

    @extend_schema_field(serializers.ListField(child=serializers.SlugField()))
    def get_partner_agencies(self, commitment):
        return [agency.slug for agency in _agencies(commitment, "partner")]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.nested = self._expansions() if "request" in self.context else {}

    def _expansions(self) -> dict[str, serializers.BaseSerializer]:
        """Return the keys that `expand` fills with objects, and the serializer of each."""
        names = listed(self.context["request"].query_params, "expand")
        if unknown := [name for name in names if name not in EXPANDABLE]:
            raise BadParameters([unknown_value("expand", name, EXPANDABLE) for name in unknown])
        context = {**self.context, "nested": True}
        return {
            name: EXPANDABLE[name](context=context, many=name.endswith("_agencies"))
            for name in names
            if name in self.fields
        }

    def to_representation(self, commitment):
        shown = super().to_representation(commitment)
        for name, serializer in self.nested.items():
            role = name.removesuffix("_agencies")
            related = getattr(commitment, name) if role == name else _agencies(commitment, role)
            shown[name] = None if related is None else serializer.to_representation(related)
        return shown

    def get_status_label(self, commitment) -> str:
        return Status(commitment.shown_status).label

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_days_late(self, commitment):
        return days_late(commitment.shown_status, commitment.shown_since, commitment.due_on)

    def _citations(self, commitment) -> list:
        """Leave out what was published after the day asked for."""
        day = self.context["clocks"].as_of
        return [
            row for row in commitment.cited_in if was_published(row.source.published_on, by=day)
        ]

    @extend_schema_field(CitedSerializer(many=True))
    def get_sources(self, commitment):
        return CitedSerializer(self._citations(commitment), many=True).data


def _agencies(commitment: Commitment, role: str) -> list:
    return [row.agency for row in commitment.owed_by if row.role == role]


class CommitmentDetailSerializer(CommitmentSerializer):
    """A commitment with its history, its reviews, its citations in full and its lineage."""

    history = serializers.SerializerMethodField(help_text="Every step, corrected ones included.")
    reviews = serializers.SerializerMethodField(help_text="Every look that found nothing new.")
    citations = serializers.SerializerMethodField(
        help_text="The citations in full, with their notes."
    )
    links = serializers.SerializerMethodField(
        help_text="Its relations to earlier and later commitments."
    )

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
        return presenting.known(commitment.steps, commitment.checks, clocks.as_of)

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


class StatusRuleSerializer(serializers.Serializer):
    """What a status means, what it needs, and what may follow it."""

    code = serializers.CharField(help_text="Code of the status.")
    label = serializers.CharField(help_text="The status in words.")
    is_open = serializers.BooleanField(
        help_text="Whether a commitment in this status is still open."
    )
    meaning = serializers.CharField(help_text="What the status says.")
    evidence = serializers.CharField(help_text="What must be shown for it.")
    explanation_needed = serializers.BooleanField(help_text="Whether an explanation must be given.")
    only_after_deadline = serializers.BooleanField(
        help_text="Whether it can be given only once the due date has passed."
    )
    moves = serializers.ListField(
        child=serializers.CharField(), help_text="The statuses that may follow."
    )
    crosswalk = serializers.DictField(
        child=serializers.CharField(), help_text="The nearest words of other trackers, by tracker."
    )


class VocabularySerializer(serializers.Serializer):
    """The words of the tracker, with their rules."""

    start = serializers.CharField(help_text="The status in which every commitment begins.")
    statuses = StatusRuleSerializer(many=True, help_text="The statuses, with the rules of each.")
    evidence_rules = serializers.ListField(
        child=serializers.CharField(), help_text="What holds of the evidence of every status."
    )
    verification = serializers.DictField(
        child=serializers.CharField(), help_text="Who can confirm a status: code and words."
    )
    origins = serializers.DictField(
        child=serializers.CharField(), help_text="Where a source can stand: code and words."
    )


class StatsSerializer(serializers.Serializer):
    """Counts of commitments, with their denominator."""

    by = serializers.ListField(child=serializers.CharField(), help_text="What was counted by.")
    total = serializers.IntegerField(help_text="Commitments that match: the denominator.")
    as_of = serializers.DateField(help_text="The day spoken of.")
    dataset_version = serializers.IntegerField(
        help_text="Number of the latest row of the public record."
    )
    results = serializers.ListField(
        child=serializers.DictField(),
        help_text="One object a combination: the value of each of `by`, and `count`.",
    )
