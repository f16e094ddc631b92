"""Two questions of whatever keeps the service running: does the process answer, and can it serve readers?"""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def live(request):
    """Answer as long as the process does. A failing database must not make anyone restart it."""
    return _answer("live")


@never_cache
@require_safe
def ready(request):
    """Answer 200 only while the database is reached and has every migration of this code; else 503 and why."""
    try:
        waiting = migrations_to_apply()
    except DatabaseError:
        return _answer("not ready: the database does not answer", status=503)
    if waiting:
        return _answer(f"not ready: {waiting} migrations to apply", status=503)
    return _answer("ready")


def migrations_to_apply() -> int:
    """Return how many migrations of this code the database lacks. Raises DatabaseError where it is not reached."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _answer(text, status=200):
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
