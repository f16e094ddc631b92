"""Addresses that imitate those of official publishers are flagged where a source is entered."""

import pytest
import yaml

from commitments import services
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_files
from planwatch.net.lookalikes import lookalike_of
from tests.editor_pages import signed_in
from tests.factories import make_agency, make_source

KNOWN = {"www.justice.gov", "state.gov", "whitehouse.gov", "hhs.gov", "gov.uk"}


@pytest.mark.parametrize(
    ("host", "imitated"),
    [
        ("whitehouse.com", "whitehouse.gov"),
        ("whltehouse.gov", "whitehouse.gov"),
        ("state.gov.example.com", "state.gov"),
        ("login.state.gov.example.com", "state.gov"),
        ("state-gov.com", "state.gov"),
        ("justlce.gov", "justice.gov"),
        ("justi\u0441e.gov", "justice.gov"),
        ("xn--justie-mrf.gov", "justice.gov"),
        ("WWW.JUSTICE.GOV", ""),
        ("oig.justice.gov", ""),
        ("dhs.gov", ""),
        ("nhs.gov.uk", ""),
        ("example.org", ""),
        ("", ""),
        ("xn--\u00e4", ""),
    ],
)
def test_a_host_is_flagged_where_it_can_be_taken_for_an_official_one(host, imitated):
    assert lookalike_of(host, KNOWN) == imitated


def test_the_desk_and_the_import_flag_the_address_of_a_source(db):
    make_agency("state", url="https://www.state.gov/")
    make_source("true", url="https://2021-2025.state.gov/plan/")
    make_source("false", origin="independent", url="https://state.gov.example.com/plan/")
    editor = signed_in("first", "Editor")
    warning = "can be taken for one of state.gov, an official publisher"
    assert warning in editor.get("/editor/sources/false/").content.decode()
    assert "can be taken for" not in editor.get("/editor/sources/true/").content.decode()
    fields = {"title": "Third", "publisher": "X", "kind": "report", "origin": "independent"}
    fields |= {"slug": "third", "url": "https://state-gov.com/"}
    text = yaml.safe_dump([{"model": "commitments.source", "fields": fields}])
    rows = read_files({"source.yaml": text.encode()}, "here")
    notes = [
        note
        for outcome in import_rows(rows, actor="me", rehearse=True).outcomes
        for note in outcome.notes
    ]
    assert "Its address can be taken for one of state.gov. Check it." in notes


def test_an_official_source_does_not_vouch_for_itself(db):
    make_agency("state", url="https://www.state.gov/")
    source = make_source("false", url="https://state.gov.example.com/plan/")
    assert services.imitated_by(source.url) == "state.gov"
