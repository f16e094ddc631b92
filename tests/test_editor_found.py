"""A document that somebody found: what is proposed of it, what becomes of it, and the queue of what feeds announce.

The sites are on this machine; no test leaves it.
"""

import datetime as dt

import pytest
from django.core.management import call_command

from commitments import services
from commitments.models import Change, Development, QueueItem, Source
from commitments.search import resembling
from tests.editor_pages import (
    WORDS,
    address,
    contributor,  # noqa: F401
    editor,  # noqa: F401
    holds,
    item,  # noqa: F401
)
from tests.factories import make_commitment, make_source
from tests.misbehaving_site import answer, redirect, site_started

pytestmark = pytest.mark.django_db
WHERE = "/editor/found/"
RELEASE = """<html><head><title>Nurses | Ministry</title><meta property="og:title" content="Ministry trains every nurse">
<meta property="og:site_name" content="Ministry of Health">
<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2023-05-04T09:00:00Z"}</script></head>
<body><nav>Home</nav><main><p>The ministry is to train every nurse in the country, it said.</p></main></body></html>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title>An <b xmlns="">audit</b></title><link rel="alternate" href="https://example.org/audit"/>
<published>2024-02-03T10:00:00Z</published></entry>
<entry><title>In the record</title><link href="https://example.org/sheet"/></entry></feed>"""
RSS = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>News</title>
<item><title>A release &x;</title><link>https://example.org/release?id=1</link>
<pubDate>Sat, 03 Feb 2024 10:00:00 GMT</pubDate></item>
<item><title>No address</title></item><item><title>A script</title><link>javascript:alert(1)</link></item></channel></rss>"""


@pytest.fixture(scope="module")
def site():
    with site_started() as started:
        yield started


@pytest.fixture(autouse=True)
def private(settings):
    settings.PLANWATCH_LINK_CHECK_PRIVATE = True


def of_page(body):
    return answer(200, body, Content_Type="text/html; charset=utf-8")


def new(url, **changed):
    typed = {
        "new-title": "Ministry trains every nurse",
        "new-publisher": "Ministry of Health",
        "new-published_on_day": "4",
        "new-published_on_month": "5",
        "new-published_on_year": "2023",
        "new-kind": "press_release",
        "new-origin": "official",
        "new-language": "en",
        "new-url": url,
        "url": url,
        "offered": ["US21-PRT-951"],
        "outcome": "source",
        "action": "save",
    }
    return typed | changed


def test_title_publisher_day_copy_and_commitments_are_proposed(editor, item, site, settings):
    url = site.url("/release")
    site.answers["/moved"], site.answers["/release"] = redirect("/release"), of_page(RELEASE)
    copy = f'{{"archived_snapshots": {{"closest": {{"available": true, "status": "200", "url": "{site.url("/copy")}"}}}}}}'
    settings.PLANWATCH_ARCHIVE_AVAILABILITY_URL = site.url("/wayback")
    for asked in (site.url("/moved"), url):
        path = f"/wayback?url={asked.replace(':', '%3A').replace('/', '%2F')}"
        site.answers[path] = answer(200, copy, Content_Type="application/json")
    make_commitment("US21-PRT-777", title="Build a road")
    for asked in (site.url("/moved"), url):
        page = editor.post(WHERE, {"url": asked, "action": "look"})
        assert page.status_code == 200
        assert holds(page, 'value="Ministry trains every nurse"', 'value="Ministry of Health"')
        assert holds(page, 'id="id_new-published_on_day" value="4"', 'value="2023"', asked)
        assert holds(page, 'name="codes" value="US21-PRT-951"', site.url("/copy"))
        assert not holds(page, "US21-PRT-777")
    assert Source.objects.count() == 1


def test_what_is_known_of_a_site_is_proposed_for_its_next_document(editor, item, site):
    make_source("old", url=site.url("/old"), publisher="Department", kind="news", origin="advocacy")
    site.answers["/next"] = of_page("<title>Next</title><p>Words.</p>")
    page = editor.post(WHERE, {"url": site.url("/next"), "action": "look"})
    assert holds(page, 'value="Next"', 'value="Department"', 'value="advocacy" selected')


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://example.org/", "x", "http://[::1"])
def test_without_the_network_all_is_filled_in_by_hand(editor, item, url):
    page = editor.post(WHERE, {"url": url, "action": "look"})
    assert page.status_code == 200 and holds(page, "The page could not be read.", f'value="{url}"')
    page = editor.post(WHERE, {"url": url, "action": "by_hand"})
    assert page.status_code == 200 and not holds(page, "could not be read")
    by_hand = new("https://example.org/by-hand")
    make_commitment("US21-PRT-777", title="Build a road")
    offered = editor.post(WHERE, by_hand | {"action": "offer", "offered": []})
    assert holds(offered, 'name="codes" value="US21-PRT-951"', 'value="Ministry of Health"')
    assert not holds(offered, "US21-PRT-777")
    assert editor.post(WHERE, by_hand).url == WHERE
    assert Source.objects.get(url="https://example.org/by-hand").kind == "press_release"


def test_a_private_address_is_not_asked(editor, item, site, settings):
    settings.PLANWATCH_LINK_CHECK_PRIVATE = False
    site.answers["/secret"] = of_page("<title>Secret</title>")
    before = len(site.asked)
    page = editor.post(WHERE, {"url": site.url("/secret"), "action": "look"})
    assert holds(page, "is not a public address") and not holds(page, "Secret")
    assert len(site.asked) == before


def test_it_is_cited_noted_as_a_development_or_leads_to_the_form_of_a_change(editor, client, item):
    url = "https://example.org/release"
    link = {"outcome": "link", "codes": ["US21-PRT-951"], "locator": "paragraph 2"}
    posted = new(url, **link, relation="reports", reason="Found it.")
    assert editor.post(WHERE, posted).url == WHERE
    source = Source.objects.get(url=url)
    assert item.citations.get(source=source).relation == "reports"
    page = editor.post(WHERE, {"url": f"{url}/", "action": "by_hand"})
    assert holds(page, "In the record already", source.title) and not holds(page, "new-title")
    noted = {"outcome": "development", "more": "nurse", "locator": "paragraph 3"}
    noted |= {
        "bearing": "support",
        "sentence": "The ministry began to train nurses.",
        "reason": "R.",
    }
    assert editor.post(WHERE, {"url": url, "action": "save"} | noted).url == WHERE
    made = Development.objects.get()
    assert (made.reported_on, made.codes()) == (dt.date(2023, 5, 4), ["US21-PRT-951"])
    posted = {"url": url, "action": "save", "outcome": "record", "more": "US21-PRT-951"}
    response = editor.post(WHERE, posted)
    assert response.url == f"{address(item)}?source={source.slug}"
    assert holds(editor.get(response.url), f'value="{source.slug}" checked')


@pytest.mark.parametrize(
    "wrong",
    [
        {"new-title": ""},
        {"outcome": "link"},
        {"outcome": "link", "codes": ["US21-PRT-951"], "relation": "reports", "reason": "R."},
        {"outcome": "link", "codes": ["US21-PRT-951"], "relation": "reports", "locator": "page 1"},
        {"outcome": "development", "codes": ["US21-PRT-951"], "locator": "page 1"},
        {"outcome": "record", "codes": ["US21-PRT-951"], "more": "US21-PRT-777"},
        {"outcome": "record", "more": "nothing like it"},
        {"outcome": "x"},
    ],
)
def test_what_is_refused_saves_nothing_and_keeps_everything_typed(editor, item, wrong):
    make_commitment("US21-PRT-777", title="Build a road")
    before = Change.objects.count()
    response = editor.post(WHERE, new("https://example.org/r", **{"new-note": WORDS}, **wrong))
    assert response.status_code == 422
    assert holds(response, WORDS, "This is not saved yet", "https://example.org/r")
    assert Change.objects.count() == before


def test_feeds_fill_a_queue_once_and_items_are_ignored_or_taken(
    editor, contributor, item, site, settings, capsys
):
    site.answers["/atom"] = answer(200, ATOM, Content_Type="application/atom+xml")
    site.answers["/rss"] = answer(200, RSS, Content_Type="application/rss+xml")
    site.answers["/none"] = answer(200, "<html><p>No feed", Content_Type="text/html")
    settings.PLANWATCH_FEEDS = [
        site.url("/atom"),
        site.url("/rss", "127.0.0.2"),
        site.url("/none", "127.0.0.3"),
    ]
    for new_ones in (2, 0):
        call_command("fetch_feeds")
        said = capsys.readouterr()
        assert f"New in the queue: {new_ones}." in said.out
        assert said.err.count("no entries could be read") == 1 and "/none" in said.err
    assert contributor.get("/editor/queue/").status_code == 403
    services.report_error(page=f"/commitments/{item.code}/", message="It is wrong.")
    page = editor.get("/editor/queue/")
    assert holds(page, "From feeds: 2", "An audit", "A release", "It is wrong.") and not holds(
        page, "root:"
    )
    audit, release = (QueueItem.objects.get(title__startswith=title) for title in ("An", "A r"))
    assert {audit.published_on, release.published_on} == {dt.date(2024, 2, 3)}
    response = editor.post("/editor/queue/", {"items": [audit.pk, "x"], "action": "ignore"})
    assert response.url == "/editor/queue/"
    page = editor.get(f"{WHERE}?item={release.pk}")
    assert holds(page, "A release", 'value="https://example.org/release?id=1"')
    assert editor.post(f"{WHERE}?item={release.pk}", new(release.url)).url == "/editor/queue/"
    assert dict(QueueItem.objects.values_list("pk", "outcome")) == {
        audit.pk: "ignored",
        release.pk: "source",
    }
    assert holds(editor.get("/editor/queue/"), "From feeds: 0", "Added to the sources")
    assert not Change.objects.filter(object_type="queueitem").exists()


def test_a_reported_error_leads_to_what_can_be_done_with_its_commitment(editor, item):
    report = services.report_error(page=f"/es/commitments/{item.code}/", message="It is wrong.")
    page = editor.get(f"/editor/reports/{report.pk}/")
    assert holds(page, address(item), address(item, "review"), address(item, "edit"))


def test_what_became_of_an_item_is_one_of_a_few_words(editor):
    with pytest.raises(Exception, match="Say what became of it"):
        services.close_queue_items(items=[1], outcome="waiting", actor="editor-01")


def test_titles_are_weighed_by_their_rare_words(db):
    rows = [
        make_commitment(title=title)
        for title in ("Train every nurse", "Train every driver", "Fund shelters")
    ]
    found = resembling(
        "A nurse was trained, and so was every other nurse.", type(rows[0]).objects.all()
    )
    assert found[0] == rows[0].pk and rows[2].pk not in found
    assert resembling("", type(rows[0]).objects.all()) == []
