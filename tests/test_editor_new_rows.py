"""What a form names and the record does not have yet: added on a page of its own, and nothing typed is lost."""

import html
import re

import pytest

from agencies.models import Agency, Jurisdiction
from commitments.models import Commitment, Section, Source, Theme
from planwatch.validators.keys import slug_of
from tests.editor_pages import (
    WORDS,
    address,
    contributor,  # noqa: F401
    editor,  # noqa: F401
    entry,
    holds,
    item,  # noqa: F401
    signed_in,
)

pytestmark = pytest.mark.django_db
AGENCY = {"name": "Office of the Auditor", "short_name": "Auditor", "jurisdiction": "US"}


def set_aside(client, where, typed, kind, into):
    response = client.post(where, typed | {"action": f"aside:{kind}:{into}"})
    assert response.status_code == 302
    return response.url


def test_an_agency_is_added_on_the_way_and_the_form_comes_back_with_it(editor, item):
    where, typed = address(item, "edit"), entry(item, summary=WORDS)
    typed["agencies-2-agency"] = ""
    there = set_aside(editor, where, typed, "agency", "agencies-*-agency")
    assert holds(editor.get(there), "The form that you came from is kept", f'href="{where}"')
    response = editor.post(there, AGENCY | {"action": "save"})
    assert response.url == f"{where}#id_agencies-2-agency"
    assert Agency.objects.get(slug="office-of-the-auditor").short_name == "Auditor"
    page = editor.get(where)
    assert holds(page, WORDS, 'value="office-of-the-auditor" selected', "What you typed is back")
    saved = typed | {"agencies-2-agency": "office-of-the-auditor", "action": "save"}
    assert editor.post(where, saved).status_code == 302
    assert not holds(editor.get(where), "What you typed is back")


def test_a_row_is_made_for_an_agency_where_all_are_taken(editor, item):
    where = address(item, "edit")
    typed = entry(item, **{"agencies-TOTAL_FORMS": "2"})
    there = set_aside(editor, where, typed, "agency", "agencies-*-agency")
    response = editor.post(there, AGENCY | {"action": "save"})
    assert response.url.endswith("#id_agencies-2-agency")
    assert holds(editor.get(where), 'value="office-of-the-auditor" selected')


def test_a_section_and_a_theme_are_added_on_the_way(editor, item):
    where = address(item, "edit")
    there = set_aside(editor, where, entry(item, summary=WORDS), "section", "section")
    page = editor.get(there)
    plan = re.search(r'<option value="(\d+)" selected>', page.content.decode())[1]
    back = editor.post(there, {"plan": plan, "title": "Care for survivors", "action": "save"})
    assert back.url == f"{where}#id_section"
    section = Section.objects.get(key="care-for-survivors")
    assert section.position > Section.objects.get(key="protection-1").position
    assert holds(editor.get(where), 'value="us-nap-2021:care-for-survivors" selected', WORDS)
    there = set_aside(editor, where, entry(item, themes_1=""), "theme", "themes_*")
    new = {"name": "Supply chains", "definition": WORDS, "action": "save"}
    assert editor.post(there, new).url == f"{where}#id_themes_1"
    assert Theme.objects.filter(code="supply-chains").exists()
    assert holds(editor.get(where), 'value="supply-chains" selected')


def test_one_form_leads_to_another_and_both_come_back(editor, item):
    where = address(item, "edit")
    there = set_aside(editor, where, entry(item, summary=WORDS), "agency", "agencies-*-agency")
    further = set_aside(editor, there, AGENCY, "jurisdiction", "jurisdiction")
    assert not Jurisdiction.objects.filter(code="SOM-LD").exists()
    new = {"code": "SOM-LD", "name": "Somaliland", "level": "national", "action": "save"}
    back = editor.post(further, new | {"time_zone": "Africa/Mogadishu"})
    assert back.url == f"{there}#id_jurisdiction"
    assert holds(editor.get(there), 'value="Office of the Auditor"', 'value="SOM-LD"')
    editor.post(there, AGENCY | {"jurisdiction": "SOM-LD", "action": "save"})
    assert Agency.objects.get(slug="office-of-the-auditor").jurisdiction == "SOM-LD"
    assert holds(editor.get(where), WORDS, 'value="office-of-the-auditor" selected')


