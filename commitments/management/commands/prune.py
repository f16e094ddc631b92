import datetime as dt

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from commitments.imports.uploads import KEPT_FOR
from commitments.models import ImportFile
from commitments.services.error_reports import forget_addresses
from commitments.services.rounds import forget_contacts
from planwatch.models import IdempotentResponse

# A client that repeats a write after so long has forgotten it, and attempts to sign in have long cooled off.
OLD = dt.timedelta(days=30)


class Command(BaseCommand):
    help = (
        "Delete ended sessions, uploads that nobody imported within a day, after 30 days answers to writes with an "
        "Idempotency-Key and failed attempts to sign in, and after 90 days e-mail addresses in error reports and names "
        "and addresses of persons in reporting rounds that closed."
    )

    def handle(self, **options):
        now = timezone.now()
        call_command("clearsessions")
        UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
        ImportFile.objects.filter(created_at__lt=now - KEPT_FOR).delete()
        IdempotentResponse.objects.filter(created_at__lt=now - OLD).delete()
        forget_addresses()
        forget_contacts()
        AccessAttempt.objects.filter(attempt_time__lt=now - OLD).delete()
        # Written until sign-ins that succeeded were no longer logged.
        AccessLog.objects.all().delete()
