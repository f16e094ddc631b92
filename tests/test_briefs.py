"""Briefs: one page to hand on, which says the same as a page, a PDF and a Word file."""

import csv
import datetime as dt
import html
import io
import re

import pytest
from django.test import Client
from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader

from commitments.models import Commitment
from commitments.presenters.brief import first_sentence
from tests.factories import (
    change,
    make_agency,
    make_commitment,
    make_reported_status,
    make_source,
    review,
)

LONG = "An official of the department said that the work goes on, and named no figure for it "
ADDRESSES = [
    "/commitments/brief",
    "/commitments/US21-PRT-001/brief",
    "/pillars/protection/brief",
    "/plans/us-nap-2021/brief",
    "/agencies/dhs/brief",
]


@pytest.fixture
def record(db):
    """More of everything than a page shows, each as long as it may be."""
    make_agency("dhs", name="Department of Homeland Security", short_name="Homeland Security")
    for place in range(7):
        item = make_commitment(
            f"US21-PRT-{place + 1:03d}",
            title=f"Promise {place}, {'with many words ' * 8}",
            lead_agencies=["dhs"] if place else [],
            due_on=dt.date(2022, 12, 31),
        )
        origin = "independent" if place % 2 else "official"
        sources = [
            make_source(
                f"source-{place}-{number}",
                origin=origin,
                title=f"Document {place}.{number} {'on a long matter ' * 6}",
                url=f"https://example.org/{'a-long-address/' * 9}{place}/{number}",
                published_on=dt.date(2023, 1, 1 + place),
            )
            for number in range(3)
        ]
        explanation = f"{LONG * 3}. A second sentence follows."
        change(item, "in_progress", dt.date(2023, 1, 1 + place), sources, explanation=explanation)
        note = f"Not found in the sources read: the report number {place}. Looked on its pages."
        review(item, dt.date(2025, 2, 1), note=note)
    make_reported_status(commitment="US21-PRT-007", source="source-6-0", equivalent="in_progress")
    make_reported_status(source="source-0-0")


def read(address: str) -> str:
    """Return the text of a page or a file without white space, as lines break differently in each."""
    response = Client().get(address)
    assert response.status_code == 200, address
    if address.partition("?")[0].endswith("/"):
        main = response.content.decode().partition("<main")[2].partition("</main>")[0]
        text = html.unescape(re.sub(r"<[^>]+>", " ", main))
    elif ".pdf" in address:
        text = "".join(
            page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages
        )
    else:
        document = Document(io.BytesIO(response.content))
        text = "".join(document.element.body.itertext())
    return "".join(text.split())


def words_of(page) -> list[str]:
    """Return every word of a brief, as each format prints it."""
    said = [
        page.title,
        page.lead,
        page.standing,
        page.key,
        page.proofs if page.bar.total else "",
        page.citation,
        page.promise,
    ]
    for figure in page.figures:
        said += [f"{figure.count} {figure.of}", figure.label, figure.remark]
    for item in page.changes:
        said += [
            item.own,
            item.day,
            item.status.label,
            item.confirmed,
            item.title,
            f"{item.why} {item.refs}",
        ]
    for item in [*page.due, *page.questions]:
        said += [item.text, item.code, item.said]
    said += [*page.own, *page.unknown, *(f"{ref.number}. {ref.words}" for ref in page.refs)]
    return said + [ref.address for ref in page.refs]


def ends_of(address: str, paper: str) -> list[float]:
    """Return how many points above the edge of the one page of a PDF its lines are, the lowest first."""
    response = Client().get(f"{address}.pdf?paper={paper}")
    (page,) = PdfReader(io.BytesIO(response.content)).pages
    assert round(page.mediabox.width) == {"letter": 612, "a4": 595}[paper]
    places = set()
    page.extract_text(
        visitor_text=lambda text, cm, tm, *_: places.add(tm[5]) if text.strip() else 0
    )
    return sorted(places)


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_pdf_and_word_file_say_the_same(record, address):
    page = Client().get(f"{address}/").context["brief"]
    assert len(page.changes) == 5 or "US21" in address
    own = page.own or [change.own for change in page.changes if change.own]
    assert [words.partition(" (")[0] for words in own] == ["Reported by the government: “On track”"]
    for ending in ("/", ".pdf", ".docx"):
        text = read(address + ending)
        for words in words_of(page):
            assert "".join(words.split()) in text, (ending, words)


