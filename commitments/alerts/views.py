"""Pages for subscribers. They need no account: a signed link from an e-mail is the permission.

None of them takes a CSRF token. They act in nobody's name: a form that asks to follow could as well be sent by hand, and
the others need the key from a mail.
"""

from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commitments.alerts import services, signed_links
from commitments.alerts.descriptions import in_words, page_of
from commitments.alerts.forms import FollowForm, HearingForm
from commitments.alerts.models import LONGEST_SELECTION, Followed, Reminder, Request
from commitments.audit.matching import stored
from commitments.choices import Frequency
from commitments.filters import CommitmentFilterSet
from commitments.models import Commitment
from commitments.selection import select_commitments
from planwatch.accounts.pages import PRIVATE, editor_page
from planwatch.middleware.tracking_params import address_without_blanks, is_blank
from planwatch.web.error_views import bad_parameters, page_not_found
from planwatch.web.query_params import InvalidQuery, ParameterProblem


def alert_page(view):
    """Make a view a page of alerts; there is none where the site sends no mail."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request):
        if not settings.PLANWATCH_MAIL:
            return page_not_found(request)
        try:
            return view(request)
        except InvalidQuery as error:
            return bad_parameters(request, error)
        except Http404:
            return page_not_found(request)

    return page


def keyed_page(view):
    """Make a view a page of alerts that is opened by the key of a mail: for nobody else's eyes, and kept nowhere."""

    @alert_page
    @wraps(view)
    def page(request):
        response = view(request, request.GET.get("key", ""))
        response["Cache-Control"] = PRIVATE
        return response

    return page


@alert_page
def follow(request):
    """Ask to follow what the address or the form names. The answer does not show who is known here."""
    typed = request.method == "POST"
    if not typed and (address := address_without_blanks(request)):
        return redirect(address)
    what = _asked(_filters_typed(request.POST) if typed else request.GET)
    if typed:
        # The small form of a page asks in the language of that page.
        form = FollowForm({"language": get_language(), **request.POST.dict()})
        if form.is_valid():
            services.ask_to_follow(
                **form.cleaned_data, commitment=what.commitment, selection=what.selection
            )
            return redirect("follow_sent")
    else:
        form = FollowForm(initial={"rhythm": Frequency.WEEKLY, "language": get_language()})
    context = {"form": form, "what": in_words(what), "page": page_of(what), "kept": _kept(what)}
    return render(request, "alerts/follow.html", context, status=400 if typed else 200)


def _filters_typed(typed: QueryDict) -> QueryDict:
    """Return what a form asks to follow, without its other fields."""
    params = QueryDict(mutable=True)
    for name in ("commitment", *CommitmentFilterSet.base_filters):
        if name in typed:
            params.setlist(name, typed.getlist(name))
    return params


def _asked(params: QueryDict) -> Followed:
    """Return what is to be followed. Raises Http404 or InvalidQuery where that cannot be."""
    if not is_blank(code := params.get("commitment", "")):
        commitment = Commitment.objects.published().filter(code=code.upper()).first()
        if commitment is None:
            raise Http404
        return Request(commitment=commitment)
    select_commitments(params, also=("commitment",))
    selection = stored(params)
    if len(selection) > LONGEST_SELECTION:
        raise InvalidQuery(
            [ParameterProblem("q", gettext("That is too long to be followed: drop some filters."))]
        )
    return Request(selection=selection)


def _kept(what: Followed) -> list[tuple[str, str]]:
    """Return the fields that carry what is to be followed through the form."""
    if what.commitment_id:
        return [("commitment", what.commitment.code)]
    return [(name, value) for name, values in QueryDict(what.selection).lists() for value in values]


@require_safe
def follow_sent(request):
    if not settings.PLANWATCH_MAIL:
        return page_not_found(request)
    return render(request, "alerts/sent.html")


@keyed_page
def confirm(request, key):
    """Ask once more with a button, since programs that look at mail open every link."""
    asked = signed_links.request_of(key)
    if asked is None:
        return _nothing(request)
    problem = ""
    if request.method == "POST":
        try:
            follower = services.confirm(asked)
        except ValidationError as error:
            problem = error.messages[0]
        else:
            messages.success(request, gettext("From now on you hear of changes."))
            return redirect(_to_manage(signed_links.key_to_manage(follower)))
    context = {
        "what": in_words(asked),
        "page": page_of(asked),
        "rhythm": Frequency(asked.rhythm).label,
        "problem": problem,
    }
    return render(request, "alerts/confirm.html", context, status=409 if problem else 200)


def _to_manage(key: str) -> str:
    return f"{reverse('alerts_manage')}?{urlencode({'key': key})}"


def _nothing(request):
    return render(request, "alerts/nothing.html", status=404)


@keyed_page
def manage(request, key):
    """Show what a follower follows, and change or drop it."""
    follower = signed_links.follower_of(key)
    if follower is None:
        return _nothing(request)
    form = HearingForm(
        request.POST if "rhythm" in request.POST else None,
        initial={"rhythm": follower.rhythm, "language": follower.language},
    )
    if request.method == "POST":
        dropped = request.POST.get("drop", "")
        if dropped.isascii() and dropped.isdecimal() and len(dropped) < 19:
            if not services.drop(follower, int(dropped)):
                return render(request, "alerts/left.html")
            messages.success(request, gettext("You no longer follow it."))
            return redirect(request.get_full_path())
        if form.is_valid():
            services.change(follower, **form.cleaned_data)
            messages.success(request, gettext("Saved."))
            return redirect(request.get_full_path())
    follows = follower.follows.select_related("commitment")
    context = {
        "follower": follower,
        "follows": [(row.pk, in_words(row), page_of(row)) for row in follows],
        "form": form,
        "key": key,
    }
    return render(request, "alerts/manage.html", context, status=400 if form.errors else 200)


@keyed_page
def leave(request, key):
    """Forget an address: at one click of a mail program (RFC 8058), or of a person. They may subscribe again."""
    follower = signed_links.follower_of(key)
    if request.method == "POST":
        if follower is not None:
            services.leave(follower)
        return render(request, "alerts/left.html")
    if follower is None:
        return _nothing(request)
    return render(request, "alerts/leave.html", {"key": key})


@editor_page()
def reminders(request):
    """Let somebody who works here choose to be reminded every week."""
    if request.method == "POST":
        services.set_reminder(
            request.user, wanted="wanted" in request.POST, language=get_language()
        )
        messages.success(request, gettext("Saved."))
        return redirect("editor_reminders")
    wanted = Reminder.objects.filter(user=request.user).exists()
    context = {"wanted": wanted, "sends": settings.PLANWATCH_MAIL}
    return render(request, "editor/reminders.html", context)
