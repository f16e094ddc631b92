"""How answers travel: compressed where anybody may see them, under a policy that allows nothing inline."""

import gzip

import brotli
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import FileSystemStorage
from whitenoise.middleware import WhiteNoiseMiddleware

from planwatch.release import content_digest
from tests.test_access import client_of

GZIP = {"accept-encoding": "gzip, deflate, br"}
PRODUCTION_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
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
    "path",
    ["templates/charts/bar.svg", "planwatch/static/menu.js", "locale/es/django.po", "docs/api.md"],
)
def test_a_release_is_named_after_everything_that_shapes_an_answer(tmp_path, path):
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "api.md").touch()
    before = content_digest(tmp_path)
    changed = tmp_path / path
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text("something")
    assert content_digest(tmp_path) != before


@pytest.fixture
def packed(settings, tmp_path):
    """Pack a stylesheet as `collectstatic` does in production; return its name without and with its hash."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": PRODUCTION_STORAGE}}
    source = FileSystemStorage(settings.BASE_DIR / "planwatch/static")
    name = "planwatch/admin.css"
    with source.open(name) as file:
        staticfiles_storage.save(name, file)
    list(staticfiles_storage.post_process({name: (source, name)}))
    return name, staticfiles_storage.stored_name(name)


def test_a_stylesheet_has_a_name_for_ever_and_is_packed_beforehand(rf, packed, settings):
    assert PRODUCTION_STORAGE in (settings.BASE_DIR / "planwatch/settings.py").read_text()
    plain_name, name = packed
    plain = (settings.STATIC_ROOT / plain_name).read_bytes()
    ask = WhiteNoiseMiddleware(None)
    for accepted, coding, unpack in (
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("", None, bytes),
    ):
        answer = ask(rf.get(f"/static/{name}", headers={"accept-encoding": accepted}))
        assert answer.get("Content-Encoding") == coding
        assert unpack(b"".join(answer.streaming_content)) == plain
        assert (
            "immutable" in answer["Cache-Control"]
            and "max-age=315360000" in answer["Cache-Control"]
        )
        assert answer["Vary"] == "Accept-Encoding"
    unnamed = ask(rf.get(f"/static/{plain_name}"))
    assert "immutable" not in unnamed["Cache-Control"]
