from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "commitments.webhooks"
