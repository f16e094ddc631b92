"""Cells of spreadsheets: read as a person sees them, or refused with the cell and what to do."""

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from commitments.imports import xlsx_reader
from commitments.imports.cells import value_problem
from commitments.imports.report import Unreadable
from commitments.imports.spreadsheets import read_spreadsheet
from planwatch.exports.tables import Column, Table
from planwatch.exports.writers import csv_chunks, xlsx_chunks
from tests.test_spreadsheets import AGENCY, JUSTICE, as_csv, as_xlsx, as_zip
from tests.test_upload_bombs import rewritten


def workbook(*rows, change=lambda book, sheet: None):
    """Return an XLSX file of the rows, after `change` has been made to its book and sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    change(book, book.active)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def with_shared_name(shared, *rows):
    """Return an XLSX file in which the name of the first agency is a shared text, as Excel writes all of them."""

    def change(name, content):
        if name == "[Content_Types].xml":
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
            part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
            return content.replace(b"</Types>", part.encode())
        return content.replace(
            b't="inlineStr"><is><t>Department of Justice</t></is>', b't="s"><v>0</v>'
        )

    data = io.BytesIO(rewritten(as_xlsx(*rows), change))
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(
            "xl/sharedStrings.xml", f'<sst xmlns="{namespace}"><si>{shared}</si></sst>'
        )
    return data.getvalue()


def only(data, name="a.xlsx", kind="agency"):
    [row] = read_spreadsheet(data, name, kind)
    return row


def said(row):
    return " ".join(map(str, row.problems))


def refusal(data, name="a.xlsx", kind="agency"):
    with pytest.raises(Unreadable) as error:
        read_spreadsheet(data, name, kind)
    return str(error.value)


# What a person does not see


def merged(book, sheet):
    sheet.merge_cells("C2:C3")


def hidden_row(book, sheet):
    sheet.row_dimensions[2].hidden = True


def hidden_columns(book, sheet):
    sheet.column_dimensions.group("B", "C", hidden=True)


def hidden_sheet(book, sheet):
    book.create_sheet("Old draft").sheet_state = "hidden"


def very_hidden_sheet(book, sheet):
    book.create_sheet("Old draft").sheet_state = "veryHidden"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (merged, "“Sheet”: The cells C2:C3 are merged. Split them"),
        (hidden_row, "Hidden rows: 2. Show them, also by clearing the filter, or delete them."),
        (hidden_columns, "Hidden columns: B, C. Show them or delete them."),
        (hidden_sheet, "has hidden sheets: “Old draft”. Delete them"),
        (very_hidden_sheet, "has hidden sheets: “Old draft”."),
    ],
)
def test_what_is_hidden_or_merged_is_named_and_refused(change, words):
    assert words in refusal(workbook(AGENCY, JUSTICE, ["dol", "Labor", None, "US"], change=change))


def test_a_row_without_height_and_a_column_without_width_are_hidden():
    def change(name, content):
        return content.replace(b'<row r="2"', b'<row r="2" ht="0"').replace(
            b"<sheetData>", b'<cols><col min="3" max="3" width="0"/></cols><sheetData>'
        )

    words = refusal(rewritten(as_xlsx(AGENCY, JUSTICE), change))
    assert "Hidden rows: 2." in words and "Hidden columns: C." in words


def test_hidden_rows_and_columns_beside_the_table_do_no_harm():
    def change(book, sheet):
        sheet.row_dimensions[40].hidden = True
        sheet.column_dimensions.group("M", "Z", hidden=True)

    assert not only(workbook(AGENCY, JUSTICE, change=change)).problems


def test_a_struck_through_cell_is_refused_also_where_only_a_part_of_it_is():
    def whole(book, sheet):
        sheet["B2"].font = Font(strike=True)

    def part(book, sheet):
        sheet["B2"] = CellRichText("Department ", TextBlock(InlineFont(strike=True), "of War"))

    for change in (whole, part):
        row = only(workbook(AGENCY, JUSTICE, change=change))
        assert said(row).startswith("B2 (name): This is struck through. Delete what")


def test_a_struck_part_of_a_shared_text_is_found():
    data = with_shared_name(
        "<r><t>Department </t></r><r><rPr><strike/></rPr><t>of War</t></r>", AGENCY, JUSTICE
    )
    assert "B2 (name): This is struck through." in said(only(data))
    kept = '<r><rPr><strike val="0"/></rPr><t>Department of Justice</t></r>'
    row = only(with_shared_name(kept, AGENCY, JUSTICE))
    assert row.fields["name"] == "Department of Justice"


def test_of_several_sheets_the_one_with_the_headings_is_read_and_named():
    def change(book, sheet):
        sheet.title = "Final"
        book.create_sheet("Notes", 0).append(["What I thought"])
        book.create_sheet("Empty")

    row = only(workbook(AGENCY, JUSTICE, change=change))
    assert (row.place, row.fields["slug"]) == ("sheet “Final”, row 2", "doj")


def test_several_sheets_with_headings_are_refused_with_the_choice():
    def change(book, sheet):
        for row in (AGENCY, JUSTICE):
            sheet.append(row)
        other = book.create_sheet("Draft")
        other.append(AGENCY)

    words = refusal(workbook(AGENCY, JUSTICE, change=change))
    assert "has several sheets: “Sheet”, “Draft”. Keep the one to be read" in words


# What a cell says


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("First._x000D_\nSecond.", "First.\r\nSecond."),
        ("a_x0041_b", "aAb"),
        ("_x005F_x000D_", "_x000D_"),
        ("smile _xD83D__xDE00_", "smile 😀"),
        ("_x00", "_x00"),
    ],
)
def test_characters_that_the_format_escapes_are_read_as_what_they_are(stored, read):
    data = rewritten(
        as_xlsx(AGENCY, JUSTICE),
        lambda name, content: content.replace(b"Department of Justice", stored.encode()),
    )
    assert only(data).fields["name"] == read


def test_a_line_break_of_a_shared_text_is_one():
    data = with_shared_name("<t>First._x000D_\nSecond.</t>", AGENCY, JUSTICE)
    assert only(data).fields["name"] == "First.\r\nSecond."


def test_a_date_is_read_with_no_more_than_is_displayed():
    header = ["slug", "title", "publisher", "kind", "origin", "published_on"]
    shown = {
        "yyyy-mm-dd": "2024-06-03",
        "d mmmm yyyy": "2024-06-03",
        '[$-409]m/d/yy;@"month"': "2024-06-03",
        "mmm-yy": "2024-06",
        '[$-40D]mmmm yyyy"d"': "2024-06",
        "yyyy": "2024",
    }
    for number_format, read_as in shown.items():

        def change(book, sheet, number_format=number_format):
            sheet["F2"].number_format = number_format

        row = [*["report", "A report", "A ministry", "report", "official"], dt.date(2024, 6, 3)]
        read = only(workbook(header, row, change=change), kind="source")
        assert not read.problems
        assert str(read.fields["published_on"]) == read_as


@pytest.mark.parametrize(
    ("value", "number_format", "words"),
    [
        (dt.date(2024, 6, 3), "yyyy-mm-dd", "Format the cell as text"),
        (dt.datetime(2024, 6, 3, 14, 30), "yyyy-mm-dd hh:mm", "a date with a time of day"),
        (dt.time(14, 30), "hh:mm", "a time of day or a duration"),
        (4.1, "General", "Format the cell as text"),
        (7, "000", "displayed otherwise than it is stored"),
        (0.5, "0%", "displayed otherwise"),
        (10**12, "General", "displayed otherwise"),
        (True, "General", "Format the cell as text"),
    ],
)
def test_numbers_and_dates_in_a_text_are_refused_where_they_are_not_what_is_displayed(
    value, number_format, words
):
    def change(book, sheet):
        sheet["B2"] = value
        sheet["B2"].number_format = number_format

    row = only(workbook(AGENCY, JUSTICE, change=change))
    assert said(row).startswith("B2 (name): ") and words in said(row)


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!"])
@pytest.mark.parametrize(("write", "name"), [(as_csv, "a.csv"), (as_xlsx, "a.xlsx")])
def test_an_error_of_the_spreadsheet_is_refused_with_its_cell(write, name, error):
    row = only(write(AGENCY, ["doj", error, "Justice", "US"]), name)
    assert said(row).startswith("B2 (name): ") and error in said(row)


@pytest.mark.parametrize("nothing", ["N/A", "n/a", "null", "None", "-", "—", "–", "TBD", " tbc "])
@pytest.mark.parametrize(("write", "name"), [(as_csv, "a.csv"), (as_xlsx, "a.xlsx")])
def test_a_placeholder_is_no_value_and_the_cell_is_to_be_left_empty(write, name, nothing):
    row = only(write([*AGENCY, "acronym"], [*JUSTICE, nothing]), name)
    assert said(row).startswith(f"E2 (acronym): “{nothing.strip()}” is not a value. Leave the cell")


def test_namibia_and_texts_with_placeholders_in_them_are_values():
    row = only(
        as_csv(AGENCY, ["mti", "Ministry - none of it null", "N/A as a name", "NA"]), "a.csv"
    )
    assert not row.problems


@pytest.mark.parametrize(
    "text", ["Attorney-General’s review", "naïve", "“quoted”", "café – été", "Ärzte", "10 €", "où"]
)
def test_text_in_the_wrong_encoding_is_found_whatever_it_was(text):
    misread = "".join(
        bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode()
    )
    assert "the wrong encoding" in value_problem(misread)
    assert "the wrong encoding" in value_problem(text.encode("cp1252").decode(errors="replace"))
    assert not value_problem(text)


@pytest.mark.parametrize(
    "text",
    ["“CAFÉ”", "AMANHÔ disse", "„Spaß“", "ESPAÑA…", "Ärger – Ünal", "Ελλάδα", "ประเทศ", "CRÈME—"],
)
def test_capitals_with_accents_before_marks_are_not_taken_for_a_wrong_encoding(text):
    assert not value_problem(text)


# Where the table stands


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_line_that_names_the_separator_is_read_as_that(separator):
    data = f"sep={separator}\r\n".encode() + as_csv(AGENCY, JUSTICE, delimiter=separator)
    for mark in (b"", b"\xef\xbb\xbf"):
        row = only(mark + data, "a.csv")
        assert (row.place, row.fields["name"]) == ("row 3", "Department of Justice")


@pytest.mark.parametrize(("write", "name"), [(as_csv, "a.csv"), (as_xlsx, "a.xlsx")])
def test_a_title_above_the_headings_is_named_with_the_row_of_the_headings(write, name):
    words = refusal(write(["Agencies; as of 3 May, 2024"], [], AGENCY, JUSTICE), name)
    assert "the headings are in row 3, and row 1 above them says “Agencies; as of" in words


@pytest.mark.parametrize(("write", "name"), [(as_csv, "a.csv"), (as_xlsx, "a.xlsx")])
def test_a_note_below_the_table_is_refused_as_one(write, name):
    note = ["Source: returns of the departments", "", "", ""]
    first, last = read_spreadsheet(write(AGENCY, JUSTICE, [""] * 4, note), name, "agency")
    assert not first.problems
    assert said(last).startswith("A4 (slug): Only this cell of the row is filled. Delete the row")


@pytest.mark.parametrize(
    "heading",
    [
        "short name",
        "Short\u00a0name",
        "\ufeffSHORT_NAME ",
        "short\u2009-\u200bname",
        "Short  Name*",
    ],
)
def test_headings_are_known_by_their_words(heading):
    assert only(as_csv(["Slug", "NAME", heading, "jurisdiction"], JUSTICE), "a.csv").fields


def test_a_row_that_breaks_off_is_refused_where_it_does():
    row = only(as_csv(AGENCY, JUSTICE[:2]), "a.csv")
    assert said(row).startswith(
        "C2 (short_name): This row ends here: it has 2 cells, and the first"
    )


def test_a_quotation_mark_that_is_not_doubled_is_named_with_its_row():
    data = as_csv(AGENCY, JUSTICE) + b'dol,"The "Labor" office",Labor,US\r\n'
    assert "a.csv, row 3: the quotation marks do not match" in refusal(data, "a.csv")


# What takes memory or time


def test_too_many_elements_are_refused_before_any_is_read(monkeypatch):
    monkeypatch.setattr(xlsx_reader, "MAX_ELEMENTS", 60)
    assert "has too many cells" in refusal(as_xlsx(AGENCY, *[JUSTICE] * 20))


def test_a_row_of_millions_of_empty_cells_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx_reader, "MAX_INSIDE", 1000)
    data = rewritten(
        as_xlsx(AGENCY, JUSTICE),
        lambda name, content: content.replace(b"</row>", b"<c/>" * 2000 + b"</row>", 1),
    )
    assert "has too many cells" in refusal(data)


def test_a_sheet_that_claims_a_million_rows_is_read_by_those_that_it_has():
    data = rewritten(
        as_xlsx(AGENCY, JUSTICE),
        lambda name, content: content.replace(b'"A1:D2"', b'"A1:XFD1048576"').replace(
            b'<row r="2"', b'<row r="1048576"'
        ),
    )
    assert only(data).place == "row 1048576"


def test_a_zip_that_is_no_workbook_is_refused():
    assert "not a readable XLSX" in refusal(as_zip(**{"a.xml": "<a"}))


# Writing and reading

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r=+-@'\"|\\;,_x000D"),
    min_size=1,
).filter(lambda text: text.strip() and not value_problem(text))
COLUMNS = [
    Column(("slug",), "string", False, False, ""),
    Column(("name",), "string", False, False, ""),
    Column(("short_name",), "string", True, False, ""),
]


@pytest.mark.parametrize(("write", "name"), [(csv_chunks, "a.csv"), (xlsx_chunks, "a.xlsx")])
@given(rows=st.lists(st.tuples(TEXTS, st.lists(TEXTS, min_size=2)), min_size=1, max_size=5))
def test_every_cell_that_is_written_is_read_back_exactly(write, name, rows):
    from commitments.imports.sheets import SHEETS
    from commitments.imports.spreadsheets import _filled, _table
    from planwatch.exports.writers import values_of

    items = [{"slug": "x", "name": text, "short_name": values} for text, values in rows]
    data = b"".join(write(Table(COLUMNS, iter(items), len(items))))
    _, table = _table(data, name, SHEETS["agency"])
    _, *found = _filled(table, name)
    assert [(cells[1].value, values_of(cells[2].value)) for _, cells in found] == rows


def test_a_part_of_a_zip_that_is_no_xml_is_not_measured():
    data = io.BytesIO(as_xlsx(AGENCY, JUSTICE))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG")
    assert not only(data.getvalue()).problems
