from django.urls import path

from commitments.webhooks import api

urlpatterns = [
    path("", api.WebhookList.as_view(), name="webhooks"),
    path("<uuid:webhook_id>/", api.WebhookDetail.as_view(), name="webhook"),
    path("<uuid:webhook_id>/deliveries/", api.Deliveries.as_view(), name="webhook-deliveries"),
    path("<uuid:webhook_id>/test/", api.Test.as_view(), name="webhook-test"),
    path("<uuid:webhook_id>/replay/", api.Replay.as_view(), name="webhook-replay"),
]
