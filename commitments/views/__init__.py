"""Public pages, by subject. Each reads its address strictly, fetches through the querysets and hands the template finished
shapes."""

from commitments.views.bars import bars_picture
from commitments.views.citing import cite_commitment, cite_data_set, cite_source
from commitments.views.commitments import commitment_detail, commitment_list
from commitments.views.comparison import compare, compare_picture
from commitments.views.data import data_page
from commitments.views.drawings import history_picture, lineage_picture
from commitments.views.embeds import (
    commitment_badge,
    commitment_embed,
    oembed,
    pillar_badge,
    pillar_embed,
)
from commitments.views.following import changes_feed, commitment_feed, deadlines_calendar
from commitments.views.home import home
from commitments.views.matrix import matrix, matrix_picture
from commitments.views.method import method
from commitments.views.pillars import pillar_detail, pillar_list
from commitments.views.record import change_list, correction_list
from commitments.views.sharing import commitment_picture
from commitments.views.sources import source_detail, source_list
from commitments.views.timeline import timeline, timeline_picture

__all__ = [
    "bars_picture",
    "change_list",
    "changes_feed",
    "cite_commitment",
    "cite_data_set",
    "cite_source",
    "commitment_badge",
    "commitment_detail",
    "commitment_embed",
    "commitment_feed",
    "commitment_list",
    "commitment_picture",
    "compare",
    "compare_picture",
    "correction_list",
    "deadlines_calendar",
    "data_page",
    "history_picture",
    "home",
    "lineage_picture",
    "matrix",
    "matrix_picture",
    "method",
    "oembed",
    "pillar_badge",
    "pillar_detail",
    "pillar_embed",
    "pillar_list",
    "source_detail",
    "source_list",
    "timeline",
    "timeline_picture",
]
