"""The hot queries are answered from indexes: none reads a table that grows through, none sorts what it finds."""

import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client

from benchmarks.generate import generate
from commitments.facets import facets_of
from commitments.models import Change, Commitment, StatusChange
from commitments.querysets.sql import today
from commitments.selection import select_commitments
from planwatch.web.keyset import page_of

# A page that an index gives in its order: by each order with many ties or few, both ways, and behind the common filters.
LISTS = [
    "",
    "order=-code",
    *(f"order={sign}{name}" for sign in ("", "-") for name in ("status", "status_since")),
    *(f"order={sign}{name}" for sign in ("", "-") for name in ("announced_on", "due_on")),
    "order=title",
    "order=updated_at",
    "order=seq",
    "status=stalled",
    "verification=agency_reported",
    "pillar=protection&status=in_progress",
    "pillar=protection",
    "as_of=2024-06-01",
    "as_of=2024-06-01&order=-announced_on",
]
PAGES = [
    "/api/v1/commitments/US21-PRT-0000042/",
    "/api/v1/commitments/?q=zebra",
    "/api/v1/commitments/?as_of=2024-06-01",
    # Of a third of all rows a database without statistics reads the whole table, and may.
    "/api/v1/commitments/?page_size=10&known_at={today}",
    "/api/v1/commitments/US21-PRT-0000042/?known_at={today}",
    "/commitments/",
    "/commitments/?pillar=protection&status=in_progress",
    "/api/v1/stats/?by=pillar,status",
]
# The latest steps, as the home page names them and feeds do.
LATEST = {
    "changes": lambda: Change.objects.telling_of(Commitment.objects.published()).order_by("-seq"),
    "steps": lambda: (
        StatusChange.objects.published()
        .not_corrected()
        .true_by(today())
        .select_related("commitment")
        .order_by("-recorded_at", "-id")
    ),
}
# What is counted must be read to the last match, but from an index alone.
COUNTS = {
    "": lambda selection: selection.count,
    "as_of=2024-06-01": lambda selection: selection.count,
    "pillar=protection": lambda selection: selection.queryset.count_by("status"),
    "is_open=true": lambda selection: selection.queryset.count_by("pillar", "verification"),
    "kind=ongoing": lambda selection: facets_of(selection, without=("agency", "theme", "source")),
}
# These stay small, however many commitments there are.
SMALL = "plan|_site$|pillar|section|jurisdiction|_theme$|themerevision|datasetversion|agencies_agency|agencyrevision"


@pytest.fixture(scope="class")
def generated(class_database):
    generate(300)


@pytest.fixture(scope="class", params=["with statistics", "without"])
def asked(request, generated):
    """Every query of a few hundred commitments' hot reads with its plan, by what was read.

    PostgreSQL always has statistics; SQLite gathers them at an import, and may be without.
    """
    if request.param == "without":
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL gathers statistics by itself")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_stat1")
            cursor.execute("ANALYZE sqlite_schema")
    found = {query: _plans(lambda query=query: _two_pages(query)) for query in LISTS}
    for address in PAGES:
        found[address] = _plans(lambda address=address: Client().get(address.format(today=today())))
    for what, rows in LATEST.items():
        found[f"latest {what}"] = _plans(lambda rows=rows: list(rows()[:5]))
    for query, count in COUNTS.items():
        found[f"count {query}"] = _plans(lambda query=query, count=count: count(_selection(query)))
    return found


def _selection(query):
    return select_commitments(QueryDict(query))


def _two_pages(query):
    selection = _selection(query)
    rows = selection.queryset.values_list(
        "pk", *(key.lstrip("-") for key in selection.keys), named=True
    )
    first = page_of(rows, selection.keys, "", 5)
    page_of(rows, selection.keys, first.next, 5)


def _plans(work):
    statements = []

    def note(execute, sql, params, many, context):
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    reads = [item for item in statements if item[0].lstrip("( ").startswith(("SELECT", "WITH"))]
    assert reads
    return [(sql, _plan_of(sql, params)) for sql, params in reads]


def _plan_of(sql, params):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            return "\n".join(row[3] for row in cursor.fetchall())
        # Of so few rows PostgreSQL reads all: what it would do with many shows where that is made dear.
        for way in ("seqscan", "sort", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
        return "\n".join(row[0] for row in cursor.fetchall())


def _read_through(plan):
    """Return the growing tables that a plan reads from end to end."""
    if connection.vendor == "sqlite":
        scans = re.findall(r"SCAN ((?:commitments|agencies)_(?!search\b)\w+)(?! USING)", plan)
        scans = [name for line in plan.splitlines() for name in scans if line == f"SCAN {name}"]
    else:
        scans = re.findall(r"Seq Scan on (\w+)", plan)
    return [name for name in scans if not re.search(SMALL, name)]


@pytest.mark.django_db
class TestPlans:
    def test_no_table_that_grows_is_read_through(self, asked):
        wrong = {
            what: (tables, sql)
            for what, plans in asked.items()
            for sql, plan in plans
            if (tables := _read_through(plan))
        }
        assert wrong == {}

    def test_no_page_of_a_list_is_sorted(self, asked):
        sorts = "USE TEMP B-TREE" if connection.vendor == "sqlite" else "Sort Key"
        wrong = {
            what: plan
            for what in (*LISTS, *(f"latest {what}" for what in LATEST))
            for sql, plan in asked[what]
            if "LIMIT" in sql
            if sorts in plan
        }
        assert wrong == {}

    @pytest.mark.skipif(
        "connection.vendor != 'sqlite'",
        reason="PostgreSQL reads an index alone where a table was vacuumed, which in a test it is not",
    )
    def test_what_is_counted_is_read_from_an_index_alone(self, asked):
        wrong = {
            query: plan
            for query in COUNTS
            for sql, plan in asked[f"count {query}"]
            if 'FROM "commitments_commitment"' in sql
            if not _on_commitments(plan)
            or not all("USING COVERING INDEX" in line for line in _on_commitments(plan))
        }
        assert wrong == {}


def _on_commitments(plan):
    return [line for line in plan.splitlines() if re.search(r" commitments_commitment( |$)", line)]
