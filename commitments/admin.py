"""Admin of agencies, sources, plans and headings; everything with a history is read-only."""

from django.contrib import admin

from agencies.models import Agency, Jurisdiction
from commitments.editor.service_admin import ServiceAdmin
from commitments.models import (
    Change,
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentLink,
    CommitmentTheme,
    DatasetVersion,
    Development,
    DevelopmentCommitment,
    Evidence,
    Objective,
    Pillar,
    Plan,
    Proposal,
    Review,
    ReviewRetraction,
    Source,
    SourceCheck,
    StatusChange,
    Theme,
)
from planwatch.admin_site import ReadOnly, site


@admin.register(Jurisdiction, site=site)
class JurisdictionAdmin(ServiceAdmin):
    service = "save_jurisdiction"
    key_fields = ("code",)
    fields = ["code", "name", "level", "parent", "time_zone", "languages"]
    list_display = ["name", "code", "level", "parent", "time_zone"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]


@admin.register(Agency, site=site)
class AgencyAdmin(ServiceAdmin):
    service = "save_agency"
    fields = ["slug", "name", "short_name", "acronym", "parent", "jurisdiction", "url"]
    list_display = ["name", "slug", "acronym", "parent", "jurisdiction"]
    list_filter = ["jurisdiction"]
    list_select_related = ["parent"]
    search_fields = ["slug", "name", "short_name", "acronym"]


@admin.register(Source, site=site)
class SourceAdmin(ServiceAdmin):
    service = "save_source"
    fields = [
        "slug",
        "title",
        "publisher",
        "author",
        "published_on",
        "precision",
        "kind",
        "origin",
        "language",
        "url",
        "archived_url",
        "note",
    ]
    gives_reason = True
    list_display = ["title", "slug", "publisher", "published_on", "kind", "origin"]
    list_filter = ["origin", "kind", "language"]
    search_fields = ["slug", "title", "publisher", "author", "url"]


@admin.register(Plan, site=site)
class PlanAdmin(ServiceAdmin):
    service = "save_plan"
    fields = [
        "slug",
        "jurisdiction",
        "prefix",
        "title",
        "original_title",
        "language",
        "summary",
        "document",
        "published_on",
        "precision",
        "starts_on",
        "ends_on",
        "period_note",
        "predecessor",
        "coverage",
        "actions",
        "coverage_note",
    ]
    list_display = ["title", "slug", "jurisdiction", "published_on", "starts_on", "ends_on"]
    list_filter = ["jurisdiction"]
    search_fields = ["slug", "title"]


@admin.register(Pillar, site=site)
class PillarAdmin(ServiceAdmin):
    service = "save_pillar"
    fields = ["slug", "code", "name", "position", "summary"]
    list_display = ["name", "slug", "code", "position"]


@admin.register(Theme, site=site)
class ThemeAdmin(ServiceAdmin):
    service = "save_theme"
    key_fields = ("code",)
    fields = [
        "code",
        "name",
        "definition",
        "not_this",
        "position",
        "council_of_europe",
        "palermo_protocol",
        "walk_free",
        "sdg",
    ]
    list_display = ["name", "code", "position"]
    search_fields = ["code", "name"]


@admin.register(Objective, site=site)
class ObjectiveAdmin(ServiceAdmin):
    service = "save_objective"
    key_fields = ("plan", "key")
    fields = ["plan", "key", "pillar", "number", "title", "summary", "position"]
    list_display = ["title", "plan", "key", "pillar", "number", "position"]
    list_filter = ["plan", "pillar"]
    list_select_related = ["plan", "pillar"]
    search_fields = ["key", "title"]


# Written on the editors' pages, where the rules, the evidence and the other person's text are in sight.


class RoleInline(ReadOnly, admin.StackedInline):
    model = CommitmentAgency
    extra = 0


class ThemeInline(ReadOnly, admin.StackedInline):
    model = CommitmentTheme
    extra = 0


class CitationInline(ReadOnly, admin.StackedInline):
    model = Citation
    extra = 0


class EvidenceInline(ReadOnly, admin.StackedInline):
    model = Evidence
    extra = 0


@admin.register(Commitment, site=site)
class CommitmentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["code", "title", "plan", "pillar", "status", "status_since", "is_published"]
    list_filter = ["is_published", "status", "pillar", "plan"]
    list_select_related = ["plan", "pillar"]
    search_fields = ["code", "title", "summary"]
    inlines = [RoleInline, ThemeInline, CitationInline]


@admin.register(StatusChange, site=site)
class StatusChangeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["commitment", "seq", "status", "effective_on", "recorded_at", "actor"]
    list_filter = ["status"]
    list_select_related = ["commitment"]
    search_fields = ["commitment__code", "explanation", "actor"]
    inlines = [EvidenceInline]


@admin.register(Evidence, site=site)
class EvidenceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["status_change", "source", "locator"]
    list_select_related = ["status_change__commitment", "source"]
    search_fields = ["status_change__commitment__code", "source__slug", "locator"]


@admin.register(SourceCheck, site=site)
class SourceCheckAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["source", "checked_at", "state", "http_status", "drift", "problem"]
    list_filter = ["state", "is_soft_404"]
    list_select_related = ["source"]
    search_fields = ["source__slug", "url", "final_url", "problem"]
    ordering = ["-checked_at"]


@admin.register(Review, site=site)
class ReviewAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["commitment", "reviewed_on", "recorded_at", "actor"]
    list_select_related = ["commitment"]
    search_fields = ["commitment__code", "note", "actor"]


@admin.register(CommitmentLink, site=site)
class LinkAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["later", "relation", "earlier", "basis"]
    list_filter = ["relation", "basis"]
    list_select_related = ["earlier", "later"]
    search_fields = ["earlier__code", "later__code", "note"]


class BorneOnInline(ReadOnly, admin.StackedInline):
    model = DevelopmentCommitment
    extra = 0


@admin.register(Development, site=site)
class DevelopmentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["reported_on", "bearing", "source", "sentence"]
    list_filter = ["bearing", "plan"]
    list_select_related = ["source"]
    search_fields = ["source__slug", "commitments__code", "sentence"]
    inlines = [BorneOnInline]


@admin.register(Proposal, site=site)
class ProposalAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["subject", "what", "state", "proposed_by", "proposed_at", "decided_by"]
    list_filter = ["kind", "state", "status"]
    list_select_related = ["commitment", "source"]
    search_fields = ["commitment__code", "source__slug", "explanation", "proposed_by"]


@admin.register(ReviewRetraction, site=site)
class ReviewRetractionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["review", "recorded_at", "actor", "reason"]
    list_select_related = ["review__commitment"]
    search_fields = ["review__commitment__code", "reason", "actor"]


@admin.register(Change, site=site)
class ChangeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["seq", "recorded_at", "action", "object_type", "object_key", "actor"]
    list_filter = ["action", "object_type"]
    search_fields = ["object_key", "actor"]
    ordering = ["-seq"]
    exclude = ["commitments"]


@admin.register(DatasetVersion, site=site)
class DatasetVersionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["seq", "changed_at", "hash"]
