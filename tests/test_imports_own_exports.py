"""What the site exports can be imported again: every row is unchanged, and what is no import's says so."""

import csv
import datetime as dt
import io
import json
import zipfile
from hashlib import sha256

import pytest
import rfc8785

from commitments import services
from commitments.datasets.archive import build
from commitments.datasets.derived import ALL_TABLES
from commitments.imports.exports import COMPUTED
from commitments.imports.report import Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.sheets import SHEETS
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.models import Change, DatasetVersion
from planwatch.exports.writers import unguarded
from tests.factories import (
    change,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_development,
    make_plan,
    make_reported_status,
    make_site,
    make_source,
    make_theme,
    review,
)
from tests.test_api_writes import Writer

pytestmark = pytest.mark.django_db

# Addresses like this one were changed by a guard inside the cell.
ADDRESS = "https://trade.example/report/forced-labor-to-be-developed;-other-actions;=also"
TEXTS = ["=1+1 is two", "-1; then\n-2", "'=quoted", "@home | away", 'a "word", \\ and more', "'tis"]
LISTS = [
    ("agency", "agencies/"),
    ("source", "sources/"),
    ("plan", "plans/"),
    ("pillar", "pillars/"),
    ("theme", "themes/"),
    ("section", "sections/"),
    ("development", "developments/"),
    ("reportedstatus", "reported-statuses/"),
    ("commitment", "commitments/"),
    (
        "commitment",
        "commitments/?expand=plan,pillar,section,themes,lead_agencies,partner_agencies",
    ),
    ("commitment", "commitments/?as_of=2021-12-20"),
    ("statuschange", "status-changes/"),
    ("statuschange", "commitments/US21-PRT-001/status-changes/"),
    ("review", "commitments/US21-PRT-001/reviews/"),
]
TABLE_KINDS = {
    "sources": "source",
    "jurisdictions": "jurisdiction",
    "agencies": "agency",
    "plans": "plan",
    "pillars": "pillar",
    "themes": "theme",
    "sections": "section",
    "commitments": "commitment",
    "citations": "citation",
    "status_changes": "statuschange",
    "reviews": "review",
    "links": "commitmentlink",
    "developments": "development",
    "reported_statuses": "reportedstatus",
}


@pytest.fixture(scope="class")
def data(world):
    """The world, with everything that is hard to write into a cell and to read out of it."""
    make_site()
    item, source = world["item"], make_source("hard", url=ADDRESS, title=TEXTS[0], note=TEXTS[1])
    make_source("undated", url="", published_on=None)
    make_source("monthly", published_on=dt.date(2022, 1, 1), precision="month")
    make_agency("odp", name=TEXTS[2], short_name=TEXTS[3], parent="hhs")
    make_plan(
        "us-nap-2020",
        title=TEXTS[4],
        document="sheet",
        starts_on=None,
        ends_on=None,
        promised_by="us-nap-2021",
    )
    make_agency("usaid")
    for code in ("training", "shelter"):
        make_theme(code, definition=TEXTS[1], not_this=TEXTS[2], sdg="8.7")
    make_commitment("US21-PRT-010", is_published=False)
    other = make_commitment(
        "US21-PRT-009",
        title=TEXTS[0],
        summary=TEXTS[1],
        note=TEXTS[5],
        pillar=None,
        pillar_basis="inferred",
        lead_agencies=["odp", "hhs"],
        partner_agencies=["usaid"],
        themes=["shelter", "training"],
        due_on=dt.date(2023, 1, 2),
    )
    cite(other, source, note=TEXTS[3], locator=TEXTS[4])
    change(
        other, "in_progress", dt.date(2022, 3, 1), [source, world["source"]], explanation=TEXTS[2]
    )
    correct(item, 1, "not_started", sources=[world["source"]])
    review(other, dt.date(2022, 5, 1), note=TEXTS[0])
    link(other, world["later"], note=TEXTS[4])
    make_development(source="hard", commitments=["US21-PRT-009"], sentence=TEXTS[0])
    make_development(TEXTS[4], source="hard", commitments=(), plan="us-nap-2021")
    make_reported_status(source="hard", wording=TEXTS[0], note=TEXTS[1], equivalent="stalled")
    make_reported_status(
        TEXTS[4], source="hard", commitment="US21-PRT-009", reported_on=None, language="pt-BR"
    )
    return world


def outcomes(content, name, kind):
    report = import_rows(read_spreadsheet(content, name, kind), actor="importer", rehearse=True)
    return report.outcomes


@pytest.fixture(scope="class")
def package(data):
    """The data package of the world, made once for all that read it."""
    file = io.BytesIO()
    build(file, DatasetVersion.objects.get())
    return zipfile.ZipFile(file)


