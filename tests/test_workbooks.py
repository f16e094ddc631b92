"""Whole plans as workbooks and as folders of CSV files, and the template of both."""

import io

import pytest
from django.core.management import call_command
from openpyxl import Workbook, load_workbook

from commitments.imports import workbooks
from commitments.imports.report import Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.workbooks import BOOK, read_workbook
from commitments.models import Commitment, Plan
from tests import factories
from tests.test_spreadsheets import as_csv, as_zip

pytestmark = pytest.mark.django_db

SOURCE = {
    "slug": "plan-text",
    "title": "Plan of the city",
    "publisher": "City",
    "published_on": "2024-01",
    "kind": "plan",
    "origin": "official",
    "url": "https://example.org/plan",
}
PLAN = {
    "slug": "xx-2024",
    "jurisdiction": "FR",
    "prefix": "FR24",
    "title": "Plan of the city",
    "document": "plan-text",
    "published_on": "2024-01",
}
COMMITMENT = {
    "plan": "xx-2024",
    "kind": "deliverable",
    "summary": "What is to be done.",
    "announced_on": "2024-01-15",
}
TABLES = {
    # The order of the sheets does not matter.
    "lineage": [
        {"earlier": "FR24-001", "later": "FR24-002", "relation": "relates", "basis": "inferred"}
    ],
    "roles": [
        {"commitment": "FR24-001", "agency": "works", "role": "lead"},
        {"commitment": "FR24-001", "agency": "parks", "role": "lead"},
        {"commitment": "FR24-001", "agency": "sub", "role": "partner"},
    ],
    "themes": [{"commitment": "FR24-001", "theme": "houses"}],
    "status": [
        {
            "commitment": "FR24-001",
            "effective_on": "2024-03",
            "status": "in_progress",
            "explanation": "Work began.",
            "evidence_1_source": "news",
            "evidence_1_locator": "paragraph 2",
        }
    ],
    "reviews": [
        {"commitment": "FR24-002", "reviewed_on": "2024-06-01", "note": "Nothing found."}
        | {"source": "", "locator": ""}
    ],
    "reported_statuses": [
        {
            "commitment": "FR24-001",
            "source": "news",
            "locator": "page 1",
            "wording": "On track",
            "reported_on": "2024-03",
        }
    ],
    "developments": [
        {
            "source": "news",
            "locator": "page 2",
            "reported_on": "2024-03",
            "bearing": "context",
            "sentence": "A court heard the case.",
            "commitments": "FR24-001",
        }
    ],
    "citations": [
        {"commitment": code, "source": "plan-text", "relation": "announces", "locator": "page 3"}
        for code in ("FR24-001", "FR24-002")
    ],
    "commitments": [
        {"code": "FR24-001", "section": "1", "title": "Build houses", **COMMITMENT},
        {"code": "FR24-002", "section": "1-1", "title": "Mend roads", **COMMITMENT},
    ],
    "sections": [
        {"plan": "xx-2024", "key": "1-1", "parent": "1", "title": "Roads", "position": "1"},
        {"plan": "xx-2024", "key": "1", "parent": "", "title": "Works", "position": "1"},
    ],
    "agencies": [
        {"slug": "sub", "name": "Sub office", "short_name": "Sub", "jurisdiction": "FR"}
        | {"parent": "works"},
        {"slug": "works", "name": "Works", "short_name": "Works", "jurisdiction": "FR"},
        {"slug": "parks", "name": "Parks", "short_name": "Parks", "jurisdiction": "FR"},
    ],
    "sources": [
        SOURCE,
        SOURCE
        | {"slug": "news", "kind": "news", "origin": "independent", "published_on": "2024-04"}
        | {"title": "News", "publisher": "Paper", "url": "https://example.org/news"},
    ],
    "plan": [PLAN],
}


