"""Permissions: three groups, asked by one function. The method page publishes the same."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext_lazy


class Role(models.TextChoices):
    CONTRIBUTOR = "Contributor"
    EDITOR = "Editor"
    ADMINISTRATOR = "Administrator"


class Permission(models.TextChoices):
    PROPOSE = "propose", gettext_lazy("propose status changes, add sources")
    RECORD = (
        "record",
        gettext_lazy(
            "record changes and reviews, add commitments and agencies, edit texts, approve or decline proposals"
        ),
    )
    IMPORT = "import", gettext_lazy("import plans and spreadsheets")
    ADMINISTER = "administer", gettext_lazy("manage accounts, roles, agencies, sources and plans")


RIGHTS: dict[Role, frozenset[Permission]] = {
    Role.CONTRIBUTOR: frozenset({Permission.PROPOSE}),
    Role.EDITOR: frozenset({Permission.PROPOSE, Permission.RECORD, Permission.IMPORT}),
    Role.ADMINISTRATOR: frozenset(Permission),
}
# With these rights the record can be changed without anybody else.
NEED_SECOND_FACTOR = frozenset({Role.EDITOR.value, Role.ADMINISTRATOR.value})


def rights_of(user) -> frozenset[Permission]:
    """Return what an account may do, from its groups; asked once for each account object, then remembered.

    A role that needs a second factor gives nothing before the account has one, wherever it is asked for.
    """
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if not hasattr(user, "planwatch_rights"):
        names = set(user.groups.values_list("name", flat=True))
        if user.is_superuser:
            names.add(Role.ADMINISTRATOR.value)
        user.planwatch_lacks_factor = (
            settings.PLANWATCH_SECOND_FACTOR
            and not names.isdisjoint(NEED_SECOND_FACTOR)
            and not has_second_factor(user)
        )
        if user.planwatch_lacks_factor:
            names -= NEED_SECOND_FACTOR
        user.planwatch_rights = frozenset().union(
            *(rights for role, rights in RIGHTS.items() if role.value in names)
        )
    return user.planwatch_rights


def has_second_factor(user) -> bool:
    """Tell whether an account has an app that makes codes or a passkey; recovery codes alone are none."""
    return user.authenticator_set.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def lacks_second_factor(user) -> bool:
    """Tell whether an account has a role that it cannot use before it sets up a second factor."""
    rights_of(user)
    return getattr(user, "planwatch_lacks_factor", False)


def has_permission(user, right: Permission) -> bool:
    return right in rights_of(user)


def account_of(handle: str):
    """Return the account of a public handle, None where there is none."""
    number = handle.removeprefix("editor-")
    users = get_user_model().objects
    found = users.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    return found if found and handle_of(found) == handle else None


def handle_of(user) -> str:
    """Return the name under which an account's writes are public: a number, never a sign-in name or an address."""
    return f"editor-{user.pk:02d}"
