"""Spreadsheets: what each row would do, all or nothing, on the command line and in the browser."""

import csv
import datetime as dt
import hashlib
import inspect
import io
import zipfile
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from agencies.models import Agency
from commitments.imports import spreadsheets, uploads, views, xlsx_reader
from commitments.imports.report import Moved, Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.sheets import SHEETS
from commitments.imports.spreadsheets import MAX_BYTES, read_spreadsheet
from commitments.imports.yaml_reader import read_zip
from commitments.models import (
    Change,
    Citation,
    Commitment,
    DatasetVersion,
    ImportFile,
    Source,
    StatusChange,
)
from planwatch.accounts.permissions import handle_of
from planwatch.env import Limit
from planwatch.middleware.rate_limit import charge
from tests import factories

pytestmark = pytest.mark.django_db

AGENCY = ["slug", "name", "short_name", "jurisdiction"]
JUSTICE = ["doj", "Department of Justice", "Justice", "US"]


def as_csv(*rows, delimiter=",", encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def as_zip(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def outcomes(data, kind="agency", name="file.csv", **words):
    report = import_rows(read_spreadsheet(data, name, kind), actor="importer", **words)
    return [(each.result, each.detail) for each in report.outcomes]


def version():
    return DatasetVersion.objects.get().seq


# What the rows do


@pytest.mark.parametrize(("write", "name"), [(as_csv, "a.csv"), (as_xlsx, "a.xlsx")])
def test_each_row_says_what_it_would_do_and_a_rehearsal_writes_nothing(write, name):
    factories.make_agency("doj", name="Department of Justice", short_name="Old")
    factories.make_agency("dhs", name="DHS", short_name="DHS")
    before = version()
    data = write(
        AGENCY,
        ["doj", "Department of Justice", "Justice", "US"],
        ["dhs", "DHS", "DHS", "US"],
        ["dol", "Department of Labor", "Labor", "US"],
        ["hud", "", "Housing", "US"],
    )
    said = outcomes(data, name=name, rehearse=True)
    assert said == [
        ("changed", "short_name: 'Old' becomes 'Justice'"),
        ("unchanged", ""),
        ("new", ""),
        ("refused", "B5 (name): This must be filled in."),
    ]
    assert version() == before
    assert not Agency.objects.filter(slug="dol").exists()


def test_one_refused_row_keeps_all_the_others_out():
    said = outcomes(as_csv(AGENCY, JUSTICE, ["x y", "Bad", "Bad", "US"]))
    assert [result for result, _ in said] == ["new", "refused"]
    assert said[1][1].startswith("A3 (slug): ")
    assert not Agency.objects.exists()


def test_the_same_file_twice_changes_nothing():
    data = as_csv(AGENCY, JUSTICE)
    assert outcomes(data) == [("new", "")]
    before = version()
    assert outcomes(data) == [("unchanged", "")]
    assert version() == before


def test_a_column_that_is_left_out_stays_and_an_empty_cell_empties():
    factories.make_agency("above")
    factories.make_agency("doj", acronym="DOJ", url="https://example.org/", parent="above")
    outcomes(as_csv(["slug", "url"], ["doj", ""]))
    agency = Agency.objects.get(slug="doj")
    assert (agency.acronym, agency.url, agency.parent.slug) == ("DOJ", "", "above")


def test_a_new_row_says_which_columns_the_file_lacks():
    [(result, detail)] = outcomes(as_csv(["slug", "name"], ["doj", "Justice"]))
    assert result == "refused"
    assert "short_name, jurisdiction" in detail


def test_commitments_citations_and_status_changes_with_evidence():
    factories.make_plan()
    factories.make_pillar()
    factories.make_agency("doj")
    factories.make_agency("dhs")
    factories.make_source("sheet")
    factories.make_source("report", origin="independent")
    header = ["code", "plan", "pillar", "pillar_basis", "kind", "title", "summary", "announced_on"]
    row = ["US21-PRT-001", "us-nap-2021", "protection", "stated", "aim", "Title", "Text"]
    row += [dt.date(2021, 12, 3), "doj | dhs", "no"]
    data = as_xlsx([*header, "lead_agencies", "is_published"], row)
    assert outcomes(data, "commitment", "c.xlsx") == [("new", "")]
    item = Commitment.objects.get()
    assert [role.agency.slug for role in item.roles.order_by("position")] == ["doj", "dhs"]
    assert not item.is_published
    assert outcomes(data, "commitment", "c.xlsx") == [("unchanged", "")]

    data = as_csv(
        ["commitment", "source", "relation", "locator"],
        ["US21-PRT-001", "sheet", "announces", "page 2"],
    )
    assert outcomes(data, "citation") == [("new", "")]
    assert outcomes(data, "citation") == [("unchanged", "")]
    assert Citation.objects.get().locator == "page 2"

    header = ["commitment", "effective_on", "precision", "status", "explanation"]
    pairs = ["evidence_1_source", "evidence_1_locator", "evidence_2_source", "evidence_2_locator"]
    step = ["US21-PRT-001", "2022-03-15", "month", "in_progress", "Begun."]
    data = as_csv([*header, *pairs], [*step, "sheet", "page 1", "report", "section 4"])
    assert outcomes(data, "statuschange") == [("new", "")]
    change = StatusChange.objects.get()
    assert change.effective_on == dt.date(2022, 3, 1)
    assert [(row.source.slug, row.locator) for row in change.evidence.all()] == [
        ("sheet", "page 1"),
        ("report", "section 4"),
    ]
    assert outcomes(data, "statuschange") == [("unchanged", "")]

    other = as_csv([*header, *pairs[:2]], [*step[:4], "Otherwise.", "sheet", "page 1"])
    [(result, detail)] = outcomes(other, "statuschange")
    assert result == "refused"
    assert "explanation, evidence" in detail
    assert StatusChange.objects.count() == 1


def test_a_refusal_of_the_rules_names_the_cell():
    factories.make_commitment("US21-PRT-001")
    header = ["commitment", "effective_on", "status", "evidence_1_source", "evidence_1_locator"]
    rows = [
        (["2022-03-01", "in_progress", "", ""], "D2 (evidence_1_source): “In progress” needs"),
        (["2001-03-01", "in_progress", "x", "y"], "D2 (evidence_1_source): There is no source x"),
        (["2022-03-01", "in_progress", "", "page 1"], "D2 (evidence_1_source): Name the source"),
        (["2022-13-01", "in_progress", "", ""], "B2 (effective_on): “2022-13-01” is not a date"),
        (["", "in_progress", "", ""], "B2 (effective_on): This must be filled in."),
        (["2022-03-01", "in progres", "", ""], "The nearest is “in_progress”."),
    ]
    for cells, words in rows:
        data = as_csv(header, ["US21-PRT-001", *cells])
        [(result, detail)] = outcomes(data, "statuschange")
        assert result == "refused"
        assert words in detail


def test_a_row_that_stands_twice_is_refused():
    said = outcomes(as_csv(AGENCY, JUSTICE, JUSTICE))
    assert said[1] == ("refused", "A3 (slug): The same stands in row 2.")


def test_a_long_note_of_a_published_commitment_carries_its_public_reason():
    factories.cite(factories.make_commitment("US21-PRT-001"))
    outcomes(
        as_csv(["code", "note"], ["US21-PRT-001", "Line one\nline two, “quoted”"]), "commitment"
    )
    assert Change.objects.last().after["reason"] == "Changed in the imported data."
    assert "line two" in Commitment.objects.get().note


def test_nothing_is_written_once_the_data_set_has_moved():
    rows = read_spreadsheet(as_csv(AGENCY, JUSTICE), "a.csv", "agency")
    seen = version()
    factories.make_agency("other")
    with pytest.raises(Moved):
        import_rows(rows, actor="importer", seen_version=seen)
    assert not Agency.objects.filter(slug="doj").exists()


# How files are read


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_other_delimiters_and_a_byte_order_mark_are_understood(delimiter):
    data = as_csv(AGENCY, JUSTICE, delimiter=delimiter, encoding="utf-8-sig")
    assert outcomes(data) == [("new", "")]


@pytest.mark.parametrize("formula", ["=1+1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"])
@pytest.mark.parametrize(("write", "name"), [(as_csv, "a.csv"), (as_xlsx, "a.xlsx")])
def test_a_formula_is_refused_and_named(write, name, formula):
    data = write(AGENCY, ["doj", formula, "Justice", "US"])
    [(result, detail)] = outcomes(data, name=name)
    assert (result, detail[:29]) == ("refused", "B2 (name): This is a formula.")
    assert not Agency.objects.exists()


def test_a_number_or_date_that_a_spreadsheet_made_of_a_text_is_refused_and_a_whole_number_kept():
    said = outcomes(
        as_xlsx(AGENCY, ["doj", 4.1, "x", "US"], ["dol", dt.date(2024, 1, 2), "x", "US"]),
        name="a.xlsx",
    )
    assert all("Format the cell as text" in detail for _, detail in said)
    assert outcomes(as_xlsx(AGENCY, ["doj", 25, "x", "US"]), name="a.xlsx") == [("new", "")]
    assert Agency.objects.get().name == "25"


def test_unknown_columns_are_named_with_the_nearest():
    with pytest.raises(Unreadable) as error:
        read_spreadsheet(as_csv(["slug", "nmae", "shortname"], JUSTICE), "a.csv", "agency")
    assert "“nmae” is not a column of “Agencies”. The nearest is “name”." in str(error.value)
    assert "“shortname”" in str(error.value) and "“short_name”" in str(error.value)


def test_a_file_of_another_kind_says_of_which():
    with pytest.raises(Unreadable) as error:
        read_spreadsheet(as_csv(AGENCY, JUSTICE), "a.csv", "source")
    assert "These are the columns of “Agencies”: choose that." in str(error.value)


UNREADABLE = [
    ("a.csv", b"", "is empty"),
    ("a.csv", b"  \n ", "is empty"),
    ("a.csv", b"\xef\xbb\xbf", "no rows"),
    ("a.csv", as_csv(AGENCY), "headings and no rows"),
    ("a.csv", as_csv([*AGENCY, "slug"], JUSTICE), "“slug” is there twice"),
    ("a.csv", as_csv(["name"], ["x"]), "“slug” is missing"),
    ("a.csv", as_csv(["slug", "", "name"], ["x", "", "y"]), "Column B has no heading"),
    ("a.csv", as_csv(AGENCY, ["doj", "Justiça", "J", "BR"], encoding="latin-1"), "not UTF-8"),
    ("a.csv", as_csv(AGENCY, JUSTICE, encoding="utf-16"), "not UTF-8"),
    ("a.csv", b"slug,name\ndoj,\0\n", "not a text file"),
    ("a.csv", b'slug,name\ndoj,"open\n', "row 2: the quotation marks do not match"),
    ("a.csv", b'slug,name\ndoj,"a "b" c"\n', "row 2: the quotation marks do not match"),
    ("a.csv", as_xlsx(AGENCY, JUSTICE), "Save it as .xlsx"),
    ("a.csv", as_csv(["slug"] * 300, ["x"]), "more than 200 columns"),
    ("a.xlsx", as_csv(AGENCY, JUSTICE), "not a readable XLSX"),
    ("a.xlsx", as_xlsx(AGENCY, JUSTICE)[:400], "not a readable XLSX"),
    ("a.xlsx", as_zip(a="b"), "not a readable XLSX"),
    ("a.xlsx", b"\xd0\xcf\x11\xe0old", "older or a locked"),
    ("a.xlsx", as_xlsx(["slug", *[f"c{n}" for n in range(250)]], ["x"]), "more than 200 columns"),
    ("a.ods", b"x", "neither CSV nor XLSX"),
    ("a", b"x", "neither CSV nor XLSX"),
]


# Tests are not named by the bytes, which tell the time at which a worker made them.
@pytest.mark.parametrize(
    ("name", "data", "words"),
    UNREADABLE,
    ids=[f"{place} {words}" for place, (_, _, words) in enumerate(UNREADABLE)],
)
def test_a_file_that_cannot_be_read_says_why(name, data, words):
    with pytest.raises(Unreadable, match=words):
        read_spreadsheet(data, name, "agency")


def test_a_file_that_is_too_large_too_long_or_unpacks_to_too_much_is_refused(monkeypatch):
    with pytest.raises(Unreadable, match="larger than 5 MB"):
        read_spreadsheet(b"x" * (spreadsheets.MAX_BYTES + 1), "a.csv", "agency")
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 2)
    with pytest.raises(Unreadable, match="more than 2 rows"):
        read_spreadsheet(as_csv(AGENCY, *[JUSTICE] * 3), "a.csv", "agency")
    monkeypatch.setattr(xlsx_reader, "MAX_UNPACKED", 1000)
    with pytest.raises(Unreadable, match="unpacks to more"):
        read_spreadsheet(as_xlsx(AGENCY, JUSTICE), "a.xlsx", "agency")


def test_empty_rows_are_passed_over_and_the_numbers_stay_those_of_the_file():
    data = as_xlsx(AGENCY, [], [None, None], ["doj", None, "Justice", "US"])
    [(_, detail)] = outcomes(data, name="a.xlsx")
    assert detail.startswith("B4 (name)")


def test_a_cell_without_a_heading_is_refused():
    [(result, detail)] = outcomes(as_csv(AGENCY, [*JUSTICE, "left over"]))
    assert (result, detail) == ("refused", "E2: There is no heading above this cell.")


# Templates


@pytest.mark.parametrize("kind", SHEETS)
def test_the_columns_are_the_words_of_the_service(kind):
    sheet = SHEETS[kind]
    own = {"actor", "reason", "seen_version", "evidence", "announced_in"}
    own |= {"is_addition"}
    words = set(inspect.signature(sheet.service).parameters) - own
    # The number of a step, and what retracts a review, are given to services of their own.
    others = {"seq", "retraction_reason"}
    assert words == {name for name in sheet.columns if not name.startswith("evidence")} - others


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", SHEETS)
def test_a_template_can_be_read_and_its_example_is_never_imported(kind, form):
    data = SHEETS[kind].template(form)
    [(result, detail)] = outcomes(data, kind, f"t.{form}")
    assert result == "refused"
    assert detail.endswith("This is the example of the template. Delete this row.")
    if form == "xlsx":
        book = load_workbook(io.BytesIO(data))
        named = [row[0] for row in book["Columns"].iter_rows(min_row=2, values_only=True)]
        assert named == [column["name"] for column in SHEETS[kind].described()]


# The command


def test_the_command_takes_a_spreadsheet_with_its_kind(tmp_path, capsys):
    path = tmp_path / "agencies.xlsx"
    path.write_bytes(as_xlsx(AGENCY, JUSTICE))
    call_command("import_plan", path, kind="agency", dry_run=True)
    assert not Agency.objects.exists()
    call_command("import_plan", path, kind="agency")
    assert Agency.objects.get().slug == "doj"
    call_command("import_plan", path, kind="agency")
    assert "0 new, 0 changed, 1 unchanged, 0 refused" in capsys.readouterr().out


def test_the_command_asks_for_the_kind_and_refuses_it_for_a_folder(tmp_path):
    path = tmp_path / "agencies.csv"
    path.write_bytes(as_csv(AGENCY, JUSTICE))
    with pytest.raises(CommandError, match=r"--kind jurisdiction\|agency"):
        call_command("import_plan", path)
    with pytest.raises(CommandError, match="is for spreadsheets"):
        call_command("import_plan", tmp_path, kind="agency")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_plan", tmp_path / "none.csv", kind="agency")


# A zip of a plan folder

PILLAR = """
- model: commitments.pillar
  fields: {slug: prevention, code: PRV, name: Prevention, position: 1, summary: ''}
"""


@pytest.mark.parametrize("name", ["pillar.yaml", "my-plan/pillar.yaml"])
def test_a_zip_of_a_folder_holds_the_same_rows(name):
    data = as_zip(**{name: PILLAR, "__MACOSX/x.yaml": "junk", "README.md": "Read me."})
    assert [row.fields["slug"] for row in read_zip(data, "plan.zip")] == ["prevention"]


WRONG_ZIPS = [
    (as_zip(**{"../../pillar.yaml": PILLAR}), "leads out of the folder"),
    (as_zip(**{"/etc/pillar.yaml": PILLAR}), "leads out of the folder"),
    (as_zip(**{"..\\pillar.yaml": PILLAR}), "leads out of the folder"),
    (as_zip(**{"a/pillar.yaml": PILLAR, "b/agency.yaml": "[]"}), "more than one folder"),
    (as_zip(**{"other.yaml": "[]"}), "unknown other.yaml"),
    (as_zip(**{"README.md": "x"}), "no YAML file"),
    (as_zip(**{f"{n}.yaml": "" for n in range(60)}), "60 files"),
    (as_zip(**{"pillar.yaml": " " * 20_000_001}), "unpacks to more than 20 MB"),
    (as_zip(**{"pillar.yaml": "- &a [*a]"}), "refers to nothing above it"),
    (as_zip(**{"pillar.yaml": "[" * 5000}), "not readable YAML"),
    (as_zip(**{"pillar.yaml": "!!python/object/apply:os.system [id]"}), "not readable YAML"),
    (as_zip(**{"pillar.yaml": b"\xff\xfe"}), "not readable YAML"),
    (b"PK\x03\x04 nothing", "not a readable zip"),
    (b"", "not a readable zip"),
]


@pytest.mark.parametrize(
    ("data", "words"),
    WRONG_ZIPS,
    ids=[f"{place} {words}" for place, (_, words) in enumerate(WRONG_ZIPS)],
)
def test_a_zip_that_is_no_plan_is_refused(data, words):
    with pytest.raises(Unreadable, match=words):
        read_zip(data, "plan.zip")


# In the browser


def account(name, role):
    user = get_user_model().objects.create_user(name)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def importer(client):
    user = account("importer", "Administrator")
    client.force_login(user)
    return user


START, CHECK, DONE = "/editor/import/", "/editor/import/check/", "/editor/import/done/"


def send(client, data, name="agencies.csv", kind="agency"):
    file = SimpleUploadedFile(name, data)
    return client.post(START, {"kind": kind, "file": file}, follow=True)


def confirm(client, page, **changes):
    upload = page.context["upload"]
    sent = {"digest": upload.digest, "version": page.context["version"], "action": "import"}
    return client.post(CHECK, sent | changes, follow=True)


def test_a_file_is_looked_at_then_imported_under_the_public_name(client, importer):
    page = send(client, as_csv(AGENCY, JUSTICE))
    assert page.redirect_chain == [(CHECK, 302)]
    text = page.content.decode()
    assert "Nothing has been written" in text
    assert "Import 1 row" in text
    assert not Agency.objects.exists()
    page = confirm(client, page)
    assert page.redirect_chain == [(DONE, 302)]
    assert "1 new" in page.content.decode()
    assert {row.actor for row in Change.objects.all()} == {handle_of(importer)}
    assert not ImportFile.objects.get().data
    assert client.get(CHECK).status_code == 302


def test_a_difference_is_shown_with_both_texts_escaped(client, importer):
    factories.make_agency("doj", name="<script>Old", short_name="Justice")
    text = send(client, as_csv(["slug", "name"], ["doj", "<b>New"])).content.decode()
    assert "&lt;script&gt;Old" in text and "&lt;b&gt;New" in text
    assert "<b>New" not in text


def test_a_refused_row_takes_the_button_away_and_even_a_forced_confirmation_writes_nothing(
    client, importer
):
    page = send(client, as_csv(AGENCY, JUSTICE, ["x y", "", "Short", ""]))
    text = page.content.decode()
    assert 'value="import"' not in text
    assert "B3 (name)" in text
    assert confirm(client, page).status_code == 422
    assert not Agency.objects.exists()


def test_the_dry_run_is_shown_anew_when_the_data_set_has_moved(client, importer):
    page = send(client, as_csv(AGENCY, JUSTICE))
    factories.make_agency("doj", name="Made by somebody else")
    page = confirm(client, page)
    assert page.status_code == 409
    assert "Made by somebody else" in page.content.decode()
    assert Agency.objects.get().name == "Made by somebody else"
    assert confirm(client, page).redirect_chain == [(DONE, 302)]
    assert Agency.objects.get().name == "Department of Justice"


def test_a_confirmation_of_another_file_shows_the_one_that_waits(client, importer):
    first = send(client, as_csv(AGENCY, JUSTICE))
    send(client, as_csv(AGENCY, ["dol", "Department of Labor", "Labor", "US"]))
    page = confirm(client, first)
    assert page.status_code == 409
    assert "dol" in page.content.decode()
    assert not Agency.objects.exists()


@pytest.mark.parametrize("changes", [{"version": ""}, {"version": "x" * 50}, {"action": "look"}])
def test_a_confirmation_that_is_not_one_writes_nothing(client, importer, changes):
    page = send(client, as_csv(AGENCY, JUSTICE))
    assert confirm(client, page, **changes).status_code == 200
    assert not Agency.objects.exists()


def test_a_waiting_file_belongs_to_who_sent_it(client, importer):
    send(client, as_csv(AGENCY, JUSTICE))
    client.logout()
    client.force_login(account("another", "Administrator"))
    assert client.get(CHECK)["Location"] == START


def test_a_file_need_not_be_sent_again_after_signing_in_anew(client, importer):
    send(client, as_csv(AGENCY, JUSTICE))
    client.logout()
    client.force_login(importer)
    assert "agencies.csv is still here" in client.get(START).content.decode()
    assert confirm(client, client.get(CHECK)).redirect_chain == [(DONE, 302)]


def test_a_waiting_file_expires_and_one_that_was_tampered_with_is_not_used(client, importer):
    page = send(client, as_csv(AGENCY, JUSTICE))
    kept = ImportFile.objects.get().data
    ImportFile.objects.update(data="eA==")
    answer = confirm(client, page)
    assert answer.redirect_chain[0] == (START, 302)
    assert "waited for too long" in answer.content.decode()
    ImportFile.objects.update(data=kept, created_at=timezone.now() - 2 * uploads.KEPT_FOR)
    assert client.get(CHECK)["Location"] == START
    assert not Agency.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "kind", "words"),
    [
        ("a.csv", b"", "agency", "is empty"),
        ("a.csv", as_csv(["slug", "nmae"], JUSTICE), "agency", "The nearest is “name”"),
        ("a.zip", b"PK", "agency", "is a zip"),
        ("a.csv", b"slug", "whole", "neither a workbook"),
        ("a.zip", b"PK", "whole", "not a readable zip"),
        ("a.exe", b"MZ", "agency", "neither CSV nor XLSX"),
        ("a.csv", b"x" * (spreadsheets.MAX_BYTES + 1), "agency", "larger than 5 MB"),
        ("a.csv", b"slug", "nonsense", "nonsense is not one of the available"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_of_the_form(
    client, importer, name, data, kind, words
):
    answer = send(client, data, name, kind)
    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&quot;", '"')
    assert not ImportFile.objects.exists()


def test_a_file_is_asked_for(client, importer):
    assert client.post(START, {"kind": "agency"}).status_code == 422


def test_a_long_file_tells_how_far_it_is_and_is_written(client, importer, monkeypatch):
    monkeypatch.setattr(views, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(views, "TOLD_EVERY", 0)
    data = as_csv(AGENCY, JUSTICE, ["dol", "Labor", "Labor", "US"])
    told = b"".join(send(client, data)).decode()
    assert "1 of 2 rows" in told
    assert f'content="0;url={CHECK}"' in told
    page = client.get(CHECK)
    assert "Import 2 rows" in page.content.decode()
    told = b"".join(confirm(client, page)).decode()
    assert f'content="0;url={DONE}"' in told
    assert Agency.objects.count() == 2


def test_a_long_table_has_pages_and_refused_rows_come_first_or_alone(client, importer, monkeypatch):
    monkeypatch.setattr(views, "SHOWN", 2)
    rows = [[f"a{n}", "Name", "Short", "US"] for n in range(5)]
    text = send(client, as_csv(AGENCY, *rows, ["bad", "", "x", "US"])).content.decode()
    assert "Page 1 of 3" in text and "row 7" in text
    alone = client.get(CHECK, {"result": "refused"}).content.decode()
    assert "row 7" in alone and "row 2" not in alone


def test_every_value_of_a_new_row_is_shown_as_the_site_shows_it(client, importer):
    header = ["slug", "title", "publisher", "kind", "origin", "published_on", "url"]
    row = [
        "x",
        "A page",
        "A ministry",
        "agency_page",
        "official",
        "2024-02",
        "https://example.org/",
    ]
    text = send(client, as_csv(header, row), "s.csv", "source").content.decode()
    for value in ("Kind: Agency page", "Origin: Official", "Published on: Feb"):
        assert value in text


def test_what_waits_for_a_refused_row_is_counted_with_it_and_not_named(client, importer):
    tables = {
        "agencies": as_csv(AGENCY, ["doj", "", "Justice", "US"]),
        "sources": as_csv(["slug"], []),
    }
    child = ["sub", "Sub", "Sub", "US", "doj"]
    tables["agencies"] = as_csv([*AGENCY, "parent"], ["doj", "", "Justice", "US", ""], child)
    del tables["sources"]
    files = {f"{name}.csv": data for name, data in tables.items()}
    page = send(client, as_zip(**files), "plan.zip", "whole")
    text = page.content.decode()
    assert "1 row refers to it and waits for it." in text
    assert "1 row cannot be imported" in text
    assert "There is no agency" not in text


def test_a_near_title_is_offered_and_nothing_made_of_it(client, importer):
    factories.make_agency("doj", name="Department of Justice of the Country")
    data = as_csv(AGENCY, ["moj", "The Department of Justice of the country", "Justice", "US"])
    page = send(client, data)
    assert "It is much like doj. If it is the same, write doj" in page.content.decode()
    assert page.content.count(b'name="same"') == 1 and b"checked" not in page.content
    assert set(confirm(client, page).context["counts"].items()) >= {("new", 1), ("changed", 0)}


def test_a_tick_makes_a_new_row_the_one_on_record_that_it_is_much_like(client, importer):
    factories.make_agency("doj", name="Department of Justice of the Country", acronym="DOJ")
    row = ["moj", "The Department of Justice of the country", "Justice", "US", ""]
    below = ["prisons", "Prisons", "Prisons", "US", "moj"]
    page = send(client, as_csv([*AGENCY, "parent"], row, below))

    def say(*names):
        digest = page.context["upload"].digest
        sent = {"digest": digest, "action": "same", "same": names}
        return client.post(CHECK, sent, follow=True)

    said = say("agency:moj", "agency:prisons", "agency:unknown")
    assert {row["key"]: row["result"] for row in said.context["page"]} == {
        "doj": "changed",
        "prisons": "new",
    }
    assert "agency:moj is the same as doj" in said.content.decode()
    assert Agency.objects.count() == 1, "nothing is written by it"
    assert {row["key"] for row in say().context["page"]} == {"moj", "prisons"}
    confirm(client, say("agency:moj"))
    assert dict(Agency.objects.values_list("slug", "parent__slug")) == {
        "doj": None,
        "prisons": "doj",
    }
    justice = Agency.objects.get(slug="doj")
    assert (justice.name, justice.acronym) == ("The Department of Justice of the country", "DOJ")


def test_two_rows_that_are_the_same_row_on_record_are_refused(client, importer):
    factories.make_agency("doj", name="Department of Justice of the Country")
    rows = [[f"moj-{n}", "Department of Justice of the Country", f"J{n}", "US"] for n in "ab"]
    page = send(client, as_csv(AGENCY, *rows))
    sent = {"digest": page.context["upload"].digest, "action": "same"}
    page = client.post(CHECK, sent | {"same": ["agency:moj-a", "agency:moj-b"]}, follow=True)
    assert "says something else of this row" in page.content.decode()
    assert page.context["refused"] == 1


def test_the_time_of_an_import_does_not_keep_its_page_from_being_shown(client, importer, settings):
    settings.PLANWATCH_LIMITS = {"signed_in": Limit(1200, 60)}
    begun = client.get(START).wsgi_request.META
    page = send(client, as_csv(AGENCY, JUSTICE))
    charge(page.wsgi_request.META, 60)
    assert client.get(CHECK).status_code == 200
    charge(begun, 60)
    assert client.get(CHECK).status_code == 429, "of any other page it does"


def test_the_record_names_the_file_and_its_digest_once(client, importer):
    data = as_csv(AGENCY, JUSTICE)
    confirm(client, send(client, data))
    row = Change.objects.get(object_type="importfile")
    digest = hashlib.sha256(data).hexdigest()
    assert row.after == {"name": "agencies.csv", "sha256": digest, "rows": 1}
    assert digest in client.get(DONE).content.decode()
    assert "File imported" in client.get("/changes/").content.decode()
    assert "There is nothing to import" in send(client, data).content.decode()
    call_command("check_integrity")


def test_the_columns_that_are_not_imported_are_named(client, importer, tmp_path, capsys):
    data = as_csv([*AGENCY, "html_url"], [*JUSTICE, "https://example.org/agencies/doj/"])
    text = send(client, data).content.decode()
    assert "fills in by itself are not imported: html_url." in text
    path = tmp_path / "agencies.csv"
    path.write_bytes(data)
    call_command("import_plan", path, kind="agency")
    assert "fills them in by itself: html_url." in capsys.readouterr().out


def test_a_zipped_plan_is_imported(client, importer):
    page = send(client, as_zip(**{"plan/pillar.yaml": PILLAR}), "plan.zip", "whole")
    assert confirm(client, page).redirect_chain == [(DONE, 302)]
    assert client.get(DONE).status_code == 200


@pytest.mark.parametrize("kind", SHEETS)
def test_templates_are_downloads_and_none_else_exists(client, importer, kind):
    for form in ("csv", "xlsx"):
        answer = client.get(reverse("import_template", kwargs={"kind": kind, "form": form}))
        assert answer.status_code == 200
        assert f'filename="planwatch-{kind}.{form}"' in answer["Content-Disposition"]
    assert client.get("/editor/import/templates/change.csv").status_code == 404
    assert client.get(f"/editor/import/templates/{kind}.exe").status_code == 404


ALL = [START, CHECK, DONE, "/editor/import/columns/", "/editor/import/templates/agency.csv"]


@pytest.mark.parametrize("address", ALL)
def test_visitors_sign_in_first_and_others_are_told_what_they_lack(client, address):
    assert client.get(address)["Location"] == f"/accounts/login/?{urlencode({'next': address})}"
    client.force_login(account("contributor", "Contributor"))
    answer = client.get(address)
    assert answer.status_code == 403
    assert "import plans and spreadsheets" in answer.content.decode()


def test_nobody_else_can_send_or_confirm(client):
    client.force_login(account("contributor", "Contributor"))
    data = SimpleUploadedFile("a.csv", as_csv(AGENCY, JUSTICE))
    assert client.post(START, {"kind": "agency", "file": data}).status_code == 403
    assert client.post(CHECK, {"action": "import"}).status_code == 403
    assert not Agency.objects.exists()


def test_the_pages_are_private(client, importer):
    send(client, as_csv(AGENCY, JUSTICE))
    for address in (START, CHECK, "/editor/import/templates/agency.csv"):
        assert client.get(address)["Cache-Control"] == "private, no-store"


def test_sources_without_a_date_are_possible():
    header = ["slug", "title", "publisher", "kind", "origin", "published_on"]
    outcomes(
        as_csv(header, ["page", "A page", "A ministry", "agency_page", "official", ""]), "source"
    )
    assert Source.objects.get().published_on is None


# In parts

PART = f"{START}part/"


def in_parts(client, data, size=10, digest=None, until=None):
    """Send a file as the script does, part by part; return what the last answer says."""
    digest = digest or hashlib.sha256(data).hexdigest()
    at = client.get(f"{PART}?digest={digest}").json()["size"]
    while at < (until or len(data)):
        address = f"{PART}?digest={digest}&offset={at}"
        answer = client.post(address, data[at : at + size], content_type="application/octet-stream")
        at = answer.json()["size"]
    return digest


def test_a_file_whose_sending_broke_off_goes_on_where_it_stopped(client, importer):
    data = as_csv(AGENCY, JUSTICE)
    digest = in_parts(client, data, until=20)
    where = f"{PART}?digest={digest}"
    assert client.get(where).json() == {"size": 20}
    again = client.post(f"{where}&offset=10", data[10:20], content_type="application/octet-stream")
    assert again.json() == {"size": 20}, "a part that came twice is taken once"
    early = {"kind": "agency", "sent": digest, "sent_name": "agencies.csv"}
    page = client.post(START, early)
    assert page.status_code == 422, "half a file is none"
    in_parts(client, data)
    wrong = client.post(START, early | {"kind": "source"})
    assert wrong.status_code == 422
    assert "agencies.csv is here and need not be chosen again" in wrong.content.decode()
    page = client.post(START, early, follow=True)
    assert page.redirect_chain == [(CHECK, 302)]
    assert page.context["upload"].digest == digest
    confirm(client, page)
    assert Agency.objects.get().slug == "doj"
    assert client.get(where).json() == {"size": 0}


def test_a_file_in_parts_is_no_larger_than_another_and_no_one_elses(client, importer):
    data = as_csv(AGENCY, JUSTICE)
    digest = in_parts(client, data)
    other = Client()
    other.force_login(account("other", "Administrator"))
    assert other.get(f"{PART}?digest={digest}").json() == {"size": 0}
    sent = {"kind": "agency", "sent": digest, "sent_name": "agencies.csv"}
    assert other.post(START, sent).status_code == 422
    for address, status in (
        (f"{PART}?digest={digest}&offset={MAX_BYTES}", 413),
        (f"{PART}?digest={digest}&offset=x", 413),
        (f"{PART}?digest=../etc", 404),
    ):
        answer = client.post(address, b"a", content_type="application/octet-stream")
        assert answer.status_code == status
    lying = in_parts(client, data, digest="0" * 64)
    assert client.post(START, sent | {"sent": lying}).status_code == 422
    assert client.get(f"{PART}?digest={digest}").json() == {"size": 0}, "one at a time"


def test_what_was_said_of_a_file_stays_while_it_is_sent_again(client, importer):
    factories.make_commitment(plan="us-nap-2021")
    data = as_csv(["Nr", "Promise"], ["1", "Build a shelter"])
    page = send(client, data, "list.csv", "foreign")
    sent = {"first": "1", "last": "1", "plan": "us-nap-2021", "action": "read"}
    sent |= {"heading": ["Nr", "Promise"], "field": ["", "title"]}
    client.post(f"{START}columns/", sent)
    page = send(client, data, "list.csv", "foreign")
    assert page.redirect_chain == [(f"{START}columns/", 302)]
    assert page.context["mapping"].plan == "us-nap-2021"
