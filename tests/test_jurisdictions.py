"""Jurisdictions: made when a plan or agency names one, edited, filtered by, and told in every format."""

import datetime as dt
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from agencies.models import Agency, Jurisdiction
from commitments import services
from commitments.facets import facets_of
from commitments.filter_labels import sentence
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_files
from commitments.known_at import known_at
from commitments.models import REVISIONS, Change, Commitment
from commitments.selection import select_commitments
from tests.factories import ACTOR, cite, make_agency, make_commitment, make_plan

pytestmark = pytest.mark.django_db

CITY = {"name": "Springfield", "level": "subnational", "time_zone": "America/Chicago"}


def save(code, **fields):
    return services.save_jurisdiction(code=code, actor=ACTOR, **(CITY | fields))


def api(address):
    return Client().get(f"/api/v1/{address}").json()


def two_countries():
    make_plan("nz-plan", jurisdiction="NZ", title="Plan of Action")
    for code, plan in (("US21-PRT-001", "us-nap-2021"), ("NZ21-001", "nz-plan")):
        cite(make_commitment(code, plan=plan))


def as_if_of_a_former_release():
    """Take away the jurisdictions, as a release before them left the database; the record keeps its rows."""
    Jurisdiction.objects.all().delete()
    REVISIONS[Jurisdiction].objects.all().delete()


def test_a_plan_of_a_country_makes_its_row_with_what_the_standards_say():
    make_plan(jurisdiction="NZ")
    there = Jurisdiction.objects.get()
    assert (there.code, there.name, there.level) == ("NZ", "New Zealand", "national")
    assert there.time_zone == "Pacific/Auckland"
    kinds = Change.objects.order_by("seq").values_list("object_type", "object_key")
    assert list(kinds) == [("jurisdiction", "NZ"), ("plan", "us-nap-2021")]


def test_a_part_of_a_country_comes_after_the_country():
    make_agency("mag", jurisdiction="CA-ON")
    ontario = Jurisdiction.objects.get(code="CA-ON")
    assert (ontario.name, ontario.level, ontario.parent.code) == ("Ontario", "subnational", "CA")


def test_a_code_of_its_own_needs_a_row_first():
    with pytest.raises(ValidationError, match="not a code of ISO 3166"):
        make_plan(jurisdiction="XSPR")
    save("XSPR")
    assert make_plan(jurisdiction="XSPR").jurisdiction == "XSPR"


@pytest.mark.parametrize(
    ("field", "values", "words"),
    [
        ("code", {"code": "UK"}, "Write “GB”"),
        ("code", {"code": "a b"}, "capital letters"),
        ("level", {"level": "local"}, "not a valid choice"),
        ("time_zone", {"time_zone": "Springfield"}, "not an IANA time zone"),
        ("languages", {"languages": "en|englisch"}, "not the tag of a language"),
        ("parent", {"parent": "XTWO"}, "There is no jurisdiction XTWO"),
    ],
)
def test_what_no_standard_knows_is_refused_with_what_to_write(field, values, words):
    with pytest.raises(ValidationError) as error:
        save(**({"code": "XSPR"} | values))
    told = error.value.message_dict
    assert words in " ".join(told.get(field, told.get("__all__", ())))
    assert not Jurisdiction.objects.exists()


def test_no_jurisdiction_is_part_of_itself():
    save("XONE")
    save("XTWO", parent="XONE")
    with pytest.raises(ValidationError, match="part of itself"):
        save("XONE", parent="XTWO")


def test_an_edited_time_zone_decides_when_a_deadline_passes(monkeypatch):
    save("CA", name="Canada", level="national", time_zone="America/Vancouver")
    make_plan(jurisdiction="CA")
    due = dt.date(2026, 11, 29)
    cite(make_commitment("CA21-001", due_on=due))
    overdue = []
    for hour in ("06:00", "08:00"):
        moment = dt.datetime.fromisoformat(f"2026-11-30T{hour}+00:00")
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        overdue.append(select_commitments(QueryDict("is_overdue=true")).count)
    assert overdue == [0, 1]


