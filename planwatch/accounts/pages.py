"""Pages for signed-in people: sign-in first, permission, and forms that come back after signing in."""

from functools import wraps
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from planwatch.accounts import form_recovery, login
from planwatch.accounts.permissions import (
    Permission,
    handle_of,
    has_permission,
    lacks_second_factor,
    rights_of,
)
from planwatch.middleware.tracking_params import address_without_blanks

PRIVATE = "private, no-store"


def editor_page(right: Permission | None = None):
    """Make a view a page for signed-in people, of those who have the right.

    Anonymous visitors sign in and come back; a form that they posted comes back with everything typed.
    """

    def decorate(view):
        @require_http_methods(["GET", "HEAD", "POST"])
        @sensitive_post_parameters()
        @wraps(view)
        def page(request, **kwargs):
            response = _answer(request, view, right, kwargs)
            response["Cache-Control"] = PRIVATE
            return response

        return page

    return decorate


def _answer(request, view, right, kwargs):
    if request.method != "POST" and not request.htmx and (kept := address_without_blanks(request)):
        return redirect(kept)
    if not request.user.is_authenticated:
        if request.htmx:
            # Not swapped in; the whole form is answered when it is sent.
            return HttpResponse(status=401)
        if request.method == "POST":
            return login.session_ended(request)
        query = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('login')}?{query}")
    if lacks_second_factor(request.user) and request.method != "POST":
        return redirect("mfa_index")
    if right and not has_permission(request.user, right):
        return forbidden(request, right)
    if not rights_of(request.user):
        return forbidden(
            request, words=gettext("Your account has no role yet. An administrator gives roles.")
        )
    request.handle = handle_of(request.user)
    request.typed = (
        request.POST if request.method == "POST" else form_recovery.brought_back(request)
    )
    request.is_back = request.method != "POST" and request.typed is not None
    if request.method == "POST":
        form_recovery.let_go(request)
        action = request.POST.get("action", "")
        if action == "discard":
            return redirect(request.get_full_path())
        if action.startswith(form_recovery.ACTION):
            return _set_aside(request, *action.split(":")[1:])
    try:
        return view(request, **kwargs)
    except PermissionDenied as error:
        return forbidden(request, words=str(error))


def _set_aside(request, kind: str = "", field: str = "", *_):
    """Lead to the page that adds a row of that kind. What was typed is kept, and the new row will stand in `field`."""
    if not kind.isalpha():
        return redirect(request.get_full_path())
    form_recovery.set_aside(request)
    query = urlencode({"back": request.get_full_path(), "into": field})
    return redirect(f"{reverse('editor_new', kwargs={'kind': kind})}?{query}")


def forbidden(request, right: Permission | None = None, words: str = ""):
    return render(request, "403.html", {"right": right, "words": words}, status=403)
