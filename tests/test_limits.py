"""Who asks too much is asked to wait, by all processes together; who keeps to a limit never is."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from axes.models import AccessAttempt
from django.conf import settings as current
from django.contrib.auth.models import User
from django.core.cache import caches
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st

from planwatch.accounts.tokens import make_token
from planwatch.env import Limit
from planwatch.middleware import rate_limit
from planwatch.middleware.client_ip import client_ip


def counts_in(folder):
    disk = {"BACKEND": "planwatch.cache.disk_cache.DiskCache", "LOCATION": str(folder), "SHARDS": 1}
    return {"default": disk}


@pytest.fixture
def counting(settings, tmp_path, monkeypatch):
    """Count in a folder of one's own while the clock stands still, and give a way to set limits."""
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(time=lambda: 1_000_000.0))
    # A slow machine must not make a request dearer.
    monkeypatch.setattr(rate_limit, "UNIT_SECONDS", 3600)
    settings.CACHES = settings.CACHES | counts_in(tmp_path)

    def set_limits(**most):
        settings.PLANWATCH_LIMITS = {kind: Limit.read(text) for kind, text in most.items()}

    return set_limits


def statuses(client, times, address="/robots.txt", **asked):
    return [client.get(address, **asked).status_code for _ in range(times)]


@pytest.fixture
def account(db):
    return User.objects.create_user("reader", password="a long enough passphrase")


@pytest.mark.django_db
def test_every_answer_of_the_api_says_what_is_left_of_the_limit(counting, client, settings):
    counting(anonymous="3/minute")
    for kept, left in ((0, 2), (64, 1), (64, 0), (64, 0)):
        settings.PLANWATCH_RESPONSE_CACHE_MB = kept
        answer = client.get("/api/v1/pillars/")
        assert answer["RateLimit-Policy"] == '"anonymous";q=3;w=60'
        assert answer["RateLimit"] == f'"anonymous";r={left};t=20'
    assert answer.status_code == 429 and answer["Retry-After"] == "20"
    assert "RateLimit" not in client.get("/method/")


@pytest.mark.django_db
def test_the_request_after_the_last_is_asked_to_wait_in_words_and_seconds(counting, client):
    counting(anonymous="3/day")
    assert statuses(client, 4) == [200, 200, 200, 429]
    page = client.get("/es/method/")
    assert page.status_code == 429
    assert 1 <= int(page["Retry-After"]) <= 86_400
    assert page["Cache-Control"] == "no-store"
    assert "Demasiadas solicitudes" in page.content.decode()
    answer = client.get("/api/v1/commitments/")
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/json")
    (error,) = answer.json()["errors"]
    assert answer.json()["type"] == "client_error"
    assert (error["code"], error["attr"]) == ("throttled", None)
    assert answer["Retry-After"] in error["detail"]
    assert client.get("/healthz/live").status_code == 200


@pytest.mark.django_db
def test_a_refused_query_counts_like_any_other_request(counting, client):
    counting(anonymous="2/day")
    endless = "/api/v1/commitments/?" + "&".join(["source=a"] * 900)
    assert statuses(client, 3, endless) == [400, 400, 429]


@pytest.mark.django_db
def test_each_kind_of_client_has_a_limit_of_its_own(counting, account):
    counting(anonymous="1/day", signed_in="2/day", token="3/day")
    _, secret = make_token(account, name="test", expires_in_days=1, read_only=True)
    signed_in = Client()
    signed_in.force_login(account)
    by_token = Client(headers={"authorization": f"Token {secret}"})
    assert statuses(Client(), 2) == [200, 429]
    assert statuses(signed_in, 3) == [200, 200, 429]
    assert statuses(by_token, 4) == [200, 200, 200, 429]
    assert statuses(Client(), 1, REMOTE_ADDR="192.0.2.9") == [200]


@pytest.mark.django_db
def test_a_session_or_token_of_nobody_does_not_open_another_account_of_requests(counting):
    counting(anonymous="2/day", signed_in="9/day", token="9/day")
    made_up = [{"authorization": f"Token {number:064x}"} for number in range(3)]
    answered = [Client().get("/api/v1/plans/", headers=each).status_code for each in made_up]
    assert answered[-1] == 429
    client = Client()
    client.cookies["sessionid"] = "x" * 32
    assert statuses(client, 1) == [429]


@pytest.mark.django_db
def test_files_are_counted_apart_from_pages(counting, client, world):
    counting(anonymous="100/day", export="2/day")
    lists = "/api/v1/plans/"
    assert statuses(client, 1, f"{lists}?format=csv") == [200]
    assert statuses(client, 1, lists, headers={"accept": "application/x-ndjson"}) == [200]
    assert statuses(client, 1, f"{lists}?format=xlsx") == [429]
    assert statuses(client, 1, "/data/planwatch-latest.zip") == [429]
    assert statuses(client, 2, lists) == [200, 200]


