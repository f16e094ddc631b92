"""What a running site writes: one JSON object a request, what it cost, and never a secret."""

import json
import logging
import re
import shutil

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from planwatch.logging import HIDDEN, JsonFormatter, TextFormatter, without_secrets
from tests import killing

PASSWORD = "a-planted-passphrase-of-mine"
ADDRESS = "ada.lovelace@example.org"
LOG = {"LOG_LEVEL": "INFO", "LOG_FORMAT": "json", "PLANWATCH_METRICS": "1"}
PREPARE = f"""
from django.contrib.auth.models import Group, User
from planwatch.api.token_views import make_token
from tests.factories import make_commitment, make_source
make_source("sheet")
make_commitment("US21-PRT-001")
user = User.objects.create_user("ada", "{ADDRESS}", "{PASSWORD}")
user.groups.add(Group.objects.get(name="Editor"))
print(make_token(user, name="script", expires_in_days=1, read_only=False)[1])
"""


class Run:
    """A run of the real server: who signed in, what was planted, and what it wrote."""

    def __init__(self, folder, database):
        shutil.copy(database, folder / "site.sqlite3")
        self.site = killing.Site(folder, f"sqlite:///{folder}/site.sqlite3")
        self.site.environment |= LOG
        shell = ("shell", "--no-imports", "--verbosity=0", "--command", PREPARE)
        self.token = self.site.manage(*shell).strip()
        killing.name_static_files(folder / "static")
        self.log = folder / "log"
        self.http = httpx.Client(timeout=killing.PATIENCE)

    def work(self):
        """Do everything that handles a secret, also wrongly, also while the database is gone."""
        address = f"{self.site.address}/accounts/login/"
        page = self.http.get(address)
        csrf = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        form = {"csrfmiddlewaretoken": csrf, "username": "ada", "password": PASSWORD}
        # By hand: a client keeps such a cookie for HTTPS.
        cookie = {"Cookie": f"csrftoken={page.cookies['csrftoken']}"}
        self.http.post(address, data=form | {"username": ADDRESS}, headers=cookie)
        self.session = self.http.post(address, data=form, headers=cookie).cookies["sessionid"]
        cookie = {"Cookie": f"sessionid={self.session}"}
        self.signed_in = self.http.get(f"{self.site.address}/commitments/", headers=cookie)
        asked = {"q": ADDRESS, "token": self.token}
        self.http.get(f"{self.site.address}/commitments/", params=asked, headers=cookie)
        self.visitor = self.http.get(f"{self.site.address}/commitments/")
        held = {"Authorization": f"Token {self.token}", "If-Match": "*"}
        reviews = f"{self.site.address}/api/v1/commitments/US21-PRT-001/reviews/"
        body = {"reviewed_on": "2024-01-01", "note": "Looked."}
        self.write = self.http.post(
            reviews, json=body, headers=held | {"X-Request-ID": "of-the-proxy-1"}
        )
        self.http.post(
            f"{self.site.address}/api/v1/auth/tokens/", auth=("ada", PASSWORD), json={"name": "x"}
        )
        self.http.post(f"{self.site.address}/api/v1/auth/tokens/", auth=(ADDRESS, PASSWORD + "!"))
        self.metrics = self.http.get(f"{self.site.address}/metrics")
        (self.site.folder / "site.sqlite3").rename(self.site.folder / "elsewhere.sqlite3")
        (self.site.folder / "site.sqlite3").mkdir()
        self.failed = [
            self.http.post(reviews, json=body, headers=held),
            self.http.get(f"{self.site.address}/commitments/", headers=cookie),
            self.http.post(f"{self.site.address}/api/v1/auth/tokens/", auth=(ADDRESS, PASSWORD)),
        ]


@pytest.fixture(scope="module")
def run(tmp_path_factory, pristine_database):
    if connection.vendor != "sqlite":
        pytest.skip("the database does not matter here; it runs with SQLite")
    run = Run(tmp_path_factory.mktemp("logged"), pristine_database)
    run.site.environment["CONN_MAX_AGE"] = "0"
    run.site.start()
    try:
        run.work()
    finally:
        run.site.stop()
    run.lines = run.log.read_text().splitlines()
    run.said = [json.loads(line) for line in run.lines if line.startswith("{")]
    return run


def test_no_secret_is_in_what_a_real_run_writes(run):
    text = run.log.read_text()
    assert "Traceback" in text and "/accounts/login/" in text and run.session
    for secret in (PASSWORD, ADDRESS, run.token, run.session):
        assert secret not in text
    assert "ada" not in {row.get("who") for row in run.said}


def test_no_secret_is_on_a_page_of_failure(run):
    for answer in run.failed:
        assert answer.status_code == 503, answer.text
        assert answer.headers["X-Request-ID"] in {row["request_id"] for row in run.said}
        for secret in (PASSWORD, ADDRESS, run.token, run.session, "Traceback", "site.sqlite3"):
            assert secret not in answer.text


def test_every_request_is_a_line_with_what_it_cost(run):
    (line,) = [row for row in run.said if row["request_id"] == "of-the-proxy-1"]
    assert (line["method"], line["status"], line["who"]) == ("POST", 201, "editor-01")
    assert line["path"] == "/api/v1/commitments/US21-PRT-001/reviews/"
    assert line["queries"] > 5
    assert line["milliseconds"] >= line["database_milliseconds"] > 0
    assert not [row for row in run.said if row.get("path", "").startswith(("/healthz", "/metrics"))]


def test_what_a_request_cost_is_told_to_signed_in_users_alone(run):
    timing = r'total;dur=[\d.]+, db;dur=[\d.]+;desc="\d+ queries"'
    assert re.fullmatch(timing, run.signed_in.headers["Server-Timing"])
    assert re.fullmatch(timing, run.write.headers["Server-Timing"])
    assert "Server-Timing" not in run.visitor.headers


def test_metrics_count_requests_and_hold_no_secret(run):
    assert run.metrics.status_code == 200
    assert "django_http_requests_total_by_method_total" in run.metrics.text
    for secret in (PASSWORD, ADDRESS, run.token, run.session):
        assert secret not in run.metrics.text


def test_there_are_no_metrics_unless_they_are_asked_for(client, db):
    assert client.get("/metrics", follow=True).status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "Key (email)=(ada.lovelace@example.org) already exists.",
        "Authorization: Token 0123456789abcdef0123456789abcdef",
        "Basic YWRhOnNlY3JldA==",
        "{'password': 'hunter22'}",
        "sessionid=abcdefghijklmnop; path=/",
    ],
)
def test_what_looks_like_a_secret_is_hidden_wherever_it_comes_from(text):
    safe = without_secrets(text)
    assert HIDDEN in safe
    for secret in ("lovelace", "0123456789abcdef", "YWRh", "hunter22", "abcdefghijklmnop"):
        assert secret not in safe


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_a_failure_is_told_with_its_place_and_without_secrets(formatter):
    try:
        raise ValueError("password=hunter22")
    except ValueError as error:
        found = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "It failed for %s", ("a@b.org",), found)
    text = formatter.format(record)
    assert "test_logs.py" in text
    assert "hunter22" not in text and "a@b.org" not in text


def test_a_visitor_costs_no_query_more_because_the_request_is_logged(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client().get("/healthz/live").status_code == 200
    assert not User.objects.exists()
