"""Tables of other columns and words: each brought in by its mapping alone."""

import datetime as dt
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.models import Agency
from commitments.imports.foreign_tables import ForeignTable, read
from commitments.imports.mapping import (
    Mapping,
    first_guess,
    read_their_date,
    status_like,
    table_of,
)
from commitments.imports.report import Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.tables import tables_of
from commitments.models import Commitment, ReportedStatus, Source
from tests import factories

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "data" / "foreign"
FILES = ["flat.csv", "list.yaml", "nested.json", "gao.csv", "matrix.xlsx"]


@pytest.fixture(autouse=True)
def plan():
    factories.make_agency("works", name="Ministry of Works", acronym="MOW", jurisdiction="FR")
    factories.make_agency("roads", name="Roads Office", jurisdiction="FR")
    factories.make_source("plan-text", published_on=dt.date(2024, 1, 1))
    factories.make_source(
        "report", published_on=dt.date(2025, 12, 1), url="https://example.org/report"
    )
    return factories.make_plan(
        "xx-2024", jurisdiction="FR", prefix="FR24", published_on=dt.date(2024, 1, 1)
    )


def rows_of(name):
    path = FOLDER / name
    mapping = FOLDER / f"{path.stem}.mapping.yaml"
    return read(path.read_bytes(), name, Mapping.of_file(mapping.read_bytes(), mapping.name))


def brought_in(name):
    report = import_rows(rows_of(name), actor="importer")
    assert report.written, [each.detail for each in report.refused]
    return report


@pytest.fixture
def sections():
    for number in ("1", "2"):
        factories.make_section(number, plan="xx-2024", pillars=[])


def statuses():
    return dict(Commitment.objects.values_list("title", "status"))


@pytest.mark.parametrize("name", FILES)
def test_every_shape_is_brought_in_by_mapping_alone_and_twice_changes_nothing(name, sections):
    report = brought_in(name)
    assert report.count("new")
    again = import_rows(rows_of(name), actor="importer")
    assert {each.result for each in again.outcomes} <= {"unchanged", "left_out", "proposed"}


def test_free_words_become_our_status_and_stay_as_the_reported_one():
    brought_in("flat.csv")
    assert statuses() == {
        "Build 200 homes": "in_progress",
        "Mend the roads": "no_evidence",
        "Plant a forest": "no_evidence",
        "Open a museum": "no_evidence",
    }
    said = dict(ReportedStatus.objects.values_list("commitment__plan_number", "wording"))
    assert said["1.3"] == "On hold since spring"
    assert ReportedStatus.objects.get(commitment__plan_number="1.2").equivalent == "completed"
    roads = Commitment.objects.get(plan_number="1.2")
    assert (roads.code, list(roads.agencies.values_list("slug", flat=True))) == (
        "FR24-002",
        ["works", "roads"],
    )
    assert Agency.objects.get(slug="the-parks-office").jurisdiction == "FR"
    assert not Commitment.objects.get(plan_number="1.4").agencies.exists()


def test_a_step_that_our_rules_refuse_is_left_out_with_the_reason():
    report = import_rows(rows_of("flat.csv"), actor="importer")
    left = [each for each in report.outcomes if each.result == "left_out"]
    assert {each.row.kind for each in left} == {"statuschange"}
    assert all(each.problems for each in left)


def test_a_list_keeps_its_numbers_and_any_date_as_printed():
    brought_in("list.yaml")
    train = Commitment.objects.get(plan_number="4.10")
    assert (train.due_on, train.due_text) == (None, "End of 2025, in stages")
    assert train.status == "in_progress"
    report = Commitment.objects.get(plan_number="4.2")
    assert (report.due_on.isoformat(), report.due_precision) == ("2025-06-30", "month")
    assert report.reported_statuses.get().wording == "Delayed"
    assert (report.status, report.reported_statuses.get().equivalent) == ("no_evidence", "")


def test_a_list_within_a_list_has_the_values_around_it_and_is_a_draft_without_a_source(sections):
    brought_in("nested.json")
    shelter = Commitment.objects.get(plan_number="7")
    assert (shelter.section.key, shelter.agencies.get().slug) == ("1", "works")
    assert shelter.citations.count() == 2
    assert Source.objects.filter(url="https://example.org/a").count() == 1
    assert not Commitment.objects.get(plan_number="8").is_published


