"""Tables that follow from the others: the panel, and the vocabularies of the columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import Min
from django.utils.translation import override
from rest_framework import serializers

from commitments.api.panel_rows import Panel, PanelRowSerializer, period_ends
from commitments.choices import Status
from commitments.datasets.tables import CODE, TABLES, Reference, Table, by_code_points
from commitments.models import Commitment, DatasetVersion
from commitments.statuses import RULES
from planwatch.api.serializers import Serializer


class VocabularyRow(Serializer):
    table = serializers.CharField()
    column = serializers.CharField()
    value = serializers.CharField()
    label = serializers.CharField()
    meaning = serializers.CharField()


@dataclass(frozen=True)
class DerivedTable(Table):
    """A table whose `rows` are plain values already, in the order of their keys."""

    def read(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())


def panel_rows() -> Iterator[dict[str, Any]]:
    """Yield every commitment at the end of every month from its announcement to the day of the dataset version."""
    last = DatasetVersion.objects.get(pk=1).changed_at.date()
    commitments = Commitment.objects.published().order_by(*by_code_points(Commitment, ["code"]))
    first = commitments.order_by().aggregate(day=Min("announced_on"))["day"] or last
    yield from Panel(commitments).rows(period_ends(first, last, "month"))


def vocabulary_rows() -> Iterator[dict[str, Any]]:
    """Yield a row for each value that a column may have, with its English label."""
    with override("en"):
        return iter(list(chain.from_iterable(map(_vocabulary, chain(TABLES, [PANEL])))))


def _vocabulary(table: Table) -> Iterable[dict[str, Any]]:
    for column in table.columns:
        for value, label in column.choices.items():
            meaning = str(RULES[value].meaning) if value in Status.values else ""
            row = (table.name, column.name, value, str(label), meaning)
            yield dict(zip(VocabularyRow().fields, row, strict=True))


PANEL = DerivedTable(
    "panel",
    "Each commitment at the end of each month, from its announcement to the day of this version, by all that this version knows.",
    panel_rows,
    PanelRowSerializer,
    key=("date", "commitment"),
    references=(
        CODE,
        Reference(("plan",), "plans", ("slug",)),
        Reference(("pillar",), "pillars", ("slug",)),
    ),
)
VOCABULARIES = DerivedTable(
    "vocabularies",
    "Each value that a column of the other tables may have, with its label.",
    vocabulary_rows,
    VocabularyRow,
    key=("table", "column", "value"),
)
ALL_TABLES = [*TABLES, PANEL, VOCABULARIES]
