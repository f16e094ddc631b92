"""Linked data: the API's objects in terms that others use, as JSON-LD and as Turtle.

schema.org for texts and their parts, PROV for statuses and the evidence that they rest on, W3C ORG for agencies, SKOS
for the vocabularies, DCAT for the data set. Nothing is said here that the API does not say.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from django.urls import reverse
from django.utils.text import slugify

from commitments.choices import Origin, Status, Verification
from commitments.models import CommitmentKind, Pillar, SourceKind, Theme
from commitments.presenters.citations import data_set_title
from commitments.statuses import RULES, Rule
from planwatch.db.site_data import current_site

Thing = dict[str, Any]
# Written out, so that no reader has to fetch it.
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_TYPES_OF_DAYS = {"day": "xsd:date", "month": "xsd:gYearMonth", "year": "xsd:gYear"}
_LENGTHS = {"day": 10, "month": 7, "year": 4}
_TYPES_OF_SOURCES = {
    SourceKind.NEWS: "schema:NewsArticle",
    SourceKind.REPORT: "schema:Report",
    SourceKind.LAW_OR_RULE: "schema:Legislation",
}
# The targets of the Sustainable Development Goals, as the United Nations number them.
_GOALS = "http://metadata.un.org/sdg/"
# Items of Wikidata, by their numbers.
_ITEMS = "http://www.wikidata.org/entity/"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
# Vocabularies of others that have no addresses of their own: their terms are concepts here, each in a scheme of theirs.
_OF_OTHERS = {
    "gao": "Government Accountability Office, recommendations",
    "ogp": "Open Government Partnership",
    "promise_trackers": "Promise trackers",
    "council_of_europe": "Council of Europe Convention, article",
    "palermo_protocol": "Palermo Protocol, article",
    "walk_free": "Walk Free Global Slavery Index, milestone",
}
Address = Callable[[str], str]


def written(graph: Iterable[Thing]) -> bytes:
    """Return things as one document of JSON-LD in UTF-8."""
    return orjson.dumps({"@context": CONTEXT, "@graph": list(graph)})


def commitment(data: Thing, address: Address) -> list[Thing]:
    """Return a commitment, and each step of its history as an entity that was derived from its evidence."""
    page = data["html_url"]
    pillar = [_page(address, "pillar_detail", slug=data["pillar"])] if data["pillar"] else []
    themes = [_page(address, "theme_detail", code=code) for code in data["themes"]]
    described = {
        "@id": page,
        "@type": ["schema:CreativeWork", "prov:Entity"],
        "schema:identifier": data["code"],
        "schema:name": _text(data["title"], data["language"] or "en"),
        "schema:abstract": _text(data["summary"], "en"),
        "schema:datePublished": _day(data["announced_on"]),
        "schema:expires": _day(data["due_on"], data["due_precision"]),
        "schema:isPartOf": _page(address, "plan_detail", slug=data["plan"]),
        "schema:about": [*pillar, *themes],
        "schema:additionalType": _concept(address, "kind", data["kind"]),
        "schema:creativeWorkStatus": _concept(address, "status", data["status"]),
        "prov:wasAttributedTo": _agencies(address, data["lead_agencies"]),
        "schema:contributor": _agencies(address, data["partner_agencies"]),
        "schema:citation": _sources(address, data["sources"]),
        "schema:dateModified": {"@value": data["updated_at"], "@type": "xsd:dateTime"},
        "schema:license": {"@id": current_site().license_address},
    }
    return [_said(described), *(_step(step, page, address) for step in data["history"])]


def _step(step: Thing, page: str, address: Address) -> Thing:
    corrects = step["corrects"] and {"@id": f"{page}#step-{step['corrects']}"}
    return _said(
        {
            "@id": f"{page}#step-{step['seq']}",
            "@type": "prov:Entity",
            "prov:specializationOf": {"@id": page},
            "schema:creativeWorkStatus": _concept(address, "status", step["status"]),
            "dcterms:date": _day(step["effective_on"], step["precision"]),
            "schema:description": _text(step["explanation"], "en"),
            "prov:wasDerivedFrom": _sources(address, step["evidence"]),
            "dcterms:type": _concept(address, "verification", step["verification"]),
            "prov:wasRevisionOf": corrects,
            "prov:generatedAtTime": {"@value": step["recorded_at"], "@type": "xsd:dateTime"},
        }
    )


def plan(data: Thing, address: Address) -> list[Thing]:
    """Return a plan, its document, and the plans before it and above it."""
    ends = [data["starts_on"] or "..", data["ends_on"] or ".."]
    described = {
        "@id": data["html_url"],
        "@type": ["schema:CreativeWork", "prov:Entity"],
        "schema:identifier": data["slug"],
        "schema:name": _text(data["title"], "en"),
        "schema:alternateName": _text(data["original_title"], data["language"]),
        "schema:abstract": _text(data["summary"], "en"),
        "schema:datePublished": _day(data["published_on"], data["precision"]),
        "schema:temporalCoverage": "/".join(ends) if ends != ["..", ".."] else "",
        "schema:spatialCoverage": data["jurisdiction"],
        "prov:wasDerivedFrom": _page(address, "source_detail", slug=data["document"]),
        "dcterms:replaces": _page(address, "plan_detail", slug=data["predecessor"]),
        "schema:isPartOf": _page(address, "plan_detail", slug=data["part_of"]),
        "schema:license": {"@id": current_site().license_address},
    }
    return [_said(described)]


def agency(data: Thing, address: Address) -> list[Thing]:
    """Return an agency, and the one that it is a part of."""
    described = {
        "@id": data["html_url"],
        "@type": ["org:Organization", "schema:GovernmentOrganization"],
        "schema:identifier": [code for code in (data["slug"], data["org_id"]) if code],
        "org:identifier": data["org_id"],
        "schema:sameAs": data["wikidata"] and {"@id": f"{_ITEMS}{data['wikidata']}"},
        "prov:hadPrimarySource": data["identifiers_url"] and {"@id": data["identifiers_url"]},
        "schema:name": data["name"],
        "skos:altLabel": [name for name in (data["short_name"], data["acronym"]) if name],
        "org:subOrganizationOf": _page(address, "agency_detail", slug=data["parent"]),
        "schema:areaServed": data["jurisdiction"],
        "schema:url": data["url"] and {"@id": data["url"]},
    }
    return [_said(described)]


def source(data: Thing, address: Address) -> list[Thing]:
    """Return a document that is cited, with where it is and who speaks."""
    described = {
        "@id": data["html_url"],
        "@type": [_TYPES_OF_SOURCES.get(data["kind"], "schema:CreativeWork"), "prov:Entity"],
        "schema:identifier": data["slug"],
        "schema:name": _text(data["title"], data["language"]),
        "schema:publisher": {"@type": "schema:Organization", "schema:name": data["publisher"]},
        "schema:author": data["author"],
        "schema:datePublished": _day(data["published_on"], data["precision"]),
        "schema:inLanguage": data["language"],
        "schema:url": data["url"] and {"@id": data["url"]},
        "schema:archivedAt": data["archived_url"] and {"@id": data["archived_url"]},
        "dcterms:type": [
            _concept(address, "source_kind", data["kind"]),
            _concept(address, "origin", data["origin"]),
        ],
    }
    return [_said(described)]


def vocabularies(address: Address) -> list[Thing]:
    """Return statuses, kinds, origins, pillars and themes as concept schemes of SKOS, with what others call them."""
    found, foreign = [], {}
    for name, choices in _CHOICES.items():
        for choice in choices:
            concept = _concept(address, name, choice.value)["@id"]
            meaning = str(RULES[choice].meaning) if name == "status" else ""
            labels = (str(choice.label), meaning)
            thing = _in_scheme(address, name, concept, choice.value, *labels)
            if name == "status":
                thing |= _crosswalks(address, RULES[choice], foreign)
            found.append(thing)
    for pillar in Pillar.objects.order_by("position"):
        page = _page(address, "pillar_detail", slug=pillar.slug)["@id"]
        labels = (pillar.name, pillar.summary)
        found.append(_in_scheme(address, "pillar", page, pillar.slug, *labels))
    for theme in Theme.objects.order_by("position"):
        page = _page(address, "theme_detail", code=theme.code)["@id"]
        thing = _in_scheme(address, "theme", page, theme.code, theme.name, theme.definition)
        thing |= _crosswalks(address, theme, foreign)
        goals = [{"@id": f"{_GOALS}{goal}"} for goal in theme.sdg.replace(",", " ").split()]
        goals += thing.pop("skos:relatedMatch", [])
        found.append(_said(thing | {"skos:relatedMatch": goals}))
    titles = {name: name for name in (*_CHOICES, "pillar", "theme")}
    named = {thing["skos:inScheme"]["@id"] for thing in foreign.values()}
    titles |= {name: said for name, said in _OF_OTHERS.items() if _scheme(address, name) in named}
    schemes = [
        {"@id": _scheme(address, name), "@type": "skos:ConceptScheme", "dcterms:title": title}
        for name, title in titles.items()
    ]
    return [*schemes, *found, *foreign.values()]


_CHOICES = {
    "status": list(Status),
    "verification": list(Verification),
    "kind": list(CommitmentKind),
    "source_kind": list(SourceKind),
    "origin": list(Origin),
}


def _crosswalks(address: Address, item: Rule | Theme, foreign: dict[str, Thing]) -> Thing:
    """Return what a concept has of others' terms, which are put into `foreign`: the text, and a match for each term in it.

    One term for a status is close to it, or broader where the text narrows it ("Kept, continuing"). Of several terms, and
    of what a theme is about, it can only be said that they are related.
    """
    found: dict[str, list] = defaultdict(list)
    for scheme, name in _OF_OTHERS.items():
        text, match = getattr(item, scheme, ""), "skos:relatedMatch"
        terms = filter(None, map(str.strip, text.split(",")))
        if isinstance(item, Rule):
            words, _, narrowed = text.replace(", or ", " or ").partition(", ")
            terms = words.split(" or ") if words else []
            if len(terms) == 1:
                match = "skos:broadMatch" if narrowed else "skos:closeMatch"
        for term in terms:
            concept = _concept(address, scheme, slugify(term))
            label = term if isinstance(item, Rule) else f"{name} {term}"
            foreign[concept["@id"]] = _in_scheme(address, scheme, concept["@id"], term, label, "")
            found[match].append(concept)
        if text:
            found["skos:note"].append(f"{name}: {text}")
    return dict(found)


def catalog(
    address: Address,
    about: tuple[str, list[str]],
    files: Iterable[tuple[str, str, str]],
    latest,
) -> list[Thing]:
    """Return the data set as DCAT-AP has it: its catalog, publisher, API, and the `files` (name, media type, address).

    `about` are what it holds, and keywords; `latest` is the published version that one of the files may be, or None.
    """
    site, page, service = current_site(), address(reverse("data")), address(reverse("api:root"))
    (description, keywords), license = about, {"@id": site.license_address}
    found = [_file(address, page, file, latest) for file in files]
    shared = {
        "dcterms:title": _text(data_set_title(), "en"),
        "dcterms:description": _text(description, "en"),
        "dcterms:publisher": {"@id": f"{page}#publisher"},
        "dcterms:license": license,
    }
    data_set = {
        **shared,
        "@id": page,
        "@type": ["dcat:Dataset", "schema:Dataset"],
        "dcterms:conformsTo": {"@id": _document(address)},
        "dcat:keyword": [_text(word, "en") for word in keywords],
        "dcat:landingPage": {"@id": page},
        "dcat:distribution": [{"@id": each["@id"]} for each in found],
    }
    home = {
        **shared,
        "@id": f"{page}#catalog",
        "@type": "dcat:Catalog",
        "dcterms:title": _text(site.name, "en"),
        "foaf:homepage": {"@id": address("/")},
        "dcat:dataset": {"@id": page},
        "dcat:service": {"@id": service},
    }
    publisher = {"@id": f"{page}#publisher", "@type": ["foaf:Agent", "schema:Organization"]}
    api = {
        "@id": service,
        "@type": "dcat:DataService",
        "dcterms:title": _text(f"API of {site.name}", "en"),
        "dcat:endpointURL": {"@id": service},
        "dcat:endpointDescription": {"@id": address(reverse("api:schema"))},
        "dcat:servesDataset": {"@id": page},
    }
    publisher |= {"foaf:name": site.publisher, "schema:name": site.publisher}
    return [home, data_set, publisher, api, *found]


def _file(address: Address, page: str, file: tuple[str, str, str], latest) -> Thing:
    name, media_type, path = file
    # One that is not registered has no address.
    registered = "/x-" not in media_type and {"@id": f"{_MEDIA_TYPES}{media_type}"}
    described = {
        "@id": f"{page}#{name}",
        "@type": "dcat:Distribution",
        "dcterms:title": name,
        "dcat:accessURL": {"@id": address(path)},
        "dcat:downloadURL": {"@id": address(path)},
        "dcat:mediaType": registered or "",
        "dcterms:license": {"@id": current_site().license_address},
    }
    if latest and name == latest.name:
        described |= {
            "dcat:byteSize": {"@value": str(latest.bytes), "@type": "xsd:nonNegativeInteger"},
            "dcat:version": str(latest.version),
            "dcterms:issued": _day(latest.recorded_on.isoformat()),
        }
    return _said(described)


# Parts


def _said(thing: Thing) -> Thing:
    return {name: value for name, value in thing.items() if value not in ("", None, [])}


def _text(words: str, language: str) -> Thing | str:
    return words and {"@value": words, "@language": language or "en"}


def _day(day: str | None, precision: str | None = "day") -> Thing | None:
    """Return a day as exactly as it is known."""
    known = precision or "day"
    return day and {"@value": day[: _LENGTHS[known]], "@type": _TYPES_OF_DAYS[known]}


def _page(address: Address, name: str, **key: str) -> Thing | None:
    return {"@id": address(reverse(name, kwargs=key))} if all(key.values()) else None


def _agencies(address: Address, slugs: Iterable[str]) -> list[Thing]:
    return [_page(address, "agency_detail", slug=slug) for slug in slugs]


def _sources(address: Address, rows: Iterable[Thing]) -> list[Thing]:
    slugs = dict.fromkeys(row["slug"] for row in rows)
    return [_page(address, "source_detail", slug=slug) for slug in slugs]


def _document(address: Address) -> str:
    return address(reverse("vocabularies", kwargs={"form": "jsonld"}))


def _scheme(address: Address, name: str) -> str:
    return f"{_document(address)}#{name}"


def _concept(address: Address, scheme: str, code: str) -> Thing:
    return {"@id": f"{_scheme(address, scheme)}-{code}"}


def _in_scheme(
    address: Address, scheme: str, iri: str, code: str, label: str, definition: str
) -> Thing:
    return _said(
        {
            "@id": iri,
            "@type": "skos:Concept",
            "skos:inScheme": {"@id": _scheme(address, scheme)},
            "skos:notation": code,
            "skos:prefLabel": _text(label, "en"),
            "skos:definition": _text(definition, "en"),
        }
    )
