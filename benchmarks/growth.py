"""What is asked of a small and of a large site, and the first answers of a large one."""

from __future__ import annotations

import datetime as dt
import json
import re
import time

from benchmarks import servers
from benchmarks.databases import FEW, MANY
from benchmarks.rounds import Bench, Row, load, warm
from benchmarks.servers import fetched

LIST = "/api/v1/commitments/?pillar=protection&status=in_progress"
ONE = "/api/v1/commitments/US21-PRT-{:07d}/"
COMMON_WORD, RARE_WORD = "survivors", "zebra3"
PAGE = "/commitments/?pillar=protection&status=in_progress"

GROWING = {
    "list": ("≤ 1.5", lambda ours: LIST),
    "one row": ("≤ 1.5", lambda ours: ONE.format(42)),
    "page at 90 % depth": ("≤ 1.5", lambda ours: _deep(ours)),
    "HTML list": ("≤ 3", lambda ours: PAGE),
    "q, common word": ("≤ 3", lambda ours: f"/api/v1/commitments/?q={COMMON_WORD}"),
    "as_of": ("≤ 3", lambda ours: "/api/v1/commitments/?as_of=2023-06-01"),
    "known_at": ("≤ 3", lambda ours: f"/api/v1/commitments/?known_at={_now()}"),
    "stats": ("≤ 3", lambda ours: "/api/v1/stats/?by=pillar,status"),
}


# Pages of which the first answer of a large site is looked at; of one commitment and one pillar, too.
FIRST = (
    *("/", "/commitments/", "/commitments/US21-PRT-0000042/", "/pillars/protection/", "/agencies/"),
    *("/sources/", "/matrix/", "/timeline/", "/changes/", f"/search/?q={COMMON_WORD}"),
)


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _first_answers(bench: Bench, kind: str, ours: str) -> None:
    """Ask a server that has just started for each page once; the worst counts."""
    times, sizes = {}, {}
    for path in FIRST:
        started = time.perf_counter()
        sizes[path] = len(fetched(ours + path)[0]) / 1000
        times[path] = 1000 * (time.perf_counter() - started)
    for what, goal, found in (
        ("slowest first answer of a page, ms", "≤ 300", times),
        ("largest page, kB", "≤ 200", sizes),
    ):
        worst = max(found, key=found.get)
        bench.say(Row(what, f"{worst}, N = {MANY:,}", goal, kind, [round(found[worst], 1)]))


def _deep(ours: str) -> str:
    """Return the address of a page that begins near nine tenths of the way, in the order of announcements."""
    listed, _ = fetched(
        f"{ours}/api/v1/commitments/?order=announced_on&page_size=1&announced_after=2023-08-25"
    )
    following = json.loads(listed)["next"]
    cursor = re.search(r"cursor=([^&]+)", following)[1]
    return f"/api/v1/commitments/?order=announced_on&cursor={cursor}"


def growth(bench: Bench, kind: str, few: str, many: str) -> None:
    with (
        servers.planwatch(few, cached=False) as small,
        servers.planwatch(many, cached=False) as large,
    ):
        _first_answers(bench, kind, large)
        for what, (goal, address) in GROWING.items():
            row = Row(f"growth: {what}", f"N = {FEW} over N = {MANY:,}", goal, kind)
            warm(large + address(large))
            warm(small + address(small))
            for _ in range(bench.rounds):
                row.ours = load(large + address(large), bench.seconds)
                row.theirs = load(small + address(small), bench.seconds)
                row.ratios.append(round(row.theirs / row.ours, 3))
            bench.say(row)
