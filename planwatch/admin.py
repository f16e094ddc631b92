"""Admins of accounts, roles and access."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group

from planwatch.accounts.permissions import RIGHTS, Permission, handle_of
from planwatch.accounts.security_log import note
from planwatch.accounts.sessions import client_of, end_access
from planwatch.admin_site import Administered, ReadOnly, Revocable, site
from planwatch.models import ApiToken


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


@admin.register(get_user_model(), site=site)
class AccountAdmin(Administered, UserAdmin):
    """Accounts. What they may do changes by AccountChange alone; none is deleted: its handle stands in the record."""

    actions = None
    list_display = ["username", "handle", "roles", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    readonly_fields = ["handle", "roles", "is_active", "is_superuser", "last_login", "date_joined"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password", "handle"]}),
        ("What it may do", {"fields": ["roles", "is_active", "is_superuser"]}),
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

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            note("account_made", request, account=obj)

    def user_change_password(self, request, id, form_url=""):
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            account = get_user_model().objects.get(pk=id)
            end_access(account)
            note("password_changed", request, account=account)
        return response


@admin.register(ApiToken, site=site)
class TokenAdmin(Revocable, admin.ModelAdmin):
    """Keys to the API: to see who holds one and to revoke it."""

    list_display = ["name", "user", "token_key", "read_only", "created", "expiry"]
    fields = list_display
    search_fields = ["name", "user__username"]

    def delete_model(self, request, obj):
        note("token_revoked", request, account=obj.user, token=obj.token_key)
        super().delete_model(request, obj)


@admin.register(UserSession, site=site)
class SessionAdmin(Revocable, admin.ModelAdmin):
    """Where people are signed in. Deleting one ends it."""

    list_display = ["user", "created_at", "client"]
    list_select_related = ["user"]
    list_filter = ["user"]
    fields = list_display

    @admin.display(description="client")
    def client(self, session):
        return client_of(session.user_agent)

    def delete_model(self, request, obj):
        note("sessions_ended", request, account=obj.user)
        obj.end()


@admin.register(Authenticator, site=site)
class FactorAdmin(ReadOnly, admin.ModelAdmin):
    """Second factors. One that was lost is reset by two administrators, as a change of the account."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    fields = list_display


@admin.register(AccessAttempt, site=site)
class AttemptAdmin(Revocable, AccessAttemptAdmin):
    """Wrong passwords. Deleting an attempt lets its person in again before the quarter of an hour is over."""