def test_a_status_that_no_source_gives_is_left_out_with_a_word_about_it():
    table = b"Promise,State\nBuild a shelter,On track\nTrain the police,\n"
    mapping = Mapping(plan="xx-2024", columns={"Promise": "title", "State": "status"})
    report = import_rows(read(table, "promises.csv", mapping), actor="importer")
    shelter, police = report.outcomes
    assert "“On track” (State) is left out: no source gives it. Choose one." in shelter.notes
    assert not any("left out" in note for note in police.notes)
    assert not Commitment.objects.get(title="Build a shelter").reported_statuses.exists()


def test_a_source_without_an_address_is_the_one_of_its_title_or_a_word_about_it():
    factories.make_source("yearbook", title="Yearbook of the City")
    mapping = Mapping.of(
        {"plan": "xx-2024", "columns": {"Promise": "title", "Proof": "source_title"}}
    )
    data = b"Promise,Proof\nBuild a bridge,yearbook of the city\nPaint it,A letter\n"
    report = import_rows(read(data, "list.csv", mapping), actor="importer")
    assert report.written
    cited = Commitment.objects.get(title="Build a bridge").citations.get()
    assert cited.source.slug == "yearbook"
    (noted,) = (each.notes for each in report.outcomes if each.key == "FR24-002")
    assert "“A letter” is not cited" in " ".join(noted)


def test_keys_that_are_made_end_with_a_whole_word():
    office = "Interdepartmental Office for the Coordination of Municipal Infrastructure"
    page = "https://example.org/a-report-of-the-office-on-municipal-infrastructure-of-the-whole-country"
    columns = {"Promise": "title", "Who": "lead_agencies", "Link": "source_url"}
    mapping = Mapping.of({"plan": "xx-2024", "columns": columns, "agencies": {office: "+"}})
    read_rows = read(f"Promise,Who,Link\nBuild,{office},{page}\n".encode(), "list.csv", mapping)
    made = {row.kind: row.fields.get("slug") for row in read_rows}
    assert made["agency"] == "interdepartmental-office-for-the-coordination-of-municipal"
    assert made["source"] == "example-org-a-report-of-the-office-on-municipal-infrastructure-of-the"


def test_a_long_recommendation_is_the_summary_of_its_shortened_title():
    brought_in("gao.csv")
    first = Commitment.objects.get(plan_number="GAO-24-100")
    assert 250 < len(first.title) <= 300 and first.title.endswith("…")
    assert first.summary.endswith("without delay.")
    assert first.status == "in_progress"


def test_a_matrix_has_headings_of_two_rows_and_agencies_by_marks(sections):
    brought_in("matrix.xlsx")
    homes = Commitment.objects.get(title="Repair 50 homes")
    roles = homes.roles.order_by("role").values_list("role", "agency__slug")
    assert list(roles) == [("lead", "works"), ("partner", "roads")]
    assert [row.wording for row in homes.reported_statuses.order_by("reported_on")] == [
        "begun",
        "done",
    ]
    assert Commitment.objects.get(title="List empty homes").section.key == "1"


def test_what_a_person_says_is_on_record_takes_what_cites_it_along_and_keeps_what_is_not_told():
    factories.make_commitment(
        "FR24-900", plan="xx-2024", title="To build 200 homes", kind="aim", lead_agencies=["works"]
    )
    path = FOLDER / "flat.csv"
    mapping = Mapping.of_file((FOLDER / "flat.mapping.yaml").read_bytes(), "flat.mapping.yaml")
    mapping.sheet = ""
    table = ForeignTable(table_of(tables_of(path.read_bytes(), path.name), mapping), mapping)
    rows = table.rows({"commitment:FR24-002": "FR24-900"})
    report = import_rows(rows, actor="importer")
    assert report.written, [each.detail for each in report.refused]
    known = Commitment.objects.get(code="FR24-900")
    assert (known.title, known.kind) == ("Build 200 homes", "aim")
    assert known.summary != "Build 200 homes" and known.announced_on == factories.ANNOUNCED
    assert known.citations.count() == 2 and known.reported_statuses.count() == 1
    assert not Commitment.objects.filter(code="FR24-002").exists()


