"""One row of everything on a day that stands still, and every public address asked about it: what tests/golden/ keeps."""

import datetime as dt
import io
import itertools
import re
import secrets
import zipfile
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import openpyxl
import orjson
from django.test import Client
from django.utils import timezone

FOLDER = Path(__file__).parent / "golden"
NOW = dt.datetime(2025, 3, 4, 12, 30, 15, 250_000, tzinfo=dt.UTC)
CODE = "US21-PRT-001"
# What clients act on. Policies for browsers are the matter of other tests; lengths and moments follow.
HEADERS = (
    *("Allow", "Cache-Control", "Content-Disposition", "Content-Language", "Content-Type"),
    *("ETag", "Link", "Location", "Row-Count", "Vary"),
)

_COMMITMENT = f"/commitments/{CODE}/"
_LIST = "/api/v1/commitments/"
# By name of the file that keeps the answer. Every public route has one at least: a test asks.
ADDRESSES = {
    "page-home": "/",
    "page-home-as-of": "/?as_of=2021-12-20",
    "page-home-es": "/es/",
    "page-plans": "/plans/",
    "page-plan": "/plans/us-nap-2021/",
    "page-pillars": "/pillars/",
    "page-pillar": "/pillars/protection/",
    "page-themes": "/themes/",
    "page-theme": "/themes/training/",
    "page-commitments": "/commitments/",
    "page-commitments-es": "/es/commitments/",
    "page-commitments-filtered": "/commitments/?status=in_progress&agency=hhs&order=-status_since",
    "page-commitments-second": "/commitments/?page_size=1",
    "page-commitments-as-of": "/commitments/?as_of=2021-12-05",
    "page-commitments-search": "/commitments/?q=survivors",
    "page-commitments-nothing": "/commitments/?q=survivros",
    "page-commitments-wrong": "/commitments/?pilar=protection",
    "page-commitment": _COMMITMENT,
    "page-commitment-es": f"/es{_COMMITMENT}",
    "page-agencies": "/agencies/",
    "page-agency": "/agencies/hhs/",
    "page-sources": "/sources/",
    "page-source": "/sources/sheet/",
    "page-matrix": "/matrix/",
    "page-timeline": "/timeline/",
    "page-compare": "/compare/?from=sheet&to=sheet",
    "page-changes": "/changes/",
    "page-corrections": "/corrections/",
    "page-follow": "/follow/?pillar=protection&status=in_progress",
    "page-follow-sent": "/follow/sent/",
    "page-method": "/method/",
    "page-data": "/data/",
    "page-save-query": "/data/q/",
    "embed-commitment": f"/embed{_COMMITMENT}",
    "embed-commitment-badge": f"/embed{_COMMITMENT}badge.svg",
    "embed-pillar": "/embed/pillars/protection/",
    "embed-pillar-badge": "/embed/pillars/protection/badge.svg?theme=dark",
    "embed-json": f"/oembed.json?url=http://testserver{_COMMITMENT}",
    "embed-xml": "/oembed.xml?url=http://testserver/es/pillars/protection/",
    "page-none": "/commitments/US21-PRT-999/",
    "picture-bars": "/commitments.svg",
    "picture-matrix": "/matrix.svg",
    "picture-over-time": "/status-over-time.svg",
    "table-over-time": "/status-over-time.csv",
    "picture-timeline": "/timeline.svg",
    "picture-history": f"{_COMMITMENT}history.svg",
    "picture-lineage": f"{_COMMITMENT}lineage.svg",
    "picture-compare": "/compare.svg?from=sheet&to=sheet",
    "picture-share": f"{_COMMITMENT}share.png",
    "cite-commitment-bib": f"{_COMMITMENT}cite.bib",
    "cite-commitment-ris": f"{_COMMITMENT}cite.ris",
    "cite-commitment-json": f"{_COMMITMENT}cite.json",
    "cite-source-bib": "/sources/sheet/cite.bib",
    "cite-data-bib": "/data/cite.bib",
    "feed-commitment": f"{_COMMITMENT}changes.atom",
    "feed-changes": "/feeds/changes.atom",
    "feed-news": "/feeds/news.atom",
    "feed-deadlines": "/feeds/deadlines.ics",
    "machine-sitemap": "/sitemap.xml",
    "machine-sitemap-commitments": "/sitemap-commitments.xml",
    "machine-sitemap-sources": "/sitemap-sources.xml",
    "machine-robots": "/robots.txt",
    "machine-live": "/healthz/live",
    "machine-ready": "/healthz/ready",
    "file-version": "/data/planwatch-{version}.zip",
    "file-latest": "/data/planwatch-latest.zip",
    "file-commitments-csv": f"{_LIST}?format=csv",
    "file-commitments-ndjson": f"{_LIST}?format=ndjson",
    "file-commitments-xlsx": f"{_LIST}?format=xlsx",
    "file-steps-csv": "/api/v1/status-changes/?format=csv",
    "file-stats-csv": "/api/v1/stats/?by=pillar,status&format=csv",
    "file-changes-ndjson": "/api/v1/changes/?format=ndjson",
    "file-vocabularies": "/data/vocabularies.ttl",
    "api-commitment-turtle": f"/api/v1{_COMMITMENT}?format=ttl",
    "api-root": "/api/v1/",
    "api-panel": "/api/v1/panel/?from=2021-12-01&to=2022-01-31",
    "file-panel-csv": "/api/v1/panel/?from=2021-12-01&to=2022-02-10&format=csv",
    "api-plans": "/api/v1/plans/",
    "api-plan": "/api/v1/plans/us-nap-2021/",
    "api-pillars": "/api/v1/pillars/",
    "api-pillar": "/api/v1/pillars/protection/",
    "api-themes": "/api/v1/themes/",
    "api-theme": "/api/v1/themes/training/",
    "api-sections": "/api/v1/sections/",
    "api-section": "/api/v1/sections/us-nap-2021:protection-1/",
    "api-objectives": "/api/v1/objectives/",
    "api-objective": "/api/v1/objectives/us-nap-2021:protection-1/",
    "api-jurisdictions": "/api/v1/jurisdictions/",
    "api-jurisdiction": "/api/v1/jurisdictions/US/",
    "api-agencies": "/api/v1/agencies/",
    "api-agency": "/api/v1/agencies/hhs/",
    "api-sources": "/api/v1/sources/",
    "api-source": "/api/v1/sources/sheet/",
    "api-commitments": _LIST,
    "api-commitments-page": f"{_LIST}?page_size=1&order=-updated_at",
    "api-commitments-filtered": f"{_LIST}?pillar=protection&lead=hhs&source=sheet&is_open=true",
    "api-commitments-expanded": f"{_LIST}?expand=plan,pillar,section,lead_agencies,partner_agencies",
    "api-commitments-chosen": f"{_LIST}?fields=code,status,sources",
    "api-commitments-searched": f"{_LIST}?q=promise",
    "api-commitments-as-of": f"{_LIST}?as_of=2021-12-05",
    "api-commitments-known-at": f"{_LIST}?known_at=2025-03-04",
    "api-commitments-wrong": f"{_LIST}?status=finished&colour=red",
    "api-commitment": f"{_LIST}{CODE}/",
    "api-commitment-as-of": f"{_LIST}{CODE}/?as_of=2021-12-15",
    "api-commitment-expanded": f"{_LIST}{CODE}/?expand=lead_agencies,section&omit=history",
    "api-commitment-none": f"{_LIST}US21-PRT-999/",
    "api-commitment-steps": f"{_LIST}{CODE}/status-changes/",
    "api-commitment-reviews": f"{_LIST}{CODE}/reviews/",
    "api-reviews": "/api/v1/reviews/",
    "api-developments": "/api/v1/developments/",
    "api-reported-statuses": "/api/v1/reported-statuses/",
    "api-steps": "/api/v1/status-changes/",
    "api-changes": "/api/v1/changes/",
    "api-stats": "/api/v1/stats/?by=pillar,status",
    "api-stats-agencies": "/api/v1/stats/?by=agency,source",
    "api-stats-years": "/api/v1/stats/?by=year,kind&as_of=2021-12-15",
    "api-statuses": "/api/v1/statuses/",
    "api-datasets": "/api/v1/datasets/",
    "page-api-docs": "/api/v1/docs/",
    # Described by the code alone, and long: tests of the schema hold it.
    "api-schema": "/api/v1/schema/",
}
# They show bodies of the record, of which PostgreSQL keeps the keys in an order of its own, or are named by ids of rows,
# which PostgreSQL counts on after a rollback.
OF_THE_RECORD = (
    "feed-news",
    "feed-commitment",
    "feed-changes",
    "file-changes-ndjson",
    "api-changes",
)


