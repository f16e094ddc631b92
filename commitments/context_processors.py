"""Context processor for what every page shows."""

from django.utils.functional import SimpleLazyObject

from commitments.known_at import edition_asked
from commitments.querysets.sql import today
from commitments.templatetags.commitments import clocks_in


def edition(request):
    """Return today, the dataset version (read when a page shows it) and the clocks that a view accepted.

    `around` is all on which the menu and the foot of a page depend.
    """
    clocks = getattr(request, "clocks", None)
    match = request.resolver_match
    return {
        "today": today(),
        "edition": SimpleLazyObject(lambda: edition_asked(request)),
        "clocks": clocks,
        "around": (match.url_name if match else "", clocks, *clocks_in(request)),
    }
