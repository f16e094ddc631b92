"""What is read of a page: texts that are compared, limits, walls, and pages that say that there is none."""

import gzip
import hashlib
import time
import zlib

import pytest

from commitments.choices import LinkState
from commitments.link_checks.text_extract import MOST_BYTES
from planwatch.net.isolated import output_of
from tests.link_questions import (
    ask_all,
    ask_one,
    site,  # noqa: F401
)
from tests.misbehaving_site import (
    answer,
    endless_body,
    page,
    redirect,
)

# No test here asks a database.
pytestmark = pytest.mark.sqlite_only


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
