"""python -m benchmarks.imports [ROWS [POSTGRES]]: how long a person waits who imports so many commitments in a browser.

Chromium on a site with production settings: from the click that sends the file to the page with every row, and from the
click that confirms it to the page that says so. Needs Chromium; POSTGRES is a server on which a database may be made.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg2
from playwright.sync_api import Page, expect, sync_playwright

from tests.killing import ROOT, Site

NAME, PASSWORD = "importer", "a-long-password-for-benchmarks"
MAKE_ACCOUNT = f"""
from django.contrib.auth.models import Group, User
User.objects.create_user({NAME!r}, password={PASSWORD!r}).groups.add(Group.objects.get(name="Administrator"))
"""
PATIENCE = 900_000  # milliseconds


def table(path: Path, rows: int) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["code", "plan", "kind", "title", "summary", "announced_on", "due_on"])
        for number in range(rows):
            # Numbers in words, as titles that differ by their numbers alone are never near each other.
            title = (
                f"Made-up commitment {number} of a table that is imported to see how long it takes"
            )
            writer.writerow(
                [f"AU20-M{number:05}", "au-nap-2020", "deliverable", title]
                + [f"{title}. Nobody promised it.", "2020-12-09", "2025"]
            )
    return path


def waits(page: Page, address: str, file: Path, rows: int) -> Iterator[float]:
    """Yield the seconds until every row is shown, and until all are written."""
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/editor/import/")
    page.get_by_label("What is in the file?").select_option("commitment")
    page.get_by_label("File", exact=True).set_input_files(file)
    heading = page.get_by_role("heading", level=1)
    for button, then in (
        ("Look at what it would do", "What this file would do"),
        (f"Import {rows:,} rows", "Imported"),
    ):
        began = time.perf_counter()
        page.get_by_role("button", name=button).click(timeout=PATIENCE, no_wait_after=True)
        expect(heading).to_have_text(then, timeout=PATIENCE)
        yield time.perf_counter() - began


def measure(database: str, rows: int) -> tuple[float, ...]:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        site = Site(Path(name), database or f"sqlite:///{name}/site.sqlite3")
        site.environment["DJANGO_SETTINGS_MODULE"] = "tests.live_settings"
        try:
            site.manage("migrate", "--verbosity=0")
            site.manage("import_plan", str(ROOT / "fixtures"), "--verbosity=0")
            site.manage("shell", "--no-imports", "--verbosity=0", "--command", MAKE_ACCOUNT)
            site.start()
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox"]
            )
            return tuple(
                waits(browser.new_page(), site.address, table(Path(name, "rows.csv"), rows), rows)
            )
        finally:
            site.stop()


def on_postgresql(server: str, rows: int) -> tuple[float, ...]:
    database = f"planwatch_imports_{os.getpid()}"
    parts = urlsplit(server)
    connection = psycopg2.connect(parts._replace(path="/postgres").geturl())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {database}")
        try:
            return measure(parts._replace(path=f"/{database}").geturl(), rows)
        finally:
            cursor.execute(f"DROP DATABASE {database} WITH (FORCE)")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")
    django.setup()
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    found = {"SQLite": measure("", wanted)}
    if len(sys.argv) > 2:
        found["PostgreSQL"] = on_postgresql(sys.argv[2], wanted)
    for where, (shown, written) in found.items():
        print(
            f"{where}: {wanted:,} rows shown after {shown:.0f} s, written {written:.0f} s after that"
        )
