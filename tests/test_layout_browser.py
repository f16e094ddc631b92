"""Pages in a browser hold their layout: under a reader's hand, with long words, and with any font."""

import pytest
from playwright.sync_api import expect

from tests import fonts
from tests.test_browser import (
    AXE,
    PHONE,
    SMALL_PHONE,
    browser_type_launch_args,  # noqa: F401
    problems_of_access,
    problems_of_width,
    site,  # noqa: F401
    visit,  # noqa: F401
)
from tests.test_browser import pytestmark as needs_a_browser

pytestmark = needs_a_browser

GROUPS = ["pillar", "status", "verification", "agency", "source", "kind"]
PAGES = ["/", "/commitments/", "/commitments/?view=cards", "/commitments/US21-PRV-001/"]
PAGES += ["/agencies/", "/agencies/dhs/", "/sources/", "/sources/wh-2021-plan/", "/timeline/"]
PAGES += ["/pillars/protection/", "/changes/", "/embed/commitments/US21-PRV-001/"]
SIZES = ("light", {"runOnly": ["target-size"], "rules": AXE["rules"]})


def test_ticking_a_filter_on_a_desk_keeps_the_place_of_the_reader(visit):
    page = visit()
    page.set_viewport_size({"width": 1280, "height": 800})
    for name in GROUPS:
        page.goto("/commitments/")
        boxes = page.locator(f"#picks input[name={name}]")
        boxes.first.wait_for(state="attached")
        box = [box for box in boxes.all() if box.is_visible()][-1]
        box.scroll_into_view_if_needed()
        value, before = box.get_attribute("value"), page.evaluate("scrollY")
        box.check()
        page.wait_for_url(lambda url, name=name: f"{name}=" in url)
        busy = page.locator(".htmx-request, .htmx-settling, .htmx-swapping")
        expect(busy).to_have_count(0)
        ticked = page.locator(f"#picks input[name={name}][value='{value}']")
        expect(ticked).to_be_checked()
        # The list may grow shorter, and the page then end higher; what was ticked stays in sight.
        assert 0 <= ticked.bounding_box()["y"] <= 800, name
        assert page.evaluate("scrollY") <= before + 2, name
    assert page.problems == []


@pytest.mark.parametrize("address", PAGES)
def test_long_words_of_the_data_wrap_on_the_smallest_phone(visit, address):
    page = visit(SMALL_PHONE)
    page.goto(address)
    page.evaluate(
        """word => document.querySelectorAll("main bdi:not(.code bdi), main [dir=auto], main .vow").forEach(part => {
            const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
            while (texts.nextNode()) texts.currentNode.data = word;
        })""",
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 2,
    )
    assert problems_of_width(page) == []


@pytest.mark.parametrize("font", [fonts.WIDE, fonts.NARROW])
def test_pages_hold_with_a_font_that_is_wider_or_narrower(visit, font):
    problems = []
    page = visit(SMALL_PHONE, bypass_csp=True)
    for address in PAGES:
        page.set_viewport_size({"width": SMALL_PHONE, "height": 844})
        page.goto(address)
        page.add_style_tag(content=f"* {{ font-family: '{font}' !important }}")
        problems += [f"{address}: {each}" for each in problems_of_width(page)]
        problems += [f"{address}: {each}" for each in problems_of_access(page, [SIZES])]
        page.set_viewport_size({"width": 1280, "height": 800})
        problems += [f"{address}: {each}" for each in problems_of_width(page)]
    assert problems == []


def test_a_phone_shows_today_and_the_names_of_the_rows_on_the_timeline(visit):
    page = visit(PHONE)
    page.goto("/timeline/")
    chart = page.locator(".time .chart")
    today = chart.locator("line[stroke-dasharray]").bounding_box()
    assert 0 < today["x"] < PHONE
    for name in chart.locator("> svg > text").all():
        place = name.bounding_box()
        assert place["x"] > 0 and place["x"] + place["width"] < PHONE


@pytest.mark.parametrize("address", ["/commitments/", "/es/commitments/"])
def test_the_table_of_commitments_fits_a_desk(visit, address):
    page = visit()
    page.goto(address)
    assert problems_of_width(page) == []
    title = page.locator("td.c-title, th.c-title").first.bounding_box()
    assert title["width"] >= 200
