"""API tokens: creation, revocation, and the page of one's own."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from planwatch.accounts.login import require_budget
from planwatch.accounts.permissions import lacks_second_factor
from planwatch.accounts.security_log import note
from planwatch.models import ApiToken
from planwatch.web.text import require_one_line

LONGEST_DAYS = 366
LONGEST_NAME = 150


def make_token(user, *, name: str, expires_in_days: int, read_only: bool) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which is not kept."""
    made = ApiToken.objects.create(
        user, expiry=timedelta(days=expires_in_days), name=name, read_only=read_only
    )
    note("token_made", account=user, token=made[0].token_key, read_only=read_only)
    return made


def revoke_token(user, public_id) -> bool:
    """Revoke one of an account's tokens; tell whether it was there."""
    found = user.auth_token_set.filter(public_id=public_id).first()
    if found is None:
        return False
    found.delete()
    note("token_revoked", account=user, token=found.token_key)
    return True


class TokenForm(forms.Form):
    GIVEN = ("name", "expires_in_days", "read_only")
    name = forms.CharField(
        max_length=80, validators=[require_one_line], label=gettext_lazy("What it is for")
    )
    expires_in_days = forms.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, initial=90, label=gettext_lazy("Days until it expires")
    )
    read_only = forms.BooleanField(required=False, label=gettext_lazy("For reading only"))
    password = forms.CharField(
        strip=False,
        max_length=4096,
        label=gettext_lazy("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user, *args):
        self.user = user
        super().__init__(*args)

    def clean_password(self):
        require_budget(self.user.get_username())
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(gettext("This is not your password."))
        return ""


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request):
    """List one's tokens and make one; its secret is on the answer to the POST and nowhere else."""
    if lacks_second_factor(request.user):
        # A token outlives the session: it is made with all that the role needs.
        return redirect("mfa_index")
    form, secret = TokenForm(request.user, request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in TokenForm.GIVEN}
        _, secret = make_token(request.user, **given)
        form = TokenForm(request.user)
    status = 400 if request.method == "POST" and not secret else 200
    rows = request.user.auth_token_set.all()
    context = {"form": form, "secret": secret, "tokens": rows, "now": timezone.now()}
    return render(request, "editor/tokens.html", context, status=status)


@login_required
@require_POST
def revoke(request, public_id):
    revoked = revoke_token(request.user, public_id)
    messages.info(
        request,
        gettext("The token is revoked.") if revoked else gettext("That token was gone already."),
    )
    return redirect("token_page")
