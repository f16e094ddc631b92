"""The security.txt of the site (RFC 9116)."""

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

# RFC 9116 asks for less than a year. It is counted anew every day, as long as somebody runs the site.
GOOD_FOR = dt.timedelta(days=180)


@require_safe
def security_txt(request):
    """Name whom to tell; nothing is invented where nobody is set."""
    if not settings.PLANWATCH_SECURITY_CONTACT:
        raise Http404
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = {
        "Contact": settings.PLANWATCH_SECURITY_CONTACT,
        "Expires": (today + GOOD_FOR).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": ", ".join(code for code, _ in settings.LANGUAGES),
        "Canonical": request.build_absolute_uri(request.path),
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
