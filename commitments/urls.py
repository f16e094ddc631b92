from django.urls import path

from commitments import views

urlpatterns = [
    path("", views.home, name="home"),
    path("pillars/", views.pillar_list, name="pillar_list"),
    path("pillars/<slug:slug>/", views.pillar_detail, name="pillar_detail"),
    path("commitments/", views.commitment_list, name="commitment_list"),
    path("commitments/<str:code>/", views.commitment_detail, name="commitment_detail"),
    path("commitments/<str:code>/cite.<slug:form>", views.cite_commitment, name="cite_commitment"),
    path("commitments/<str:code>/changes.atom", views.commitment_feed, name="commitment_feed"),
    path("commitments/<str:code>/share.png", views.commitment_picture, name="commitment_picture"),
    path("sources/", views.source_list, name="source_list"),
    path("sources/<slug:slug>/", views.source_detail, name="source_detail"),
    path("commitments.svg", views.bars_picture, name="bars_picture"),
    path("matrix/", views.matrix, name="matrix"),
    path("matrix.svg", views.matrix_picture, name="matrix_picture"),
    path("timeline/", views.timeline, name="timeline"),
    path("timeline.svg", views.timeline_picture, name="timeline_picture"),
    path("compare/", views.compare, name="compare"),
    path("compare.svg", views.compare_picture, name="compare_picture"),
    path("sources/<slug:slug>/cite.<slug:form>", views.cite_source, name="cite_source"),
    path("changes/", views.change_list, name="change_list"),
    path("corrections/", views.correction_list, name="correction_list"),
    path("data/cite.<slug:form>", views.cite_data_set, name="cite_data_set"),
    path("feeds/changes.atom", views.changes_feed, name="changes_feed"),
    path("feeds/deadlines.ics", views.deadlines_calendar, name="deadlines_calendar"),
    path("method/", views.method, name="method"),
    path("data/", views.data_page, name="data"),
]
