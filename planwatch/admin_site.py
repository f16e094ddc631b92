"""AdminSite and the admins of accounts and roles. Every write to the record goes through the services."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import models, transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from commitments import services
from commitments.audit.recorder import serialize_for_audit
from commitments.dates import machine
from commitments.editor.forms.fields import Seen, WrittenDateField
from commitments.models import DatasetVersion
from planwatch.accounts.permissions import (
    RIGHTS,
    Permission,
    Role,
    handle_of,
    has_permission,
    lacks_second_factor,
)
from planwatch.accounts.security_log import note
from planwatch.accounts.sessions import client_of
from planwatch.models import ApiToken

# The first page by what administrators come for; what stands in no part is to look at only.
PARTS = {
    "Accounts and access": {
        "User": "Accounts",
        "Group": "Roles",
        "ApiToken": "API tokens",
        "UserSession": "Sessions",
        "Authenticator": "Second factors",
        "AccessAttempt": "Wrong passwords",
    },
    "What commitments stand on": {
        "Agency": "Agencies",
        "Source": "Sources",
        "Plan": "Plans",
        "Objective": "Objectives",
        "Pillar": "Pillars",
    },
}
REST = "To look at; editors write it at their desk"


class PlanWatchAdminSite(admin.AdminSite):
    """Django's admin for those who may administer; who signs in does so where everybody does."""

    site_title = "PlanWatch"
    site_header = "PlanWatch"
    index_title = "Administration"
    enable_nav_sidebar = False
    # The closing slash is added as it is everywhere.
    final_catch_all_view = False

    def get_app_list(self, request, app_label=None):
        """Return the parts of the first page; of one package, its models, as Django does."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        rows = {row["object_name"]: row for app in apps for row in app["models"]}
        parts = {
            name: [rows.pop(kind) | {"name": label} for kind, label in kinds.items()]
            for name, kinds in PARTS.items()
        }
        parts[REST] = list(rows.values())
        return [
            {
                "name": name,
                "app_label": f"part-{number}",
                "app_url": f"{reverse('admin:index', current_app=self.name)}#part-{number}",
                "has_module_perms": True,
                "models": models,
            }
            for number, (name, models) in enumerate(parts.items(), start=1)
        ]

    def has_permission(self, request):
        return has_permission(request.user, Permission.ADMINISTER)

    def login(self, request, extra_context=None):
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
            wanted = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return redirect(wanted)
        if lacks_second_factor(request.user):
            return redirect("mfa_index")
        if request.user.is_authenticated:
            raise PermissionDenied(
                f"To {Permission.ADMINISTER.label}, an account needs the role {Role.ADMINISTRATOR.value}. "
                "Ask an administrator for it, or sign in with another account."
            )
        return redirect_to_login(wanted)


site = PlanWatchAdminSite()


class Administered:
    """A part of the admin for everybody who may administer, whatever permissions Django keeps for the model."""

    def has_module_permission(self, request):
        return has_permission(request.user, Permission.ADMINISTER)

    def has_view_permission(self, request, obj=None):
        return has_permission(request.user, Permission.ADMINISTER)

    def has_add_permission(self, request, obj=None):
        return has_permission(request.user, Permission.ADMINISTER)

    def has_change_permission(self, request, obj=None):
        return has_permission(request.user, Permission.ADMINISTER)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_search_results(self, request, queryset, search_term):
        """Search for as many words as a person types: a database has a limit to how many it takes."""
        return super().get_search_results(request, queryset, search_term[:200])


class ReadOnly(Administered):
    """To look at only: these rows are written where their rules can be shown."""

    actions = None

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class ServiceForm(forms.ModelForm):
    """Asks the service whether it would save what was typed, so that a refusal stands beside its field."""

    seen_version = Seen()
    reason = forms.CharField(
        required=False,
        help_text="Needed where the publisher, the side, the address or the date of a cited source changes. Public.",
    )
    save_through: Callable[[models.Model, dict], services.Saved]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen_version"] = services.version_of(self.instance)
        for name in self._written_dates():
            if day := self.initial.get(name):
                self.initial[name] = machine(day, self.instance.precision)

    def _written_dates(self) -> list[str]:
        return [name for name, item in self.fields.items() if isinstance(item, WrittenDateField)]

    def clean(self):
        cleaned = super().clean()
        for name in self._written_dates():
            if found := cleaned.get(name):
                cleaned[name], self.instance.precision = found
        return cleaned

    def _add_conflict(self, error: services.Conflict):
        self.data = self.data.copy()
        (item,) = error.items
        self.data[self.add_prefix("seen_version")] = services.version_of(item)
        stored, values = serialize_for_audit(item), forms.model_to_dict(item)
        for name in error.others & set(self.fields):
            day = values[name] if name in self._written_dates() else None
            self.data[self.add_prefix(name)] = machine(day, item.precision) if day else values[name]
        differing = [
            f"{name}: {stored[name] or '–'}"
            for name in stored
            if name in (error.fields or stored)
            and name in self.cleaned_data
            and str(stored[name] or "") != self._typed(name)
        ]
        self.add_error(
            None,
            f"Somebody has changed this since you opened it. As it stands now: {'; '.join(differing) or 'as below'}. "
            "What you typed is still here: save again to put it in its place.",
        )

    def _typed(self, name: str) -> str:
        value = self.cleaned_data[name]
        if isinstance(value, models.Model):
            value = value.natural_key()[0]
        return str(value or "")

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.save_through(self.instance, self.cleaned_data)
                transaction.set_rollback(True)
        except ValidationError as error:
            self._add_refusal(error)
        except services.Conflict as error:
            self._add_conflict(error)

    def _add_refusal(self, error: ValidationError):
        for name, words in getattr(error, "message_dict", {NON_FIELD_ERRORS: error}).items():
            self.add_error(name if name in self.fields else None, words)


class ServiceAdmin(Administered, admin.ModelAdmin):
    """Saves through the function of services named `service`; `fields` are its words, and the natural key never changes."""

    form = ServiceForm
    key_fields: tuple[str, ...] = ("slug",)
    service: str
    gives_reason = False
    actions = None
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_fields(self, request, obj=None):
        shown = [name for name in self.fields if name != "precision"]
        return [*shown, *(["reason"] if self.gives_reason else []), "seen_version"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Give a date that has a precision as one field, from which the precision follows."""
        if "precision" in self.fields and db_field.name == "published_on":
            return WrittenDateField(label="Published on", required=not db_field.blank)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        return self.key_fields if obj else ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.save_through = lambda form, item, given: self._save_through(request, item, given)
        return form

    def _save_through(self, request, item, given):
        values = {name: getattr(item, name) for name in self.fields}
        values = {
            name: value.natural_key()[0] if isinstance(value, models.Model) else value
            for name, value in values.items()
        }
        if self.gives_reason:
            values["reason"] = given["reason"]
        service = getattr(services, self.service)
        seen = given["seen_version"]
        return service(**values, seen_version=seen, actor=handle_of(request.user))

    def changeform_view(self, request, *args, **kwargs):
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with transaction.atomic():
            # Held from the asking to the saving, so that what was found possible still is.
            DatasetVersion.objects.select_for_update().get(pk=1)
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        saved = self._save_through(request, obj, form.cleaned_data)
        obj.pk, obj.proposal = saved.item.pk, saved.proposal
        obj._state.adding = False

    def response_change(self, request, obj):
        if obj.proposal is None:
            return super().response_change(request, obj)
        words = (
            "A closed status rests on this: the edit waits for a second editor, unsaved until then."
        )
        self.message_user(request, words, messages.WARNING)
        return redirect("editor_proposal", number=obj.proposal.pk)


