"""A client that follows `next` to the end has every row at its newest, whatever others write meanwhile."""

import datetime as dt

import pytest
from django.test import Client

from commitments.selection import ORDERS
from tests.factories import change, make_commitment, make_source

pytestmark = pytest.mark.django_db
SIGNED = [f"{sign}{name}" for name in ORDERS for sign in ("", "-")]
SOME = 9


@pytest.fixture(scope="class")
def items(class_database):
    make_source("sheet", published_on=dt.date(2022, 1, 1))
    return [
        make_commitment(f"US21-PRT-{number:03}", title=f"Train {number}") for number in range(SOME)
    ]


def walk(address, meanwhile):
    """Follow `next` to the end; return the rows of each page. After each page something is written."""
    pages = []
    while address:
        answer = Client().get(address)
        assert answer.status_code == 200, answer.content
        pages.append(answer.json()["results"])
        assert len(pages) < 4 * SOME
        meanwhile(len(pages))
        address = answer.json()["next"]
    return pages


class TestWalks:
    @pytest.mark.parametrize("order", SIGNED)
    def test_an_edit_that_moves_a_row_past_the_reader_makes_nobody_miss_it(self, items, order):
        def write(page):
            # A row at either end moves while the reader is in the middle.
            if page == 2:
                for item in (items[0], items[-1], items[SOME // 2]):
                    change(item, "not_started", dt.date(2022, 3, 1))
                make_commitment("US21-PRT-100", title="Train 100")

        query = "&q=train" if order.endswith("relevance") else ""
        pages = walk(f"/api/v1/commitments/?page_size=2&order={order}{query}", write)
        newest = {row["code"]: row for page in pages for row in page}
        now = Client().get("/api/v1/commitments/").json()["results"]
        if order.removeprefix("-") != "code":
            assert newest == {row["code"]: row for row in now}
        assert {item.code for item in items} <= newest.keys()

    @pytest.mark.parametrize("order", SIGNED)
    def test_without_an_edit_every_row_comes_once(self, items, order):
        query = "&q=train" if order.endswith("relevance") else ""
        pages = walk(f"/api/v1/commitments/?page_size=2&order={order}{query}", lambda page: None)
        codes = [row["code"] for page in pages for row in page]
        assert len(codes) == SOME == len({*codes})

    def test_an_edit_of_a_row_that_the_filters_leave_out_adds_no_page(self, items):
        other = make_commitment("US21-PRV-001", pillar="prevention")

        def write(page):
            if page == 1:
                change(other, "not_started", dt.date(2022, 3, 1))

        pages = walk("/api/v1/commitments/?pillar=protection&page_size=5&order=-seq", write)
        assert [len(page) for page in pages] == [5, 4]

    @pytest.mark.parametrize("version", ["", "x", "-1", "1.2", "9" * 40, "٣"])
    def test_a_cursor_with_a_version_that_is_none_is_refused(self, items, version):
        following = Client().get("/api/v1/commitments/?page_size=2&order=-seq").json()["next"]
        cursor = following.partition("cursor=")[2].partition(".")[0]
        answer = Client().get(f"/api/v1/commitments/?order=-seq&cursor={cursor}.{version}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["attr"] == "cursor"
        assert Client().get(f"/api/v1/commitments/?order=-seq&cursor={cursor}").status_code == 200
