"""Writes docs/benchmarks.md, and its figures as JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
import sqlite3
import subprocess
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import django

from benchmarks import datasette, nocodb
from benchmarks.databases import NUMBER
from benchmarks.rounds import Bench, shown
from benchmarks.servers import ROOT

REPORT = ROOT / "docs" / "benchmarks.md"
# Under this heading stands in the report what no run writes.
WRITTEN = "## Why a goal is missed"


def _versions(postgresql: str) -> dict[str, str]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": commit,
        "machine": f"{os.cpu_count()} × {model[1] if model else platform.machine()}",
        "Python": platform.python_version(),
        "Django": django.__version__,
        "granian": metadata.version("granian"),
        "gunicorn": metadata.version("gunicorn"),
        "SQLite": sqlite3.sqlite_version,
        **({"PostgreSQL": _version_of(postgresql)} if postgresql else {}),
        "Datasette": datasette.VERSION,
        "NocoDB": nocodb.VERSION,
    }


def _version_of(server: str) -> str:
    import psycopg2

    connection = psycopg2.connect(f"{server.rpartition('/')[0]}/postgres")
    number = connection.server_version
    connection.close()
    return f"{number // 10000}.{number % 10000}"


def write(bench: Bench, quick: bool, postgresql: str) -> None:
    versions = _versions(postgresql)
    rows = [asdict(row) | {"met": row.is_met} for row in bench.rows]
    described = {
        "versions": versions,
        "rounds": bench.rounds,
        "seconds": bench.seconds,
        "rows": rows,
    }
    REPORT.with_suffix(".json").write_text(
        json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    )
    met = {True: "yes", False: "no", None: "–"}
    lines = [
        "# How fast it is",
        "",
        f"Written by `make {'bench-quick' if quick else 'bench'}`, with {NUMBER:,} commitments unless said otherwise. Every figure is a",
        "ratio of two things that one connection asked for in turn: the median of the rounds, and the least and greatest.",
        f"{bench.rounds} rounds of {bench.seconds} s each. "
        + ", ".join(f"{name} {value}" for name, value in versions.items())
        + ".",
        "",
        "`common` is the same data in Django and DRF as a tutorial writes it (`benchmarks/common/`), `bare` a Django view that",
        "returns prepared bytes (`benchmarks/bare.py`). Ours and `bare` run under granian, `common` under gunicorn, each with 2",
        "workers; Datasette and NocoDB as one process each. NocoDB has lists as data alone: its pages",
        "are made in the browser.",
        "What is not called kept is made for each request, while the cache of whole answers is off.",
        "",
        "| what | against | database | ratio | goal | met |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.what} | {row.against} | {row.database} | {shown(row)} | {row.goal} | {met[row.is_met]} |"
        for row in bench.rows
    ]
    # What people have written below the figures stays.
    _, mark, written = REPORT.read_text().partition(WRITTEN)
    REPORT.write_text("\n".join(lines) + "\n" + (f"\n{mark}{written}" if mark else ""))
