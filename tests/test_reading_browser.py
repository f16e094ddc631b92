"""What a first-time reader asks, answered by clicking; and the states that a list can be in."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.test_browser import (
    PHONE,
    browser_type_launch_args,  # noqa: F401
    looked_at,
    problems_of_access,
    problems_of_width,
    site,  # noqa: F401
    visit,  # noqa: F401
)

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

pytestmark = pytest.mark.skipif(
    os.environ.get("PLANWATCH_BROWSER_TESTS") != "required",
    reason="takes minutes and Chromium (Debian: apt-get install chromium); run make test-browser",
)


@pytest.mark.parametrize(
    "address",
    [
        "/commitments/?view=cards&q=homeland+security",
        "/commitments/?view=table&pillar=protection",
        "/commitments/?q=traficking&agency=dhs",
        "/commitments/?pillar=prevention&status=withdrawn&agency=state",
        "/commitments/US21-PRT-009/",
    ],
)
def test_page_is_sound_for_everyone_on_every_screen(visit, address):  # noqa: F811
    assert looked_at(visit(), address) == []


# Questions, each from home; every click is counted


class Reader:
    """Somebody who has never seen the site. Typing is not a click; sending a form is."""

    def __init__(self, page):
        self.page, self.clicks = page, 0
        page.goto("/")

    def click(self, what):
        self.clicks += 1
        what.click()


@pytest.fixture
def reader(visit):  # noqa: F811
    return Reader(visit())


def counted(page, query):
    """Return how many commitments there are, as the API counts them."""
    return str(page.request.get(f"/api/v1/commitments/?{query}").json()["count"])


def test_which_protection_commitments_of_dhs_are_still_open(reader):
    page = reader.page
    reader.click(page.get_by_role("main").get_by_role("link", name="Protection", exact=True))
    reader.click(page.get_by_role("checkbox", name=re.compile("^Homeland Security")))
    expect(page.locator("#says")).to_contain_text("led or shared by Homeland Security (DHS)")
    reader.click(page.get_by_role("checkbox", name=re.compile("^Still open")))
    says = page.locator("#says")
    expect(says).to_contain_text(
        re.compile(r"\d+ open protection commitments led or shared by Homeland Security \(DHS\)\.")
    )
    count = int(re.search(r"(\d+) open", says.inner_text())[1])
    expect(page.locator("#results tbody tr")).to_have_count(count)
    assert reader.clicks <= 3


def test_what_happened_to_the_victim_centered_approach(reader):
    page = reader.page
    page.get_by_role("searchbox").first.fill("victim-centered approach")
    reader.click(page.get_by_role("main").get_by_role("button", name="Search"))
    reader.click(page.get_by_role("link", name=re.compile("^DHS to use a victim-centered")).first)
    expect(page.locator(".stands")).to_contain_text("In progress since Jan. 31, 2025")
    expect(page.get_by_role("heading", name="Evidence for this status")).to_be_visible()
    expect(page.locator(".history .step")).not_to_have_count(0)
    assert reader.clicks <= 3


def test_what_the_2024_summary_carried_on_from_2021_and_left_out(reader):
    page = reader.page
    reader.click(page.get_by_role("contentinfo").get_by_role("link", name="Compare documents"))
    reader.click(page.get_by_role("link", name=re.compile("2021 → .*2024$")))
    expect(page).to_have_url(re.compile(r"/compare/\?from=wh-2021-plan&to=wh-2024-02-14$"))
    answer = page.locator(".answer")
    expect(answer).to_contain_text("carries over 4 in different words")
    said = re.search(
        r"Of the (\d+) commitments .* Not in it: (\d+) of the \1\.", answer.inner_text()
    )
    carried = page.get_by_role("region", name="Carried over in different words")
    for code in ("US21-PRV-014", "US21-PRS-003", "US21-PRT-009", "US21-PAR-009"):
        expect(carried.get_by_text(code, exact=True).first).to_be_visible()
    missing = page.get_by_role("region", name="Not in the later document")
    expect(missing.locator(".code")).to_have_count(int(said[2]))
    assert page.problems == []
    assert reader.clicks <= 3


def test_what_changed_this_year(reader):
    page = reader.page
    new = page.get_by_role("region", name="What’s new")
    expect(new).to_contain_text(re.compile(r"changed (their status )?in \d{4}"))
    reader.click(new.get_by_role("link", name="All news"))
    expect(page.get_by_role("heading", level=1)).to_have_text("News")
    assert reader.clicks <= 3


def test_what_was_known_on_the_first_of_march_2024(reader):
    page = reader.page
    reader.click(page.get_by_text("View a past date"))
    page.get_by_label("Status on this date").fill("2024-03-01")
    reader.click(page.get_by_role("button", name="Show"))
    expect(page.locator(".banner")).to_contain_text("March 1, 2024")
    count = counted(page, "jurisdiction=US&as_of=2024-03-01")
    expect(page.locator(".standing .total")).to_contain_text(count)
    reader.click(page.get_by_role("main").get_by_role("link", name=re.compile(f"^All {count}")))
    expect(page.locator("#says")).to_contain_text(f"{count} commitments, as of March 1, 2024.")
    assert reader.clicks <= 3


# Filters that answer at once


def test_a_choice_applies_at_once_keeps_the_focus_and_can_be_taken_back(visit):  # noqa: F811
    page = visit()
    page.goto("/commitments/")
    page.locator("#more-agency summary").click()
    choice = page.locator("#pick-pillar-protection")
    choice.check()
    expect(page).to_have_url(re.compile(r"/commitments/\?pillar=protection$"))
    said = f"{counted(page, 'pillar=protection')} protection commitments."
    expect(page.locator("#says")).to_contain_text(said)
    expect(choice).to_be_focused()
    expect(page.locator("#more-agency")).to_have_attribute("open", "")
    page.locator("#pick-is_open-true").check()
    expect(page.locator("#says")).to_contain_text("open protection commitments.")
    page.go_back()
    expect(page.locator("#says")).to_contain_text(said)
    expect(page.locator("#pick-is_open-true")).not_to_be_checked()
    expect(choice).to_be_checked()
    assert page.problems == []


def test_on_a_phone_the_filters_are_a_sheet(visit):  # noqa: F811
    page = visit(PHONE)
    page.goto("/commitments/?pillar=protection")
    opener = page.get_by_role("button", name="Filters (1)")
    expect(page.locator("#filters")).to_be_hidden()
    opener.click()
    expect(page.locator("#filters")).to_be_visible()
    assert problems_of_access(page) + problems_of_width(page) == []
    page.locator("#pick-status-in_progress").check()
    expect(page).to_have_url(re.compile("status=in_progress"))
    expect(page.locator("#filters")).to_be_visible()
    expect(page.locator("#pick-status-in_progress")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#filters")).to_be_hidden()
    expect(opener).to_be_focused()
    assert page.problems == []


def test_what_cannot_be_read_is_said_where_the_results_would_stand(visit):  # noqa: F811
    page = visit()
    page.goto("/commitments/")
    page.locator("input[name=q]").last.evaluate("box => { box.removeAttribute('maxlength') }")
    page.locator("input[name=q]").last.evaluate("box => { box.value = 'x'.repeat(600) }")
    page.locator("#pick-pillar-protection").check()
    expect(page.locator("#results .problem")).to_contain_text("q:")


def test_a_commitment_prints_with_everything_open_and_its_sources_addresses(visit):  # noqa: F811
    page = visit()
    page.goto("/commitments/US21-PRT-009/")
    page.emulate_media(media="print")
    expect(page.get_by_role("rowheader").first).to_be_visible()
    assert "http" in page.evaluate(
        "getComputedStyle(document.querySelector('.origins a[href^=http]'), '::after').content"
    )
    expect(page.locator(".masthead .menu")).to_be_hidden()
