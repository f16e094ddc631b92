"""Pages by position: nothing skipped, nothing repeated, whatever is added meanwhile; foreign cursors refused."""

import base64
import datetime as dt
import itertools

import orjson
import pytest
from django.http import QueryDict

from commitments.models import Commitment, SearchDocument
from commitments.selection import ORDERS, select_commitments
from planwatch.web.keyset import page_of, size_from
from planwatch.web.query_params import InvalidQuery
from tests.factories import ANNOUNCED, make_commitment

pytestmark = pytest.mark.django_db

SIGNED = [f"{sign}{name}" for name in ORDERS for sign in ("", "-")]
STATUSES = ["completed", "in_progress", "no_evidence", "stalled"]


def add(number, **fields):
    """Add a commitment whose sort keys repeat, as those of real ones do; `number` sets all of them."""
    day = ANNOUNCED + dt.timedelta(days=number // 3)
    moment = dt.datetime.combine(day, dt.time(1, 2, 3, 456), tzinfo=dt.UTC)
    kept = Commitment.objects.get(code="US21-PRT-001")
    kept.pk = None
    values = {
        "code": f"US22-PRT-{number:03d}",
        "title": f"Train “Éva” {number // 4}",
        "status": STATUSES[number % 4],
        "status_since": day,
        "announced_on": day,
        "due_on": [None, day, day + dt.timedelta(days=400)][number % 3],
        "created_at": moment,
        "updated_at": moment,
        "seq": number,
        "is_published": True,
    }
    for name, value in (values | fields).items():
        setattr(kept, name, value)
    kept.save(force_insert=True)
    title = "word" if number % 2 else "other"
    SearchDocument.objects.create(commitment=kept, title=title, text="word")
    return kept.code


@pytest.fixture(scope="class")
def shelf(class_database):
    """Thirty commitments, with gaps between their keys."""
    make_commitment("US21-PRT-001", title="Another")
    Commitment.objects.filter(code="US21-PRT-001").update(is_published=False)
    return [add(number) for number in range(100, 400, 10)]


def chosen(order):
    query = "&q=word" if order.endswith("relevance") else ""
    return select_commitments(QueryDict(f"order={order}{query}"))


def page(order, cursor="", size=7):
    selection = chosen(order)
    return page_of(selection.queryset, selection.keys, cursor, size)


def codes(rows):
    return [row.code for row in rows]


def walk(order, cursor="", size=7, step="next", meanwhile=lambda page: None):
    """Return the pages from a cursor to the end."""
    pages = []
    while True:
        pages.append(page(order, cursor, size))
        cursor = getattr(pages[-1], step)
        if cursor is None:
            return pages
        meanwhile(pages[-1])
        assert len(pages) < 100, "the walk does not end"


class TestWalks:
    @pytest.mark.parametrize("order", SIGNED)
    def test_forth_and_back_shows_every_row_once_and_the_same_pages(self, shelf, order):
        everything = codes(chosen(order).queryset)
        assert sorted(everything) == sorted(shelf)
        forth = walk(order)
        assert list(itertools.chain(*(codes(page.rows) for page in forth))) == everything
        assert [len(page.rows) for page in forth] == [7, 7, 7, 7, 2]
        assert [page.previous is None for page in forth] == [True, False, False, False, False]
        back = walk(order, forth[-1].previous, step="previous")
        assert [codes(page.rows) for page in reversed(back)] == [
            codes(page.rows) for page in forth[:-1]
        ]
        assert all(page.next for page in back)
        again = page(order, back[-1].next)
        assert codes(again.rows) == codes(forth[1].rows)

    @pytest.mark.parametrize("order", SIGNED)
    def test_rows_added_on_the_way_make_nothing_skipped_or_repeated(self, shelf, order):
        numbers = itertools.cycle([101, 395, 250, 111, 331, 181, 99, 401])
        used = set(range(100, 400, 10))

        def add_some(_):
            for number in itertools.islice(numbers, 2):
                while number in used:
                    number += 1
                used.add(number)
                add(number)

        forth = walk(order, meanwhile=add_some)
        seen = list(itertools.chain(*(codes(page.rows) for page in forth)))
        assert len(seen) == len(set(seen)), "repeated"
        assert [code for code in seen if code in shelf] == [
            code for code in codes(chosen(order).queryset) if code in shelf
        ], "skipped"
        assert seen == [code for code in codes(chosen(order).queryset) if code in seen]
        back = walk(order, forth[-1].previous, step="previous", meanwhile=add_some)
        seen = list(itertools.chain(*(codes(page.rows) for page in reversed(back))))
        seen += codes(forth[-1].rows)
        assert len(seen) == len(set(seen))
        assert set(shelf) <= set(seen)

    def test_a_row_added_at_the_place_of_the_reader_is_on_the_next_page(self, shelf):
        first = page("code")
        assert codes(first.rows)[-1] == "US22-PRT-160"
        add(155)
        add(161)
        assert codes(page("code", first.next).rows)[0] == "US22-PRT-161"

    def test_a_removed_row_leaves_the_place_of_the_reader(self, shelf):
        first = page("-status")
        rest = codes(chosen("-status").queryset)[7:]
        Commitment.objects.filter(pk=first.rows[-1].pk).delete()
        assert codes(page("-status", first.next, 100).rows) == rest

    def test_the_size_may_change_on_the_way(self, shelf):
        first = page("title", size=3)
        rest = page("title", first.next, 500)
        assert codes(first.rows) + codes(rest.rows) == codes(chosen("title").queryset)
        assert rest.next is None

    def test_a_last_page_that_is_exactly_full_has_no_next(self, shelf):
        assert page("code", size=30).next is None
        assert page("code", size=29).next is not None
        assert len(walk("code", size=15)) == 2

    def test_nothing_has_no_pages(self, shelf):
        selection = select_commitments(QueryDict("status=withdrawn"))
        found = page_of(selection.queryset, selection.keys, "", 7)
        assert (found.rows, found.next, found.previous) == ([], None, None)

    def test_pages_of_a_day_of_the_past_hold_too(self, shelf):
        selection = select_commitments(QueryDict("as_of=2022-02-15&order=-status_since"))
        everything = codes(selection.queryset)
        assert 0 < len(everything) < 30
        seen, cursor = [], ""
        while cursor is not None:
            found = page_of(selection.queryset, selection.keys, cursor, 4)
            seen, cursor = seen + codes(found.rows), found.next
        assert seen == everything


# Cursors


def encoded(value):
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def keys_of(order):
    return list(chosen(order).keys)


JUNK = [
    *("x", "!!!!", "====", "AAAA", "é", "\0", "'", "null", "a" * 5000, "eyJhIjoxfQ"),
    *map(encoded, [None, 1, "text", [], {}, [True], [True, [], []], [[], [], []], [1, 2, 3]]),
]
VALUES = [
    *(None, 1.5, [], {}, True, [1], {"a": 1}),
    *("", "\0", "a\0b", "x", "%s", "'", "2024-13-45", "2024-02-30T00:00:00Z", "T", "1e5"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-01-01T00:00:00"),
    *("2024-01-01", "0000-00-00", "-1", "NaN", "infinity", "٢٠٢٤-٠٢-١٤"),
    *(0, -1, 2**31, 2**63 - 1, 2**63, 2**64 - 1, -(2**63)),
]


class TestCursors:
    @pytest.mark.parametrize("cursor", JUNK, ids=lambda cursor: ascii(cursor[:20]))
    def test_what_is_no_cursor_is_refused(self, shelf, cursor):
        with pytest.raises(InvalidQuery) as refused:
            page("code", cursor)
        assert [problem.parameter for problem in refused.value.problems] == ["cursor"]

    @pytest.mark.parametrize("order", SIGNED)
    def test_a_cursor_of_another_order_is_refused(self, shelf, order):
        cursor = page(order).next
        for other in SIGNED:
            if other != order:
                with pytest.raises(InvalidQuery):
                    page(other, cursor)

    @pytest.mark.parametrize("order", [*ORDERS])
    @pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")
    def test_a_cursor_with_another_value_is_refused_or_marks_a_place(self, shelf, order):
        keys, everything = keys_of(order), codes(chosen(order).queryset)
        last = ["US22-PRT-200"] if len(keys) == 2 else []
        for value, backwards in itertools.product(VALUES, [True, False]):
            cursor = encoded([backwards, keys, [value, *last]])
            try:
                found = page(order, cursor, 500)
            except InvalidQuery as refused:
                assert [problem.parameter for problem in refused.problems] == ["cursor"]
            else:
                rows = codes(found.rows)
                assert rows == (
                    everything[: len(rows)] if backwards else everything[30 - len(rows) :]
                )

    @pytest.mark.parametrize("value", [None, 1.5, [], {}, "a\0b", 2**70])
    def test_a_value_of_a_kind_that_no_key_has_is_refused(self, shelf, value):
        text = orjson.dumps(value) if value != 2**70 else str(value).encode()
        packed = b'[false,["code"],[' + text + b"]]"
        with pytest.raises(InvalidQuery):
            page("code", base64.urlsafe_b64encode(packed).decode().rstrip("="))

    def test_more_or_fewer_values_than_keys_are_refused(self, shelf):
        for values in ([], ["a"], ["a", "b", "c"]):
            with pytest.raises(InvalidQuery):
                page("title", encoded([False, keys_of("title"), values]))

    def test_a_cut_cursor_is_refused(self, shelf):
        cursor = page("title").next
        for end in range(1, len(cursor)):
            with pytest.raises(InvalidQuery):
                page("title", cursor[:end])


@pytest.mark.parametrize(
    ("text", "size"), [("", 100), ("1", 1), ("500", 500), ("007", 7), ("00007", 7)]
)
def test_a_page_holds_1_to_500_rows(text, size):
    assert size_from(text) == size


@pytest.mark.parametrize(
    "text", ["0", "501", "-1", "1.0", "1e2", " 5", "5 ", "+5", "٣", "²", "x", "000001", "9" * 400]
)
def test_another_size_is_refused(text):
    with pytest.raises(InvalidQuery, match="page_size takes a whole number from 1 to 500"):
        size_from(text)


def test_a_list_may_have_its_own_usual_size():
    assert size_from("", default=25) == 25
