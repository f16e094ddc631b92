"""No client, slow body or held lock takes all threads of a process, and what an answer costs counts."""

import io
import threading
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from planwatch.env import Limit
from planwatch.middleware import admission, rate_limit


@pytest.fixture(autouse=True)
def few_threads(settings):
    settings.PLANWATCH_THREADS = 4
    settings.PLANWATCH_LIMITS = {"anonymous": Limit(1000, 60)}
    settings.PLANWATCH_BODY_SECONDS = 0.2


def environ_of(body=None, address="192.0.2.1", method="POST", **more):
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/", "REMOTE_ADDR": address}
    if body is not None:
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return environ | more


def asked(environ, answer=lambda environ: [b"answered"]):
    """Return why a request was not admitted, if so, else the answer of the application."""
    admitted = admission.admit(lambda environ, start_response: answer(environ))(environ, None)
    return environ.get(rate_limit.REFUSAL) or admitted


class NeverEnding:
    """A body of which nothing more arrives until the test is over."""

    def __init__(self):
        self.over = threading.Event()

    def read(self, size):
        self.over.wait(20)
        return b""


@pytest.fixture
def dripping():
    stream = NeverEnding()
    yield {"wsgi.input": stream, "CONTENT_LENGTH": "10"}
    stream.over.set()


def read_again(environ):
    return environ["CONTENT_LENGTH"], environ["wsgi.input"].read()


def test_a_body_is_read_before_the_application_is_asked():
    assert asked(environ_of(b"body"), read_again) == ("4", b"body")


def test_a_body_that_comes_in_chunks_is_read_and_measured(monkeypatch):
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    stream = {"wsgi.input": io.BytesIO(b"body")}
    assert asked(environ_of(**chunked, **stream), read_again) == ("4", b"body")
    monkeypatch.setattr(admission, "MOST_BYTES", 3)
    stream = {"wsgi.input": io.BytesIO(b"body")}
    assert asked(environ_of(**chunked, **stream)) is admission.TOO_LARGE


def test_a_body_that_is_too_large_too_slow_or_cut_off_is_not_admitted(dripping):
    assert asked(environ_of(CONTENT_LENGTH=str(13 * 1024**2))) is admission.TOO_LARGE
    assert asked(environ_of(**dripping)) is admission.TOO_SLOW
    assert asked(environ_of(b"body", CONTENT_LENGTH="9")) is admission.CUT_OFF
    assert asked(environ_of(CONTENT_LENGTH="-1")) is admission.CUT_OFF


def nested(environs):
    """Return what the last of these requests is answered while all others are being answered."""
    first, *others = environs
    return asked(first, lambda _: nested(others)) if others else asked(first)


def test_one_client_gets_some_of_the_threads_and_others_the_rest():
    of_one = [environ_of(method="GET") for _ in range(3)]
    assert nested(of_one[:2]) == [b"answered"]
    assert nested(of_one) is admission.TOO_MANY_AT_ONCE
    other = environ_of(method="GET", address="192.0.2.2")
    assert nested([environ_of(method="GET"), environ_of(method="GET"), other]) == [b"answered"]
    assert asked(environ_of(method="GET")) == [b"answered"]


def test_writers_leave_a_thread_to_readers():
    def writers(number):
        return [environ_of(address=f"192.0.2.{number}") for number in range(number)]

    assert nested(writers(3)) == [b"answered"]
    assert nested(writers(4)) is admission.WRITERS_WAIT
    reader = environ_of(method="GET", address="198.51.100.1")
    assert nested([*writers(3), reader]) == [b"answered"]


def test_a_stream_keeps_its_place_until_the_reader_has_it_or_is_gone():
    class Stream(list):
        streaming, closed = True, False

        def close(self):
            self.closed = True

    streams = [Stream([b"1", b"2"]), Stream([b"1", b"2"])]
    sent = [asked(environ_of(method="GET"), lambda _, each=each: each) for each in streams]
    assert [next(each) for each in sent] == [b"1", b"1"]
    assert asked(environ_of(method="GET")) is admission.TOO_MANY_AT_ONCE
    assert list(sent[0]) == [b"2"]
    sent[1].close()
    assert all(each.closed for each in streams)
    assert asked(environ_of(method="GET")) == [b"answered"]


def test_what_keeps_the_service_running_is_always_admitted():
    reader = environ_of(method="GET")
    live = environ_of(method="GET", PATH_INFO="/healthz/live")
    assert nested([reader, environ_of(method="GET"), live]) == [b"answered"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (admission.TOO_MANY_AT_ONCE, 429, "throttled"),
        (admission.WRITERS_WAIT, 503, "unavailable"),
        (admission.TOO_LARGE, 413, "content_too_large"),
        (admission.TOO_SLOW, 408, "timeout"),
        (admission.CUT_OFF, 400, "bad_request"),
    ],
)
def test_what_is_not_admitted_is_told_so_in_the_shape_of_its_address(refusal, status, code):
    said = {rate_limit.REFUSAL: refusal}
    answer = Client().post("/api/v1/plans/", **said)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (status, code)
    page = Client().get("/commitments/", **said)
    assert page.status_code == status and str(refusal.words) in page.content.decode()
    assert page.get("Retry-After", "0") == str(refusal.retry_after)
    assert page["Cache-Control"] == "no-store"


def test_a_costly_answer_counts_for_as_many_as_it_took_the_time_of(settings, monkeypatch):
    cache.clear()
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(time=lambda: 1_000_000.0))
    settings.PLANWATCH_LIMITS = {"anonymous": Limit(10, 60)}
    environ = {rate_limit.CLIENT: ("anonymous", "one")}
    assert rate_limit.hit("anonymous", "one") == 0
    rate_limit.charge(environ, rate_limit.UNIT_SECONDS / 2)
    rate_limit.charge(environ | {rate_limit.DATABASE_SECONDS: 3 * rate_limit.UNIT_SECONDS}, 0)
    rate_limit.charge({}, 1)
    # One for the request and two more for the second charge: seven are left.
    assert [rate_limit.hit("anonymous", "one") for _ in range(7)] == [0] * 7
    assert rate_limit.hit("anonymous", "one") > 0


def test_a_client_that_goes_on_and_on_is_refused_without_any_work(settings, monkeypatch):
    cache.clear()
    now = 1_000_020.0
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(time=lambda: now))
    monkeypatch.setattr(rate_limit, "_flooding", {})
    settings.PLANWATCH_LIMITS = {"anonymous": Limit(2, 60)}
    said = []

    def answer(path, **more):
        said.clear()
        environ = environ_of(method="GET", PATH_INFO=path, **more)
        application = admission.admit(lambda *_: [b"answered"])
        return b"".join(application(environ, lambda *words: said.extend(words)))

    for _ in range(5):
        assert answer("/") == b"answered"
        rate_limit.hit("anonymous", "192.0.2.1")
    assert answer("/").startswith(b"Too many requests. Ask again in ")
    assert said[0] == "429 Too Many Requests" and int(dict(said[1])["Retry-After"]) <= 60
    assert b'"code":"throttled"' in answer("/api/v1/plans/")
    assert (
        answer("/", HTTP_AUTHORIZATION="Token x") == answer("/", address="192.0.2.2") == b"answered"
    )
    now += int(dict(said[1])["Retry-After"]) if said else 60
    assert answer("/") == b"answered"
