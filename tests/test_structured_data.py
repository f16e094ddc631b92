"""What pages tell programs in the words of schema.org, read by a JSON-LD processor."""

import json
import re

import pytest
from pyld import jsonld

from commitments.models import DatasetVersion
from commitments.syndication.jsonld import written
from tests.factories import change, cite, make_agency, make_commitment, make_source

pytestmark = pytest.mark.django_db

SCHEMA = "https://schema.org/"


def things(client, address):
    """Return every block of JSON-LD of a page, as it is written."""
    page = client.get(address).content.decode()
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    scripts = page.count("<script") - page.count("<script src=")
    assert scripts == len(blocks), "a page has no other script of its own"
    return [json.loads(block) for block in blocks]


def expanded(thing):
    """Return a thing as pyld understands it; the vocabulary stands in for the context that schema.org serves."""

    def vocabulary(url, options):
        assert url.rstrip("/") == SCHEMA.rstrip("/")
        document = {"@context": {"@vocab": SCHEMA, "url": {"@type": "@id"}}}
        return {"contextUrl": None, "documentUrl": url, "document": document}

    found = jsonld.expand(thing, {"documentLoader": vocabulary})
    assert len(found) == 1
    return found[0]


def value(thing, name):
    (found,) = thing[f"{SCHEMA}{name}"]
    return found.get("@value", found.get("@id", found))


@pytest.fixture
def promise(db):
    make_agency("dhs", name="Homeland Security", short_name="DHS")
    make_agency("ice", name="Immigration and Customs Enforcement", short_name="ICE", parent="dhs")
    item = make_commitment("US21-PRT-001", lead_agencies=["ice"])
    cite(item, make_source("sheet", publisher="A </script><script>alert(1)</script> & Sons"))
    change(item, "in_progress")
    return item


@pytest.mark.parametrize(
    ("address", "way"),
    [
        (
            "/commitments/US21-PRT-001/?as_of=2024-01-01",
            [
                ("Commitments", "/commitments/"),
                ("Protection", "/pillars/protection/"),
                ("US21-PRT-001", "/commitments/US21-PRT-001/"),
            ],
        ),
        (
            "/agencies/ice/",
            [
                ("Agencies", "/agencies/"),
                ("DHS", "/agencies/dhs/"),
                ("ICE", "/agencies/ice/"),
            ],
        ),
        (
            "/sources/sheet/",
            [
                ("Sources", "/sources/"),
                ("A </script><script>alert(1)</script> & Sons", "/sources/sheet/"),
            ],
        ),
        (
            "/pillars/protection/",
            [("Pillars", "/pillars/"), ("Protection", "/pillars/protection/")],
        ),
    ],
)
def test_a_page_says_where_it_is_to_programs_and_readers(client, promise, address, way):
    (thing,) = things(client, address)
    found = expanded(thing)
    assert found["@type"] == [f"{SCHEMA}BreadcrumbList"]
    steps = found[f"{SCHEMA}itemListElement"]
    assert [value(step, "position") for step in steps] == list(range(1, len(way) + 1))
    assert [
        (value(step, "name"), value(step, "item").removeprefix("http://testserver"))
        for step in steps
    ] == way
    page = client.get(address)
    crumbs = re.search(r'<ol class="crumbs">(.*?)</ol>', page.content.decode(), re.S)[1]
    asked = "?as_of=2024-01-01" if "as_of" in address else ""
    assert re.findall(r'href="([^"]*)"', crumbs) == [f"{href}{asked}" for _, href in way[:-1]]
    assert crumbs.count('aria-current="page"') == 1


def test_the_front_page_says_what_the_site_is_and_how_to_search_it(client, promise):
    found = expanded(things(client, "/")[0])
    assert found["@type"] == [f"{SCHEMA}WebSite"]
    assert value(found, "url") == "http://testserver/"
    action = value(found, "potentialAction")
    template = value(value(action, "target"), "urlTemplate")
    assert template == "http://testserver/search/?q={search_term_string}"
    found = client.get(template.replace("{search_term_string}", "promise")).context["found"]
    assert [(group.kind, group.count) for group in found.groups] == [("commitments", 1)]
    assert value(action, "query-input") == "required name=search_term_string"


def test_nothing_in_the_data_ends_its_script():
    data = written({"name": "</script><!-- <script> & ]]>"})
    assert not set("<>&") & set(data)
    assert json.loads(data)["name"] == "</script><!-- <script> & ]]>"


def test_the_data_set_is_described_with_its_version_and_downloads(
    client, promise, settings, tmp_path
):
    settings.PLANWATCH_DATASETS = tmp_path
    text = client.get("/data/").content.decode()
    found = expanded(json.loads(re.search(r"ld\+json[^>]*>(.*?)</script>", text, re.S)[1]))
    assert found["@type"] == [f"{SCHEMA}Dataset"]
    assert value(found, "name") and value(found, "description")
    assert value(found, "url") == "http://testserver/data/"
    assert value(found, "version") == str(DatasetVersion.objects.get().seq)
    assert "creativecommons.org" in json.dumps(found)
    downloads = {value(item, "encodingFormat"): item for item in found[f"{SCHEMA}distribution"]}
    download = downloads["text/csv"]
    assert download["@type"] == [f"{SCHEMA}DataDownload"]
    assert value(download, "encodingFormat") == "text/csv"
    assert value(download, "contentUrl").endswith("?format=csv")
