"""The site as readers get it, for tests with a browser and for photographs: production settings, the real data set,
a process and a database file of its own. Nothing here touches the database of the other tests."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.urls import URLPattern, get_resolver, reverse

from planwatch.web.error_views import page_not_found
from tests import fonts
from tests.kept_data_set import ROOT, kept_database

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
LAUNCH = {
    "executable_path": CHROMIUM,
    "env": fonts.environment(),
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}

# Not pages for readers: data, signed-in work, what the key of a mail opens, and questions of machines.
# Nor is a saved query one: there is none before somebody saves it.
NOT_PAGES = ("accounts/", "admin/", "alerts/", "api/", "data/planwatch-", "data/q/<", "editor/")
NOT_PAGES += ("healthz/", "rounds/")
# What a page that needs a key is looked at with. A new page with a key fails the tests until it has one here.
EXAMPLES = {
    "commitment_detail": {"code": "US21-PRV-001"},
    "commitment_embed": {"code": "US21-PRV-001"},
    "pillar_detail": {"slug": "protection"},
    "plan_detail": {"slug": "us-nap-2021"},
    "theme_detail": {"code": "training"},
    "pillar_embed": {"slug": "protection"},
    "agency_detail": {"slug": "dhs"},
    "source_detail": {"slug": "wh-2021-plan"},
    "commitment_brief": {"code": "US21-PRV-001"},
    "pillar_brief": {"key": "protection"},
    "plan_brief": {"key": "us-nap-2021"},
    "plan_questions": {"key": "us-nap-2021"},
    "theme_brief": {"key": "training"},
    "agency_brief": {"key": "dhs"},
    "agency_questions": {"key": "dhs"},
}
# The key that signs the head of the record, and its public half.
RECORD_KEY = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB
-----END PRIVATE KEY-----
"""
RECORD_KEYS = "localhost/record+57e9e99a+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
# What a page is asked that shows nothing without a question.
QUERIES = {"agency_comparison": "?agency=dhs&agency=doj", "search": "?q=T+visa"}


def public_addresses() -> list[str]:
    """Return one address for every page in the urlconf, so that no new page is forgotten. Files are not pages."""
    return [
        reverse(name, kwargs=EXAMPLES.get(name)) + QUERIES.get(name, "")
        for route, name in _routes(get_resolver().url_patterns)
        if name and not route.startswith(NOT_PAGES) and route[-1:] in ("", "/")
    ]


def _routes(patterns, before=""):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if pattern.callback is not page_not_found:
                yield route, pattern.name
        elif not route.startswith(NOT_PAGES):
            yield from _routes(pattern.url_patterns, route)


@contextmanager
def serving(folder: Path, accounts: bool = False, database: Path | None = None):
    """Serve the site from `folder`, which several processes may share, and give its address without a last slash.

    With a `database` it has a copy of that, else the data set. With `accounts` it has those of `demo_accounts`, one or more for each role.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = folder / f"site-{port}.sqlite3"
    prepared = _prepared(folder)
    shutil.copy(database or prepared, own)
    if accounts:
        _manage("demo_accounts", _environment(own) | {"DEBUG": "1"})
    with (folder / f"site-{port}.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=_environment(own) | {"PLANWATCH_BIND": f"127.0.0.1:{port}"},
            stdout=log,
            stderr=log,
        )
        try:
            site = f"http://127.0.0.1:{port}"
            _wait_for(site, server, log.name)
            yield site
        finally:
            server.terminate()
            server.wait(10)


def _prepared(folder: Path) -> Path:
    """Return a database file with the data set. The first process makes it, the others wait for it."""
    finished, making = folder / "prepared.sqlite3", folder / "making.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            with ThreadPoolExecutor() as beside:
                # The compressed files take as long as the data.
                files = beside.submit(_manage, "collectstatic --no-input", _environment(making))
                (folder / "record.pem").write_text(RECORD_KEY)
                shutil.copy(kept_database(), making)
                for words in ("publish_dataset", f"sign_head --key {folder / 'record.pem'}"):
                    _manage(words, _environment(making))
                files.result()
            making.rename(finished)
    return finished


def _manage(words: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", *words.split(), "--verbosity=0"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")


def _environment(database: Path) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.live_settings",
        "DEBUG": "0",
        "SECRET_KEY": "for-tests-only-" + "x" * 50,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SECURE_SSL_REDIRECT": "0",
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": f"sqlite:///{database}",
        # Other tests read the project's own folder meanwhile.
        "STATIC_ROOT": str(database.parent / "staticfiles"),
        # A fuzzer and eight browsers ask from one address.
        "PLANWATCH_LIMIT_ANONYMOUS": "off",
        "PLANWATCH_LIMIT_SIGNED_IN": "off",
        "PLANWATCH_LIMIT_TOKEN": "off",
        "PLANWATCH_LIMIT_EXPORT": "off",
        "PLANWATCH_LIMIT_SIGN_IN": "off",
        "PLANWATCH_LIMIT_ACCOUNT": "off",
        "PLANWATCH_LIMIT_FOLLOW": "off",
        "PLANWATCH_LIMIT_CONFIRM": "off",
        "PLANWATCH_LIMIT_CONFIRMATIONS": "off",
        "EMAIL_URL": f"filemail:///{database.parent}/mail-{database.stem}",
        "PLANWATCH_RECORD_KEYS": RECORD_KEYS,
        "PLANWATCH_SECOND_FACTOR": "0",
        "PLANWATCH_WORKERS": "1",
        "PLANWATCH_SHUTDOWN_TIMEOUT": "1",
        "PLANWATCH_CACHE_FOLDER": str(database.parent / f"cache-{database.stem}"),
        "PLANWATCH_DATASETS": str(database.parent / "datasets"),
    }


def _wait_for(site: str, server: subprocess.Popen, log: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{site}/healthz/ready").close()
            return
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from error
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"The site did not start: {Path(log).read_text()}")
