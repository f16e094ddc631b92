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
    again = page.get_by_role("region", name="Repeated")
    expect(again.get_by_text("US21-PRT-009", exact=True)).to_be_visible()
    assert page.problems == []
