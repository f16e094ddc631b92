"""The pages of charts in a browser, as a person uses them."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.test_browser import (
    PHONE,
    browser_type_launch_args,  # noqa: F401
    looked_at,
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
        "/compare/?from=wh-2021-plan&to=wh-2024-02-14",
        "/compare/?from=wh-2021-12-03-call&to=wh-2022-01-25",
        "/compare/?from=wh-2021-plan",
        "/matrix/?is_overdue=true&as_of=2025-02-01",
        "/matrix/?status=superseded",
        "/timeline/?year=2022&pillar=prosecution",
        "/timeline/?as_of=2023-06-30",
    ],
)
def test_page_is_sound_for_everyone_on_every_screen(visit, address):  # noqa: F811
    assert looked_at(visit(), address) == []


def test_what_2024_carried_on_from_2021_and_left_out_is_two_clicks_from_home(visit):  # noqa: F811
    page = visit(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="What was carried on").click()
    page.get_by_role("link", name="From 2021 to 2024").click()
    expect(page).to_have_url(re.compile(r"/compare/\?from=wh-2021-plan&to=wh-2024-02-14$"))
    answer = page.locator(".answer")
    expect(answer).to_contain_text("57 commitments")
    expect(answer).to_contain_text("carries on 4 in other words")
    expect(answer).to_contain_text("does not mention 51 of the 57")
    carried = page.get_by_role("region", name="Carried on in other words")
    for code in ("US21-PRV-014", "US21-PRS-003", "US21-PRT-009", "US21-PAR-009"):
        expect(carried.get_by_text(code, exact=True).first).to_be_visible()
    missing = page.get_by_role("region", name="Not mentioned in the later document")
    expect(missing.locator(".code")).to_have_count(51)
    assert page.problems == []


def test_two_documents_are_chosen_and_compared_on_a_phone(visit):  # noqa: F811
    page = visit(PHONE)
    page.goto("/compare/")
    page.get_by_role("combobox", name="The commitments of this document").select_option(
        "wh-2022-01-25"
    )
    page.get_by_role("combobox", name="as they stand in this one").select_option(
        "wh-2021-12-03-call"
    )
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile("from=wh-2022-01-25&to=wh-2021-12-03-call"))
    expect(page.get_by_text("You named the later document first.")).to_be_visible()
    again = page.get_by_role("region", name="Named again")
    expect(again.get_by_text("US21-PRT-009", exact=True)).to_be_visible()
    assert page.problems == []
