"""Which database answers whom, when standbys are behind, away, or the only ones left."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connections

from planwatch.db import dataset_version
from planwatch.db.replicas import PRIMARY, STANDBY, Router, reading_from, settle
from tests.test_settings import TRUE_SECRET, start


class Shown:
    """What Redis keeps, in memory; with `away`, Redis does not answer."""

    known, away = None, False

    @classmethod
    def highest(cls, number, *, certain=False, anew=False):
        if cls.away:
            return None
        if anew or (certain and cls.known is None):
            cls.known = number
        elif cls.known is not None:
            cls.known = max(cls.known, number)
        return cls.known


@pytest.fixture
def databases(settings, monkeypatch):
    """Set the version that each database holds; None is one that does not answer."""
    held = {PRIMARY: 7, STANDBY: 7}

    def latest(alias):
        if held[alias] is None:
            raise OperationalError
        return dataset_version.Version(held[alias], "", dt.datetime.now(dt.UTC))

    monkeypatch.setattr(dataset_version, "_latest", latest)
    monkeypatch.setattr(dataset_version, "PATIENCE", 0)
    monkeypatch.setitem(settings.DATABASES, STANDBY, {})
    monkeypatch.setattr(Shown, "known", 7)
    monkeypatch.setattr(Shown, "away", False)
    monkeypatch.setattr(dataset_version, "_highest", Shown.highest)
    settle(PRIMARY)
    yield held
    settle(PRIMARY)


def answered(request):
    """Let a request read its dataset version, as all do; return which database answers it, and the version."""
    found = []
    ask = dataset_version.monotonic_reads(
        lambda request: found.append(dataset_version.version_for(request).version)
    )
    ask(request)
    return reading_from(), *found


def test_who_only_reads_is_answered_by_a_standby(rf, databases):
    assert answered(rf.get("/commitments/")) == (STANDBY, 7)
    assert Router().db_for_read(None) == STANDBY
    assert Router().db_for_write(None) == PRIMARY


@pytest.mark.parametrize(
    ("method", "address", "more"),
    [
        ("get", "/", {"headers": {"authorization": "Token x"}}),
        ("get", "/", {"headers": {"cookie": "sessionid=x"}}),
        ("get", "/es/editor/", {}),
        ("get", "/accounts/login/", {}),
        ("get", "/healthz/ready", {}),
        ("post", "/", {}),
    ],
)
def test_everybody_else_is_answered_by_the_primary(rf, databases, method, address, more):
    assert answered(getattr(rf, method)(address, **more)) == (PRIMARY, 7)


def test_a_standby_that_is_behind_what_was_shown_does_not_answer(rf, databases):
    databases[PRIMARY] = 8
    assert answered(rf.get("/")) == (STANDBY, 7)
    assert answered(rf.get("/", headers={"authorization": "Token x"})) == (PRIMARY, 8)
    assert answered(rf.get("/")) == (PRIMARY, 8)
    databases[STANDBY] = 8
    assert answered(rf.get("/")) == (STANDBY, 8)


def test_a_write_is_found_by_the_next_reader(rf, databases):
    databases[PRIMARY] = 8
    dataset_version.monotonic_reads(lambda request: None)(rf.post("/"))
    assert answered(rf.get("/")) == (PRIMARY, 8)


def test_what_one_standby_has_shown_the_primary_shows_too_before_it_answers(
    rf, databases, monkeypatch
):
    databases[STANDBY] = 8
    assert answered(rf.get("/")) == (STANDBY, 8)
    monkeypatch.setattr(dataset_version, "PATIENCE", 60)
    clock = SimpleNamespace(monotonic=lambda: 0, sleep=lambda _: databases.update({PRIMARY: 8}))
    monkeypatch.setattr(dataset_version, "time", clock)
    assert answered(rf.get("/editor/")) == (PRIMARY, 8)


def test_what_was_lost_with_a_primary_is_not_waited_for_twice(rf, databases, caplog):
    databases[STANDBY] = 6
    Shown.known = 9
    assert answered(rf.get("/")) == (PRIMARY, 7)
    assert "Version 9 was shown and is lost" in caplog.text
    assert Shown.known == 7


def test_where_nobody_knows_what_was_shown_the_primary_answers(rf, databases):
    Shown.known = None
    assert answered(rf.get("/")) == (PRIMARY, 7)
    assert answered(rf.get("/")) == (STANDBY, 7)
    Shown.away = True
    assert answered(rf.get("/")) == (PRIMARY, 7)


def test_a_standby_that_does_not_answer_is_done_without_and_so_is_the_primary(rf, databases):
    databases[STANDBY] = None
    assert answered(rf.get("/")) == (PRIMARY, 7)
    databases.update({PRIMARY: None, STANDBY: 7})
    assert answered(rf.get("/")) == (STANDBY, 7)
    dataset_version.monotonic_reads(lambda request: None)(rf.post("/"))


@pytest.mark.django_db
def test_without_standbys_nothing_is_asked_but_the_database(client, monkeypatch):
    monkeypatch.setattr(dataset_version, "_highest", None)
    assert STANDBY not in connections.settings
    assert client.get("/commitments/").status_code == 200


def test_a_redis_that_does_not_answer_knows_nothing(settings):
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    settings.CACHES = {"default": redis | {"LOCATION": "redis://127.0.0.1:1/0"}}
    assert dataset_version._highest(7, certain=True) is None


@pytest.mark.parametrize(
    "variables",
    [
        {"DATABASE_URL": "postgres://127.0.0.1/a", "CACHE_URL": ""},
        {"CACHE_URL": "redis://127.0.0.1:6379/0"},
    ],
)
def test_standbys_without_a_primary_or_redis_stop_the_start(variables):
    reading = {"DATABASE_READ_URL": "postgres://127.0.0.1/a"}
    started = start(SECRET_KEY=TRUE_SECRET, **reading, **variables)
    assert started.returncode != 0
    assert "DATABASE_READ_URL is for hot standbys of PostgreSQL" in started.stderr
