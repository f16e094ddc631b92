"""In how many queries each public address answers: the numbers are data, in query_counts.json."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from commitments.models import Source
from commitments.querysets.sql import today
from tests.factories import (
    change,
    check_link,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_development,
    make_reported_status,
    make_section,
    make_source,
    make_theme,
    review,
)
from tests.test_access import PUBLIC

COUNTS = json.loads((Path(__file__).parent / "query_counts.json").read_text())
# What the placeholders of its addresses stand for.
EXAMPLES = {
    "code": "US21-PRT-001",
    "pillar": "protection",
    "section": "us-nap-2021:aim",
    "theme": "training",
    "plan": "us-nap-2021",
    "agency": "dhs",
    "source": "sheet",
    "later": "later-sheet",
}
MOST_FOR_A_PAGE = 8
# They read one row at most, or a file.
NOT_COUNTED = {
    "healthz/live",
    "healthz/ready",
    "robots.txt",
    "accounts/login/",
    "data/planwatch-latest.zip",
    "data/planwatch-<str:version>.zip",
    "api/v1/schema/",
    "api/v1/docs/",
}


@pytest.fixture
def record(db):
    """One commitment with something of everything, and documents that can be compared."""
    make_agency("dhs")
    make_agency("doj")
    make_section("aim")
    for code in ("training", "shelter"):
        make_theme(code)
    sheet = make_source("sheet")
    item = make_commitment(
        "US21-PRT-001", section="aim", lead_agencies=["dhs"], note="A note.", themes=["training"]
    )
    cite(item, sheet)
    cite(item, make_source("later-sheet", published_on=dt.date(2024, 2, 14)), "restates")
    return item


def grow(item, number: int) -> None:
    """Give every list so many more rows: of the record, of the commitment, and of its sources."""
    sheet, later = (Source.objects.get(slug=EXAMPLES[name]) for name in ("source", "later"))
    for place in range(number):
        agency, source = make_agency(parent="dhs"), make_source()
        other = make_commitment(
            section="aim",
            lead_agencies=["dhs"],
            themes=["training", "shelter"],
            partner_agencies=[agency.slug],
            due_on=dt.date(2022, 7, 1 + place),
        )
        for document in (sheet, source):
            cite(other, document)
            check_link(document, "gone" if place % 2 else "moved", final_url="https://new.example")
        cite(other, later, "reports")
        change(other, "in_progress", dt.date(2022, 1, 25), [sheet, source])
        correct(other, 1, "stalled", dt.date(2022, 1, 26), [sheet])
        review(other, dt.date(2022, 2, 1), source=source.slug, locator="page 2")
        link(item, other, "continues")
        link(other, item, "relates", basis="stated", source=source.slug)
        last = item.status_changes.count()
        status = ("in_progress", "stalled")[last % 2]
        change(item, status, dt.date(2022, 1, 25) + dt.timedelta(last), [sheet, source])
        review(item, dt.date(2022, 2, 1) + dt.timedelta(last), source=source.slug, locator="page 2")
        cite(item, source, "reports")
        make_development(source=source.slug, commitments=[item.code, other.code])
        for code in (item.code, other.code):
            make_reported_status(f"page {place}", commitment=code, source=sheet.slug)
        make_commitment(
            item.code, section="aim", lead_agencies=["dhs", agency.slug], note=f"Note {last}."
        )


def counted() -> dict[str, int]:
    """Return in how many queries each address of the file answers, to somebody who comes for the first time."""
    found = {}
    for addresses in COUNTS.values():
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                response = Client().get(address.format(**EXAMPLES, today=today()))
                assert response.status_code == 200, address
                b"".join(response)
            found[address] = len(queries)
    return found


def test_no_address_takes_more_queries_than_its_number_with_few_rows_or_with_many(record):
    allowed = {address: most for group in COUNTS.values() for address, most in group.items()}
    for number in (1, 6):
        grow(record, number)
        more = {
            address: f"{count} instead of {allowed[address]}"
            for address, count in counted().items()
            if count > allowed[address]
        }
        assert more == {}


def test_no_page_may_take_more_than_eight():
    assert max(COUNTS["pages"].values()) <= MOST_FOR_A_PAGE


def test_every_public_address_has_its_number():
    routes = {
        resolve(address.format(**EXAMPLES, today=today()).partition("?")[0]).route
        for addresses in COUNTS.values()
        for address in addresses
        if not address.startswith("/es/")
    }
    # A resolved route has lost the marks of its parts' beginnings.
    assert routes == {route.replace("/^", "/") for route in PUBLIC.keys() - NOT_COUNTED}
