"""Health checks: liveness and readiness."""

import shutil
import time
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from commitments.models import Change, DatasetVersion
from planwatch.db.clock import doubt

# For so long an answer is given again: asking often costs nothing.
SECONDS = 2


@never_cache
@require_safe
def live(request):
    """Answer as long as the process does. A failing database must not make anyone restart it."""
    return _answer("live")


@never_cache
@require_safe
def ready(request):
    """Answer 200 while the site can serve and save, else 503.

    That is: the database answers and has every migration of this code, the record ends where the data set says, the
    clock may stamp it, and the disk has room. What is wrong, and the head of the record, is said on networks of one's
    own alone.
    """
    problem, head = _state(int(time.monotonic() / SECONDS))
    words, detail = ("not ready", f": {problem}") if problem else ("ready", f"\n{head}")
    return _answer(words + detail * _is_internal(request), status=503 if problem else 200)


@lru_cache(maxsize=1)
def _state(moment: int) -> tuple[str, str]:
    """Return what is wrong, or "", and the head of the record. Asked anew for each of the moments alone."""
    try:
        if waiting := migrations_to_apply():
            return f"{waiting} migrations to apply", ""
        *said, changed_at = DatasetVersion.objects.values_list("seq", "hash", "changed_at").get(
            pk=1
        )
        last = Change.objects.order_by("-seq").values_list("seq", "hash").first()
        wrong = doubt(changed_at)
    except DatabaseError:
        return "the database does not answer", ""
    if last and tuple(said) != last:
        wrong = f"the record ends at row {last[0]}, the data set says row {said[0]}"
    elif free_megabytes() < (least := settings.PLANWATCH_MIN_FREE_DISK_MB):
        wrong = f"less than {least} MB are free on the disk"
    return wrong, f"record: row {said[0]}, head {said[1]}"


def _is_internal(request) -> bool:
    """Return whether a request comes from a private network; one that a proxy of unknown trust passed on does not."""
    if "X-Forwarded-For" in request.headers and not settings.PLANWATCH_TRUSTED_PROXIES:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_private
    except ValueError:
        return False


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
