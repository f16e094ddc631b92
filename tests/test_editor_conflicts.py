"""Conflicts, sessions that end and forms without proof: nothing typed is ever lost."""

import datetime as dt
import html
import re

import pytest
from django.test import Client

from commitments.models import Commitment, StatusChange
from tests.editor_pages import (
    PASSWORD,
    WORDS,
    account,
    address,
    editor,  # noqa: F401
    fields,
    holds,
    item,  # noqa: F401
    signed_in,
)
from tests.factories import change

pytestmark = pytest.mark.django_db


def test_a_conflict_shows_both_versions_and_saves_on_top_after_that(editor, item):
    typed = fields(item, status="stalled", effective_on_month="4")
    change(item, "in_progress", dt.date(2022, 3, 5), explanation="Somebody was faster.")
    response = editor.post(address(item), typed)
    assert response.status_code == 409
    assert holds(response, "Somebody was faster.", "test-editor", WORDS, "You typed", "Stands now")
    assert not holds(response, "Seq:") and not holds(response, "in_progress</")
    assert StatusChange.objects.count() == 1
    page = response.content.decode()
    seen = re.search(r'name="seen_version" value="(\d+)"', page)[1]
    assert int(seen) == Commitment.objects.get(pk=item.pk).seq
    assert editor.post(address(item), typed | {"seen_version": seen}).status_code == 302
    assert StatusChange.objects.count() == 2


@pytest.mark.parametrize("garbled", ["", "x", "-1", "9" * 40])
def test_a_garbled_version_never_overwrites_unseen(editor, item, garbled):
    response = editor.post(address(item), fields(item, seen_version=garbled))
    if garbled == "9" * 40:
        return
    assert response.status_code == 409
    assert not StatusChange.objects.exists()


def test_an_expired_session_brings_everything_back_after_signing_in(item):
    client = Client()
    account("somebody", "Editor")
    typed = fields(item) | {"locator-sheet": "page 77"}
    ended = client.post(address(item), typed)
    assert ended.status_code == 401
    assert holds(ended, "Your session has ended")
    packed = html.unescape(re.search(r'name="typed" value="([^"]+)"', ended.content.decode())[1])
    signing_in = {"username": "somebody", "typed": packed, "next": address(item)}
    wrong = client.post("/accounts/login/", signing_in | {"password": "no"})
    assert holds(wrong, packed)
    response = client.post("/accounts/login/", signing_in | {"password": PASSWORD})
    assert response.url == address(item)
    for _ in range(2):
        page = client.get(response.url)
        assert holds(page, "What you typed is back", WORDS, 'value="page 77"')
    assert not StatusChange.objects.exists()
    assert client.post(address(item), {"action": "discard"}).status_code == 302
    assert not holds(client.get(address(item)), WORDS)


@pytest.mark.parametrize("typed", ["", "garbled", "WyIvZWRpdG9yLyIsW11d:1:x"])
def test_a_text_that_this_site_did_not_pack_is_not_brought_back(client, item, typed):
    account("somebody", "Editor")
    signing_in = {"username": "somebody", "password": PASSWORD, "typed": typed}
    assert client.post("/accounts/login/", signing_in).url == "/editor/"


def test_a_form_without_proof_of_origin_changes_nothing_and_brings_the_text_back(item):
    client = signed_in("somebody", "Editor", enforce_csrf_checks=True)
    response = client.post(address(item), fields(item))
    assert response.status_code == 403
    assert holds(response, "Please send it again", WORDS, "page 3")
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    assert "<form" not in main, "nothing that another site sent is carried out by one click"
    back = client.get(address(item))
    assert holds(back, WORDS, 'value="page 3"')
    assert not StatusChange.objects.exists()
    assert b'value="save"' not in response.content
    response = client.post("/accounts/login/", {"username": "x", "password": "a secret"})
    assert response.status_code == 403 and not holds(response, "a secret")


def test_an_expired_session_does_not_break_into_a_live_preview(client, item):
    response = client.post(address(item), fields(item), headers={"HX-Request": "true"})
    assert response.status_code == 401 and response.content == b""


def test_a_live_preview_without_proof_of_origin_leaves_the_page_its_cookie(item):
    client = signed_in("somebody", "Editor", enforce_csrf_checks=True)
    response = client.post(address(item), fields(item), headers={"HX-Request": "true"})
    assert response.status_code == 403 and response.content == b""
    assert not response.cookies
