"""Cached responses: the same as if they had been made, never those of another request, never out of date."""

import datetime as dt
import gzip
from unittest import mock

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from commitments import services
from planwatch.cache import response_cache
from planwatch.env import Limit
from planwatch.time_zones import day_in
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
def cached(settings, monkeypatch):
    """Cache responses, and return what was stored: (key, (headers, body))."""
    settings.PLANWATCH_RESPONSE_CACHE_MB = 4
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    stored, store = [], caches["responses"].set

    def remember(key, value, timeout):
        stored.append((key, value))
        store(key, value, timeout)

    monkeypatch.setattr(caches["responses"], "set", remember)
    return stored


def seen(client, address, asked):
    """Return everything that a reader gets, and forget what stood beside it."""
    response = client.get(address, **asked)
    headers = {key: value for key, value in response.items() if "Policy" not in key}
    return response.status_code, headers, response.getvalue()


@pytest.mark.django_db
class TestCachedResponse:
    @pytest.mark.parametrize("name", WALKED)
    def test_is_what_would_have_been_made_for_each_way_of_asking(
        self, world, cached, settings, name, client
    ):
        address = ADDRESSES[name].replace("{version}", "1")
        asked = {way: seen(client, address, how) for way, how in DIMENSIONS.items()}
        again = {way: seen(client, address, how) for way, how in DIMENSIONS.items()}
        assert again == asked
        settings.PLANWATCH_RESPONSE_CACHE_MB = 0
        # Made anew in another order: nothing that was cached for one way was given for another.
        for way in reversed(DIMENSIONS):
            assert seen(client, address, DIMENSIONS[way]) == asked[way], way

    @pytest.mark.parametrize("address", [LIST, "/", "/es/commitments/", "/feeds/changes.atom"])
    def test_costs_one_query_also_as_304(
        self, world, cached, client, address, django_assert_num_queries
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

    def test_is_compressed_once(self, world, cached, client):
        client.get(LIST, headers={"accept-encoding": "gzip"})
        ((_, (_, body)),) = cached
        small = client.get(LIST, headers={"accept-encoding": "gzip"})
        assert small.content == body
        assert gzip.decompress(body) == client.get(LIST).content

    def test_is_out_of_use_with_the_next_write(self, world, cached, client):
        addresses = (LIST, f"{LIST}{CODE}/", f"/commitments/{CODE}/", "/commitments/", "/es/")
        before = {address: client.get(address).content for address in addresses}
        change(world["item"], "stalled", dt.date(2022, 2, 1), [world["source"]])
        for address in addresses:
            assert client.get(address).content != before[address], address
        assert client.get(f"{LIST}{CODE}/").json()["status"] == "stalled"

    def test_is_out_of_use_on_the_next_day(self, world, cached, client):
        item = make_commitment("US21-PRT-077", due_on=day_in("America/New_York"))
        address = f"{LIST}{item.code}/"
        assert client.get(address).json()["is_overdue"] is False
        tomorrow = timezone.now() + dt.timedelta(days=1)
        with mock.patch.object(timezone, "now", lambda: tomorrow):
            assert client.get(address).json()["is_overdue"] is True

    def test_is_never_given_to_or_taken_from_who_is_signed_in(self, world, cached):
        services.save_agency(
            slug="dhs", name="D", short_name="D", acronym="D", jurisdiction="US", actor=ACTOR
        )
        editor = client_of("editor")
        editor.get("/commitments/")
        assert not cached
        Client().get("/commitments/")
        assert cached
        assert b"/accounts/logout/" in editor.get("/commitments/").content

    def test_is_nothing_with_a_cookie_an_error_a_redirect_or_a_file(self, world, cached, client):
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
            assert not cached, address

    def test_counts_against_the_limit_like_one_that_is_made(
        self, world, cached, client, settings, tmp_path
    ):
        settings.CACHES = settings.CACHES | counts_in(tmp_path)
        settings.PLANWATCH_LIMITS = {"anonymous": Limit.read("5/day")}
        asked = [client.get(LIST) for _ in range(6)]
        assert [answer.status_code for answer in asked] == [200] * 5 + [429]
        assert "Retry-After" in asked[-1] and "X-Frame-Options" in asked[-1]

    def test_is_not_made_of_a_page_with_a_token_or_a_message(self, world, cached, client):
        client.get("/accounts/login/")
        client.get("/commitments/")
        assert not cached
        Client().get("/commitments/")
        assert len(cached) == 1
        client.cookies["messages"] = "x"
        assert client.get("/commitments/")["Cache-Control"] == "private, no-store"

    def test_is_nothing_where_the_version_was_overtaken(self, world, cached, client):
        with mock.patch.object(response_cache, "etag_of", lambda request: '"1-before"'):
            assert client.get(LIST).status_code == 200
        assert cached == []

    def test_is_no_answer_to_what_was_not_admitted(self, world, cached, client):
        client.get(LIST)
        refused = {"planwatch.refusal": (429, "throttled", "Wait.", 1)}
        assert client.get(LIST, **refused).status_code == 429

    @pytest.mark.parametrize("method", ["get", "set"])
    def test_is_done_without_where_the_cache_does_not_answer(
        self, world, cached, client, monkeypatch, caplog, method
    ):
        def fail(*args):
            raise ConnectionError

        monkeypatch.setattr(caches["responses"], method, fail)
        assert client.get(LIST).status_code == client.get(LIST).status_code == 200
        assert "The response cache cannot be" in caplog.text
