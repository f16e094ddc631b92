"""Two-factor sign-in: who needs it, that nothing goes round it, what is noted, and that sessions can be ended."""

import base64
import logging
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from commitments import services
from commitments.models import AccountChange
from planwatch.accounts.enrollment import link_for
from planwatch.accounts.permissions import (
    Permission,
    handle_of,
    has_permission,
    has_second_factor,
    lacks_second_factor,
)
from planwatch.accounts.tokens import make_token

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough passphrase"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SIGN_IN, STEP, FACTOR = (
    "/accounts/login/",
    "/accounts/second-factor/sign-in/",
    "/accounts/second-factor/",
)


@pytest.fixture(autouse=True)
def required(settings):
    settings.PLANWATCH_SECOND_FACTOR = True


def account(name, role=""):
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    user.groups.set(Group.objects.filter(name=role))
    return user


def with_app(user):
    """Give an account an app that makes codes, and its recovery codes; return the key."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret):
    cache.clear()  # a code opens once; tests are quicker than half a minute
    return totp.format_hotp_value(
        totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time()))
    )


def sign_in(name, password=PASSWORD, **more):
    client = Client(headers={"user-agent": FIREFOX})
    client.answer = client.post(SIGN_IN, {"username": name, "password": password, **more})
    return client


@pytest.fixture
def editor():
    return account("ed", "Editor")


def test_a_password_alone_opens_nothing_of_an_account_with_a_second_factor(editor):
    secret = with_app(editor)
    client = sign_in("ed")
    assert client.answer.headers["Location"] == STEP
    assert client.get("/editor/").status_code == 302
    assert client.get("/editor/tokens/").status_code == 302
    assert client.get(FACTOR).status_code == 302
    assert client.get("/admin/").status_code == 302
    wrong = client.post(STEP, {"code": "000000"})
    assert wrong.status_code == 200 and "Incorrect code" in wrong.content.decode()
    assert "That did not work" in wrong.content.decode()
    right = client.post(STEP, {"code": code_of(secret)})
    assert (right.status_code, right.headers["Location"]) == (302, "/editor/")
    assert client.get("/editor/").status_code == 200


def test_the_way_back_and_what_was_typed_survive_the_second_step(editor, world):
    secret = with_app(editor)
    page = Client().post("/editor/sources/new/", {"title": "A document half typed"})
    typed = re.search(r'name="typed" value="([^"]+)"', page.content.decode())[1]
    client = sign_in("ed", typed=typed, next="/editor/sources/new/")
    back = client.post(STEP, {"code": code_of(secret)}, follow=True)
    assert back.redirect_chain[-1][0] == "/editor/sources/new/"
    assert "A document half typed" in back.content.decode()


def test_a_recovery_code_opens_once(editor):
    with_app(editor)
    code = editor.authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert sign_in("ed").post(STEP, {"code": code}).status_code == 302
    assert sign_in("ed").post(STEP, {"code": code}).status_code == 200


def test_a_code_that_was_used_opens_no_second_session(editor):
    secret = with_app(editor)
    code = code_of(secret)
    assert sign_in("ed").post(STEP, {"code": code}).status_code == 302
    assert sign_in("ed").post(STEP, {"code": code}).status_code == 200


def test_guessing_codes_locks_the_second_step_from_wherever_it_is_tried(editor):
    secret = with_app(editor)
    for number in range(5):
        sign_in("ed").post(STEP, {"code": "000000"}, REMOTE_ADDR=f"192.0.2.{number}")
    used = totp.format_hotp_value(
        totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time()))
    )
    locked = sign_in("ed").post(STEP, {"code": used}, REMOTE_ADDR="203.0.113.9")
    assert locked.status_code == 200
    assert "Too many" in locked.content.decode()


def test_while_guesses_cannot_be_counted_no_code_is_taken(editor, settings):
    secret = with_app(editor)
    code = code_of(secret)
    away = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
    }
    settings.CACHES = settings.CACHES | {"default": away}
    client = sign_in("ed")
    client.raise_request_exception = False
    assert client.answer.headers["Location"] == STEP
    assert client.get("/").status_code == 200
    answer = client.post(STEP, {"code": code})
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "Attempts to sign in cannot be counted" in answer.content.decode()


@pytest.mark.parametrize("role", ["Editor", "Administrator"])
def test_a_role_that_needs_a_second_factor_gives_nothing_before_there_is_one(role):
    user = account("new", role)
    _, secret = make_token(user, name="old", expires_in_days=1, read_only=False)
    assert lacks_second_factor(user) and not has_permission(user, Permission.PROPOSE)
    client = sign_in("new")
    assert client.answer.headers["Location"] == FACTOR
    for address in (
        "/editor/",
        "/editor/sources/",
        "/editor/import/",
        "/editor/tokens/",
        "/admin/login/",
    ):
        assert client.get(address).headers.get("Location") == FACTOR, address
    assert client.get("/admin/auth/user/").status_code == 302
    assert client.post("/editor/sources/new/", {"title": "x"}).status_code == 403
    by_token = client.post(
        "/api/v1/proposals/1/approve/",
        "{}",
        "application/json",
        headers={"authorization": f"Token {secret}"},
    )
    assert by_token.status_code == 403
    assert "second factor" in by_token.json()["errors"][0]["detail"]
    with_app(user)
    assert has_permission(
        User.objects.get(pk=user.pk),
        Permission.RECORD if role == "Editor" else Permission.ADMINISTER,
    )


def test_a_contributor_a_member_and_a_site_that_does_not_ask_go_without(settings, editor):
    for name, role in (("con", "Contributor"), ("mem", "")):
        assert not lacks_second_factor(account(name, role))
        assert sign_in(name).answer.headers["Location"] == "/editor/"
    settings.PLANWATCH_SECOND_FACTOR = False
    assert sign_in("ed").get("/editor/").status_code == 200


def test_a_superuser_needs_one_too():
    assert lacks_second_factor(User.objects.create_superuser("root", password=PASSWORD))


@pytest.mark.parametrize("enrolled", [False, True])
def test_name_and_password_make_no_token_by_api_where_a_second_factor_is_asked_for(
    editor, enrolled
):
    if enrolled:
        with_app(editor)
    given = base64.b64encode(f"ed:{PASSWORD}".encode()).decode()
    answer = Client().post(
        "/api/v1/auth/tokens/",
        {"name": "x"},
        "application/json",
        headers={"authorization": f"Basic {given}"},
    )
    assert answer.status_code == 401
    assert "/editor/tokens/" in answer.json()["errors"][0]["detail"]
    assert not editor.auth_token_set.exists()


def enrol(client, **more):
    """Set up an app as a person does: password again, the key from the page, the code."""
    client.get(link_for(User.objects.get(pk=client.session["_auth_user_id"])))
    client.post("/accounts/confirm/", {"password": PASSWORD, "next": f"{FACTOR}app/"})
    page = client.get(f"{FACTOR}app/").content.decode()
    secret = re.search(r'class="code secret">(\w+)<', page)[1]
    return client.post(f"{FACTOR}app/", {"code": code_of(secret)}, follow=True), secret


def test_an_app_is_set_up_only_after_the_password_and_gives_recovery_codes(editor):
    client = sign_in("ed")
    client.get(link_for(editor))
    asked = client.get(f"{FACTOR}app/")
    assert asked.headers["Location"].startswith("/accounts/confirm/")
    wrong = client.post("/accounts/confirm/", {"password": "wrong"})
    assert (wrong.status_code, client.get(f"{FACTOR}app/").status_code) == (200, 302)
    done, _ = enrol(client)
    assert done.redirect_chain[-1][0] == f"{FACTOR}codes/"
    assert len(re.findall(r"<li>\w{8,}</li>", done.content.decode())) == 10
    assert client.get("/editor/").status_code == 200


def test_setting_up_a_second_factor_ends_the_sessions_that_began_without_it(
    editor, django_capture_on_commit_callbacks
):
    thief, owner = sign_in("ed"), sign_in("ed")
    with django_capture_on_commit_callbacks(execute=True):
        enrol(owner)
    assert owner.get("/editor/").status_code == 200
    assert thief.get(FACTOR).headers["Location"].startswith(SIGN_IN)


def test_the_key_of_an_app_lies_encrypted_in_the_database(editor, settings):
    secret = with_app(editor)
    kept = editor.authenticator_set.get(type="totp").data["secret"]
    assert secret not in kept
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 9, [settings.SECRET_KEY]
    assert editor.authenticator_set.get(type="totp").wrap().validate_code(code_of(secret))


def test_a_factor_is_removed_after_the_password_and_the_role_rests(editor):
    client = sign_in("ed")
    enrol(client)
    assert client.post(f"{FACTOR}app/remove/").status_code == 302
    assert not has_second_factor(editor)
    assert client.get("/editor/").headers["Location"] == FACTOR


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(editor, settings):
    settings.PLANWATCH_SECOND_FACTOR = False
    here, there, elsewhere = sign_in("ed"), sign_in("ed"), sign_in("ed")
    page = here.get("/accounts/sessions/").content.decode()
    assert page.count("Firefox, Linux") >= 3 and page.count("(this one)") == 1
    row = UserSession.objects.get(session_key=there.session.session_key)
    here.post("/accounts/sessions/", {"session": row.pk})
    assert there.get("/editor/").status_code == 302
    assert elsewhere.get("/editor/").status_code == 200
    here.post("/accounts/sessions/", {"session": "others"})
    assert elsewhere.get("/editor/").status_code == 302
    assert here.get("/editor/").status_code == 200


def test_nobody_ends_the_session_of_another_but_an_administrator(editor, settings):
    settings.PLANWATCH_SECOND_FACTOR = False
    account("eve", "Editor")
    account("ada", "Administrator")
    victim, eve, ada = sign_in("ed"), sign_in("eve"), sign_in("ada")
    row = UserSession.objects.get(user=editor)
    for sent in (row.pk, "others", "x", "9" * 400, ""):
        eve.post("/accounts/sessions/", {"session": sent})
    assert victim.get("/editor/").status_code == 200
    assert (
        eve.post(f"/admin/usersessions/usersession/{row.pk}/delete/", {"post": "yes"}).status_code
        == 302
    )
    assert victim.get("/editor/").status_code == 200
    ada.post(f"/admin/usersessions/usersession/{row.pk}/delete/", {"post": "yes"})
    assert victim.get("/editor/").status_code == 302


def test_what_happens_to_accounts_is_noted_without_names_secrets_and_addresses_of_mail(
    caplog, editor
):
    caplog.set_level(logging.INFO)
    secret = with_app(editor)
    ada = account("ada@example.org", "Administrator")
    key = with_app(ada)
    sign_in("ed", "a-wrong-password")
    sign_in("somebody@example.org", "another-wrong-password\nforged event=yes")
    client = sign_in("ed")
    client.post(STEP, {"code": "000000"})
    client.post(STEP, {"code": code_of(secret)})
    made = client.post(
        "/editor/tokens/", {"name": "mine", "expires_in_days": 3, "password": PASSWORD}
    )
    token = re.search(r'class="code secret">(\w+)<', made.content.decode())[1]
    client.post(f"/editor/tokens/{editor.auth_token_set.get().public_id}/revoke/")
    keeper = sign_in("ada@example.org")
    keeper.post(STEP, {"code": code_of(key)})
    given = {"account": handle_of(editor), "change": "grant", "role": "Contributor"}
    services.propose_account_change(**given, reason="Why.", actor="editor-77")
    row = AccountChange.objects.get()
    keeper.post(
        "/admin/commitments/accountchange/", {"action": "approve", "_selected_action": row.pk}
    )
    events = [each.security for each in caplog.records if each.name == "planwatch.security"]
    happened = [each["event"] for each in events]
    assert happened == [
        "sign_in_refused",
        "sign_in_refused",
        "second_factor_refused",
        "sign_in",
        "token_made",
        "token_revoked",
        "sign_in",
        "account_approved",
    ]
    handle, by = f"editor-{editor.pk:02d}", f"editor-{ada.pk:02d}"
    assert events[3] == {"event": "sign_in", "account": handle, "address": "127.0.0.1"}
    assert (events[-1]["account"], events[-1]["by"]) == (handle, by)
    assert (events[-1]["change"], events[-1]["role"]) == ("grant", "Contributor")
    told = "\n".join(record.getMessage() for record in caplog.records)
    sessions = [client.session.session_key, keeper.session.session_key]
    for secret_text in (PASSWORD, "wrong-password", "@example.org", secret, key, token, *sessions):
        assert secret_text not in told


def test_the_pages_work_in_spanish_and_are_kept_by_nobody(editor):
    client = sign_in("ed")
    enrol(client)
    for page in ("", "codes/", "codes/new/", "passkeys/add/"):
        answer = client.get(f"/es{FACTOR}{page}")
        assert answer.status_code == 200, page
        assert "no-store" in answer["Cache-Control"], page
    assert "Su segundo factor" in client.get(f"/es{FACTOR}").content.decode()
    assert "no-store" in client.get("/accounts/sessions/")["Cache-Control"]
    assert Authenticator.objects.filter(user=editor).count() == 2
