"""Plans of several countries side by side: nothing in the code may assume whose plan it is."""

import re

import pytest
import yaml

from agencies.models import Agency
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_folder
from commitments.models import Change, Commitment, Pillar, Plan
from tests.kept_data_set import FIXTURES, data_set

pytestmark = pytest.mark.django_db

FOLDERS = {path.parent.name: path.parent for path in FIXTURES.glob("*/plan.yaml")}


@pytest.fixture(scope="module", autouse=True)
def all_plans(django_db_setup, django_db_blocker):
    with data_set(django_db_blocker):
        yield


def of_australia():
    return Commitment.objects.filter(plan__slug="au-nap-2020")


def test_plans_of_six_governments_stand_side_by_side_under_the_same_pillars():
    jurisdictions = set(Plan.objects.values_list("jurisdiction", flat=True))
    assert jurisdictions == {"US", "AU", "CA", "EU", "IE", "MY"}
    assert Pillar.objects.count() == 4
    for plan in Plan.objects.exclude(slug="us-nap-2021"):
        assert plan.coverage == "partial" and plan.coverage_note, plan
        assert plan.commitments.exists(), plan


@pytest.mark.parametrize("plan", sorted(FOLDERS))
def test_the_folder_of_one_plan_a_second_time_changes_nothing(plan):
    before = Change.objects.count()
    report = import_rows(read_folder(FOLDERS[plan]), actor="importer")
    assert {outcome.result for outcome in report.outcomes} == {"unchanged"}
    assert Change.objects.count() == before


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/commitments/?plan=au-nap-2020",
        "/commitments/AU20-001/",
        "/commitments/AU20-001/?as_of=2021-06-30",
        "/commitments/AU20-004/",
        "/pillars/prevention/",
        "/agencies/",
        "/agencies/au-agd/",
        "/sources/au-f2020l01589/",
        "/changes/",
        "/api/v1/plans/au-nap-2020/",
        "/api/v1/commitments/AU20-001/",
        "/api/v1/stats/?by=plan,status",
    ],
)
def test_every_surface_shows_a_plan_of_another_country_too(client, address):
    assert client.get(address).status_code == 200


def test_a_page_of_one_country_speaks_of_no_other_government(client):
    for code in of_australia().values_list("code", flat=True):
        page = client.get(f"/commitments/{code}/").content.decode()
        main = page[page.index("<main") : page.index("</main>")]
        assert not re.search(r"\bUS government|United States|\bUS\d\d-", main), code


def test_the_plan_of_the_united_states_is_as_it_was(client):
    listed = client.get("/api/v1/commitments/?plan=us-nap-2021&page_size=1").json()
    rows = yaml.safe_load((FOLDERS["us-nap-2021"] / "commitment.yaml").read_bytes())
    assert listed["count"] == len(rows) > 100
    assert Agency.objects.filter(jurisdiction="US").exists()
