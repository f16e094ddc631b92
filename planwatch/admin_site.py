"""AdminSite, and what every part of it shares."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from planwatch.accounts.permissions import Permission, Role, has_permission, lacks_second_factor

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
        "Jurisdiction": "Jurisdictions",
        "Agency": "Agencies",
        "Source": "Sources",
        "Plan": "Plans",
        "Objective": "Objectives",
        "Pillar": "Pillars",
        "Theme": "Themes",
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
