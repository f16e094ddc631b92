"""What accounts may do: one administrator alone changes nothing, and the record says who did it with whom."""

import io
import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from commitments import services
from commitments.models import AccountChange, Change
from planwatch.accounts.admin_alerts import send_alert
from planwatch.accounts.enrollment import link_for
from planwatch.accounts.permissions import handle_of, has_second_factor
from planwatch.accounts.tokens import make_token
from tests.factories import change as step
from tests.factories import make_commitment, make_source
from tests.test_spreadsheets import AGENCY, JUSTICE, as_csv, confirm, send

pytestmark = pytest.mark.django_db

CHANGES, ADD = "/admin/commitments/accountchange/", "/admin/commitments/accountchange/add/"
FACTOR = "/accounts/second-factor/"


def account(name, role=""):
    user = User.objects.create_user(name, f"{name}@example.org", "a long enough passphrase")
    user.groups.set(Group.objects.filter(name=role))
    return user


def signed_in(user):
    client = Client()
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def ada(db):
    return signed_in(account("ada", "Administrator"))


@pytest.fixture
def ben(db):
    return signed_in(account("ben", "Administrator"))


def propose(client, user, change, role="", reason="She joined us."):
    given = {"account": handle_of(user), "change": change, "role": role, "reason": reason}
    return client.post(ADD, given)


def decide(client, action="approve"):
    number = AccountChange.objects.first().pk
    given = {"action": action, "_selected_action": number}
    return client.post(CHANGES, given, follow=True).content.decode()


def test_a_role_is_given_by_two_administrators_and_stands_in_the_record(ada, ben):
    new = account("new")
    assert propose(ada, new, "grant", "Editor").status_code == 302
    assert "Another administrator must approve" in decide(ada)
    assert not new.groups.exists()
    assert "done" in decide(ben)
    assert [group.name for group in new.groups.all()] == ["Editor"]
    rows = Change.objects.filter(object_type="accountchange").order_by("seq")
    assert [(row.action, row.actor) for row in rows] == [
        ("create", handle_of(ada.user)),
        ("update", handle_of(ben.user)),
    ]
    assert rows[1].after["state"] == "approved"
    page = Client().get("/changes/?kind=account").content.decode()
    assert "Change of an account decided" in page and "She joined us." in page
    call_command("verify_record", "--tables", verbosity=0)
    assert "decided already" in decide(ben)


def test_a_role_that_was_given_on_the_machine_is_listed_by_verify_record(ada):
    out = io.StringIO()
    call_command("verify_record", stdout=out)
    words = (
        f"{handle_of(ada.user)} has the role Administrator, which no row of the record explains."
    )
    assert words in out.getvalue()


def test_an_administrator_gives_nothing_on_the_page_of_an_account(ada):
    new = account("new")
    page = ada.get(f"/admin/auth/user/{new.pk}/change/").content.decode()
    assert 'name="groups"' not in page and 'name="is_active"' not in page
    sent = {"username": "new", "groups": Group.objects.get(name="Editor").pk, "is_superuser": "on"}
    assert ada.post(f"/admin/auth/user/{new.pk}/change/", sent).status_code == 302
    new.refresh_from_db()
    assert (new.groups.exists(), new.is_superuser, new.is_active) == (False, False, True)


def test_nobody_approves_a_change_of_their_own_account(ada, ben):
    propose(ada, ben.user, "grant", "Editor")
    assert "Another administrator must approve" in decide(ben)
    assert "done" in decide(ada, "decline")
    assert AccountChange.objects.get().state == "withdrawn"


@pytest.mark.parametrize("change", ["reset_factor", "close", "withdraw"])
def test_what_takes_access_away_ends_sessions_and_tokens(ada, ben, change):
    editor = signed_in(account("ed", "Editor"))
    editor.post("/accounts/login/", {"username": "ed", "password": "a long enough passphrase"})
    totp.TOTP.activate(editor.user, totp.generate_totp_secret())
    RecoveryCodes.activate(editor.user)
    make_token(editor.user, name="mine", expires_in_days=1, read_only=False)
    propose(ada, editor.user, change, "Editor" if change == "withdraw" else "")
    assert has_second_factor(editor.user) and editor.get("/editor/").status_code == 200
    decide(ben)
    assert editor.get("/editor/").status_code == 302
    assert not editor.user.auth_token_set.exists()
    editor.user.refresh_from_db()
    assert has_second_factor(editor.user) == (change != "reset_factor")
    assert editor.user.is_active == (change != "close")


@pytest.mark.parametrize(
    ("change", "role", "reason"),
    [("grant", "", "Why."), ("close", "Editor", "Why."), ("close", "", "")],
)
def test_what_makes_no_sense_is_refused(ada, change, role, reason):
    assert propose(ada, account("new"), change, role, reason).status_code == 200
    assert not AccountChange.objects.exists()


