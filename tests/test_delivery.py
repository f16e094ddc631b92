"""How answers travel: compressed where anybody may see them, under a policy that allows nothing inline."""

import gzip

import pytest

from planwatch.release import content_digest
from tests.test_access import client_of

GZIP = {"accept-encoding": "gzip, deflate, br"}
PAGES = ["/method/", "/es/method/", "/api/v1/commitments/", "/api/v1/schema/", "/no-such-page/"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_what_anybody_may_see_is_compressed_on_request(client, world, address):
    plain, small = client.get(address), client.get(address, headers=GZIP)
    assert "Content-Encoding" not in plain
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert len(small.content) == int(small["Content-Length"]) < len(plain.content)
    assert client.get(address, headers=GZIP).content == small.content
    for answer in (plain, small):
        assert "Accept-Encoding" in answer["Vary"]


@pytest.mark.django_db
def test_the_compressed_answer_has_a_strong_etag_of_its_own(client):
    plain, small = client.get("/method/")["ETag"], client.get("/method/", headers=GZIP)["ETag"]
    assert plain != small and small.startswith('"')
    for tag, headers, status in (
        (small, GZIP, 304),
        (plain, {}, 304),
        (plain, GZIP, 200),
        (small, {}, 200),
    ):
        answer = client.get("/method/", headers={"if-none-match": tag} | headers)
        assert (answer.status_code, answer["ETag"]) == (status, small if headers else plain)
        assert "Accept-Encoding" in answer["Vary"]


@pytest.mark.django_db
def test_what_is_shown_to_one_visitor_alone_is_not_compressed(client, world):
    editor = client_of("Editor")
    for address in ("/", "/method/", "/editor/", "/accounts/password/"):
        assert "Content-Encoding" not in editor.get(address, headers=GZIP), address
    assert "Content-Encoding" not in client.get("/accounts/login/", headers=GZIP)


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*PAGES, "/accounts/login/", "/editor/", "/admin/login/"])
def test_every_answer_forbids_what_is_inline_or_from_elsewhere(client, address):
    policy = client.get(address)["Content-Security-Policy"]
    allowed = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert allowed.pop("img-src") == "'self' data:"
    assert allowed.pop("default-src") == "'none'"
    assert set(allowed) >= {"script-src", "style-src", "form-action", "base-uri", "frame-ancestors"}
    assert set(allowed.values()) <= {"'self'", "'none'"}


@pytest.mark.parametrize(
    "path", ["templates/charts/bar.svg", "planwatch/static/menu.js", "locale/es/django.po"]
)
def test_a_release_is_named_after_everything_that_shapes_an_answer(tmp_path, path):
    (tmp_path / "requirements.lock").touch()
    before = content_digest(tmp_path)
    changed = tmp_path / path
    changed.parent.mkdir(parents=True)
    changed.write_text("something")
    assert content_digest(tmp_path) != before
