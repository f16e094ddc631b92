"""A reporting round in a browser: an editor opens it, a focal point answers without scripts, the answer is published."""

import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.editors_at_work import (
    WORDS,
    needs_a_browser,
    on_both_screens,
    sign_in,  # noqa: F401
    site,  # noqa: F401
    wrong_with,
)
from tests.live_site import ROOT, _environment
from tests.test_browser import browser_type_launch_args, looked_at, visit  # noqa: F401

pytestmark = needs_a_browser

OPEN = """
from urllib.parse import quote
from commitments import services
from commitments.models import ReportingRound
from tests.example_round import answer, fill, invitation_of, open_example
item = ReportingRound.objects.order_by("pk").first()
if item is None:
    item = open_example()
    fill(item)
row = invitation_of(item)
asked = [each for each in row.commitments() if not row.answers.filter(commitment=each).exists()]
sent = answer(item, row.agency.slug, asked[0].code)
print("FOUND", item.pk, sent.pk, asked[1].code, quote(services.link_key(row)))
"""


@pytest.fixture
def example(site, tmp_path_factory, worker_id):  # noqa: F811
    """Return the numbers of the worked example and of an answer, a code that is not answered, and the key of its agency."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if worker_id != "master" else folder) / "site"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", OPEN],
        cwd=ROOT,
        env=_environment(folder / f"site-{urlsplit(site).port}.sqlite3"),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.rpartition("FOUND")[2].split()


def test_the_desks_pages_of_a_round_are_sound_on_every_screen(sign_in, example):  # noqa: F811
    page, (number, answer, *_) = sign_in("first"), example
    for address in (
        "/editor/rounds/",
        "/editor/rounds/new/?plan=us-nap-2021",
        f"/editor/rounds/{number}/",
        f"/editor/rounds/{number}/report/",
        f"/editor/rounds/{number}/{answer}/",
    ):
        assert looked_at(page, address, weighed=False) == []


def test_the_focal_points_pages_are_sound_on_every_screen(visit, example):  # noqa: F811
    page, (_, _, code, key) = visit(), example
    for path in ("answers/", f"answers/{code}/", "sheet/"):
        address = f"/rounds/{path}?key={key}"
        assert looked_at(page, address, weighed=False) == []
    assert looked_at(page, "/rounds/answers/?key=x", 404, weighed=False) == []


@on_both_screens
def test_a_focal_point_answers_without_scripts_and_an_editor_publishes_it(
    visit,  # noqa: F811
    sign_in,  # noqa: F811
    example,
    width,
):
    number, _, code, key = example
    page = visit(width, java_script_enabled=False)
    page.goto(f"/rounds/answers/?key={key}")
    page.locator("tr", has_text=code).get_by_role("link").click()
    page.get_by_label(re.compile("What was done")).fill(WORDS)
    page.get_by_label("Address", exact=True).first.fill("https://example.org/made-up")
    page.get_by_role("button", name="Submit", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This is needed to submit the answer.")
    expect(page.get_by_label(re.compile("What was done"))).to_have_value(WORDS)
    expect(page.get_by_label("Address", exact=True).first).to_have_value(re.compile("made-up"))
    page.get_by_label("Address", exact=True).first.fill("")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("status")).to_contain_text(f"{code}: Saved as a draft.")
    page.locator("tr", has_text=code).get_by_role("link").click()
    page.get_by_label(re.compile("Status, in your own words")).fill("On track (made up)")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator("tr", has_text=code)).to_contain_text("Submitted")
    editor = sign_in("first", width)
    editor.goto(f"/editor/rounds/{number}/")
    editor.locator("tr", has_text=code).get_by_role("link", name="Submitted").click()
    expect(editor.locator("main")).to_contain_text(WORDS)
    editor.get_by_label(re.compile("Nearest of our statuses")).select_option(label="In progress")
    editor.get_by_role("button", name="Publish this answer").click()
    expect(editor.get_by_role("status")).to_contain_text("The answer is published")
    assert wrong_with(editor) == []
    editor.get_by_role("link", name="The page of this answer").click()
    expect(editor.locator("main")).to_contain_text(WORDS)
    expect(editor.locator("main")).to_contain_text("This page is where it is published.")
    page.goto(f"/commitments/{code}/")
    expect(page.locator("main")).to_contain_text("On track (made up)")
