"""Photographs every public page at 1280 and 390 px, light and dark, into var/screenshots, and the few that README.md
shows into docs/screenshots. `make screenshots` starts a site for it; `python -m tests.screenshots URL` takes a running one.
"""

import os
import re
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import django
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")
django.setup()

from tests.live_site import (  # noqa: E402
    CHROMIUM,
    EXAMPLES,
    LAUNCH,
    ROOT,
    public_addresses,
    serving,
)

SIZES = {1280: 900, 390: 844}
IN_README = {
    "/": "home",
    "/commitments/": "commitments",
    f"/commitments/{EXAMPLES['commitment_detail']['code']}/": "commitment",
}
README_SHOWS = {(1280, "light"), (390, "dark")}


def main():
    if not CHROMIUM:
        sys.exit("Photographs need Chromium. On Debian: apt-get install chromium")
    everything, chosen = ROOT / "var" / "screenshots", ROOT / "docs" / "screenshots"
    for folder in (everything, chosen):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        given = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else None
        with nullcontext(given) if given else serving(Path(folder)) as site:
            browser = playwright.chromium.launch(**LAUNCH)
            for width, height in SIZES.items():
                for scheme in ("light", "dark"):
                    page = browser.new_page(
                        viewport={"width": width, "height": height}, color_scheme=scheme
                    )
                    for address in public_addresses():
                        photograph(page, site, address, everything, f"{width}-{scheme}.png", True)
                        if address in IN_README and (width, scheme) in README_SHOWS:
                            name = f"{IN_README[address]}-{width}-{scheme}.png"
                            page.screenshot(path=chosen / name)
            browser.close()
    print(f"Photographs are in {everything.relative_to(ROOT)} and {chosen.relative_to(ROOT)}.")


def photograph(page, site, address, folder, ending, whole):
    answer = page.goto(site + address)
    if "text/html" in answer.headers["content-type"]:
        name = re.sub(r"\W+", "-", address).strip("-") or "home"
        page.screenshot(path=folder / f"{name}-{ending}", full_page=whole)


if __name__ == "__main__":
    main()
