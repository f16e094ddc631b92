"""A day's work at the desk: the ten tasks of docs/tasks.md, each from the desk, with every action counted."""

import re
from functools import partial

from playwright.sync_api import expect

from tests.editors_at_work import (
    LATE,
    WORDS,
    needs_a_browser,
    sign_in,  # noqa: F401
    site,  # noqa: F401
)
from tests.test_browser import browser_type_launch_args, visit  # noqa: F401
from tests.test_tasks_browser import Walk, written

pytestmark = needs_a_browser
NOTE = re.compile("What was looked for")


class Work(Walk):
    """A task that starts at the desk."""

    def __init__(self, page):
        super().__init__(page, "/editor/")

    def press(self, name):
        self.act(self.main.get_by_role("button", name=name).first.click)

    def fill(self, label, text, exact=False):
        self.act(self.main.get_by_label(label, exact=exact).first.fill, text)

    def choose(self, label, choice, exact=False):
        self.act(
            partial(self.main.get_by_label(label, exact=exact).first.select_option, label=choice)
        )

    def go_to(self, words):
        self.fill("Go to a commitment", words)
        self.act(self.main.get_by_label("Go to a commitment").press, "Enter")

    def attach(self, place):
        self.act(self.main.get_by_label("Search sources").press_sequentially, LATE)
        self.page.wait_for_load_state("networkidle")
        found = self.main.locator(".take", has_text=re.compile(LATE, re.IGNORECASE)).first
        self.act(found.get_by_role("checkbox").check)
        self.act(found.get_by_label(re.compile("Where in it")).fill, place)

    def said(self, words):
        expect(self.page.get_by_role("status").first).to_contain_text(words)


def review_what_is_past_due(work):
    work.link("Review", within=work.main.get_by_role("region", name=re.compile("^Past due")))
    work.fill(NOTE, WORDS)
    work.press("Record this review")
    work.said("Review recorded")


def take_a_wrong_review_back(work):
    work.link("Retract this review")
    work.fill(re.compile("^Reason"), "The other promise was meant.")
    work.press("Retract")
    work.said("The review is retracted")


def record_a_change_from_a_source(work):
    unknown = work.main.get_by_role("region", name=re.compile("^No evidence found"))
    work.link(re.compile("^Record a change"), within=unknown)
    work.act(work.page.locator("#s-in_progress").check)
    work.fill("Day", "", exact=True)
    work.choose("Month", "Not known", exact=True)
    work.fill("Year", "2025", exact=True)
    work.fill("What happened", WORDS)
    work.attach("page 2")
    work.press("Record this change")
    work.said("Recorded as step")


def add_evidence_to_a_step(work):
    work.go_to("US24-PAR-004")
    work.link(re.compile("^Add evidence"))
    work.attach("page 3")
    work.press("Add this evidence")
    work.said("The evidence is recorded")


def approve_a_proposal(work):
    work.link(re.compile("."), within=work.main.get_by_role("region", name="Waiting for you"))
    work.press(re.compile("^Approve"))
    work.said("Approved and recorded")


def mend_a_title(work):
    work.go_to("US21-PRS-001")
    work.link("Edit", within=work.main.get_by_label("Edit this commitment"))
    work.fill("Title", "A title as the plan prints it", exact=True)
    work.fill(re.compile("Reason for this edit"), "The plan says it so.")
    work.press("Save the edit")
    work.said("The edit is recorded")


def answer_a_reader(work):
    work.link(re.compile("^Open error reports"))
    work.link(re.compile("wrong year"))
    work.fill("What was found", "Corrected, thank you.")
    work.press("Close the report")
    work.said("closed")


def review_many_at_once(work):
    work.link(
        "Review many at once", within=work.main.get_by_role("region", name=re.compile("^Past"))
    )
    for place in range(2):
        work.act(work.main.locator("[name=codes]").nth(place).check)
    work.fill(NOTE, WORDS)
    work.press("See what will be recorded")
    work.press("Record 2 reviews")
    work.said("2 reviews recorded")


def add_an_agency(work):
    work.link("Add an agency")
    work.fill("Full name", "Office of the Made-up Auditor")
    work.fill("Short name", "Made-up Auditor")
    work.fill("Jurisdiction", "US")
    work.press("Add it")
    work.said("Added")


def keep_a_document_that_was_found(work):
    work.link("Found this")
    work.fill("Address", "https://example.org/a-report-of-an-audit")
    work.press("Fill in by hand")
    work.fill("Title", "A made-up audit of forced labor in supply chains", exact=True)
    work.fill("Publisher", "The Made-up Auditor")
    work.choose("Kind", "Report")
    work.choose("Origin", "Independent")
    work.press("Confirm")
    work.said("Added")


TASKS = (
    review_what_is_past_due,
    take_a_wrong_review_back,
    record_a_change_from_a_source,
    add_evidence_to_a_step,
    approve_a_proposal,
    mend_a_title,
    answer_a_reader,
    review_many_at_once,
    add_an_agency,
    keep_a_document_that_was_found,
)


def something_waits(visit, contributor):  # noqa: F811
    """A reader reports an error, and a contributor proposes a change."""
    reader = visit()
    reader.goto("/report/")
    reader.locator("[name=message]").fill("The wrong year stands there.")
    reader.get_by_role("button", name="Send the report").click()
    expect(reader).to_have_url(re.compile("/report/.+"))
    proposal = Work(contributor)
    contributor.goto("/editor/commitments/US21-PRS-012/record/")
    contributor.locator("#s-in_progress").check()
    proposal.fill("Day", "", exact=True)
    proposal.choose("Month", "Not known", exact=True)
    proposal.fill("Year", "2025", exact=True)
    proposal.fill("What happened", WORDS)
    proposal.attach("page 2")
    proposal.press("Send to a second editor")
    proposal.said("Sent to a second editor")


def test_a_day_of_an_editor_takes_the_actions_that_the_guide_says(sign_in, visit):  # noqa: F811
    something_waits(visit, sign_in("third"))
    page, taken = sign_in("second"), []
    for task in TASKS:
        work = Work(page)
        task(work)
        taken.append(work.actions)
    assert taken == written("A day’s work at the desk")
    assert len(taken) == 10
