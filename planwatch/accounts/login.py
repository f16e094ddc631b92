"""Views for login, reauthentication and password change."""

from math import ceil

from allauth.account.utils import perform_login
from allauth.account.views import ReauthenticateView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import logout as auth_logout
from django.contrib.auth import views as auth
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext

from planwatch.accounts.form_recovery import FIELD, KEPT_FOR, SALT, pack, typed_in
from planwatch.accounts.security_log import note
from planwatch.accounts.sessions import end_access
from planwatch.middleware.rate_limit import hit


def session_ended(request):
    """Answer a form posted without a session: sign in here, and everything typed comes back."""
    context = {
        "form": SignIn.form_class(request),
        "typed": pack(request),
        "next": request.get_full_path(),
        "ended": True,
    }
    return render(request, "registration/login.html", context, status=401)


class Private:
    """Keeps the answers of a view out of every cache."""

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response


def require_budget(username: str) -> None:
    """Count a password that is tried for an account, from any address. Raises ValidationError beyond its budget."""
    if wait := hit("account", username.casefold()):
        words = gettext("Too many passwords were tried for this account. Try again in {n} minutes.")
        raise ValidationError(words.format(n=ceil(wait / 60)))


class OwnPasswordForm(auth_forms.PasswordChangeForm):
    def clean_old_password(self):
        require_budget(self.user.get_username())
        return super().clean_old_password()


class SignInForm(auth_forms.AuthenticationForm):
    """Refuses at once a name that no account could have: what counts wrong passwords could not keep it."""

    def clean_username(self):
        if len(self.cleaned_data["username"]) > self.username_field.max_length:
            raise self.get_invalid_login_error()
        require_budget(self.cleaned_data["username"])
        return self.cleaned_data["username"]


class SignIn(Private, auth.LoginView):
    """Signs in; a text that was being typed when the session ended is carried along and brought back."""

    form_class = SignInForm

    def get_context_data(self, **kwargs):
        typed = self.request.POST.get(FIELD, "")
        return super().get_context_data(**kwargs) | {"typed": typed, "ended": bool(typed)}

    def form_valid(self, form):
        """Go on to the second factor of an account that has one, then to where it wanted to go."""
        if self.request.user.is_authenticated:
            auth_logout(self.request)
        wanted = self.get_success_url()
        try:
            kept = signing.loads(self.request.POST.get(FIELD, ""), salt=SALT, max_age=KEPT_FOR)
        except signing.BadSignature:
            pass
        else:
            self.request.session[FIELD] = kept
            wanted = kept[0]
        return perform_login(self.request, form.get_user(), redirect_url=wanted)

    def form_invalid(self, form):
        event = (
            "locked_out" if getattr(self.request, "axes_locked_out", False) else "sign_in_refused"
        )
        note(event, self.request, name=form.cleaned_data.get("username") or "")
        return super().form_invalid(form)


class Confirm(Private, ReauthenticateView):
    """Asks for the password again, before somebody's second factor is changed."""

    def post(self, request, *args, **kwargs):
        try:
            require_budget(request.user.get_username())
        except ValidationError as error:
            messages.error(request, error.messages[0])
            return self.get(request, *args, **kwargs)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form):
        note("confirmation_refused", self.request, account=self.request.user)
        return super().form_invalid(form)


class ChangePassword(Private, auth.PasswordChangeView):
    template_name = "registration/password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("editor_desk")

    def form_valid(self, form):
        response = super().form_valid(form)
        UserSession.objects.create_from_request(self.request)
        end_access(self.request.user, but=self.request.session.session_key)
        note("password_changed", self.request, account=self.request.user)
        messages.success(self.request, gettext("Your password has been changed."))
        return response


def csrf_failure(request, reason=""):
    """Answer a form whose proof of origin is missing or old. Nothing is carried out; what was typed is brought back.

    It comes back in the form of the page, to be read and saved there: if another site made it, no click here carries it out.
    """
    if request.htmx:
        # A new cookie beside that of the page which is being sent would make its form fail again.
        return HttpResponse(status=403)
    at_the_desk = request.path.startswith(reverse("editor_desk"))
    fields = [item for item in typed_in(request) if item[0] != "action"]
    if at_the_desk and not request.user.is_authenticated:
        return session_ended(request)
    if at_the_desk:
        request.session[FIELD] = [request.get_full_path(), fields]
    context = {
        "readable": [value for _, value in fields if len(value) > 3] if at_the_desk else [],
        "address": request.get_full_path(),
        "signing_in": request.path.startswith(settings.LOGIN_URL) or "accounts/" in request.path,
        "again": reverse("login"),
    }
    get_token(request)
    response = render(request, "editor/csrf.html", context, status=403)
    add_never_cache_headers(response)
    return response
