"""What pandas and DuckDB make of a file, and what they say of one that fails half-way, on a running site."""

import datetime as dt
import http.client
import io
import json
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import duckdb
import pandas
import pytest

from tests.live_site import serving

# The sites have databases of their own, so a second run on PostgreSQL would try the same again.
pytestmark = pytest.mark.sqlite_only

VIEW = "pillar=protection&as_of=2024-03-21"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, worker_id):
    folder = tmp_path_factory.getbasetemp()
    # The workers of one run share the prepared database.
    folder = (folder.parent if worker_id != "master" else folder) / "site"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def site(folder):
    with serving(folder) as address:
        yield address


def read(address) -> bytes:
    with urllib.request.urlopen(address) as answer:
        return answer.read()


def commitments(site, query="") -> list[dict]:
    return json.loads(read(f"{site}/api/v1/commitments/?page_size=500&{query}"))["results"]


def test_pandas_reads_the_csv_of_a_view_from_its_address(site):
    address = f"{site}/api/v1/commitments/?format=csv&{VIEW}"
    program = f"import pandas; print(pandas.read_csv('{address}').to_json(orient='records'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows, expected = json.loads(done.stdout), commitments(site, VIEW)
    assert len(expected) > 10
    for name in ("code", "title", "summary", "status", "status_since", "is_open", "seq"):
        assert [row[name] for row in rows] == [item[name] for item in expected]
    assert [row["sources.slug"].split("|") for row in rows] == [
        [source["slug"] for source in item["sources"]] for item in expected
    ]


def test_pandas_finds_the_kinds_of_the_columns(site):
    frame = pandas.read_csv(
        f"{site}/api/v1/commitments/?format=csv", parse_dates=["status_since", "due_on"]
    )
    assert frame["is_open"].dtype == bool
    assert frame["seq"].dtype.kind == "i"
    assert frame["status_since"].dtype.kind == frame["due_on"].dtype.kind == "M"
    assert len(frame) == len(commitments(site))


def test_pandas_reads_all_commitments_of_two_countries_by_theme(site):
    view = "jurisdiction=AU&jurisdiction=CA"
    frame = pandas.read_csv(f"{site}/api/v1/commitments/?format=csv&{view}")
    themes = frame.assign(theme=frame["themes"].str.split("|")).explode("theme")
    found = themes.groupby("theme")["code"].apply(set).to_dict()
    expected = {}
    for item in commitments(site, view):
        for theme in item["themes"]:
            expected.setdefault(theme, set()).add(item["code"])
    assert found == expected
    assert set(frame["plan"]) == {"au-nap-2020", "ca-strategy-2019"}
    assert len(frame) == len(commitments(site, view)) > 40


def test_duckdb_finds_the_kinds_of_the_keys(site, tmp_path):
    path = tmp_path / "commitments.ndjson"
    path.write_bytes(read(f"{site}/api/v1/commitments/?format=ndjson"))
    found = duckdb.sql(
        f"SELECT code, is_open, status_since, len(sources), sources[1].title FROM read_json_auto('{path}')"
    ).fetchall()
    assert found == [
        (
            item["code"],
            item["is_open"],
            dt.date.fromisoformat(item["status_since"]),
            len(item["sources"]),
            item["sources"][0]["title"],
        )
        for item in commitments(site)
    ]


def test_duckdb_reads_the_record(site, tmp_path):
    path = tmp_path / "changes.ndjson"
    path.write_bytes(read(f"{site}/api/v1/changes/?format=ndjson"))
    found = duckdb.sql(f"SELECT seq FROM read_json_auto('{path}')").fetchall()
    assert [seq for (seq,) in found] == list(range(1, len(found) + 1))
    assert len(found) > 500


def test_days_of_a_sheet_are_days(site):
    frame = pandas.read_excel(io.BytesIO(read(f"{site}/api/v1/commitments/?format=xlsx&{VIEW}")))
    assert frame["announced_on"].dtype.kind == frame["due_on"].dtype.kind == "M"
    assert [day.date().isoformat() for day in frame["announced_on"]] == [
        item["announced_on"] for item in commitments(site, VIEW)
    ]


@pytest.fixture
def broken_site(folder):
    """A site whose last commitment cannot be written: what was read before it has been sent by then."""
    with serving(folder) as address:
        path = folder / f"site-{urlsplit(address).port}.sqlite3"
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA ignore_check_constraints = ON")
            database.execute(
                "UPDATE commitments_commitment SET status = 'nonsense' "
                "WHERE code = (SELECT max(code) FROM commitments_commitment)"
            )
        database.close()
        yield address


def test_a_file_that_fails_half_way_breaks_off_and_the_site_goes_on(broken_site):
    address = f"{broken_site}/api/v1/commitments/?format=ndjson"
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        pandas.read_csv(address.replace("ndjson", "csv"))
    with pytest.raises(urllib.error.HTTPError) as refused:
        read(address.replace("ndjson", "xlsx"))
    assert refused.value.code == 500
    assert json.load(refused.value)["errors"]
    assert read(f"{broken_site}/api/v1/agencies/?format=csv")
