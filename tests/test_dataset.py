"""The data set to take away: valid by the tools that read it, the same bytes from everywhere, and never changed."""

import csv
import hashlib
import html
import io
import json
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile

import duckdb
import frictionless
import mlcroissant
import openpyxl
import pandas
import pytest
import rfc8785
from cffconvert import Citation as CitationFile
from datacite import schema45 as datacite_schema
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections, transaction

from agencies.models import Agency, Jurisdiction
from commitments.datasets import releases
from commitments.datasets.derived import ALL_TABLES
from commitments.models import (
    Change,
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentLink,
    CommitmentTheme,
    DatasetVersion,
    Development,
    DevelopmentCommitment,
    Evidence,
    Pillar,
    Plan,
    Proposal,
    ReportedStatus,
    Review,
    Section,
    SectionPillar,
    Site,
    Source,
    SourceCheck,
    StatusChange,
    Theme,
)
from commitments.services.documents import write_every_document
from planwatch.exports.tables import columns_of
from tests.factories import (
    ANNOUNCED,
    change,
    cite,
    correct,
    make_agency,
    make_commitment,
    make_site,
    make_source,
)
from tests.own_site import serving

# Each after those that it refers to.
MODELS = [
    *(Site, Jurisdiction, Agency, Source, SourceCheck, Plan, Pillar, Theme, Section, Commitment),
    *(SectionPillar, CommitmentAgency, CommitmentTheme, Citation),
    *(
        StatusChange,
        Evidence,
        Review,
        CommitmentLink,
        Development,
        DevelopmentCommitment,
        ReportedStatus,
        Proposal,
        Change,
        Change.commitments.through,
    ),
]
HIDDEN = "Zebrafinch"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.PLANWATCH_DATASETS = str(tmp_path / "datasets")
    return tmp_path / "datasets"


@pytest.fixture
def tracker(world):
    """The world with what a table may find hard: accents, formulas, joints, lists, corrections, what is not public."""
    make_agency("odp", name="Ödp", short_name="=SUM(A1)", parent="hhs")
    words = 'He said "no";\nthen | left'
    make_source("a-b", title="He said | left", note=words, origin="independent", kind="report")
    item = make_commitment(
        "US21-PRT-009",
        lead_agencies=["hhs"],
        partner_agencies=["odp"],
        note="-1",
        due_on="2021-12-05",
    )
    cite(item, Source.objects.get(slug="a-b"), locator="Ärger, § 1")
    cite(item, Source.objects.get(slug="a-b"), locator="an earlier one")
    correct(world["item"], 1, "not_started", sources=[world["source"]])
    hidden = make_commitment("US21-PRT-010", title=HIDDEN, is_published=False)
    cite(hidden, make_source(HIDDEN.lower()), note=HIDDEN)
    return item


def opened(note):
    return zipfile.ZipFile(note.path)


def read_csv(archive, table):
    return list(csv.DictReader(io.TextIOWrapper(archive.open(f"csv/{table}.csv"), "utf-8")))


