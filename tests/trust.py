"""The kill test at length, on both databases: `make trust`. Writes its figures to docs/quality.md."""

import argparse
import datetime as dt
import tempfile
from pathlib import Path

from tests import killing, quality

KILLS = 32


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--kills", type=int, default=KILLS, help="on each database")
    words.add_argument("--seed", type=int, default=7)
    given = words.parse_args()
    figures = {"SQLite": on_sqlite(given), "PostgreSQL": on_postgresql(given)}
    quality.write("kills", report(figures, given))
    print(report(figures, given))


def on_sqlite(given):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = killing.Site(folder, f"sqlite:///{folder}/site.sqlite3")
        try:
            return killing.run(site, given.kills, seed=given.seed)
        finally:
            site.stop()


def on_postgresql(given):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs under another name
        cluster = killing.Cluster(folder / "cluster")
        site = killing.Site(folder, cluster.url("planwatch"))
        try:
            cluster.start()
            cluster.create("planwatch")
            return killing.run(site, given.kills, cluster=cluster, seed=given.seed)
        finally:
            site.stop()
            cluster.stop()


def report(figures, given):
    rows = [
        "| database | killed | changes acknowledged | lost | twice | requests without an answer | answered 503 | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for database, found in figures.items():
        kills = ", ".join(f"{what} {times} ×" for what, times in found["kills"].items())
        answers = found["answers"]
        rows.append(
            f"| {database} | {sum(found['kills'].values())} ({kills}) | {found['acknowledged']} | 0 | 0 "
            f"| {answers.get('no answer', 0)} | {answers.get('503', 0)} | {found['seconds']} |"
        )
    return "\n".join(
        [
            "## Killed while writing",
            "",
            f"`make trust`, {dt.datetime.now(dt.UTC):%Y-%m-%d}, seed {given.seed}: `kill -9` at random moments under four writers by "
            "API, each repeating a write under its `Idempotency-Key` until it is acknowledged. After every kill the site "
            "came back by itself or was started again; every acknowledged change stood in the public record exactly once, "
            "`verify_record` and `check_integrity` found nothing. The run ends at the first change that is lost or doubled.",
            "",
            *rows,
        ]
    )


if __name__ == "__main__":
    main()
