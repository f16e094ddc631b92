"""Enrollment link: the first second factor of an account is set up with a link from a second administrator.

The administrator who made the account knows its password, and could otherwise act as that person.
"""

from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from planwatch.accounts.permissions import lacks_second_factor
from planwatch.accounts.security_log import note

GOOD_FOR = 3 * 24 * 3600
SALT = "planwatch.enroll"
# Where a session holds that its account came by the link.
OPENED = "enrollment"


def needs_link(user) -> bool:
    """Return whether an account sets up a factor by link alone. Superusers are made on the machine, and need none."""
    is_asked = settings.PLANWATCH_TWO_PERSON_RULE and not user.is_superuser
    return is_asked and lacks_second_factor(user)


def link_for(user) -> str:
    """Return the path, with its key, by which an account sets up its factor in the next three days."""
    return f"{reverse('mfa_enroll')}?key={signing.dumps(_seal(user), salt=SALT)}"


def _seal(user) -> list:
    # A changed password makes a link void.
    return [user.pk, user.get_session_auth_hash()[:16]]


@login_required
@never_cache
@require_safe
def enroll(request):
    """Let this session set up the factor of its account, if the key is of this account."""
    try:
        opened = signing.loads(request.GET.get("key", ""), salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        opened = None
    if opened != _seal(request.user):
        return render(request, "mfa/link_needed.html", status=403)
    request.session[OPENED] = True
    note("enrollment_opened", request, account=request.user)
    return redirect("mfa_index")


def by_link(view):
    """Make a view that adds a factor ask for the link first, of an account that needs one."""

    @wraps(view)
    def asked(request, *args, **kwargs):
        user = request.user
        if user.is_authenticated and needs_link(user) and not request.session.get(OPENED):
            return render(request, "mfa/link_needed.html", status=403)
        return view(request, *args, **kwargs)

    return asked
