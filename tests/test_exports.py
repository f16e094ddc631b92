"""Lists as files: the same rows as the JSON in every format, whole, harmless in a spreadsheet, and named for what they are."""

import csv
import datetime as dt
import io
import json
from urllib.parse import unquote

import openpyxl
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from commitments.models import Commitment, DatasetVersion
from commitments.services.documents import write_every_document
from planwatch.exports.tables import file_name
from planwatch.exports.writers import (
    cell_of,
    guarded,
    text_of_sheet,
    unguarded,
    values_of,
)
from tests.factories import change, cite, correct, make_agency, make_commitment, make_source
from tests.test_api_writes import Writer

LISTS = (
    "plans/",
    "pillars/",
    "sections/",
    "agencies/",
    "sources/",
    "commitments/",
    "commitments/?expand=plan,pillar,section,lead_agencies,partner_agencies",
    "commitments/US21-PRT-001/status-changes/",
    "commitments/US21-PRT-001/reviews/",
    "commitments/US21-PRT-001/proposals/",
    "status-changes/",
    "changes/",
    "stats/?by=pillar,status",
    "stats/?by=agency",
)
NASTY = '=1+1|a\\b\\|c, "d" -2+3;=4 @x \'é—ü ＝5'
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

pytestmark = pytest.mark.django_db

# Reading a file as its documentation says


def reads_as(cell: str, value, undo=unguarded) -> bool:
    """Tell whether a cell says what a value of the JSON says."""
    if isinstance(value, list) and value:
        found = values_of(undo(cell)) or [""]
        return len(found) == len(value) and all(
            reads_as(part, wanted, str) for part, wanted in zip(found, value, strict=True)
        )
    if isinstance(value, dict):
        return json.loads(undo(cell)) == value
    if isinstance(value, bool):
        return cell == str(value).lower()
    return undo(cell) == ("" if value in (None, []) else str(value))


def holds(cells: dict[str, str], item: dict, undo=unguarded) -> bool:
    """Tell whether a row says everything that an object of the JSON says."""
    for name, value in leaves(item).items():
        if name not in cells:
            # Nothing, where others have an object or several.
            assert value in (None, [])
            value, name = None, next(key for key in cells if key.startswith(f"{name}."))
        assert reads_as(cells[name], value, undo), (name, cells[name], value)
    return True


def leaves(value, path=()) -> dict:
    """Return the values of an object by the names of the columns that they belong in."""
    if path in (("before",), ("after",)) or not isinstance(value, dict | list) or not value:
        return {".".join(path): value}
    if isinstance(value, list):
        if not isinstance(value[0], dict):
            return {".".join(path): value}
        each = [leaves(part, path) for part in value]
        return {name: [part[name] for part in each] for name in each[0]}
    return {
        name: leaf
        for key, part in value.items()
        for name, leaf in leaves(part, (*path, key)).items()
    }


# A small world with everything in it, and nothing in it harmless


@pytest.fixture(scope="class")
def data(world):
    item, source = world["item"], make_source("nasty", title=NASTY, url="", published_on=None)
    make_agency("usaid", name="+cmd|' /C calc'!A0", parent="hhs")
    other = make_commitment(
        "US21-PRT-003",
        title="@SUM(1+1)*cmd|' /C calc'!A0",
        summary="-1\n" + NASTY,
        note="'=already",
        due_on=dt.date(2023, 1, 2),
        lead_agencies=["usaid", "hhs"],
    )
    for relation in ("announces", "reports"):
        cite(other, make_source(f"another-{relation}"), relation, locator="=HYPERLINK(1)|\\")
    cite(other, source, note="")
    change(other, "in_progress", dt.date(2022, 2, 2), explanation=NASTY)
    correct(item, 1, "in_progress", dt.date(2021, 12, 14), explanation="+read again")
    return Writer("reader", "Editor")


