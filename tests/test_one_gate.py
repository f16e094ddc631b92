"""One gate: what an import may do alone, what it proposes, and what a person must have seen first."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from agencies.models import Agency
from commitments import services
from commitments.imports.runner import import_rows
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.imports.yaml_reader import read_files
from commitments.models import Commitment, Pillar, Proposal, Source
from tests import factories
from tests.factories import ACTOR, change, cite, make_commitment, make_source, unpublish
from tests.test_spreadsheets import account, as_csv, confirm, send

pytestmark = pytest.mark.django_db

STEPS = ["commitment", "effective_on", "status", "explanation", "corrects"]
EVIDENCE = ["evidence_1_source", "evidence_1_locator"]


def imported(kind, *rows, actor="importer", **options):
    return import_rows(read_spreadsheet(as_csv(*rows), "file.csv", kind), actor=actor, **options)


def results(report):
    return [outcome.result for outcome in report.outcomes]


@pytest.fixture
def public(db):
    item = make_commitment("US21-PRT-701")
    cite(item, make_source("sheet"))
    change(item, "in_progress", dt.date(2022, 2, 1), [Source.objects.get()])
    return item


def step(item, status, corrects="", day="2022-03-01"):
    return [item.code, day, status, "It ended.", corrects, "sheet", "page 2"]


@pytest.mark.parametrize(("status", "corrects"), [("withdrawn", ""), ("stalled", "1")])
def test_an_import_proposes_what_closes_or_corrects_and_finds_it_waiting_the_next_time(
    public, status, corrects
):
    rows = ([*STEPS, *EVIDENCE], step(public, status, corrects))
    assert results(imported("statuschange", *rows)) == ["proposed"]
    public.refresh_from_db()
    assert public.status == "in_progress"
    waits = Proposal.objects.get()
    assert (waits.state, waits.status, waits.proposed_by) == ("waiting", status, "importer")
    assert results(imported("statuschange", *rows)) == ["unchanged"]
    assert Proposal.objects.count() == 1
    services.approve_proposal(proposal=waits.pk, actor=ACTOR)
    public.refresh_from_db()
    assert public.status == status
    assert results(imported("statuschange", *rows)) == ["unchanged"]


def test_an_import_proposes_what_reopens_and_records_what_one_person_may(public):
    rows = ([*STEPS, *EVIDENCE], step(public, "stalled"))
    assert results(imported("statuschange", *rows)) == ["new"]
    change(public, "withdrawn", dt.date(2022, 4, 1), [Source.objects.get()])
    rows = ([*STEPS, *EVIDENCE], step(public, "in_progress", day="2022-05-01"))
    assert results(imported("statuschange", *rows)) == ["proposed"]


def test_a_step_behind_one_that_waits_waits_too_and_is_found_the_next_time(public):
    second, third = step(public, "in_progress", "1"), step(public, "stalled", day="2022-05-01")
    rows = (["seq", *STEPS, *EVIDENCE], [2, *second], [3, *third])
    assert results(imported("statuschange", *rows)) == ["proposed", "proposed"]
    assert results(imported("statuschange", *rows)) == ["unchanged", "unchanged"]
    for waits in Proposal.objects.order_by("pk"):
        services.approve_proposal(proposal=waits.pk, actor=ACTOR)
    assert results(imported("statuschange", *rows)) == ["unchanged", "unchanged"]
    beyond = (rows[0], [5, *step(public, "in_place", day="2022-06-01")])
    assert "would be step 4, not 5" in imported("statuschange", *beyond).refused[0].detail


def test_without_the_rule_of_two_an_import_records_at_once(public, settings):
    settings.PLANWATCH_TWO_PERSON_RULE = False
    rows = ([*STEPS, *EVIDENCE], step(public, "withdrawn"))
    assert results(imported("statuschange", *rows)) == ["new"]


NEW_PLAN = {
    "source.yaml": """
- model: commitments.source
  fields: {slug: nz-sheet, title: A sheet, publisher: Ministry, kind: plan, origin: official, published_on: 2021-03-16}
""",
    "plan.yaml": """
- model: commitments.plan
  fields: {slug: nz-plan, jurisdiction: NZ, title: A plan, published_on: 2021-03-16}
""",
    "commitment.yaml": """
- model: commitments.commitment
  fields: {code: NZ21-PRV-001, plan: [nz-plan], pillar: [protection], pillar_basis: stated, kind: ongoing,
    title: Teach, summary: Words., announced_on: 2021-03-16}
""",
    "citation.yaml": """
- model: commitments.citation
  fields: {commitment: [NZ21-PRV-001], source: [nz-sheet], relation: announces, locator: page 1}
""",
    "statuschange.yaml": """
- model: commitments.statuschange
  fields: {commitment: [NZ21-PRV-001], seq: 1, effective_on: 2021-03-16, status: withdrawn, explanation: Dropped.}
""",
    "evidence.yaml": """
- model: commitments.evidence
  fields: {status_change: [NZ21-PRV-001, 1], source: [nz-sheet], locator: page 1}
