"""Session management: where one is signed in, and signing out elsewhere."""

import re

from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from planwatch.accounts.security_log import note

# The first that fits: most browsers also name those whose pages they want to be given.
BROWSERS = {
    "Edge": "Edg",
    "Opera": "OPR/",
    "Firefox": "Firefox/",
    "Chromium": "Chrom",
    "Safari": "Safari/",
}
SYSTEMS = {
    "Android": "Android",
    "iOS": "iPhone|iPad",
    "Windows": "Windows",
    "macOS": "Mac OS X",
    "Linux": "Linux",
}


def client_of(user_agent: str) -> str:
    """Return roughly with what somebody signed in, such as “Firefox, Linux”."""
    found = [
        next((name for name, sign in names.items() if re.search(sign, user_agent)), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found)) or gettext("Another program")


def end_access(user, *, but: str | None = None, tokens: bool = True) -> None:
    """End the sessions of an account, but one if its key is given, and revoke its API tokens."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=but or ""):
        session.end()
    if tokens:
        user.auth_token_set.all().delete()


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request):
    """List one's own sessions; end one of them, or all but this."""
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        if chosen == "others":
            end_other_sessions(request, request.user)
        elif chosen.isascii() and chosen.isdecimal():
            end_sessions(request, request.user.usersession_set.filter(pk=int(chosen[:18])))
        note(
            "sessions_ended",
            request,
            account=request.user if request.user.is_authenticated else None,
        )
        messages.info(request, gettext("Signed out."))
        return redirect("sessions")
    rows = [
        {"row": row, "client": client_of(row.user_agent), "is_this": row.is_current()}
        for row in UserSession.objects.purge_and_list(request.user)
    ]
    rows.sort(key=lambda each: each["row"].created_at, reverse=True)
    return render(request, "registration/sessions.html", {"rows": rows})
