"""Context processor for what every page shows."""

from django.utils.functional import SimpleLazyObject

from commitments.known_at import edition_asked
from commitments.querysets.sql import today
from planwatch.db.site_data import current_site


def edition(request):
    """Return the site, today, the dataset version (read when a page shows it) and the clocks that a view accepted."""
    return {
        "site": SimpleLazyObject(current_site),
        "today": today(),
        "edition": SimpleLazyObject(lambda: edition_asked(request)),
        "clocks": getattr(request, "clocks", None),
    }
