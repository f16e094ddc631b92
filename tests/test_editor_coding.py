"""Double coding: two judge blind, their agreement is shown once both are done, and a third settles."""

import pytest
from django.core.management import call_command

from commitments import services
from commitments.models import Change, Coding, DoubleCoding
from commitments.services.coding import cohens_kappa
from tests.editor_pages import (
    WORDS,
    editor,  # noqa: F401
    holds,
    item,  # noqa: F401
    second,  # noqa: F401
    signed_in,
)
from tests.factories import ACTOR, make_commitment, make_plan

pytestmark = pytest.mark.django_db
NONE_YET = "No double coding has been done yet."


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        # The example of Cohen's paper in its usual form: 20 and 15 of 50 alike, 5 and 10 not.
        ([("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15, 0.4),
        ([("y", "y"), ("n", "n")], 1.0),
        ([("y", "n"), ("n", "y")], -1.0),
        ([("y", "y"), ("y", "y")], None),
        ([], None),
    ],
)
def test_kappa_is_agreement_beyond_chance(pairs, kappa):
    found = cohens_kappa(pairs)
    assert found is None if kappa is None else found == pytest.approx(kappa)


@pytest.fixture
def opened(item):  # noqa: F811
    make_commitment("US21-PRT-777", title="Build a road")
    return services.open_double_coding(
        plan="us-nap-2021", commitments=["US21-PRT-777", "US21-PRT-951"], actor=ACTOR
    )


def code(client, opened, code, status, note=""):
    where = f"/editor/coding/{opened.pk}/{code}/"
    return client.post(where, {"status": status, "note": note, "action": "save"})


def test_two_code_blind_a_third_settles_and_the_method_page_gives_the_figure(
    editor, second, client, opened
):
    third, page = signed_in("boss", "Administrator"), f"/editor/coding/{opened.pk}/"
    assert holds(client.get("/method/"), NONE_YET)
    assert holds(editor.get("/editor/coding/"), "National Action Plan")
    assert code(editor, opened, "US21-PRT-777", "stalled", WORDS).url == page
    assert code(second, opened, "US21-PRT-777", "stalled").url == page
    assert code(editor, opened, "US21-PRT-951", "in_progress").url == page
    assert holds(editor.get(page), "editor", "Stalled", "In progress")
    for other in (second, third):
        seen = other.get(page).content.decode()
        assert "In progress" not in seen and WORDS[:20] not in seen
    refused = code(third, opened, "US21-PRT-777", "stalled", WORDS)
    assert refused.status_code == 422 and holds(refused, "Two people code already", WORDS)
    # A judgment may be changed until both are done.
    code(editor, opened, "US21-PRT-951", "in_place")
    code(second, opened, "US21-PRT-951", "not_started")
    for other in (editor, second, third):
        assert holds(other.get(page), "1 of 2 commitments (50 percent)", "They differ on 1.")
        assert holds(other.get(page), "Cohen’s kappa: 0.33.")
    assert code(editor, opened, "US21-PRT-951", "not_started").status_code == 422
    assert code(third, opened, "US21-PRT-777", "stalled").status_code == 422
    assert holds(client.get("/method/"), NONE_YET)
    assert code(third, opened, "US21-PRT-951", "in_place", WORDS).url == page
    opened.refresh_from_db()
    assert (opened.coded, opened.agreed, opened.kappa) == (2, 1, "0.33")
    method = client.get("/method/")
    assert holds(method, "the same status for 1 of 2 commitments", "Cohen’s kappa: 0.33.")
    assert not holds(method, NONE_YET)
    row = Change.objects.get(object_type="doublecoding")
    assert row.after["agreed"] == 1 and row.after["commitments"] == ["US21-PRT-777", "US21-PRT-951"]
    assert holds(client.get("/changes/"), "Double coding finished")
    assert Change.objects.filter(object_type="coding").count() == 0
    assert code(third, opened, "US21-PRT-951", "stalled").status_code == 302
    opened.refresh_from_db()
    assert Change.objects.filter(object_type="doublecoding").count() == 1
    call_command("check_integrity", verbosity=0)


def test_where_both_say_the_same_nothing_needs_settling(editor, second, client, opened):
    for each in (editor, second):
        for one in ("US21-PRT-777", "US21-PRT-951"):
            code(each, opened, one, "stalled")
    assert holds(editor.get(f"/editor/coding/{opened.pk}/"), "Cohen’s kappa is not defined")
    assert holds(client.get("/method/"), "the same status for 2 of 2 commitments")
    assert not holds(client.get("/method/"), "Cohen’s kappa: ")


def test_the_form_shows_sources_and_no_status(editor, opened, item):
    page = editor.get(f"/editor/coding/{opened.pk}/{item.code}/")
    assert holds(page, item.summary, "A sheet of facts", "Only you see this")
    assert b"checked" not in page.content
    code(editor, opened, item.code, "stalled", WORDS)
    assert holds(editor.get(f"/editor/coding/{opened.pk}/{item.code}/"), WORDS)
    empty = code(editor, opened, item.code, "")
    assert empty.status_code == 422
    assert editor.get(f"/editor/coding/{opened.pk}/US21-PRT-999/").status_code == 404


def test_only_published_commitments_of_the_plan_are_coded(editor, item):
    make_plan("us-nap-2027")
    make_commitment("US21-PRT-960", is_published=False)
    for typed in (
        {"plan": "us-nap-2027", "commitments": item.code},
        {"plan": "us-nap-2021", "commitments": f"{item.code} US21-PRT-960"},
        {"plan": "us-nap-2021", "commitments": " "},
        {"plan": "", "commitments": item.code},
    ):
        response = editor.post("/editor/coding/", typed | {"action": "save"})
        assert response.status_code == 422
    assert not DoubleCoding.objects.exists()
    typed = {"plan": "us-nap-2021", "commitments": item.code.lower(), "action": "save"}
    assert editor.post("/editor/coding/", typed).status_code == 302
    with pytest.raises(Exception, match="no such commitment"):
        services.save_coding(double_coding=0, commitment=item.code, status="stalled", actor=ACTOR)
    assert not Coding.objects.exists()
