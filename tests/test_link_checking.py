"""Asking addresses: what every kind of answer means, and how gently sites are asked."""

import asyncio
import hashlib
import re
import threading

import pytest
from django.conf import settings as project

from commitments.choices import LinkState
from commitments.link_checks.probe import ask
from commitments.link_checks.scheduler import go_round
from commitments.link_checks.states import Question
from tests.link_questions import (
    AGENT,
    NO_WEB,
    ask_all,
    ask_one,
    manners,
    resolver,  # noqa: F401
    site,  # noqa: F401
)
from tests.misbehaving_site import (
    answer,
    endless_head,
    page,
    redirect,
    reset,
    silence,
)

# No test here asks a database.
pytestmark = pytest.mark.sqlite_only


# What an answer means


def test_a_page_that_answers(site):
    site.answers["/plan"] = page(ETag='"7"', Last_Modified="Sat, 22 Jan 2022 10:00:00 GMT")
    found = ask_one(site.url("/plan"))
    assert (found.state, found.http_status, found.redirects) == (LinkState.ANSWERED, 200, ())
    assert found.final_url == site.url("/plan")
    assert (found.etag, found.last_modified) == ('"7"', "Sat, 22 Jan 2022 10:00:00 GMT")
    words = b"The department shall train every officer."
    assert found.content_hash == hashlib.sha256(words).hexdigest()
    assert found.problem == ""


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (204, "answered"),
        (400, "refused"),
        (401, "blocked"),
        (403, "blocked"),
        (404, "gone"),
        (410, "gone"),
        (451, "blocked"),
        (500, "unreachable"),
        (503, "unreachable"),
        (304, "unreachable"),
        (399, "unreachable"),
    ],
)
def test_what_a_status_means(site, status, state):
    site.answers["/status"] = answer(status, ETag='"1"')
    found = ask_one(site.url("/status"))
    assert (found.state, found.http_status) == (state, status)
    assert bool(found.etag) == (state == "answered"), (
        "only what was read is asked for conditionally"
    )


def test_an_error_of_the_site_is_believed_when_it_happens_twice(site):
    site.answers["/once"] = [answer(500), page()]
    site.answers["/twice"] = answer(502)
    once, twice = ask_all(site.url("/once"), site.url("/twice"))
    assert once.state == LinkState.ANSWERED
    assert (twice.state, twice.problem) == (
        "unreachable",
        "The site answered without the document, 502.",
    )
    assert site.asked.count("/twice") == 2


@pytest.mark.parametrize(
    ("name", "behaviour", "problem"),
    [
        ("silence", silence, "It did not answer in time."),
        ("endless head", endless_head, "It did not answer in time."),
        ("reset", reset, "The connection broke off."),
        ("nothing", lambda connection: None, "The connection broke off."),
        ("not HTTP", b"SSH-2.0-OpenSSH_9.2\r\n", "The connection broke off."),
        (
            "an endless header line",
            lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000),
            "The connection broke off.",
        ),
    ],
)
def test_a_site_that_does_not_answer_as_one(site, name, behaviour, problem):
    site.answers["/bad"] = behaviour
    found = ask_one(site.url("/bad"), seconds=0.3)
    assert (found.state, found.http_status, found.problem) == ("unreachable", None, problem)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://127.0.0.1:1/", "No connection could be made."),
        ("http://nowhere.invalid/", "Its name leads nowhere."),
        ("http://[", "Its name leads nowhere."),
        ("http://0177.0.0.1/", "Its address cannot be read."),
        ("ftp://127.0.0.1/plan", NO_WEB),
        ("file:///etc/passwd", NO_WEB),
        ("http://127.0.0.1:99999/", NO_WEB),
        ("http://127.0.0.1:0/", NO_WEB),
        ("http:///plan", NO_WEB),
        ("/plan", NO_WEB),
        ("https://" + "a" * 64 + ".example/", "Its address cannot be read."),
    ],
)
def test_an_address_that_leads_nowhere(address, problem, resolver):
    resolver["nowhere.invalid"] = []
    found = ask_one(address)
    assert (found.state, found.problem) == ("unreachable", problem)


def test_a_page_that_sends_its_reader_on_is_followed(site):
    refresh = '<meta http-equiv="refresh" content="0;url=/new?a=1&amp;b=2">'
    site.answers["/old"] = answer(200, f"<head>{refresh}</head>", Content_Type="text/html")
    site.answers["/new?a=1&b=2"] = page()
    found = ask_one(site.url("/old"))
    assert (found.state, found.final_url) == ("moved", site.url("/new?a=1&b=2"))


