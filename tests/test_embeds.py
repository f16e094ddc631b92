"""What other sites show: cards, badges, oEmbed, and the markup that is copied for them."""

import datetime as dt
import html
import json
import re
from xml.etree import ElementTree

import pytest

from planwatch.web.theme_colors import colour
from tests.factories import ANNOUNCED, change, make_agency, make_commitment, make_source

CODE = "US21-PRT-001"
CARD, BADGE = f"/embed/commitments/{CODE}/", f"/embed/commitments/{CODE}/badge.svg"
HERE = "http://testserver"


@pytest.fixture
def commitment(db):
    make_agency("dhs")
    found = make_commitment(CODE, title='Shelter "for <all>"', lead_agencies=["dhs"])
    change(found, "in_progress")
    return found


def policy(response):
    parts = response["Content-Security-Policy"].split(";")
    return {name: values for name, *values in (part.split() for part in parts)}


@pytest.mark.parametrize(
    "address", [CARD, BADGE, "/embed/pillars/protection/", "/embed/pillars/protection/badge.svg"]
)
def test_any_site_may_frame_and_keep_what_is_made_for_other_sites(client, commitment, address):
    response = client.get(address)
    assert response.status_code == 200
    assert policy(response)["frame-ancestors"] == ["*"]
    assert policy(response)["default-src"] == ["'none'"]
    assert "X-Frame-Options" not in response
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Cache-Control"].startswith("public, max-age=300")
    assert not response.cookies
    assert "<script" not in response.content.decode()


def test_the_card_of_a_pillar_tells_the_latest_news_with_its_publisher(client, commitment):
    day = ANNOUNCED + dt.timedelta(days=9)
    source = make_source("sheet", published_on=day)
    change(commitment, "in_place", day, [source], explanation="The shelter opened.")
    card = " ".join(client.get("/embed/pillars/protection/").content.decode().split())
    assert "<b>In place.</b> The shelter opened." in card and f"({source.publisher})" in card


def test_no_site_may_frame_any_other_page(client, commitment):
    for address in (f"/commitments/{CODE}/", "/pillars/protection/", "/editor/", "/oembed.json"):
        response = client.get(address)
        assert policy(response)["frame-ancestors"] == ["'none'"], address
        assert response["X-Frame-Options"] == "DENY"


def test_an_unchanged_card_is_answered_304_and_keeps_the_policy_it_came_with(client, commitment):
    etag = client.get(CARD)["ETag"]
    response = client.get(CARD, headers={"if-none-match": etag})
    assert response.status_code == 304
    assert "Content-Security-Policy" not in response
    assert "X-Frame-Options" not in response


def test_a_card_shows_the_status_of_today_or_of_the_day_asked_for(client, commitment):
    assert "In progress" in client.get(CARD).content.decode()
    change(commitment, "in_place")
    assert "In place" in client.get(CARD).content.decode()
    before = client.get(f"{CARD}?as_of={ANNOUNCED}").content.decode()
    assert f'datetime="{ANNOUNCED}"' in before
    assert f'href="/commitments/{CODE}/?as_of={ANNOUNCED}"' in before


def test_a_card_speaks_the_language_of_its_address(client, commitment):
    text = client.get(f"/es{CARD}").content.decode()
    assert '<html lang="es"' in text
    assert "En curso" in text
    assert f'href="/es/commitments/{CODE}/"' in text


def test_a_theme_is_light_or_dark_and_nothing_else(client, commitment):
    assert 'class="embed dark"' in client.get(f"{CARD}?theme=dark").content.decode()
    assert 'class="embed "' in client.get(CARD).content.decode()
    assert client.get(f"{CARD}?theme=pink").status_code == 400
    for theme, dark in (("", False), ("?theme=light", False), ("?theme=dark", True)):
        drawn = client.get(f"{BADGE}{theme}").content.decode()
        assert colour("s-ink", "in_progress", dark=dark) in drawn
        assert colour("s-ink", "in_progress", dark=not dark) not in drawn


def test_a_badge_says_everything_in_words_too(client, commitment):
    for address, words in (
        (BADGE, "In progress since Dec. 3"),
        ("/embed/pillars/protection/badge.svg", "1 in progress"),
    ):
        response = client.get(address)
        assert response["Content-Type"].startswith("image/svg+xml")
        drawn = ElementTree.fromstring(response.content)
        assert words in drawn.find("{http://www.w3.org/2000/svg}title").text


def test_what_is_not_there_is_said_in_a_card(client, commitment):
    make_commitment("US21-PRT-900", is_published=False)
    for code in ("US21-PRT-900", "US21-PRT-999"):
        response = client.get(f"/embed/commitments/{code}/")
        assert response.status_code == 404
        assert policy(response)["frame-ancestors"] == ["*"]
        assert "Nothing to show" in response.content.decode()
    assert client.get("/embed/pillars/nothing/").status_code == 404


