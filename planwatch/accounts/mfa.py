"""Multi-factor authentication by django-allauth: how secrets are stored, who may go without, what is logged."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import LoginStage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import views as base_views
from allauth.mfa.webauthn import views as webauthn_views
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext

from planwatch.accounts.admin_alerts import alert_administrators
from planwatch.accounts.encryption import decrypt, encrypt
from planwatch.accounts.permissions import handle_of, lacks_second_factor, rights_of
from planwatch.accounts.security_log import note
from planwatch.accounts.sessions import end_access
from planwatch.db.site_data import current_site
from planwatch.middleware.client_ip import client_of


class AccountAdapter(DefaultAccountAdapter):
    """Signs in an account that `planwatch.accounts.login.SignIn` let through, once its second factor is given."""

    def login(self, request, user):
        known = UserSession.objects.filter(user=user).values_list("ip", flat=True)
        network = self.get_client_ip(request)
        if rights_of(user) and user.last_login and network not in known:
            words = f"First sign-in of {handle_of(user)} from another network"
            alert_administrators(words, actor=handle_of(user))
        user.backend = "django.contrib.auth.backends.ModelBackend"
        super().login(request, user)
        note("sign_in", request, account=user)

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        if lacks_second_factor(user):
            messages.info(request, gettext("Your role needs a second factor. Set one up to go on."))
            return redirect("mfa_index")
        return response

    def get_client_ip(self, request):
        # A server behind a socket may name none; that keeps nobody out.
        return client_of(request) or "0.0.0.0"

    def get_login_stages(self):
        # The stages for e-mail, telephone and sign-up are of no use here.
        return ["allauth.mfa.stages.AuthenticateStage"]

    def get_reauthentication_methods(self, user):
        if not user.is_authenticated:
            return []
        return [
            {"id": "reauthenticate", "description": "", "url": reverse("account_reauthenticate")}
        ]

    def is_open_for_signup(self, request):
        return False

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Note a change of somebody's second factor, and end the sessions that were begun without it."""
        note("second_factor", self.request, account=user, change=template_prefix.rpartition("/")[2])
        end_access(user, but=self.request.session.session_key, tokens=False)


class FactorAdapter(DefaultMFAAdapter):
    """Keeps what makes codes under the site's secret key, so that a copy of the database does not hold it."""

    def encrypt(self, text):
        return encrypt("second-factor", text)

    def decrypt(self, encrypted_text):
        return decrypt("second-factor", encrypted_text)

    def get_totp_issuer(self):
        return current_site().name

    def get_totp_label(self, user):
        return user.get_username()

    def generate_authenticator_name(self, user, type):
        return gettext("Passkey")


class Authenticate(base_views.AuthenticateView):
    """The second step of signing in."""

    stage: LoginStage

    def form_invalid(self, form):
        note("second_factor_refused", self.request, account=self.stage.login.user)
        return super().form_invalid(form)


class RemovePasskey(webauthn_views.RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")
