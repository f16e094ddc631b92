"""Linked data: what the API says, in terms that others use, read by the library that others read it with."""

import json
from pathlib import Path

import pyshacl
import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from lxml.html import document_fromstring as HTML
from rdflib import DCAT, DCTERMS, PROV, RDF, SDO, SKOS, Graph, Literal, URIRef
from rdflib.namespace import ORG

from commitments import services
from commitments.choices import Status
from commitments.querysets.sql import today
from tests.factories import (
    ACTOR,
    REASON,
    change,
    cite,
    make_agency,
    make_commitment,
    make_source,
    make_theme,
)

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
REGISTER = "https://register.example/organizations/"
CODE = "US21-PRT-001"
PAGE = URIRef(f"{SITE}/commitments/{CODE}/")
PAGES = [PAGE.removeprefix(SITE), "/plans/us-nap-2021/", "/agencies/office/", "/sources/sheet/"]


@pytest.fixture(autouse=True)
def world(db):
    make_agency("hhs", name="Department of Health", url="https://www.hhs.gov/")
    make_agency("office", parent="hhs")
    make_theme("shelter", sdg="8.7", council_of_europe="12")
    item = make_commitment(CODE, lead_agencies=["office"], themes=["shelter"], title="Open “it”")
    sheet = make_source("sheet", title="Sheet", archived_url="https://archive.example/sheet")
    cite(item, sheet)
    change(item, "in_progress", sources=[sheet], precision="year", explanation="It began.")


def graph_at(address, media_type="", form="json-ld"):
    answer = Client().get(address)
    assert answer.status_code == 200, (address, answer.content)
    assert answer["Content-Type"].startswith(media_type)
    return Graph().parse(data=answer.content, format=form)


def api(page):
    return f"/api/v1{page}"


@pytest.mark.parametrize("page", PAGES)
def test_turtle_says_what_json_ld_says_and_the_object_has_the_address_of_its_page(page):
    linked = graph_at(f"{api(page)}?format=jsonld", "application/ld+json")
    turtle = graph_at(f"{api(page)}?format=ttl", "text/turtle", "turtle")
    assert len(linked) > 5 and linked.isomorphic(turtle)
    assert (URIRef(SITE + page), RDF.type, None) in linked


def test_a_status_is_derived_from_its_evidence_and_is_as_exact_as_its_day():
    found = graph_at(f"{api(PAGES[0])}?format=jsonld")
    step = URIRef(f"{PAGE}#step-1")
    assert (step, PROV.specializationOf, PAGE) in found
    assert (step, PROV.wasDerivedFrom, URIRef(f"{SITE}/sources/sheet/")) in found
    data = Client().get(api(PAGES[0])).json()
    [day] = found.objects(step, DCTERMS.date)
    assert str(day) == data["history"][0]["effective_on"][:4]
    assert str(day.datatype).endswith("gYear")
    [status] = set(found.objects(PAGE, SDO.creativeWorkStatus))
    assert status == URIRef(f"{SITE}/data/vocabularies.jsonld#status-{data['status']}")
    assert (PAGE, SDO.name, Literal(data["title"], lang="en")) in found
    assert (PAGE, PROV.wasAttributedTo, URIRef(f"{SITE}/agencies/office/")) in found


def test_agencies_and_sources_point_to_what_they_belong_to():
    office = graph_at("/api/v1/agencies/office/?format=jsonld")
    parent = URIRef(f"{SITE}/agencies/hhs/")
    assert (URIRef(f"{SITE}/agencies/office/"), ORG.subOrganizationOf, parent) in office
    department = graph_at("/api/v1/agencies/hhs/?format=jsonld")
    assert (parent, SDO.url, URIRef("https://www.hhs.gov/")) in department
    make_agency("hhs", wikidata="Q942326", org_id="US-EXAMPLE-75", identifiers_url=REGISTER)
    named = graph_at("/api/v1/agencies/hhs/?format=jsonld")
    assert (parent, SDO.sameAs, URIRef("http://www.wikidata.org/entity/Q942326")) in named
    assert (parent, SDO.identifier, Literal("US-EXAMPLE-75")) in named
    assert (parent, PROV.hadPrimarySource, URIRef(REGISTER)) in named
    assert "Wikidata Q942326" in Client().get("/agencies/hhs/").content.decode()
    sheet = graph_at("/api/v1/sources/sheet/?format=jsonld")
    copy = URIRef("https://archive.example/sheet")
    assert (URIRef(f"{SITE}/sources/sheet/"), SDO.archivedAt, copy) in sheet