""",
}


def folder(**changed):
    files = {**NEW_PLAN, **{name.replace("_", "."): text for name, text in changed.items()}}
    return read_files({name: text.encode() for name, text in files.items() if text}, "folder")


def test_a_plan_that_is_new_to_the_record_may_arrive_with_closed_steps(public):
    report = import_rows(folder(), actor="importer")
    assert set(results(report)) == {"new"} and report.written
    assert Commitment.objects.get(code="NZ21-PRV-001").status == "withdrawn"
    again = import_rows(folder(), actor="importer")
    assert set(results(again)) == {"unchanged"}


def test_a_plan_without_its_citations_is_not_published(public):
    report = import_rows(folder(citation_yaml=None), actor="importer")
    notes = [note for each in report.outcomes for note in each.notes]
    assert notes == ["No source is cited for it: it stays an unpublished draft."]
    assert not Commitment.objects.get(code="NZ21-PRV-001").is_published


def test_a_draft_is_published_by_an_import_only_once_it_is_cited(public):
    draft = make_commitment("US21-PRT-702", is_published=False)
    rows = (["code", "is_published"], [draft.code, "yes"])
    assert "needs a document" in imported("commitment", *rows).refused[0].detail
    cite(draft)
    assert results(imported("commitment", *rows)) == ["changed"]


def test_an_import_neither_unpublishes_nor_publishes_again(public):
    rows = (["code", "is_published"], [public.code, "no"])
    assert "two people" in imported("commitment", *rows).refused[0].detail
    unpublish(public)
    rows = (["code", "is_published"], [public.code, "yes"])
    assert "was unpublished on" in imported("commitment", *rows).refused[0].detail
    assert not Commitment.objects.get(pk=public.pk).is_published


BEYOND = {
    "an agency of another jurisdiction": (
        "agency",
        (["slug", "name", "jurisdiction"], ["hhs", "Santé", "CA"]),
        "agency:hhs",
        lambda: Agency.objects.get(slug="hhs").name == "Santé",
    ),
    "an agency that a plan uses": (
        "agency",
        (["slug", "name"], ["hhs", "Santé"]),
        "agency:hhs",
        lambda: Agency.objects.get(slug="hhs").name == "Santé",
    ),
    "a source that a plan uses": (
        "source",
        (["slug", "title"], ["sheet", "Another"]),
        "source:sheet",
        lambda: Source.objects.get(slug="sheet").title == "Another",
    ),
    "a commitment that moves to another plan": (
        "commitment",
        (["code", "plan"], ["US21-PRT-701", "us-other"]),
        "commitment:US21-PRT-701",
        lambda: Commitment.objects.get(code="US21-PRT-701").plan.slug == "us-other",
    ),
}


@pytest.fixture
def used(public):
    factories.make_agency("hhs")
    factories.make_plan("us-other")
    make_commitment(public.code, lead_agencies=["hhs"])


@pytest.mark.parametrize("name", BEYOND)
def test_a_row_that_reaches_beyond_the_import_is_refused_by_name_unless_allowed(
    used, tmp_path, name, capsys
):
    kind, rows, allowed, is_written = BEYOND[name]
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(*rows))
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("import_plan", path, "--kind", kind)
    assert f"allow {allowed}" in capsys.readouterr().out
    assert not is_written()
    call_command("import_plan", path, "--kind", kind, "--allow", allowed)
    assert is_written()


PILLAR = """
- model: commitments.pillar
  fields: {slug: protection, code: PRT, name: Awareness, position: 2}
"""
OTHERS = """
- model: commitments.commitment
  fields: {code: US21-PRT-701, plan: [us-nap-2021], pillar: [protection], pillar_basis: stated, kind: ongoing,
    title: Rewritten from abroad, summary: Words., announced_on: 2021-12-03}
"""


def test_a_plan_changes_a_row_of_another_plan_only_where_a_person_ticked_it(used):
    changed = {"commitment_yaml": NEW_PLAN["commitment.yaml"] + OTHERS}
    report = import_rows(folder(**changed), actor="importer")
    assert [outcome.name for outcome in report.refused] == ["commitment:US21-PRT-701"]
    assert not report.written
    asked = import_rows(folder(**changed), actor="importer", rehearse=True, allowed=None)
    beyond = [outcome.name for outcome in asked.outcomes if outcome.beyond]
    assert beyond == ["commitment:US21-PRT-701"]


@pytest.mark.parametrize("allowed", [(), {"pillar:protection", "pillar:other"}, None])
@pytest.mark.parametrize(("slug", "code"), [("protection", "PRT"), ("other", "OTH")])
def test_a_plan_never_adds_or_changes_a_pillar_of_the_site(used, slug, code, allowed):
    pillar = PILLAR.replace("slug: protection, code: PRT", f"slug: {slug}, code: {code}")
    pillar = pillar.replace("position: 2", "position: 9") if slug == "other" else pillar
    report = import_rows(folder(pillar_yaml=pillar), actor="importer", allowed=allowed)
    assert [outcome.name for outcome in report.refused] == [f"pillar:{slug}"]
    assert "change them in site.yaml or in the admin" in report.refused[0].detail
    assert not report.refused[0].beyond
    assert Pillar.objects.get().name == "Protection"


def test_the_browser_shows_old_and_new_values_and_asks_for_each_row_unticked(used, client):
    client.force_login(account("boss", "Administrator"))
    file = as_csv(["slug", "name"], ["hhs", "Santé"])
    page = send(client, file)
    text = page.content.decode()
    assert (
        'value="agency:hhs"' in text and "checked" not in text.split('value="agency:hhs"')[1][:60]
    )
    assert "Department hhs" in text and "Santé" in text
    refused = confirm(client, page)
    assert refused.status_code == 422 and "Tick each row" in refused.content.decode()
    assert Agency.objects.get(slug="hhs").name == "Department hhs"
    assert "1 changed" in confirm(client, page, allow="agency:hhs").content.decode()
    assert Agency.objects.get(slug="hhs").name == "Santé"


def test_more_rows_beyond_the_import_than_one_can_look_at_are_not_offered(
    used, client, monkeypatch
):
    monkeypatch.setattr("commitments.imports.views.MOST_BEYOND", 0)
    client.force_login(account("boss", "Administrator"))
    page = send(client, as_csv(["slug", "name"], ["hhs", "Santé"]))
    text = page.content.decode()
    assert "1 row belongs to other plans" in text
    assert 'value="agency:hhs"' not in text and 'value="import"' not in text