@pytest.mark.django_db
def test_attempts_to_sign_in_are_counted_by_address_for_every_account(counting, account):
    counting(sign_in="3/day")
    wrong = {"username": "reader", "password": "wrong"}
    signed_in = Client()
    signed_in.force_login(account)
    basic = {"authorization": "Basic cmVhZGVyOndyb25n"}
    assert Client().post("/accounts/login/", wrong).status_code == 200
    assert Client().post("/es/accounts/login/", wrong).status_code == 200
    assert Client().get("/api/v1/auth/tokens/", headers=basic).status_code == 401
    assert Client().post("/accounts/login/", wrong).status_code == 429
    assert signed_in.post("/accounts/login/", wrong).status_code == 429
    assert Client().get("/api/v1/auth/tokens/", headers=basic).status_code == 429
    assert Client().get("/accounts/login/").status_code == 200
    assert Client().post("/accounts/login/", wrong, REMOTE_ADDR="192.0.2.9").status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_a_network_of_ipv6_is_one_client(first, second, same):
    of = [rate_limit.network_of(address) for address in (first, second)]
    assert (of[0] == of[1]) is same


ASK = """
import django
django.setup()
from planwatch.middleware.rate_limit import hit
print(sum(not hit("anonymous", "one") for _ in range(60)))
"""


def _ask(folder):
    environment = {
        "DJANGO_SETTINGS_MODULE": "planwatch.settings",
        "PLANWATCH_CACHE_FOLDER": str(folder),
        "PLANWATCH_LIMIT_ANONYMOUS": "100/day",
        "CACHE_URL": "",
    }
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=current.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(asked.stdout)


def test_processes_count_together_and_let_exactly_the_limit_through(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(_ask, [tmp_path] * 3)) == 100


@pytest.fixture(scope="session")
def counts_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("counts")


@given(
    st.integers(1, 5),
    st.floats(0, 1e9),
    st.lists(st.floats(0, 90, allow_nan=False), max_size=40),
)
def test_a_client_that_keeps_to_the_limit_in_every_minute_is_never_refused(
    counts_folder, most, begin, gaps
):
    asked, now = [], begin
    clock = SimpleNamespace(time=lambda: now)
    limit = {"anonymous": Limit(most, 60)}
    with (
        override_settings(PLANWATCH_LIMITS=limit, CACHES=counts_in(counts_folder)),
        patch.object(rate_limit, "time", clock),
    ):
        caches["default"].clear()
        for gap in gaps:
            now += gap
            if sum(now - moment <= 60 for moment in asked) < most:
                asked.append(now)
                assert rate_limit.hit("anonymous", "one") == 0


def test_who_waits_as_told_is_let_in(counting, monkeypatch):
    now = 1_000_000.4
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(time=lambda: now))
    counting(anonymous="1/minute")
    assert rate_limit.hit("anonymous", "one") == 0
    now += rate_limit.hit("anonymous", "one")
    assert rate_limit.hit("anonymous", "one") == 0


@pytest.mark.django_db
def test_where_nothing_can_be_counted_nobody_is_refused(counting, client, settings, caplog):
    counting(anonymous="1/day")
    settings.CACHES = settings.CACHES | {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert statuses(client, 2) == [200, 200]
    assert "Requests cannot be counted" in caplog.text


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "203.0.113.7", "192.0.2.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.66, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.66, 203.0.113.7, 192.0.2.200", "203.0.113.7"),
        (2, "203.0.113.7", "192.0.2.1"),
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "203.0.113.7, <script>", "192.0.2.1"),
    ],
)
def test_the_address_is_what_the_last_trusted_proxy_saw(rf, settings, hops, forwarded, address):
    settings.PLANWATCH_TRUSTED_PROXIES = hops
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": forwarded})
    client_ip(lambda request: None)(request)
    assert request.META["REMOTE_ADDR"] == address


@pytest.mark.django_db
def test_a_forged_address_buys_no_requests_and_no_passwords(counting, account, settings):
    settings.PLANWATCH_TRUSTED_PROXIES = 1
    counting(anonymous="2/day")
    client = Client()
    forged = [{"x-forwarded-for": f"198.51.100.{number}, 203.0.113.7"} for number in range(6)]
    assert [client.get("/robots.txt", headers=each).status_code for each in forged[:3]] == [
        200,
        200,
        429,
    ]
    counting()
    wrong = {"username": "reader", "password": "wrong"}
    answered = [client.post("/accounts/login/", wrong, headers=each).status_code for each in forged]
    assert answered[-1] == 429
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"203.0.113.7"}


@pytest.mark.parametrize("text", ["600", "many/minute", "0/minute", "600/fortnight", "-1/hour", ""])
def test_a_limit_that_is_none_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is no limit. Write a number and one of second"):
        Limit.read(text)
