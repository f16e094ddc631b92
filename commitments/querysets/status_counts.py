"""Commitments counted by status as they are shown, and every step of their statuses, in one query."""

from __future__ import annotations

import datetime as dt

from django.db.models import CharField, Count, DateField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Coalesce

from commitments.choices import WITHOUT_PILLAR
from commitments.querysets.commitments import COUNTED_BY
from commitments.querysets.news import steps_of
from commitments.querysets.sql import Written
from commitments.statuses import START

# What a row is: a count of what is shown, an announcement, or a later step.
SHOWN, ANNOUNCED, STEP = range(3)
# The place of those without a pillar.
_LAST = 32767
COLUMNS = (
    *("leg", "item", "on", "number", "key", "label", "place", "part", "by_status"),
    *("by_verification", "by_is_aging", "by_done_when_announced", "count"),
)


def status_counts(
    shown: QuerySet,
    history: QuerySet,
    until: dt.date,
    by: str = "",
    steps_by: str = "",
    parts_by: str = "",
) -> QuerySet:
    """Return rows of COLUMNS: counts for bars first, then the steps of each commitment in their order.

    `shown` are commitments by the reader's clocks, and `history` the same ones without what those add, which takes
    longer to ask for. A count is that of a value of `by`, one of COUNTED_BY, which is the row's `key`; a pillar has
    `name` and `place`, too, and what belongs to none is counted as WITHOUT_PILLAR; one of `parts_by`, too, where it is given, is the row's `part`. Of an announcement and of a step that had become true by `until` there is a row with the
    day (`on`), the status and, as `key`, the value of the column `steps_by`.
    """
    is_pillar = by == "pillar"
    counts = _columns(
        key=Coalesce(COUNTED_BY[by], _text(WITHOUT_PILLAR if is_pillar else ""))
        if by
        else _text(""),
        label=Coalesce(F("pillar__name"), _text("")) if is_pillar else _text(""),
        place=Coalesce(F("pillar__position"), _LAST) if is_pillar else _number(0),
        part=Coalesce(COUNTED_BY[parts_by], _text("")) if parts_by else _text(""),
        **{f"by_{name}": COUNTED_BY[name] for name in ("status", "verification", "is_aging")},
        by_done_when_announced=COUNTED_BY["done_when_announced"],
    )
    counted = shown.order_by().values(**counts).annotate(count=Count("pk"))
    announced = history.order_by().values(
        **_columns(
            leg=_number(ANNOUNCED),
            item=F("pk"),
            on=F("announced_on"),
            key=F(steps_by) if steps_by else _text(""),
        ),
        count=_number(1),
    )
    steps = steps_of(history, until).values(
        **_columns(
            leg=_number(STEP),
            item=F("commitment_id"),
            on=F("effective_on"),
            number=F("seq"),
            by_status=F("status"),
            key=F(f"commitment__{steps_by}") if steps_by else _text(""),
        ),
        count=_number(1),
    )
    legs = [
        rows.order_by().values_list(*COLUMNS, named=True) for rows in (counted, announced, steps)
    ]
    return legs[0].union(*legs[1:], all=True).order_by("item", "leg", "on", "number")


def _columns(**columns) -> dict:
    empty = {
        "leg": _number(SHOWN),
        "item": _number(0),
        "on": Written("CAST(NULL AS date)", output_field=DateField()),
        "number": _number(0),
        "label": _text(""),
        "place": _number(0),
        "part": _text(""),
        "by_status": _text(START.value),
        "by_verification": _text(""),
        "by_is_aging": Value(False),
        "by_done_when_announced": Value(False),
    }
    return empty | columns


def _text(words: str) -> Written:
    return Written(f"CAST('{words}' AS varchar)", output_field=CharField())


def _number(number: int) -> Written:
    return Written(f"CAST({number} AS integer)", output_field=IntegerField())
