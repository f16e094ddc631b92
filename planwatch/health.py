"""Two questions of whatever keeps the service running: does the process answer, and can it serve readers?"""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from commitments.models import Change, DatasetVersion


@never_cache
@require_safe
def live(request):
    """Answer as long as the process does. A failing database must not make anyone restart it."""
    return _answer("live")


@never_cache
@require_safe
def ready(request):
    """Answer 200 and the head of the record while the site can serve and save; else 503 and why.

    That is: the database answers and has every migration of this code, the record ends where the data set says, and the
    disk has room.
    """
    try:
        if waiting := migrations_to_apply():
            return _answer(f"not ready: {waiting} migrations to apply", status=503)
        said = DatasetVersion.objects.values_list("seq", "hash").get(pk=1)
        last = Change.objects.order_by("-seq").values_list("seq", "hash").first()
    except DatabaseError:
        return _answer("not ready: the database does not answer", status=503)
    if last and said != last:
        words = f"not ready: the record ends at row {last[0]}, the data set says row {said[0]}"
        return _answer(words, status=503)
    if free_megabytes() < settings.PLANWATCH_LEAST_FREE_MEGABYTES:
        least = settings.PLANWATCH_LEAST_FREE_MEGABYTES
        return _answer(f"not ready: less than {least} MB are free on the disk", status=503)
    return _answer(f"ready\nrecord: row {said[0]}, head {said[1]}")


def migrations_to_apply() -> int:
    """Return how many migrations of this code the database lacks. Raises DatabaseError where it is not reached."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def free_megabytes() -> int:
    """Return the room on the fullest of the disks that this machine writes to: its SQLite file, the published data sets."""
    folders = [Path(settings.PLANWATCH_DATASETS)]
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():
        folders.append(Path(connection.settings_dict["NAME"]).parent)
    there = (
        next(item for item in (folder, *folder.parents) if item.exists()) for folder in folders
    )
    return min(shutil.disk_usage(folder).free for folder in there) // 1024**2


def _answer(text, status=200):
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
