"""People make and revoke their own tokens on a page."""

from base64 import b64encode

import pytest
from django.contrib.auth.models import User
from django.test import Client

from planwatch.accounts.tokens import make_token
from planwatch.env import Limit
from planwatch.models import ApiToken

PASSWORD = "a long enough passphrase"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ed(client):
    user = User.objects.create_user("ed", password=PASSWORD)
    client.force_login(user)
    return user


def test_a_token_is_shown_once_and_works(client, ed):
    given = {"name": "laptop", "expires_in_days": 30, "read_only": "on"}
    for wrong in ({}, {"password": "not mine"}):
        assert client.post("/editor/tokens/", given | wrong).status_code == 400
    page = client.post("/editor/tokens/", given | {"password": PASSWORD})
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert secret not in client.get("/editor/tokens/").content.decode()
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.read_only) == (ed, "laptop", True)
    client.logout()
    listed = client.get("/api/v1/auth/tokens/", headers={"authorization": f"Token {secret}"})
    assert listed.json()[0]["name"] == "laptop"


def test_a_bad_form_keeps_what_was_typed_and_makes_nothing(client, ed):
    page = client.post("/editor/tokens/", {"name": "laptop", "expires_in_days": 9999})
    assert page.status_code == 400
    assert 'value="laptop"' in page.content.decode()
    assert ApiToken.objects.count() == 0


def test_one_revokes_ones_own_and_nobody_elses(client, ed):
    mine, _ = make_token(ed, name="mine", expires_in_days=1, read_only=False)
    eve = User.objects.create_user("eve")
    theirs, _ = make_token(eve, name="theirs", expires_in_days=1, read_only=False)
    assert "theirs" not in client.get("/editor/tokens/").content.decode()
    client.post(f"/editor/tokens/{theirs.public_id}/revoke/")
    client.post(f"/editor/tokens/{mine.public_id}/revoke/")
    assert list(ApiToken.objects.values_list("name", flat=True)) == ["theirs"]
    assert client.get(f"/editor/tokens/{theirs.public_id}/revoke/").status_code == 405


def test_a_token_for_reading_revokes_itself_and_no_other(client, ed):
    other, _ = make_token(ed, name="other", expires_in_days=1, read_only=False)
    mine, secret = make_token(ed, name="mine", expires_in_days=1, read_only=True)

    def revoke(token):
        address = f"/api/v1/auth/tokens/{token.public_id}/"
        return client.delete(address, headers={"authorization": f"Token {secret}"}).status_code

    assert (revoke(other), revoke(mine)) == (403, 204)
    assert list(ApiToken.objects.all()) == [other]


def test_a_new_password_ends_other_sessions_and_tokens(client, ed):
    make_token(ed, name="mine", expires_in_days=1, read_only=False)
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"username": "ed", "password": PASSWORD})
    new = {"new_password1": "another long passphrase", "new_password2": "another long passphrase"}
    assert client.post("/accounts/password/", {"old_password": PASSWORD, **new}).status_code == 302
    assert client.get("/accounts/sessions/").status_code == 200
    assert elsewhere.get("/accounts/sessions/").status_code == 302
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("way", ["login", "password", "confirm", "token", "api"])
def test_passwords_of_an_account_are_counted_from_every_address_and_on_every_page(
    client, ed, settings, way
):
    settings.PLANWATCH_LIMITS = settings.PLANWATCH_LIMITS | {"account": Limit(3, 3600)}
    given = {
        "login": ("/accounts/login/", {"username": "ed", "password": "x"}),
        "password": ("/accounts/password/", {"old_password": "x"}),
        "confirm": ("/accounts/confirm/", {"password": "x"}),
        "token": ("/editor/tokens/", {"name": "a", "expires_in_days": 1, "password": "x"}),
    }
    for number in range(4):
        visitor = {"REMOTE_ADDR": f"2001:db8:0:{number}::1"}
        if way == "api":
            basic = {"authorization": f"Basic {b64encode(b'ed:x').decode()}"}
            answer = client.post("/api/v1/auth/tokens/", headers=basic, **visitor)
        else:
            address, data = given[way]
            answer = client.post(address, data, **visitor)
        refused = answer.status_code == 429 or "Too many passwords" in answer.content.decode()
        assert refused == (number == 3)


def test_a_neighbor_in_the_same_network_is_the_same_client_to_the_lock_out(client, ed):
    for number in range(6):
        address = f"2001:db8::{number + 1}"
        locked = client.post(
            "/accounts/login/", {"username": "ed", "password": "x"}, REMOTE_ADDR=address
        )
    assert locked.status_code == 429