@pytest.mark.parametrize("prefix", ["", "/es"])
@pytest.mark.parametrize(
    ("page", "card"),
    [(f"/commitments/{CODE}/", CARD), ("/pillars/protection/", "/embed/pillars/protection/")],
)
def test_a_page_offers_markup_to_copy_and_names_its_oembed_addresses(
    client, commitment, prefix, page, card
):
    text = client.get(f"{prefix}{page}").content.decode()
    copied = [
        html.unescape(found) for found in re.findall(r'<pre class="cite">(.*?)</pre>', text, re.S)
    ]
    assert f'<iframe src="{HERE}{prefix}{card}"' in copied[0]
    assert f'<img src="{HERE}{prefix}{card}badge.svg"' in copied[1]
    for media_type in ("application/json+oembed", "text/xml+oembed"):
        found = re.search(
            rf'<link rel="alternate" type="{re.escape(media_type)}" href="([^"]+)"', text
        )
        answer = client.get(html.unescape(found[1]).removeprefix(HERE))
        assert answer.status_code == 200
        assert f"{HERE}{prefix}{card}" in answer.content.decode()


def test_the_title_of_a_promise_stays_text_in_every_markup(client, commitment):
    page = client.get(f"/commitments/{CODE}/").content.decode()
    copied = html.unescape(re.search(r'<pre class="cite">(.*?)</pre>', page, re.S)[1])
    answer = client.get(f"/oembed.json?url={HERE}/commitments/{CODE}/").json()
    for markup in (copied, answer["html"]):
        assert 'title="PlanWatch: Shelter &quot;for &lt;all&gt;&quot;"' in markup
    assert "<all>" not in client.get(CARD).content.decode()
    assert "<all>" not in client.get(BADGE).content.decode()


def test_oembed_says_the_same_as_json_and_as_xml(client, commitment):
    asked = f"?url={HERE}/commitments/{CODE.lower()}/&maxwidth=300&maxheight=9999&a=consumers-own"
    as_json = client.get(f"/oembed.json{asked}")
    answer = json.loads(as_json.content)
    assert answer["version"] == "1.0"
    assert answer["type"] == "rich"
    assert answer["title"] == commitment.title
    assert (answer["width"], answer["height"]) == (300, 260)
    assert 'width="300" height="260"' in answer["html"]
    assert answer["thumbnail_url"] == f"{HERE}/commitments/{CODE}/share.png"
    as_xml = client.get(f"/oembed.xml{asked}")
    assert as_xml["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(as_xml.content)
    assert {part.tag: part.text for part in root} == {
        key: str(value) for key, value in answer.items()
    }


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/oembed.json", 404),
        ("/oembed.json?url=http://elsewhere.example/commitments/US21-PRT-001/", 404),
        ("/oembed.json?url=javascript:alert(1)", 404),
        (f"/oembed.json?url={HERE}/commitments/US21-PRT-999/", 404),
        (f"/oembed.json?url={HERE}/method/", 404),
        ("/oembed.json?url=http://[", 404),
        (f"/oembed.yaml?url={HERE}/commitments/{CODE}/", 501),
        (f"/oembed.json?format=xml&url={HERE}/commitments/{CODE}/", 501),
        (f"/oembed.json?url={HERE}/commitments/{CODE}/&maxwidth=wide", 400),
        (f"/oembed.json?url={HERE}/commitments/{CODE}/&maxwidth=0", 400),
    ],
)
def test_oembed_refuses_by_status_what_it_cannot_show(client, commitment, address, status):
    assert client.get(address).status_code == status


@pytest.mark.parametrize(
    "address",
    [
        f"{HERE}/commitments/{CODE}",
        f"{HERE}/commitments/{CODE}/?utm_source=letter&fbclid=1",
        f"{HERE}/commitments/{CODE}?utm_source=letter#history",
        f"{HERE}/commitments/{CODE}/#history",
        f"{HERE}/commitments/{CODE.replace('-', '%2D')}/",
        f"https://testserver/commitments/{CODE}/",
        f"HTTPS://TestServer:443/commitments/{CODE.lower()}",
        f"http://testserver:80/embed/commitments/{CODE}",
    ],
)
def test_oembed_takes_an_address_as_people_copy_it(client, commitment, address):
    plain = client.get("/oembed.json", {"url": f"{HERE}/commitments/{CODE}/"}).json()
    assert client.get("/oembed.json", {"url": address}).json() == plain


@pytest.mark.parametrize(
    "address",
    [
        f"http://testserver:8080/commitments/{CODE}/",
        f"http://somebody@testserver/commitments/{CODE}/",
        f"http://testserver:x/commitments/{CODE}/",
        f"ftp://testserver/commitments/{CODE}/",
        f"//testserver/commitments/{CODE}/",
    ],
)
def test_oembed_knows_no_other_site(client, commitment, address):
    assert client.get("/oembed.json", {"url": address}).status_code == 404