def test_every_address_of_this_site_in_it_answers():
    found = set()
    for page in PAGES:
        found |= {str(part) for triple in graph_at(f"{api(page)}?format=jsonld") for part in triple}
    paths = {part.partition("#")[0].removeprefix(SITE) for part in found if part.startswith(SITE)}
    assert {path: Client().get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_the_vocabularies_are_concept_schemes_that_name_every_value_and_what_others_call_it():
    found = graph_at("/data/vocabularies.jsonld", "application/ld+json")
    assert found.isomorphic(graph_at("/data/vocabularies.ttl", "text/turtle", "turtle"))
    codes = {str(code) for code in found.objects(None, SKOS.notation)}
    assert {"shelter", "protection", "official", "deliverable", *Status.values} <= codes
    theme = URIRef(f"{SITE}/themes/shelter/")
    assert (theme, SKOS.relatedMatch, URIRef("http://metadata.un.org/sdg/8.7")) in found
    assert (theme, SKOS.note, Literal("Council of Europe Convention, article: 12")) in found
    for concept in found.subjects(RDF.type, SKOS.Concept):
        [scheme] = found.objects(concept, SKOS.inScheme)
        assert (scheme, RDF.type, SKOS.ConceptScheme) in found


def test_what_others_call_a_status_is_a_concept_in_a_scheme_of_theirs():
    found = graph_at("/data/vocabularies.jsonld")

    def terms(code):
        """Return by relation the terms of others for one of our statuses."""
        concept = URIRef(f"{SITE}/data/vocabularies.jsonld#status-{code}")
        return {
            name: {
                (str(found.value(term, SKOS.inScheme)).partition("#")[2], str(label))
                for term in found.objects(concept, relation)
                for label in found.objects(term, SKOS.prefLabel)
            }
            for name, relation in (
                ("close", SKOS.closeMatch),
                ("broad", SKOS.broadMatch),
                ("related", SKOS.relatedMatch),
            )
        }

    assert terms("in_place") == {
        "close": {("gao", "Closed – Implemented")},
        "broad": {("promise_trackers", "Kept")},
        "related": {("ogp", "Substantial"), ("ogp", "Complete")},
    }
    assert terms("partly_met") == {
        "close": {("promise_trackers", "Partly kept")},
        "broad": set(),
        "related": {
            *[("gao", "Closed – Not Implemented"), ("gao", "Open – Partially Addressed")],
            *[("ogp", "Substantial"), ("ogp", "Limited")],
        },
    }
    article = URIRef(f"{SITE}/data/vocabularies.jsonld#council_of_europe-12")
    theme = URIRef(f"{SITE}/themes/shelter/")
    assert (theme, SKOS.relatedMatch, article) in found
    assert str(found.value(article, SKOS.prefLabel)) == "Council of Europe Convention, article 12"


@pytest.fixture
def published(settings, tmp_path, monkeypatch):
    """Publish a version, without any table."""
    settings.PLANWATCH_DATASETS = str(tmp_path)
    monkeypatch.setattr("commitments.datasets.archive.ALL_TABLES", [])
    call_command("publish_dataset", verbosity=0)


def test_the_catalog_leads_to_lists_where_nothing_is_published(settings, tmp_path):
    settings.PLANWATCH_DATASETS = str(tmp_path)
    found = graph_at("/data/dcat.jsonld")
    assert {str(each).rpartition("=")[2] for each in found.objects(None, DCAT.downloadURL)} == {
        *("csv", "ndjson", "xlsx")
    }
    assert problems(found) == ""


def test_the_catalog_leads_to_the_latest_version_and_to_the_api(published):
    found = graph_at("/data/dcat.jsonld", "application/ld+json")
    downloads = {str(each).removeprefix(SITE) for each in found.objects(None, DCAT.downloadURL)}
    assert len(downloads) == 4 and any(each.endswith(".zip") for each in downloads)
    [service] = found.subjects(DCAT.servesDataset, URIRef(f"{SITE}/data/"))
    for address in (*downloads, str(service).removeprefix(SITE)):
        assert Client().get(address).status_code == 200
    assert Client().get("/data/dcat.xml").status_code == 404


# What it looks like, by tests/shapes.ttl

SHAPES = Graph().parse(Path(__file__).with_name("shapes.ttl"), format="turtle")
DOCUMENTS = ["/data/vocabularies.jsonld", "/data/dcat.jsonld"]
DOCUMENTS += [f"/api/v1{page}?format=jsonld" for page in PAGES]


def problems(graph):
    conforms, _, said = pyshacl.validate(graph, shacl_graph=SHAPES)
    return "" if conforms else said


@pytest.mark.parametrize("address", DOCUMENTS)
def test_every_kind_of_document_has_its_shape_in_both_spellings(published, address):
    found = graph_at(address)
    assert problems(found) == ""
    turtle = graph_at(address.replace("jsonld", "ttl"), "text/turtle", "turtle")
    assert found.isomorphic(turtle)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (DOCUMENTS[0], SKOS.Concept),
        (DOCUMENTS[0], SKOS.ConceptScheme),
        *((DOCUMENTS[1], DCAT[name]) for name in ("Catalog", "Dataset", "DataService")),
        (DOCUMENTS[1], DCAT.Distribution),
        (DOCUMENTS[2], PROV.Entity),
        (DOCUMENTS[3], PROV.Entity),
        (DOCUMENTS[4], ORG.Organization),
        (DOCUMENTS[5], PROV.Entity),
    ],
)
def test_what_lacks_a_part_has_no_longer_its_shape(published, address, kind):
    whole = graph_at(address)
    for subject in whole.subjects(RDF.type, kind):
        lost = [SDO.name, SKOS.prefLabel, DCTERMS.title, DCTERMS.date]
        for triple in [triple for name in lost for triple in whole.triples((subject, name, None))]:
            assert problems(whole - Graph().add(triple)), triple


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"wikidata": "942326", "identifiers_url": REGISTER}, "wikidata"),
        ({"org_id": "75", "identifiers_url": REGISTER}, "org_id"),
        ({"wikidata": "Q942326"}, "__all__"),
    ],
)
def test_an_identifier_has_its_form_and_a_document_that_gives_it(given, field):
    with pytest.raises(ValidationError) as refused:
        make_agency("hhs", **given)
    assert field in refused.value.message_dict


