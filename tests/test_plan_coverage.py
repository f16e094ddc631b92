"""What a plan says of itself: its own language, how its codes begin, and how much of it was read."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from commitments.editor.forms.commitments import NewEntryForm
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_files
from commitments.known_at import known_at
from commitments.models import Plan
from tests.factories import ANNOUNCED, cite, make_commitment, make_plan, unpublish

pytestmark = pytest.mark.django_db

READ = {
    "coverage": "partial",
    "actions": 46,
    "coverage_note": "Its second chapter.",
    "prefix": "MY21",
    "original_title": "Pelan Tindakan",
    "language": "ms",
}


def api(address):
    return Client().get(f"/api/v1/{address}").json()


def test_the_api_says_how_much_of_a_plan_is_recorded():
    make_plan("my-plan", jurisdiction="MY", **READ)
    later = ANNOUNCED + dt.timedelta(days=400)
    cite(make_commitment("MY21-001", plan="my-plan"))
    # What was pledged later is not one of the plan's actions, and what is taken down is not recorded.
    cite(make_commitment("MY21-002", plan="my-plan", announced_on=later))
    taken = make_commitment("MY21-003", plan="my-plan")
    cite(taken)
    unpublish(taken)
    make_plan("my-plan", jurisdiction="MY", **READ)
    plan = api("plans/my-plan/")
    assert {name: plan[name] for name in READ} == READ
    assert plan["recorded"] == 1
    assert api("plans/?as_of=2021-12-03")["results"][0]["recorded"] == 1


def test_a_plan_of_which_nothing_is_said_says_so():
    make_plan()
    plan = api("plans/us-nap-2021/")
    said = [plan[name] for name in ("coverage", "actions", "coverage_note", "recorded", "language")]
    assert said == ["", None, "", 0, "en"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("coverage", "half", "not a valid choice"),
        ("actions", -1, "greater than or equal to 0"),
        ("language", "German", "Write “de”"),
        ("prefix", "my 21", "capital letters"),
    ],
)
def test_what_a_plan_cannot_say_is_refused(field, value, words):
    with pytest.raises(ValidationError) as error:
        make_plan(**{field: value})
    assert words in str(error.value.message_dict)


def test_the_database_keeps_what_a_plan_may_say_and_when_it_came_out():
    plan = make_plan()
    later = timezone.now().date() + dt.timedelta(days=3)
    for field, value in (("coverage", "half"), ("prefix", "my 21"), ("published_on", later)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.objects.filter(pk=plan.pk).update(**{field: value})


def test_what_was_read_of_a_plan_is_known_as_it_was_said():
    make_plan(**READ)
    before = timezone.now()
    make_plan(**READ | {"coverage": "complete", "coverage_note": "All of it."})
    with known_at(before):
        assert Plan.objects.get().coverage == "partial"
    assert Plan.objects.get().coverage == "complete"


def test_a_folder_says_what_was_read_of_its_plan():
    text = """
- model: commitments.plan
  fields: {slug: my-plan, jurisdiction: MY, title: Action Plan, original_title: Pelan Tindakan, language: ms,
    published_on: 2021-11-26, prefix: MY21, coverage: partial, actions: 46, coverage_note: Its second chapter.}
"""
    for result in ("new", "unchanged"):
        rows = read_files({"plan.yaml": text.encode()}, "folder")
        assert [item.result for item in import_rows(rows, actor="importer").outcomes] == [result]
    plan = Plan.objects.get()
    assert {name: getattr(plan, name) for name in READ} == READ


@pytest.mark.parametrize(("prefix", "code"), [("MY21", "MY21-002"), ("", "MY21-PRT-001")])
def test_the_next_free_code_begins_as_the_plan_says(prefix, code):
    make_plan("my-plan", jurisdiction="MY", prefix=prefix)
    make_commitment("MY21-001")
    values = {"plan": "my-plan", "pillar": "protection", "announced_on": ANNOUNCED}
    form = NewEntryForm()
    form.cleaned_data = values
    assert form.proposed() == code
