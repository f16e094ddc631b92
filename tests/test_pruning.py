"""What `prune` deletes, and what it leaves."""

import datetime as dt

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from commitments import services
from commitments.models import ErrorReport, ImportFile
from planwatch.models import IdempotentResponse


@pytest.mark.django_db
def test_what_is_needed_no_longer_is_deleted_and_the_rest_stays():
    now, user = timezone.now(), User.objects.create_user("ada")
    for name, ago in (("old", dt.timedelta(days=31)), ("new", dt.timedelta(hours=1))):
        Session.objects.create(session_key=name, expire_date=now - ago + dt.timedelta(days=1))
        UserSession.objects.create(user=user, session_key=name, ip="192.0.2.1")
        ImportFile.objects.create(user=user, name=name, digest=name, created_at=now - ago)
        kept = IdempotentResponse.objects.create(
            user=user, key=name, request_hash=name, status=201, body={}
        )
        IdempotentResponse.objects.filter(pk=kept.pk).update(created_at=now - ago)
        tried = AccessAttempt.objects.create(username=name, failures_since_start=1)
        AccessAttempt.objects.filter(pk=tried.pk).update(attempt_time=now - ago)
    AccessLog.objects.create(username="an-editor", ip_address="192.0.2.1")
    report = services.report_error(page="/", message="It is wrong.", email="reader@example.org")
    ErrorReport.objects.filter(pk=report.pk).update(created_at=now - dt.timedelta(days=91))
    call_command("prune")
    assert ErrorReport.objects.get().email == ""
    assert Session.objects.get().session_key == UserSession.objects.get().session_key == "new"
    assert ImportFile.objects.get().name == IdempotentResponse.objects.get().key == "new"
    assert AccessAttempt.objects.get().username == "new"
    assert not AccessLog.objects.exists()


@pytest.mark.django_db
def test_a_sign_in_that_succeeds_leaves_no_address_behind():
    User.objects.create_user("reader", password="a-long-password")
    typed = {"username": "reader", "password": "a-long-password"}
    assert Client().post("/accounts/login/", typed).status_code == 302
    assert not AccessLog.objects.exists()