@pytest.mark.django_db
class TestTheArchive:
    def test_frictionless_finds_it_valid(self, tracker):
        note, _ = releases.publish()
        report = frictionless.Package(str(note.path)).validate()
        assert report.valid, report.flatten(["name", "type", "note"])
        assert len(report.tasks) == 3 * len(ALL_TABLES)

    def test_frictionless_finds_a_row_that_refers_to_nothing_and_a_changed_byte(
        self, tracker, tmp_path
    ):
        note, _ = releases.publish()
        with opened(note) as archive:
            archive.extractall(tmp_path / "unpacked")
        citations = tmp_path / "unpacked" / "csv" / "citations.csv"
        with citations.open("a") as file:
            file.write("US99-XXX-001,sheet,announces,page 9,\r\n")
        path = tmp_path / "unpacked" / "datapackage.json"
        tasks = frictionless.Package(str(path)).validate().tasks
        found = {(task.name, error.type) for task in tasks for error in task.errors}
        kinds = ("hash-count", "byte-count", "foreign-key")
        assert found == {("citations", kind) for kind in kinds}

    def test_the_description_names_size_and_checksum_of_every_table(self, tracker):
        note, _ = releases.publish()
        with opened(note) as archive:
            package = json.loads(archive.read("datapackage.json"))
            assert package["version"] == str(note.version)
            for resource in package["resources"]:
                content = archive.read(resource["path"])
                digest = hashlib.sha256(content).hexdigest()
                assert (resource["bytes"], resource["hash"]) == (len(content), f"sha256:{digest}")

    def test_csv_and_json_hold_the_same_rows(self, tracker):
        note, _ = releases.publish()
        with opened(note) as archive:
            for table in ALL_TABLES:
                plain = json.loads(archive.read(f"json/{table.name}.json"))
                tabular = read_csv(archive, table.name)
                assert len(plain) == len(tabular) == note.rows[table.name], table.name
                assert not plain or list(plain[0]) == list(tabular[0])
            agencies = {row["slug"]: row["short_name"] for row in read_csv(archive, "agencies")}
            assert agencies["odp"] == "'=SUM(A1)"

    def test_the_record_in_it_can_be_checked_with_nothing_else(self, tracker):
        note, _ = releases.publish()
        with opened(note) as archive:
            rows = json.loads(archive.read("json/changes.json"))
        previous = "0" * 64

        def digest(row, *names):
            return hashlib.sha256(rfc8785.dumps({name: row[name] for name in names})).hexdigest()

        for row in rows:
            assert row["prev_hash"] == previous
            header = ("seq", "recorded_at", "action", "body_hash", "prev_hash")
            assert digest(row, *header) == row["hash"]
            if not row["withheld"]:
                body = ("object_type", "object_key", "actor", "before", "after", "nonce")
                assert digest(row, *body) == row["body_hash"]
            previous = row["hash"]
        assert previous == note.hash == DatasetVersion.objects.get().hash
        assert {row["withheld"] for row in rows} == {True, False}

    def test_nothing_unpublished_is_in_it(self, tracker):
        note, _ = releases.publish()
        with opened(note) as archive:
            for name in archive.namelist():
                assert HIDDEN.encode() not in archive.read(name), name
            for name in ("sources", "citations", "commitments"):
                assert HIDDEN.lower().encode() not in archive.read(f"csv/{name}.csv")

    def test_cffconvert_reads_how_to_cite_it(self, tracker):
        note, _ = releases.publish()
        with opened(note) as archive:
            citation = CitationFile(archive.read("CITATION.cff").decode())
        citation.validate()
        assert citation.cffobj["version"] == str(note.version)
        assert citation.cffobj["license"] == "CC-BY-4.0"
        assert "What governments promised" in citation.as_bibtex()

    def test_its_readme_tells_of_every_table_and_column(self, tracker):
        note, _ = releases.publish()
        with opened(note) as archive:
            readme = archive.read("README.md").decode()
        for table in ALL_TABLES:
            assert f"## {table.name}\n" in readme
            for column in table.columns:
                assert f"| `{column.name}` |" in readme

    def test_parquet_holds_the_same_rows_with_their_types(self, tracker, tmp_path):
        note, _ = releases.publish()
        with opened(note) as archive:
            archive.extractall(tmp_path)
            for table in ALL_TABLES:
                plain = json.loads(archive.read(f"json/{table.name}.json"))
                rows = duckdb.read_parquet(str(tmp_path / "parquet" / f"{table.name}.parquet"))
                assert rows.columns == [column.name for column in table.columns]
                assert rows.count("*").fetchall() == [(len(plain),)]
        steps = duckdb.read_parquet(str(tmp_path / "parquet" / "status_changes.parquet"))
        types = dict(zip(steps.columns, map(str, steps.types), strict=True))
        assert (types["effective_on"], types["seq"]) == ("DATE", "BIGINT")
        assert types["recorded_at"] == "TIMESTAMP WITH TIME ZONE"

    def test_the_panel_tells_the_status_at_the_end_of_every_month(self, tracker):
        note, _ = releases.publish()
        code = tracker.code
        with opened(note) as archive:
            panel = [row for row in read_csv(archive, "panel") if row["commitment"] == code]
            steps = [
                row for row in read_csv(archive, "status_changes") if row["commitment"] == code
            ]
        assert panel[0]["date"] == "2021-12-31" and panel[-1]["date"] == str(note.recorded_on)
        for row in panel:
            past = [step for step in steps if step["effective_on"] <= row["date"]]
            assert row["status"] == (past[-1]["status"] if past else "no_evidence"), row["date"]

    def test_the_vocabularies_name_every_value_of_a_cell(self, tracker):
        note, _ = releases.publish()
        with opened(note) as archive:
            named = {
                (row["table"], row["column"], row["value"]): row["label"]
                for row in read_csv(archive, "vocabularies")
            }
            for table in ALL_TABLES:
                for row in read_csv(archive, table.name):
                    for column in table.labeled:
                        value = row[column.name]
                        assert not value or named[table.name, column.name, value], table.name
        assert named["commitments", "status", "in_place"] == "In place"

    def test_datacite_and_croissant_find_their_descriptions_valid(self, tracker, tmp_path):
        make_site(address="https://plans.example.org")
        note, _ = releases.publish()
        with opened(note) as archive:
            archive.extractall(tmp_path)
        described = json.loads((tmp_path / "datacite.json").read_text())
        assert list(datacite_schema.validator.iter_errors(described)) == []
        address = f"https://plans.example.org/data/planwatch-{note.version}.zip"
        assert described["url"] == address
        assert CitationFile((tmp_path / "CITATION.cff").read_text()).cffobj["url"] == address
        crate = mlcroissant.Dataset(jsonld=str(tmp_path / "croissant.json"))
        assert crate.metadata.issues.report() == ""
        assert (crate.metadata.url, crate.metadata.version) == (address, f"{note.version}.0.0")
        first = next(iter(crate.records("pillars")))
        assert first["pillars/slug"].decode() in {pillar.slug for pillar in Pillar.objects.all()}

    @pytest.mark.skipif(
        not shutil.which("Rscript"), reason="R is not installed: apt install r-base-core"
    )
    def test_r_reads_every_table_typed_and_labeled(self, tracker, tmp_path):
        note, _ = releases.publish()
        with opened(note) as archive:
            archive.extractall(tmp_path)
        script = (
            'source("read.R"); cat(length(tables), class(tables$commitments$due_on), '
            "as.character(tables$commitments$status[[1]]), class(tables$panel$is_open), "
            'tables$agencies$short_name[tables$agencies$slug == "odp"], '
            'attr(tables$panel$status, "label"), sep = "|")'
        )
        answer = subprocess.run(
            ["Rscript", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        first = min(Commitment.objects.published(), key=lambda item: item.code)
        label = "The status on that day."
        expected = (
            len(ALL_TABLES),
            "Date",
            first.get_status_display(),
            "logical",
            "=SUM(A1)",
            label,
        )
        assert answer.stdout == "|".join(map(str, expected))

    @pytest.mark.skipif(not shutil.which("pspp"), reason="PSPP is not installed: apt install pspp")
    def test_pspp_reads_every_table_but_the_sites_texts(self, tracker, tmp_path):
        note, _ = releases.publish()
        with opened(note) as archive:
            archive.extractall(tmp_path)
        subprocess.run(["pspp", "read.sps"], cwd=tmp_path, capture_output=True, check=True)
        assert {path.stem for path in tmp_path.glob("*.sav")} == {
            table.name for table in ALL_TABLES
        } - {"site"}

    def test_the_script_for_stata_saves_every_table(self, tracker):
        note, _ = releases.publish()
        with opened(note) as archive:
            script = archive.read("read.do").decode()
        for table in ALL_TABLES:
            assert f'save "stata/{table.name}.dta", replace' in script
            for column in table.columns:
                assert f"\nlabel variable {column.name} " in script


def test_no_description_of_a_column_ends_a_text_of_the_scripts():
    texts = [column.help_text for table in ALL_TABLES for column in table.columns]
    labels = [
        str(label) for table in ALL_TABLES for c in table.labeled for label in c.choices.values()
    ]
    assert [text for text in texts + labels if '"' in text or "\\" in text or "\n" in text] == []


def test_every_column_says_what_it_holds():
    silent = [
        f"{table.name}.{column.name}"
        for table in ALL_TABLES
        for column in table.columns
        if not column.help_text
    ]
    assert silent == []


def test_every_key_and_reference_names_columns_that_there_are():
    tables = {table.name: table for table in ALL_TABLES}
    for table in ALL_TABLES:
        names = {column.name for column in table.columns}
        assert set(table.key) <= names
        for reference in table.references:
            assert set(reference.columns) <= names
            assert reference.key == tables[reference.table or table.name].key


# The same bytes


@pytest.fixture
def few_tables(monkeypatch):
    """Publish what is quickly made, where the file matters and not what is in it."""
    monkeypatch.setattr("commitments.datasets.archive.ALL_TABLES", ALL_TABLES[:3])


@pytest.mark.django_db
class TestTheBytes:
    def test_twice_is_the_same_and_changes_nothing(self, tracker):
        first, is_new = releases.publish()
        written = first.path.stat().st_mtime_ns
        again, is_new_again = releases.publish()
        assert (is_new, is_new_again) == (True, False)
        assert again == first and first.path.stat().st_mtime_ns == written

    def test_another_database_filled_in_another_order_gives_the_same(
        self, tracker, settings, tmp_path
    ):
        ours, _ = releases.publish()
        rows = {model: list(model.objects.order_by("-pk")) for model in MODELS}
        version = DatasetVersion.objects.get()
        kept, described = connections["default"], connections.settings["default"]
        file = tmp_path / "elsewhere.sqlite3"
        connections.settings["default"] = connections.configure_settings(
            {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}}
        )["default"]
        del connections["default"]
        try:
            call_command("migrate", verbosity=0)
            with transaction.atomic():
                for model, items in rows.items():
                    model.objects.bulk_create(items)
                write_every_document()
                version.save()
            settings.PLANWATCH_DATASETS = str(tmp_path / "elsewhere")
            theirs, is_new = releases.publish()
        finally:
            connections.close_all()
            connections["default"] = kept
            connections.settings["default"] = described
        assert is_new
        assert theirs.sha256 == ours.sha256

    def test_a_published_version_never_changes(self, tracker, few_tables, monkeypatch):
        note, _ = releases.publish()
        content = note.path.read_bytes()
        monkeypatch.setattr("commitments.datasets.descriptions.KEYWORDS", ["another"])
        with pytest.raises(CommandError, match="A published version never changes"):
            call_command("publish_dataset")
        assert note.path.read_bytes() == content
        make_source("later")
        newer, is_new = releases.publish()
        assert is_new and newer.version == note.version + 1
        assert note.path.read_bytes() == content

    def test_a_damaged_file_is_noticed(self, tracker, few_tables):
        note, _ = releases.publish()
        note.path.write_bytes(note.path.read_bytes()[:-1])
        altered = note.path.read_bytes()
        with pytest.raises(CommandError, match="is not the file that was published"):
            call_command("publish_dataset")
        with pytest.raises(CommandError, match="does not verify: 1 problems"):
            call_command("verify_record")
        assert note.path.read_bytes() == altered

    def test_what_another_record_published_is_neither_offered_nor_overwritten(
        self, tracker, few_tables
    ):
        note, _ = releases.publish()
        path = note.path.with_suffix(".json")
        path.write_text(path.read_text().replace(note.hash, "f" * 64))
        # As the folder tells when it is another.
        releases._notes.cache_clear()
        assert releases.published() == []
        with pytest.raises(CommandError, match="published from another record"):
            call_command("publish_dataset")


def test_nothing_is_published_of_nothing(db, folder):
    with pytest.raises(CommandError, match="Import a plan first"):
        call_command("publish_dataset")
    assert list(folder.iterdir()) == []


# Over HTTP


@pytest.mark.django_db
@pytest.mark.usefixtures("few_tables")
class TestTheShelf:
    def test_a_file_comes_whole_in_part_and_not_twice(self, client, tracker):
        note, _ = releases.publish()
        address = f"/data/planwatch-{note.version}.zip"
        answer = client.get(address)
        content = b"".join(answer.streaming_content)
        assert hashlib.sha256(content).hexdigest() == note.sha256
        assert answer["Content-Type"] == "application/zip"
        assert int(answer["Content-Length"]) == len(content) == note.bytes
        assert answer["ETag"] == f'"{note.sha256}"'
        assert answer["Content-Disposition"] == f'attachment; filename="{note.name}"'
        again = client.get(address, headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.head(address)["Content-Length"] == str(note.bytes)
        assert client.post(address).status_code == 405

    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("bytes=100-199", 100, 199),
            ("bytes=0-0", 0, 0),
            ("bytes=-1", -1, -1),
            ("bytes=90-", 90, -1),
            ("bytes=-999999999", 0, -1),
            ("bytes=5-999999999", 5, -1),
        ],
    )
    def test_a_range_of_a_file_is_a_range_of_what_is_sent(
        self, client, tracker, asked, first, last
    ):
        note, _ = releases.publish()
        content, size = note.path.read_bytes(), note.bytes
        first, last = first % size, last % size
        answer = client.get(
            f"/data/{note.name}", headers={"Range": asked, "Accept-Encoding": "gzip"}
        )
        assert answer.status_code == 206
        assert b"".join(answer.streaming_content) == content[first : last + 1]
        assert answer["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert int(answer["Content-Length"]) == last - first + 1
        assert answer["ETag"] == f'"{note.sha256}"' and "Content-Encoding" not in answer

    def test_what_is_no_range_is_answered_whole_and_one_behind_the_end_is_416(
        self, client, tracker
    ):
        note, _ = releases.publish()
        address, own = f"/data/{note.name}", f'"{note.sha256}"'
        a_part = {"Range": "bytes=0-9"}

        def status(**headers):
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.get(address, headers=headers).status_code

        for asked in ("bytes=5-3", "bytes=-", "bytes=0-1,4-5", "lines=1-2", "bytes=x-", "bytes"):
            assert status(Range=asked) == 200, asked
        for asked in (f"bytes={note.bytes}-", "bytes=-0"):
            answer = client.get(address, headers={"Range": asked})
            assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{note.bytes}")
        assert status(**a_part, If_Range=own) == 206
        for other in ('"another"', f"W/{own}", "Sun, 29 Nov 2026 00:00:00 GMT"):
            assert status(**a_part, If_Range=other) == 200, other
        assert status(**a_part, If_None_Match=f'"x", {own}') == 304
        assert (status(If_Match=own), status(If_Match='"another"')) == (200, 412)
        head = client.head(address, headers=a_part | {"Accept-Encoding": "gzip"})
        assert (head.status_code, head["Content-Length"]) == (200, str(note.bytes))

    def test_the_latest_leads_to_the_newest(self, client, tracker):
        assert client.get("/data/planwatch-latest.zip").status_code == 404
        releases.publish()
        make_source("later")
        newer, _ = releases.publish()
        answer = client.get("/data/planwatch-latest.zip")
        assert (answer.status_code, answer["Cache-Control"]) == (302, "no-cache")
        assert answer["Location"] == f"/data/planwatch-{newer.version}.zip"

    @pytest.mark.parametrize(
        "name", ["999999", "0{}", "{}.zip", "..", "%2e%2e%2fplanwatch-{}", "-1", "{}%00", "x" * 300]
    )
    def test_what_is_not_published_is_a_404_that_lists_what_is(self, client, tracker, name):
        note, _ = releases.publish()
        answer = client.get(f"/data/planwatch-{name.format(note.version)}.zip", follow=True)
        assert answer.status_code == 404
        if "%2f" not in name:
            assert f'href="/data/planwatch-{note.version}.zip"' in answer.content.decode()

    @pytest.mark.parametrize("address", ["", "planwatch-latest.zip", "planwatch-{}.zip"])
    def test_a_question_about_a_past_day_is_answered_with_where_to_ask(
        self, client, tracker, address
    ):
        note, _ = releases.publish()
        address = f"/data/{address.format(note.version)}"
        for query, words in (
            ("as_of=2024-01-01", "For a day in the past ask a list of the API."),
            ("known_at=2024-01-01", "For a day in the past ask a list of the API."),
            ("pillar=protection", "“pillar” is not a parameter here. This address takes none."),
        ):
            answer = client.get(f"{address}?{query}")
            assert answer.status_code == 400
            assert words in answer.content.decode()

    def test_spreadsheets_read_what_is_published(self, client, tracker):
        releases.publish()
        make_source("later")
        releases.publish()
        expected = client.get("/api/v1/datasets/").json()["results"]
        assert len(expected) == 2

        def file(form):
            return io.BytesIO(client.get(f"/api/v1/datasets/?format={form}").getvalue())

        assert [json.loads(line) for line in file("ndjson")] == expected
        frames = (pandas.read_csv(file("csv")), pandas.read_excel(file("xlsx")))
        for frame in frames:
            for name in ("version", "sha256", "url", "bytes"):
                assert list(frame[name]) == [row[name] for row in expected]
            assert [json.loads(cell) for cell in frame["rows"]] == [row["rows"] for row in expected]

    def test_programs_read_what_is_published(self, client, tracker):
        assert client.get("/api/v1/datasets/").json()["results"] == []
        note, _ = releases.publish()
        (row,) = client.get("/api/v1/datasets/").json()["results"]
        assert row["url"] == f"http://testserver/data/planwatch-{note.version}.zip"
        assert (row["version"], row["sha256"]) == (note.version, note.sha256)
        assert row["rows"]["sources"] == Source.objects.in_use().count()
        assert client.get("/api/v1/datasets/?page=2").status_code == 400

    def test_a_release_note_is_told_to_people_and_programs_and_stays(
        self, client, tracker, tmp_path
    ):
        text = tmp_path / "note.txt"
        text.write_text("One step was corrected.\n\nA plan is new.\n", "utf-8")
        call_command("publish_dataset", note=text, verbosity=0)
        call_command("publish_dataset", verbosity=0)
        (row,) = client.get("/api/v1/datasets/").json()["results"]
        assert row["note"] == "One step was corrected.\n\nA plan is new."
        assert "<p>A plan is new.</p>" in client.get("/data/").content.decode()
        with pytest.raises(CommandError, match="missing.txt"):
            call_command("publish_dataset", note=tmp_path / "missing.txt")

    @pytest.mark.parametrize("address", ["/data/", "/api/v1/datasets/"])
    def test_a_list_kept_by_a_reader_is_renewed_when_a_version_is_published(
        self, client, tracker, address
    ):
        before = client.get(address)["ETag"]
        held = {"If-None-Match": before}
        assert client.get(address, headers=held).status_code == 304
        releases.publish()
        assert client.get(address, headers=held).status_code == 200

    def test_the_page_costs_the_same_for_one_version_as_for_many(
        self, client, tracker, django_assert_num_queries
    ):
        releases.publish()
        with django_assert_num_queries(2):
            client.get("/data/")
        for number in range(3):
            make_source(f"later-{number}")
            releases.publish()
        with django_assert_num_queries(2):
            client.get("/data/")

    def test_the_page_shows_what_is_published_and_every_column(self, client, tracker):
        assert "No version of the data set has been published yet" in page(client)
        note, _ = releases.publish()
        shown = page(client)
        assert note.sha256 in shown and f"/data/planwatch-{note.version}.zip" in shown
        for table in ALL_TABLES:
            for column in table.columns:
                assert f'<span class="code">{column.name}</span>' in shown
            # Also what only the lists of the API give.
            for column in columns_of(table.serializer()):
                assert f'<span class="code">{column.name}</span>' in shown


def page(client):
    return client.get("/data/").content.decode()


# The examples of the page


def example(client, name, site):
    """Return an example as a reader copies it from the page."""
    text = re.search(f'<pre[^>]* id="example-{name}"[^>]*><code>(.*?)</code>', page(client), re.S)[
        1
    ]
    return html.unescape(text).replace("http://testserver", site)


@pytest.fixture
def site(shared_database, client):
    item = make_commitment("US21-PRT-001")
    change(item, "in_progress", sources=[make_source("sheet")])
    releases.publish()
    with serving(get_wsgi_application()) as address:
        yield address


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_example_for_curl_runs(site, client, tmp_path):
    text = example(client, "curl", site)
    subprocess.run(["sh", "-ec", text], cwd=tmp_path, check=True, timeout=60)
    (note,) = releases.published()
    assert releases.checksum(tmp_path / "planwatch.zip") == note.sha256
    rows = list(csv.DictReader((tmp_path / "protection.csv").open(encoding="utf-8")))
    assert [row["code"] for row in rows] == ["US21-PRT-001"]


def test_the_example_for_pandas_runs(site, client, tmp_path):
    (tmp_path / "example.py").write_text(example(client, "pandas", site))
    command = [sys.executable, str(tmp_path / "example.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.search(r"protection +in_progress +1", done.stdout)
    assert re.search(r"2021 +1", done.stdout)


def test_the_example_for_r_reads_a_table_that_there_is(site, client):
    text = example(client, "r", site).partition("unzip(")[0]
    (address,) = re.findall(r'http[^" ]+', text)
    (name,) = re.findall(r'"(csv/[^"]+)"', text)
    with urllib.request.urlopen(address) as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    heading = archive.open(name).readline().decode().split(",")
    assert set(re.findall(r"\$(\w+)", text)) == {"pillar", "status"} <= set(heading)


@pytest.mark.skipif(not shutil.which("Rscript"), reason="needs R")
def test_the_example_for_r_runs(site, client, tmp_path):
    (tmp_path / "example.R").write_text(example(client, "r", site))
    command = ["Rscript", "example.R"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.search(r"in_progress\s+protection +1", done.stdout)


def test_the_addresses_for_spreadsheets_open_as_a_table(site, client):
    with urllib.request.urlopen(example(client, "sheet", site)) as answer:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.read())).active
    (address,) = re.findall(r'IMPORTDATA\("([^"]+)"\)', html.unescape(page(client)))
    with urllib.request.urlopen(address.replace("http://testserver", site)) as answer:
        heading, *rows = csv.reader(io.TextIOWrapper(answer, "utf-8", newline=""))
    assert [cell.value for cell in sheet[1]] == heading
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [row[0] for row in rows]
    announced = sheet.cell(2, heading.index("announced_on") + 1)
    assert announced.is_date and announced.value.date() == ANNOUNCED
