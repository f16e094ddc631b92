"""Sources at the desk."""

import datetime as dt

import pytest

from commitments.models import Change, Source
from tests.editor_pages import (
    WORDS,
    contributor,  # noqa: F401
    editor,  # noqa: F401
    holds,
    item,  # noqa: F401
    new_source,
)
from tests.factories import change

pytestmark = pytest.mark.django_db


def test_sources_are_added_by_those_who_may_propose_and_edited_by_editors(
    contributor, editor, item
):
    typed = {name.removeprefix("new-"): value for name, value in new_source().items()}
    typed["action"] = "save"
    wrong = contributor.post("/editor/sources/new/", typed | {"slug": "sheet", "note": WORDS})
    assert wrong.status_code == 422 and holds(wrong, WORDS, "Another source has this short name")
    where = contributor.post("/editor/sources/new/", typed | {"slug": "ig-report"}).url
    assert where == "/editor/sources/ig-report/"
    page = contributor.get(where)
    assert holds(page, "A new report", "Inspector General", "Only Editors change")
    assert b"<textarea" not in page.content
    again = typed | {"title": "Another title", "seen_version": "0"}
    assert contributor.post(where, again).status_code == 403
    response = editor.post(where, again | {"note": WORDS})
    assert response.status_code == 409 and holds(response, WORDS, "A new report")
    latest = Change.objects.filter(object_key="ig-report").latest("seq").seq
    assert editor.post(where, again | {"seen_version": latest}).status_code == 302
    assert Source.objects.get(slug="ig-report").title == "Another title"


def test_an_edit_of_a_source_cannot_take_the_ground_from_a_status(editor, item):
    sheet = Source.objects.get(slug="sheet")
    change(item, "stalled", dt.date(2022, 2, 5), [sheet])
    typed = {name.removeprefix("new-"): value for name, value in new_source().items()}
    typed |= {f"published_on_{part}": "" for part in ("day", "month", "year")}
    latest = Change.objects.filter(object_key="sheet").latest("seq").seq
    response = editor.post(
        "/editor/sources/sheet/",
        typed | {"action": "save", "seen_version": latest, "reason": "No date is printed."},
    )
    assert response.status_code == 422 and holds(response, "step 1")


def test_a_contributor_sends_so_much_a_day_and_loses_nothing_of_what_is_refused(
    contributor, editor, item, monkeypatch
):
    monkeypatch.setattr("commitments.services.proposals.MOST_A_DAY", 1)
    typed = {name.removeprefix("new-"): value for name, value in new_source().items()}
    first, second = typed | {"action": "save"}, typed | {"action": "save", "title": WORDS}
    second["url"] += "/second"
    assert contributor.post("/editor/sources/new/", first).status_code == 302
    refused = contributor.post("/editor/sources/new/", second)
    assert refused.status_code == 422 and holds(refused, WORDS, "within a day")
    assert editor.post("/editor/sources/new/", second).status_code == 302