def test_the_agent_is_honest_and_not_of_a_name_that_sites_refuse():
    agent = project.PLANWATCH_LINK_CHECK_AGENT
    assert "PlanWatch" in agent
    assert f"+{project.PLANWATCH_SITE_URL}/" in agent
    assert not re.search(
        r"bot|crawl|spider|check|link|curl|python",
        agent.replace(project.PLANWATCH_SITE_URL, ""),
        re.IGNORECASE,
    )


# Asking again


def test_a_document_asked_again_may_be_unchanged(site):
    site.answers["/same"] = answer(304)
    question = Question(
        "same", site.url("/same"), etag='"7"', last_modified="Sat, 22 Jan 2022 10:00:00 GMT"
    )
    found = ask_one(question)
    assert (found.state, found.is_same, found.http_status) == ("answered", True, 304)
    sent = site.headers["/same"][-1]
    assert sent["if-none-match"] == '"7"'
    assert sent["if-modified-since"] == "Sat, 22 Jan 2022 10:00:00 GMT"


def test_the_condition_goes_to_the_address_that_gave_it(site):
    site.answers |= {"/old": redirect("/new"), "/new": answer(304)}
    found = ask_one(Question("old", site.url("/old"), site.url("/new"), etag='"7"'))
    assert (found.state, found.is_same) == ("moved", True)
    assert "if-none-match" not in site.headers["/old"][-1]
    assert site.headers["/new"][-1]["if-none-match"] == '"7"'


def test_a_condition_that_cannot_be_sent_back_is_left_out(site):
    site.answers["/odd"] = page()
    found = ask_one(Question("odd", site.url("/odd"), etag='"café"'))
    assert (found.state, found.problem) == ("answered", "")
    assert "if-none-match" not in site.headers["/odd"][-1]


# Manners


def test_a_site_learns_who_asks(site):
    site.answers["/who"] = page()
    ask_one(site.url("/who"))
    assert site.headers["/who"][-1]["user-agent"] == AGENT


def test_no_cookie_goes_from_one_address_to_another(site):
    site.answers |= {"/cookie": page(Set_Cookie="seen=1"), "/no-cookie": page()}
    ask_all(site.url("/cookie"), site.url("/no-cookie"), at_once=1)
    assert "cookie" not in site.headers["/no-cookie"][-1]


def test_a_host_is_asked_one_thing_at_a_time_and_hosts_side_by_side(site):
    meeting = threading.Barrier(2, timeout=5)

    def wait_for_the_other_host(connection):
        meeting.wait()
        connection.sendall(page())

    site.answers |= {f"/meet{number}": wait_for_the_other_host for number in range(3)}
    hosts = ("127.0.0.1", "127.0.0.2")
    site.most_at_once.clear()
    found = ask_all(*(site.url(f"/meet{n}", host) for n in range(3) for host in hosts))
    assert {answer.state for answer in found} == {"answered"}
    port = site.server_address[1]
    assert {host: site.most_at_once[f"{host}:{port}"] for host in hosts} == dict.fromkeys(hosts, 1)


def test_between_two_requests_to_a_host_there_is_the_delay(site, monkeypatch):
    waits, real = [], asyncio.sleep

    async def sleep(seconds):
        waits.append(seconds)
        await real(0)

    monkeypatch.setattr("commitments.link_checks.http_client.asyncio.sleep", sleep)
    site.answers |= {f"/wait{number}": page() for number in range(3)}
    ask_all(*(site.url(f"/wait{number}") for number in range(3)), delay=600)
    assert sorted(round(wait, -2) for wait in waits) == [0, 600, 600]


def test_a_host_that_asks_for_peace_gets_it(site):
    site.answers |= {"/peace0": answer(429, Retry_After=60), "/peace1": page(), "/other": page()}
    questions = [
        site.url("/peace0", "127.0.0.4"),
        site.url("/peace1", "127.0.0.4"),
        site.url("/other"),
    ]
    first, second, other = ask_all(*questions)
    assert (first.state, first.http_status) == ("blocked", 429)
    assert second is None
    assert other.state == LinkState.ANSWERED
    assert "/peace1" not in site.asked


def test_a_round_can_be_left_at_any_moment(site):
    site.answers |= {"/quick": page(), "/stuck": silence}
    questions = [
        Question(path, site.url(path, host))
        for path, host in (("/quick", "127.0.0.1"), ("/stuck", "127.0.0.5"))
    ]
    asking = go_round(questions, ask, manners())
    question, found = next(asking)
    assert (question.key, found.state) == ("/quick", "answered")
    asking.close()
