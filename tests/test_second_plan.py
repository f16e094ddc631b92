"""A plan of another country beside the first: nothing in the code may assume whose plan it is."""

import datetime as dt
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from agencies.models import Agency
from commitments.choices import Status
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_folder
from commitments.models import Change, Commitment, Pillar, Plan, Source
from commitments.services.history_rules import step_of, terms_of
from commitments.status_rules import history_problem

pytestmark = pytest.mark.django_db

FIRST = settings.BASE_DIR / "fixtures"
SECOND = settings.BASE_DIR / "docs" / "examples" / "au-nap-2020"


@pytest.fixture(scope="module", autouse=True)
def both(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        for folder in (FIRST, SECOND):
            assert import_rows(read_folder(folder), actor="importer").written
        yield
        transaction.set_rollback(True)


def of_the_second():
    return Commitment.objects.filter(plan__slug="au-nap-2020")


def test_both_plans_stand_side_by_side_under_the_same_pillars():
    assert set(Plan.objects.values_list("jurisdiction", flat=True)) == {"US", "AU"}
    assert Pillar.objects.count() == 4
    assert of_the_second().count() == 7
    assert set(of_the_second().values_list("pillar__slug", flat=True)) == set(
        Pillar.objects.values_list("slug", flat=True)
    )
    assert set(of_the_second().values_list("pillar_basis", flat=True)) == {"inferred"}


def test_the_same_folder_a_second_time_changes_nothing():
    before = Change.objects.count()
    report = import_rows(read_folder(SECOND), actor="importer")
    assert {outcome.result for outcome in report.outcomes} == {"unchanged"}
    assert Change.objects.count() == before


def test_every_history_is_legal_and_the_rest_has_no_evidence():
    for item in of_the_second().select_related("plan"):
        steps = list(item.status_changes.not_corrected().for_reading())
        assert history_problem(map(step_of, steps), terms_of(item)) is None
        if not steps:
            assert item.status == Status.NO_EVIDENCE
            assert not item.reviews.exists()
        assert all(row.locator for step in steps for row in step.evidence.all())


def test_every_commitment_has_a_source_with_an_address_and_says_who_owes_it():
    for item in of_the_second():
        assert any(row.source.url for row in item.citations.select_related("source")), item
        assert item.roles.filter(role="lead").exists() or item.lead_note, item
    for source in Source.objects.filter(slug__startswith="au-"):
        assert urlsplit(source.url).scheme == "https", source
        assert not source.published_on or source.published_on <= dt.date(2026, 11, 22)


def test_who_speaks_is_seen_from_the_plans_own_government():
    official = Source.objects.filter(slug__startswith="au-", origin="official")
    assert official.exists()
    for source in official:
        assert re.search(r"\.gov\.au$", urlsplit(source.url).hostname), source


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/commitments/?plan=au-nap-2020",
        "/commitments/AU20-PRV-001/",
        "/commitments/AU20-PRV-001/?as_of=2021-06-30",
        "/commitments/AU20-PRT-002/",
        "/pillars/prevention/",
        "/agencies/",
        "/agencies/au-agd/",
        "/sources/au-f2020l01589/",
        "/changes/",
        "/api/v1/plans/au-nap-2020/",
        "/api/v1/commitments/AU20-PRV-001/",
        "/api/v1/stats/?by=plan,status",
    ],
)
def test_every_surface_shows_the_second_plan_too(client, address):
    assert client.get(address).status_code == 200


def test_a_page_of_the_second_plan_speaks_of_no_other_government(client):
    for code in of_the_second().values_list("code", flat=True):
        page = client.get(f"/commitments/{code}/").content.decode()
        main = page[page.index("<main") : page.index("</main>")]
        assert not re.search(r"\bUS government|United States|\bUS\d\d-", main), code


def test_the_first_plan_is_as_it_was(client):
    listed = client.get("/api/v1/commitments/?plan=us-nap-2021&page_size=1").json()
    assert listed["count"] == Commitment.objects.exclude(plan__slug="au-nap-2020").count()
    assert Agency.objects.filter(jurisdiction="US").exists()


def test_the_record_holds_over_both(capsys):
    call_command("verify_record")
    call_command("check_integrity")
    assert "Every derived value agrees" in capsys.readouterr().out
