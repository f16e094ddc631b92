"""What a link to a page shows where it is shared, and what search engines are told."""

import io
import re
import xml.etree.ElementTree as ET

import pytest
from django.test import Client
from PIL import Image

from commitments.choices import Status
from commitments.syndication.social_card import _SERIF, Card, _fitting, _marks, picture
from planwatch.sitemaps import SITEMAPS
from tests.factories import make_commitment
from tests.test_access import HIDDEN, place  # noqa: F401  a commitment that is not published

# A picture names the site, which is a row.
pytestmark = pytest.mark.django_db

WORDS = {
    "code": "US21-PRT-001",
    "title": "A promise",
    "label": "In progress",
    "since": "since Jan. 2, 2022",
    "owed_by": "Responsible agency: HHS",
    "confirmed": "Confirmed by: Agency’s own account only",
    "as_of": "As of Jan. 3, 2022",
}


def entry(page, name):
    found = re.search(rf'<meta (?:property|name)="{name}" content="([^"]*)">', page)
    return found and found[1]


@pytest.mark.parametrize(
    ("title", "font"),
    [
        ("Žluťoučký kůň – Їжак – Ελλάδα", "SourceSerif4"),
        ("مكافحة الاتجار بالأشخاص (2024)", "NotoSansArabic"),
        ("मानव तस्करी", "NotoSansDevanagari"),
        ("Against การค้ามนุษย์", "NotoSansThai"),
        ("ជួញដូរមនុស្ស", "NotoSansKhmer"),
    ],
)
def test_a_title_is_drawn_in_a_font_that_has_its_letters(title, font):
    assert font in _fitting(_SERIF, title).name


def test_a_title_that_no_font_can_draw_gives_way_to_the_code():
    card = Card(status="completed", **WORDS | {"title": "人身取引対策行動計画"})
    coded = Card(status="completed", **WORDS | {"title": WORDS["code"]})
    assert picture(card) == picture(coded)


def test_signs_that_are_no_letters_are_left_out_rather_than_drawn_as_boxes():
    card = Card(status="completed", **WORDS | {"title": "A promise 🙂"})
    assert picture(card) == picture(Card(status="completed", **WORDS))


def test_a_word_wider_than_the_picture_is_parted():
    long = Card(status="completed", **WORDS | {"title": "Donaudampfschiff" * 5})
    with Image.open(io.BytesIO(picture(long))).convert("L") as image:
        # Nothing is written past the margin.
        assert image.crop((1200 - 70, 130, 1200, 410)).getextrema()[0] > 240


@pytest.fixture
def client(db):
    return Client()


class TestThePicture:
    @pytest.fixture
    def code(self, world):
        return world["item"].code

    def test_is_a_small_png_of_the_size_that_sites_ask_for(self, client, code):
        response = client.get(f"/commitments/{code}/share.png")
        assert response["Content-Type"] == "image/png"
        assert len(response.content) < 80_000
        assert Image.open(io.BytesIO(response.content)).size == (1200, 630)

    def test_differs_by_language_day_and_status(self, client, code):
        addresses = [
            f"/commitments/{code}/share.png",
            f"/es/commitments/{code}/share.png",
            f"/commitments/{code}/share.png?as_of=2021-12-20",
            f"/commitments/{code}/share.png?as_of=2021-12-04",
        ]
        assert len({client.get(address).content for address in addresses}) == 4

    def test_is_kept_by_readers_until_the_record_moves(self, client, code):
        address = f"/commitments/{code}/share.png"
        tag = client.get(address)["ETag"]
        assert client.get(address, headers={"if-none-match": tag}).status_code == 304
        make_commitment("US21-PRT-003")
        assert client.get(address, headers={"if-none-match": tag}).status_code == 200

    def test_of_what_was_not_yet_announced_does_not_exist(self, client, code):
        assert client.get(f"/commitments/{code}/share.png?as_of=2020-01-01").status_code == 404

    def test_is_drawn_once_for_the_same_words(self):
        card = Card(status="stalled", **WORDS)
        assert picture(card) is picture(Card(status="stalled", **WORDS))

    def test_has_a_mark_and_colors_for_every_status(self):
        assert set(Status.values) == set(_marks())
        assert all(mark.getextrema()[1] == 255 for mark in _marks().values())
        drawn = {picture(Card(status=status, **WORDS)) for status in Status.values}
        assert len(drawn) == len(Status)

    @pytest.mark.parametrize("title", ["", "x" * 200, "long word " * 40, "ñ «¿áéíóúü?» – …"])
    def test_takes_any_title(self, title):
        assert picture(Card(status="in_place", **WORDS | {"title": title}))


