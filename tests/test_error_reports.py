"""Errors that readers report: what is stored, who reads it, and how it ends."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from commitments import services
from commitments.models import Change, ErrorReport
from planwatch.env import Limit
from tests.editor_pages import signed_in

TYPED = {"message": "The date is wrong.", "page": "/commitments/US21-PRT-001/?as_of=2024-01-01"}


def send(**typed):
    return Client(enforce_csrf_checks=True).post("/report/", TYPED | typed)


def test_every_page_leads_to_a_form_that_knows_the_page(db):
    page = Client().get("/method/?as_of=2024-01-01").content.decode()
    address = "/report/?page=%2Fmethod%2F%3Fas_of%3D2024-01-01"
    assert f'href="{address}"' in page
    form = Client().get(address).content.decode()
    assert 'value="/method/?as_of=2024-01-01"' in form
    assert "is deleted when the report is closed" in form


def test_a_report_needs_no_account_and_writes_no_row_of_the_record(db):
    before = Change.objects.count()
    response = send(email="reader@example.org")
    assert response.status_code == 302
    assert "An editor will read it" in Client().get(response.url).content.decode()
    report = ErrorReport.objects.get()
    assert (report.message, report.page, report.email) == (*TYPED.values(), "reader@example.org")
    assert Change.objects.count() == before


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_the_page_of_a_report_is_of_this_site(db, page):
    send(page=page)
    assert ErrorReport.objects.get().page == "/"


@pytest.mark.parametrize("typed", [{"message": " "}, {"email": "nobody"}, {"message": "a\x00b"}])
def test_what_cannot_be_stored_comes_back_with_what_was_typed(db, typed):
    response = send(**typed)
    assert response.status_code == 400
    assert TYPED["page"] in response.content.decode()
    assert not ErrorReport.objects.exists()


def test_an_editor_closes_a_report_once_with_a_reply_and_the_address_is_deleted(db):
    send(email="reader@example.org")
    editor = signed_in("first", "Editor")
    assert "Errors reported by readers, open: 1" in editor.get("/editor/").content.decode()
    report = ErrorReport.objects.get()
    address = f"/editor/reports/{report.pk}/"
    assert "reader@example.org" in editor.get(address).content.decode()
    assert editor.post(address, {"reply": " "}).status_code == 422
    assert editor.post(address, {"reply": "Corrected in step 3."}).status_code == 302
    report.refresh_from_db()
    assert (report.email, report.reply, bool(report.closed_at)) == (
        "",
        "Corrected in step 3.",
        True,
    )
    assert "Corrected in step 3." in editor.get("/editor/reports/").content.decode()
    with pytest.raises(ValidationError):
        services.close_report(report=report.pk, reply="Again.", actor="editor-01")


def test_an_address_is_forgotten_after_ninety_days_and_the_report_stays(db):
    send(email="reader@example.org")
    ErrorReport.objects.update(created_at=timezone.now() - dt.timedelta(days=91))
    send()
    assert [row.email for row in ErrorReport.objects.all()] == ["", ""]


def test_reports_of_one_client_are_limited(db, settings):
    settings.PLANWATCH_LIMITS = {"follow": Limit(1, 3600)}
    assert [send().status_code for _ in range(2)] == [302, 429]
    assert ErrorReport.objects.count() == 1


def test_about_names_publisher_and_license(db):
    page = Client().get("/about/").content.decode()
    assert "Publisher: PlanWatch." in page
    assert "Creative Commons Attribution 4.0 International" in page
    assert "the same rules of evidence" in page
