"""Asking addresses: what every kind of answer means, what is never reached, and how gently sites are asked.

The sites are on this machine and misbehave; no test leaves it.
"""

import asyncio
import gzip
import hashlib
import re
import socket
import ssl
import threading
import time
import zlib

import httpx
import pytest
import trustme
from django.conf import settings as project

from commitments.choices import LinkState
from commitments.link_checks.http_client import Manners, Visitor
from commitments.link_checks.probe import ask
from commitments.link_checks.scheduler import go_round
from commitments.link_checks.states import Question
from commitments.link_checks.text_extract import MOST_BYTES
from planwatch.net import ssrf as addresses_module
from planwatch.net.isolated import output_of
from planwatch.net.ssrf import PublicTransport, is_public
from tests.misbehaving_site import (
    answer,
    endless_body,
    endless_head,
    page,
    redirect,
    reset,
    silence,
    site_started,
)

# No test here asks a database.
pytestmark = pytest.mark.sqlite_only

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


# Bodies


def test_a_body_without_end_is_left_in_time_and_not_compared(site):
    site.answers["/drip"] = endless_body
    found = ask_one(site.url("/drip"), seconds=0.3)
    assert (found.state, found.content_hash) == ("answered", "")
    assert found.problem == "It did not end within 0.3 seconds."


def test_a_huge_body_is_read_to_a_limit_and_compared_as_far(site):
    site.answers["/huge"] = answer(200, b"%PDF" + b"x" * 3_000_000, Content_Type="application/pdf")
    found = ask_one(site.url("/huge"), most_bytes=1_000_000)
    assert found.state == LinkState.ANSWERED
    assert found.content_hash == hashlib.sha256(b"%PDF" + b"x" * 999_996).hexdigest()
    assert found.problem == "Longer than 1 MB; the rest was not read."


def test_a_body_shorter_than_it_says_broke_off(site):
    site.answers["/short"] = page(Content_Length=5000)
    found = ask_one(site.url("/short"))
    assert (found.state, found.content_hash) == ("answered", "")
    assert found.problem == "It broke off before its end."


def test_a_body_longer_than_it_says_is_read_as_far_as_it_says(site):
    site.answers["/long"] = answer(
        200, b"one two three", Content_Length=7, Content_Type="text/plain"
    )
    assert ask_one(site.url("/long")).content_hash == hashlib.sha256(b"one two").hexdigest()


def test_a_compressed_page_is_read_as_it_was_before(site):
    body = b"<main>The same words.</main>"
    for path, sent, coding in (
        ("/plain", body, "identity"),
        ("/gzip", gzip.compress(body), "gzip"),
        ("/deflate", zlib.compress(body), "deflate"),
    ):
        site.answers[path] = answer(200, sent, Content_Type="text/html", Content_Encoding=coding)
    hashes = {
        found.content_hash for found in ask_all(*map(site.url, ("/plain", "/gzip", "/deflate")))
    }
    assert hashes == {hashlib.sha256(b"The same words.").hexdigest()}


def test_a_compressed_bomb_is_unpacked_to_its_limit_and_no_further(site):
    bomb = gzip.compress(b"0" * 100_000_000)
    site.answers["/bomb"] = answer(200, bomb, Content_Type="image/png", Content_Encoding="gzip")
    found = ask_one(site.url("/bomb"))
    assert found.content_hash == hashlib.sha256(b"0" * MOST_BYTES).hexdigest()


@pytest.mark.parametrize(
    "body",
    [
        "<" + "a" * 1_000_000,
        "<a" * 500_000,
        "<!--" * 250_000,
        "<script>" * 120_000,
        "<div>" * 200_000,
    ],
    ids=["a tag without an end", "open tags", "open comments", "open scripts", "nested parts"],
)
def test_a_page_made_to_be_slow_is_read_in_a_moment(site, body):
    site.answers["/slow"] = answer(200, body, Content_Type="text/html")
    began = time.monotonic()
    assert ask_one(site.url("/slow"), seconds=20).state == LinkState.ANSWERED
    assert time.monotonic() - began < 15


