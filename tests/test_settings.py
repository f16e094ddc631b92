"""README's settings table is complete, and production is the default."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from planwatch.checks import former_names

ROOT = Path(settings.BASE_DIR)
READ = re.compile(r"env\.\w+\(\s*[\"']([A-Z_]+)[\"']")
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
TRUE_SECRET = "a-long-and-random-string-of-more-than-fifty-characters-0123456789"


def start(setting="DEBUG", **variables):
    """Load the settings in a new process that has these variables and no others of ours, and print one."""
    ours = {*READ.findall((ROOT / "planwatch/settings.py").read_text("utf-8"))}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            f"from planwatch import settings; print(settings.{setting})",
        ],
        env=environment | {"DATABASE_URL": f"sqlite:///{ROOT}/var/none.sqlite3"} | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def table():
    readme = (ROOT / "README.md").read_text("utf-8")
    return set(ROW.findall(readme.split("## Settings")[1].split("\n## ")[0]))


def test_readme_lists_every_variable_that_settings_reads_and_no_other():
    read = set(READ.findall((ROOT / "planwatch/settings.py").read_text("utf-8")))
    assert table() == read


def test_no_other_module_reads_the_environment():
    # The setting of DJANGO_SETTINGS_MODULE, what runserver tells its own second process, and what a backup hands on
    # to the programs that it starts.
    allowed = {
        "manage.py",
        "planwatch/wsgi.py",
        "planwatch/management/commands/develop.py",
        "planwatch/backups/postgresql.py",
        "planwatch/backups/sqlite.py",
    }
    reads = {
        str(path.relative_to(ROOT))
        for folder in ("planwatch", "agencies", "commitments")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv|\benv\.\w+\(", path.read_text("utf-8"))
    }
    assert reads - allowed == {"planwatch/settings.py"}


def test_the_example_file_names_only_variables_that_exist():
    example = (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)) <= table()


def test_debug_is_off_by_default():
    started = start(SECRET_KEY=TRUE_SECRET)
    assert (started.returncode, started.stdout) == (0, "False\n"), started.stderr


def test_production_does_not_start_without_a_secret_key():
    started = start()
    assert started.returncode != 0
    assert "SECRET_KEY is not set" in started.stderr


@pytest.mark.parametrize(
    "key",
    [
        "short-but-random-8Jd2kQ",
        "x" * 64,
        "django-insecure-" + TRUE_SECRET,
    ],
)
def test_production_does_not_start_with_a_key_that_others_know_or_could_guess(key):
    started = start(SECRET_KEY=key)
    assert started.returncode != 0
    assert "SECRET_KEY is one that others know, or could guess" in started.stderr
    assert key not in started.stderr


@pytest.mark.parametrize("hosts", ["localhost,planwatch.example.org", "*"])
def test_debug_does_not_start_under_a_name_that_others_reach(hosts):
    started = start(DEBUG="1", ALLOWED_HOSTS=hosts)
    assert started.returncode != 0
    assert "DEBUG is on and ALLOWED_HOSTS names hosts other than this machine" in started.stderr


def test_debug_starts_under_the_names_of_this_machine():
    started = start(DEBUG="1", ALLOWED_HOSTS="localhost,127.0.0.1,[::1],planwatch.localhost")
    assert (started.returncode, started.stdout) == (0, "True\n"), started.stderr


def test_production_does_not_start_under_every_name():
    started = start(SECRET_KEY=TRUE_SECRET, ALLOWED_HOSTS="planwatch.example.org, *")
    assert started.returncode != 0
    assert "ALLOWED_HOSTS holds *" in started.stderr


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///planwatch.sqlite3"])
def test_production_does_not_start_on_sqlite_without_a_whole_path(address):
    started = start(SECRET_KEY=TRUE_SECRET, DATABASE_URL=address)
    assert started.returncode != 0
    assert "DATABASE_URL names SQLite without a whole path" in started.stderr


def test_developing_needs_no_secret_key():
    started = start(DEBUG="1")
    assert (started.returncode, started.stdout) == (0, "True\n"), started.stderr


def test_a_database_address_that_is_not_one_stops_the_start_and_says_what_to_write():
    started = start(DEBUG="1", DATABASE_URL="planwatch")
    assert started.returncode != 0
    assert "DATABASE_URL is not understood. Write sqlite:///" in started.stderr


def test_a_number_that_is_not_one_stops_the_start():
    started = start(DEBUG="1", PLANWATCH_STALE_AFTER_DAYS="a year")
    assert started.returncode != 0


def test_the_former_name_of_the_cache_folder_is_read_once_more_and_said(settings):
    assert former_names() == []
    settings.PLANWATCH_COUNTS = "/var/lib/planwatch/counts"
    (message,) = former_names()
    assert "PLANWATCH_COUNTS is now PLANWATCH_CACHE_FOLDER" in message.msg
    assert not message.is_serious()


def test_while_developing_links_in_mail_lead_to_where_the_site_is_served(tmp_path):
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3", "DEBUG": "1"}

    def site(**variables):
        return start("PLANWATCH_SITE_URL", **database, **variables).stdout.strip()

    assert site() == "http://127.0.0.1:8000"
    (tmp_path / "served-at").write_text("http://127.0.0.1:8123")
    assert site() == "http://127.0.0.1:8123"
    assert site(PLANWATCH_SITE_URL="https://dev.example.org/") == "https://dev.example.org"