@pytest.mark.parametrize("paper", ["letter", "a4"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_brief_fills_one_page_of_either_paper(record, address, paper):
    assert min(ends_of(address, paper)) > 27


def test_a_brief_counts_what_the_list_behind_it_counts(record):
    page = Client().get("/agencies/dhs/brief/").context
    assert (
        page["brief"].title
        == "Department of Homeland Security: 0 of 6 commitments completed, 0 without evidence"
    )
    assert Client().get(page["every"]).context["count"] == 6
    assert page["brief"].figures[2].count == "6"
    shown = len(page["brief"].questions)
    assert 0 < shown < 6 and page["brief"].more_questions == f"{shown} of 6 questions"


def test_a_brief_of_a_day_says_what_was_known_of_that_day(record):
    page = Client().get("/pillars/protection/brief/?as_of=2022-06-01").context["brief"]
    assert (page.changes, page.due, page.questions) == ([], [], [])
    assert "7 without evidence" in page.title
    assert page.url.endswith("/pillars/protection/brief/?as_of=2022-06-01")


def test_a_brief_of_a_day_flags_what_was_written_later(record):
    address = "/pillars/protection/brief{}?as_of=2025-03-01"
    page = Client().get(address.format("/")).context["brief"]
    later = [item.later for item in [*page.changes, *page.questions]]
    assert len(later) >= 6 and all(words.startswith("Written later, on ") for words in later)
    for ending in ("/", ".pdf"):
        assert read(address.format(ending)).count("Writtenlater,on") == len(later)


def test_a_brief_prints_nothing_under_nine_points(record):
    sizes = set()
    for address in ADDRESSES:
        response = Client().get(f"{address}.pdf")
        (page,) = PdfReader(io.BytesIO(response.content)).pages
        page.extract_text(
            visitor_text=lambda text, cm, tm, font, size: sizes.add(size) if text.strip() else 0
        )
    assert min(sizes) >= 9


def test_a_brief_of_a_long_search_has_a_short_title(record):
    address = f"/commitments/brief.docx?q={'survivors+' * 40}"
    properties = Document(io.BytesIO(Client().get(address).content)).core_properties
    assert "survivors survivors …" in properties.title


def test_the_bar_of_a_word_file_shows_who_confirmed_a_status_and_what_is_aging(record):
    file = Client().get("/pillars/protection/brief.docx?as_of=2025-02-15").content
    cells = Document(io.BytesIO(file)).element.body.iter(qn("w:tcPr"))
    marks = [
        (
            cell.find(f"{qn('w:tcBorders')}/{qn('w:bottom')}").get(qn("w:val")),
            shade.get(qn("w:val")),
        )
        for cell in cells
        if (shade := cell.find(qn("w:shd"))) is not None
    ]
    assert marks == [("double", "pct20"), ("single", "pct20")]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/pillars/none/brief/", 404),
        ("/agencies/none/brief.pdf", 404),
        ("/commitments/US21-PRT-999/brief/", 404),
        ("/commitments/brief.odt", 404),
        ("/commitments/brief/?status=done", 400),
        ("/commitments/brief.pdf?paper=a5", 400),
        ("/pillars/protection/brief/?pillar=protection", 400),
    ],
)
def test_what_no_brief_can_be_about_is_refused(record, address, status):
    assert Client().get(address).status_code == status


def test_a_sentence_ends_where_a_reader_ends_it():
    text = "The U.S. Mission spoke on Sept. 12 of it. It said more."
    assert first_sentence(text, 100) == "The U.S. Mission spoke on Sept. 12 of it."
    assert first_sentence(text, 20) == "The U.S. Mission …"


def test_questions_are_listed_for_an_agency_and_can_be_taken_along(record):
    page = Client().get("/agencies/dhs/questions/")
    assert [row.code for row in page.context["list"].questions] == [
        f"US21-PRT-{place:03d}" for place in range(2, 8)
    ]
    text = Client().get("/agencies/dhs/questions.txt").content.decode()
    assert "1. The report number 1.\n   Promised: Promise 1, with" in text
    assert "   Looked on its pages.\n   Last review: Feb. 1, 2025" in text
    assert "http://testserver/agencies/dhs/questions/?as_of=" in text
    rows = list(
        csv.DictReader(
            Client().get("/plans/us-nap-2021/questions.csv").content.decode().splitlines()
        )
    )
    assert len(rows) == 7
    assert rows[-1]["asked"] == "No lead agency named"
    assert rows[-1]["question"] == "The report number 0."


def test_a_question_is_closed_by_a_later_review_and_was_not_asked_before_its_own(record):
    item = Commitment.objects.get(code="US21-PRT-002")
    review(item, dt.date(2025, 3, 1), note="The report was published.")
    assert len(Client().get("/agencies/dhs/questions/").context["list"].questions) == 5
    past = Client().get("/agencies/dhs/questions/?as_of=2025-02-15").context["list"].questions
    assert "US21-PRT-002" in [row.code for row in past]
    assert Client().get("/agencies/dhs/questions/?as_of=2025-01-01").context["list"].questions == []
