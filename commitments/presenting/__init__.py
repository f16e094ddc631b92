"""Shapes rows already fetched into what a reader sees: bars, histories on two clocks, lineage, sentences.

Pure functions: no queries, no request, no HTML.
"""

from commitments.presenting.bars import bars_by, sum_of, table_of
from commitments.presenting.changes import edits, in_words_of, tell
from commitments.presenting.citing import (
    announcement_of,
    by_relation,
    origins_in_words,
    short_name,
    sources_of,
)
from commitments.presenting.histories import Known, bands, history, known
from commitments.presenting.kinship import lineage
from commitments.presenting.selections import (
    NAMES,
    conditions,
    facet_groups,
    order_in_words,
    orders,
    promiser,
)

__all__ = [
    "Known",
    "NAMES",
    "announcement_of",
    "bands",
    "bars_by",
    "by_relation",
    "conditions",
    "edits",
    "facet_groups",
    "history",
    "in_words_of",
    "known",
    "lineage",
    "order_in_words",
    "orders",
    "origins_in_words",
    "promiser",
    "short_name",
    "sources_of",
    "sum_of",
    "table_of",
    "tell",
]