def test_a_commitment_and_a_source_are_added_from_the_form_of_a_link(editor, item):
    where, typed = address(item, "lineage"), {"add-note": WORDS}
    there = set_aside(editor, where, typed, "source", "add-source")
    there = editor.get(there).url
    new = {"title": "A letter", "publisher": "The Press", "kind": "report", "language": "en"}
    back = editor.post(there, new | {"origin": "independent", "action": "save"})
    assert back.url == f"{where}#id_add-source"
    slug = Source.objects.get(title="A letter").slug
    assert slug == "the-press-undated-a-letter"
    assert holds(editor.get(where), WORDS, f'value="{slug}"')
    there = editor.get(set_aside(editor, where, typed, "commitment", "add-other")).url
    assert there.startswith("/editor/commitments/new/?")
    posted = entry(item, code="US21-PRT-400", evidence=["sheet"], action="publish")
    back = editor.post(there, posted | {"locator-sheet": "page 3", "title": "Train every driver"})
    assert back.url == f"{where}#id_add-other"
    assert holds(editor.get(where), WORDS, 'value="US21-PRT-400"')
    assert Commitment.objects.filter(code="US21-PRT-400", is_published=True).exists()


def test_a_refused_row_says_why_and_leads_nowhere(editor, item):
    for wrong in ({"name": ""}, {"jurisdiction": "ZZ"}, {"slug": "hhs"}, {"slug": "a b"}):
        response = editor.post("/editor/new/agency/", AGENCY | wrong | {"action": "save"})
        assert response.status_code == 422 and holds(response, "This is not saved yet")
    assert not Agency.objects.filter(short_name="Auditor").exists()
    assert editor.get("/editor/new/planet/").status_code == 404
    response = editor.post(
        "/editor/new/agency/?back=https://evil.example/", AGENCY | {"action": "save"}
    )
    assert response.url.startswith("/editor/new/agency/")


def test_an_agency_is_added_with_the_identifiers_that_a_document_gives(editor, item):
    known = AGENCY | {"wikidata": "Q942326", "org_id": "US-EXAMPLE-75", "action": "save"}
    register = "https://example.org/register"
    for wrong in ({}, {"identifiers_url": register, "wikidata": "942326"}):
        assert editor.post("/editor/new/agency/", known | wrong).status_code == 422
    response = editor.post("/editor/new/agency/", known | {"identifiers_url": register})
    assert response.status_code == 302
    made = Agency.objects.get(slug="office-of-the-auditor")
    assert (made.wikidata, made.org_id) == ("Q942326", "US-EXAMPLE-75")
    assert made.identifiers_url == register


def test_the_key_is_proposed_while_one_types_and_nothing_is_saved(editor, item):
    page = editor.post("/editor/new/agency/", AGENCY | {"action": "preview"})
    assert holds(page, 'Proposed: <span class="code">office-of-the-auditor</span>')
    assert not holds(page, "This is not saved yet") and not Agency.objects.filter(
        short_name="Auditor"
    )
    typed = {"plan": "us-nap-2021", "pillar": "protection", "announced_on_day": "3"}
    typed |= {"announced_on_month": "12", "announced_on_year": "2021", "action": "preview"}
    page = editor.post("/editor/commitments/new/", typed)
    assert holds(page, 'Proposed: <span class="code">US21-PRT-952</span>')
    long = {"title": "A very long report on " + "everything that anybody ever did " * 3}
    page = editor.post(
        "/editor/sources/new/", long | {"publisher": "The Press", "action": "preview"}
    )
    proposed = re.search(
        r"Proposed: <span class=\"code\">([^<]*)",
        html.unescape(" ".join(page.content.decode().split())),
    )[1]
    assert proposed == "the-press-undated-a-very-long-report-on-everything-that-anybody-ever-did"
    assert Source.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("Office of Trafficking", "office-of"),
        ("Trafficking", "traffickin"),
        ("Office for X", "office-for"),
        ("人身売買", ""),
    ],
)
def test_a_slug_is_cut_between_words(words, slug):
    assert slug_of(words, 10) == slug


def test_administrators_record_like_editors_and_editors_import(item):
    boss, first = signed_in("boss", "Administrator"), signed_in("first", "Editor")
    assert holds(boss.get("/editor/"), "Add a commitment", "Import")
    assert (
        boss.get(address(item)).status_code
        == boss.get("/editor/commitments/new/").status_code
        == 200
    )
    assert first.get("/editor/import/").status_code == 200
    assert first.get("/editor/new/agency/").status_code == 200
    assert signed_in("third", "Contributor").get("/editor/new/agency/").status_code == 403
