"""The language of a page is in its address and nowhere else; the API and the administration speak English."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from commitments.choices import counted
from commitments.dates import since_in_words
from planwatch.web.languages import path_in, split
from planwatch.web.text import quoted
from tests.live_site import EXAMPLES
from tests.test_access import client_of

pytestmark = pytest.mark.django_db
ES = {"accept-language": "es-MX,es;q=0.9"}


@pytest.fixture
def item(world):
    return world["item"]


def address_of(name):
    return reverse(name, kwargs=EXAMPLES.get(name))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ("en", "/")),
        ("/method/", ("en", "/method/")),
        ("/es/", ("es", "/")),
        ("/es/method/", ("es", "/method/")),
        ("/es", ("en", "/es")),
        ("/estonia/", ("en", "/estonia/")),
        ("/es-mx/method/", ("en", "/es-mx/method/")),
        ("//es/", ("en", "//es/")),
        ("", ("en", "")),
    ],
)
def test_a_path_is_split_into_its_language_and_the_rest(path, expected):
    assert split(path) == expected


def test_a_path_changes_its_language_and_nothing_else():
    assert path_in("es", "/sources/a/") == path_in("es", "/es/sources/a/") == "/es/sources/a/"
    assert path_in("en", "/es/sources/a/") == path_in("en", "/sources/a/") == "/sources/a/"
    assert (path_in("es", "/"), path_in("en", "/es/")) == ("/es/", "/")


@pytest.mark.parametrize("name", ["home", "method", "commitment_list", "source_list", "login"])
def test_the_address_alone_decides_the_language(client, name):
    address = address_of(name)
    for path, language in ((address, "en"), (f"/es{address}", "es")):
        for headers in ({}, ES, {"accept-language": "en", "cookie": "django_language=de"}):
            response = client.get(path, headers=headers)
            assert response.status_code == 200
            assert response["Content-Language"] == language
            assert f'<html lang="{language}">' in response.content.decode()
            assert "Accept-Language" not in response.get("Vary", "")
    assert translation.get_language() == "en"


def test_every_page_names_itself_in_each_language(client):
    for path, own in (("/sources/", "/sources/"), ("/es/sources/", "/es/sources/")):
        page = client.get(f"{path}?as_of=2024-01-01&page_size=10").content.decode()
        assert f'<link rel="canonical" href="http://testserver{own}">' in page
        for language, address in (
            ("en", "/sources/"),
            ("es", "/es/sources/"),
            ("x-default", "/sources/"),
        ):
            link = f'<link rel="alternate" hreflang="{language}" href="http://testserver{address}">'
            assert link in page


def test_a_canonical_address_keeps_what_the_page_is_about(client):
    page = client.get(
        "/commitments/?status=stalled&order=code&is_open=true&page_size=5"
    ).content.decode()
    canonical = "http://testserver/commitments/?is_open=true&amp;status=stalled"
    assert f'<link rel="canonical" href="{canonical}">' in page


def test_the_switch_keeps_the_page_and_its_whole_query(client):
    query = "q=%22shelter+beds%22&status=stalled&status=completed&as_of=2024-01-01"
    for path, other, language in (
        ("/commitments/", "/es/commitments/", "es"),
        ("/es/commitments/", "/commitments/", "en"),
    ):
        page = client.get(f"{path}?{query}").content.decode()
        href = f"{other}?{query}".replace("&", "&amp;")
        assert f'<a href="{href}" lang="{language}" hreflang="{language}">' in page


@pytest.mark.parametrize("path", ["/es/nothing/", "/es/commitments/XX/", "/es/api/v1/"])
def test_a_wrong_address_is_answered_in_its_language(client, path):
    response = client.get(path)
    assert (response.status_code, response["Content-Language"]) == (404, "es")
    assert '<html lang="es">' in response.content.decode()


def test_a_path_without_its_last_slash_is_completed_in_its_language(client):
    assert client.get("/es/method")["Location"] == "/es/method/"
    assert client.get("/es")["Location"] == "/es/"


def test_each_language_has_its_own_etag(client):
    tags = {client.get(path)["ETag"] for path in ("/method/", "/es/method/")}
    assert len(tags) == 2
    for tag in tags:
        statuses = {
            client.get(path, headers={"if-none-match": tag}).status_code
            for path in ("/method/", "/es/method/")
        }
        assert statuses == {200, 304}


def test_signing_in_begins_and_ends_in_the_language_of_the_page(client, admin_user):
    response = client.get("/es/editor/")
    assert response["Location"] == "/es/accounts/login/?next=%2Fes%2Feditor%2F"
    answer = {"username": "admin", "password": "password", "next": "/es/editor/"}
    assert client.post("/es/accounts/login/", answer)["Location"] == "/es/editor/"
    desk = client.get("/es/editor/")
    assert desk.status_code == 200
    assert "ETag" not in desk


def test_links_of_a_page_stay_in_its_language(client):
    page = client.get("/es/method/").content.decode()
    assert 'href="/es/commitments/"' in page
    assert 'href="/api/v1/docs/"' in page
    assert 'href="/commitments/"' not in page


class TestTheApi:
    def test_speaks_english_to_everybody(self, client, item):
        told = {
            (
                client.get(f"/api/v1/commitments/{item.code}/", headers=headers).json()[
                    "status_label"
                ]
            )
            for headers in ({}, ES)
        }
        assert told == {"In progress"}
        refused = client.get("/api/v1/commitments/?is_open=si", headers=ES)
        assert refused["Content-Language"] == "en"
        assert refused.content == client.get("/api/v1/commitments/?is_open=si").content

    def test_names_english_addresses(self, client, item):
        found = client.get(f"/api/v1/commitments/{item.code}/", headers=ES).json()
        assert found["html_url"] == f"http://testserver/commitments/{item.code}/"

    def test_describes_itself_in_english_only(self, client):
        assert client.get("/api/v1/schema/?lang=es").status_code == 400


def test_the_administration_speaks_english(db):
    client = client_of("administrator")
    assert '<html lang="en"' in client.get("/admin/", headers=ES).content.decode()
    assert client.get("/es/admin/").status_code == 404


def test_a_visitor_without_cookies_gets_none():
    assert not Client().get("/es/").cookies


class TestTheRecordsOwnTexts:
    NOTE = "Los textos del registro"

    def test_say_their_language_on_a_page_in_another(self, client, item):
        page = client.get(f"/es/commitments/{item.code}/").content.decode()
        assert f'<h1 lang="en" dir="auto">{item.title}</h1>' in page
        assert page.count(self.NOTE) == 1

    def test_need_not_say_it_on_a_page_in_their_own(self, client, item):
        page = client.get(f"/commitments/{item.code}/").content.decode()
        assert f'<h1 dir="auto">{item.title}</h1>' in page
        assert self.NOTE not in page

    def test_are_the_same_in_every_language(self, client, item):
        for path in (f"/commitments/{item.code}/", f"/es/commitments/{item.code}/"):
            assert item.summary in client.get(path).content.decode()


def test_words_of_a_count_and_days_of_a_sentence_are_inflected():
    day = dt.date(2024, 3, 5)
    with translation.override("es"):
        assert [counted("completed", n) for n in (0, 1, 22)] == [
            "cumplidos",
            "cumplido",
            "cumplidos",
        ]
        assert counted("official", 2) == "oficiales"
        assert since_in_words(day) == "el 5 de marzo de 2024"
        assert since_in_words(day, "month") == "marzo de 2024"
        assert quoted("a") == "«a»"
    assert (counted("completed", 22), since_in_words(day)) == ("completed", "March 5, 2024")


def test_dates_and_plurals_follow_the_language(client, item):
    page = client.get("/es/commitments/").content.decode()
    assert "2 compromisos" in page
    page = client.get(f"/es/commitments/{item.code}/").content.decode()
    assert "13 de diciembre de 2021" in page
    assert "Dec. 13, 2021" in client.get(f"/commitments/{item.code}/").content.decode()


@pytest.mark.parametrize("name", ["home", "commitment_list", "commitment_detail", "method"])
def test_a_page_costs_the_same_in_every_language(client, item, name, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = reverse(name, kwargs={"code": item.code} if name == "commitment_detail" else None)
    with CaptureQueriesContext(connection) as english:
        client.get(address)
    with django_assert_num_queries(len(english)):
        client.get(f"/es{address}")
