"""Pages on which people manage their webhooks and read the delivery log."""

from functools import wraps

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from commitments.filter_labels import filters_in_words
from commitments.selection import select_commitments
from commitments.webhooks import services
from commitments.webhooks.models import LONGEST_ADDRESS, LONGEST_FILTERS, Webhook
from planwatch.accounts.permissions import lacks_second_factor
from planwatch.web.query_params import InvalidQuery

SHOWN_ATTEMPTS = 50


class WebhookForm(forms.Form):
    name = forms.CharField(max_length=80, label=gettext_lazy("What it is for"))
    url = forms.CharField(
        max_length=LONGEST_ADDRESS,
        label=gettext_lazy("Address to call"),
        help_text=gettext_lazy("It begins with https:// and is one of the public internet."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    filters = forms.CharField(
        max_length=LONGEST_FILTERS,
        required=False,
        label=gettext_lazy("Only these commitments"),
        help_text=gettext_lazy(
            "The address of the list of commitments with the filters that you want. Empty is everything."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReplayForm(forms.Form):
    after = forms.IntegerField(
        min_value=0,
        label=gettext_lazy("After row"),
        help_text=gettext_lazy("A number of the public record; 0 is before its first row."),
    )


def own_page(view):
    """Make a view a page of a signed-in person who has all that the role needs: a webhook outlives the session."""

    @login_required
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request, **kwargs):
        if lacks_second_factor(request.user):
            return redirect("mfa_index")
        return view(request, **kwargs)

    return page


@own_page
def webhook_list(request):
    """List one's webhooks and make one; its secret is on the answer to the POST and nowhere else."""
    form, secret = WebhookForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = services.make_webhook(user=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            form = WebhookForm()
    context = {
        "form": form,
        "secret": secret,
        "webhooks": Webhook.objects.for_owner(request.user),
        "most": services.MOST,
    }
    status = 422 if form.errors else 200
    return render(request, "webhooks/list.html", context, status=status)


@own_page
def webhook_detail(request, webhook_id):
    """Show one webhook with its latest calls, and do what the pressed button says."""
    webhook = get_object_or_404(request.user.webhooks, public_id=webhook_id)
    action = request.POST.get("action", "")
    kept = {"name": webhook.name, "url": webhook.url, "filters": webhook.filters}
    form = WebhookForm(request.POST if action == "save" else None, initial=kept)
    replay = ReplayForm(request.POST if action == "replay" else None)
    refusal = ""
    if request.method == "POST":
        try:
            if done := _do(webhook, action, form, replay):
                messages.info(request, done)
                gone = action == "delete"
                return redirect("webhook_list") if gone else redirect("webhook_page", webhook_id)
        except ValidationError as error:
            refused = {"save": form, "replay": replay}.get(action)
            if refused is None:
                refusal = " ".join(error.messages)
            else:
                refused.add_error(None, error)
    context = {
        "webhook": webhook,
        "hears_of": _in_words(webhook.filters),
        "form": form,
        "replay": replay,
        "refusal": refusal,
        "attempts": webhook.attempts.all()[:SHOWN_ATTEMPTS],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "webhooks/detail.html", context, status=status)


def _do(webhook, action, form, replay) -> str:
    """Do what a button asks and return what was done; "" where a form must be put right. Raises ValidationError."""
    if action == "save" and form.is_valid():
        services.change_webhook(webhook=webhook, **form.cleaned_data)
        return gettext("Saved.")
    if action == "replay" and replay.is_valid():
        services.replay_webhook(webhook=webhook, **replay.cleaned_data)
        return gettext("What follows that row is told again.")
    if action in ("pause", "resume"):
        services.change_webhook(webhook=webhook, paused=action == "pause")
        return gettext("It is paused.") if action == "pause" else gettext("It goes on.")
    if action == "test":
        services.ask_for_test(webhook=webhook)
        return gettext("A test message is on its way. Look at the calls below in a moment.")
    if action == "delete":
        services.delete_webhook(webhook=webhook)
        return gettext("The webhook is deleted.")
    return ""


def _in_words(filters: str) -> str:
    """Return filters as the list's page says them; as they are kept where they cannot be asked any more."""
    try:
        return filters_in_words(select_commitments(QueryDict(filters), also=()).chosen)
    except InvalidQuery:
        return filters
