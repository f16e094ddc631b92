"""URLs of multi-factor authentication, under the names that allauth's views use."""

from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path
from django.views.decorators.cache import never_cache

from planwatch.accounts.enrollment import by_link, enroll
from planwatch.accounts.mfa import Authenticate, RemovePasskey

urlpatterns = [
    path("", never_cache(base.index), name="mfa_index"),
    path("enroll/", enroll, name="mfa_enroll"),
    path("sign-in/", Authenticate.as_view(), name="mfa_authenticate"),
    path("app/", by_link(never_cache(totp.activate_totp)), name="mfa_activate_totp"),
    path("app/remove/", never_cache(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("codes/", never_cache(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "codes/new/", never_cache(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path("passkeys/add/", by_link(never_cache(passkeys.add_webauthn)), name="mfa_add_webauthn"),
    path(
        "passkeys/<int:pk>/remove/",
        never_cache(RemovePasskey.as_view()),
        name="mfa_remove_webauthn",
    ),
]
