"""Admin of agencies, sources, plans and headings. Status and record are to look at only."""

from inspect import signature

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from agencies.models import Agency, Jurisdiction
from commitments import services
from commitments.editor.service_admin import ServiceAdmin, ServiceForm
from commitments.models import (
    AccountChange,
    Change,
    Commitment,
    Evidence,
    Pillar,
    Plan,
    Redaction,
    Section,
    Site,
    Source,
    StatusChange,
    Theme,
)
from planwatch.accounts.enrollment import link_for, needs_link
from planwatch.accounts.permissions import account_of, handle_of
from planwatch.accounts.security_log import note
from planwatch.admin_site import Administered, ReadOnly, site
from planwatch.db.site_data import COLUMNS


def taken_by(service: str, but: str = "") -> list[str]:
    """Return the fields of a row that a service takes, in its order."""
    names = signature(getattr(services, service)).parameters
    return [name for name in names if name not in ("actor", "reason", "seen_version", but)]


@admin.register(Jurisdiction, site=site)
class JurisdictionAdmin(ServiceAdmin):
    service = "save_jurisdiction"
    key_fields = ("code",)
    fields = taken_by("save_jurisdiction")
    list_display = ["name", "code", "level", "parent", "time_zone"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]


@admin.register(Agency, site=site)
class AgencyAdmin(ServiceAdmin):
    service = "save_agency"
    fields = taken_by("save_agency")
    list_display = ["name", "slug", "acronym", "parent", "jurisdiction"]
    list_filter = ["jurisdiction"]
    list_select_related = ["parent"]
    search_fields = ["slug", "name", "short_name", "acronym"]


@admin.register(Source, site=site)
class SourceAdmin(ServiceAdmin):
    service = "save_source"
    fields = taken_by("save_source")
    gives_reason = True
    list_display = ["title", "slug", "publisher", "published_on", "kind", "origin"]
    list_filter = ["origin", "kind", "language"]
    search_fields = ["slug", "title", "publisher", "author", "url"]


@admin.register(Plan, site=site)
class PlanAdmin(ServiceAdmin):
    service = "save_plan"
    fields = taken_by("save_plan")
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
    fields = taken_by("save_pillar")
    list_display = ["name", "slug", "code", "position"]


@admin.register(Theme, site=site)
class ThemeAdmin(ServiceAdmin):
    service = "save_theme"
    key_fields = ("code",)
    fields = taken_by("save_theme")
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
    fields = taken_by("save_section", but="pillars")
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


class AccountChangeForm(forms.ModelForm):
    account = forms.ChoiceField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "account" in self.fields:
            users = get_user_model().objects.order_by("pk").prefetch_related("groups")
            self.fields["account"].choices = [
                (
                    handle_of(user),
                    f"{handle_of(user)} ({user}): {', '.join(map(str, user.groups.all()))}",
                )
                for user in users
            ]

    def clean(self):
        given = super().clean()
        if not self.errors:
            try:
                self.made = services.propose_account_change(**given, actor=self.actor)
            except ValidationError as error:
                self.add_error(None, error)
        return given


class DecidedByAnother(Administered, admin.ModelAdmin):
    """What one administrator proposes and another approves. Both stand in the public record.

    `services` are those that approve and decline.
    """

    actions = ["approve", "decline"]
    has_change_permission = Administered.never

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.actor = handle_of(request.user)
        return form

    def save_model(self, request, obj, form, change):
        obj.pk, obj._state.adding = form.made.pk, False

    @admin.action(description="Approve and carry out what another administrator proposed")
    def approve(self, request, queryset):
        self._decide(request, queryset, self.services[0], self.approved)

    @admin.action(description="Decline, or withdraw what you proposed")
    def decline(self, request, queryset):
        self._decide(request, queryset, self.services[1], self.declined)

    def _decide(self, request, queryset, service, decided):
        for row in queryset:
            try:
                service(number=row.pk, actor=handle_of(request.user))
            except ValidationError as error:
                messages.error(request, f"{row}: {error.messages[0]}")
            else:
                messages.success(request, f"{row}: done.")
                decided(request, row)

    def approved(self, request, row):
        """Do what follows from an approval."""

    def declined(self, request, row):
        """Do what follows from declining."""


@admin.register(AccountChange, site=site)
class AccountChangeAdmin(DecidedByAnother):
    """What accounts may do."""

    services = (services.approve_account_change, services.decline_account_change)
    form = AccountChangeForm
    fields = ["account", "change", "role", "reason"]
    list_display = ["account", "change", "role", "state", "proposed_by", "decided_by", "reason"]
    list_filter = ["state", "change"]

    def approved(self, request, row):
        self._note("account_approved", request, row)
        user = account_of(row.account)
        if user and needs_link(user):
            link = request.build_absolute_uri(link_for(user))
            words = (
                f"Give {row.account} this link, and nobody else, to set up a second factor: {link}"
            )
            messages.warning(request, words)

    def declined(self, request, row):
        self._note("account_declined", request, row)

    def _note(self, event, request, row):
        note(event, request, account=account_of(row.account), change=row.change, role=row.role)


class RedactionForm(forms.ModelForm):
    exact_words = forms.CharField(
        label="Words",
        widget=forms.Textarea,
        help_text="Exactly as they stand. They are never published, and forgotten when this is decided.",
    )

    def clean(self):
        given = super().clean()
        if not self.errors:
            try:
                self.made = services.propose_redaction(
                    words=given["exact_words"], reason=given["reason"], actor=self.actor
                )
            except ValidationError as error:
                self.add_error(None, error.messages)
        return given


@admin.register(Redaction, site=site)
class RedactionAdmin(DecidedByAnother):
    """Words that harm somebody, to be removed from everything that is published."""

    services = (services.approve_redaction, services.decline_redaction)
    form = RedactionForm
    fields = ["exact_words", "reason"]
    list_display = ["id", "words", "reason", "state", "proposed_by", "decided_by"]
    list_filter = ["state"]
