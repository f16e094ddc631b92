from django.urls import path

from commitments.webhooks import views

urlpatterns = [
    path("", views.webhook_list, name="webhook_list"),
    path("<uuid:webhook_id>/", views.webhook_detail, name="webhook_page"),
]