def test_without_the_rule_of_two_people_it_is_done_and_recorded_at_once(ada, settings):
    settings.PLANWATCH_TWO_PERSON_RULE = False
    new = account("new")
    propose(ada, new, "grant", "Editor")
    assert new.groups.exists()
    assert AccountChange.objects.get().decided_by == ""
    call_command("verify_record", "--tables", verbosity=0)


def test_an_approval_by_its_proposer_is_found_by_verify_record(ada, ben):
    with pytest.raises(ValidationError):
        services.approve_account_change(
            number=services.propose_account_change(
                account=handle_of(ben.user), change="close", reason="Why.", actor="editor-77"
            ).pk,
            actor="editor-77",
        )
    out = io.StringIO()
    AccountChange.objects.update(state="approved", decided_by="editor-78")
    with pytest.raises(CommandError):
        call_command("verify_record", "--tables", stdout=out)
    assert "accountchange" in out.getvalue()


# The first factor of an account


def test_the_password_alone_sets_up_no_factor_without_the_link(ada, ben, settings):
    settings.PLANWATCH_SECOND_FACTOR = True
    for administrator in (ada, ben):
        totp.TOTP.activate(administrator.user, totp.generate_totp_secret())
    new = account("new")
    propose(ada, new, "grant", "Editor")
    link = re.search(r"http://testserver(/accounts/second-factor/enroll/[^\s<]+)", decide(ben))[1]
    phisher, owner = signed_in(new), signed_in(new)
    for address in ("app/", "passkeys/add/", "enroll/", "enroll/?key=x"):
        refused = phisher.get(FACTOR + address)
        assert (refused.status_code, "A link is needed" in refused.content.decode()) == (403, True)
    assert ada.get(link).status_code == 403
    assert owner.get(link)["Location"] == FACTOR
    assert owner.get(f"{FACTOR}app/")["Location"].startswith("/accounts/confirm/")
    assert phisher.get(f"{FACTOR}app/").status_code == 403
    new.set_password("another long passphrase")
    new.save()
    assert signed_in(new).get(link).status_code == 403


def test_a_superuser_made_on_the_machine_needs_no_link(settings):
    settings.PLANWATCH_SECOND_FACTOR = True
    root = User.objects.create_superuser("root", password="a long enough passphrase")
    assert signed_in(root).get(f"{FACTOR}app/").status_code == 302
    assert link_for(root).startswith(f"{FACTOR}enroll/?key=")


# What the other administrators hear


@pytest.fixture
def told(monkeypatch, settings, django_capture_on_commit_callbacks):
    """Do something, and return the subjects of what was handed to the worker."""
    settings.PLANWATCH_MAIL = True
    found = []
    monkeypatch.setattr(type(send_alert), "enqueue", lambda task, *args: found.append(args))

    def run(do):
        with django_capture_on_commit_callbacks(execute=True):
            do()
        return found

    return run


def test_other_administrators_hear_of_accounts_closings_and_many_rows(told, ada, ben):
    new = account("new")
    handle = handle_of(ada.user)
    [alert] = told(lambda: propose(ada, new, "grant", "Editor"))
    assert alert == (f"Accounts: {handle_of(new)}, Give a role: Editor, Waiting", handle)
    mail.outbox.clear()
    assert send_alert.func(*alert) == 1
    assert [message.to for message in mail.outbox] == [["ben@example.org"]]
    item, source = make_commitment(), make_source("memo")
    alerts = told(lambda: step(item, "completed", source.published_on, [source]))
    assert alerts[-1][0] == f"{item.code} closed or corrected: completed"


def test_other_administrators_hear_of_an_imported_file_however_small(told, ben):
    ada = signed_in(account("ada", "Administrator"))
    alerts = told(lambda: confirm(ada, send(ada, as_csv(AGENCY, JUSTICE))))
    assert alerts == [("File imported: agencies.csv", handle_of(ada.user))]


def test_a_sign_in_from_another_network_is_told_once(told, ada):
    ed = account("ed", "Editor")

    def sign_in(address):
        given = {"username": "ed", "password": "a long enough passphrase"}
        return Client(REMOTE_ADDR=address).post("/accounts/login/", given)

    assert told(lambda: sign_in("2001:db8::1")) == []
    assert told(lambda: sign_in("2001:db8::2")) == []
    assert len(told(lambda: sign_in("203.0.113.5"))) == 1
    assert len(told(lambda: sign_in("203.0.113.5"))) == 1
    assert told(lambda: None)[0] == (
        f"First sign-in of {handle_of(ed)} from another network",
        handle_of(ed),
    )
