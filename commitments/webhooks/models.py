"""Webhooks with their position in the public record, and their delivery log."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from commitments.webhooks.http_client import Outcome

LONGEST_ADDRESS = 500
LONGEST_FILTERS = 2000


class State(models.TextChoices):
    """Whether a webhook sends, and why it does not."""

    ACTIVE = "active", gettext_lazy("Active")
    PAUSED = "paused", gettext_lazy("Paused")
    FAILED = "failed", gettext_lazy("Paused after repeated failure")
    ERROR = "error", gettext_lazy("Paused: this site could not prepare its messages")
    GONE = "gone", gettext_lazy("Paused: the receiver says that it is gone for good")
    FILTERS = "filters", gettext_lazy("Paused: its filters ask for what does not exist any more")
    SECRET = (
        "secret",
        gettext_lazy("Paused: this site cannot read its secret. Make another webhook"),
    )


class WebhookQuerySet(models.QuerySet):
    def for_owner(self, user) -> WebhookQuerySet:
        return self.filter(user=user).order_by("created_at", "pk")

    def unclaimed(self, now: dt.datetime) -> WebhookQuerySet:
        """Keep those that no sender has in hand."""
        return self.filter(models.Q(claimed_until=None) | models.Q(claimed_until__lte=now))

    def due(self, now: dt.datetime, head: int) -> WebhookQuerySet:
        """Keep those for which something is to be sent now: a test, or rows of the record up to `head`."""
        waits = models.Q(next_attempt_at__gt=now)
        has_news = models.Q(state=State.ACTIVE, after__lt=head) & ~waits
        has_test = ~models.Q(test_id="")
        return self.unclaimed(now).filter(has_news | has_test, user__is_active=True)


class Webhook(models.Model):
    """An address that is called with each change to what its owner follows."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=LONGEST_ADDRESS)
    filters = models.CharField(
        max_length=LONGEST_FILTERS, blank=True, help_text="As the query of the list's address."
    )
    secret = models.TextField(help_text="Sealed under the site's secret key.")
    created_at = models.DateTimeField(auto_now_add=True)
    after = models.BigIntegerField(help_text="The last row of the record that is dealt with.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    failures = models.PositiveSmallIntegerField(
        default=0, help_text="How often the next message has failed."
    )
    next_attempt_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True, help_text="Of the sender that has it in hand.")
    claimed_until = models.DateTimeField(null=True)
    test_id = models.CharField(
        max_length=40, blank=True, help_text="The test message that is to be sent."
    )
    test_asked_at = models.DateTimeField(null=True)

    objects = WebhookQuerySet.as_manager()

    def __str__(self):
        return self.name

    @property
    def host(self) -> str:
        """What of the address may be shown in a list: it may be long, and hold a key."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_paused(self) -> bool:
        return self.state != State.ACTIVE


class Attempt(models.Model):
    """One call, as the log shows it."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="attempts")
    message_id = models.CharField(max_length=40)
    seq = models.BigIntegerField(null=True, help_text="Row of the record; null for a test.")
    at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.message_id}: {self.outcome}"
