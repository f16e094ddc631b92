"""Webhooks on the pages and in the API: each does all of it, for one's own alone."""

import pytest
from django.contrib.auth.models import User

from commitments.models import DatasetVersion
from commitments.webhooks import services
from commitments.webhooks.models import State, Webhook
from planwatch.accounts.tokens import make_token
from tests.factories import make_commitment

pytestmark = pytest.mark.django_db

URL = "https://receiver.example.org/planwatch"


@pytest.fixture
def olga():
    return User.objects.create_user("olga", password="a long enough passphrase")


@pytest.fixture
def theirs():
    eve = User.objects.create_user("eve")
    return services.make_webhook(user=eve, name="Theirs", url=URL)[0]


@pytest.fixture
def pages(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def api(client, olga):
    _, secret = make_token(olga, name="script", expires_in_days=1, read_only=False)

    def ask(method, address, body=None, token=secret):
        return getattr(client, method)(
            f"/api/v1/webhooks/{address}",
            body,
            content_type="application/json",
            headers={"authorization": f"Token {token}"},
        )

    return ask


def test_a_page_shows_the_secret_once_and_does_all_that_the_owner_asks(pages):
    make_commitment()
    given = {"name": "Archive", "url": URL, "filters": "pillar=protection"}
    shown = pages.post("/editor/webhooks/", given)
    assert "whsec_" in shown.content.decode()
    assert "whsec_" not in pages.get("/editor/webhooks/").content.decode()
    webhook = Webhook.objects.get()
    address = f"/editor/webhooks/{webhook.public_id}/"
    assert "pillar=protection" in pages.get(address).content.decode()

    def press(action, status=302, **values):
        assert pages.post(address, {"action": action, **values}).status_code == status
        return Webhook.objects.filter(pk=webhook.pk).first()

    assert press("pause").state == State.PAUSED
    assert press("resume").state == State.ACTIVE
    assert press("test").test_id
    press("test", 422)
    assert press("replay", after=0).after == 0
    press("replay", 422, after=10_000)
    press("replay", 422, after="all")
    assert press("save", name="Ours", url=URL, filters="").filters == ""
    assert press("save", 422, name="Ours", url="http://10.0.0.1/").url == URL
    assert press("anything", 422)
    assert press("delete") is None


def test_a_bad_form_keeps_what_was_typed_and_makes_nothing(pages):
    shown = pages.post("/editor/webhooks/", {"name": "Mine", "url": "https://localhost/"})
    assert shown.status_code == 422
    assert 'value="Mine"' in shown.content.decode()
    assert not Webhook.objects.exists()


def test_nobody_sees_or_touches_what_is_somebody_elses(pages, api, theirs):
    assert "Theirs" not in pages.get("/editor/webhooks/").content.decode()
    for method in ("get", "post"):
        answer = getattr(pages, method)(
            f"/editor/webhooks/{theirs.public_id}/", {"action": "pause"}
        )
        assert answer.status_code == 404
    assert api("get", "").json() == []
    for method, rest in (
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("get", "deliveries/"),
        ("post", "test/"),
        ("post", "replay/"),
    ):
        assert api(method, f"{theirs.public_id}/{rest}", {}).status_code == 404


def test_the_api_does_all_that_the_owner_asks(api):
    make_commitment()
    made = api("post", "", {"name": "Archive", "url": URL, "filters": "pillar=protection"})
    assert made.status_code == 201
    item = made.json()
    assert item.pop("secret").startswith("whsec_")
    assert item["after"] == DatasetVersion.objects.get().seq
    address = f"{item['id']}/"
    assert api("get", address).json() == item
    assert api("get", "").json() == [item]
    assert api("patch", address, {"paused": True}).json() == {**item, "state": "paused"}
    changed = api("patch", address, {"filters": "", "paused": False}).json()
    assert changed == {**item, "filters": ""}
    assert api("post", f"{address}test/").status_code == 202
    assert api("post", f"{address}replay/", {"after": 0}).json()["after"] == 0
    assert api("get", f"{address}deliveries/").json() == []
    assert api("delete", address).status_code == 204
    assert api("get", address).status_code == 404


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": "Ours", "url": "https://192.168.1.1/"}, "url"),
        ({"name": "Ours", "url": URL, "filters": "pillar=nowhere"}, "filters"),
        ({"name": "Ours", "url": URL, "filters": "q=%20"}, "filters"),
        ({"name": "Ours", "url": URL, "filters": "pillar=protection&agency=%C2%A0"}, "filters"),
        ({"name": "Ours", "url": URL, "secret": "whsec_mine"}, "secret"),
        ({"name": " ", "url": URL}, "name"),
    ],
)
def test_the_api_refuses_with_the_words_of_the_pages(api, body, wrong):
    make_commitment()
    answer = api("post", "", body)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [wrong]


def test_a_token_for_reading_only_looks_and_changes_nothing(api, olga):
    webhook, _ = services.make_webhook(user=olga, name="Ours", url=URL)
    _, token = make_token(olga, name="reader", expires_in_days=1, read_only=True)
    address = f"{webhook.public_id}/"
    assert api("get", address, token=token).status_code == 200
    for method, rest in (
        ("post", ""),
        ("patch", address),
        ("delete", address),
        ("post", f"{address}test/"),
        ("post", f"{address}replay/"),
    ):
        answer = api(method, rest, {}, token=token)
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["detail"] == "This token is for reading only."
