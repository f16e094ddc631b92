"""What `manage.py serve` does before its workers begin."""

import os
import subprocess
import sys
import threading
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from whitenoise.storage import CompressedManifestStaticFilesStorage

from planwatch.management.commands import serve
from tests import killing

WARM = """
import os, sys
import django
django.setup()
from django.db import connections
from planwatch.management.commands.serve import warmed
warmed()
assert not [one for one in connections.all(initialized_only=True) if one.connection]
opened = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")]
assert not [path for path in opened if path.startswith(sys.argv[1])], opened
print(*sorted({"openpyxl", "redis", "numpy"} & {*sys.modules}))
"""


@pytest.mark.sqlite_only
def test_nothing_is_open_that_workers_may_not_share_and_no_rare_library_is_loaded(tmp_path):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "planwatch.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3",
        "PLANWATCH_CACHE_FOLDER": str(tmp_path / "counts"),
        "CACHE_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", WARM, tmp_path],
        cwd=killing.ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def in_a_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_the_connections_of_a_thread_that_ended_are_closed_by_the_next(monkeypatch):
    opened = [Mock(), Mock()]
    of_threads = iter(opened)
    monkeypatch.setattr(serve, "connections", Mock(all=lambda: [next(of_threads)]))
    application = serve.holding(lambda environ, start_response: [b"answered"])

    def work():
        assert application({}, None) == application({}, None) == [b"answered"]

    in_a_thread(work)
    assert not opened[0].close.called
    in_a_thread(work)
    assert opened[0].close.called and not opened[1].close.called


@pytest.mark.django_db
def test_a_connection_may_be_closed_by_another_thread_than_its_own(shared_database):
    def work():
        serve.holding(lambda environ, start_response: connection.ensure_connection())({}, None)
        kept.append(connections["default"])

    kept = []
    in_a_thread(work)
    kept[0].close()
    assert kept[0].connection is None


def test_without_static_files_it_does_not_begin_and_says_what_to_do(
    monkeypatch, settings, tmp_path
):
    settings.STATIC_ROOT = tmp_path
    monkeypatch.setattr(serve, "staticfiles_storage", CompressedManifestStaticFilesStorage())
    with pytest.raises(CommandError, match="collectstatic"):
        call_command("serve")
