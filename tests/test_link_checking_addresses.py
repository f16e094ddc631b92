"""Which addresses are asked: redirects, what is never reached, and certificates."""

import asyncio
import ssl

import httpx
import pytest
import trustme

from commitments.choices import LinkState
from commitments.link_checks.http_client import Visitor
from planwatch.net import ssrf as addresses_module
from planwatch.net.ssrf import PublicTransport, is_public
from tests.link_questions import (
    NO_WEB,
    ask_one,
    manners,
    resolver,  # noqa: F401
    site,  # noqa: F401
)
from tests.misbehaving_site import (
    answer,
    page,
    redirect,
    site_started,
)

# No test here asks a database.
pytestmark = pytest.mark.sqlite_only


# Redirects


def test_redirects_are_followed_and_reported(site):
    site.answers |= {
        "/a": redirect("/b", 301),
        "/b": redirect(site.url("/c?x=1#top"), 308),
        "/c?x=1": page(),
    }
    found = ask_one(site.url("/a"))
    assert (found.state, found.http_status) == (LinkState.MOVED, 200)
    assert found.redirects == (site.url("/b"), site.url("/c?x=1"))
    assert found.final_url == site.url("/c?x=1")


def test_a_redirect_to_the_same_place_is_no_move(site):
    site.answers |= {"/here": redirect("/here/"), "/here/": page()}
    found = ask_one(site.url("/here"))
    assert (found.state, found.redirects) == ("answered", (site.url("/here/"),))


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"/r": redirect("/r")}, "It redirects in a circle."),
        ({"/r": redirect("/s"), "/s": redirect("/r")}, "It redirects in a circle."),
        (
            {"/r": redirect("/0")} | {f"/{n}": redirect(f"/{n + 1}") for n in range(20)},
            "It redirects more than 10 times.",
        ),
        ({"/r": answer(302)}, "It redirects without saying where to."),
        ({"/r": redirect("http://[")}, "Its name leads nowhere."),
        ({"/r": redirect("javascript:alert(1)")}, "Its address cannot be read."),
        ({"/r": redirect("file:///etc/passwd")}, NO_WEB),
        ({"/r": redirect("ftp://127.0.0.1/")}, NO_WEB),
        ({"/r": redirect("https://")}, NO_WEB),
        ({"/r": redirect("/" + "x" * 3000)}, "It redirects to an address that is too long."),
    ],
)
def test_redirects_that_lead_nowhere(site, answers, problem):
    site.answers |= answers
    found = ask_one(site.url("/r"))
    assert (found.state, found.problem) == ("unreachable", problem)
    assert len(found.redirects) <= 11


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (b"/caf\xe9", "/caf%E9"),
        ("/café".encode(), "/caf%C3%A9"),
        (b"/caf%C3%A9 x", "/caf%C3%A9%20x"),
        (b"/\xff\xfe?q=\xe9", "/%FF%FE?q=%E9"),
    ],
)
def test_a_redirect_in_any_charset_is_followed_as_it_came(site, location, path):
    site.answers |= {"/charset": redirect(location), path: page()}
    found = ask_one(site.url("/charset"))
    assert (found.state, found.final_url) == ("moved", site.url(path))


# What is never reached


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.9",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2001:0:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "4000::1",
        "192.88.99.1",
    ],
)
def test_an_address_that_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "193.0.6.139", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_that_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:7f00:1]"]
)
def test_nothing_local_is_asked_however_it_is_written(site, host):
    site.answers["/secret"] = page()
    found = ask_one(site.url("/secret", host), allow_private=False)
    assert found.state == LinkState.UNREACHABLE
    assert found.problem.endswith("is not a public address.")
    assert "/secret" not in site.asked


