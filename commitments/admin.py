"""Admin of agencies, sources, plans and headings. Status and record are to look at only."""

from django import forms
from django.contrib import admin

from agencies.models import Agency, Jurisdiction
from commitments.editor.service_admin import ServiceAdmin, ServiceForm
from commitments.models import (
    Change,
    Commitment,
    Evidence,
    Pillar,
    Plan,
    Section,
    Site,
    Source,
    StatusChange,
    Theme,
)
from commitments.querysets.plans import PLAN_LINKS
from planwatch.admin_site import ReadOnly, site
from planwatch.db.site_data import COLUMNS


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
        "jurisdiction",
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
        *PLAN_LINKS,
        "coverage",
        "actions",
        "actions_recorded",
        "coverage_note",
    ]
    list_display = ["title", "slug", "jurisdiction", "published_on", "starts_on", "ends_on"]
    list_filter = ["jurisdiction"]
    search_fields = ["slug", "title"]


@admin.register(Site, site=site)
class SiteAdmin(ServiceAdmin):
    service = "save_site"
    key_fields = ()
    fields = list(COLUMNS)
    list_display = ["name", "publisher"]

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request) and not Site.objects.exists()


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


class SectionForm(ServiceForm):
    pillars = forms.ModelMultipleChoiceField(
        Pillar.objects.all(), to_field_name="slug", required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["pillars"] = [row.pillar.slug for row in self.instance.pillar_rows.all()]


@admin.register(Section, site=site)
class SectionAdmin(ServiceAdmin):
    service = "save_section"
    key_fields = ("plan", "key")
    form = SectionForm
    fields = [
        *("plan", "key", "parent", "level", "number", "title", "original_title", "summary"),
        *("position", "pillar_basis"),
    ]
    several = ("pillars",)
    list_display = ["title", "plan", "key", "parent", "number", "position"]
    list_filter = ["plan", "pillars"]
    list_select_related = ["plan", "parent"]
    search_fields = ["key", "title"]


# Written on the editors' pages, where the rules, the evidence and the other person's text are in sight.


class EvidenceInline(ReadOnly, admin.StackedInline):
    model = Evidence
    extra = 0


@admin.register(Commitment, site=site)
class CommitmentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["code", "title", "plan", "pillar", "status", "status_since", "is_published"]
    list_filter = ["is_published", "status", "pillar", "plan"]
    list_select_related = ["plan", "pillar"]
    search_fields = ["code", "title", "summary"]


@admin.register(StatusChange, site=site)
class StatusChangeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["commitment", "seq", "status", "effective_on", "recorded_at", "actor"]
    list_filter = ["status"]
    list_select_related = ["commitment"]
    search_fields = ["commitment__code", "explanation", "actor"]
    inlines = [EvidenceInline]


@admin.register(Change, site=site)
class ChangeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["seq", "recorded_at", "action", "object_type", "object_key", "actor"]
    list_filter = ["action", "object_type"]
    search_fields = ["object_key", "actor"]
    ordering = ["-seq"]
    exclude = ["commitments"]
