from django.urls import path

from agencies import views

urlpatterns = [
    path("agencies/", views.agency_list, name="agency_list"),
    path("agencies/<key:slug>/", views.agency_detail, name="agency_detail"),
]
