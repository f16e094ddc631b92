"""Spreadsheets made to harm: entities, external references, bombs, lying sizes, and names that lead elsewhere."""

import io
import struct
import zipfile

import openpyxl.xml
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from commitments.imports import xlsx_reader
from commitments.imports.report import Unreadable
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.imports.yaml_reader import read_zip
from tests.test_access import client_of
from tests.test_spreadsheets import AGENCY, JUSTICE, as_csv, as_xlsx

ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "Justice"><!ENTITY b SYSTEM "file:///etc/passwd">]>"""


def rewritten(data: bytes, change) -> bytes:
    """Return an XLSX with every part passed through `change(name, content)`."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            new.writestr(item.filename, change(item.filename, old.read(item)))
    return out.getvalue()


def test_xml_is_read_by_the_library_that_refuses_entities():
    assert openpyxl.xml.DEFUSEDXML


@pytest.mark.parametrize("entity", [b"&a;", b"&b;"], ids=["internal", "external"])
def test_a_spreadsheet_with_entities_is_refused_and_nothing_of_them_is_read(entity):
    def change(name, content):
        if not name.endswith("sheet1.xml"):
            return content
        body = content.partition(b"?>")[2] if content.startswith(b"<?xml") else content
        assert b"doj" in body
        return ENTITIES + body.replace(b"doj", entity)

    with pytest.raises(Unreadable, match="not a readable XLSX") as error:
        read_spreadsheet(rewritten(as_xlsx(AGENCY, JUSTICE), change), "a.xlsx", "agency")
    assert "root:" not in str(error.value)


def test_a_bomb_is_refused_before_it_is_unpacked():
    blank = b" " * (xlsx_reader.MAX_UNPACKED + 1)
    bomb = rewritten(
        as_xlsx(AGENCY, JUSTICE),
        lambda name, content: content + blank if name.endswith("sheet1.xml") else content,
    )
    assert len(bomb) < 200_000
    with pytest.raises(Unreadable, match="unpacks to more than 50 MB"):
        read_spreadsheet(bomb, "a.xlsx", "agency")


@pytest.mark.parametrize(
    "read",
    [lambda data: read_spreadsheet(data, "a.xlsx", "agency"), lambda data: read_zip(data, "a.zip")],
)
def test_a_file_that_lies_about_its_size_is_refused(read):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "pillar.yaml"):
            archive.writestr(name, b" " * 30_000_000)
    lying = out.getvalue().replace(struct.pack("<L", 30_000_000), struct.pack("<L", 10))
    with pytest.raises(Unreadable, match="not a readable"):
        read(lying)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.csv",
        "C:\\x\\..\\a.csv",
        "a\u202evsc.csv",
        "<b>x</b>.csv",
        "x" * 3000 + ".csv",
    ],
)
def test_the_name_of_an_upload_is_only_ever_shown(name, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    sent = SimpleUploadedFile("a.csv", as_csv(AGENCY, JUSTICE))
    sent._name = name
    page = client_of("administrator").post(
        "/editor/import/", {"kind": "agency", "file": sent}, follow=True
    )
    # A name beyond every measure does not pass the reading of the form.
    assert page.status_code == (200 if len(name) < 1000 else 400)
    assert "<b>x</b>" not in page.content.decode()
    assert list(tmp_path.iterdir()) == []
