"""Errors that readers report: what is stored, who reads it, and how it ends."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from commitments import services
from commitments.models import Change, ErrorReport
from planwatch.accounts.admin_alerts import send_alert
from planwatch.env import Limit
from tests.editor_pages import signed_in

TYPED = {
    "kind": "error",
    "message": "The date is wrong.",
    "page": "/commitments/US21-PRT-001/?as_of=2024-01-01",
}


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
    assert (report.kind, report.message, report.page) == tuple(TYPED.values())
    assert report.email == "reader@example.org"
    assert Change.objects.count() == before


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_the_page_of_a_report_is_of_this_site(db, page):
    send(page=page)
    assert ErrorReport.objects.get().page == "/"


@pytest.mark.parametrize(
    "typed", [{"kind": "praise"}, {"message": " "}, {"email": "nobody"}, {"message": "a\x00b"}]
)
def test_what_cannot_be_stored_comes_back_with_what_was_typed(db, typed):
    response = send(**typed)
    assert response.status_code == 400
    assert TYPED["page"] in response.content.decode()
    assert not ErrorReport.objects.exists()


def test_an_editor_closes_a_report_once_with_a_reply_and_the_address_is_deleted(db):
    send(email="reader@example.org")
    editor = signed_in("first", "Editor")
    assert "Open error reports from readers: 1" in editor.get("/editor/").content.decode()
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


# By when it is answered


def test_each_kind_has_its_clock_and_the_desk_shows_what_is_to_be_answered_first(db):
    for kind in ("error", "dispute", "reply", "harm"):
        send(kind=kind, message=f"About {kind}.")
    waits = {row.kind: (row.answer_by - row.created_at).days for row in ErrorReport.objects.all()}
    assert waits == {"error": 30, "dispute": 14, "reply": 14, "harm": 3}
    ErrorReport.objects.filter(kind="dispute").update(answer_by=timezone.now())
    page = signed_in("first", "Editor").get("/editor/reports/").content.decode()
    order = [page.index(f"About {kind}.") for kind in ("dispute", "harm", "reply", "error")]
    assert order == sorted(order)
    assert page.count("Was to be answered by") == 1


def test_the_policy_says_by_when_each_kind_is_answered_and_how_that_was_kept(db):
    yesterday = timezone.now() - dt.timedelta(days=1, hours=1)
    for kind, by, closed in (
        ("harm", 3, True),
        ("harm", -1, True),
        ("harm", -1, False),
        ("error", 30, False),
    ):
        report = services.report_error(page="/", message="It is wrong.", kind=kind)
        if closed:
            services.close_report(report=report.pk, reply="It was.", actor="editor-01")
        times = {"created_at": yesterday, "answer_by": yesterday + dt.timedelta(days=by)}
        times |= {"closed_at": yesterday} if closed else {}
        ErrorReport.objects.filter(pk=report.pk).update(**times)
    # Of today nothing is counted: the page is the same all day.
    services.report_error(page="/", message="It is wrong.", kind="reply")
    page = Client().get("/about/reports/").content.decode()
    told = re.findall(r'<th scope="row">(.*?)</th>\s*' + r'<td class="n">(.*?)</td>\s*' * 4, page)
    assert told == [
        ("Something is wrong on the page", "30 days", "1", "0", "0"),
        ("We dispute what is said about us", "14 days", "0", "0", "0"),
        ("We have published a reply", "14 days", "0", "0", "0"),
        ("Something on the page can harm a person", "3 days", "3", "1", "1"),
    ]


def test_harm_is_mailed_to_administrators_at_once_without_the_readers_words(
    db, settings, django_capture_on_commit_callbacks
):
    settings.PLANWATCH_MAIL = True
    administrator = User.objects.create_user("ada", "ada@example.org", "a long passphrase here")
    administrator.groups.set(Group.objects.filter(name="Administrator"))
    with django_capture_on_commit_callbacks(execute=True):
        send(kind="error")
        send(kind="harm", message="Jane Roe is named.")
    [waiting] = DBTaskResult.objects.filter(task_path=send_alert.module_path)
    number = ErrorReport.objects.get(kind="harm").pk
    assert waiting.args_kwargs["args"] == [f"Harm was reported: report {number}", "a reader"]
    assert send_alert.func(*waiting.args_kwargs["args"]) == 1
    assert "Jane" not in mail.outbox[0].body
