"""Importing a folder: all of it or nothing, the same twice without a trace, and every fault in words."""

import copy
import datetime as dt
import io

import pytest
import yaml
from django.core.management import CommandError, call_command

from commitments.imports.report import Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_folder
from commitments.models import REVISIONS, Change, Commitment, Review, StatusChange
from tests.service_writes import contents

pytestmark = pytest.mark.django_db

DAY = dt.date(2021, 12, 3)
FILES = {
    "agencies.agency": [
        {"slug": "hhs", "name": "Health", "short_name": "Health", "jurisdiction": "US"},
        {
            "slug": "otip",
            "name": "Trafficking Office",
            "short_name": "OTIP",
            "parent": ["hhs"],
            "jurisdiction": "US",
        },
    ],
    "commitments.source": [
        {
            "slug": "sheet",
            "title": "Fact sheet",
            "publisher": "The White House",
            "published_on": dt.date(2022, 6, 10),
            "kind": "fact_sheet",
            "origin": "official",
        },
        {
            "slug": "undated",
            "note": "A standing page without a date.",
            "title": "A page",
            "publisher": "Health",
            "published_on": None,
            "kind": "agency_page",
            "origin": "official",
        },
    ],
    "commitments.pillar": [
        {"slug": "protection", "code": "PRT", "name": "Protection", "position": 2}
    ],
    "commitments.plan": [
        {
            "slug": "us-nap-2021",
            "jurisdiction": "US",
            "title": "National Action Plan",
            "published_on": DAY,
            "document": ["sheet"],
            "predecessor": None,
        }
    ],
    "commitments.section": [
        {
            "plan": ["us-nap-2021"],
            "key": "protection-1",
            "pillars": ["protection"],
            "title": "Identify victims",
            "position": 1,
        }
    ],
    "commitments.commitment": [
        {
            "code": code,
            "plan": ["us-nap-2021"],
            "pillar": ["protection"],
            "pillar_basis": "stated",
            "section": ["us-nap-2021", "protection-1"],
            "kind": "ongoing",
            "title": f"Promise {code}",
            "summary": "Staff are to be trained.",
            "announced_on": DAY,
        }
        for code in ("US21-PRT-001", "US21-PRT-002")
    ],
    "commitments.commitmentagency": [
        {"commitment": ["US21-PRT-001"], "agency": ["hhs"], "role": "lead", "position": 2},
        {"commitment": ["US21-PRT-001"], "agency": ["otip"], "role": "lead", "position": 1},
    ],
    "commitments.citation": [
        {
            "commitment": ["US21-PRT-001"],
            "source": ["sheet"],
            "relation": "announces",
            "locator": "paragraph 3",
        },
        {
            "commitment": ["US21-PRT-002"],
            "source": ["sheet"],
            "relation": "announces",
            "locator": "paragraph 4",
        },
    ],
    "commitments.commitmentlink": [
        {
            "earlier": ["US21-PRT-001"],
            "later": ["US21-PRT-002"],
            "relation": "relates",
            "basis": "stated",
            "source": ["sheet"],
        }
    ],
    "commitments.statuschange": [
        {
            "commitment": ["US21-PRT-001"],
            "seq": 1,
            "effective_on": dt.date(2022, 5, 17),
            "precision": "month",
            "status": "in_progress",
            "corrects": None,
        },
        {
            "commitment": ["US21-PRT-001"],
            "seq": 2,
            "effective_on": dt.date(2022, 6, 1),
            "status": "stalled",
            "explanation": " It was misread. ",
            "corrects": ["US21-PRT-001", 1],
        },
    ],
    "commitments.evidence": [
        {
            "status_change": ["US21-PRT-001", 1],
            "source": ["undated"],
            "locator": "heading",
            "position": 2,
        },
        {
            "status_change": ["US21-PRT-001", 1],
            "source": ["sheet"],
            "locator": "paragraph 3 ",
            "position": 1,
        },
        {"status_change": ["US21-PRT-001", 2], "source": ["sheet"], "locator": "paragraph 4"},
    ],
    "commitments.review": [
        {
            "commitment": ["US21-PRT-001"],
            "reviewed_on": dt.date(2023, 1, 5),
            "note": "Looked for reports; none found.",
            "source": ["sheet"],
            "locator": "page 1",
        },
        {
            "commitment": ["US21-PRT-002"],
            "reviewed_on": dt.date(2023, 1, 5),
            "note": "Looked for reports; none found.",
            "source": None,
        },
    ],
}


