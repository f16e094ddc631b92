"""What YAML makes of a value: a text stays as it is printed, and no file can grow or nest without end."""

import contextlib
import datetime as dt
import gc
import io
import re
import time
import zipfile

import pytest
import yaml

from commitments.imports import yaml_parser
from commitments.imports.report import Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.yaml_document import read_documents
from commitments.imports.yaml_parser import MAX_DEPTH, parsed
from commitments.imports.yaml_reader import read_files, read_zip
from commitments.models import Commitment, Source
from planwatch.net.isolated import output_of
from tests import factories
from tests.test_import import FILES, load, write

pytestmark = pytest.mark.django_db

SOURCE = {
    "slug": "sheet",
    "title": "Fact sheet",
    "publisher": "The Press",
    "published_on": "2021-12-03",
    "kind": "fact_sheet",
    "origin": "official",
}


def source(**changed):
    """Return a file of one source, each value printed as given."""
    lines = [f"    {name}: {text}" for name, text in (SOURCE | changed).items()]
    return "\n".join(["- model: commitments.source", "  fields:", *lines, ""]).encode()


def imported(data, name="source.yaml"):
    [outcome] = import_rows(read_files({name: data}, "here"), actor="importer").outcomes
    return outcome


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        *(("no", "a yes or no"), ("On", "a yes or no"), ("yes", "a yes or no"), ("true", "a yes")),
        *(("4.10", "a number"), ("010", "a number"), ("1:30", "a number"), ("0x1F", "a number")),
        *(
            ("1_000", "a number"),
            ("3.0e+2", "a number"),
            (".inf", "a number"),
            ("2024", "a number"),
        ),
        *(("2020-12-11", "a date"), ("2001-12-14t21:59:43.10-05:00", "a date")),
    ],
)
@pytest.mark.parametrize("field", ["title", "note", "author", "slug", "url", "kind"])
def test_a_text_that_yaml_makes_into_something_else_is_refused_with_what_to_write(
    field, printed, kind
):
    outcome = imported(source(**{field: printed}))
    assert outcome.result == "refused"
    line = 3 + [*SOURCE, "note"].index(field) if field in SOURCE else 3 + len(SOURCE)
    [problem] = outcome.problems
    assert problem.cell == f"line {line} ({field})"
    assert problem.message.startswith(f"YAML reads {printed} as {kind}")
    assert problem.message.endswith(f"not as text. Put it in quotation marks: '{printed}'.")
    assert not Source.objects.exists()


@pytest.mark.parametrize("printed", ["no", "4.10", "010", "1:30", "2020-12-11", "~", "null"])
@pytest.mark.parametrize("form", ["'{}'", '"{}"', "!!str {}", "|-\n      {}"])
def test_a_text_in_quotation_marks_stays_as_it_is_printed(printed, form):
    assert imported(source(title=form.format(printed))).result == "new"
    assert Source.objects.get().title == printed


def test_a_text_that_only_looks_like_a_number_to_others_is_a_text():
    assert imported(source(title="3e2", author="1.2.3", note="12e03 pages")).result == "new"
    found = Source.objects.get()
    assert (found.title, found.author, found.note) == ("3e2", "1.2.3", "12e03 pages")


@pytest.mark.parametrize("printed", ["~", "null", "", "''"])
def test_nothing_is_taken_only_where_nothing_may_stand(printed):
    assert imported(source(note=printed)).result == "new"
    outcome = imported(source(title=printed))
    assert [problem.cell for problem in outcome.problems] == ["line 4 (title)"]


@pytest.mark.parametrize(
    "printed", ["2021-02-30", "2021-12-03T00:00:00+02:00", "last week", "03/12/2021", "yes", "1:30"]
)
def test_a_date_takes_dates_alone(printed):
    outcome = imported(source(published_on=printed))
    assert [problem.cell for problem in outcome.problems] == ["line 6 (published_on)"]
    assert printed in outcome.problems[0].message


def test_the_first_day_of_a_plan_is_a_whole_day():
    data = yaml.safe_dump(
        [
            {
                "model": "commitments.plan",
                "fields": {**FILES["commitments.plan"][0], "starts_on": 2021},
            }
        ]
    ).encode()
    problems = imported(data, "plan.yaml").problems
    assert "“2021” is not a day. Write it as YYYY-MM-DD" in problems[0].message


