"""A site on this machine that misbehaves as it is told, and questions about its addresses. Nothing leaves the machine."""

import socket

import pytest

from commitments.link_checks.http_client import Manners
from commitments.link_checks.probe import ask
from commitments.link_checks.scheduler import go_round
from commitments.link_checks.states import Question
from tests.misbehaving_site import site_started

NO_WEB = "Not asked: it is no address of the web."
AGENT = "Test agent (test@example.org)"


@pytest.fixture(scope="module")
def site():
    with site_started() as started:
        yield started


def manners(**options):
    defaults = {"agent": AGENT, "delay": 0, "seconds": 5, "allow_private": True}
    return Manners(**{**defaults, **options})


def ask_all(*questions, **options):
    questions = [item if isinstance(item, Question) else Question(item, item) for item in questions]
    found = dict(go_round(questions, ask, manners(**options)))
    return [found[question] for question in questions]


def ask_one(question, **options):
    return ask_all(question, **options)[0]


@pytest.fixture
def resolver(monkeypatch):
    """Answer for names as `resolver[name] = [addresses, …]` says, one list at each asking, the last one for ever."""
    names, real = {}, socket.getaddrinfo

    class Resolver(dict):
        asked = []

    found = Resolver()

    def getaddrinfo(host, port, *args, **kwargs):
        found.asked.append(host)
        if host not in found:
            return real(host, port, *args, **kwargs)
        if not found[host]:
            raise socket.gaierror("Name or service not known")
        place = names[host] = min(names.get(host, -1) + 1, len(found[host]) - 1)
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [
            (family[":" in item], socket.SOCK_STREAM, 6, "", (item, port))
            for item in found[host][place]
        ]

    found.asked.clear()
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return found
