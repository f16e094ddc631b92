"""Reporting rounds: what agencies say of their own commitments when they are asked. Not part of the public record.

What an editor publishes of it becomes a source and a reported status, which are.
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies.models import Agency, Jurisdiction
from commitments.models.base import one_of, since_1800
from commitments.models.commitments import Commitment
from commitments.models.plans import Plan
from commitments.models.sources import Source
from planwatch.time_zones import day_in


class AnswerState(models.TextChoices):
    DRAFT = "draft", gettext_lazy("Draft")
    SUBMITTED = "submitted", gettext_lazy("Submitted")
    PUBLISHED = "published", pgettext_lazy("answer", "Published")
    SENT_BACK = "sent_back", gettext_lazy("Sent back")


class ReportingRound(models.Model):
    """Agencies are asked about their commitments in a plan, for a period and until a day."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reporting_rounds")
    period_from = models.DateField()
    period_until = models.DateField()
    closes_on = models.DateField(help_text="The last day for answers, where the plan was made.")
    questions = models.TextField(blank=True, help_text="What the agencies are asked besides.")
    opened_by = models.CharField(max_length=60, help_text="Public handle.")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            *map(since_1800, ("period_from", "period_until", "closes_on")),
            models.CheckConstraint(
                condition=models.Q(period_until__gte=models.F("period_from")),
                name="reportinground_ends_after_it_starts",
                violation_error_message=gettext_lazy("The period ends before it begins."),
            ),
        ]

    def __str__(self):
        return f"{self.plan.slug}, {self.period_from} to {self.period_until}"

    def day_of(self, moment=None):
        """Return the calendar day where the plan was made, at a moment; None is now."""
        there = Jurisdiction.objects.get(code=self.plan.jurisdiction)
        return day_in(there.time_zone, moment)

    @property
    def is_closed(self):
        return self.day_of() > self.closes_on


class RoundInvitation(models.Model):
    """One agency in a round, and the focal point to whom its link is sent. Names and addresses are kept for a while."""

    reporting_round = models.ForeignKey(
        ReportingRound, on_delete=models.CASCADE, related_name="invitations"
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="invitations")
    contact = models.CharField(max_length=200, blank=True, help_text="Name of the focal point.")
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=12, help_text="Of the mail.")
    link_number = models.PositiveIntegerField(default=1, help_text="A new link voids the others.")
    key_digest = models.CharField(max_length=64, help_text="SHA-256 of the key in the link.")
    mailed_at = models.DateTimeField(
        null=True, blank=True, help_text="Null while the link waits to be mailed."
    )
    failed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a mail to the address was given up."
    )

    class Meta:
        ordering = ["agency__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["reporting_round", "agency"], name="roundinvitation_key"
            ),
        ]
        indexes = [models.Index(fields=["key_digest"], name="roundinvitation_by_key")]

    def __str__(self):
        return f"invitation {self.pk}"

    def commitments(self):
        """Return the published commitments of the plan that the agency leads."""
        rows = Commitment.objects.published().filter(plan=self.reporting_round.plan_id)
        led = rows.filter(roles__agency=self.agency_id, roles__role="lead")
        return led.order_by("code")


class RoundAnswer(models.Model):
    """What an agency says of one commitment. Nobody else reads it before it is submitted."""

    invitation = models.ForeignKey(
        RoundInvitation, on_delete=models.CASCADE, related_name="answers"
    )
    commitment = models.ForeignKey(
        Commitment, on_delete=models.CASCADE, related_name="round_answers"
    )
    wording = models.CharField(
        max_length=200, blank=True, help_text="The government’s own word for the status."
    )
    done = models.TextField(blank=True, help_text="What was done in the period.")
    next_step = models.TextField(blank=True)
    documents = models.JSONField(
        default=list, blank=True, help_text="Each with address, title, day and place."
    )
    validated_by = models.CharField(
        max_length=200, blank=True, help_text="Who validated it in the agency; not published."
    )
    state = models.CharField(max_length=10, choices=AnswerState.choices, default=AnswerState.DRAFT)
    version = models.PositiveIntegerField(default=0, help_text="How often it was saved.")
    saved_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=60, blank=True, help_text="Public handle.")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was sent back.")
    source = models.OneToOneField(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="round_answer"
    )

    class Meta:
        ordering = ["commitment__code"]
        constraints = [
            one_of("state", AnswerState),
            models.UniqueConstraint(fields=["invitation", "commitment"], name="roundanswer_key"),
            models.CheckConstraint(
                condition=models.Q(state="published", source__isnull=False)
                | models.Q(~models.Q(state="published"), source=None),
                name="roundanswer_is_a_source_once_published",
            ),
        ]

    def __str__(self):
        return f"{self.commitment.code}, answer {self.pk}"

    @property
    def texts(self):
        """What it says, as texts."""
        named = [" | ".join(filter(None, each.values())) for each in self.documents]
        texts = [self.wording, self.done, self.next_step, *named, self.validated_by]
        return list(filter(None, texts))