@contextmanager
def standing_still():
    """Let no time pass, and let chance give the same numbers each time."""
    numbers = itertools.count(1)
    with (
        mock.patch.object(timezone, "now", lambda: NOW),
        # PostgreSQL's own clock goes on meanwhile.
        mock.patch("planwatch.db.clock._database_clock", lambda now: now),
        mock.patch.object(secrets, "token_hex", lambda size: f"{next(numbers):0{2 * size}x}"),
    ):
        yield


def answer_to(name: str, version: int) -> str:
    """Return status, headers and body of an answer, as lines that a person can compare."""
    response = Client().get(ADDRESSES[name].replace("{version}", str(version)))
    headers = {key: response[key] for key in HEADERS if key in response}
    if "ETag" in headers:
        headers["ETag"] = re.sub(r"-[0-9a-f]{32}|[0-9a-f]{64}", "-…", headers["ETag"])
    if "Vary" in headers:
        headers["Vary"] = ", ".join(sorted(headers["Vary"].split(", ")))
    lines = [str(response.status_code), *(f"{key}: {headers[key]}" for key in headers)]
    return "\n".join([*lines, "", *_lines(name, headers, response.getvalue())]) + "\n"


def _lines(name: str, headers: dict, body: bytes):
    if name.startswith("page-"):
        return  # Of a page its status and headers are kept; tests of behavior hold the rest.
    kind = headers.get("Content-Type", "").partition(";")[0]
    if name == "api-schema":
        yield from sorted(orjson.loads(body)["paths"])
    elif kind == "application/json" and name.startswith("api-"):
        assert body == orjson.dumps(orjson.loads(body)), name
        yield _steady(orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode())
    elif kind == "image/png":
        yield "PNG {}x{}".format(*(int.from_bytes(body[at : at + 4]) for at in (16, 20)))
    elif kind == "application/zip":
        yield from zipfile.ZipFile(io.BytesIO(body)).namelist()
    elif kind.endswith("spreadsheetml.sheet"):
        for sheet in openpyxl.load_workbook(io.BytesIO(body)).worksheets:
            for row in sheet.iter_rows(values_only=True):
                yield " | ".join("" if cell is None else str(cell) for cell in row)
    elif kind == "text/html":
        text = re.sub(r"(?s)\A.*?(<main|\Z)", r"\1", body.decode())
        text = re.sub(r"(?s)</main>.*\Z", "</main>", text)
        for line in re.sub(r"\s*(<[^>]*>)\s*", r"\n\1\n", text).splitlines():
            if line := " ".join(line.split()):
                yield _steady(line)
    else:
        yield _steady(body.decode())


def _steady(text: str) -> str:
    """Leave out hashes and sizes: a row of the record may speak of an id that one database counts otherwise than another."""
    text = re.sub(r'("bytes": )\d+', r"\1…", text)
    text = text.replace("\r\n", "\n")
    return re.sub(r"\b(?!0{64})[0-9a-f]{64}\b", "…", text)