class TestThePage:
    @pytest.fixture
    def code(self, world):
        return world["item"].code

    def test_of_a_commitment_shares_its_title_status_and_picture(self, client, code, world):
        page = client.get(f"/commitments/{code}/?as_of=2021-12-20").content.decode()
        assert entry(page, "og:title") == f"{world['item'].title}, {code}"
        assert entry(page, "og:url") == f"http://testserver/commitments/{code}/"
        shown = f"http://testserver/commitments/{code}/share.png?as_of=2021-12-20"
        assert entry(page, "og:image") == shown
        assert entry(page, "og:image:alt") == f"{world['item'].title}. Status: In progress"
        assert entry(page, "twitter:card") == "summary_large_image"

    def test_without_a_picture_shares_its_title_and_description(self, client):
        page = client.get("/method/").content.decode()
        assert entry(page, "og:title") == "Method: how a status is decided"
        assert entry(page, "og:description").startswith("Ten statuses, the evidence")
        assert entry(page, "twitter:card") == "summary"
        assert entry(page, "og:image") is None

    def test_names_its_language_and_the_others(self, client):
        for path, own, other in (("/method/", "en_US", "es_ES"), ("/es/method/", "es_ES", "en_US")):
            page = client.get(path).content.decode()
            assert entry(page, "og:locale") == own
            assert entry(page, "og:locale:alternate") == other

    def test_for_signed_in_work_shares_nothing(self, admin_client):
        assert "og:title" not in admin_client.get("/editor/").content.decode()

    def test_of_the_api_is_in_english_alone(self, client):
        page = client.get("/api/v1/docs/").content.decode()
        assert "hreflang" not in page
        assert 'rel="canonical"' in page


class TestTheSitemap:
    NAMES = {
        "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
        "x": "http://www.w3.org/1999/xhtml",
    }

    def read(self, client, address, kind):
        tree = ET.fromstring(client.get(address).content)
        return {
            item.find("s:loc", self.NAMES).text.removeprefix("http://testserver"): item
            for item in tree.findall(f"s:{kind}", self.NAMES)
        }

    def pages(self, client):
        found = {}
        for part in self.read(client, "/sitemap.xml", "sitemap"):
            found |= self.read(client, part, "url")
        return found

    def test_names_more_pages_than_one_file_holds(self, client, world, monkeypatch):
        whole = set(self.pages(client))
        monkeypatch.setattr("planwatch.sitemaps.CommitmentPages.limit", 1)
        assert set(self.pages(client)) == whole
        assert "/sitemap-commitments.xml?p=2" in self.read(client, "/sitemap.xml", "sitemap")

    def test_names_each_public_page_in_each_language(self, client, world):
        pages = self.pages(client)
        for path in ("/", "/commitments/US21-PRT-001/", "/sources/sheet/", "/agencies/hhs/"):
            for address in (path, f"/es{path}"):
                assert client.get(address).status_code == 200
                links = pages[address].findall("x:link", self.NAMES)
                assert {link.get("hreflang") for link in links} == {"en", "es", "x-default"}

    def test_says_when_the_content_moved(self, client, world):
        found = self.pages(client)["/commitments/US21-PRT-001/"].find("s:lastmod", self.NAMES)
        world["item"].refresh_from_db()
        assert found.text == world["item"].updated_at.date().isoformat()

    def test_leads_to_no_page_that_is_missing(self, client, world):
        for address in self.pages(client):
            assert client.get(address).status_code == 200, address


def test_robots_are_kept_from_signed_in_work_and_told_of_the_sitemap(client):
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /editor/" in text
    assert "Sitemap: http://testserver/sitemap.xml" in text


def test_the_sitemap_is_silent_about_what_is_not_published(client, place):  # noqa: F811
    for section in SITEMAPS:
        assert HIDDEN not in client.get(f"/sitemap-{section}.xml").content.decode()
