"""A query that is saved keeps its address, its rows and the digest of its result."""

import datetime as dt
import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from commitments.models import SavedQuery
from tests.factories import change, make_commitment, unpublish

pytestmark = pytest.mark.django_db
DAY = dt.date(2024, 2, 14)


@pytest.fixture
def item(db):
    make_commitment("US21-PRT-002")
    return make_commitment("US21-PRT-001")


def saved(client, address):
    answer = client.post("/data/q/", {"address": address})
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def digest_of(client, query):
    answer = client.get(f"{query.address}&format=csv")
    assert answer.status_code == 200
    return hashlib.sha256(b"".join(answer.streaming_content)).hexdigest()


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/commitments/?pillar=protection&order=-code",
        "http://testserver/commitments/?pillar=protection&page_size=25",
        "/api/v1/status-changes/?status=in_progress",
        "/api/v1/stats/?by=pillar,status",
        "/api/v1/panel/?from=2022-01-01&to=2022-12-31",
        "/api/v1/plans/?fields=slug,title",
    ],
)
def test_the_result_of_a_saved_query_stays_whatever_is_written_later(client, item, address):
    page = saved(client, address)
    query = SavedQuery.objects.get()
    assert page == f"/data/q/{query.digest}/"
    assert query.sha256 == digest_of(client, query)
    change(item, "in_progress", DAY)
    make_commitment("US21-PRT-003")
    assert query.sha256 == digest_of(client, query)
    shown = client.get(page).content.decode()
    assert query.sha256 in shown and query.address.replace("&", "&amp;") in shown
    assert f"http://testserver{page}" in shown


def test_the_same_query_of_the_same_version_has_one_address(client, item):
    first = saved(client, "/api/v1/commitments/?pillar=protection&status=no_evidence")
    again = saved(client, "/api/v1/commitments/?status=no_evidence&pillar=protection&format=csv")
    assert first == again
    change(item, "in_progress", DAY)
    later = saved(client, "/api/v1/commitments/?status=no_evidence&pillar=protection")
    assert later != first
    assert [query.rows for query in SavedQuery.objects.order_by("pk")] == [2, 1]


def test_a_saved_query_names_the_keys_that_lists_have_today(client, item):
    saved(client, "/api/v1/commitments/")
    asked = parse_qs(urlsplit(SavedQuery.objects.get().address).query)
    listed = client.get("/api/v1/commitments/").json()["results"][0]
    assert asked["fields"] == [",".join(listed)]
    assert re.match(r"\d{4}-\d{2}-\d{2}T.*Z$", asked["known_at"][0])


def test_what_was_unpublished_leaves_a_saved_query(client, item):
    saved(client, "/api/v1/commitments/")
    query = SavedQuery.objects.get()
    unpublish(item)
    assert query.sha256 != digest_of(client, query)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Give the address of a list"),
        ("/api/v1/commitments/US21-PRT-001/", "Give the address of a list"),
        ("/api/v1/auth/tokens/", "Give the address of a list"),
        ("/api/v1/pillars/", "Give the address of a list"),
        ("/nowhere/", "Give the address of a list"),
        ("//elsewhere.example", "Give the address of a list"),
        ("/api/v1/commitments/?pilar=x", "is not a parameter here"),
        ("/api/v1/commitments/?status=finished&plan=x", "is not a value of plan"),
        (f"/api/v1/commitments/?q={'x' * 5000}", "Give the address of a list"),
    ],
)
def test_an_address_that_is_no_list_is_refused_with_the_words_of_the_list(
    client, item, address, words
):
    answer = client.post("/data/q/", {"address": address})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not SavedQuery.objects.exists()


def test_there_is_nothing_at_an_address_that_nobody_saved(client, db):
    assert client.get("/data/q/0123456789abcdef/").status_code == 404
    assert client.get("/data/q/").status_code == 200
