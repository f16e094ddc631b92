"""python -m benchmarks.recipes: what the recipes of docs/api.md cost, in lines of code and seconds, into the table there.

Each runs RUNS times, in a process of its own as a reader would start it, on a site in production settings with the data
set of this repository that keeps no answers; what counts is the median. Of an address for a spreadsheet the seconds are
those in which the file comes.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "api.md"
EXAMPLE_SITE = "http://127.0.0.1:8000"
# By the language that their blocks name: its name in the table, and the words that run a file of it.
LANGUAGES = {
    "sh": ("curl", ["bash", "-e"]),
    "python": ("Python", [sys.executable]),
    "r": ("R", [shutil.which("Rscript")]),
    "text": ("spreadsheet", ["bash", "-c", 'xargs curl -sSfOJ < "$0"']),
}
HEAD = f"| task | {' | '.join(name for name, _ in LANGUAGES.values())} |\n"
TABLE = re.compile(f"{re.escape(HEAD)}(\\|.*\n)+")
RUNS = 5


def recipes() -> dict[str, dict[str, str]]:
    """Return the first code of each recipe in each language, by its heading."""
    _, _, part = GUIDE.read_text().partition("\n## Recipes\n")
    found = re.split(r"^### (.*)\n", part.partition("\n## ")[0], flags=re.MULTILINE)[1:]
    block = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return {
        task: dict(reversed(block.findall(text)))
        for task, text in zip(found[::2], found[1::2], strict=True)
    }


def lines(code: str) -> int:
    return sum(map(bool, map(str.strip, code.splitlines())))


def seconds(words: list[str], code: str) -> float:
    """Return the median of how long it takes to run some code, each time in an empty folder."""
    took = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "recipe"
            script.write_text(code)
            began = time.monotonic()
            subprocess.run([*words, script], cwd=folder, capture_output=True, check=True)
            took.append(time.monotonic() - began)
    return statistics.median(took)


def table(site: str) -> str:
    """Return the table of all recipes, run on a site: lines, and seconds where there is what runs the language."""
    rows = HEAD + "|---" * (1 + len(LANGUAGES)) + "|\n"
    for task, blocks in recipes().items():
        cells = [task]
        for language, (_, words) in LANGUAGES.items():
            code = blocks.get(language)
            cells.append(str(lines(code)) if code else "–")
            if code and all(words):
                cells[-1] += f" → {seconds(words, code.replace(EXAMPLE_SITE, site)):.2f} s"
        rows += f"| {' | '.join(cells)} |\n"
    return rows


def main() -> None:
    from tests.live_site import serving

    os.environ["PLANWATCH_RESPONSE_CACHE_MB"] = "0"
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site:
        made = table(site)
    GUIDE.write_text(TABLE.sub(lambda _: made, GUIDE.read_text()))
    print(made, end="")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")
    import django

    django.setup()
    main()