@pytest.fixture
def files():
    """The rows of a small plan, for a test to spoil."""
    return copy.deepcopy(FILES)


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for model, rows in files.items():
        entries = [{"model": model, "fields": fields} for fields in rows]
        path = folder / f"{model.partition('.')[2]}.yaml"
        path.write_text(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def load(folder, **options):
    """Run the command; return what it says, and whether it succeeded."""
    out = io.StringIO()
    try:
        call_command("import_plan", str(folder), verbosity=0, stdout=out, **options)
    except CommandError as error:
        assert error.returncode == 1
        return out.getvalue() + str(error), False
    return out.getvalue(), True


# A folder that is right


def test_a_folder_is_written_through_the_services(tmp_path, files):
    said, done = load(write(tmp_path / "plan", files), actor="loader")
    assert (said, done) == ("16 new, 0 changed, 0 unchanged, 0 refused. Written.\n", True)
    item = Commitment.objects.get(code="US21-PRT-001")
    assert (item.status, item.status_since) == ("stalled", dt.date(2022, 6, 1))
    assert item.last_reviewed_on == dt.date(2023, 1, 5), "its review, not the day of the import"
    assert [role.agency.slug for role in item.roles.order_by("position")] == ["otip", "hhs"]
    first, second = item.status_changes.order_by("seq")
    assert (first.effective_on, first.precision) == (dt.date(2022, 5, 1), "month")
    assert [row.source.slug for row in first.evidence.all()] == ["sheet", "undated"]
    assert second.corrects == first
    assert set(Change.objects.values_list("actor", flat=True)) == {"loader"}
    call_command("verify_record", verbosity=0)
    call_command("check_integrity", verbosity=0)


def test_the_same_folder_twice_changes_nothing(tmp_path, files):
    folder = write(tmp_path / "plan", files)
    load(folder)
    before = contents()
    said, done = load(folder)
    assert (said, done) == ("0 new, 0 changed, 16 unchanged, 0 refused. Written.\n", True)
    assert contents() == before


def test_an_import_is_of_one_moment_and_leaves_one_state_of_each_row(tmp_path, files):
    load(write(tmp_path / "plan", files))
    assert Change.objects.values("recorded_at").distinct().count() == 1
    item = Commitment.objects.get(code="US21-PRT-001")
    assert item.changes.count() > 3
    states = REVISIONS[Commitment].objects.filter(code=item.code)
    assert [(row.seq, row.status) for row in states] == [(item.seq, "stalled")]


def test_a_folder_may_hold_one_file(tmp_path, files):
    load(write(tmp_path / "plan", files))
    only = {"commitments.review": files["commitments.review"]}
    only["commitments.review"][0]["note"] = "Looked again."
    said, done = load(write(tmp_path / "more", only))
    assert (said, done) == ("1 new, 0 changed, 1 unchanged, 0 refused. Written.\n", True)
    assert Review.objects.count() == 3


def test_an_edited_row_is_changed_and_the_report_says_how(tmp_path, files):
    load(write(tmp_path / "plan", files))
    files["commitments.commitment"][0]["title"] = "Train staff"
    files["commitments.commitmentagency"].pop()
    said, done = load(write(tmp_path / "plan", files))
    assert done
    assert "commitment.yaml, entry 1 (US21-PRT-001): changed. " in said
    assert "title: 'Promise US21-PRT-001' becomes 'Train staff'" in said
    assert "lead_agencies: ['otip', 'hhs'] becomes ['hhs']" in said
    assert said.endswith("0 new, 1 changed, 15 unchanged, 0 refused. Written.\n")


def test_a_rehearsal_says_the_same_and_writes_nothing(tmp_path, files):
    folder, before = write(tmp_path / "plan", files), contents()
    said, done = load(folder, dry_run=True)
    assert done
    assert said == ("16 new, 0 changed, 0 unchanged, 0 refused. Nothing was written: a dry run.\n")
    assert contents() == before


def test_progress_is_told_row_by_row(tmp_path, files):
    seen = []
    rows = read_folder(write(tmp_path / "plan", files))
    import_rows(rows, actor="loader", progress=seen.append)
    assert seen == [*range(1, len(rows) + 1)]


# A row that is wrong


def spoil(model, number, **fields):
    def apply(files):
        row = files[model][number]
        row.update(fields)
        for name in [name for name, value in fields.items() if value is ...]:
            del row[name]

    return apply


def repeat(model, **fields):
    return lambda files: files[model].append({**files[model][0], **fields})


REFUSED = {
    "an unknown agency above": (
        spoil("agencies.agency", 1, parent=["nowhere"]),
        "agency.yaml, entry 2 (otip): refused. line 13 (parent): There is no agency nowhere.",
    ),
    "a missing field": (
        spoil("commitments.source", 0, title=...),
        "source.yaml, entry 1 (sheet): refused. A field is missing, unknown or of the wrong type:",
    ),
    "an unknown field": (
        spoil("commitments.pillar", 0, colour="red"),
        "pillar.yaml, entry 1 (protection): refused. A field is missing, unknown or of the wrong type:",
    ),
    "a field that the row may not set": (
        spoil("commitments.commitment", 0, status="completed"),
        "commitment.yaml, entry 1 (US21-PRT-001): refused. A field is missing, unknown",
    ),
    "a text for a day": (
        spoil("commitments.source", 0, published_on="last week"),
        "source.yaml, entry 1 (sheet): refused. line 6 (published_on):",
    ),
    "a number for a day": (
        spoil("commitments.statuschange", 0, effective_on=2022),
        "statuschange.yaml, entry 1 (US21-PRT-001 1): refused.",
    ),
    "no day": (
        spoil("commitments.statuschange", 0, effective_on=None),
        "statuschange.yaml, entry 1 (US21-PRT-001 1): refused.",
    ),
    "a day in the future": (
        spoil("commitments.statuschange", 0, effective_on=dt.date(2999, 1, 1)),
        "(effective_on): Give a day from 1990-01-01 to today.",
    ),
    "a list for a text": (
        spoil("commitments.source", 0, title=["a", "b"]),
        "source.yaml, entry 1 (sheet): refused.",
    ),
    "a table for a key": (
        spoil("commitments.citation", 0, source={"slug": "sheet"}),
        "citation.yaml, entry 1 (US21-PRT-001): refused. line 6 (source): Give one value.",
    ),
    "an empty key": (
        spoil("commitments.citation", 0, source=[]),
        "citation.yaml, entry 1",
    ),
    "an unknown kind": (
        spoil("commitments.source", 1, kind="rumour"),
        "source.yaml, entry 2 (undated): refused. line 16 (kind): Value 'rumour' is not a valid choice.",
    ),
    "the section of another plan": (
        spoil("commitments.commitment", 0, section=["us-nap-2027", "protection-1"]),
        "(section): The section belongs to another plan.",
    ),
    "an unknown role": (
        spoil("commitments.commitmentagency", 0, role="leader"),
        "commitment.yaml, entry 1 (US21-PRT-001): refused.",
    ),
    "an agency without a role": (
        spoil("commitments.commitmentagency", 0, role=...),
        "commitment.yaml, entry 1 (US21-PRT-001): refused.",
    ),
    "an agency named by nothing": (
        spoil("commitments.commitmentagency", 0, agency=[]),
        "commitment.yaml, entry 1 (US21-PRT-001): refused.",
    ),
    "an unknown field of a role": (
        spoil("commitments.commitmentagency", 0, note="x"),
        "commitment.yaml, entry 1 (US21-PRT-001): refused.",
    ),
    "evidence from nowhere": (
        spoil("commitments.evidence", 0, source=["nowhere"]),
        "evidence: There is no source nowhere.",
    ),
    "evidence without a place": (
        spoil("commitments.evidence", 0, locator=...),
        "statuschange.yaml, entry 1 (US21-PRT-001 1): refused.",
    ),
    "evidence without a source": (
        spoil("commitments.evidence", 0, source=[]),
        "statuschange.yaml, entry 1 (US21-PRT-001 1): refused.",
    ),
    "evidence with an unknown field": (
        spoil("commitments.evidence", 0, notes="x"),
        "statuschange.yaml, entry 1 (US21-PRT-001 1): refused.",
    ),
    "an illegal step": (
        spoil("commitments.statuschange", 0, status="no_evidence"),
        "statuschange.yaml, entry 1 (US21-PRT-001 1): refused. ",
    ),
    "evidence of a step that is not there": (
        spoil("commitments.statuschange", 1, seq=7),
        "statuschange.yaml has no row US21-PRT-001/2, but another file refers to it.",
    ),
    "a step without a number": (
        repeat("commitments.statuschange", seq=9, status="stalled"),
        "statuschange.yaml, entry 3 (US21-PRT-001 9): refused.",
    ),
    "a correction of no step": (
        spoil("commitments.statuschange", 1, corrects=["US21-PRT-001", 9]),
        "(corrects): Step 9 does not exist here, or was corrected before.",
    ),
    "a correction that names no number": (
        spoil("commitments.statuschange", 1, corrects=["US21-PRT-001"]),
        "statuschange.yaml, entry 2 (US21-PRT-001 2): refused.",
    ),
    "a correction of another commitment": (
        spoil("commitments.statuschange", 1, corrects=["US21-PRT-002", 1]),
        "statuschange.yaml, entry 2 (US21-PRT-001 2): refused.",
    ),
    "a review without a note": (
        spoil("commitments.review", 0, note=...),
        "review.yaml, entry 1",
    ),
    "a review without a day": (
        spoil("commitments.review", 0, reviewed_on=...),
        "reviewed_on: Give a day.",
    ),
    "a link of an unknown relation": (
        spoil("commitments.commitmentlink", 0, relation="follows"),
        "commitmentlink.yaml, entry 1 (US21-PRT-001 US21-PRT-002 sheet): refused. line 7 (relation):",
    ),
    "an actor of its own": (
        spoil("commitments.source", 0, actor="somebody-else"),
        "source.yaml, entry 1 (sheet): refused.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_row_is_named_and_nothing_is_written_at_all(tmp_path, files, name):
    spoil_it, words = REFUSED[name]
    spoil_it(files)
    before = contents()
    said, done = load(write(tmp_path / "plan", files))
    assert not done
    assert words in said
    assert contents() == before


def test_every_refused_row_is_named_not_only_the_first(tmp_path, files):
    spoil("commitments.source", 1, kind="rumour")(files)
    spoil("commitments.commitment", 1, kind="wish")(files)
    said, done = load(write(tmp_path / "plan", files))
    assert not done
    assert "source.yaml, entry 2 (undated)" in said
    assert "commitment.yaml, entry 2 (US21-PRT-002)" in said
    # What refers to a refused row is refused with it, and counted with that.
    assert "1 row refers to it and waits for it." in said
    assert said.endswith(
        "9 new, 0 changed, 0 unchanged, 3 refused, 4 dependent. Nothing was written: mend the refused rows and import again."
    )


def test_a_rehearsal_of_a_refused_row_fails_too(tmp_path, files):
    spoil("commitments.source", 1, kind="rumour")(files)
    said, done = load(write(tmp_path / "plan", files), dry_run=True)
    assert not done
    assert "source.yaml, entry 2 (undated): refused." in said


@pytest.mark.parametrize(
    ("model", "number", "fields", "different"),
    [
        ("commitments.statuschange", 0, {"status": "in_place"}, "status"),
        ("commitments.statuschange", 0, {"effective_on": dt.date(2022, 4, 17)}, "effective_on"),
        ("commitments.statuschange", 0, {"precision": "year"}, "effective_on, precision"),
        ("commitments.statuschange", 0, {"explanation": "New."}, "explanation"),
        ("commitments.statuschange", 1, {"corrects": None}, "corrects"),
        ("commitments.evidence", 0, {"locator": "footer"}, "evidence"),
        ("commitments.evidence", 2, {"source": ["undated"]}, "evidence"),
        ("commitments.evidence", 2, {"note": "New."}, "evidence"),
    ],
)
def test_a_recorded_step_is_never_edited_by_an_import(
    tmp_path, files, model, number, fields, different
):
    load(write(tmp_path / "plan", files))
    before = contents()
    files[model][number].update(fields)
    said, done = load(write(tmp_path / "plan", files))
    assert not done
    assert f"This step is recorded otherwise ({different})." in said
    assert contents() == before


def test_a_step_that_an_editor_recorded_meanwhile_takes_its_number(tmp_path, files):
    folder = write(tmp_path / "plan", files)
    load(folder)
    files["commitments.statuschange"].append(
        {
            "commitment": ["US21-PRT-001"],
            "seq": 4,
            "effective_on": dt.date(2022, 6, 10),
            "status": "in_progress",
        }
    )
    files["commitments.evidence"].append(
        {"status_change": ["US21-PRT-001", 4], "source": ["sheet"], "locator": "page 1"}
    )
    said, done = load(write(tmp_path / "plan", files))
    assert not done
    assert "(seq): This would be step 3, not 4." in said
    assert StatusChange.objects.count() == 2


# A folder that cannot be read

UNREADABLE = {
    "an unknown file": ({"promise.yaml": "[]"}, "unknown promise.yaml. Known are agency.yaml"),
    "another ending": ({"source.yml": "[]"}, "unknown source.yml"),
    "no file": ({}, "holds no YAML file. Known are agency.yaml"),
    "a file that is not YAML": ({"source.yaml": "a: [1"}, "source.yaml is not readable YAML"),
    "a tag that would run code": (
        {"source.yaml": "- !!python/object/apply:os.getcwd []"},
        "source.yaml is not readable YAML",
    ),
    "a file that is not UTF-8": ({"source.yaml": b"\xff\xfe\xfa"}, "source.yaml is not readable"),
    "an empty file": ({"source.yaml": ""}, "source.yaml must be a list of entries"),
    "a table instead of a list": ({"source.yaml": "a: 1"}, "source.yaml must be a list"),
    "another model": (
        {"source.yaml": "- {model: commitments.plan, fields: {slug: a}}"},
        "source.yaml, entry 1: expected `model: commitments.source` and `fields:`.",
    ),
    "no model": ({"agency.yaml": "- {slug: a}"}, "agency.yaml, entry 1: expected `model: agencies"),
    "no fields": (
        {"source.yaml": "- {model: commitments.source, fields: a}"},
        "source.yaml, entry 1: expected",
    ),
    "a text for an entry": ({"source.yaml": "- sheet"}, "source.yaml, entry 1: expected"),
    "evidence of no step": (
        {
            "evidence.yaml": "- {model: commitments.evidence, fields: {status_change: [A, 1], source: [b]}}"
        },
        "statuschange.yaml has no row A/1, but another file refers to it.",
    ),
    "an agency of no commitment": (
        {
            "commitmentagency.yaml": "- {model: commitments.commitmentagency, fields: {commitment: [A]}}"
        },
        "commitment.yaml has no row A, but another file refers to it.",
    ),
    "evidence that belongs to nothing": (
        {"evidence.yaml": "- {model: commitments.evidence, fields: {source: [b]}}"},
        "evidence.yaml, entry 1: Name the row that it belongs to.",
    ),
    "evidence that belongs to a list of lists": (
        {"evidence.yaml": "- {model: commitments.evidence, fields: {status_change: [[A], 1]}}"},
        "evidence.yaml, entry 1: line 1 (status_change): Give one value.",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_folder_that_cannot_be_read_is_refused_in_words(tmp_path, name):
    files, words = UNREADABLE[name]
    for file, text in files.items():
        (tmp_path / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    before = contents()
    with pytest.raises(Unreadable) as refused:
        read_folder(tmp_path)
    assert words in str(refused.value)
    said, done = load(tmp_path)
    assert (said, done) == (str(refused.value), False)
    assert contents() == before


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    said, done = load(tmp_path / "nowhere")
    assert not done
    assert said.endswith("nowhere is not a folder. Name the folder that holds the YAML files.")


def test_other_files_of_the_folder_are_left_alone(tmp_path, files):
    folder = write(tmp_path / "plan", files)
    (folder / "README.md").write_text("How these were made.")
    assert load(folder)[1]
