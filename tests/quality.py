"""Writes what a long run measured into its own part of docs/quality.md."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "quality.md"


def write(part: str, text: str) -> None:
    """Replace what stands between the markers of a part; a part without markers goes to the end of the page."""
    begin, end = f"<!-- {part}: written by the run itself -->", f"<!-- end of {part} -->"
    block = f"{begin}\n{text.strip()}\n{end}"
    page = PAGE.read_text("utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    page = pattern.sub(lambda _: block, page) if begin in page else f"{page.rstrip()}\n\n{block}\n"
    PAGE.write_text(page, "utf-8")
