"""Data in any script stands in its own direction wherever a page names it, and says its language."""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from tests.factories import (
    change,
    cite,
    link,
    make_agency,
    make_commitment,
    make_plan,
    make_section,
    make_source,
)

pytestmark = pytest.mark.django_db

TITLE = "مكافحة الاتجار بالأشخاص (1)"
NAMES = {
    "title": TITLE,
    "publisher": "وزارة العدل",
    "document": "خطة العمل الوطنية",
    "agency": "وزارة العمل",
    "later": "תוכנית לאומית למאבק בסחר",
}
PAGES = [
    "/",
    "/commitments/",
    "/commitments/?view=cards",
    "/commitments/?q=مكافحة",
    "/commitments/US21-PRT-001/",
    "/es/commitments/US21-PRT-001/",
    "/agencies/",
    "/agencies/mol/",
    "/sources/",
    "/sources/khitta/",
    "/pillars/protection/",
    "/matrix/",
    "/timeline/",
    "/timeline/?year=2021",
    "/compare/?from=khitta&to=later",
    "/news/",
    "/search/?q=MOL",
    "/plans/us-nap-2021/",
    "/agencies/mol/brief/",
    "/commitments/US21-PRT-001/brief/",
    "/agencies/mol/questions/",
    "/changes/",
    "/embed/commitments/US21-PRT-001/",
]
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# Their text is not laid out among other text.
ALONE = {"title", "option", "textarea", "script", "style", "caption", "text", "code", "pre"}


class Bare(HTMLParser):
    """Collects names that stand in text without an element that parts their direction from what is around them."""

    def __init__(self):
        super().__init__()
        self.around, self.bare, self.named = [], [], 0

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            isolates = tag == "bdi" or tag in ALONE or "dir" in dict(attrs)
            self.around.append((tag, isolates or "vh" in (dict(attrs).get("class") or "").split()))

    def handle_endtag(self, tag):
        while self.around and self.around.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if any(name in data for name in NAMES.values()):
            self.named += 1
            data = re.sub("\u2068[^\u2069]*\u2069", "", data)
        is_bare = not any(isolates for tag, isolates in self.around if tag != "html")
        if is_bare and any(name in data for name in NAMES.values()):
            self.bare.append(f"{self.around[-1][0]}: {data.strip()}")


@pytest.fixture(scope="class")
def arabic(class_database):
    make_agency("mol", name=NAMES["agency"], short_name=NAMES["agency"], acronym="MOL")
    described = {"publisher": NAMES["publisher"], "language": "ar"}
    source = make_source("khitta", title=NAMES["document"], **described)
    newer = make_source(
        "later", title=NAMES["document"], published_on=dt.date(2024, 2, 14), **described
    )
    make_plan(document=source.slug)
    make_section("protection-1", title=NAMES["title"])
    item = make_commitment(
        "US21-PRT-001",
        title=TITLE,
        summary=TITLE,
        section="protection-1",
        lead_agencies=["mol"],
        due_on=dt.date(2022, 12, 31),
    )
    later = make_commitment("US24-PRT-002", title=NAMES["later"], announced_on=dt.date(2024, 2, 14))
    cite(item, source)
    cite(later, newer)
    link(item, later)
    change(item, "in_progress", dt.date(2021, 12, 13), [source])


class TestDirections:
    @pytest.mark.parametrize("address", PAGES)
    def test_a_name_in_another_direction_is_parted_from_the_text_around_it(self, arabic, address):
        answer = Client().get(address)
        assert answer.status_code == 200, address
        page = Bare()
        page.feed(answer.content.decode())
        assert page.named
        assert "\n".join(page.bare) == ""

    def test_the_title_of_a_document_says_its_language(self, arabic):
        page = Client().get("/sources/khitta/").content.decode()
        assert f'<h1 lang="ar" dir="auto">{NAMES["document"]}</h1>' in page
