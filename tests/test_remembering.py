"""Parts of answers that a process remembers: the same answers with them and without, and never those of another version."""

import datetime as dt
import re

import pytest
from django.test import Client

from commitments.querysets.sql import today
from planwatch.cache.version_cache import Memory
from tests.factories import change, cite, make_commitment, make_source
from tests.test_editor import signed_in

pytestmark = pytest.mark.django_db

LIST = "/api/v1/commitments/?status=in_progress&page_size=1"


@pytest.fixture
def remembering(settings, world):
    """Let the process remember, and give what reads an address with that, or without."""

    def read(address: str, megabytes: int = 1):
        settings.PLANWATCH_REMEMBERED_MEGABYTES = megabytes
        response = Client().get(address)
        assert response.status_code == 200
        return b"".join(response)

    return read


@pytest.mark.parametrize(
    "address",
    [
        LIST,
        "/api/v1/commitments/?order=-due_on",
        "/api/v1/commitments/?q=promise&pillar=protection",
        "/api/v1/commitments/?fields=code,url",
        "/api/v1/commitments/?as_of=2022-01-30",
        "/api/v1/commitments/US21-PRT-001/",
        "/api/v1/commitments/US21-PRT-001/?fields=code,history",
        "/api/v1/stats/?by=pillar,status",
        "/commitments/?status=in_progress",
        "/",
        "/?as_of=2022-01-30",
        "/agencies/",
        "/agencies/hhs/",
        "/matrix/?status=in_progress",
        "/timeline/",
        "/timeline/?year=2021",
        "/sources/",
        "/compare/",
        "/es/commitments/?view=cards&page_size=2",
        "/commitments/?q=promise",
        "/pillars/protection/?order=-status",
    ],
)
def test_an_answer_is_the_same_when_made_anew_when_first_remembered_and_from_memory(
    remembering, address
):
    change(make_commitment("US21-PRT-007", due_on=dt.date(2023, 1, 1)), "in_progress")
    cite(make_commitment("US21-PRT-008"), make_source(title="Ünïcode “x”"))
    anew = remembering(address, megabytes=0)
    assert remembering(address) == anew
    assert remembering(address) == anew


@pytest.mark.parametrize(
    "address", ["/commitments/?status=in_progress", "/api/v1/stats/?by=pillar,agency"]
)
def test_pages_of_a_list_and_counts_are_remembered_whole(
    remembering, django_assert_num_queries, address
):
    remembering(address)
    # The version.
    with django_assert_num_queries(1):
        remembering(address)


def test_a_page_reads_no_row_that_it_remembers_as_it_was_written(
    remembering, django_assert_num_queries
):
    remembering("/commitments/?page_size=1")
    with django_assert_num_queries(1):
        remembering("/commitments/?page_size=1")
    # The same row on another page, with the filters and the row beside it.
    assert b"US21-PRT-001" in remembering("/commitments/?order=-code")


def test_menu_and_foot_of_a_page_are_those_of_its_own_day_language_and_place(remembering):
    addresses = [
        "/",
        "/commitments/",
        "/commitments/?as_of=2022-01-30",
        f"/commitments/?as_of=2022-01-30&known_at={today()}",
        "/commitments/US21-PRT-001/?as_of=2022-01-30",
        "/es/commitments/?as_of=2022-01-30",
        "/es/",
        "/agencies/",
        "/matrix/",
    ]
    anew = [remembering(address, megabytes=0) for address in addresses]
    assert [remembering(address) for address in addresses] == anew
    assert [remembering(address) for address in reversed(addresses)] == anew[::-1]


def test_what_a_list_says_on_each_of_its_pages_is_kept_from_those_who_may_do_more(remembering):
    change(make_commitment("US21-PRT-007"), "in_progress")
    first = remembering("/commitments/?page_size=1&status=in_progress")
    asked = {"page_size": 1, "status": "in_progress"}
    seen = signed_in("ada", "Editor").get("/commitments/", asked)
    assert "Review these" in seen.content.decode()
    assert remembering("/commitments/?page_size=1&status=in_progress") == first
    assert b"Review these" not in first
    following = re.search(rb'rel="next" href="([^"]+)"', first)[1].decode().replace("&amp;", "&")
    assert remembering(following) == remembering(following, megabytes=0)


def test_a_write_makes_all_that_is_remembered_of_no_account(remembering):
    before = remembering(LIST)
    item = make_commitment("US21-PRT-007", title="A promise of the next version")
    change(item, "in_progress")
    assert remembering(LIST) != before
    assert remembering(LIST) == remembering(LIST, megabytes=0)


def test_what_was_not_asked_for_the_longest_goes_first():
    memory = Memory(10)
    for key in "ab":
        memory.keep(key, key.upper(), 5)
    assert memory.get("a") == "A"
    memory.keep("c", "C", 5)
    assert [memory.get(key) for key in "abc"] == ["A", None, "C"]
    memory.keep("d", "D", 11)
    assert [memory.get(key) for key in "acd"] == ["A", "C", None]