def test_an_unknown_agency_is_a_problem_of_its_cell():
    mapping = Mapping(plan="xx-2024", columns={"Action": "title", "Who": "lead_agencies"})
    [row] = read(b"Action,Who\nBuild,Nobody known\n", "a.csv", mapping)
    assert "B2 (Who): “Nobody known” is no agency on record" in str(row.problems[0])


def test_the_first_guess_finds_the_headings_and_fields():
    tables = tables_of((FOLDER / "flat.csv").read_bytes(), "flat.csv")
    mapping = first_guess(tables)
    assert mapping.headings == (2, 2)
    assert mapping.columns["Promise"] == "title"
    assert mapping.columns["Link"] == "source_url"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2024", ("2024", "year")),
        ("March 2024", ("2024-03", "month")),
        ("14 June 2024", ("2024-06-14", "day")),
        ("June 14th, 2024", ("2024-06-14", "day")),
        ("25/12/2024", ("2024-12-25", "day")),
        ("Q2 2025", ("2025-06", "month")),
    ],
)
def test_dates_are_read_as_people_write_them(text, found):
    assert read_their_date(text, None) == found


def test_a_date_that_may_be_two_days_is_asked_for():
    with pytest.raises(ValueError, match="whether the day or the month"):
        read_their_date("03/04/2024", None)
    assert read_their_date("03/04/2024", True)[0] == "2024-04-03"


def test_the_words_of_other_trackers_are_known():
    assert status_like("Partly kept") == "partly_met"
    assert status_like("In the works") == "in_progress"
    assert status_like("Amber") == ""


@pytest.mark.parametrize("word", ["Not yet rated", "Not kept", "Open", "Closed - Implemented"])
def test_a_word_that_stands_for_several_statuses_is_left_to_a_person(word):
    assert status_like(word) == ""


def test_a_mapping_of_another_form_says_what_it_may_have():
    with pytest.raises(Unreadable, match="A mapping has sheet"):
        Mapping.of({"fields": {}})
    with pytest.raises(Unreadable, match="nonsense is no field"):
        Mapping.of({"columns": {"A": "nonsense"}})


# In the browser


def test_a_foreign_table_is_mapped_on_a_page_and_the_mapping_is_kept(client):
    user = get_user_model().objects.create_user("importer")
    user.groups.add(Group.objects.get(name="Administrator"))
    client.force_login(user)
    data = (FOLDER / "flat.csv").read_bytes()

    def send():
        file = SimpleUploadedFile("flat.csv", data)
        return client.post("/editor/import/", {"kind": "foreign", "file": file}, follow=True)

    page = send()
    assert page.redirect_chain == [("/editor/import/columns/", 302)]
    headings = [column["heading"] for column in page.context["columns"]]
    fields = [
        "plan_number",
        "title",
        "lead_agencies",
        "status",
        "reported_on",
        "source_url",
        "",
        "",
    ]
    sent = {"first": "2", "last": "2", "plan": "xx-2024", "source": "plan-text", "action": "next"}
    sent |= {"heading": headings, "field": fields}
    page = client.post("/editor/import/columns/", sent)
    assert "the Parks Office" in page.content.decode()
    agencies = {"the Parks Office": "+", "Roads Office (RO)": "roads"}
    assert {text for text, *_ in page.context["agencies"]} <= set(agencies)
    words = [("Rating", "On hold since spring", "stalled"), ("Last updated", "N/A", "-")]
    words.append(("Rating", "Not yet rated", "no_evidence"))
    sent |= {"agency_text": [*agencies], "agency_ours": [*agencies.values()]}
    for at, name in enumerate(("word_heading", "word_text", "word_ours")):
        sent[name] = [word[at] for word in words]
    page = client.post("/editor/import/columns/", sent, follow=True)
    text = page.content.decode()
    assert page.redirect_chain == [("/editor/import/check/", 302)]
    assert "Wording: On hold since spring" in text
    confirmed = {"digest": page.context["upload"].digest, "version": page.context["version"]}
    client.post("/editor/import/check/", confirmed | {"action": "import"})
    assert Commitment.objects.filter(plan__slug="xx-2024").count() == 4
    kept = send().context["mapping"]
    assert kept.columns["Rating"] == "status"
    assert kept.agencies == agencies
    mapping = client.get("/editor/import/columns/?download=1")
    assert Mapping.of_file(mapping.content, "mapping.json") == kept
