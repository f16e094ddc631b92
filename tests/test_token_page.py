"""People make and revoke their own tokens on a page."""

import pytest
from django.contrib.auth.models import User

from planwatch.accounts.tokens import make_token
from planwatch.models import ApiToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def ed(client):
    user = User.objects.create_user("ed", password="a long enough passphrase")
    client.force_login(user)
    return user


def test_a_token_is_shown_once_and_works(client, ed):
    page = client.post(
        "/editor/tokens/", {"name": "laptop", "expires_in_days": 30, "read_only": "on"}
    )
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