@pytest.mark.usefixtures("data")
class TestEveryExport:
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    @pytest.mark.parametrize(("kind", "address"), LISTS)
    def test_a_list_sent_back_is_unchanged(self, client, kind, address, form):
        mark = "&" if "?" in address else "?"
        response = client.get(f"/api/v1/{address}{mark}format={form}")
        found = outcomes(response.getvalue(), f"a.{form}", kind)
        assert len(found) == int(response["Row-Count"]) > 0
        assert not [(each.key, each.detail) for each in found if each.result != "unchanged"]

    @pytest.mark.parametrize(("table", "kind"), TABLE_KINDS.items())
    def test_a_table_of_the_data_set_sent_back_is_unchanged(self, package, table, kind):
        found = outcomes(package.read(f"csv/{table}.csv"), f"{table}.csv", kind)
        assert found
        assert not [(each.key, each.detail) for each in found if each.result != "unchanged"]

    def test_every_other_table_says_why_it_is_not_imported(self, package):
        others = {table.name for table in ALL_TABLES} - set(TABLE_KINDS)
        assert others == {
            "site",
            "commitment_agencies",
            "commitment_themes",
            "evidence",
            "link_findings",
            "changes",
            "panel",
            "vocabularies",
        }
        for table in others:
            for kind in ("source", "citation", "statuschange"):
                with pytest.raises(Unreadable, match="cannot be imported: it holds"):
                    read_spreadsheet(package.read(f"csv/{table}.csv"), f"{table}.csv", kind)

    @pytest.mark.parametrize(
        "address", ["changes/", "stats/?by=pillar,status", "commitments/US21-PRT-001/proposals/"]
    )
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_every_other_list_says_why_it_is_not_imported(self, data, address, form):
        mark = "&" if "?" in address else "?"
        response = Writer("ed", "Editor").get(f"{address}{mark}format={form}")
        with pytest.raises(Unreadable, match="cannot be imported: it holds"):
            read_spreadsheet(response.getvalue(), f"a.{form}", "commitment")

    def test_what_is_edited_in_an_export_changes_and_nothing_else(self, client):
        text = client.get("/api/v1/sources/?format=csv").getvalue().decode()
        assert ADDRESS in text
        edited = text.replace(ADDRESS, f"{ADDRESS}-2").encode()
        changed = [each for each in outcomes(edited, "a.csv", "source") if each.differences]
        assert [(each.key, [item.name for item in each.differences]) for each in changed] == [
            ("hard", ["url"])
        ]

    def test_an_export_of_an_earlier_release_keeps_its_addresses(self, client):
        text = client.get("/api/v1/sources/?format=csv").getvalue().decode()
        guarded = text.replace(ADDRESS, ADDRESS.replace(";-", ";'-").replace(";=", ";'="))
        assert guarded != text
        found = outcomes(guarded.encode(), "a.csv", "source")
        assert {each.result for each in found} == {"unchanged"}

    def test_the_columns_that_are_passed_over_are_named(self, client, data):
        content = client.get("/api/v1/sources/?format=csv").getvalue()
        row = read_spreadsheet(content, "a.csv", "source")[0]
        assert {"api_url", "html_url", "link.state"} <= set(row.passed_over)
        assert not set(row.passed_over) & set(SHEETS["source"].columns)

    def test_every_row_of_the_record_verifies_from_the_csv(self, package):
        text = package.read("csv/changes.csv").decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert len(rows) == Change.objects.count()
        hashed = 0
        for row in rows:
            header = {
                name: row[name] for name in ("recorded_at", "action", "body_hash", "prev_hash")
            }
            assert digest({"seq": int(row["seq"]), **header}) == row["hash"]
            if row["withheld"] == "false":
                body = {
                    name: json.loads(row[name]) if row[name] else None
                    for name in ("before", "after")
                }
                names = ("object_type", "object_key", "actor", "nonce")
                body |= {name: unguarded(row[name]) for name in names}
                assert digest(body) == row["body_hash"], row["seq"]
                hashed += 1
        assert 0 < hashed < len(rows)


def digest(value):
    return sha256(rfc8785.dumps(value)).hexdigest()


def test_no_column_is_both_read_and_passed_over():
    for kind, names in COMPUTED.items():
        assert not set(names) & set(SHEETS[kind].columns)


def test_an_section_of_another_plan_is_refused():
    make_commitment("US21-PRT-001")
    text = "code,plan,section\nUS21-PRT-001,us-nap-2021,other-plan:protection-1\n"
    [found] = outcomes(text.encode(), "a.csv", "commitment")
    assert found.result == "refused" and "section" in found.detail


def test_exported_evidence_without_its_locators_is_refused():
    item, source = make_commitment("US21-PRT-001"), make_source("sheet")
    services.record_status_change(
        commitment=item.code,
        status="in_progress",
        effective_on=item.announced_on,
        evidence=[services.EvidenceItem(source.slug, "page 1")],
        actor="somebody",
    )
    text = "commitment,effective_on,status,evidence.slug,evidence.locator\n"
    text += f"{item.code},{item.announced_on},in_progress,sheet|sheet,page 1\n"
    [found] = outcomes(text.encode(), "a.csv", "statuschange")
    assert "Give each source of the evidence a locator" in found.detail