def lines(rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [names, *([row.get(name, "") for name in names] for row in rows)]


def book_of(tables):
    """Fill in the template: examples stay where there is nothing else, as in a workbook that somebody began."""
    book = load_workbook(io.BytesIO(workbooks.template()))
    for title, rows in tables.items():
        sheet = book[title]
        sheet.delete_rows(1, 5)
        for row in lines(rows):
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.fixture
def theme(db):
    factories.make_theme("houses")


def results(rows, **words):
    report = import_rows(rows, actor="importer", **words)
    return {(each.result, each.detail) for each in report.outcomes}


def test_a_filled_in_template_is_a_whole_plan_and_twice_changes_nothing(theme):
    data = book_of(TABLES)
    assert results(read_workbook(data, "plan.xlsx")) == {("new", "")}
    item = Commitment.objects.get(code="FR24-001")
    roles = item.roles.order_by("role", "position").values_list("role", "agency__slug")
    assert list(roles) == [("lead", "works"), ("lead", "parks"), ("partner", "sub")]
    assert [row.theme.code for row in item.theme_rows.all()] == ["houses"]
    assert item.status == "in_progress"
    assert results(read_workbook(data, "plan.xlsx")) == {("unchanged", "")}


def test_a_folder_and_a_zip_of_csv_files_have_the_same_rows(theme, tmp_path):
    for title, rows in TABLES.items():
        (tmp_path / f"{title}.csv").write_bytes(as_csv(*lines(rows)))
    call_command("import_plan", tmp_path, verbosity=0)
    assert Commitment.objects.count() == 2
    path = tmp_path / "plan.zip"
    path.write_bytes(as_zip(**{item.name: item.read_bytes() for item in tmp_path.glob("*.csv")}))
    call_command("import_plan", path, verbosity=0)
    (tmp_path / "plan.xlsx").write_bytes(book_of(TABLES))
    call_command("import_plan", tmp_path / "plan.xlsx", verbosity=0)
    assert Plan.objects.get().title == "Plan of the city"


def test_the_template_is_written_by_the_command_and_alone_holds_nothing_to_import(tmp_path):
    path = tmp_path / "plan.xlsx"
    call_command("import_plan", path, template=True)
    book = load_workbook(path)
    assert book.sheetnames == [*BOOK, "codebook"]
    for name, sheet in BOOK.items():
        headings, example = book[name].iter_rows(values_only=True)
        assert headings[: len(sheet.key)] == tuple(sheet.columns)[: len(sheet.key)]
        assert example[0] == sheet.columns[headings[0]].example
    with pytest.raises(Unreadable, match="headings and no rows"):
        read_workbook(path.read_bytes(), "plan.xlsx")


def test_the_codebook_has_every_column_with_the_values_that_it_takes():
    rows = workbooks.codebook()
    named = {(sheet, column): meaning for sheet, column, _, meaning, _ in rows}
    for name, sheet in BOOK.items():
        assert {column for at, column in named if at == name} == {
            column["name"] for column in sheet.described()
        }
    assert "in_progress" in named["status", "status"]
    assert "lead, partner" in named["roles", "role"]


def test_a_problem_of_a_role_is_named_by_its_sheet_and_cell(theme):
    tables = TABLES | {"roles": [{"commitment": "FR24-001", "agency": "works", "role": "boss"}]}
    said = [
        detail
        for result, detail in results(read_workbook(book_of(tables), "plan.xlsx"))
        if result == "refused" and "boss" in detail
    ]
    assert "sheet “roles”, row 2, C2 (role): “boss” is not one of lead, partner." in said[0]


def test_roles_alone_are_those_of_the_commitments_on_record(theme):
    results(read_workbook(book_of(TABLES), "plan.xlsx"))
    more = {"roles": [{"commitment": "FR24-002", "agency": "parks", "role": "lead"}]}
    rows = read_workbook(book_of(more), "plan.xlsx")
    assert [each.result for each in import_rows(rows, actor="importer").outcomes] == ["changed"]
    item = Commitment.objects.get(code="FR24-002")
    assert (item.title, item.agencies.get().slug) == ("Mend roads", "parks")


def test_a_sheet_of_another_name_is_named_with_the_nearest():
    book = Workbook()
    book.active.title = "Comitments"
    book.active.append(["code"])
    data = io.BytesIO()
    book.save(data)
    with pytest.raises(Unreadable, match="“Comitments” is not a sheet .* “commitments”"):
        read_workbook(data.getvalue(), "plan.xlsx")


def test_a_folder_holds_files_of_one_form(tmp_path):
    (tmp_path / "plan.csv").write_text("slug\nx\n")
    (tmp_path / "plan.yaml").write_text("[]\n")
    with pytest.raises(Exception, match="Keep those of one form"):
        call_command("import_plan", tmp_path)
