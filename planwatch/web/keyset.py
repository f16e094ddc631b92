"""Pages by position, not by number: each cursor names the last row seen, so its cost does not grow with depth
and no row is skipped or repeated while others are added."""

import base64
import binascii
import datetime as dt
from dataclasses import dataclass
from operator import attrgetter

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from planwatch.web.query_params import InvalidQuery, ParameterProblem

DEFAULT_SIZE = 100
MAXIMUM_SIZE = 500


@dataclass(frozen=True)
class Page:
    """Rows in order, and the cursors of the pages after and before (None where there is none)."""

    rows: list
    next: str | None
    previous: str | None


def size_from(value: str, default: int = DEFAULT_SIZE, most: int = MAXIMUM_SIZE) -> int:
    """Return the page size asked for. Raises InvalidQuery unless it is 1 to `most`."""
    if not value:
        return default
    if value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= most:
        return int(value)
    raise InvalidQuery(
        [
            ParameterProblem(
                "page_size",
                gettext("page_size takes a whole number from 1 to {maximum}.").format(maximum=most),
            )
        ]
    )


def page_of(queryset: QuerySet, order: tuple[str, ...], cursor: str, size: int) -> Page:
    """Return one page of `queryset`.

    `order` names the fields or annotations to sort by, each with `-` to reverse; together they must be unique and
    never null. `cursor` is "" for the first page. Raises InvalidQuery for a cursor that is not one of ours.
    """
    backwards, position = _decode(cursor, order) if cursor else (False, None)
    keys = [(name.lstrip("-"), name.startswith("-") != backwards) for name in order]
    rows = queryset.order_by(*(f"-{name}" if down else name for name, down in keys))
    try:
        if position is not None:
            rows = rows.filter(_beyond(keys, position))
        found = list(rows[: size + 1])
    except (ValueError, TypeError, OverflowError, ValidationError) as error:
        if position is None:
            raise
        raise _not_ours() from error
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next, has_previous = (True, more) if backwards else (more, position is not None)
    return Page(
        found,
        _cursor(order, found[-1]) if found and has_next else None,
        _cursor(order, found[0], backwards=True) if found and has_previous else None,
    )


def cursor_after(order: tuple[str, ...], position: list, *, backwards: bool = False) -> str:
    """Return the cursor of the page that begins after a position, or ends before it."""
    packed = orjson.dumps([backwards, order, position])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def split_cursor(cursor: str, version: int) -> tuple[str, int]:
    """Return a cursor without the version in which its walk began, and that version; `version` where it names none.

    Raises InvalidQuery for a cursor that is not one of ours.
    """
    cursor, names_version, began = cursor.partition(".")
    if not names_version:
        return cursor, version
    if not (began.isascii() and began.isdecimal() and len(began) < 19):
        raise _not_ours()
    return cursor, int(began)


def _beyond(keys: list[tuple[str, bool]], position: list) -> Q:
    condition, equal = Q(), Q()
    for (name, down), value in zip(keys, position, strict=True):
        condition |= equal & Q(**{f"{name}__{'lt' if down else 'gt'}": value})
        equal &= Q(**{name: value})
    # Says nothing new, but lets a database begin at the position: with alternatives alone it reads all before it.
    (name, down), value = keys[0], position[0]
    return Q(**{f"{name}__{'lte' if down else 'gte'}": value}) & condition


def _cursor(order: tuple[str, ...], row, *, backwards: bool = False) -> str:
    paths = (name.lstrip("-").replace("__", ".") for name in order)
    return cursor_after(order, [attrgetter(path)(row) for path in paths], backwards=backwards)


def _decode(cursor: str, order: tuple[str, ...]) -> tuple[bool, list]:
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        backwards, ordered_by, values = orjson.loads(packed)
        if ordered_by != list(order) or len(values) != len(order):
            raise ValueError
        if not isinstance(backwards, bool) or not all(_is_plain(value) for value in values):
            raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        raise _not_ours() from error
    return backwards, [_dated(value) for value in values]


def _is_plain(value) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and "\0" not in value)


def _dated(value):
    """Give a moment back its type; a day may stay as text."""
    try:
        return (
            dt.datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else value
        )
    except ValueError:
        return value


def _not_ours() -> InvalidQuery:
    return InvalidQuery(
        [
            ParameterProblem(
                "cursor",
                gettext(
                    "This cursor does not belong to this list and order. Start again without it."
                ),
            )
        ]
    )