def test_a_name_of_a_private_address_is_not_asked(site, resolver):
    site.answers["/inside"] = page()
    resolver["inside.example"] = [["127.0.0.1"]]
    resolver["half.example"] = [["93.184.216.34", "127.0.0.1"]]
    for host in resolver:
        found = ask_one(site.url("/inside", host), allow_private=False)
        assert found.problem == f"Not asked: {host} is not a public address."
    assert "/inside" not in site.asked


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "10.1.2.3", "169.254.169.254", "[::1]", "rebound.example"]
)
def test_every_hop_of_a_redirect_is_judged_again(site, host, resolver, monkeypatch):
    monkeypatch.setattr(
        addresses_module, "is_public", lambda text: text == "127.0.0.1" or is_public(text)
    )
    resolver["rebound.example"] = [["127.0.0.3"]]
    site.answers |= {"/public": redirect(site.url("/metadata", host)), "/metadata": page()}
    found = ask_one(site.url("/public"), allow_private=False)
    assert (found.state, found.http_status) == ("unreachable", None)
    assert found.problem.startswith("Not asked: ")
    assert found.redirects == (site.url("/metadata", host),)
    assert "/metadata" not in site.asked


class Recording(httpx.AsyncBaseTransport):
    """Notes to which address a request would go, and answers."""

    def __init__(self, refusing=()):
        self.requests, self.refusing = [], refusing

    async def handle_async_request(self, request):
        self.requests.append(request)
        if request.url.host in self.refusing:
            raise httpx.ConnectError("refused")
        return httpx.Response(200)


def send(transport, url):
    async def sent():
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.get(url)

    return asyncio.run(sent())


def test_a_name_that_is_rebound_between_check_and_connection_gains_nothing(resolver):
    """The first answer is public and judged; a second one, private, would come if anybody asked again."""
    resolver["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    inner = Recording()
    send(PublicTransport(inner), "https://rebind.example/plan")
    (request,) = inner.requests
    assert request.url.host == "93.184.216.34"
    assert request.headers["Host"] == "rebind.example"
    assert request.extensions["sni_hostname"] == "rebind.example"
    assert resolver.asked == ["rebind.example"]


def test_the_connection_itself_asks_for_no_name_again(site, resolver):
    site.answers["/pinned"] = page()
    resolver["pinned.example"] = [["127.0.0.1"], ["203.0.113.1"]]
    assert ask_one(site.url("/pinned", "pinned.example")).state == LinkState.ANSWERED
    assert resolver.asked == ["pinned.example"]
    assert site.headers["/pinned"][-1]["host"].startswith("pinned.example:")


def test_where_one_address_of_a_name_refuses_the_next_is_tried(resolver):
    resolver["two.example"] = [["93.184.216.34", "93.184.216.35"]]
    inner = Recording(refusing=["93.184.216.34"])
    assert send(PublicTransport(inner), "http://two.example/").status_code == 200
    assert [request.url.host for request in inner.requests] == ["93.184.216.34", "93.184.216.35"]


# Certificates


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def secure_site(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("secure.example").configure_cert(context)
    with site_started(context) as started:
        started.answers["/plan"] = page()
        yield started


def test_a_certificate_that_nobody_vouches_for_is_refused_in_words(secure_site):
    found = ask_one(secure_site.url("/plan"))
    assert found.state == LinkState.UNREACHABLE
    assert found.problem.startswith("Its certificate is not valid: ")


def test_a_site_that_speaks_no_tls(site):
    found = ask_one(site.url("/plan").replace("http:", "https:"), seconds=1)
    assert found.state == LinkState.UNREACHABLE
    assert found.problem != ""


@pytest.mark.parametrize(
    ("name", "is_certified"), [("secure.example", True), ("other.example", False)]
)
def test_the_certificate_must_name_the_host_though_its_address_is_dialled(
    secure_site, authority, resolver, name, is_certified
):
    resolver[name] = [["127.0.0.1"]]
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def visit():
        async with Visitor(manners(), trusting) as visitor:
            return await visitor.fetch(secure_site.url("/plan", name))

    if is_certified:
        assert asyncio.run(visit()).status == 200
    else:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            asyncio.run(visit())
