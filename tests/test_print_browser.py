"""Pages on paper: every sheet says where and when it is from, and nothing is cut, closed or parted from its heading."""

import io
from math import hypot

import pytest
from pypdf import PdfReader

from tests.test_browser import browser_type_launch_args, site, visit  # noqa: F401
from tests.test_browser import pytestmark as needs_a_browser

pytestmark = needs_a_browser

PAGES = ["/", "/commitments/", "/commitments/US21-PRV-001/", "/commitments/US21-PRT-009/"]
PAGES += ["/plans/us-nap-2021/", "/agencies/", "/agencies/dhs/", "/pillars/protection/", "/news/"]
PAGES += ["/agencies/compare/?agency=dhs&agency=doj", "/agencies/dhs/questions/", "/timeline/"]
PAGES += ["/compare/?from=wh-2021-plan&to=wh-2024-02-14", "/matrix/", "/method/", "/about/"]
PAGES += ["/themes/training/", "/sources/", "/sources/wh-2021-plan/", "/es/", "/es/method/"]
LEAST = 8
HEADINGS = """[...document.querySelectorAll("main :is(h2, h3, thead tr, summary)")]
    .filter(part => part.checkVisibility()).map(part => part.textContent)"""
# The last that each fold-out holds, but for those that paper leaves out.
FOLDED = """[...document.querySelectorAll("main details")]
    .map(part => [...part.querySelectorAll("td, dd, li")].filter(each => each.checkVisibility()).pop())
    .filter(Boolean).map(part => part.innerText)"""


def squeezed(text):
    return "".join(text.split())


def sheets(page):
    """Return the lines of each printed sheet from top to bottom, and the smallest type, in points."""
    sizes, found = [], []
    for sheet in PdfReader(io.BytesIO(page.pdf(format="Letter", prefer_css_page_size=True))).pages:
        lines = {}

        def place(text, cm, tm, font, size, lines=lines, wide=sheet.mediabox.width):
            if text.strip():
                at_x, at_y = cm[0] * tm[4] + cm[4], cm[3] * tm[5] + cm[5]
                assert 0 < at_x < wide, text
                sizes.append(size * hypot(*tm[:2]) * hypot(*cm[:2]))
                lines[round(at_y)] = lines.get(round(at_y), "") + squeezed(text)

        sheet.extract_text(visitor_text=place)
        found.append([lines[at] for at in sorted(lines, reverse=True)])
    return found, min(sizes)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_whole_on_paper(visit, address):  # noqa: F811
    page = visit()
    page.goto(address)
    printed, least = sheets(page)
    page.emulate_media(media="print")
    headings = {squeezed(text) for text in page.evaluate(HEADINGS)} - {""}
    foot = squeezed(page.locator(".address").inner_text())
    assert least >= LEAST - 0.01
    for number, lines in enumerate(printed, start=1):
        assert "".join(lines).endswith(foot), number
        *_, last = [line for line in lines if line not in foot]
        assert last not in headings, (number, last)
    text = "".join("".join(lines) for lines in printed)
    for part in page.evaluate(FOLDED):
        assert squeezed(part)[:20] in text, part
