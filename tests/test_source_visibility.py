"""Sources on which nothing published rests: their titles, notes and addresses are in no public place."""

import pytest
from django.core.management import call_command
from django.test import Client

from commitments import services
from commitments.models import Change, DatasetVersion
from tests.factories import ACTOR, REASON, check_link, cite, make_commitment, make_source

pytestmark = pytest.mark.django_db

PLACES = (
    "/api/v1/changes/",
    "/api/v1/changes/?format=csv",
    "/changes/",
    "/changes/?kind=source",
    "/sources/",
    "/sources/whistle/",
    "/api/v1/sources/",
    "/api/v1/sources/whistle/",
    "/commitments/?source=whistle",
    "/commitments/?source=whistl",
    "/api/v1/commitments/?source=whistle",
    "/compare/?from=whistle&to=whistle",
    "/search/?q=memo",
    "/feeds/changes.atom",
)


def leaks(known_at=""):
    pages = {}
    for place in PLACES:
        at = f"{'&' if '?' in place else '?'}known_at={known_at}" if known_at else ""
        pages[place] = Client().get(place + at)
    bodies = {place: b"".join(page).decode() for place, page in pages.items()}
    return {place for place, body in bodies.items() if "Leaked" in body or "/leak" in body}


@pytest.fixture
def draft(db):
    item = make_commitment("US21-PRT-001", is_published=False)
    source = make_source("whistle", title="Leaked memo", url="https://example.org/leak")
    check_link(source)
    cite(item, source)
    return item


def test_a_source_of_unpublished_commitments_alone_leaks_nowhere(draft):
    assert leaks() == set()
    rows = Client().get("/api/v1/changes/?limit=500").json()["results"]
    withheld = [row["seq"] for row in rows if row["withheld"]]
    kinds = Change.objects.filter(seq__in=withheld).values_list("object_type", flat=True)
    assert {"source", "sourcecheck", "citation", "commitment"} == set(kinds)
    call_command("verify_record", verbosity=0)


def test_what_was_public_once_and_is_unpublished_leaks_at_no_past_moment(draft, settings):
    settings.PLANWATCH_TWO_PERSON_RULE = False
    make_commitment(draft.code, is_published=True)
    moment = Change.objects.latest("seq").recorded_at.isoformat().replace("+00:00", "Z")
    assert "/sources/whistle/" in leaks(moment)
    services.submit_unpublishing(commitment=draft.code, reason=REASON, actor=ACTOR)
    assert leaks() == leaks(moment) == set()


def test_what_a_contributor_enters_is_withheld_until_an_editor_takes_it():
    make_source("whistle", title="Leaked memo", url="https://example.org/leak")
    assert leaks() == set()
    cite(make_commitment(), make_source("whistle", title="Leaked memo"))
    assert "/sources/whistle/" in leaks() and "/changes/" in leaks()


def test_a_copy_is_told_which_rows_about_a_source_turned():
    item = make_commitment("US21-PRT-001")
    source = make_source("whistle", title="Leaked memo")
    seq = Change.objects.get(object_type="source").seq

    def read_again():
        return Client().get(f"/api/v1/changes/?after={passed}").json()["read_again"]

    passed = DatasetVersion.objects.get().seq
    assert read_again() == []
    cite(item, source)
    assert read_again() == [seq]
    passed = DatasetVersion.objects.get().seq
    cite(make_commitment("US21-PRT-002"), source)
    assert seq not in read_again(), "it was public before"
