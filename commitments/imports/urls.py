from django.urls import path

from commitments.imports import mapping_views, views

urlpatterns = [
    path("", views.start, name="import_start"),
    path("part/", views.part, name="import_part"),
    path("columns/", mapping_views.columns, name="import_map"),
    path("check/", views.check, name="import_check"),
    path("done/", views.done, name="import_done"),
    path("templates/<slug:kind>.<slug:form>", views.template, name="import_template"),
]