def _rights(role: str) -> str:
    return "; ".join(str(right.label) for right in Permission if right in RIGHTS.get(role, ()))


@admin.register(Group, site=site)
class RoleAdmin(ReadOnly, admin.ModelAdmin):
    """The three roles. Who has one is said with the account."""

    list_display = ["name", "may", "members"]
    fields = ["name", "may", "members"]

    @admin.display(description="may")
    def may(self, group):
        return _rights(group.name) or "nothing: no role of this site"

    @admin.display(description="accounts")
    def members(self, group):
        return ", ".join(group.user_set.order_by("username").values_list("username", flat=True))


class AccountForm(UserChangeForm):
    def clean(self):
        cleaned = super().clean()
        was_administrator = has_permission(self.own, Permission.ADMINISTER)
        if self.instance.pk == self.own.pk and was_administrator and not self._stays(cleaned):
            raise ValidationError(
                "You cannot take the role Administrator or the access from your own account. "
                "Another administrator can."
            )
        return cleaned

    def _stays(self, cleaned) -> bool:
        groups = {group.name for group in cleaned.get("groups") or ()}
        is_administrator = self.instance.is_superuser or Role.ADMINISTRATOR.value in groups
        return bool(cleaned.get("is_active")) and is_administrator


def _role_names(account) -> str:
    return ",".join(account.groups.order_by("name").values_list("name", flat=True))


