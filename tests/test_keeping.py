"""Answers that are kept: the same as if they had been made, never those of another request, never out of date."""

import datetime as dt
import gzip
import threading
import time
from unittest import mock

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from commitments import services
from planwatch.cache import response_cache
from planwatch.cache.version_cache import Memory, OfOneVersion
from planwatch.db.dataset_version import Version
from planwatch.env import Limit
from tests.factories import ACTOR, change, make_commitment
from tests.golden_world import ADDRESSES, CODE
from tests.test_access import client_of
from tests.test_limits import counts_in

# What an answer depends on beside its address: each of `Vary`, the host and the scheme.
DIMENSIONS = {
    "plain": {},
    "compressed": {"headers": {"accept-encoding": "gzip, br"}},
    "for htmx": {"headers": {"hx-request": "true"}},
    "as csv": {"headers": {"accept": "text/csv"}},
    "from elsewhere": {"headers": {"origin": "https://elsewhere.example"}},
    "by another name": {"headers": {"host": "localhost"}},
    "by https": {"secure": True},
}
LIST = "/api/v1/commitments/"
# Each path once. Left out: what is never kept, and what takes long to make and is like another that is asked.
LEFT_OUT = ("machine-live", "machine-ready", "api-schema", "picture-share", "file-version")
PATHS = {address.partition("?")[0]: name for name, address in reversed(ADDRESSES.items())}
WALKED = [name for name in PATHS.values() if name not in LEFT_OUT and "-es" not in name]


@pytest.fixture
def kept(settings, monkeypatch):
    """Keep answers, and tell how many bytes of them."""
    settings.PLANWATCH_RESPONSE_CACHE_MB = 4
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    answers = OfOneVersion()
    monkeypatch.setattr(response_cache, "_answers", answers)
    return lambda: answers._memory.held


def seen(client, address, asked):
    """Return everything that a reader gets, and forget what stood beside it."""
    response = client.get(address, **asked)
    headers = {key: value for key, value in response.items() if "Policy" not in key}
    return response.status_code, headers, response.getvalue()


def given_at_once(address, asked):
    """Return what the server gives before Django begins, in the form of `seen`; None where it leaves it to Django."""
    found = {}

    def start_response(status, headers):
        found.update(
            status=int(status[:3]), headers={k: v for k, v in headers if "Policy" not in k}
        )

    pieces = response_cache.give_at_once(lambda *left: [])(
        RequestFactory().get(address, **asked).environ, start_response
    )
    return (found["status"], found["headers"], b"".join(pieces)) if found else None


