"""Terms and acronyms are explained where they stand, from the site's own data."""

import pytest
from django.core.exceptions import ValidationError

from commitments import services
from commitments.imports.yaml_reader import read_files
from tests.factories import ACTOR, make_commitment

pytestmark = pytest.mark.django_db

SITE = {"name": "PlanWatch", "topic": "en: housing", "actor": ACTOR}


def test_a_page_explains_the_terms_that_stand_on_it_and_the_method_all_of_them(client):
    services.save_site(
        glossary="TBD: to be decided\nforfeiture: the taking of property\nICE: an agency", **SITE
    )
    title, summary = "Say what is TBD", "Forfeitures are to be counted, on ice or not."
    item = make_commitment("US21-PRT-001", title=title, summary=summary)
    page = client.get(f"/commitments/{item.code}/").content.decode()
    method = client.get("/method/").content.decode()
    assert "To be decided" in page and "The taking of property" in page
    assert "An agency" not in page and "An agency" in method


def test_a_line_of_the_glossary_without_a_meaning_is_refused():
    with pytest.raises(ValidationError, match="a colon and what it means"):
        services.save_site(glossary="TBD", **SITE)


def test_the_glossary_comes_with_the_site():
    data = b"name: PlanWatch\nglossary:\n  TBD: to be decided\n  U visa: a status\n"
    (row,) = read_files({"site.yaml": data}, "a folder")
    assert row.fields["glossary"] == "TBD: to be decided\nU visa: a status"