@pytest.mark.parametrize(
    "printed", ["0o7", "010", "1:30", "one", "1.0", "-1", "true", "12345678901"]
)
def test_a_whole_number_is_written_with_digits(printed):
    data = f"""- model: commitments.pillar
  fields: {{slug: protection, code: PRT, name: Protection, position: {printed}}}
"""
    outcome = imported(data.encode(), "pillar.yaml")
    assert [str(problem) for problem in outcome.problems] == [
        f"line 2 (position): “{printed}” is not a whole number."
    ]


def test_whether_it_is_published_is_said_with_true_or_false(tmp_path):
    files = {name: FILES[name] for name in FILES if name != "commitments.review"}
    folder = write(tmp_path, files)
    path = folder / "commitment.yaml"
    path.write_text(path.read_text().replace("  fields:", "  fields:\n    is_published: maybe", 1))
    said, done = load(folder)
    assert not done
    assert "line 3 (is_published): “maybe” is neither true nor false." in said
    path.write_text(path.read_text().replace("maybe", "no"))
    assert load(folder)[1]
    assert not Commitment.objects.get(code="US21-PRT-001").is_published


def test_keys_of_other_rows_are_texts_and_the_number_of_a_step():
    factories.make_source("2021")
    data = b"""- model: commitments.citation
  fields: {commitment: [US21-PRT-001], source: [2021], relation: announces, locator: p. 1}
"""
    [problem] = imported(data, "citation.yaml").problems
    assert str(problem).endswith(
        "YAML reads 2021 as a number, not as text. Put it in quotation marks: '2021'."
    )
    data = b"""- model: commitments.statuschange
  fields: {commitment: [US21-PRT-001], seq: 1, status: in_place, effective_on: 2022-01-01}
"""
    evidence = b"""- model: commitments.evidence
  fields: {status_change: [US21-PRT-001, 1.0], source: ['2021'], locator: p. 1}
"""
    with pytest.raises(
        Unreadable, match=r"evidence.yaml, entry 1: line 2 \(status_change\): “1.0”"
    ):
        read_files({"statuschange.yaml": data, "evidence.yaml": evidence}, "here")


def test_what_is_wrong_with_an_entry_of_another_file_is_said_of_the_row_that_it_belongs_to():
    commitment = b"""- model: commitments.commitment
  fields: {code: US21-PRT-001}
"""
    agency = b"""- model: commitments.commitmentagency
  fields: {commitment: [US21-PRT-001], agency: [doj], role: lead, position: x}
"""
    files = {"commitment.yaml": commitment, "commitmentagency.yaml": agency}
    [row] = read_files(files, "here")
    assert [str(problem) for problem in row.problems] == [
        "commitmentagency.yaml, entry 1, line 2 (position): “x” is not a whole number."
    ]


def test_the_reason_of_a_bad_code_is_not_hidden_by_what_belongs_to_it():
    commitment = b"""- model: commitments.commitment
  fields: {code: 2024}
"""
    agency = b"""- model: commitments.commitmentagency
  fields: {commitment: ['2024'], agency: [doj], role: lead}
"""
    files = {"commitment.yaml": commitment, "commitmentagency.yaml": agency}
    [row] = read_files(files, "here")
    assert "YAML reads 2024 as a number" in str(row.problems[0])


def test_a_list_or_a_table_for_a_text_is_refused():
    for printed in ("[a]", "{a: b}"):
        [problem] = imported(source(title=printed)).problems
        assert str(problem) == "line 4 (title): Give one value."


# Aliases


