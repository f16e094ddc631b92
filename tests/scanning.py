"""Wapiti scans the running site as a stranger and as somebody who may do everything, over HTTPS and with every check that needs
no host outside this machine. Nothing found, no fault in the site, and a record that holds: or the run fails.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import trustme

from tests import killing

WAPITI = killing.ROOT / "var" / "wapiti" / "bin" / "wapiti"
# All but those that ask hosts outside, look for programs of others, or judge the certificate, which is that of a test.
# Those for LDAP and for Spring take it for a hole that an unknown parameter is refused; the site uses neither.
CHECKS = (
    *(
        "backup",
        "buster",
        "cookieflags",
        "crlf",
        "csp",
        "csrf",
        "exec",
        "file",
        "htaccess",
        "http_headers",
    ),
    *("methods", "permanentxss", "redirect", "shellshock", "sql", "timesql", "upload", "xss"),
)
PREPARE = """
import datetime as dt
from pathlib import Path
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
call_command("migrate", verbosity=0)
from commitments import services
from tests import factories as make
from tests.killing import name_static_files
name_static_files(Path(settings.STATIC_ROOT))
make.make_agency("hhs")
make.make_section("protection-1")
first = make.make_commitment("US21-PRT-001", section="protection-1", lead_agencies=["hhs"])
second = make.make_commitment("US21-PRT-002", is_published=False)
source = make.make_source("sheet")
make.cite(first, source)
make.cite(second, source)
make.change(first, "in_progress", dt.date(2021, 12, 13), [source])
make.review(first, dt.date(2021, 12, 23), source="sheet", locator="page 2")
make.link(first, second)
services.submit_status_change(
    commitment="US21-PRT-001", status="completed", effective_on=dt.date(2022, 1, 2),
    evidence=[services.EvidenceItem("sheet", "page 3")], actor="somebody", may_record=False,
)
call_command("publish_dataset", verbosity=0)
user = User.objects.create_user("everything", password="for this scan alone", is_staff=True, is_superuser=True)
user.groups.set(Group.objects.all())
"""
# Where a scan begins: every page with what it takes. From there it goes on to the forms, and to a few links of each.
STRANGER = (
    "/?as_of=2021-12-20",
    "/commitments/?q=survivors&status=in_progress&agency=hhs&as_of=2022-01-05&order=title&page_size=1&view=cards",
    "/commitments.svg?pillar=protection",
    "/commitments/US21-PRT-001/?as_of=2022-01-05&known_at=2030-01-05",
    "/commitments/US21-PRT-001/changes.atom",
    "/pillars/protection/?order=title",
    "/agencies/hhs/",
    "/sources/sheet/",
    "/matrix/?is_open=true",
    "/timeline/?year=2021",
    "/compare/?from=sheet&to=sheet",
    "/changes/?after=1",
    "/corrections/",
    "/data/",
    "/oembed.json?url=https://127.0.0.1/commitments/US21-PRT-001/&maxwidth=300",
    "/embed/pillars/protection/badge.svg?theme=dark",
    "/feeds/changes.atom?page_size=1",
    "/feeds/deadlines.ics?agency=hhs",
    "/accounts/login/?next=/editor/",
    "/api/v1/commitments/?q=survivors&source=sheet&fields=code&expand=plan&page_size=1&format=csv",
    "/api/v1/commitments/US21-PRT-001/?omit=history",
    "/api/v1/stats/?by=pillar,status",
    "/api/v1/changes/?after=0&limit=1",
)
SIGNED_IN = (
    "/editor/",
    "/editor/commitments/new/",
    *(
        f"/editor/commitments/US21-PRT-001/{page}/"
        for page in ("record", "review", "edit", "citations", "lineage")
    ),
    "/editor/review/?pillar=protection",
    "/editor/proposals/1/",
    "/editor/sources/?q=sheet",
    "/editor/sources/new/",
    "/editor/sources/sheet/",
    "/editor/import/",
    "/editor/tokens/",
    "/accounts/second-factor/",
    "/admin/",
    "/admin/agencies/agency/add/",
    "/admin/agencies/agency/1/change/",
    "/admin/commitments/source/?q=sheet",
    "/admin/commitments/plan/1/change/",
)
# They end the session with which the scan works, or make another account of it; and the same views in Spanish.
LEFT_ALONE = ("/accounts/logout/", "/accounts/sessions/", "/accounts/password/", "/admin/logout/")
LEFT_ALONE += ("/admin/password_change/", "/admin/auth/user/*", "/es/*")
# How long one check may take, in seconds.
MOST = 60


class Site(killing.Site):
    """The site over HTTPS, without limits, that notes every answer."""

    verify = False

    def __init__(self, folder: Path):
        super().__init__(folder, f"sqlite:///{folder}/site.sqlite3")
        self.address = f"https://127.0.0.1:{self.port}"
        self.answers = folder / "answers"
        certificate = trustme.CA().issue_cert("127.0.0.1")
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
        kinds = ("ANONYMOUS", "SIGNED_IN", "TOKEN", "EXPORT", "SIGN_IN")
        self.environment |= {f"PLANWATCH_LIMIT_{kind}": "off" for kind in kinds}

    def serve(self) -> None:
        """Serve as `manage.py serve` does, but with encryption and a line for every answer."""
        words = [f"--port={self.port}", "--interface=wsgi", "--workers=2", "--blocking-threads=4"]
        words += [
            f"--ssl-certificate={self.folder}/both.pem",
            f"--ssl-keyfile={self.folder}/both.pem",
        ]
        # A connection that ends while it is asked again would leave a gap in the scan.
        words += ["--no-ws", "--http=1", "--http1-header-read-timeout=75000"]
        words += ["--access-log", "--access-log-fmt=%(status)d %(method)s %(path)s"]
        with self.answers.open("a") as answers, (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "granian", *words, "--log-level=critical", "planwatch.wsgi"],
                cwd=killing.ROOT,
                env=self.environment,
                stdout=answers,
                stderr=log,
            )

    def answered(self) -> list[str]:
        """Return status, method and path of every request so far."""
        return self.answers.read_text("utf-8", "replace").splitlines()

    def sign_in(self) -> dict[str, str]:
        with httpx.Client(base_url=self.address, verify=False) as client:
            page = client.get("/accounts/login/").text
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
            sent = {"username": "everything", "password": "for this scan alone"}
            client.post(
                "/accounts/login/",
                data=sent | {"csrfmiddlewaretoken": token},
                headers={"referer": f"{self.address}/accounts/login/"},
            )
            return dict(client.cookies)


def scan(site: Site, folder: Path, starts, cookies=None) -> dict:
    """Scan the site and return what Wapiti reports."""
    folder.mkdir()
    report = folder / "report.json"
    words = [WAPITI, "--url", f"{site.address}/", "--module", ",".join(CHECKS)]
    words += ["--format", "json", "--output", report, "--no-bugreport", "--verbose", "1"]
    words += ["--depth", "1", "--max-links-per-page", "4", "--max-attack-time", str(MOST)]
    words += ["--timeout", "60", "--skip", "csrfmiddlewaretoken"]
    words += ["--store-session", folder / "session", "--store-config", folder / "config"]
    for path in starts:
        words += ["--start", site.address + path]
    for path in LEFT_ALONE:
        words += ["--exclude", site.address + path]
    if cookies:
        kept = {"expires": None, "secure": True, "port": None, "version": 0}
        jar = {name: {"value": value, **kept} for name, value in cookies.items()}
        (folder / "cookies.json").write_text(json.dumps({"127.0.0.1": {"/": jar}}))
        words += ["--cookie", folder / "cookies.json"]
    with (folder / "log").open("w") as log:
        subprocess.run(words, check=True, stdout=log, stderr=log)
    return json.loads(report.read_text())


def run(folder: Path) -> dict[str, dict]:
    """Scan as a stranger and signed in; return the figures of both. Raises Fault where anything is found."""
    site = Site(folder)
    site.manage("shell", "--no-imports", "--verbosity=0", "--command", PREPARE)
    site.start()
    try:
        cookies = site.sign_in()
        figures = {
            "a stranger": _figures(site, folder / "stranger", STRANGER),
            "an editor and administrator": _figures(site, folder / "signed-in", SIGNED_IN, cookies),
        }
        with httpx.Client(base_url=site.address, verify=False, cookies=cookies) as client:
            if client.get("/editor/").status_code != 200:
                raise killing.Fault("The scan was not signed in to its end")
        site.manage("shell", "--no-imports", "--verbosity=0", "--command", killing.VERIFY)
        return figures
    finally:
        site.stop()


def _figures(site: Site, folder: Path, starts, cookies=None) -> dict:
    before, began = len(site.answered()), time.monotonic()
    report = scan(site, folder, starts, cookies)
    answered = site.answered()[before:]
    found = [
        f"{kind}: {each['method']} {each['path']} {each['parameter']} {each['info']}"
        for part in ("vulnerabilities", "anomalies")
        for kind, rows in report[part].items()
        for each in rows
    ]
    found += sorted({line for line in answered if line.startswith("5") and line[:3] != "501"})
    if found:
        raise killing.Fault("\n".join(found))
    return {
        "attacked": report["infos"]["crawled_pages_nbr"],
        "requests": len(answered),
        "seconds": round(time.monotonic() - began),
    }


def version() -> str:
    told = subprocess.run([WAPITI, "--version"], check=True, capture_output=True, text=True)
    return re.findall(r"\d+\.\d+\.\d+", told.stdout + told.stderr)[-1]
