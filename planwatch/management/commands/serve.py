import gc
import multiprocessing
import threading
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections
from django.template.loader import get_template
from django.urls import get_resolver, reverse
from django.utils import translation
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels


class Command(BaseCommand):
    help = "Serve readers, by as many processes and threads as the settings say."
    # planwatch.service makes them, those of production and of the database too.
    requires_system_checks = []

    def handle(self, **options):
        host, _, port = settings.PLANWATCH_BIND.rpartition(":")
        application = closing(warmed())
        # What was imported is shared by the workers as long as nobody writes to it, as the collector would.
        gc.collect()
        gc.freeze()
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
            respawn_failed_workers=True,
            workers_kill_timeout=settings.PLANWATCH_STOP_SECONDS,
            log_level=LogLevels(settings.LOGGING["root"]["level"].lower()),
            log_dictconfig=settings.LOGGING,
        ).serve(target_loader=lambda: application, wrap_loader=False)


class _Connections:
    """What a thread has connected to, closed when the thread ends: otherwise it would wait for the collector."""

    def __init__(self):
        self.all = connections.all()

    def __del__(self):
        for connection in self.all:
            connection.close()


def closing(application):
    """Wrap a WSGI application: a thread that granian ends, since it had nothing to do, leaves no connection behind."""
    of_this_thread = threading.local()

    def asked(environ, start_response):
        if not hasattr(of_this_thread, "connections"):
            of_this_thread.connections = _Connections()
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
