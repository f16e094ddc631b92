"""Renders the SVG marks of the statuses in a browser into one picture, from which social cards take theirs.

`make marks`, whenever templates/charts/marks.svg changes.
"""

import io
import os
import sys

import django
from PIL import Image, ImageOps
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")
django.setup()

from commitments.choices import Status  # noqa: E402
from commitments.syndication.social_card import MARK, MARKS  # noqa: E402
from tests.live_site import CHROMIUM, LAUNCH, ROOT  # noqa: E402


def main():
    if not CHROMIUM:
        sys.exit("The marks need Chromium. On Debian: apt-get install chromium")
    symbols = (ROOT / "templates/charts/marks.svg").read_text()
    uses = "".join(
        f'<svg x="{place * MARK}" width="{MARK}" height="{MARK}"><use href="#st-{status}"/></svg>'
        for place, status in enumerate(Status.values)
    )
    width = MARK * len(Status)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        page = browser.new_page(viewport={"width": width, "height": MARK})
        page.set_content(
            f'<body style="margin:0"><svg width="{width}" height="{MARK}"><defs>{symbols}</defs>{uses}</svg>'
        )
        shot = Image.open(io.BytesIO(page.screenshot())).convert("L")
        ImageOps.invert(shot).save(MARKS, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
