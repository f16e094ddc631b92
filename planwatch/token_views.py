"""The page on which people make and revoke their own tokens."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from planwatch.roles import lacks_second_factor
from planwatch.texts import require_one_line
from planwatch.token_api import LONGEST_DAYS, make_token, revoke_token


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=80, validators=[require_one_line], label=gettext_lazy("What it is for")
    )
    expires_in_days = forms.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, initial=90, label=gettext_lazy("Days until it expires")
    )
    read_only = forms.BooleanField(required=False, label=gettext_lazy("For reading only"))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request):
    """List one's tokens and make one; its secret is on the answer to the POST and nowhere else."""
    if lacks_second_factor(request.user):
        # A token outlives the session: it is made with all that the role needs.
        return redirect("mfa_index")
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _, secret = make_token(request.user, **form.cleaned_data)
        form = TokenForm()
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
