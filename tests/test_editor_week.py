"""The week's round: what changed and what needs work, of all plans or of one; and the undoing of a review."""

import datetime as dt

import pytest

from commitments import services
from commitments.models import Review, Source
from commitments.querysets.sql import today
from planwatch.accounts.permissions import handle_of
from tests.editor_pages import (
    contributor,  # noqa: F401
    editor,  # noqa: F401
    holds,
    item,  # noqa: F401
)
from tests.factories import change, cite, make_commitment, make_plan, make_source

pytestmark = pytest.mark.django_db
WEEK = "/editor/week/"


def test_the_round_begins_with_what_changed_and_the_oldest_evidence(editor, item):
    for code, day in (("US21-PRT-777", 9), ("US21-PRT-778", 4)):
        old = make_commitment(code, title=f"Of {code}", due_on=dt.date(2022, 6, 1))
        paper = make_source(f"of-{code.lower()}", published_on=dt.date(2022, 3, day))
        change(old, "in_progress", dt.date(2022, 2, 5), [paper])
    page = editor.get(WEEK)
    assert page.status_code == 200
    assert holds(page, "Evidence over two years old: 2", "Past due: 2", "No evidence found: 1")
    text = page.content.decode()
    aging = text.partition('id="is_aging"')[2].partition("</section>")[0]
    assert aging.index("US21-PRT-778") < aging.index("US21-PRT-777")
    assert holds(page, "Status changed", "?is_aging=true", "commitments/US21-PRT-778/record/")
    assert text.index('id="changed"') < text.index('id="is_aging"') < text.index('id="status"')


def test_the_round_is_of_one_plan_where_one_is_chosen(editor, contributor, item):
    make_plan("us-nap-2027")
    cite(make_commitment("US27-001", plan="us-nap-2027", title="Of the other plan"))
    page = editor.get(f"{WEEK}?plan=us-nap-2027")
    assert holds(page, "Of the other plan", "No evidence found: 1")
    assert not holds(page, item.title)
    assert contributor.get(WEEK).status_code == 403


def test_the_number_of_queries_does_not_grow(editor, item, django_assert_max_num_queries):
    def load():
        assert editor.get(WEEK).status_code == 200

    load()
    with django_assert_max_num_queries(60) as few:
        load()
    for _ in range(5):
        cite(make_commitment(due_on=dt.date(2022, 1, 1)))
    with django_assert_max_num_queries(len(few)):
        load()


def test_the_last_review_is_retracted_from_the_desk(editor, item):
    made = services.record_review(
        commitment=item.code, reviewed_on=today(), note="Mine.", actor=handle_of(editor.user)
    )
    where = f"/editor/reviews/{made.pk}/retract/"
    assert holds(editor.get("/editor/"), f'href="{where}"')
    assert editor.post(where, {"reason": "Not looked.", "action": "save"}).status_code == 302
    assert Review.objects.not_retracted().count() == 0


@pytest.mark.parametrize("page", ["review", "retract", "source"])
def test_a_form_that_comes_back_unsaved_saves_nothing_when_it_is_only_shown_again(
    editor, item, page
):
    """What another site sent is shown again by a button that asks for a preview."""
    made = services.record_review(
        commitment=item.code, reviewed_on=today(), note="Mine.", actor=handle_of(editor.user)
    )
    where, typed = {
        "review": (f"/editor/commitments/{item.code}/review/", {"note": "Forged."}),
        "retract": (f"/editor/reviews/{made.pk}/retract/", {"reason": "Forged."}),
        "source": ("/editor/sources/new/", {"title": "Forged", "publisher": "X", "kind": "report"}),
    }[page]
    day = today()
    typed |= {"reviewed_on_day": day.day, "reviewed_on_month": day.month, "origin": "official"}
    typed |= {"reviewed_on_year": day.year, "language": "en", "action": "preview"}
    assert editor.post(where, typed).status_code in (200, 422)
    assert Review.objects.not_retracted().count() == 1
    assert not Source.objects.filter(title="Forged").exists()
