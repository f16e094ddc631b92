"""What every page shows around its content."""

from django.utils.functional import SimpleLazyObject

from commitments.querysets import today
from planwatch.edition import edition_of


def edition(request):
    """Return today, the edition of the data set (read when a page shows it) and the clocks that a view accepted."""
    return {
        "today": today(),
        "edition": SimpleLazyObject(lambda: edition_of(request)),
        "clocks": getattr(request, "clocks", None),
    }
