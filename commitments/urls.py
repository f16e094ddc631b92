from django.urls import path

from commitments import views

urlpatterns = [
    path("", views.home, name="home"),
    path("pillars/", views.pillar_list, name="pillar_list"),
    path("pillars/<slug:slug>/", views.pillar_detail, name="pillar_detail"),
    path("commitments/", views.commitment_list, name="commitment_list"),
    path("commitments/<str:code>/", views.commitment_detail, name="commitment_detail"),
    path("sources/", views.source_list, name="source_list"),
    path("sources/<slug:slug>/", views.source_detail, name="source_detail"),
    path("changes/", views.change_list, name="change_list"),
    path("corrections/", views.correction_list, name="correction_list"),
    path("method/", views.method, name="method"),
]
