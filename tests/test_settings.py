"""README's settings table is complete, and production is the default."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from planwatch.checks import former_names
from planwatch.env import FORMER_NAMES

ROOT = Path(settings.BASE_DIR)
READ = re.compile(r"env\.\w+\(\s*[\"']([A-Z_]+)[\"']")
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
TRUE_SECRET = "a-long-and-random-string-of-more-than-fifty-characters-0123456789"


def start(code="print(settings.DEBUG)", **variables):
    """Load the settings in a new process that has these variables and no others of ours, and run a line with them."""
    ours = {*READ.findall((ROOT / "planwatch/settings.py").read_text("utf-8"))}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, "-c", f"from planwatch import settings\n{code}"],
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
    # The setting of DJANGO_SETTINGS_MODULE, what runserver tells its own second process, and what a parser's own process gets.
    allowed = {
        "manage.py",
        "planwatch/wsgi.py",
        "planwatch/management/commands/develop.py",
        "planwatch/net/isolated.py",
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


@pytest.mark.parametrize(("new", "old"), FORMER_NAMES.items())
def test_a_former_name_is_read_for_one_release_more_and_said(new, old):
    value = "17" if new != "PLANWATCH_CACHE_FOLDER" else "/var/lib/planwatch/counts"
    code = f"print(settings.{new}, settings.PLANWATCH_FORMER_NAMES)"
    started = start(code, DEBUG="1", **{old: value})
    assert started.stdout.split() == [value, f"{{'{old}':", f"'{new}'}}"], started.stderr
    both = start(code, DEBUG="1", **{old: value, new: "18"})
    assert both.stdout.split()[0] == "18"


def test_a_former_name_is_named_by_the_system_check(settings):
    assert former_names() == []
    settings.PLANWATCH_FORMER_NAMES = {"PLANWATCH_COUNTS": "PLANWATCH_CACHE_FOLDER"}
    (message,) = former_names()
    assert "PLANWATCH_COUNTS is now PLANWATCH_CACHE_FOLDER" in message.msg
    assert not message.is_serious()
    settings.PLANWATCH_FORMER_NAMES = {"PLANWATCH_EXPORTS": ""}
    (message,) = former_names()
    assert message.msg == "PLANWATCH_EXPORTS is no longer used."


def test_while_developing_links_in_mail_lead_to_where_the_site_is_served(tmp_path):
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3", "DEBUG": "1"}

    def site(**variables):
        return start("print(settings.PLANWATCH_SITE_URL)", **database, **variables).stdout.strip()

    assert site() == "http://127.0.0.1:8000"
    (tmp_path / "served-at").write_text("http://127.0.0.1:8123")
    assert site() == "http://127.0.0.1:8123"
    assert site(PLANWATCH_SITE_URL="https://dev.example.org/") == "https://dev.example.org"


DOLLARS = "$" + TRUE_SECRET + r"$\$HOME$$"
PRINTED = "print(settings.SECRET_KEY, settings.DATABASES['default']['PASSWORD'])"


def test_a_value_that_begins_with_a_dollar_is_that_value(tmp_path):
    kept = tmp_path / "key"
    kept.write_text(DOLLARS)
    address = "postgres://$user:$ecret%2F$@127.0.0.1:5432/name"
    for key in ({"SECRET_KEY": DOLLARS}, {"SECRET_KEY_FILE": str(kept)}):
        started = start(PRINTED, DATABASE_URL=address, **key)
        assert started.stdout.split() == [DOLLARS, "$ecret/$"], started.stderr


PASSWORD = "Tr0ub4dor-and-3"
MALFORMED = (
    f"postgress://me:{PASSWORD}@127.0.0.1:5432/name",
    f"postgres://me:{PASSWORD}/x@127.0.0.1:5432/name",
    f"postgres://me:12/{PASSWORD}@127.0.0.1:5432/name",
    f"postgres://me:{PASSWORD}@127.0.0.1:port/name",
    f"postgres://me:{PASSWORD}@[::1/name",
    f"me:{PASSWORD}@127.0.0.1/name",
    f"://me:{PASSWORD}@127.0.0.1/name",
)


@pytest.mark.parametrize("address", MALFORMED)
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_READ_URL"])
def test_an_address_of_a_database_that_cannot_be_read_is_refused_without_its_password(
    name, address
):
    good = {"DATABASE_URL": "postgres://me@127.0.0.1:9/name", "CACHE_URL": "redis://127.0.0.1:9"}
    started = start(SECRET_KEY=TRUE_SECRET, **(good | {name: address}))
    said = started.stdout + started.stderr
    assert f"{name} is not understood" in said
    assert PASSWORD[:5] not in said and PASSWORD[-5:] not in said


UNREACHABLE = """
import logging, os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "planwatch.settings"
django.setup()
from django.core.handlers.exception import response_for_exception
from django.db import connection
from django.test import RequestFactory
try:
    connection.ensure_connection()
except Exception as error:
    logging.getLogger("planwatch").error("Cannot connect", exc_info=True)
    logging.getLogger("planwatch").error("With %s", connection.settings_dict)
    request = RequestFactory().get("/")
    request.META.update(os.environ)
    print(response_for_exception(request, error).content.decode())
"""


def test_a_database_out_of_reach_leaves_no_password_in_log_page_or_traceback():
    encoded = "p%40ss%22word%2F3"
    address = f"postgres://me:{encoded}@127.0.0.1:9/name"
    for debug in ("0", "1"):
        started = start(
            UNREACHABLE,
            SECRET_KEY=TRUE_SECRET,
            DATABASE_URL=address,
            DEBUG=debug,
            LOG_FORMAT="json",
        )
        said = started.stdout + started.stderr
        assert "Cannot connect" in said and "With " in said
        assert "conn_params" in said or debug == "0"
        for secret in (encoded, 'p@ss"word/3', "p@ss&quot;word/3", 'p@ss\\"word/3', TRUE_SECRET):
            assert secret not in said, secret
