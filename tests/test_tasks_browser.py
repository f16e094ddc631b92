"""The ten tasks of docs/tasks.md, walked from the home page with every action counted."""

import os
import re
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.live_site import ROOT
from tests.test_browser import (
    browser_type_launch_args,  # noqa: F401
    site,  # noqa: F401
    visit,  # noqa: F401
)

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

pytestmark = pytest.mark.skipif(
    os.environ.get("PLANWATCH_BROWSER_TESTS") != "required",
    reason="takes minutes and Chromium (Debian: apt-get install chromium); run make test-browser",
)

ROW = re.compile(r"^\| \d+ \| .+ \| .+ \| (\d+) \|$", re.M)


def written(heading):
    """Return the numbers of actions in the table below a heading of docs/tasks.md."""
    text = (ROOT / "docs" / "tasks.md").read_text().partition(f"# {heading}\n")[2]
    return [int(actions) for actions in ROW.findall(text.partition("\n#")[0])]


class Walk:
    """A task: its first page is the home page or another, and each action is counted."""

    def __init__(self, page, start="/"):
        self.page, self.main, self.actions = page, page.get_by_role("main"), 0
        page.goto(start)

    def link(self, name, within=None, exact=False):
        self.actions += 1
        (within or self.main).get_by_role("link", name=name, exact=exact).first.click()

    def menu(self, name):
        self.link(name, within=self.page.get_by_role("banner"), exact=True)

    def act(self, action, *words):
        self.actions += 1
        action(*words)


def what_happened_last(walk):
    news = walk.main.locator("section", has=walk.page.get_by_role("heading", name="What’s new"))
    expect(news.get_by_role("listitem")).not_to_have_count(0)


def what_happened_in_2025(walk):
    walk.menu("News")
    walk.act(partial(walk.main.get_by_label("Year").select_option, "2025"))
    walk.act(walk.main.get_by_role("button", name="Show").click)
    expect(walk.main.get_by_role("heading", level=2).first).to_have_text("December 2025")


def the_agency_with_most_past_due(walk):
    walk.menu("Agencies")
    walk.link("Past due")
    head = walk.main.get_by_role("columnheader", name="Past due")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(walk.main.get_by_role("columnheader", name="Stalled")).to_be_visible()


def a_brief_on_prosecution(walk):
    walk.link("Prosecution", exact=True)
    walk.link("One-page brief")
    with walk.page.expect_download() as download:
        walk.link("PDF")
    assert download.value.suggested_filename.endswith(".pdf")


def what_is_past_due(walk):
    walk.link(re.compile(r"^All \d+ past due"))
    expect(walk.page.locator("#says")).to_contain_text("past the promised date")


def how_far_one_promise_is(walk):
    box = walk.main.get_by_role("searchbox")
    walk.act(box.fill, "UFLPA")
    walk.act(box.press, "Enter")
    walk.link(re.compile("."), within=walk.main.locator(".entries"))
    expect(walk.page.get_by_text("Confirmed by", exact=True)).to_be_visible()


def what_was_confirmed(walk):
    sentence = walk.main.locator("p", has_text="of them independently confirmed").first
    walk.act(sentence.get_by_role("link").nth(1).click)
    expect(walk.page.locator("#says")).to_contain_text("completed")


def questions_for_homeland_security(walk):
    walk.menu("Agencies")
    walk.link("Department of Homeland Security", exact=True)
    walk.link("Questions still open")
    expect(walk.main.get_by_role("heading", level=1)).to_contain_text("Homeland Security")


def how_things_stood_on_a_day(walk):
    walk.act(walk.page.get_by_text("View a past date", exact=True).click)
    day = walk.page.get_by_label("Status on this date")
    walk.act(day.fill, "2025-01-19")
    walk.act(day.press, "Enter")
    expect(walk.page.locator(".banner")).to_contain_text("Jan. 19, 2025")


def what_carried_over(walk):
    walk.link("Compare documents", within=walk.page.get_by_role("contentinfo"))
    walk.link("The White House, Dec. 3, 2021 → The White House, Feb. 14, 2024")
    expect(walk.main.get_by_role("heading", level=2).first).to_be_visible()


TASKS = (
    what_happened_last,
    what_happened_in_2025,
    the_agency_with_most_past_due,
    a_brief_on_prosecution,
    what_is_past_due,
    how_far_one_promise_is,
    what_was_confirmed,
    questions_for_homeland_security,
    how_things_stood_on_a_day,
    what_carried_over,
)


def test_each_task_takes_the_actions_that_the_guide_says_and_three_at_most(visit):  # noqa: F811
    page, taken = visit(), []
    for task in TASKS:
        walk = Walk(page)
        task(walk)
        taken.append(walk.actions)
    assert taken == written("Ten tasks from the home page")
    assert len(taken) == 10 and max(taken) <= 3
