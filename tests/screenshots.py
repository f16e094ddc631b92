"""Photographs every public page at 1280 and 390 px, those of DARK in the dark too, into docs/screenshots, and what README.md
shows. `make screenshots` starts a site for it; `python -m tests.screenshots URL` takes a running one. With names behind it, such as
`home plans`, it takes those pages alone.
"""

import io
import os
import re
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")
django.setup()

from tests.live_site import CHROMIUM, LAUNCH, ROOT, public_addresses, serving  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {1280: 900, 390: 844}
# Pages whose plain address does not show all that they can.
ALSO = {
    "commitment-with-lineage": "/commitments/US21-PRT-009/",
    "commitment-spanish": "/es/commitments/US21-PRT-009/",
    "home-spanish": "/es/",
    "list-cards": "/commitments/?view=cards&pillar=protection&is_open=true",
    "list-on-a-day": "/commitments/?as_of=2024-03-01&lead=dhs",
    "list-empty": "/commitments/?q=nothing-like-it-anywhere",
    "timeline-2022": "/timeline/?year=2022",
    "compare-2021-2024": "/compare/?from=wh-2021-plan&to=wh-2024-02-14",
    "not-found": "/no-such-page/",
    "wrong-address": "/commitments/?pilar=protection",
}
# Together they have every color.
DARK = {"home", "news", "commitments", "commitments-US21-PRV-001", "agencies", "matrix"}
# The long pages go on in the same way; a picture ends here, in pixels.
LOWEST = 1600
QUALITY = 42
MOST_BYTES = 8_000_000


def main():
    if not CHROMIUM:
        sys.exit("Photographs need Chromium. On Debian: apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = {named(address): address for address in public_addresses()} | ALSO
    if names := [word for word in sys.argv[1:] if "://" not in word]:
        pages = {name: pages[name] for name in names}
    else:
        for old in FOLDER.iterdir():
            old.unlink()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        given = next((word.rstrip("/") for word in sys.argv[1:] if "://" in word), None)
        with nullcontext(given) if given else serving(Path(folder)) as site:
            browser = playwright.chromium.launch(**LAUNCH)
            for width, height in SIZES.items():
                for scheme in ("light", "dark"):
                    page = browser.new_page(
                        viewport={"width": width, "height": height},
                        color_scheme=scheme,
                        reduced_motion="reduce",
                    )
                    for name in pages if scheme == "light" else DARK & pages.keys():
                        photograph(page, site + pages[name], f"{name}-{width}-{scheme}")
                    if (width, scheme) == (1280, "light") and "home" in pages:
                        page.goto(site)
                        keep(page.screenshot(), "readme")
            browser.close()
    size = sum(each.stat().st_size for each in FOLDER.iterdir())
    print(
        f"{len(list(FOLDER.iterdir()))} photographs, {size:,} bytes, in {FOLDER.relative_to(ROOT)}."
    )
    if size > MOST_BYTES:
        sys.exit(f"That is more than {MOST_BYTES:,} bytes.")


def named(address: str) -> str:
    return re.sub(r"\W+", "-", address).strip("-") or "home"


def photograph(page, address: str, name: str):
    answer = page.goto(address)
    if "text/html" in answer.headers["content-type"]:
        keep(page.screenshot(full_page=True), name)


def keep(taken: bytes, name: str):
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, LOWEST)))
    picture.save(FOLDER / f"{name}.webp", quality=QUALITY)


if __name__ == "__main__":
    main()
