"""One page that searches commitments, history, developments, sources and agencies."""

import datetime as dt
import re

import pytest

from tests.factories import (
    change,
    make_agency,
    make_commitment,
    make_development,
    make_plan,
    make_site,
    make_source,
)
from tests.test_pages import get

pytestmark = pytest.mark.django_db

VISAS, GOODS, HOTELS, FRENCH = "US21-PRT-001", "US21-PRS-002", "US21-PRV-003", "CA19-PRV-001"
SYNONYMS = """UFLPA | Uyghur Forced Labor Prevention Act
T visa | T nonimmigrant status
lawsuit | litigation | sued"""


@pytest.fixture(scope="class")
def shelves(class_database):
    make_site(synonyms=SYNONYMS)
    make_agency("uscis", acronym="USCIS", short_name="Citizenship", name="Citizenship Services")
    visas = make_commitment(
        VISAS, title="Issue T nonimmigrant status sooner", lead_agencies=["uscis"]
    )
    goods = make_commitment(
        GOODS,
        pillar="prosecution",
        title="Enforce the Uyghur Forced Labor Prevention Act",
    )
    make_commitment(HOTELS, pillar="prevention", title="Train hotel staff in Québec")
    post = make_source("post", title="Cuts hit an office", publisher="Daily Kos", origin="advocacy")
    change(visas, "in_progress", dt.date(2022, 7, 1), explanation="Rules on the visa were drafted.")
    change(goods, "in_progress", dt.date(2022, 7, 1))
    change(
        goods, "stalled", dt.date(2023, 7, 1), explanation="Grantees sued the department over cuts."
    )
    make_development(
        source=post.slug, commitments=[VISAS], sentence="The office lost half its staff."
    )


def groups(client, query, **also) -> dict[str, str]:
    """Return what each group of the answer says, by its name."""
    response = client.get("/search/", {"q": query, **also})
    assert response.status_code == 200
    found = {}
    for part in response.content.decode().split('<section aria-labelledby="')[1:]:
        name, _, shown = part.partition('"')
        words = re.sub(r"<[^>]+>", "", shown.partition("</section>")[0])
        found[name] = re.sub(r"\s+", " ", words)
    return found


class TestWhatIsUnderstood:
    def test_a_visa_is_found_by_its_other_name_and_not_by_every_word_visa(self, client, shelves):
        found = groups(client, "T visa")
        assert VISAS in found["commitments"]
        assert "history" not in found

    def test_an_acronym_finds_what_its_words_find(self, client, shelves):
        assert GOODS in groups(client, "UFLPA")["commitments"]

    def test_a_lawsuit_is_found_where_somebody_sued(self, client, shelves):
        assert "Grantees sued the department" in groups(client, "lawsuit")["history"]

    def test_the_word_of_a_status_finds_what_has_it(self, client, shelves):
        found = groups(client, "stalled")
        assert GOODS in found["commitments"] and VISAS not in found["commitments"]
        assert "Grantees sued" in found["history"] and "July 1, 2023" in found["history"]
        page = client.get("/search/?q=stalled").content.decode()
        assert 'href="/commitments/?status=stalled"' in page

    def test_a_publisher_finds_its_documents_and_what_they_report(self, client, shelves):
        found = groups(client, "Daily Kos")
        assert "Cuts hit an office" in found["sources"]
        assert "lost half its staff" in found["developments"]

    def test_an_agency_is_found_by_its_acronym(self, client, shelves):
        found = groups(client, "uscis")
        assert "Citizenship Services" in found["agencies"]
        assert VISAS in found["commitments"]


class TestWhatIsAnswered:
    def test_filler_words_are_dropped(self, client, shelves):
        found = groups(client, "What about the hotels in Québec?")
        assert HOTELS in found["commitments"]

    def test_without_a_full_match_partial_ones_are_shown_and_said_to_be(self, client, shelves):
        page = get(client, "/search/?q=hotel+zebra+staff")
        assert "Nothing has all of these words." in page
        assert HOTELS in page
        assert "Nothing has all of these words." not in get(client, "/search/?q=hotel+staff")

    def test_a_misspelled_word_alone_is_respelled(self, client, shelves):
        assert 'href="/search/?q=hotel"' in client.get("/search/?q=hotle").content.decode()

    def test_an_excluded_word_keeps_out_what_holds_it(self, client, shelves):
        assert "commitments" not in groups(client, "hotel -staff")

    def test_on_an_earlier_day_only_what_was_there_is_found(self, client, shelves):
        assert "history" not in groups(client, "sued", as_of="2022-12-31")
        assert "history" in groups(client, "sued", as_of="2023-12-31")

    def test_an_unknown_kind_is_refused(self, client, shelves):
        assert client.get("/search/?q=hotel&only=hotels").status_code == 400

    def test_more_than_five_are_a_click_away(self, client, shelves):
        for number in range(6):
            item = make_commitment(f"US21-PRT-1{number:02d}", title=f"Open shelter {number}")
            change(item, "in_progress", dt.date(2022, 8, 1), explanation="A shelter opened.")
        page = client.get("/search/?q=shelter").content.decode()
        assert 'href="/commitments/?q=shelter"' in page
        assert "/search/?q=shelter&amp;only=history" in page
        alone = groups(client, "shelter", only="history")
        assert (
            list(alone) == ["history"] and alone["history"].count("A shelter opened") == 0 or alone
        )

    def test_every_page_has_the_box(self, client, shelves):
        for address in ("/", "/method/", f"/commitments/{VISAS}/", "/search/"):
            assert 'role="search" action="/search/"' in client.get(address).content.decode()


def test_original_titles_are_stemmed_by_their_language(client):
    make_plan("ca-plan", jurisdiction="CA", language="fr")
    make_commitment(
        FRENCH, plan="ca-plan", title="Inform workers", original_title="Les familles travaillent"
    )
    assert FRENCH in groups(client, "travailler")["commitments"]
