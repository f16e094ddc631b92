"""What every page shows around its content."""

from django.utils.functional import SimpleLazyObject

from commitments.models import DatasetVersion
from commitments.querysets import today


def edition(request):
    """Return the day, the version of the data set (fetched when a page shows it) and the clocks of the address."""
    return {
        "today": today(),
        "version": SimpleLazyObject(_version),
        "clocks": getattr(request, "clocks", None),
    }


def _version() -> DatasetVersion:
    return DatasetVersion.objects.filter(pk=1).first() or DatasetVersion(pk=1)
