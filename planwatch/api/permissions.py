"""Permission classes of the API."""

from __future__ import annotations

from rest_framework import permissions

from planwatch.accounts.permissions import Permission, has_permission, lacks_second_factor


class HasRight(permissions.BasePermission):
    """Lets those through who hold the view's `right`, with a token that is not for reading only."""

    def has_permission(self, request, view):
        if request.method not in view.allowed_methods:
            return True  # to be answered 405, whoever asks
        if request.method in permissions.SAFE_METHODS and not getattr(
            view, "reading_needs_right", False
        ):
            return True
        if not request.user.is_authenticated:
            return False
        if (
            getattr(request.auth, "read_only", False)
            and request.method not in permissions.SAFE_METHODS
        ):
            self.message = "This token is for reading only."
            return False
        right = Permission(view.right)
        self.message = f"Your role may not {right.label}."
        if lacks_second_factor(request.user):
            self.message = "This account needs a second factor first: sign in and set one up."
        return has_permission(request.user, right)
