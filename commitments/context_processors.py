"""Context processor for what every page shows."""

from django.utils.functional import SimpleLazyObject

from commitments.known_at import edition_asked
from commitments.querysets.sql import today


def edition(request):
    """Return today, the dataset version (read when a page shows it) and the clocks that a view accepted."""
    return {
        "today": today(),
        "edition": SimpleLazyObject(lambda: edition_asked(request)),
        "clocks": getattr(request, "clocks", None),
    }
