"""The decision records: numbered, of one form, and all in the index."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "decisions"
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
INDEX = (FOLDER / "README.md").read_text("utf-8")


def test_records_are_numbered_without_gaps():
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))


def test_a_record_has_a_title_and_five_parts():
    for path in RECORDS:
        text = path.read_text("utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        parts = re.findall(r"^\*\*(\w+)", text, re.MULTILINE)
        assert parts == ["Question", "Choice", "Rejected", "Why", "Reconsider"], path.name
        for name in re.findall(r"\]\(([^)#:]+\.md)\)", text):
            assert (FOLDER / name).is_file(), (path.name, name)


def test_a_record_that_holds_names_files_that_exist():
    for path in RECORDS:
        text = path.read_text("utf-8")
        if "Overturned by" not in text:
            named = re.findall(r"`((?:planwatch|commitments|agencies|tests)/[\w/]+\.py)`", text)
            missing = [name for name in named if not (FOLDER.parents[1] / name).is_file()]
            assert missing == [], path.name


def test_the_index_names_every_record_once_with_its_title_and_what_overturned_it():
    entries = re.findall(r"^- \[(.+)\]\((.+)\)(.*)$", INDEX, re.MULTILINE)
    assert sorted(name for _, name, _ in entries) == [path.name for path in RECORDS]
    for title, name, note in entries:
        heading, _, status, *_ = (FOLDER / name).read_text("utf-8").splitlines()
        assert heading == f"# {title}"
        assert ("overturned" in note) == ("Overturned" in status), name
