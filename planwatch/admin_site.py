"""AdminSite, and what every part of it shares."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from planwatch.accounts.permissions import Permission, Role, has_permission, lacks_second_factor
from planwatch.db.site_data import current_site

# The first page, by what administrators come for.
PARTS = {
    "Accounts and access": {
        "User": "Accounts",
        "AccountChange": "Changes of accounts",
        "Group": "Roles",
        "ApiToken": "API tokens",
        "UserSession": "Sessions",
        "Authenticator": "Second factors",
        "AccessAttempt": "Wrong passwords",
    },
    "What commitments stand on": {
        "Site": "Site",
        "Jurisdiction": "Jurisdictions",
        "Agency": "Agencies",
        "Source": "Sources",
        "Plan": "Plans",
        "Section": "Sections",
        "Pillar": "Pillars",
        "Theme": "Themes",
    },
    "To look at; editors write it at their desk": {
        "Commitment": "Commitments",
        "StatusChange": "Status changes",
        "Change": "Public record",
        "Redaction": "Redactions",
    },
}


class PlanWatchAdminSite(admin.AdminSite):
    """Django's admin for those who may administer; who signs in does so where everybody does."""

    site_title = site_header = property(lambda self: current_site().name)
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
            name: [rows[kind] | {"name": label} for kind, label in kinds.items()]
            for name, kinds in PARTS.items()
        }
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

    def may_administer(self, request, obj=None):
        return has_permission(request.user, Permission.ADMINISTER)

    def never(self, request, obj=None):
        return False

    has_module_permission = has_view_permission = may_administer
    has_add_permission = has_change_permission = may_administer
    has_delete_permission = never

    def get_search_results(self, request, queryset, search_term):
        """Search for as many words as a person types: a database has a limit to how many it takes."""
        return super().get_search_results(request, queryset, search_term[:200])


class ReadOnly(Administered):
    """To look at only: these rows are written where their rules can be shown."""

    actions = None
    has_add_permission = has_change_permission = Administered.never


class Revocable(ReadOnly):
    """To look at, and to delete one by one."""

    has_delete_permission = Administered.may_administer