@admin.register(get_user_model(), site=site)
class AccountAdmin(Administered, UserAdmin):
    """Accounts and their roles. An account is switched off, never deleted: its handle stands in the record."""

    form = AccountForm
    actions = None
    list_display = ["username", "handle", "roles", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    readonly_fields = ["handle", "is_superuser", "last_login", "date_joined"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password", "handle"]}),
        ("What it may do", {"fields": ["groups", "is_active", "is_superuser"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="public name")
    def handle(self, user):
        return handle_of(user) if user.pk else "given when the account is made"

    @admin.display(description="roles")
    def roles(self, user):
        names = [group.name for group in user.groups.all()]
        return ", ".join([*names, *(["superuser"] if user.is_superuser else [])]) or "none"

    def save_related(self, request, form, formsets, change):
        before = _role_names(form.instance)
        super().save_related(request, form, formsets, change)
        after = _role_names(form.instance)
        if before != after:
            facts = {"before": before or "none", "after": after or "none"}
            note("roles_changed", request, account=form.instance, **facts)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            note("account_made", request, account=obj)
        elif {"is_active", "password"} & set(form.changed_data):
            note("account_changed", request, account=obj, active=obj.is_active)

    def user_change_password(self, request, id, form_url=""):
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            account = get_user_model().objects.get(pk=id)
            note("password_changed", request, account=account)
        return response

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.own = request.user
        if "groups" in form.base_fields:
            field = form.base_fields["groups"]
            field.label, field.help_text = "Roles", ""
            field.widget = forms.CheckboxSelectMultiple()
            field.choices = [
                (group.pk, f"{group.name}: {_rights(group.name) or 'nothing'}")
                for group in field.queryset
            ]
        return form


@admin.register(ApiToken, site=site)
class TokenAdmin(ReadOnly, admin.ModelAdmin):
    """Keys to the API: to see who holds one and to revoke it."""

    list_display = ["name", "user", "token_key", "read_only", "created", "expiry"]
    fields = list_display
    search_fields = ["name", "user__username"]

    def has_delete_permission(self, request, obj=None):
        return has_permission(request.user, Permission.ADMINISTER)

    def delete_model(self, request, obj):
        note("token_revoked", request, account=obj.user, token=obj.token_key)
        super().delete_model(request, obj)


@admin.register(UserSession, site=site)
class SessionAdmin(ReadOnly, admin.ModelAdmin):
    """Where people are signed in. Deleting one ends it."""

    list_display = ["user", "created_at", "client"]
    list_select_related = ["user"]
    list_filter = ["user"]
    fields = list_display

    @admin.display(description="client")
    def client(self, session):
        return client_of(session.user_agent)

    def has_delete_permission(self, request, obj=None):
        return has_permission(request.user, Permission.ADMINISTER)

    def delete_model(self, request, obj):
        note("sessions_ended", request, account=obj.user)
        obj.end()


@admin.register(Authenticator, site=site)
class FactorAdmin(ReadOnly, admin.ModelAdmin):
    """Second factors. Deleting one, for a person who has lost it, ends the account's sessions as well."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    fields = list_display

    def has_delete_permission(self, request, obj=None):
        return has_permission(request.user, Permission.ADMINISTER)

    def delete_model(self, request, obj):
        note("second_factor", request, account=obj.user, change=f"{obj.type}_removed")
        for session in UserSession.objects.filter(user=obj.user):
            session.end()
        super().delete_model(request, obj)


@admin.register(AccessAttempt, site=site)
class AttemptAdmin(ReadOnly, AccessAttemptAdmin):
    """Wrong passwords. Deleting an attempt lets its person in again before the quarter of an hour is over."""

    def has_delete_permission(self, request, obj=None):
        return has_permission(request.user, Permission.ADMINISTER)
