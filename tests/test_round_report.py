"""The draft progress report of a round: the same on the page and in the Word file, and nothing in it that is private."""

import datetime as dt
import io
import re

import pytest
from docx import Document

from commitments import services
from commitments.models import Commitment
from tests.editor_pages import contributor, editor, holds  # noqa: F401
from tests.example_round import ANSWER, fill
from tests.factories import change, make_commitment, make_section, make_source, review
from tests.test_rounds import CODE, HIDDEN, after_the_closing_day, item  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(item):  # noqa: F811
    make_section("goal-1", title="First goal", position=1)
    make_section("goal-2", title="Second goal", position=2)
    services.save_section(
        key="aim", plan="us-nap-2021", title="An aim", position=1, parent="goal-2", actor="x"
    )
    make_commitment("US21-PRT-005", section="aim", title="Below an aim")
    make_commitment("US21-PRT-006", section="goal-1", title="Below the first goal")
    make_commitment("AX21-001", pillar=None, title="Below nothing", pillar_basis="inferred")
    first = Commitment.objects.get(code=CODE)
    change(first, "in_progress", dt.date(2022, 1, 5), [make_source("proof", title="The proof")])
    note = "Not found in the sources read: how many were trained. Read the site."
    review(first, dt.date(2022, 2, 1), note=note)
    fill(item)
    return f"/editor/rounds/{item.pk}/report"


def file_of(client, report):
    return Document(io.BytesIO(client.get(f"{report}.docx").content))


def text_of(document):
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in document.paragraphs), *cells])


def test_page_and_file_say_by_section_what_is_known_reported_and_open(editor, report):  # noqa: F811
    page, text = editor.get(f"{report}/"), text_of(file_of(editor, report))
    for words in (
        "First goal",
        "Second goal / An aim",
        "Below an aim",
        "The proof",
        "How many were trained.",
        ANSWER["wording"],
        "roughly our “in progress”",
        "HHS: No answer yet.",
    ):
        assert holds(page, words), words
        assert words in text, words
    assert holds(page, "Status over time", "In progress")


def test_the_headings_stand_in_the_order_of_the_plan_and_what_has_none_comes_last(editor, report):  # noqa: F811
    page = editor.get(f"{report}/").content.decode()
    found = re.findall(r'<h2 id="group-\d+"><bdi>(.*?)</bdi>', page)
    assert found == ["First goal", "Second goal / An aim", "Protection", "No pillar stated"]
    headings = [
        each.text for each in file_of(editor, report).paragraphs if each.style.name == "Heading 2"
    ]
    assert [each for each in headings if each in found] == found


def test_nothing_private_and_nothing_unpublished_is_in_a_report(editor, report, item):  # noqa: F811
    for text in (
        editor.get(f"{report}/").content.decode(),
        text_of(file_of(editor, report)),
    ):
        for private in (HIDDEN, "Focal Point", "Nobody Real", "Done (made up)", "say where"):
            assert private not in text


def test_who_did_not_answer_by_the_day_is_told_neutrally(editor, report, item):  # noqa: F811
    after_the_closing_day(item)
    page, text = editor.get(f"{report}/"), text_of(file_of(editor, report))
    assert holds(page, "No answer by") and "HHS: No answer by" in text
    assert "not done" not in (page.content.decode() + text).lower()


def test_the_file_repeats_its_headings_and_names_the_plan(editor, report):  # noqa: F811
    document = file_of(editor, report)
    assert "National Action Plan" in document.core_properties.title
    grids = [table for table in document.tables if table.style.name == "Table Grid"]
    assert grids and all("w:tblHeader" in table._tbl.xml for table in grids)
    years = next(table for table in grids if table.rows[0].cells[0].text == "At the end of")
    assert years.rows[1].cells[0].text == "2021-12"


def test_a_plan_without_commitments_left_has_a_report_too(editor, report):  # noqa: F811
    Commitment.objects.update(is_published=False)
    assert editor.get(f"{report}/").status_code == 200
    assert editor.get(f"{report}.docx").status_code == 200


def test_only_editors_get_a_report(contributor, client, report):  # noqa: F811
    for address in (f"{report}/", f"{report}.docx"):
        assert contributor.get(address).status_code == 403
        assert client.get(address).status_code == 302
