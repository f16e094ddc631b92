"""Shapes rows already fetched into what a reader sees: bars, histories on two clocks, lineage, sentences.

Pure functions: no queries, no request, no HTML.
"""

from commitments.presenting.bars import bars_by, difference_of, sum_of
from commitments.presenting.changes import (
    KINDS,
    Edit,
    Told,
    by_day,
    edits,
    in_words_of,
    name_of,
    source_named_by,
    tell,
)
from commitments.presenting.citing import (
    announcement_of,
    by_relation,
    origins_in_words,
    sources_of,
)
from commitments.presenting.comparison import (
    Document,
    by_pillar,
    counts_table,
    legend,
    outcome,
    pairs,
    parts,
    suggestions,
)
from commitments.presenting.histories import Known, bands, history, known
from commitments.presenting.kinship import lineage
from commitments.presenting.links import link_counts, reading_address, shown_link
from commitments.presenting.matrix import matrix, size_of
from commitments.presenting.selections import (
    chips_above_a_list,
    facet_groups,
    filters_in_words,
    order_in_words,
    orders,
    promiser,
    sentence,
    ways_out,
)
from commitments.presenting.snippets import snippet
from commitments.presenting.standings import standing
from commitments.presenting.wording import wording

__all__ = [
    "Document",
    "Edit",
    "KINDS",
    "Known",
    "Told",
    "announcement_of",
    "bands",
    "bars_by",
    "by_day",
    "by_pillar",
    "by_relation",
    "counts_table",
    "difference_of",
    "chips_above_a_list",
    "edits",
    "facet_groups",
    "filters_in_words",
    "history",
    "in_words_of",
    "known",
    "name_of",
    "legend",
    "matrix",
    "lineage",
    "link_counts",
    "order_in_words",
    "orders",
    "origins_in_words",
    "outcome",
    "pairs",
    "parts",
    "promiser",
    "reading_address",
    "sentence",
    "short_name",
    "shown_link",
    "size_of",
    "snippet",
    "source_named_by",
    "sources_of",
    "suggestions",
    "standing",
    "sum_of",
    "tell",
    "wording",
    "ways_out",
]