def test_commitments_are_kept_by_the_jurisdiction_of_their_plan():
    two_countries()
    chosen = select_commitments(QueryDict("jurisdiction=NZ"))
    assert [row.code for row in chosen.queryset] == ["NZ21-001"]
    assert sentence(1, chosen.chosen, chosen.clocks) == "New Zealand: 1 commitment."
    found = {item.value: item.count for item in facets_of(chosen).choices["jurisdiction"]}
    assert found == {"NZ": 1, "US": 1}
    for address in (
        "/commitments/?jurisdiction=NZ",
        "/api/v1/commitments/?jurisdiction=NZ",
        "/api/v1/commitments/?jurisdiction=NZ&format=csv",
        "/feeds/changes.atom?jurisdiction=NZ",
    ):
        answer = Client().get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        assert b"NZ21-001" in body and b"US21-PRT-001" not in body, address
    assert "New Zealand" in Client().get("/commitments/").content.decode()
    assert Client().get("/matrix/?jurisdiction=NZ").status_code == 200
    counted = api("stats/?by=jurisdiction")["results"]
    assert [(row["jurisdiction"], row["count"]) for row in counted] == [("NZ", 1), ("US", 1)]


def test_the_api_lists_each_jurisdiction():
    make_plan(jurisdiction="CA-ON")
    services.save_jurisdiction(
        code="CA-ON",
        name="Ontario",
        level="subnational",
        parent="CA",
        time_zone="America/Toronto",
        languages="en|fr",
        actor=ACTOR,
    )
    assert [row["code"] for row in api("jurisdictions/")["results"]] == ["CA", "CA-ON"]
    assert api("jurisdictions/CA-ON/") == {
        "code": "CA-ON",
        "url": "http://testserver/api/v1/jurisdictions/CA-ON/",
        "name": "Ontario",
        "level": "subnational",
        "parent": "CA",
        "time_zone": "America/Toronto",
        "languages": ["en", "fr"],
    }


def jurisdiction_file(**fields):
    fields = {"code": "US", "name": "United States", **CITY} | fields
    printed = "".join(f"\n    {name}: {value}" for name, value in fields.items())
    text = f"- model: agencies.jurisdiction\n  fields:{printed}\n"
    return read_files({"jurisdiction.yaml": text.encode()}, "folder")


def test_an_import_makes_a_jurisdiction_and_the_same_again_changes_nothing():
    for result in ("new", "unchanged"):
        report = import_rows(jurisdiction_file(), actor="importer")
        assert [outcome.result for outcome in report.outcomes] == [result]


def test_an_import_never_renames_the_jurisdiction_of_another_plan():
    make_plan()
    report = import_rows(jurisdiction_file(name="Elsewhere"), actor="importer")
    assert "into the jurisdiction US" in report.refused[0].detail
    assert Jurisdiction.objects.get().name == "United States"


def test_an_upgrade_records_the_jurisdictions_that_are_named_already():
    make_plan(jurisdiction="NZ")
    make_agency("doj")
    cite(make_commitment("NZ21-001"))
    Agency.objects.filter(slug="doj").update(jurisdiction="XZ")
    before = timezone.now()
    as_if_of_a_former_release()
    services.record_jurisdictions()
    assert Jurisdiction.objects.get().code == "NZ"
    row = Change.objects.latest("seq")
    assert (row.object_type, row.object_key, row.actor) == ("jurisdiction", "NZ", "upgrade")
    services.record_jurisdictions()
    assert Change.objects.latest("seq") == row
    # What was said before it had a row of its own is still said, in its name and by its days.
    with known_at(before):
        chosen = select_commitments(QueryDict(f"jurisdiction=NZ&known_at={before.isoformat()}"))
        assert [(item.value, item.label) for item in chosen.chosen] == [("NZ", "New Zealand")]
        assert chosen.count == 1


def test_an_edit_of_a_jurisdiction_is_known_from_its_moment_on():
    make_plan(jurisdiction="NZ")
    before = timezone.now()
    save("NZ", name="Aotearoa New Zealand", level="national", time_zone="Pacific/Auckland")
    assert Jurisdiction.objects.get().name == "Aotearoa New Zealand"
    with known_at(before):
        assert Jurisdiction.objects.get().name == "New Zealand"
    told = io.StringIO()
    call_command("check_integrity", stdout=told)
    assert Commitment.objects.count() == 0


def test_a_jurisdiction_that_was_changed_past_the_record_is_named():
    make_plan(jurisdiction="NZ")
    Jurisdiction.objects.update(name="Elsewhere")
    told = io.StringIO()
    with pytest.raises(Exception, match="difference"):
        call_command("check_integrity", stdout=told)
    assert "jurisdiction NZ differs from its last row in the record." in told.getvalue()
