"""No page under /es/ says in English what the catalogue says in Spanish, or quotes as English does. Texts of the record
are marked and left alone."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from commitments.models import DoubleCoding, ErrorReport, ReportingRound, Review, RoundAnswer
from tests.catalogue import stored
from tests.test_access import (  # noqa: F401  the rows that the table speaks of
    PUBLIC,
    WORK,
    client_of,
    place,
)

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPOKEN = ("aria-label", "placeholder", "title", "alt")
# Said the same in both languages.
ALIKE = {"API", "CSV", "JSON", "OGP", "GAO", "Plan", "PlanWatch"}


class Texts(HTMLParser):
    """Collects what a page says, outside elements marked as being in another language."""

    def __init__(self):
        super().__init__()
        self.found, self._open = [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        foreign = attrs.get("lang", "es") != "es" or "code" in (attrs.get("class") or "").split()
        if tag not in VOID:
            self._open.append((tag, foreign or tag in ("script", "style")))
        if not self._is_foreign():
            self.found += [attrs[name] for name in SPOKEN if attrs.get(name)]

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not self._is_foreign():
            self.found.append(" ".join(data.split()))

    def _is_foreign(self):
        return any(foreign for _, foreign in self._open)


@pytest.fixture(scope="module")
def english():
    """Return every English message that the catalogue translates into other words."""
    found, spanish = set(), set(ALIKE)
    for item in stored():
        ids = item.id if isinstance(item.id, tuple) else (item.id,)
        texts = item.string if isinstance(item.string, tuple) else (item.string,)
        found |= set(filter(None, ids))
        spanish |= set(texts)
    return found - spanish


def left_in_english(client, address, english):
    response = client.get(address)
    if response.status_code >= 500 or "text/html" not in response.get("Content-Type", ""):
        assert response.status_code < 500, address
        return []
    assert response["Content-Language"] == "es", address
    page = Texts()
    page.feed(response.content.decode())
    return [(address, text) for text in page.found if text in english or "“" in text]


def test_no_public_page_says_it_in_english(place, english):  # noqa: F811
    addresses = [
        f"/es{address}"
        for route, own in PUBLIC.items()
        for address in own
        if not route.startswith(("api/", "healthz/", "sitemap", "robots"))
    ]
    addresses += ["/es/nothing/", "/es/commitments/?status=x", "/es/commitments/?q=zebra"]
    client = Client()
    left = {
        text: address
        for address in addresses
        for address, text in left_in_english(client, address, english)
    }
    assert left == {}


@pytest.mark.parametrize("role", ["contributor", "editor", "administrator"])
def test_no_page_of_signed_in_people_says_it_in_english(place, english, role):  # noqa: F811
    client = client_of(role)
    numbers = {
        "proposal": place.pk,
        "review": Review.objects.earliest("pk").pk,
        "report": ErrorReport.objects.earliest("pk").pk,
        "coding": DoubleCoding.objects.earliest("pk").pk,
        "round": ReportingRound.objects.earliest("pk").pk,
        "answer": RoundAnswer.objects.earliest("pk").pk,
    }
    addresses = [
        f"/es{address.format(**numbers)}"
        for route, (method, address, _) in WORK.items()
        if method == "GET" and not route.startswith(("api/", "^"))
    ]
    left = {
        text: address
        for address in addresses
        for address, text in left_in_english(client, address, english)
    }
    assert left == {}