# How it is found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_leads_those_who_prefer_data_to_them(page):
    client = Client()
    for accept, form in (
        ("application/json", "json"),
        ("application/json, text/plain, */*", "json"),
        ("text/html;q=0.5, application/json;q=0.6", "json"),
        ("application/ld+json", "jsonld"),
        ("text/turtle;q=0.9, */*;q=0.1", "ttl"),
    ):
        answer = client.get(f"{page}?known_at={today()}", headers={"Accept": accept})
        assert answer.status_code == 303
        assert answer.url == f"{api(page)}?known_at={today()}&format={form}"
        assert "Accept" in answer["Vary"]
        assert client.get(answer.url).status_code == 200
    for accept in ("", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json;q=0"):
        answer = client.get(page, headers={"Accept": accept} if accept else {})
        assert answer.status_code == 200 and answer["Content-Type"].startswith("text/html")


MEDIA_TYPES = {"json": "application/json", "jsonld": "application/ld+json", "ttl": "text/turtle"}


@pytest.mark.parametrize("query", ["", "?known_at={day}", "?as_of={day}"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_and_its_object_say_where_the_other_is_and_each_address_answers(page, query):
    client, query = Client(), query.format(day=today())
    # Agencies have no date.
    kept = query if "as_of" not in query or "agencies" not in page else ""
    data = {form: f"{SITE}{api(page)}{kept}" for form in MEDIA_TYPES}
    for form in ("jsonld", "ttl"):
        data[form] += f"{'&' if kept else '?'}format={form}"
    shared = {
        f'<{SITE}{page}>; rel="cite-as"',
        '<https://creativecommons.org/licenses/by/4.0/>; rel="license"',
        *(
            f'<{data[form]}>; rel="describedby"; type="{MEDIA_TYPES[form]}"'
            for form in ("jsonld", "ttl")
        ),
    }
    answer = client.get(f"{page}{query}")
    assert {*answer["Link"].split(", ")} == shared | {
        f'<{data["json"]}>; rel="item"; type="application/json"',
        f'<{SITE}/data/>; rel="collection"; type="text/html"',
    }
    head = HTML(answer.content).find("head")
    named = {link.get("type"): link.get("href") for link in head.iter("link")}
    for form, media_type in MEDIA_TYPES.items():
        assert named[media_type] == data[form]
        found = client.get(data[form])
        assert found.status_code == 200 and found["Content-Type"].startswith(media_type)
        assert {*found["Link"].split(", ")} == shared | {
            f'<{SITE}{page}>; rel="collection"; type="text/html"'
        }


def test_chosen_keys_of_an_object_do_not_reach_the_addresses_of_its_linked_data():
    links = Client().get(f"{api(PAGES[0])}?fields=code&expand=plan&as_of=2026-01-01")["Link"]
    assert f"<{SITE}{api(PAGES[0])}?as_of=2026-01-01&format=ttl>" in links


def test_what_was_unpublished_is_gone_in_every_form(settings):
    settings.PLANWATCH_TWO_PERSON_RULE = False
    services.submit_unpublishing(commitment=CODE, reason=REASON, actor=ACTOR)
    client = Client()
    for form in ("jsonld", "ttl"):
        answer = client.get(f"{api(PAGES[0])}?format={form}")
        assert answer.status_code == 410
        assert answer.json()["notice"]["reason"] == REASON
        assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("chosen", ["fields=code", "omit=title", "expand=plan"])
def test_linked_data_come_whole(chosen):
    answer = Client().get(f"{api(PAGES[0])}?format=jsonld&{chosen}")
    assert answer.status_code == 400
    assert "Linked data come whole" in json.loads(answer.content)["errors"][0]["detail"]
