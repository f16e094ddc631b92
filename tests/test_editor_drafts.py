"""Drafts: looked at as readers would see them, moved between plans, deleted; and the desk of one plan."""

import datetime as dt

import pytest

from commitments import services
from commitments.models import Change, Commitment, DeletedDraft
from tests.editor_pages import (
    address,
    contributor,  # noqa: F401
    editor,  # noqa: F401
    entry,
    holds,
    item,  # noqa: F401
)
from tests.factories import ACTOR, cite, make_commitment, make_plan, make_section, unpublish

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(item):  # noqa: F811
    found = make_commitment("US21-PRT-960", title="A promise in the making", is_published=False)
    cite(found)
    return found


def test_a_draft_is_previewed_as_readers_would_see_it_and_by_editors_alone(
    editor, contributor, client, item, draft
):
    page = editor.get(address(draft, "preview"))
    assert holds(page, "Preview.", "A promise in the making", "No evidence found")
    assert page["Cache-Control"] == "private, no-store"
    assert contributor.get(address(draft, "preview")).status_code == 403
    assert client.get(address(draft, "preview")).status_code == 302
    assert client.get(f"/commitments/{draft.code}/").status_code == 404
    assert editor.get(address(item, "preview")).url == f"/commitments/{item.code}/"
    assert editor.get("/editor/commitments/US21-PRT-999/preview/").status_code == 404


def test_a_draft_is_deleted_from_the_desk_and_put_back_by_saving_it(editor, client, item, draft):
    assert holds(editor.get("/editor/"), "A promise in the making")
    assert holds(editor.get(address(draft, "edit")), address(draft, "delete"))
    seen = Change.objects.count()
    assert editor.post(address(draft, "delete"), {"action": "preview"}).status_code == 200
    assert not DeletedDraft.objects.exists()
    assert editor.post(address(draft, "delete"), {"action": "save"}).url == "/editor/"
    assert holds(editor.get("/editor/"), "Deleted: A promise in the making.")
    page = editor.get("/editor/").content.decode()
    assert "A promise in the making" not in page.partition('id="unpublished"')[2]
    assert Change.objects.count() == seen
    assert not holds(client.get("/changes/"), "A promise in the making")
    typed = entry(draft, title="Written anew")
    del typed["is_published"]
    assert editor.post(address(draft, "edit"), typed).status_code == 302
    assert holds(editor.get("/editor/"), "Written anew") and not DeletedDraft.objects.exists()


def test_what_was_public_is_not_deleted(editor, item):
    for _ in range(2):
        response = editor.post(address(item, "delete"), {"action": "save"})
        assert response.status_code == 422 and holds(response, "unpublished, not deleted")
        if item.is_published:
            item = unpublish(item)
    assert not holds(editor.get(address(item, "edit")), address(item, "delete"))


def test_a_commitment_is_moved_to_another_plan_section_and_day(editor, client, item):
    make_plan("us-nap-2027")
    make_section("protection-9", plan="us-nap-2027")
    moved = {"plan": "us-nap-2027", "section": "us-nap-2027:protection-9"}
    day = {"announced_on_day": "4", "announced_on_month": "12", "announced_on_year": "2021"}
    wrong = editor.post(address(item, "edit"), entry(item, plan="us-nap-2027"))
    assert wrong.status_code == 422 and holds(wrong, "This section belongs to another plan")
    assert editor.post(address(item, "edit"), entry(item, **moved, **day)).status_code == 302
    item.refresh_from_db()
    assert (item.plan.slug, item.section.key) == ("us-nap-2027", "protection-9")
    assert item.announced_on == dt.date(2021, 12, 4)
    assert holds(client.get(f"/commitments/{item.code}/"), "The sheet was read again.")
    assert holds(client.get("/plans/us-nap-2027/"), item.title)


def test_a_conflict_about_the_day_of_announcement_shows_both_days(editor, item):
    day = {"announced_on_day": "4", "announced_on_month": "12", "announced_on_year": "2021"}
    typed = entry(item, **day)
    assert editor.post(address(item, "edit"), typed).status_code == 302
    response = editor.post(address(item, "edit"), typed | {"announced_on_day": "5"})
    assert response.status_code == 409
    assert holds(response, "Dec. 4, 2021", "Dec. 5, 2021", 'value="5"')


def test_the_desk_shows_one_plan_alone(editor, item):
    make_plan("us-nap-2027")
    other = make_commitment("US27-001", plan="us-nap-2027", title="Of the other plan")
    cite(other)
    page = editor.get("/editor/?plan=us-nap-2027")
    assert holds(page, "Of the other plan", "No evidence found: 1", "review/?plan=us-nap-2027")
    assert not holds(page, item.title)
    assert holds(editor.get("/editor/?plan=nowhere"), item.title, "No evidence found: 2")


def test_a_deleted_draft_needs_a_handle_and_a_commitment(draft):
    for wrong in (
        {"commitment": "US21-PRT-999", "actor": ACTOR},
        {"commitment": "a\0", "actor": ACTOR},
    ):
        with pytest.raises(Exception, match="no commitment|Character"):
            services.delete_draft(**wrong)
    assert Commitment.objects.filter(deleted_draft=None).count() == 2
