"""Who may do what: three groups, asked by one function. The method page tells readers the same."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy


class Role(models.TextChoices):
    CONTRIBUTOR = "Contributor"
    EDITOR = "Editor"
    ADMINISTRATOR = "Administrator"


class Right(models.TextChoices):
    PROPOSE = "propose", gettext_lazy("propose status changes, add sources")
    RECORD = (
        "record",
        gettext_lazy(
            "record changes and reviews, add commitments, edit texts, approve or decline proposals"
        ),
    )
    IMPORT = "import", gettext_lazy("import plans and spreadsheets")
    ADMINISTER = "administer", gettext_lazy("manage accounts, roles, agencies, sources and plans")


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CONTRIBUTOR: frozenset({Right.PROPOSE}),
    Role.EDITOR: frozenset({Right.PROPOSE, Right.RECORD}),
    Role.ADMINISTRATOR: frozenset({Right.IMPORT, Right.ADMINISTER}),
}


def rights_of(user) -> frozenset[Right]:
    """Return what an account may do, from its groups; one query for each account object, then remembered."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if not hasattr(user, "planwatch_rights"):
        names = set(user.groups.values_list("name", flat=True))
        if user.is_superuser:
            names.add(Role.ADMINISTRATOR.value)
        user.planwatch_rights = frozenset().union(
            *(rights for role, rights in RIGHTS.items() if role.value in names)
        )
    return user.planwatch_rights


def may(user, right: Right) -> bool:
    return right in rights_of(user)


def handle_of(user) -> str:
    """Return the name under which an account's writes are public: a number, never a sign-in name or an address."""
    return f"editor-{user.pk:02d}"
