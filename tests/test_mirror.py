"""The example that keeps a copy in step: killed again and again while the site is written to, it ends as the data set."""

import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db.models import Q

from commitments import services
from commitments.datasets.tables import TABLES
from commitments.models import Change, Commitment, DatasetVersion, Proposal
from tests.factories import (
    ACTOR,
    ANNOUNCED,
    REASON,
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
    make_site,
    make_source,
    make_theme,
    review,
    unpublish,
)
from tests.own_site import serving

MIRROR = settings.BASE_DIR / "docs" / "examples" / "mirror.py"
LIMIT = 7


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "copy.sqlite3"


def start(site, copy):
    return subprocess.Popen(
        [sys.executable, MIRROR, site, copy, str(LIMIT)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def catch_up(site, copy):
    client = start(site, copy)
    out, err = client.communicate(timeout=60)
    assert client.returncode == 0, err
    return out


def plain(value):
    """Return a value of an export as SQLite keeps it."""
    if isinstance(value, list):
        return "|".join(value) or None
    return json.loads(json.dumps(value)) if isinstance(value, dict) else value


def exported(table):
    return [{name: plain(value) for name, value in row.items()} for row in table.read()]


def mirrored(copy, table):
    """Return the rows of a copy in the order of the export; JSON is compared by what it says."""
    names = [column.name for column in table.columns]
    with closing(sqlite3.connect(copy)) as database:
        found = database.execute(f"SELECT {', '.join(names)} FROM {table.name}").fetchall()
    rows = [dict(zip(names, row, strict=True)) for row in found]
    for row in rows:
        for name in ("before", "after"):
            if row.get(name):
                row[name] = json.loads(row[name])
    return rows


def assert_equal_to_the_export(copy):
    for table in TABLES:
        ours, theirs = mirrored(copy, table), exported(table)

        def key(row, names=table.key):
            return [row[name] for name in names]

        assert sorted(ours, key=key) == sorted(theirs, key=key), table.name


def write_a_world():
    """Write some of everything, with everything that can befall a record: corrections, removals, what is not public."""
    make_site(glossary="TBD: to be decided")
    make_agency("hhs")
    make_agency("otip", parent="hhs")
    sheet = make_source("sheet")
    audit = make_source("audit", origin="independent", kind="report")
    unused = make_source("of-no-use")
    foreign = make_source("foreign", jurisdiction="CA")
    make_section()
    for code in ("training", "shelter"):
        make_theme(code)
    first = make_commitment(
        "US21-PRT-001",
        section="protection-1",
        lead_agencies=["hhs"],
        partner_agencies=["otip"],
        themes=["shelter", "training"],
        due_on=ANNOUNCED,
    )
    second = make_commitment("US21-PRT-002")
    hidden = make_commitment("US21-PRT-003", is_published=False)
    for item in (first, second, hidden):
        cite(item, sheet)
    cite(first, sheet, locator="paragraph 2")
    change(first, "in_progress", sources=[sheet])
    correct(first, 1, "not_started", sources=[sheet, audit])
    change(first, "completed", ANNOUNCED.replace(day=9), sources=[sheet, foreign])
    change(hidden, "in_progress", sources=[audit])
    review(second, ANNOUNCED, source="sheet", locator="page 2")
    link(first, second)
    link(first, hidden)
    make_development(source="audit", commitments=["US21-PRT-002", "US21-PRT-001"])
    make_development("page 2", source="audit", commitments=(), plan="us-nap-2021")
    make_development("page 3", source="audit", commitments=["US21-PRT-003"])
    make_source("own-words", note="It carries no date.")
    for code in ("US21-PRT-001", "US21-PRT-003"):
        make_reported_status(commitment=code, source="own-words", reported_on=None)
    make_reported_status(source="audit", equivalent="in_progress")
    for source in (sheet, audit, unused):
        check_link(source)
    check_link(sheet, "gone")


def publish(code, is_published):
    if is_published:
        make_commitment(code)
    else:
        unpublish(Commitment.objects.get(code=code))


def propose(code):
    services.submit_status_change(
        commitment=code,
        status="not_started",
        effective_on=ANNOUNCED,
        evidence=[services.EvidenceItem("sheet", "page 4")],
        actor="contributor-1",
        may_record=False,
    )


def approve():
    services.approve_proposal(proposal=Proposal.objects.waiting().earliest("pk").pk, actor=ACTOR)


def remove_a_citation():
    services.delete_citation(
        commitment="US21-PRT-001",
        source="sheet",
        relation="announces",
        locator="paragraph 1",
        actor=ACTOR,
        reason=REASON,
    )


WRITES = [
    lambda: publish("US21-PRT-003", True),
    lambda: propose("US21-PRT-002"),
    lambda: make_source("audit", origin="official", kind="report"),
    lambda: publish("US21-PRT-001", False),
    lambda: cite(Commitment.objects.get(code="US21-PRT-002"), relation="reports"),
    approve,
    remove_a_citation,
    lambda: propose("US21-PRT-003"),
    lambda: publish("US21-PRT-001", True),
    lambda: publish("US21-PRT-002", False),
    lambda: make_commitment("US21-PRT-004", title="Another"),
    lambda: publish("US21-PRT-003", False),
    lambda: publish("US21-PRT-002", True),
]


def test_a_copy_killed_at_any_point_while_the_site_is_written_to_ends_as_the_data_set(
    shared_database, copy
):
    write_a_world()
    django, chance = get_wsgi_application(), random.Random(4)
    requests, writes, moments = itertools.count(), iter(WRITES), []
    calm = threading.Event()

    def application(environ, start_response):
        """Answer, and write or kill on the way: before the answer, in its middle, or a moment after it."""
        number = next(requests)
        if number % 2 and (write := next(writes, None)):
            write()
        body = b"".join(django(environ, start_response))
        moment = number % 8 if number < 36 and not calm.is_set() else None
        if moment == 1:
            os.kill(client.pid, signal.SIGKILL)
        elif moment == 4:
            yield body[: len(body) // 2]
            os.kill(client.pid, signal.SIGKILL)
            body = body[len(body) // 2 :]
        elif moment == 7:
            # Long enough to read the answer and be in its transaction, or past it.
            threading.Timer(chance.uniform(0, 0.02), client.kill).start()
        moments.append(moment)
        yield body

    kills = 0
    with serving(application) as site:
        while True:
            client = start(site, copy)
            err = client.communicate(timeout=60)[1]
            if client.returncode == 0:
                break
            assert client.returncode == -signal.SIGKILL, err
            kills += 1
            with closing(sqlite3.connect(copy)) as database:
                rows, last = database.execute("SELECT count(*), max(seq) FROM changes").fetchone()
            assert rows == (last or 0), "a page was kept in part"
        calm.set()
        for write in writes:
            write()
        catch_up(site, copy)
    assert kills > 5 and {1, 4, 7} <= set(moments)
    assert_equal_to_the_export(copy)


def test_a_copy_says_its_version_and_the_hash_that_seals_it(shared_database, copy):
    write_a_world()
    with serving(get_wsgi_application()) as site:
        out = catch_up(site, copy)
    version = DatasetVersion.objects.get()
    assert f"version {version.seq}" in out and version.hash in out


def test_a_copy_refuses_a_row_that_was_rewritten(shared_database, copy):
    write_a_world()
    django = get_wsgi_application()
    forged = {}

    def forging(environ, start_response):
        page = json.loads(b"".join(django(environ, lambda *answer: None)))
        for row in page["results"]:
            if row["seq"] == 9:
                row |= forged
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(page).encode()]

    with serving(forging) as site:
        for forged in ({"after": {}}, {"action": "delete"}, {"prev_hash": "0" * 64}):
            client = start(site, copy)
            err = client.communicate(timeout=60)[1]
            assert client.returncode == 1 and "Row 9" in err, forged
            with closing(sqlite3.connect(copy)) as database:
                assert database.execute("SELECT max(seq) FROM changes").fetchone() == (LIMIT,)


def test_a_page_names_the_rows_that_its_rows_opened_or_withheld(client, db):
    hidden = make_commitment("US21-PRT-001", is_published=False)
    other = make_commitment("US21-PRT-002")
    cite(hidden, make_source("sheet"))
    cite(other)
    of_it = Q(commitments=hidden) | Q(object_type="source", object_key="sheet")
    about = list(Change.objects.filter(of_it).order_by("seq").values_list("seq", flat=True))
    assert len(about) == 3, "the document that nothing else names is withheld with it"

    def read_again(after):
        return client.get(f"/api/v1/changes/?after={after}").json()["read_again"]

    before = DatasetVersion.objects.get().seq
    assert read_again(0) == read_again(before) == []
    publish("US21-PRT-001", True)
    assert read_again(before) == about
    assert read_again(about[0]) == about[:1], "only what was passed"
    after = DatasetVersion.objects.get().seq
    publish("US21-PRT-001", False)
    assert read_again(after) == [*about, after]
    propose("US21-PRT-002")
    proposed = DatasetVersion.objects.get().seq
    assert read_again(proposed) == []
    approve()
    assert read_again(proposed) == [about[1], proposed], "the document is in use again"
