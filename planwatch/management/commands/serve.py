import gc
import multiprocessing
import sys
import threading
import weakref
from collections import deque
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.template.loader import get_template
from django.urls import get_resolver, reverse
from django.utils import translation
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels


class Command(BaseCommand):
    help = "Serve the site in production, with PLANWATCH_WORKERS processes of PLANWATCH_THREADS threads."
    # planwatch.service makes them, those of production and of the database too.
    requires_system_checks = []

    def handle(self, **options):
        if not getattr(staticfiles_storage, "hashed_files", True):
            raise CommandError(
                "There are no static files, so no page could be shown. Run manage.py collectstatic --no-input first."
            )
        host, _, port = settings.PLANWATCH_BIND.rpartition(":")
        application = holding(warmed())
        # What was imported is shared by the workers as long as nobody writes to it, as the collector would.
        gc.collect()
        gc.freeze()
        # Threads that calculate let those that answer quickly have the interpreter sooner than after Python's 5 ms.
        sys.setswitchinterval(0.001)
        multiprocessing.set_start_method("fork")
        Granian(
            "planwatch.wsgi",
            address=host.strip("[]"),
            port=int(port),
            interface=Interfaces.WSGI,
            workers=settings.PLANWATCH_WORKERS,
            blocking_threads=settings.PLANWATCH_THREADS,
            http=HTTPModes.http1,
            websockets=False,
            # Longer than nginx keeps a connection that nobody uses: the one that closes it must be the one that asks.
            http1_settings=HTTP1Settings(header_read_timeout=75_000),
            blocking_threads_idle_timeout=settings.PLANWATCH_THREAD_IDLE_SECONDS,
            respawn_failed_workers=True,
            workers_kill_timeout=settings.PLANWATCH_SHUTDOWN_TIMEOUT,
            log_level=LogLevels(settings.LOGGING["root"]["level"].lower()),
            log_dictconfig=settings.LOGGING,
        ).serve(target_loader=lambda: application, wrap_loader=False)


class _Mark:
    """Something that a thread alone refers to, so that it ends with the thread."""


class _Connections:
    """The database connections of every thread of this process.

    A server ends threads that have nothing to do. Were a connection of SQLite to go with its thread, SQLite would call
    Python back in the middle of the end of that thread, and the process would die. So connections are held here, and
    those of threads that ended are closed when another begins.
    """

    def __init__(self):
        self._this_thread, self._of, self._ended = threading.local(), {}, deque()

    def hold(self) -> None:
        """Hold the connections of the current thread, and close those of threads that are no more."""
        if hasattr(self._this_thread, "mark"):
            return
        mark = self._this_thread.mark = _Mark()
        # In a thread that ends no code of Python runs: the reference itself is put down.
        self._of[weakref.ref(mark, self._ended.append)] = own = connections.all()
        for connection in own:
            # Another thread will close it.
            connection.inc_thread_sharing()
        while self._ended:
            with suppress(IndexError):
                for connection in self._of.pop(self._ended.popleft()):
                    connection.close()


def holding(application):
    """Wrap a WSGI application: the connections of a thread outlive it, and are closed by the next."""
    held = _Connections()

    def asked(environ, start_response):
        held.hold()
        return application(environ, start_response)

    return asked


def warmed():
    """Return the application with all read that a first request would, but for what no two processes may share."""
    from planwatch.wsgi import application

    get_resolver().url_patterns  # noqa: B018  imports every view
    folder = Path(settings.BASE_DIR, "templates")
    for path in folder.rglob("*.*"):
        get_template(str(path.relative_to(folder)))
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            reverse("home")
    return application