def ask(data, address, form="", **headers):
    joint = "&" if "?" in address else "?"
    address = f"/api/v1/{address}{joint}format={form}" if form else f"/api/v1/{address}"
    return Client().get(address, headers=data.headers() | headers)


def items(data, address):
    joint = "&" if "?" in address else "?"
    size = (
        ""
        if address.startswith("stats")
        else f"{joint}{'limit' if address == 'changes/' else 'page_size'}=500"
    )
    response = ask(data, address + size)
    assert response.status_code == 200, response.content
    found = response.json()["results"]
    assert found
    return found


def table(response) -> tuple[list[str], list[list[str]]]:
    assert response.status_code == 200, response.content
    text = response.getvalue().decode()
    heading, *rows = csv.reader(io.StringIO(text, newline=""))
    return heading, rows


def text_in(cell) -> str:
    """Return what a cell of a sheet shows."""
    if isinstance(cell.value, dt.datetime):
        assert cell.number_format == "yyyy-mm-dd"
        return cell.value.date().isoformat()
    if isinstance(cell.value, bool):
        return str(cell.value).lower()
    return "" if cell.value is None else str(cell.value)


def sheet(response):
    assert response.status_code == 200, response.content
    return openpyxl.load_workbook(io.BytesIO(response.getvalue())).active


