"""Permission classes of the API."""

from rest_framework import permissions

from planwatch.accounts.permissions import Permission, has_permission, lacks_second_factor

LACKS_FACTOR = "This account needs a second factor first: sign in and set one up."


class WithWritingToken(permissions.BasePermission):
    """Refuses tokens that are for reading only where something is written."""

    message = "This token is for reading only."

    def has_permission(self, request, view):
        is_safe = request.method in permissions.SAFE_METHODS
        return is_safe or not getattr(request.auth, "read_only", False)


class WithSecondFactor(permissions.BasePermission):
    """Refuses accounts that lack a second factor which their role needs."""

    message = LACKS_FACTOR

    def has_permission(self, request, view):
        return not lacks_second_factor(request.user)


class HasRight(WithWritingToken):
    """Lets those through who hold the view's `right`, with a token that is not for reading only."""

    def has_permission(self, request, view):
        if request.method not in view.allowed_methods:
            return True  # answered 405 to every client
        if request.method in permissions.SAFE_METHODS and not getattr(
            view, "reading_needs_right", False
        ):
            return True
        if not request.user.is_authenticated:
            return False
        if not super().has_permission(request, view):
            return False
        right = Permission(view.right)
        lacks_factor = lacks_second_factor(request.user)
        self.message = LACKS_FACTOR if lacks_factor else f"Your role may not {right.label}."
        return has_permission(request.user, right)
