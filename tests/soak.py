"""Runs the site busy, idle and on a full disk, and finds every process of it alive at the end."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests import killing

MEGABYTES = 32
CLIENTS = 6
READ = (
    "/",
    "/commitments/",
    "/commitments/?q=word{}",
    "/api/v1/commitments/?q=word{}",
    "/api/v1/commitments/?format=csv&due_before=2{:03}-01-01",
    "/changes/",
)
REVIEWS = "/api/v1/commitments/US21-PRT-001/reviews/"


@contextmanager
def small_disk(folder: Path, megabytes: int = MEGABYTES) -> Iterator[Path]:
    """Mount a disk of so many megabytes. Raises PermissionError where nothing can be mounted."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", folder]
    if subprocess.run(words, capture_output=True).returncode:
        raise PermissionError("no disk can be mounted here: needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class Soak:
    """A site of which database and cache lie on one small disk."""

    def __init__(self, disk: Path, log: Path, settings: str):
        self.disk, self.answers, self._numbers = disk, Counter(), itertools.count()
        self.site = killing.Site(log, f"sqlite:///{disk}/site.sqlite3")
        self.site.environment |= {
            "DJANGO_SETTINGS_MODULE": settings,
            "PLANWATCH_CACHE_FOLDER": str(disk / "cache"),
            "PLANWATCH_MIN_FREE_DISK_MB": "0",
            "PLANWATCH_LIMIT_TOKEN": "off",
            "PLANWATCH_LIMIT_ANONYMOUS": "off",
            # Counted, so that the full disk meets the counts too.
            "PLANWATCH_LIMIT_EXPORT": "100000/minute",
        }
        words = ("shell", "--verbosity=0", "-c", killing.PREPARE.format(writers=1))
        self.token = json.loads(self.site.manage(*words).splitlines()[-1])[0]

    def start(self) -> None:
        self.site.start()
        self.workers = killing.children_of(self.site.process.pid)

    def busy(self, seconds: float) -> None:
        """Read and write by several clients, and require that nothing is answered 500 or not at all."""
        over = time.monotonic() + seconds

        def work() -> None:
            with self.site.client() as client:
                while time.monotonic() < over:
                    number = next(self._numbers)
                    address = READ[number % len(READ)].format(number % 1000)
                    self.count(client.get(address))
                    if number % 4 == 0:
                        self.count(self.write(client, f"Turn {number}."))

        with ThreadPoolExecutor(CLIENTS) as pool:
            for working in [pool.submit(work) for _ in range(CLIENTS)]:
                working.result()
        self.require_alive()

    def write(self, client: httpx.Client, note: str) -> httpx.Response:
        headers = {"Authorization": f"Token {self.token}", "If-Match": "*"}
        body = {"reviewed_on": "2026-01-01", "note": note}
        return client.post(REVIEWS, json=body, headers=headers)

    def count(self, answer: httpx.Response) -> None:
        self.answers[answer.status_code] += 1
        if answer.status_code not in (200, 201, 429, 503):
            raise killing.Fault(f"{answer.request.url}: {answer.status_code} {answer.text[:300]}")

    def idle(self, seconds: float) -> None:
        """Ask nothing for so long that threads end."""
        time.sleep(seconds)
        self.require_alive()

    def full(self, seconds: float) -> None:
        """Fill the disk under readers and writers: reading goes on, saving is refused; with room all is as before."""
        filler = self.disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        with self.site.client() as client:
            # SQLite's log has some room of its own.
            written = (self.write(client, "x" * 4000) for _ in range(400))
            refused = next((each for each in written if each.status_code != 201), None)
            if refused is None:
                raise killing.Fault("With a full disk nothing was refused.")
            if refused.status_code != 503 or "The disk is full" not in refused.text:
                raise killing.Fault(f"With a full disk: {refused.status_code} {refused.text[:300]}")
            self.busy(seconds)
            for address in READ:
                if (answer := client.get(address.format(1))).status_code != 200:
                    raise killing.Fault(f"With a full disk {address}: {answer.status_code}")
            filler.unlink()
            if (saved := self.write(client, "There is room again.")).status_code != 201:
                raise killing.Fault(f"With room again: {saved.status_code} {saved.text[:300]}")
        self.require_alive()

    def require_alive(self) -> None:
        if killing.children_of(self.site.process.pid) != self.workers:
            raise killing.Fault("A worker died.")


def run(
    disk: Path, log: Path, *, cycles: int, seconds: float, idle: float, settings: str
) -> Counter:
    """Let the site be busy, idle and without room so many times; return how often each status was answered."""
    soak = Soak(disk, log, settings)
    try:
        soak.start()
        for _ in range(cycles):
            soak.busy(seconds)
            soak.idle(idle)
            soak.full(seconds)
        soak.idle(idle)
        soak.busy(seconds)
        soak.site.manage("verify_record")
        soak.site.manage("check_integrity")
    finally:
        soak.site.stop()
    if soak.site.process.returncode:
        raise killing.Fault(f"The site ended with {soak.site.process.returncode}.")
    return soak.answers
