"""Reviews at the desk, of one commitment and of many."""

import datetime as dt

import pytest

from commitments.models import Commitment, Review
from tests.editor_pages import (
    WORDS,
    address,
    editor,  # noqa: F401
    holds,
    item,  # noqa: F401
    reviewed,
    seen_in,
)
from tests.factories import change, make_commitment

pytestmark = pytest.mark.django_db


def test_a_review_is_recorded_and_a_wrong_one_stays(editor, item):
    where = address(item, "review")
    seen = {"seen_version": Commitment.objects.get(pk=item.pk).seq}
    for wrong in (
        {"reviewed_on_year": "2999"},
        {"reviewed_on_day": ""},
        {"source": "nowhere", "locator": "page 1"},
        {"source": "sheet of facts"},
        {"source": "sheet"},
    ):
        response = editor.post(where, reviewed(**wrong) | seen)
        assert response.status_code == 422 and holds(response, WORDS)
    assert not Review.objects.exists()
    assert editor.post(where, reviewed() | seen).status_code == 302
    assert Review.objects.get().note == WORDS
    response = editor.post(where, reviewed() | seen)
    assert response.status_code == 409 and holds(response, WORDS)


def test_many_are_reviewed_at_once_from_a_filtered_list(editor, item):
    others = [make_commitment(title=f"Other {number}") for number in range(3)]
    make_commitment(pillar="prevention", title="Elsewhere")
    where = "/editor/review/?pillar=protection"
    page = editor.get(where)
    assert page.content.count(b'name="codes"') == 4
    assert page.content.count(b"checked>") == 0, "nothing is ticked beforehand"
    assert not holds(page, "Elsewhere")
    codes, seen = [item.code, others[0].code], seen_in(page)
    wrong = editor.post(where, reviewed(codes=codes, note="") | seen)
    assert wrong.status_code == 422 and wrong.content.count(b"checked>") == 2
    assert editor.post(where, reviewed(codes=[]) | seen).status_code == 422
    assert editor.post(where, reviewed(codes=[*codes, "US99-NOT-001"]) | seen).status_code == 422
    look = editor.post(where, reviewed(codes=codes, action="look") | seen)
    assert holds(look, "What will be recorded", *codes, WORDS, "Record 2 reviews")
    assert not holds(look, others[1].code)
    assert not Review.objects.exists()
    assert editor.post(where, reviewed(codes=codes) | seen).status_code == 302
    assert Review.objects.count() == 2
    assert editor.get("/editor/review/?pilar=x").status_code == 400


def test_what_changed_since_the_list_was_seen_is_named_before_it_is_reviewed(editor, item):
    other = make_commitment(title="Quiet promise")
    where = "/editor/review/?pillar=protection"
    seen = seen_in(editor.get(where))
    change(item, "in_progress", dt.date(2022, 3, 5), explanation="Somebody was faster.")
    typed = reviewed(codes=[item.code, other.code])
    for versions in (seen, {}):
        response = editor.post(where, typed | versions)
        assert response.status_code == 409
        assert holds(response, f"about “Train every nurse” ({item.code})", "Somebody was faster.")
        assert holds(response, WORDS, "Changed since you saw it")
        assert not holds(response, "about “Quiet promise”") or not versions
        assert response.content.count(b"checked>") == 2
        assert not Review.objects.exists()
    assert editor.post(where, typed | seen_in(response)).status_code == 302
    assert Review.objects.count() == 2