@pytest.mark.usefixtures("data")
class TestEveryList:
    @pytest.mark.parametrize("address", LISTS)
    def test_csv_holds_what_the_json_holds(self, data, address):
        expected = items(data, address)
        heading, rows = table(ask(data, address, "csv"))
        assert len(rows) == len(expected)
        assert len(set(heading)) == len(heading)
        for row, item in zip(rows, expected, strict=True):
            assert holds(dict(zip(heading, row, strict=True)), item)

    @pytest.mark.parametrize("address", LISTS)
    def test_ndjson_holds_the_very_objects_of_the_json(self, data, address):
        lines = ask(data, address, "ndjson").getvalue().splitlines(keepends=True)
        assert all(line.endswith(b"\n") for line in lines)
        # A file has no head to say once what counts leave out, and whether they repeat.
        said = {"coverage": "", "counts_repeat": "agency" in address}
        said = said if address.startswith("stats/") else {}
        assert [json.loads(line) for line in lines] == [row | said for row in items(data, address)]

    @pytest.mark.parametrize("address", LISTS)
    def test_xlsx_holds_the_table_of_the_csv_and_no_formula(self, data, address):
        heading, _ = table(ask(data, address, "csv"))
        found = sheet(ask(data, address, "xlsx"))
        assert found.freeze_panes == "A2"
        assert [cell.value for cell in found[1]] == heading
        for row, item in zip(found.iter_rows(min_row=2), items(data, address), strict=True):
            assert not [cell for cell in row if cell.data_type == "f"]
            cells = dict(zip(heading, map(text_in, row), strict=True))
            assert holds(cells, item, undo=text_of_sheet)

    @pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
    @pytest.mark.parametrize("address", LISTS)
    def test_a_file_says_how_many_rows_it_has_and_is_kept_like_any_answer(
        self, data, address, form
    ):
        response = ask(data, address, form)
        assert int(response["Row-Count"]) == len(items(data, address))
        assert response["Cache-Control"] == "private, max-age=0, must-revalidate"
        response.getvalue()
        again = ask(data, address, form, **{"if-none-match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_no_cell_is_a_formula_in_csv(self, data):
        for address in LISTS:
            heading, rows = table(ask(data, address, "csv"))
            for cell in (cell for row in [heading, *rows] for cell in row):
                assert not cell.strip().startswith(tuple("=+-@＝＋－＠")), cell


@pytest.mark.usefixtures("data")
class TestWhatIsAskedFor:
    def test_the_view_is_the_one_of_the_address(self, client):
        query = "pillar=protection&as_of=2021-12-20&order=-title"
        codes = [
            row["code"] for row in client.get(f"/api/v1/commitments/?{query}").json()["results"]
        ]
        heading, rows = table(client.get(f"/api/v1/commitments/?{query}&format=csv"))
        assert [row[heading.index("code")] for row in rows] == codes
        assert rows[codes.index("US21-PRT-001")][heading.index("status")] == "in_progress"

    def test_fields_omit_and_expand_choose_the_columns(self, client):
        def heading(query):
            return table(client.get(f"/api/v1/commitments/?format=csv&{query}"))[0]

        assert heading("fields=code,status") == ["code", "status"]
        assert "sources.title" in heading("") and "plan" in heading("")
        assert not [name for name in heading("omit=sources") if name.startswith("sources")]
        expanded = heading("fields=code,plan,lead_agencies&expand=plan,lead_agencies,pillar")
        assert expanded[:2] == ["code", "plan.slug"]
        assert "lead_agencies.acronym" in expanded
        assert not [name for name in expanded if name.startswith("pillar")]

    @pytest.mark.parametrize(
        ("accept", "content_type"),
        [
            ("text/csv", "text/csv; charset=utf-8"),
            ("application/x-ndjson", "application/x-ndjson"),
            (XLSX, XLSX),
            ("text/csv;q=0.5, application/json", "application/json"),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
            ("text/html", "application/json"),
            ("*/*", "application/json"),
            ("text/csv;q=0.9, application/json;q=0.1", "text/csv; charset=utf-8"),
            ("Text/CSV ; Q=0.9,application/json;q=.8", "text/csv; charset=utf-8"),
            ("application/json, text/csv", "application/json"),
            ("text/csv, */*", "text/csv; charset=utf-8"),
            ("text/*, */*;q=0.1", "text/csv; charset=utf-8"),
            ("text/*;q=0.3, application/*;q=0.2", "text/csv; charset=utf-8"),
            ("text/csv;q=0", "application/json"),
            ("text/csv;q=0, */*;q=0.5", "application/json"),
            ("text/csv;q=0, application/json;q=0.1, */*", "application/x-ndjson"),
            ("text/csv;q=x, application/json;q=0.1", "application/json"),
            ("image/png", "application/json"),
            (", ;q=1,", "application/json"),
        ],
    )
    def test_accept_chooses_the_format(self, client, accept, content_type):
        response = client.get("/api/v1/plans/", headers={"accept": accept})
        assert response["Content-Type"] == content_type
        assert "Accept" in response["Vary"]

    @pytest.mark.parametrize("accept", ["application/json", "text/html", "application/pdf"])
    def test_the_address_chooses_before_accept(self, client, accept):
        response = client.get("/api/v1/plans/?format=csv", headers={"accept": accept})
        assert response["Content-Type"].startswith("text/csv")

    def test_addresses_in_a_file_are_those_of_the_things(self, client):
        for form in ("csv", "ndjson", "json"):
            body = client.get(f"/api/v1/commitments/?format={form}").getvalue().decode()
            assert "/commitments/US21-PRT-001/" in body
            assert "?format" not in body.replace("?format=json&cursor", "")

    @pytest.mark.parametrize(
        ("address", "parameter", "says"),
        [
            ("commitments/?format=csv&page_size=5", "page_size", "csv gives every row"),
            ("agencies/?format=ndjson&cursor=x", "cursor", "ndjson gives every row"),
            ("changes/?format=xlsx&limit=5", "limit", "xlsx gives every row"),
            ("commitments/?format=csv&format=json", "format", "once"),
            ("commitments/?format=xls", "format", "“xlsx”"),
            ("commitments/?format=csv&pilar=protection", "pilar", "“pillar”"),
            ("commitments/?format=csv&fields=titel", "fields", "“title”"),
            ("commitments/?format=csv&expand=plans", "expand", "“plan”"),
            ("commitments/?expand=plans&q=nothing", "expand", "“plan”"),
            ("plans/us-nap-2021/?format=csv", "format", "Lists come as csv; this address"),
            ("statuses/?format=xlsx", "format", "Lists come as xlsx; this address"),
            ("stats/?by=status&order=code", "order", "no order to choose"),
            ("changes/?as_of=2024-01-01", "as_of", "Use known_at"),
        ],
    )
    def test_what_is_wrong_is_said_in_json(self, client, address, parameter, says):
        for headers in ({}, {"accept": "text/csv"}):
            response = client.get(f"/api/v1/{address}", headers=headers)
            assert response.status_code == 400
            assert response["Content-Type"] == "application/json"
            error = response.json()["errors"][0]
            assert error["attr"] == parameter
            assert says in error["detail"]

    @pytest.mark.parametrize("address", ["commitments/NO-SUCH/reviews/", "nothing/"])
    def test_what_is_not_there_is_a_404_in_json(self, client, address):
        response = client.get(f"/api/v1/{address}?format=csv")
        assert response.status_code == 404
        assert response.json()["errors"][0]["code"] == "not_found"

    def test_proposals_are_for_those_who_write(self, client):
        address = "/api/v1/commitments/US21-PRT-001/proposals/?format=csv"
        response = client.get(address)
        assert response.status_code == 401
        assert response.json()["errors"]

    def test_other_methods_are_answered_in_json(self, client):
        assert client.delete("/api/v1/plans/?format=csv").status_code == 405
        options = client.options("/api/v1/plans/?format=csv")
        assert options.status_code == 200
        assert options["Content-Type"] == "application/json"

    def test_nothing_found_is_a_valid_file(self, client):
        address = "/api/v1/commitments/?q=xylophone&format="
        heading, rows = table(client.get(f"{address}csv"))
        assert (heading[0], rows) == ("code", [])
        assert client.get(f"{address}ndjson").getvalue() == b""
        assert sheet(client.get(f"{address}xlsx")).max_row == 1

    def test_the_record_until_a_moment(self, client):
        rows = client.get("/api/v1/changes/?limit=500").json()["results"]
        moment = rows[2]["recorded_at"]
        until = client.get(f"/api/v1/changes/?known_at={moment}&format=ndjson")
        found = [json.loads(line) for line in until.getvalue().splitlines()]
        assert found[:2] == rows[:2]
        # Nothing rested on that source yet, so its row was withheld.
        assert found[2:] == [{name: rows[2][name] for name in found[2]} | {"withheld": True}]
        assert (rows[2]["object_type"], rows[2]["withheld"]) == ("source", False)
        after = client.get(f"/api/v1/changes/?after={rows[-2]['seq']}&format=ndjson")
        assert [json.loads(line) for line in after.getvalue().splitlines()] == rows[-1:]

    def test_a_head_has_the_headers_and_reads_no_row(self, client, django_assert_max_num_queries):
        address = "/api/v1/commitments/?format=csv"
        with django_assert_max_num_queries(100) as whole:
            got = client.get(address)
            got.getvalue()
        with django_assert_max_num_queries(len(whole) - 1):
            response = client.head(address)
        assert response.getvalue() == b""
        for name in ("Content-Type", "Content-Disposition", "Row-Count", "ETag"):
            assert response[name] == got[name]
        assert "Content-Length" not in response


class TestNames:
    def test_a_file_is_named_for_its_list_filters_day_and_version(self, client, data):
        version = DatasetVersion.objects.get().seq
        today = dt.datetime.now(dt.UTC).date()

        def name(address):
            return client.get(f"/api/v1/{address}")["Content-Disposition"]

        assert name("commitments/?format=csv&pillar=protection&as_of=2024-03-21") == (
            f'attachment; filename="planwatch-commitments_pillar-protection_as-of-2024-03-21_v{version}.csv"'
        )
        assert name("commitments/US21-PRT-001/reviews/?format=xlsx&fields=note") == (
            f'attachment; filename="planwatch-commitments-US21-PRT-001-reviews_as-of-{today}_v{version}.xlsx"'
        )
        assert name("stats/?format=ndjson&by=pillar,status") == (
            f'attachment; filename="planwatch-stats_by-pillar-status_as-of-{today}_v{version}.ndjson"'
        )
        assert name("plans/") == f'inline; filename="planwatch-plans_as-of-{today}_v{version}.json"'
        assert name("stats/?by=kind&pillar=protection&as_of=2024-03-21") == (
            f'inline; filename="planwatch-stats_by-kind_pillar-protection_as-of-2024-03-21_v{version}.json"'
        )
        assert name("changes/?after=3&limit=2") == (
            f'inline; filename="planwatch-changes_after-3_as-of-{today}_v{version}.json"'
        )
        assert name("datasets/") == (
            f'inline; filename="planwatch-datasets_as-of-{today}_v{version}.json"'
        )

    def test_words_of_any_script_are_kept_and_nothing_else(self, client, data):
        found = client.get("/api/v1/commitments/", {"q": 'niño "../\r\n\\: ‮x', "format": "csv"})
        _, _, encoded = found["Content-Disposition"].partition("filename*=utf-8''")
        assert unquote(encoded).startswith("planwatch-commitments_q-niño-x_as-of-")

    def test_a_long_name_is_cut_and_stays_its_own(self, client):
        def name(query):
            params = client.get("/", {"q": query}).wsgi_request.GET
            return file_name("commitments/", params, dt.date(2024, 1, 1), 7, "csv")

        long = name("名" * 400)
        assert len(long.encode()) < 200
        assert long.endswith("_as-of-2024-01-01_v7.csv")
        assert long != name("名" * 399)


# Cells


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("＝1", "'＝1"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\r\n=1", "'\r\n=1"),
        ("'=1", "''=1"),
        ("'tis", "'tis"),
        ("''tis", "''tis"),
        ("a;=1", "a;=1"),
        ("https://a.example/x;-other\n-b", "https://a.example/x;-other\n-b"),
        ("1-2=3", "1-2=3"),
        ("2024-03-21", "2024-03-21"),
        ("", ""),
        (-5, "-5"),
        (True, "true"),
        (None, ""),
        (["a|b", "=c", "d\\"], "a\\|b|=c|d\\\\"),
        (["=c", "d"], "'=c|d"),
    ],
)
def test_a_cell_that_would_run_is_guarded_as_a_whole_and_nothing_inside_it_is_changed(
    text, written
):
    assert cell_of(text) == written


SIGNS = "=+-@'＝;\t\r\n \"|\\,a1_x0"


@given(st.text(alphabet=st.sampled_from(SIGNS)))
def test_the_guard_is_taken_off_exactly(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).lstrip().startswith(tuple("=+-@＝＋－＠"))


@given(st.lists(st.text(alphabet=st.sampled_from(SIGNS), min_size=1)))
def test_joined_values_are_taken_apart_exactly(values):
    assert values_of(unguarded(cell_of(values))) == values


def test_what_a_sheet_cannot_hold_is_refused_before_anything_is_sent(client, db, monkeypatch):
    make_commitment("US21-PRT-001", summary="x" * 5000)
    monkeypatch.setattr("planwatch.exports.writers.SHEET_CELL", 4999)
    response = client.get("/api/v1/commitments/?format=xlsx")
    assert response.status_code == 400
    assert "omit=summary" in response.json()["errors"][0]["detail"]
    monkeypatch.setattr("planwatch.exports.writers.SHEET_ROWS", 1)
    response = client.get("/api/v1/commitments/?format=xlsx&omit=summary")
    assert response.status_code == 400
    assert "take csv" in response.json()["errors"][0]["detail"]


def test_a_control_character_does_not_break_the_sheet(client, db):
    make_commitment("US21-PRT-001")
    Commitment.objects.update(note="a\x07b")
    write_every_document()
    found = sheet(client.get("/api/v1/commitments/?format=xlsx&fields=note"))
    assert found["A2"].value == "a_x0007_b"
