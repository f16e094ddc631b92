"""Snapshots: what a source's address answered is kept by setting, and only editors get it, as a file."""

import hashlib

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from commitments.link_checks import runner
from commitments.link_checks.snapshots import snapshots_of
from commitments.models import Source
from tests.editor_pages import contributor, editor, new_source  # noqa: F401
from tests.factories import make_source
from tests.misbehaving_site import page
from tests.test_check_sources import check, site  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(site, settings, tmp_path):
    settings.PLANWATCH_SNAPSHOTS = str(tmp_path)
    site.answers["/plan"] = page()
    return make_source("plan", url=site.url("/plan"))


def test_the_bytes_of_a_document_are_kept_once_until_they_differ(kept, site):
    check(older_than=0)
    check(older_than=0)
    [first] = snapshots_of("plan")
    body = first.path.read_bytes()
    assert hashlib.sha256(body).hexdigest() == first.sha256 and len(body) == first.size
    assert b"The department shall train every officer." in body and first.path.suffix == ".html"
    site.answers["/plan"] = page("<p>The department may train some officers.</p>")
    check(older_than=0)
    assert [item.sha256 == first.sha256 for item in snapshots_of("plan")] == [False, True]


def test_a_page_that_is_gone_leaves_no_snapshot_and_without_the_setting_nothing_is_kept(
    kept,
    site,
    settings,
    tmp_path,
):
    del site.answers["/plan"]
    check(older_than=0)
    assert snapshots_of("plan") == []
    settings.PLANWATCH_SNAPSHOTS = ""
    site.answers["/plan"] = page()
    check(older_than=0)
    assert not [*tmp_path.rglob("*.html")] and snapshots_of("plan") == []


def test_editors_alone_get_a_snapshot_as_a_file_and_an_altered_one_is_withheld(
    kept,
    editor,
    contributor,
):
    check(older_than=0)
    [taken] = snapshots_of("plan")
    address = f"/editor/sources/plan/snapshots/{taken.sha256}/"
    assert address in editor.get("/editor/sources/plan/").content.decode()
    assert "snapshots" not in contributor.get("/editor/sources/plan/").content.decode()
    answer = editor.get(address)
    assert b"".join(answer.streaming_content) == taken.path.read_bytes()
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert contributor.get(address).status_code == 403
    assert Client().get(address).status_code == 302
    assert editor.get(address.replace(taken.sha256, "0" * 64)).status_code == 404
    taken.path.write_bytes(b"Something else.")
    assert editor.get(address).status_code == 404


def test_a_source_that_is_entered_at_the_desk_is_looked_at_soon(
    kept,
    site,
    editor,
    django_capture_on_commit_callbacks,
):
    site.answers["/sheet"] = page()
    typed = {name.removeprefix("new-"): value for name, value in new_source().items()}
    typed |= {"action": "save", "slug": "sheet", "url": site.url("/sheet")}
    with django_capture_on_commit_callbacks(execute=True):
        assert editor.post("/editor/sources/new/", typed).status_code == 302
    [waiting] = DBTaskResult.objects.filter(task_path=runner.look_at.module_path)
    assert runner.look_at.func(*waiting.args_kwargs["args"]) == 1
    assert len(snapshots_of("sheet")) == 1
    assert Source.objects.get(slug="sheet").link_state == "answered"