def test_aliases_as_a_library_writes_them_are_read(tmp_path):
    day, plan = dt.date(2021, 12, 3), ["us-nap-2021"]
    files = {name: FILES[name] for name in FILES if name != "commitments.review"}
    files["commitments.commitment"] = [
        {**fields, "announced_on": day, "plan": plan} for fields in files["commitments.commitment"]
    ]
    folder = write(tmp_path, files)
    text = (folder / "commitment.yaml").read_text()
    assert "&id001" in text
    assert "*id001" in text
    said, done = load(folder)
    assert done, said
    assert {item.announced_on for item in Commitment.objects.all()} == {day}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- &a [*a]", "Line 1: *a refers to nothing above it."),
        ("- *a", "Line 1: *a refers to nothing above it."),
        ("- {a: 1, a: 2}", "Line 1: a stands here twice."),
        ("- {[a]: 1}", "Line 1: name the field."),
        ("- !!binary aGk=", "Line 1: tag:yaml.org,2002:binary is not a kind of value"),
        ("- !!set {a}", "Line 1: tag:yaml.org,2002:set is not a kind of value"),
        ("- !!python/object/apply:os.getcwd []", "is not a kind of value"),
        ("a: 1\n---\na: 1", "It holds more than one document. Send one."),
    ],
)
def test_what_is_not_read_says_where_and_why(text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        parsed(text)


# Bombs


def test_a_file_that_multiplies_itself_is_refused_at_once():
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    started = time.monotonic()
    with pytest.raises(ValueError, match="more than 6 deep"):
        parsed("\n".join(lines))
    wide = "- &a [" + "x, " * 2000 + "]\n" + "- *a\n" * 2000
    with pytest.raises(ValueError, match="more than 20000000 characters"):
        parsed(wide)
    assert time.monotonic() - started < 5


def zipped(name, text):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()


@pytest.mark.parametrize("opened", ["[", "{a: ", "- ", "? ", "&a [", "!!seq ["])
def test_a_file_that_nests_without_end_is_refused_at_once(opened):
    started = time.monotonic()
    with pytest.raises(Unreadable, match="source.yaml is not readable YAML"):
        read_zip(zipped("source.yaml", opened * 200_000), "bomb.zip")
    assert time.monotonic() - started < 5


def test_a_file_that_takes_too_long_is_refused_and_its_reader_killed(tmp_path, monkeypatch):
    slow = tmp_path / "slow.py"
    slow.write_text("while True: pass\n")
    monkeypatch.setattr(yaml_parser, "__file__", str(slow))
    monkeypatch.setattr("planwatch.net.isolated.SECONDS", 0.2)
    with pytest.raises(Unreadable, match="takes more than 0.2 seconds or 700 MB to read"):
        read_zip(zipped("pillar.yaml", "[]"), "plan.zip")


def test_a_parser_gets_nothing_of_the_environment_of_the_site(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://planwatch:secret@db/planwatch")
    shown = tmp_path / "shown.py"
    shown.write_text("import os\nprint(dict(os.environ))\n")
    monkeypatch.setattr(yaml_parser, "__file__", str(shown))
    assert b"secret" not in output_of(yaml_parser, data=b"")


def test_a_plan_is_not_deeper_than_the_limit():
    text = "- model: a\n  fields: {a: [b, 1]}\n"
    [(_, [entry])] = read_documents({"a.yaml": text.encode()}, "here", 10)
    assert entry["fields"]["a"][0].text == "b"
    assert MAX_DEPTH >= 4


SHAPES = {
    "plain entries": lambda size: "- {a: b, c: 'd'}\n" * (size // 17),
    "one long text": lambda size: "- " + "word " * (size // 5),
    "one long quoted text": lambda size: '- "' + "\\u0041 " * (size // 7) + '"',
    "line ends": lambda size: "- a\n" + "\n" * size,
    "comments": lambda size: "# x\n" * (size // 4) + "- a",
    "spaces": lambda size: "- a" + " " * size,
    "keys": lambda size: "".join(f"k{n}: v\n" for n in range(size // 8)),
    "anchors": lambda size: "".join(f"- &a{n} b\n" for n in range(size // 10)),
    "aliases": lambda size: "- &a b\n" + "- *a\n" * (size // 5),
    "question marks": lambda size: "? a\n" * (size // 4),
    "colons": lambda size: ":" * size,
    "tags": lambda size: "- !!str a\n" * (size // 10),
    "a block": lambda size: "- |\n" + "  a\n" * (size // 4),
    "brackets that close": lambda size: "- [" + "[]," * (size // 3) + "]",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_reading_takes_time_in_proportion_to_the_size(shape):
    def seconds(size):
        text = SHAPES[shape](size)
        started = time.process_time()
        with contextlib.suppress(yaml.YAMLError, ValueError):
            parsed(text)
        return time.process_time() - started

    seconds(10_000)
    # A round of the collector goes through all that the other tests have left.
    gc.disable()
    try:
        small, large = seconds(100_000), seconds(800_000)
    finally:
        gc.enable()
    assert large < 24 * small + 0.2
