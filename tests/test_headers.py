"""What every kind of answer says to browsers, with the values of production: read from settings started that way."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings as current
from django.test import Client

from tests.test_access import client_of

OF_PRODUCTION = re.compile(r"^(SECURE_|SESSION_COOKIE_|CSRF_COOKIE_|X_FRAME|CONTENT_SECURITY)")
PRINT = """
import json
from planwatch import settings
print(json.dumps({name: value for name, value in vars(settings).items() if name.isupper()}, default=str))
"""
ALWAYS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# Where the program, its language or its server would give themselves away.
TALKATIVE = {"server", "x-powered-by", "x-runtime", "x-version", "x-debug", "x-generator", "via"}
NAMES = re.compile(r"django|python|granian|whitenoise|debug|traceback", re.IGNORECASE)


@pytest.fixture(scope="module")
def production():
    """Return the settings of a start in production that tell browsers something."""
    told = subprocess.run(
        [sys.executable, "-c", PRINT],
        env=os.environ
        | {
            "DEBUG": "0",
            "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789-xyz",
            "ALLOWED_HOSTS": "testserver",
            "DATABASE_URL": f"sqlite:///{current.BASE_DIR}/var/none.sqlite3",
        },
        cwd=current.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(told.stdout)
    return {name: value for name, value in found.items() if OF_PRODUCTION.match(name)}


@pytest.fixture
def as_in_production(production, settings, tmp_path):
    for name, value in production.items():
        setattr(settings, name, value)
    settings.SECURE_REDIRECT_EXEMPT = tuple(settings.SECURE_REDIRECT_EXEMPT)
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "site.css").write_text("body { margin: 0 }")


def answers():
    """Yield a name and an answer for every kind that the site gives."""
    visitor = Client(raise_request_exception=False)
    get = visitor.get
    yield "redirect to HTTPS", Client().get("/")
    for name, address in {
        "page": "/",
        "page in Spanish": "/es/method/",
        "commitment": "/commitments/US21-PRT-001/",
        "picture": "/commitments.svg",
        "shared picture": "/commitments/US21-PRT-001/share.png",
        "feed": "/feeds/changes.atom",
        "calendar": "/feeds/deadlines.ics",
        "citation": "/commitments/US21-PRT-001/cite.bib",
        "API": "/api/v1/commitments/",
        "API's pages": "/api/v1/docs/",
        "schema": "/api/v1/schema/",
        "CSV": "/api/v1/commitments/?format=csv",
        "NDJSON": "/api/v1/commitments/?format=ndjson",
        "XLSX": "/api/v1/commitments/?format=xlsx",
        "static file": "/static/site.css",
        "missing static file": "/static/none.css",
        "sign-in": "/accounts/login/",
        "redirect to sign-in": "/editor/",
        "redirect of the admin": "/admin/",
        "redirect to a shorter address": "/commitments/?q=",
        "redirect to a slash": "/commitments",
        "health": "/healthz/live",
        "robots": "/robots.txt",
        "no such page": "/no-such-page/",
        "no such file": "/no-such-file",
        "no such thing by API": "/api/v1/nothing/",
        "wrong parameter of a page": "/commitments/?pilar=protection",
        "wrong parameter of the API": "/api/v1/commitments/?pilar=protection",
        "wrong token": "/api/v1/auth/tokens/",
    }.items():
        yield name, get(address, secure=True)
    tag = get("/", secure=True)["ETag"]
    yield "not modified", get("/", secure=True, headers={"if-none-match": tag})
    yield "wrong method", visitor.post("/", secure=True)
    yield "head", visitor.head("/commitments/", secure=True)
    yield (
        "preflight",
        visitor.options(
            "/api/v1/commitments/",
            secure=True,
            headers={"origin": "https://a.example", "access-control-request-method": "GET"},
        ),
    )
    yield "wrong host", get("/", secure=True, headers={"host": "other.example"})
    strict = Client(enforce_csrf_checks=True)
    yield "form of another site", strict.post("/accounts/login/", {"username": "a"}, secure=True)
    administrator = client_of("administrator")
    for address in (
        "/admin/",
        "/admin/auth/user/",
        "/editor/",
        "/editor/import/templates/source.csv",
    ):
        yield f"administrator's {address}", administrator.get(address, secure=True)
    yield "no right", client_of("member").get("/editor/", secure=True)


@pytest.fixture
def answered(as_in_production, world, monkeypatch):
    """Return every answer by name, with the page for a fault of our own as the last."""
    found = dict(answers())

    def fail(*args, **kwargs):
        raise RuntimeError("a fault")

    monkeypatch.setattr(sys.modules["commitments.views.home"], "render", fail)
    found["fault"] = Client(raise_request_exception=False).get("/?as_of=2024-01-01", secure=True)
    return found


STATUSES = {
    "redirect to HTTPS": 301,
    "page": 200,
    "static file": 200,
    "CSV": 200,
    "redirect to sign-in": 302,
    "not modified": 304,
    "wrong parameter of the API": 400,
    "wrong host": 400,
    "wrong token": 401,
    "form of another site": 403,
    "no right": 403,
    "no such page": 404,
    "wrong method": 405,
    "fault": 500,
    "administrator's /admin/": 200,
}


@pytest.mark.django_db
def test_every_kind_of_answer_carries_every_guarding_header_and_no_telling_one(answered):
    assert {name: answered[name].status_code for name in STATUSES} == STATUSES
    for name, answer in answered.items():
        if name == "not modified":
            continue  # the reader's copy keeps the headers that it came with
        expected = dict(ALWAYS)
        if name == "redirect to HTTPS":
            del expected["Strict-Transport-Security"]  # it means nothing over plain HTTP
        for header, value in expected.items():
            assert answer.get(header) == value, (name, header)
        assert "camera=()" in answer["Permissions-Policy"], name
        policy = answer["Content-Security-Policy"]
        for part in ("default-src", "object-src", "frame-ancestors"):
            assert f"{part} 'none'" in policy, (name, part)
        assert "unsafe" not in policy and "*" not in policy, name
        assert not TALKATIVE & {header.lower() for header in answer.headers}, name
        told = " ".join(value for header, value in answer.headers.items() if header != "Location")
        assert not NAMES.search(told), name


@pytest.mark.django_db
def test_every_cookie_is_for_https_this_site_and_no_script(answered):
    cookies = [
        (name, cookie) for name, answer in answered.items() for cookie in answer.cookies.values()
    ]
    assert {cookie.key for _, cookie in cookies} >= {"csrftoken"}
    for name, cookie in cookies:
        assert cookie["secure"] and cookie["httponly"], (name, cookie.key)
        assert cookie["samesite"] == "Lax", (name, cookie.key)


@pytest.mark.django_db
def test_signing_in_gives_a_cookie_for_https_this_site_and_no_script(as_in_production):
    client_of("editor")
    answer = Client().post(
        "/accounts/login/",
        {"username": "editor", "password": "a long enough passphrase"},
        secure=True,
    )
    cookie = answer.cookies["sessionid"]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"


@pytest.mark.django_db
def test_other_sites_may_take_the_data_and_the_pictures_and_no_page(answered):
    for name in ("API", "CSV", "XLSX", "picture", "shared picture", "feed", "citation", "schema"):
        assert answered[name]["Cross-Origin-Resource-Policy"] == "cross-origin", name
    for name in ("page", "sign-in", "wrong token", "administrator's /admin/", "static file"):
        assert answered[name]["Cross-Origin-Resource-Policy"] == "same-origin", name
    preflight = answered["preflight"]
    assert preflight["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in preflight
