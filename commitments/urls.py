from django.urls import path

from commitments.audit.views import (
    change_list,
    correction_list,
    record,
    record_file,
    record_head,
    record_schema,
)
from commitments.datasets.queries import save_query, saved_query
from commitments.datasets.views import data_page
from commitments.imports.answers import answer_sheet, answer_sheet_file
from commitments.syndication.briefs import urlpatterns as briefs
from commitments.syndication.embeds import (
    commitment_badge,
    commitment_embed,
    pillar_badge,
    pillar_embed,
)
from commitments.syndication.round_report import round_report, round_report_file
from commitments.syndication.social_card import commitment_picture
from commitments.syndication.views import (
    changes_feed,
    cite_commitment,
    cite_data_set,
    cite_source,
    commitment_feed,
    deadlines_calendar,
    news_feed,
)
from commitments.views.about import about, privacy, report_error, report_policy, report_sent
from commitments.views.agencies import agency_detail, agency_list
from commitments.views.agency_comparison import agency_comparison
from commitments.views.answers import answer_form, answers
from commitments.views.charts import (
    bars_picture,
    history_picture,
    lineage_picture,
    status_over_time_picture,
    status_over_time_table,
)
from commitments.views.commitments import commitment_detail, commitment_list, draft_preview
from commitments.views.comparison import compare, compare_picture
from commitments.views.home import home
from commitments.views.matrix import matrix, matrix_picture
from commitments.views.method import method
from commitments.views.news import news
from commitments.views.pillars import pillar_detail, pillar_list
from commitments.views.plans import plan_detail, plan_list
from commitments.views.search import search_page
from commitments.views.sources import source_detail, source_list
from commitments.views.themes import theme_detail, theme_list
from commitments.views.timeline import timeline, timeline_picture

urlpatterns = [
    path("", home, name="home"),
    *briefs,
    path("news/", news, name="news"),
    path("search/", search_page, name="search"),
    path("plans/", plan_list, name="plan_list"),
    path("plans/<key:slug>/", plan_detail, name="plan_detail"),
    path("pillars/", pillar_list, name="pillar_list"),
    path("pillars/<key:slug>/", pillar_detail, name="pillar_detail"),
    path("themes/", theme_list, name="theme_list"),
    path("themes/<key:code>/", theme_detail, name="theme_detail"),
    path("commitments/", commitment_list, name="commitment_list"),
    path("editor/commitments/<key:code>/preview/", draft_preview, name="editor_preview"),
    path("editor/rounds/<id:number>/report/", round_report, name="editor_round_report"),
    path(
        "editor/rounds/<id:number>/report.docx", round_report_file, name="editor_round_report_file"
    ),
    path("commitments/<key:code>/", commitment_detail, name="commitment_detail"),
    path("commitments/<key:code>/cite.<slug:form>", cite_commitment, name="cite_commitment"),
    path("commitments/<key:code>/changes.atom", commitment_feed, name="commitment_feed"),
    path("commitments/<key:code>/share.png", commitment_picture, name="commitment_picture"),
    path("commitments/<key:code>/history.svg", history_picture, name="history_picture"),
    path("commitments/<key:code>/lineage.svg", lineage_picture, name="lineage_picture"),
    path("agencies/", agency_list, name="agency_list"),
    path("agencies/compare/", agency_comparison, name="agency_comparison"),
    path("agencies/<key:slug>/", agency_detail, name="agency_detail"),
    path("sources/", source_list, name="source_list"),
    path("sources/<key:slug>/", source_detail, name="source_detail"),
    path("commitments.svg", bars_picture, name="bars_picture"),
    path("status-over-time.svg", status_over_time_picture, name="status_over_time_picture"),
    path("status-over-time.csv", status_over_time_table, name="status_over_time_table"),
    path("matrix/", matrix, name="matrix"),
    path("matrix.svg", matrix_picture, name="matrix_picture"),
    path("timeline/", timeline, name="timeline"),
    path("timeline.svg", timeline_picture, name="timeline_picture"),
    path("compare/", compare, name="compare"),
    path("compare.svg", compare_picture, name="compare_picture"),
    path("sources/<key:slug>/cite.<slug:form>", cite_source, name="cite_source"),
    path("changes/", change_list, name="change_list"),
    path("corrections/", correction_list, name="correction_list"),
    path("record/", record, name="record"),
    path("record/head", record_head, name="record_head"),
    path("record/bodies.schema.json", record_schema, name="record_schema"),
    path("record/head-<int:size>.<str:ending>", record_file, name="record_file"),
    path("data/cite.<slug:form>", cite_data_set, name="cite_data_set"),
    path("feeds/changes.atom", changes_feed, name="changes_feed"),
    path("feeds/news.atom", news_feed, name="news_feed"),
    path("feeds/deadlines.ics", deadlines_calendar, name="deadlines_calendar"),
    path("embed/commitments/<key:code>/", commitment_embed, name="commitment_embed"),
    path("embed/commitments/<key:code>/badge.svg", commitment_badge, name="commitment_badge"),
    path("embed/pillars/<key:slug>/", pillar_embed, name="pillar_embed"),
    path("embed/pillars/<key:slug>/badge.svg", pillar_badge, name="pillar_badge"),
    path("rounds/answers/", answers, name="round_answers"),
    path("rounds/answers/<key:code>/", answer_form, name="round_form"),
    path("rounds/sheet/", answer_sheet, name="round_sheet"),
    path("rounds/sheet.xlsx", answer_sheet_file, name="round_sheet_file"),
    path("method/", method, name="method"),
    path("about/", about, name="about"),
    path("about/privacy/", privacy, name="privacy"),
    path("about/reports/", report_policy, name="report_policy"),
    path("report/", report_error, name="report_error"),
    path("report/sent/", report_sent, name="report_sent"),
    path("data/", data_page, name="data"),
    path("data/q/", save_query, name="save_query"),
    path("data/q/<slug:digest>/", saved_query, name="saved_query"),
]