@pytest.mark.django_db
class TestWhatIsKept:
    @pytest.mark.parametrize("name", WALKED)
    def test_is_what_would_have_been_made_for_each_way_of_asking(
        self, world, kept, settings, name, client
    ):
        address = ADDRESSES[name].replace("{version}", "1")
        asked = {way: seen(client, address, how) for way, how in DIMENSIONS.items()}
        again = {way: seen(client, address, how) for way, how in DIMENSIONS.items()}
        assert again == asked
        at_once = {way: given_at_once(address, how) for way, how in DIMENSIONS.items()}
        assert all(given in (None, asked[way]) for way, given in at_once.items())
        assert any(at_once.values()) or not kept()
        settings.PLANWATCH_RESPONSE_CACHE_MB = 0
        # Made anew in another order: nothing that was kept for one way was given for another.
        for way in reversed(DIMENSIONS):
            assert seen(client, address, DIMENSIONS[way]) == asked[way], way

    @pytest.mark.parametrize("address", [LIST, "/", "/es/commitments/", "/feeds/changes.atom"])
    def test_costs_one_query_also_as_304(
        self, world, kept, client, address, django_assert_num_queries
    ):
        first = client.get(address)
        with django_assert_num_queries(1):
            second = client.get(address)
        assert second.content == first.content
        with django_assert_num_queries(1):
            unchanged = client.get(address, headers={"if-none-match": first["ETag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert {name: unchanged[name] for name in ("ETag", "Vary", "Cache-Control")} == {
            name: first[name] for name in ("ETag", "Vary", "Cache-Control")
        }
        assert "Content-Type" not in unchanged

    def test_is_kept_compressed(self, world, kept, client):
        client.get(LIST, headers={"accept-encoding": "gzip"})
        once = kept()
        small = client.get(LIST, headers={"accept-encoding": "gzip"})
        assert gzip.decompress(small.content) == client.get(LIST).content
        assert once - response_cache.OVERHEAD < len(client.get(LIST).content)

    def test_is_out_of_use_with_the_next_write(self, world, kept, client):
        addresses = (LIST, f"{LIST}{CODE}/", f"/commitments/{CODE}/", "/commitments/", "/es/")
        before = {address: client.get(address).content for address in addresses}
        change(world["item"], "stalled", dt.date(2022, 2, 1), [world["source"]])
        for address in addresses:
            assert client.get(address).content != before[address], address
        assert client.get(f"{LIST}{CODE}/").json()["status"] == "stalled"

    def test_is_out_of_use_on_the_next_day(self, world, kept, client):
        item = make_commitment("US21-PRT-077", due_on=timezone.now().date())
        address = f"{LIST}{item.code}/"
        assert client.get(address).json()["is_overdue"] is False
        tomorrow = timezone.now() + dt.timedelta(days=1)
        with mock.patch.object(timezone, "now", lambda: tomorrow):
            assert client.get(address).json()["is_overdue"] is True

    def test_is_never_given_to_or_taken_from_who_is_signed_in(self, world, kept):
        services.save_agency(
            slug="dhs", name="D", short_name="D", acronym="D", jurisdiction="US", actor=ACTOR
        )
        editor = client_of("editor")
        editor.get("/commitments/")
        assert kept() == 0
        Client().get("/commitments/")
        assert kept() > 0
        assert b"/accounts/logout/" in editor.get("/commitments/").content

    def test_is_nothing_with_a_cookie_an_error_a_redirect_or_a_file(self, world, kept, client):
        for address in (
            *(
                "/accounts/login/",
                "/editor/",
                "/nothing/",
                "/commitments/?pilar=x",
                "/healthz/live",
            ),
            *("/commitments/?q=", f"{LIST}?format=csv", "/api/v1/commitments/US21-PRT-999/"),
        ):
            client.get(address)
            client.head(LIST)
            assert kept() == 0, address

    def test_counts_against_the_limit_like_one_that_is_made(
        self, world, kept, client, settings, tmp_path
    ):
        settings.CACHES = settings.CACHES | counts_in(tmp_path)
        settings.PLANWATCH_LIMITS = {"anonymous": Limit.read("5/day")}
        asked = [client.get(LIST) for _ in range(6)]
        assert [answer.status_code for answer in asked] == [200] * 5 + [429]
        assert "Retry-After" in asked[-1] and "X-Frame-Options" in asked[-1]

    def test_is_given_by_the_server_only_to_whom_it_may_be(
        self, world, kept, client, settings, tmp_path, monkeypatch
    ):
        address = f"{LIST}{CODE}/"
        assert given_at_once(address, {}) is None
        etag = client.get(address)["ETag"]
        assert given_at_once(address, {})[0] == 200
        status, headers, body = given_at_once(address, {"headers": {"if-none-match": etag}})
        assert (status, body, headers["ETag"]) == (304, b"", etag)
        assert "Content-Type" not in headers
        for other in (
            {"cookie": "sessionid=x"},
            {"authorization": "Token x"},
            {"if-none-match": '"1-old"'},
            {"host": "elsewhere.example"},
        ):
            assert given_at_once(address, {"headers": other}) is None, other
        other = {"headers": {"if-none-match": client.get("/method/")["ETag"]}}
        monkeypatch.setattr(response_cache, "_answers", OfOneVersion())
        assert client.get("/method/", **other).status_code == 304
        assert given_at_once("/method/", other)[0] == 304
        assert given_at_once("/method/", {}) is None
        client.get(address)
        settings.CACHES = settings.CACHES | counts_in(tmp_path)
        settings.PLANWATCH_LIMITS = {"anonymous": Limit.read("2/day")}
        assert [bool(given_at_once(address, {})) for _ in range(3)] == [True, True, False]
        assert client.get(address).status_code == 429
        settings.PLANWATCH_LIMITS = {}
        change(world["item"], "stalled", dt.date(2022, 2, 1), [world["source"]])
        assert given_at_once(address, {}) is None

    def test_is_found_by_other_processes_in_redis_and_done_without_where_it_does_not_answer(
        self, world, kept, client, settings, monkeypatch
    ):
        in_memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        settings.CACHES = settings.CACHES | {"answers": {**in_memory, "LOCATION": "as-in-redis"}}
        first = client.get(LIST)
        monkeypatch.setattr(response_cache, "_answers", OfOneVersion())
        monkeypatch.setattr(
            response_cache, "_may_be_kept", None
        )  # Nothing is made in the other process.
        assert client.get(LIST).content == first.content
        monkeypatch.undo()
        settings.CACHES = settings.CACHES | {
            "answers": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "redis://127.0.0.1:1/0",
            },
        }
        address = f"{LIST}?page_size=1"
        assert client.get(address).status_code == client.get(address).status_code == 200


def test_many_who_ask_for_the_same_at_once_have_it_made_once(kept, monkeypatch):
    monkeypatch.setattr(response_cache, "etag_of", lambda request: '"1-same"')
    monkeypatch.setattr(response_cache, "edition_of", lambda request: Version(1, "same", None))
    made, everybody = [], threading.Barrier(4)

    def slow(request):
        made.append(request)
        time.sleep(0.05)
        return HttpResponse("x", headers={"ETag": '"1-same"', "Cache-Control": "public"})

    ask = response_cache.response_cache_middleware(slow)
    answers = []

    def reader():
        everybody.wait()
        answers.append(ask(RequestFactory().get("/method/")).content)

    threads = [threading.Thread(target=reader) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"x"] * 4
    assert len(made) == 1
    assert response_cache._under_way == {}


def test_what_is_kept_in_memory_stays_within_its_bound_and_the_least_asked_goes_first():
    memory = Memory(4 << 20)
    for number in range(100):
        memory.keep(f"answer-{number}", b"x", 100_000)
        memory.get("answer-0")
        assert memory.held <= 4 << 20
    assert memory.get("answer-0") and memory.get("answer-99")
    assert memory.get("answer-1") is None
    memory.keep("too-much", b"x", 5 << 20)
    assert memory.get("too-much") is None and memory.get("answer-99")