def test_a_document_that_cannot_be_read_in_time_is_known_by_its_bytes(site, monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr("commitments.link_checks.text_extract.extract.__file__", str(slow))
    monkeypatch.setitem(output_of.__kwdefaults__, "seconds", 0.2)
    site.answers["/slow"] = answer(200, "<p>x", Content_Type="text/html")
    assert ask_one(site.url("/slow")).content_hash == hashlib.sha256(b"<p>x").hexdigest()


@pytest.mark.parametrize(
    "charset", ["utf-7", "unicode_escape", "rot13", "idna", "hex", "\x00", "x" * 500]
)
def test_a_charset_that_no_page_is_written_in_is_not_used(site, charset):
    kind = f"text/html; charset={charset}".encode().replace(b"\0", b"")
    site.answers["/page"] = answer(200, "<main>+AGEx</main>", Content_Type=kind)
    found = ask_one(site.url("/page"))
    assert found.content_hash == hashlib.sha256(b"+AGEx").hexdigest()


def pdf(text, made):
    """Return a small PDF with a text, and a day of making that differs each time."""
    content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    return (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
        f"4 0 obj<</Length {len(content)}>>stream\n{content}\nendstream endobj\n"
        f"5 0 obj<</CreationDate(D:{made})>>endobj\ntrailer<</Root 1 0 R/Info 5 0 R>>\nstartxref\n0\n%%EOF"
    )


def test_a_pdf_that_is_made_anew_with_the_same_text_is_the_same(site):
    site.answers["/plan.pdf"] = [
        answer(200, pdf("The national plan", day), Content_Type="application/pdf")
        for day in ("20260101", "20260102")
    ]
    first, again = ask_one(site.url("/plan.pdf")), ask_one(site.url("/plan.pdf"))
    assert first.content_hash == again.content_hash
    assert first.content_hash == hashlib.sha256(b"The national plan").hexdigest()


NOT_FOUND = [
    ("We can't find that page", "Sorry."),
    ("Content Not Found", "Sorry."),
    ("Seite nicht gefunden", "Leider."),
    ("Die angeforderte Seite wurde nicht gefunden", ""),
    ("Oops! That page can’t be found.", "It looks like nothing was found at this location."),
    ("Página não encontrada", "x"),
    ("Página no encontrada | Ministerio", "x"),
    ("Page introuvable – Ministère", "x"),
    ("Cette page n’existe pas", "x"),
    ("404", "x"),
    ("Error 404 - Page not found", "x"),
    ("Archived content", "The page you requested has moved to an archive. Page Not Found"),
    ("Department", "Sorry, the page you are looking for could not be found."),
]
FOUND = [
    ("404 arrested in sting", "Officers of six states took part."),
    ("Missing children: file on 2,000 girls not found", "A report on missing children."),
    ("Report on a page of history not found before", "An essay."),
    ("Sitemap", "Contact. Not found what you need? Ask us."),
    ("Page not found", "word " * 200),
]


@pytest.mark.parametrize(("title", "text"), NOT_FOUND)
def test_a_page_that_says_nothing_but_that_there_is_none_is_gone(site, title, text):
    site.answers["/page"] = page(title, f"<h1>{title}</h1><p>{text}</p>")
    found = ask_one(site.url("/page"))
    assert (found.state, found.is_soft_404) == ("gone", True)


@pytest.mark.parametrize(("title", "text"), FOUND)
def test_a_document_about_what_was_not_found_is_a_document(site, title, text):
    site.answers["/page"] = page(title, f"<h1>{title}</h1><p>{text}</p>")
    assert ask_one(site.url("/page")).state == "answered"


@pytest.mark.parametrize(
    "sent",
    [
        answer(401),
        answer(403),
        answer(999),
        page("Request Rejected", "Please consult. Your support ID is: 1234567890"),
        answer(
            200,
            '<head></head><iframe src="/_Incapsula_Resource?x">Incapsula incident ID: 1</iframe>',
            Content_Type="text/html",
        ),
        answer(503, "<title>Just a moment...</title>", Content_Type="text/html"),
        answer(503, "", cf_mitigated="challenge"),
        page("Attention Required! | Cloudflare", "Please enable cookies."),
        page("Sign in", "User name and password"),
        page("Before you continue", "We use cookies and data"),
    ],
    ids=range(10),
)
def test_a_wall_against_programs_says_nothing_of_the_document(site, sent):
    site.answers["/page"] = sent
    assert ask_one(site.url("/page")).state == "blocked"


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


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html; charset=windows-1252", "<main>Víctimas</main>".encode("windows-1252")),
        ("text/html", '<meta charset="windows-1252"><main>Víctimas</main>'.encode("windows-1252")),
        ("text/html; charset=no-such", "<main>Víctimas</main>".encode()),
        ("text/html", "<main>Víctimas</main>".encode()),
        ("text/plain; charset=utf-8", " Víctimas\n".encode()),
        ("", "<nav>Menu 1</nav><main>Víctimas</main><footer>Today</footer>".encode()),
    ],
)
def test_the_words_of_a_page_are_compared_whatever_their_spelling(site, kind, body):
    site.answers["/words"] = answer(200, body, Content_Type=kind)
    assert (
        ask_one(site.url("/words")).content_hash == hashlib.sha256("Víctimas".encode()).hexdigest()
    )


