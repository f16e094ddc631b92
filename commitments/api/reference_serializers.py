"""Serializers of plans, pillars, themes, sections and sources."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from commitments.api.fields import PrecisionField
from commitments.choices import Basis, Coverage, LinkState, Origin, Precision
from commitments.known_at import day_asked
from commitments.models import SourceKind
from commitments.presenters.link_state import shown_link
from planwatch.api.fields import SlugOf, UriField
from planwatch.api.serializers import ChosenKeysSerializer


class _SlugOfRow(serializers.SlugField):
    def to_representation(self, row) -> str:
        return row.slug


class PlanSerializer(ChosenKeysSerializer):
    """A plan of a government, with the period that it covers."""

    slug = serializers.SlugField(help_text="Stable name in addresses.")
    url = UriField("api:plan-detail", "slug", help_text="Address of this answer.")
    html_url = UriField("plan_detail", "slug", help_text="Address of its page.")
    jurisdiction = serializers.CharField(help_text="ISO 3166-1 alpha-2, ISO 3166-2 or EU.")
    prefix = serializers.CharField(
        help_text="How codes of its commitments begin; empty where none is set."
    )
    title = serializers.CharField(help_text="Title of the plan.")
    original_title = serializers.CharField(
        help_text="Title as printed, where `title` is a translation; otherwise empty."
    )
    language = serializers.CharField(help_text="BCP 47 tag of the plan's own language.")
    summary = serializers.CharField(help_text="What the plan is, in the tracker's words.")
    document = SlugOf(
        "document",
        help_text="Slug of the source that is the plan itself; null where none is recorded.",
    )
    published_on = serializers.DateField(
        help_text="When it was published: of a month or a year the first day of that."
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
    predecessor = SlugOf(
        "predecessor", help_text="Slug of the plan that it updates or replaces, or null."
    )
    successors = serializers.ListField(
        child=_SlugOfRow(),
        source="followed_by",
        required=False,
        help_text="Slugs of the plans that name it as their predecessor. Not in what is nested.",
    )
    sister = SlugOf(
        "sister",
        help_text="Slug of a plan made beside it, or null; one of the two names the other.",
    )
    part_of = SlugOf("part_of", help_text="Slug of the plan of which it is a part, or null.")
    promised_by = SlugOf("promised_by", help_text="Slug of the plan that promised it, or null.")
    coverage = serializers.ChoiceField(
        Coverage.choices,
        allow_blank=True,
        help_text="complete: the plan was read whole. partial: what is not recorded may still be promised. Empty: not said.",
    )
    actions = serializers.IntegerField(
        allow_null=True, help_text="How many actions the plan has; null where no source says so."
    )
    actions_recorded = serializers.IntegerField(
        allow_null=True,
        help_text="How many of its actions are recorded, where the dates of commitments do not tell.",
    )
    recorded = serializers.IntegerField(
        required=False,
        help_text="How many of its published commitments came with the plan, and not later.",
    )
    coverage_note = serializers.CharField(help_text="What was read of the plan.")


class PillarSerializer(ChosenKeysSerializer):
    """One of the pillars under which commitments stand."""

    slug = serializers.SlugField(help_text="Stable name in addresses.")
    url = UriField("api:pillar-detail", "slug", help_text="Address of this answer.")
    html_url = UriField("pillar_detail", "slug", help_text="Address of its page.")
    code = serializers.CharField(help_text="The letters in commitment codes.")
    name = serializers.CharField(help_text="Name of the pillar.")
    position = serializers.IntegerField(help_text="Place in the order of the pillars.")
    summary = serializers.CharField(help_text="What belongs to the pillar.")


class ThemeSerializer(ChosenKeysSerializer):
    """What promises are about, across plans, with the nearest parts of four international frameworks."""

    code = serializers.SlugField(help_text="Stable code, never used again for another meaning.")
    url = UriField("api:theme-detail", "code", help_text="Address of this answer.")
    html_url = UriField("theme_detail", "code", help_text="Address of its page.")
    name = serializers.CharField(help_text="Name of the theme.")
    definition = serializers.CharField(help_text="Which promises belong to it.")
    not_this = serializers.CharField(help_text="Which promises belong to another theme.")
    position = serializers.IntegerField(help_text="Place in the order of the themes.")
    council_of_europe = serializers.CharField(
        help_text="Articles of the Council of Europe convention of 2005; empty where none was compared."
    )
    palermo_protocol = serializers.CharField(
        help_text="Articles of the UN protocol of 2000; empty where none was compared."
    )
    walk_free = serializers.CharField(
        help_text="Milestones of Walk Free’s government response; empty where none was compared."
    )
    sdg = serializers.CharField(
        help_text="Targets of the Sustainable Development Goals; empty where none was compared."
    )


@extend_schema_serializer(deprecate_fields=["pillar"])
class SectionSerializer(ChosenKeysSerializer):
    """One of a plan's own headings, in a tree."""

    key = serializers.CharField(source="public_key", help_text="Plan and key, as plan:key.")
    url = UriField("api:section-detail", "public_key", help_text="Address of this answer.")
    plan = serializers.SlugField(source="plan.slug", help_text="Slug of the plan.")
    parent = serializers.CharField(
        source="parent.public_key",
        allow_null=True,
        default=None,
        help_text="Key of the section that it stands below, as plan:key, or null.",
    )
    level = serializers.CharField(help_text="What the plan calls it: priority, goal, principle.")
    pillars = serializers.SerializerMethodField(
        help_text="Slugs of the pillars to which it belongs: none, one or several."
    )
    pillar_basis = serializers.ChoiceField(
        Basis.choices, help_text="Whether a source states the pillars or the tracker infers them."
    )
    pillar = serializers.SerializerMethodField(
        help_text="The first of `pillars` or null. Of the time when a section had one; read `pillars`."
    )
    number = serializers.CharField(help_text="Only where a source prints it.")
    title = serializers.CharField(help_text="Title of the section.")
    original_title = serializers.CharField(
        help_text="As printed, where the title is a translation; otherwise empty."
    )
    summary = serializers.CharField(help_text="What it is about.")
    position = serializers.IntegerField(help_text="Place in the order below its parent.")

    def get_pillars(self, section) -> list[str]:
        return [row.pillar.slug for row in section.pillar_rows.all()]

    def get_pillar(self, section) -> str | None:
        return next(iter(self.get_pillars(section)), None)


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
        Origin.choices,
        help_text="On whose side it stands, seen from its own: with what rests on it, it is seen from the plan.",
    )
    jurisdiction = serializers.SlugField(
        allow_blank=True,
        help_text="Code of the publisher's jurisdiction: an official source of another one than a plan's is independent seen "
        "from that plan. Empty where it is the plan's own or not known.",
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
        return SourceLinkSerializer(shown_link(source, day_asked())).data
