"""Subscribers, their subscriptions and messages to send. Not part of the public record or of backups."""

import uuid
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from commitments.alerts.due_dates import last_day_over
from commitments.choices import Frequency
from commitments.models import Commitment, RoundInvitation
from commitments.models.base import one_of

LONGEST_SELECTION = 2000


class Followed(models.Model):
    """What is followed: one commitment, or those that a stored selection holds; the empty selection holds all."""

    commitment = models.ForeignKey(
        Commitment, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    selection = models.CharField(max_length=LONGEST_SELECTION, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(commitment=None) | Q(selection=""), name="%(class)s_is_of_one_kind"
            )
        ]


class Request(Followed):
    """Somebody asked that an address follow something. Nothing is followed before its mailbox says yes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    address = models.EmailField()
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    rhythm = models.CharField(max_length=9, choices=Frequency.choices)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(Followed.Meta):
        constraints = [*Followed.Meta.constraints, one_of("rhythm", Frequency)]

    def __str__(self):
        return f"request {self.pk}"


class FollowerQuerySet(models.QuerySet):
    def due(self, now, upto: int):
        """Keep those who are to hear now of what the record says up to a row, or of due dates that have passed."""
        has_news = Q(cursor__lt=upto) | Q(due_told__lt=last_day_over(now))
        is_due = has_news | ~Q(rhythm=Frequency.IMMEDIATE)
        return self.filter(is_due, paused_at=None, next_at__lte=now)


class PauseReason(models.TextChoices):
    """Why a follower hears nothing for now."""

    RETURNED = "returned", gettext_lazy("Mail came back")
    FAILED = "failed", gettext_lazy("The updates could not be prepared")


class Follower(models.Model):
    """A confirmed address. `cursor` is the last row of the record that was told, or looked at, for it."""

    address = models.EmailField(unique=True, help_text="In lower case.")
    secret = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    rhythm = models.CharField(max_length=9, choices=Frequency.choices)
    cursor = models.BigIntegerField()
    due_told = models.DateField(
        default=last_day_over, help_text="Due dates up to that day were told, or looked at, for it."
    )
    next_at = models.DateTimeField(help_text="Not before then is anything told.")
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=8, choices=PauseReason.choices, blank=True)
    failures = models.PositiveSmallIntegerField(
        default=0, help_text="How often in a row the updates could not be prepared."
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = FollowerQuerySet.as_manager()

    class Meta:
        constraints = [one_of("rhythm", Frequency)]
        indexes = [models.Index(fields=["next_at"], name="follower_by_next")]

    def __str__(self):
        return f"follower {self.pk}"


class Follow(Followed):
    """One thing that a follower hears of, from the row of the record after `since`."""

    follower = models.ForeignKey(Follower, on_delete=models.CASCADE, related_name="follows")
    since = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(Followed.Meta):
        ordering = ["created_at", "id"]
        constraints = [
            *Followed.Meta.constraints,
            models.UniqueConstraint(
                fields=["follower", "commitment"],
                condition=Q(commitment__isnull=False),
                name="follow_of_a_commitment_key",
            ),
            models.UniqueConstraint(
                fields=["follower", "selection"],
                condition=Q(commitment=None),
                name="follow_of_a_selection_key",
            ),
        ]

    def __str__(self):
        return f"follow {self.pk}"


class Reminder(models.Model):
    """An editor who wants to be reminded every week, at the address of the account."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder"
    )
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    next_at = models.DateTimeField()

    def __str__(self):
        return f"reminder {self.pk}"


# To whom a message may be; it is to one of them.
RECIPIENTS = ("request", "follower", "reminder", "invitation")


def _to_one(recipient: str) -> Q:
    return Q(**{f"{name}__isnull": name != recipient for name in RECIPIENTS})


class Message(models.Model):
    """A mail that was handed over and is not sent yet; its id is that of the mail, so a repeat can be recognised.

    It goes when it is sent. Nobody takes it up before `wait_until`: then it is retried, or the worker that took it up was killed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        Request, on_delete=models.CASCADE, null=True, related_name="messages"
    )
    follower = models.ForeignKey(
        Follower, on_delete=models.CASCADE, null=True, related_name="messages"
    )
    reminder = models.ForeignKey(
        Reminder, on_delete=models.CASCADE, null=True, related_name="messages"
    )
    invitation = models.ForeignKey(
        RoundInvitation, on_delete=models.CASCADE, null=True, related_name="messages"
    )
    seqs = models.JSONField(default=list, help_text="The rows of the record that it tells of.")
    due = models.JSONField(
        default=list, help_text="The commitments whose due date it tells to have passed."
    )
    untold = models.PositiveIntegerField(default=0, help_text="How many rows it has no room for.")
    has_unreadable = models.BooleanField(
        default=False, help_text="Whether a list that the follower follows can no longer be read."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    wait_until = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=reduce(or_, map(_to_one, RECIPIENTS)),
                name="message_is_to_one",
            )
        ]
        indexes = [models.Index(fields=["wait_until"], name="message_by_wait")]

    def __str__(self):
        return f"message {self.pk}"
