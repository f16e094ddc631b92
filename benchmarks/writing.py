"""Writers side by side: python -m benchmarks write SECONDS NUMBER, started by measure for each of them.

Each records status changes with evidence through the services, on commitments of its own, until its time is over.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.servers import ROOT

WRITERS = 4


def write(seconds: float, number: int) -> None:
    """Write for so long, and print how many writes were made."""
    from commitments import services
    from commitments.models import Commitment, Source

    codes = Commitment.objects.filter(status="in_progress", announced_on__lt="2025-01-01")
    codes = list(codes.order_by("id").values_list("code", flat=True)[number::WRITERS])
    source = Source.objects.earliest("id").slug
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    until, made = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        services.record_status_change(
            commitment=codes[made],
            status="stalled",
            effective_on=dt.date(2026, 1, 1),
            explanation="Nothing was heard of it.",
            evidence=[services.EvidenceItem(source, "page 1")],
            actor=f"writer-{number}",
        )
        made += 1
    print(made)


def speeds(database: str, seconds: float) -> list[float]:
    """Return how many status changes a second each of the writers made, all at once, on a copy of an SQLite file."""
    file = Path(database.removeprefix("sqlite:///"))
    copy = file.with_suffix(".writing")
    shutil.copy(file, copy)
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{copy}",
        "DEBUG": "0",
        "SECRET_KEY": "a key of fifty random characters or more, for nothing but measuring 0123456789",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    command = [sys.executable, "-m", "benchmarks", "write", str(seconds)]
    writers = [
        subprocess.Popen(
            [*command, str(number)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.stdout.readline()
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    made = [int(writer.communicate()[0]) / seconds for writer in writers]
    for ending in ("", "-wal", "-shm"):
        copy.with_name(copy.name + ending).unlink(missing_ok=True)
    return made
