"""What takes longer than the tests may: `make trust`. Writes its figures to docs/quality.md.

Kills the site and its databases under writers; tries the hostile corpus on both databases and counts; lets Wapiti scan
the running site; lets it be busy, idle and without room; measures what readers notice of an attack.
"""

import argparse
import datetime as dt
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")
django.setup()

from tests import killing, overload, quality, scanning, soak  # noqa: E402
from tests.attacks import ATTACKS  # noqa: E402

KILLS, CYCLES = 40, 6
# Room for what all cycles write, in megabytes.
DISK = 192
PARTS = ("attacks", "corpus", "scan", "kills", "soak", "overload")


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all, if none is named")
    words.add_argument("--kills", type=int, default=KILLS, help="on each database")
    words.add_argument("--seed", type=int, default=7)
    given = words.parse_args()
    measured = dict(zip(PARTS, (attacks, corpus, scan, kills, soaked, overloaded), strict=True))
    for part in given.parts or PARTS:
        text = measured[part](given)
        quality.write(part, text)
        print(text)


def kills(given):
    return report({"SQLite": on_sqlite(given), "PostgreSQL": on_postgresql(given)}, given)


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


def soaked(given):
    with tempfile.TemporaryDirectory() as name, soak.small_disk(Path(name, "disk"), DISK) as disk:
        words = {"cycles": CYCLES, "seconds": 20, "idle": 40, "settings": "planwatch.settings"}
        answers = soak.run(disk, Path(name), **words)
    counts = ", ".join(f"{status} {times:,} ×" for status, times in sorted(answers.items()))
    return "\n".join(
        [
            "## Busy, idle and without room",
            "",
            f"`make trust`, {today()}: the site on SQLite, with database and cache on a disk of {DISK} MB, "
            f"{CYCLES} times busy for 20 s, idle for 40 s and on a full disk under readers and writers for 20 s. No process "
            "died; with a full disk saving was 503 and reading went on, and with room again everything was as before. "
            "`verify_record` and `check_integrity` found nothing.",
            "",
            f"Answered: {counts}.",
        ]
    )


def overloaded(given):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs under another name
        site = killing.Site(folder, f"sqlite:///{folder}/site.sqlite3")
        found = {"SQLite": attacked(site)}
        cluster = killing.Cluster(folder / "cluster")
        try:
            cluster.start()
            cluster.create("planwatch")
            found["PostgreSQL"] = attacked(killing.Site(folder, cluster.url("planwatch")))
        finally:
            cluster.stop()
    rows = [
        f"| {database} | {each['attack']} | {1000 * each['undisturbed']:.0f} | {1000 * each['during']:.0f} "
        f"| {', '.join(f'{status} {times} ×' for status, times in sorted(each['answers'].items()))} |"
        for database, rows in found.items()
        for each in rows
    ]
    return "\n".join(
        [
            "## Attacked by one client",
            "",
            f"`make trust`, {today()}: {overload.ATTACKERS} connections of one client without pause, {overload.READERS} "
            "readers from other addresses meanwhile, each for 20 s; 95 of 100 answers came to readers within so many "
            "milliseconds, undisturbed just before and during the attack. The run ends where that is more than "
            f"{overload.MOST} times as long.",
            "",
            "| database | attack | undisturbed | during | what the client was answered |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )


def attacked(site):
    try:
        return overload.run(site, 20)
    finally:
        site.stop()


def attacks(given):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs under another name
        seconds = {"SQLite": attempted("sqlite://:memory:")}
        cluster = killing.Cluster(folder / "cluster")
        try:
            cluster.start()
            seconds["PostgreSQL"] = attempted(cluster.url("planwatch"))
        finally:
            cluster.stop()
    took = ", ".join(f"{database} {each} s" for database, each in seconds.items())
    return "\n".join(
        [
            "## Attacks on the trust in the site",
            "",
            f"`make trust`, {today()}: each of these was tried and failed, on both databases where "
            f"it could make a difference ({took}). The run ends at the first that succeeds. `tests/attacks.py` names the test of each.",
            "",
            *(f"- {attack}" for attack in ATTACKS),
        ]
    )


def attempted(url):
    """Run every attack on a database; return how many seconds that took."""
    began = dt.datetime.now(dt.UTC)
    places = [f"tests/{place}" for place in ATTACKS.values()]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *places],
        cwd=killing.ROOT,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
    )
    return (dt.datetime.now(dt.UTC) - began).seconds


def corpus(given):
    rows = [
        "| database | inputs | answered | refused (4xx) | not offered (501) | faults | seconds |"
    ]
    rows.append("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs under another name
        rows.append(tried("SQLite", "sqlite://:memory:", folder))
        cluster = killing.Cluster(folder / "cluster")
        try:
            cluster.start()
            rows.append(tried("PostgreSQL", cluster.url("planwatch"), folder))
        finally:
            cluster.stop()
    return "\n".join(
        [
            "## Hostile input",
            "",
            f"`make trust`, {today()}: `tests/test_hostile.py` tries SQL, markup, templates, line breaks in headers, formulas, NUL, lone "
            "surrogates, right-to-left marks, a megabyte and ten thousand parameters at every address, form, header, field of "
            "the API, file name and cell. Every answer is a harmless page or a refusal; the run ends at the first that is not.",
            "",
            *rows,
        ]
    )


def tried(database, url, folder):
    """Run the hostile corpus on a database; return a row of what it counted."""
    told = folder / f"{database}.xml"
    began = dt.datetime.now(dt.UTC)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/test_hostile.py", f"--junitxml={told}"],
        cwd=killing.ROOT,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
    )
    seconds = (dt.datetime.now(dt.UTC) - began).seconds
    found = {each.get("name"): int(each.get("value")) for each in ET.parse(told).iter("property")}
    of = [sum(found.get(f"answered {kind}xx", 0) for kind in kinds) for kinds in ("23", "4", "5")]
    return f"| {database} | {sum(of):,} | {of[0]:,} | {of[1]:,} | {of[2]:,} | 0 | {seconds} |"


def scan(given):
    rows = ["| as | addresses and forms attacked | requests | findings | faults | seconds |"]
    rows.append("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for visitor, found in scanning.run(Path(name)).items():
            rows.append(
                f"| {visitor} | {found['attacked']:,} | {found['requests']:,} | 0 | 0 | {found['seconds']} |"
            )
    return "\n".join(
        [
            "## Scanned",
            "",
            f"`make trust`, {today()}: Wapiti {scanning.version()} with the checks {', '.join(scanning.CHECKS)}, each for at most "
            f"{scanning.MOST} seconds, on the site with production settings over HTTPS. The run ends at the first finding, and at "
            "the first answer that is a fault; afterwards `verify_record` and `check_integrity` find nothing.",
            "",
            *rows,
        ]
    )


def today():
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"


def report(figures, given):
    rows = [
        "| database | killed | changes acknowledged | lost | twice | requests cut off | answered 503 | seconds |",
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
            f"`make trust`, {today()}, seed {given.seed}: `kill -9` at random moments under four writers by "
            "API, each repeating a write under its `Idempotency-Key` until it is acknowledged. After every kill the site "
            "came back by itself or was started again; every acknowledged change stood in the public record exactly once, "
            "`verify_record` and `check_integrity` found nothing. The run ends at the first change that is lost or doubled.",
            "",
            *rows,
        ]
    )


if __name__ == "__main__":
    main()
