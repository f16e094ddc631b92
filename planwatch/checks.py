"""System checks of the settings: names that are read for the last time."""

from django.conf import settings
from django.core import checks


@checks.register()
def former_names(**options) -> list[checks.CheckMessage]:
    """Return a message for each setting that was given by a former name. Only that: it must not stop the start."""
    if not settings.PLANWATCH_COUNTS:
        return []
    return [
        checks.Info(
            "PLANWATCH_COUNTS is now PLANWATCH_CACHE_FOLDER. The next release no longer reads the former name.",
            hint="Rename it in the environment. The file “requests” in that folder is no longer used; delete it.",
            id="planwatch.I001",
        )
    ]
