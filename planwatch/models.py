"""API tokens, responses stored for Idempotency-Key, and handles that rotate."""

import uuid

from django.conf import settings
from django.db import models
from knox.models import AbstractAuthToken


class ApiToken(AbstractAuthToken):
    """A key to the API: stored hashed, shown once, expiring, optionally for reading only."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    read_only = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created"]

    def __str__(self):
        return f"{self.name} ({self.token_key}…)"


class IdempotentResponse(models.Model):
    """The response to a write with an Idempotency-Key: a retry is answered the same and writes nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "planwatch_keptanswer"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="keptanswer_key")]

    def __str__(self):
        return f"{self.key}: {self.status}"


class RotatingHandle(models.Model):
    """The name under which an account writes in one month. Never published."""

    account = models.CharField(max_length=60, help_text="Lasting handle, such as editor-07.")
    month = models.DateField(help_text="Its first day.")
    handle = models.CharField(max_length=60, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "month"], name="rotatinghandle_key")
        ]

    def __str__(self):
        return f"{self.handle} in {self.month:%Y-%m}"