def test_what_stands_around_the_text_is_not_compared(site):
    site.answers["/one"] = page(text="<script>1</script>The same.<nav>1</nav>")
    site.answers["/two"] = page(text="<script>2</script>The <b>same.</b><nav>2</nav>")
    one, two = ask_all(site.url("/one"), site.url("/two"))
    assert (one.content_hash, one.fingerprint) == (two.content_hash, two.fingerprint) != ("", "")


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"\0",
        b"\xff\xfe",
        b"<",
        b"<div>",
        b"<!--",
        b"<script>",
        b"<a b='",
        b"&",
        b"</p>",
        b"<nav>",
    ],
)
def test_no_body_is_too_odd(site, part):
    site.answers["/odd"] = answer(200, part * 100_000, Content_Type="text/html")
    assert ask_one(site.url("/odd")).state == LinkState.ANSWERED


# Pages that say that there is none


@pytest.mark.parametrize(
    "title",
    [
        "404",
        "Page not found",
        "Page Not Found | Agency",
        "Error 404: no such page",
        "Agency – 404 Not Found",
        "The page you requested could not be found",
        "This page is no longer available",
        "Sorry, that page doesn’t exist",
        "Not found",
        "Página no encontrada",
    ],
)
def test_a_page_that_says_there_is_none_is_gone_though_it_answers_200(site, title):
    site.answers["/soft"] = page(title, ETag='"1"')
    found = ask_one(site.url("/soft"))
    assert (found.state, found.http_status, found.is_soft_404) == ("gone", 200, True)
    assert title in found.problem
    assert (found.content_hash, found.etag) == ("", "")


def test_a_heading_that_says_there_is_none_counts_like_a_title(site):
    site.answers["/soft"] = page("The Agency", "<h1>Page not found</h1>")
    assert ask_one(site.url("/soft")).is_soft_404


@pytest.mark.parametrize(
    "title",
    [
        "National Action Plan",
        "Found: 404 victims in 2022",
        "Services that are not available to victims",
        "Missing children who were not found",
        "",
    ],
)
def test_a_page_about_something_missing_is_not_missing(site, title):
    site.answers["/real"] = page(title)
    assert ask_one(site.url("/real")).state == LinkState.ANSWERED


@pytest.mark.parametrize("home", ["/", "/index.html", "/en/", "/en-us/home"])
def test_a_page_that_leads_to_the_front_page_is_gone(site, home):
    site.answers["/plans/2021/sheet"] = redirect(home)
    site.answers[home] = page("The Agency")
    found = ask_one(site.url("/plans/2021/sheet"))
    assert (found.state, found.is_soft_404, found.redirects) == ("gone", True, (site.url(home),))


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
