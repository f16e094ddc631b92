"""The desk: who may use its pages, and what it shows."""

import datetime as dt
import html
import re

import pytest

from commitments import services
from commitments.dates import PartialDate
from commitments.editor import presenters
from commitments.models import Source
from commitments.querysets.sql import today
from commitments.status_rules import Terms
from planwatch.accounts.permissions import handle_of
from tests.editor_pages import (
    PASSWORD,
    WORDS,
    account,
    address,
    contributor,  # noqa: F401
    editor,  # noqa: F401
    holds,
    item,  # noqa: F401
    signed_in,
)
from tests.factories import check_link, cite, make_commitment, make_source

pytestmark = pytest.mark.django_db


# Who may come in


PAGES = {
    "/editor/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/proposals/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/sources/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/sources/new/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/sources/sheet/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/commitments/new/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/review/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/commitments/US21-PRT-951/record/": {"": 403, "Contributor": 200, "Editor": 200},
    "/editor/commitments/US21-PRT-951/review/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/commitments/US21-PRT-951/edit/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/commitments/US21-PRT-951/citations/": {"": 403, "Contributor": 403, "Editor": 200},
    "/editor/commitments/US21-PRT-951/lineage/": {"": 403, "Contributor": 403, "Editor": 200},
}


@pytest.mark.parametrize("where", PAGES)
@pytest.mark.parametrize("role", ["", "Contributor", "Editor"])
def test_each_page_is_for_those_with_the_right_and_is_never_kept_by_a_cache(item, where, role):
    response = signed_in("somebody", role).get(where)
    assert response.status_code == PAGES[where][role]
    assert response["Cache-Control"] == "private, no-store"
    if response.status_code == 403:
        assert holds(response, "Missing is the right to") or holds(response, "has no role yet")


@pytest.mark.parametrize("where", PAGES)
def test_a_visitor_signs_in_and_comes_back_to_the_page(client, item, where):
    account("somebody", "Editor")
    response = client.get(f"{where}?a=1&b=2")
    assert response.status_code == 302
    assert response["Cache-Control"] == "private, no-store"
    sign_in = client.get(response.url)
    following = re.search(r'name="next" value="([^"]*)"', sign_in.content.decode())[1]
    posted = {"username": "somebody", "password": PASSWORD, "next": html.unescape(following)}
    response = client.post("/accounts/login/", posted)
    assert response.url == f"{where}?a=1&b=2"


@pytest.mark.parametrize("name", ["record", "edit", "review", "citations", "lineage"])
def test_a_commitment_that_does_not_exist_is_not_found(editor, name):
    assert editor.get(f"/editor/commitments/US21-PRT-999/{name}/").status_code == 404


def test_five_wrong_passwords_lock_the_sign_in_with_clear_words(client, item):
    account("somebody", "Editor")
    for _ in range(5):
        response = client.post("/accounts/login/", {"username": "somebody", "password": "no"})
    assert response.status_code == 429
    assert holds(response, "locked for now", "a quarter of an hour")


def test_signing_out_takes_a_post_and_ends_the_session(editor):
    assert editor.get("/accounts/logout/").status_code == 405
    assert editor.post("/accounts/logout/").url == "/"
    assert editor.get("/editor/").status_code == 302


def test_the_password_can_be_changed(editor):
    posted = {"old_password": PASSWORD, "new_password1": "x", "new_password2": "x"}
    assert "too short" in editor.post("/accounts/password/", posted).content.decode()
    posted |= {"new_password1": "quite-another-one-9", "new_password2": "quite-another-one-9"}
    assert editor.post("/accounts/password/", posted).url == "/editor/"
    assert editor.user.__class__.objects.get(pk=editor.user.pk).check_password(
        "quite-another-one-9"
    )


def test_the_bar_of_signed_in_people_is_for_them_alone(client, editor, contributor, item):
    assert b'class="staff"' not in client.get("/").content
    response = editor.get(f"/commitments/{item.code}/")
    assert holds(response, handle_of(editor.user), "Sign out", "Proposals, 0 waiting")
    assert holds(response, "Record a change", "Review", "Edit")
    assert response["Cache-Control"] == "private, no-store"
    response = contributor.get(f"/commitments/{item.code}/")
    assert holds(response, "Propose a change")
    assert "waiting" not in response.content.decode()
    assert b"Record a change" not in client.get(f"/commitments/{item.code}/").content


# The desk


def test_the_desk_shows_what_waits_and_jumps_by_code_or_words(editor, item):
    late = make_commitment("US21-PRT-777", title="Late promise", due_on=dt.date(2022, 1, 1))
    cite(late, make_source("nowhere-to-go", title="No link to it", url=""))
    page = editor.get("/editor/")
    assert holds(page, "Past due: 1", "Late promise", "No evidence found: 2", "No link to it")
    assert editor.get("/editor/?q=us21-prt-777").url == "/commitments/US21-PRT-777/"
    assert editor.get("/editor/?q=nurse").url == f"/commitments/{item.code}/"
    assert editor.get("/editor/", {"q": " "}).url == "/editor/"
    for words in ("promise nobody made", "a\0", "x" * 3000):
        assert holds(editor.get("/editor/", {"q": words}), "Nothing found")
    services.record_review(
        commitment=item.code, reviewed_on=today(), note="Mine.", actor=handle_of(editor.user)
    )
    assert holds(editor.get("/editor/"), "Reviewed")


def test_the_desk_names_the_commitments_that_rest_on_a_dead_link(editor, item):
    assert not holds(editor.get("/editor/"), "Commitments that rest on a dead link")
    quiet = make_commitment(title="Rests on another document")
    draft = make_commitment("US21-PRT-960", title="A draft on it", is_published=False)
    sheet = Source.objects.get(slug="sheet")
    cite(draft, sheet)
    check_link(sheet, "gone")
    named = editor.get("/editor/").content.decode().partition("rest on a dead link</h3>")[2]
    named = named.partition("All sources with a dead link")[0]
    assert f"/editor/commitments/{item.code}/record/" in named
    assert quiet.code not in named and draft.code not in named


def test_the_number_of_queries_does_not_grow_with_the_sources(
    editor, item, django_assert_max_num_queries
):
    def load():
        for page in (address(item), "/editor/", "/editor/review/", address(item, "edit")):
            assert editor.get(page).status_code == 200

    load()
    with django_assert_max_num_queries(400) as few:
        load()
    for number in range(9):
        cite(item, make_source(f"more-{number}"), "reports")
        make_commitment(due_on=dt.date(2022, 1, 1))
    with django_assert_max_num_queries(len(few)):
        load()


def test_two_places_in_one_document_do_not_look_like_two_sources(db):
    audit, other = (make_source(origin="independent", publisher=name) for name in "ab")
    day = PartialDate(audit.published_on, "day")
    terms = Terms(announced_on=day.day)
    twice = presenters.judge("completed", day, WORDS, [(audit, ""), (audit, "")], "US", terms)
    assert "two independent sources" in twice["problem"]
    assert twice["counted"] == "1 independent"
    assert (
        presenters.judge("completed", day, WORDS, [(audit, ""), (other, "")], "US", terms)[
            "problem"
        ]
        == ""
    )
