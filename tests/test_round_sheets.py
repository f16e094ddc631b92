"""A focal point's spreadsheet: what comes out goes back in, and nothing is lost or overwritten on the way."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from commitments import services
from commitments.models import RoundAnswer
from tests.editor_pages import holds
from tests.example_round import ANSWER, DOCUMENT, answer, invitation_of
from tests.factories import ACTOR, make_commitment
from tests.test_rounds import CODE, HIDDEN, item  # noqa: F401

pytestmark = pytest.mark.django_db
LINE = "https://example.org/made-up-report | Made up for a test: annual report | 2024-05 | page 12"
SECOND = "US21-PRT-004"


@pytest.fixture
def link(item):  # noqa: F811
    make_commitment(SECOND, lead_agencies=["dhs"])
    return f"?key={services.link_key(invitation_of(item, 'dhs'))}"


def downloaded(client, link):
    response = client.get(f"/rounds/sheet.xlsx{link}")
    assert response["Cache-Control"] == "private, no-store"
    sheet = load_workbook(io.BytesIO(response.content)).active
    head, *rows = [
        ["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)
    ]
    return [dict(zip(head, map(str, row), strict=True)) for row in rows]


def send(client, link, data, name="answers.xlsx"):
    file = SimpleUploadedFile(name, data)
    return client.post(f"/rounds/sheet/{link}", {"file": file})


def as_xlsx(rows):
    book = Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append([str(value) for value in row.values()])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_the_sheet_has_the_agencys_commitments_with_its_answers(client, link, item):  # noqa: F811
    answer(item, "dhs")
    first, second = downloaded(client, link)
    assert (first["code"], first["version"], first["documents"]) == (CODE, "1", LINE)
    assert {name: first[name] for name in ("wording", "done")} == {
        name: ANSWER[name] for name in ("wording", "done")
    }
    assert (second["code"], second["wording"], second["version"]) == (SECOND, "", "0")
    assert HIDDEN not in str([first, second])


def test_a_sheet_that_comes_back_unchanged_changes_nothing(client, link, item):  # noqa: F811
    answer(item, "dhs")
    before = list(RoundAnswer.objects.values())
    for rows in (as_xlsx(downloaded(client, link)), None):
        data = rows or client.get(f"/rounds/sheet.xlsx{link}").content
        assert send(client, link, data).status_code == 302
    assert list(RoundAnswer.objects.values()) == before


@pytest.mark.parametrize(("write", "name"), [(as_xlsx, "a.xlsx"), (as_csv, "a.CSV")])
def test_what_was_filled_in_is_saved_as_drafts(client, link, item, write, name):  # noqa: F811
    rows = downloaded(client, link)
    rows[0] |= {"wording": "=1+1 on track", "done": "Two\nlines.", "documents": f"{LINE}\n{LINE}"}
    answered = send(client, link, write(rows).replace(b"=1+1", b"'=1+1"), name)
    if write is as_xlsx:
        assert answered.status_code == 422 and holds(answered, "This is a formula.")
        rows[0]["wording"] = "on track"
        answered = send(client, link, write(rows), name)
    assert answered.status_code == 302, answered.content.decode()
    row = RoundAnswer.objects.get()
    assert (row.state, row.done) == ("draft", "Two\nlines.")
    assert row.wording.endswith("on track") and row.documents == [DOCUMENT, DOCUMENT]
    assert holds(client.get(answered.url), "1 answer saved as a draft.")


def test_a_row_that_somebody_changed_meanwhile_is_refused_with_all_others(client, link, item):  # noqa: F811
    rows = downloaded(client, link)
    answer(item, "dhs", SECOND)
    for row in rows:
        row["done"] = "From the sheet."
    page = send(client, link, as_xlsx(rows))
    assert page.status_code == 422
    assert holds(page, "Row 3: Somebody saved this answer since")
    assert RoundAnswer.objects.get().done == ANSWER["done"]


def test_a_column_that_is_missing_leaves_what_is_stored(client, link, item):  # noqa: F811
    answer(item, "dhs")
    send(client, link, as_csv([{"code": CODE, "version": 1, "wording": "Delayed"}]), "a.csv")
    row = RoundAnswer.objects.get()
    assert (row.wording, row.done, row.documents) == ("Delayed", ANSWER["done"], [DOCUMENT])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"code": "US21-PRT-002", "done": "x"}, "Row 2: This round does not ask you"),
        ({"code": HIDDEN, "done": "x"}, "Row 2: This round does not ask you"),
        ({"code": CODE, "documents": "https://example.org/"}, "Give address, title and day"),
        ({"code": CODE, "wording": "x" * 201}, "at most 200 characters"),
        ({"code": CODE, "version": "one", "done": "x"}, "Somebody saved this answer"),
        ({"done": "x"}, "the column “code” is missing"),
    ],
)
def test_a_row_that_cannot_be_taken_is_refused_with_its_place(client, link, row, words):
    page = send(client, link, as_csv([row]), "a.csv")
    assert page.status_code == 422 and holds(page, words)
    assert not RoundAnswer.objects.exists()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "a.xlsx"),
        (b"x", "a.xlsx"),
        (b"\xff\xfe", "a.csv"),
        (b"code", "a.ods"),
        (b"code,done\n" + b"x" * 6_000_000, "a.csv"),
        (b"\n\n", "a.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(client, link, data, name):
    page = send(client, link, data, name)
    assert page.status_code == 422 and holds(page, "Please put right")


def test_an_answer_that_was_published_is_not_changed_by_a_sheet(client, link, item):  # noqa: F811
    services.publish_answer(number=answer(item, "dhs").pk, actor=ACTOR)
    rows = downloaded(client, link)
    assert send(client, link, as_xlsx(rows)).status_code == 302
    rows[0]["done"] = "Other."
    page = send(client, link, as_xlsx(rows))
    assert holds(page, "The editors have already published this answer.")


def test_nobody_sends_or_gets_a_sheet_without_the_link(client, link):
    for address in ("/rounds/sheet/", "/rounds/sheet.xlsx"):
        assert client.get(f"{address}?key=x").status_code == 404
        assert client.post(f"{address}?key=x").status_code == 404
