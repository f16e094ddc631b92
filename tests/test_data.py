"""The data set itself: what is published about a government must be legal, sourced, worded here and neutral."""

import datetime as dt
import re
from calendar import month_name
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from agencies.models import Agency
from commitments.models import (
    Change,
    Citation,
    Commitment,
    CommitmentLink,
    DatasetVersion,
    Development,
    Evidence,
    Pillar,
    Plan,
    Review,
    Section,
    Source,
    StatusChange,
    Theme,
)
from commitments.services.history_rules import step_of, terms_of
from commitments.status_rules import history_problem
from commitments.statuses import last_day
from tests.kept_data_set import FIXTURES, data_set
from tests.test_linked_data import api, graph_at, problems

pytestmark = pytest.mark.django_db

SEEDS = settings.BASE_DIR.parent / "shared" / "seeds"
ARTICLES = sorted(SEEDS.glob("*.txt"))

# Hosts that are trackers, previews, mirrors or of unclear origin.
UNCLEAN = re.compile(
    r"lnks\.gd|govdelivery|preview|cstreet|stage|daily8|herokuapp|fifthestate|cimple|grokipedia|fastrack\.news|scribd",
    re.IGNORECASE,
)
LOADED = re.compile(
    r"\b(broken|broke|fail(ed|s|ure|ures|ing)?|sadly|unfortunately|merely|finally|landmark|historic|bold(ly)?|"
    r"unprecedented|slash(ed|es)?|gutted|axed|scrapped|abandon(ed|s)?|betray(ed|al)?|so-called|allegedly|claims?|claimed|"
    r"admit(s|ted)?|touted|boasted|refus(ed|es)|crackdown|regime|propaganda|hoax|radical|extreme(ly)?|evil|scourge|"
    r"heinous|shameful|disgraceful|outrageous|hypocri\w+|empty promise|lip service)\b",
    re.IGNORECASE,
)
# A search that found nothing shows where one looked, not that a thing does not exist.
DENIAL = re.compile(
    r"\b(do(es)? not exist|there (is|are|was|were) (no|none)|no (such )?\w+ exists?|never|no (later |further )?record\b|"
    r"(none|nothing|neither) (\w+ )?was found)\b",
    re.IGNORECASE,
)
# What such a sentence says of where was looked.
LIMIT = re.compile(r"sources read|sources of this data set|other sources|\bsheets?\b")
# Of the 2024 sheet: reported as under way, without an end.
NO_END = {"US24-PRT-006"}
# What a title may open with.
VERBS = {
    *(
        "Act",
        "Add",
        "Address",
        "Agree",
        "Allow",
        "Attend",
        "Award",
        "Build",
        "Carry",
        "Choose",
        "Complete",
    ),
    *(
        "Continue",
        "Coordinate",
        "Create",
        "Develop",
        "Find",
        "Focus",
        "Form",
        "Fund",
        "Give",
        "Grow",
        "Have",
    ),
    *(
        "Hold",
        "Improve",
        "Increase",
        "Inform",
        "Issue",
        "Keep",
        "Launch",
        "Make",
        "Name",
        "Offer",
        "Pilot",
    ),
    *(
        "Prepare",
        "Produce",
        "Prosecute",
        "Publish",
        "Pursue",
        "Put",
        "Re-establish",
        "Refer",
        "Release",
    ),
    *(
        "Renew",
        "Resume",
        "Review",
        "Run",
        "Set",
        "Share",
        "Start",
        "Strengthen",
        "Support",
        "Train",
        "Use",
    ),
    *("Widen", "Work", "Write"),
}
# Official names may be long and must be given as they are.
NAMES = (
    "national action plan to combat human trafficking",
    "president's interagency task force to monitor and combat trafficking in persons",
    "interagency task force to monitor and combat trafficking in persons",
    "national human trafficking prevention framework",
    "organized crime and drug enforcement task force",
    "organized crime drug enforcement task forces",
    "solution trust accountability tracker",
    "senior victim-centered approach official",
    "partnership to prevent p2p human trafficking",
    "partnership to prevent human trafficking",
    "department of health and human services",
    "department of housing and urban development",
    "u s agency for international development",
    "national security council",
    "domestic policy council",
    "gender policy council",
)


@pytest.fixture(scope="module", autouse=True)
def all_rows(django_db_setup, django_db_blocker):
    with data_set(django_db_blocker):
        yield


def test_an_empty_database_gets_the_data_set_and_its_record():
    assert Commitment.objects.published().exists()
    assert Change.objects.count() == DatasetVersion.objects.get().seq


@pytest.mark.sqlite_only
def test_an_import_lets_sqlite_gather_what_it_plans_by():
    """Without, it chooses among indexes as if all were alike; PostgreSQL gathers its statistics by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'commitments_commitment'")
        assert cursor.fetchone()[0]


def texts():
    """Yield (where, text) of every sentence that the data set says in its own words."""
    fields = {
        Plan: ("summary", "period_note"),
        Pillar: ("summary",),
        Section: ("title", "summary"),
        Source: ("note",),
        Commitment: ("title", "summary", "target", "lead_note", "note"),
        Citation: ("note",),
        StatusChange: ("explanation",),
        Evidence: ("note",),
        Review: ("note",),
        CommitmentLink: ("note",),
        Development: ("sentence",),
    }
    for model, names in fields.items():
        for row in model.objects.all():
            for name in names:
                yield f"{row} {name}", getattr(row, name)


def words(text):
    return re.findall(r"[a-z0-9]+(?:['-][a-z0-9]+)*", text.casefold().replace("’", "'"))


def runs(text, length=8):
    """Return every run of words of that length; an official name counts as one word."""
    plain = " ".join(words(text))
    for name in NAMES:
        plain = plain.replace(name, name.replace(" ", "_"))
    spoken = plain.split()
    return {" ".join(spoken[at : at + length]) for at in range(len(spoken) - length + 1)}


def test_the_plan_and_its_predecessor_four_pillars_and_all_sections_are_there():
    plan = Plan.objects.get(slug="us-nap-2021")
    assert plan.predecessor.slug == "us-nap-2020"
    assert list(Pillar.objects.values_list("slug", flat=True)) == [
        "prevention",
        "protection",
        "prosecution",
        "partnerships",
    ]
    counts = [plan.sections.filter(pillars=pillar).count() for pillar in Pillar.objects.all()]
    assert counts == [5, 7, 4, 5]


def test_every_pillar_is_well_represented():
    for pillar in Pillar.objects.all():
        assert pillar.commitments.count() >= 20, pillar


def test_every_commitment_has_one_to_three_of_the_themes():
    assert Theme.objects.count() == 36
    for commitment in Commitment.objects.prefetch_related("theme_rows"):
        places = [row.position for row in commitment.theme_rows.all()]
        assert places == [1, 2, 3][: len(places)] != [], commitment


def test_every_history_is_legal_and_every_evidence_rule_is_met():
    for commitment in Commitment.objects.select_related("plan"):
        steps = commitment.status_changes.not_corrected().for_reading()
        assert history_problem(map(step_of, steps), terms_of(commitment)) is None, commitment


def test_every_commitment_names_a_source_with_a_clean_address():
    for commitment in Commitment.objects.prefetch_related("citations__source"):
        sources = [row.source for row in commitment.citations.all()]
        # A note says why a source has none, such as that a copy of unclear standing is not linked.
        assert sources and all(source.url or source.note for source in sources), commitment


def test_every_commitment_has_a_status_change_or_says_what_was_looked_for():
    for commitment in Commitment.objects.all():
        assert commitment.status_changes.exists() or commitment.reviews.exists(), commitment


def test_every_address_is_clean():
    for source in Source.objects.all():
        for address in filter(None, (source.url, source.archived_url)):
            assert urlsplit(address).scheme in ("http", "https"), source
            assert not UNCLEAN.search(address), source


def test_a_source_without_an_address_says_why():
    without = Source.objects.filter(url="")
    for source in without:
        assert source.note, source
    assert without.filter(note__contains="Address not found").count() == 25


def test_a_commitment_of_a_partly_read_plan_is_under_a_section_or_says_why():
    of_the_us = Commitment.objects.filter(plan__slug="us-nap-2021")
    assert of_the_us.filter(section=None).count() == 34
    assert not of_the_us.filter(section=None).exclude(note__contains="No section is given").exists()
    assert not of_the_us.exclude(section=None).filter(note__contains="No section").exists()


def test_every_locator_is_present():
    for model in (Citation, Evidence, Development):
        for row in model.objects.all():
            assert row.locator.strip(), row
    for row in Review.objects.exclude(source=None):
        assert row.locator.strip(), row


def test_every_source_of_the_data_set_is_used():
    unused = set(Source.objects.values_list("slug", flat=True)) - set(
        Source.objects.in_use().values_list("slug", flat=True)
    )
    assert unused == set()


def test_every_development_is_one_sentence_with_a_bearing_on_commitments_or_on_a_plan():
    for row in Development.objects.select_related("plan"):
        assert row.sentence.endswith(".") and not re.search(r"[.!?] [A-Z]", row.sentence), row
        assert bool(row.plan) != row.commitments.exists(), row
    of_the_us = Development.objects.filter(commitments__plan__slug="us-nap-2021")
    assert set(of_the_us.values_list("bearing", flat=True)) == {"concern", "support"}


def test_no_development_is_reported_before_its_source_was_published():
    for row in Development.objects.exclude(source__published_on=None).select_related("source"):
        assert last_day(row.reported_on, row.precision) >= row.source.published_on, row


def test_a_commitment_without_a_lead_says_so():
    for commitment in Commitment.objects.all():
        if not commitment.roles.filter(role="lead").exists():
            assert commitment.lead_note, commitment


def test_a_pillar_that_no_source_states_is_marked_as_inferred_and_codes_agree_with_pillars():
    plan = Plan.objects.get(slug="us-nap-2021")
    for commitment in plan.commitments.select_related("pillar"):
        year, letters, number = commitment.code.removeprefix("US").split("-")
        assert letters == commitment.pillar.code
        assert int(year) == commitment.announced_on.year % 100
        assert number.isdigit()


def test_nothing_is_dated_after_the_day_of_research():
    last = dt.date(2026, 11, 29)
    assert not StatusChange.objects.filter(effective_on__gt=last).exists()
    assert not Review.objects.filter(reviewed_on__gt=last).exists()
    assert not Source.objects.filter(published_on__gt=last).exists()
    assert not Development.objects.filter(reported_on__gt=last).exists()


def test_a_review_says_what_was_not_found_and_denies_nothing():
    for review in Review.objects.filter(reviewed_on=dt.date(2026, 11, 29)):
        assert "Not found in the sources read: " in review.note, review
        assert not DENIAL.search(review.note), review


def test_the_latest_review_of_what_has_no_evidence_says_where_was_looked():
    for commitment in Commitment.objects.filter(status="no_evidence"):
        assert "Not found in the sources read: " in commitment.reviews.last().note, commitment


def test_no_review_that_stands_denies_more_than_its_sources_show():
    for review in Review.objects.not_retracted():
        assert not DENIAL.search(review.note) or LIMIT.search(review.note), review


def test_a_review_that_overlooked_a_source_is_retracted_with_a_reason():
    retracted = Review.objects.exclude(retraction=None)
    assert retracted.count() == 57
    assert not Commitment.objects.filter(
        last_reviewed_on__lt=dt.date(2026, 11, 29), reviews__in=retracted
    ).exists()
    for review in Review.objects.filter(note__contains="found since"):
        assert retracted.filter(commitment=review.commitment).exists(), review


def test_the_lead_of_a_commitment_is_named_by_a_source():
    for commitment in Commitment.objects.filter(lead_note__regex="(?i)names (a|no) lead|inferred"):
        assert not commitment.roles.filter(role="lead").exists(), commitment


def test_a_day_in_a_sentence_stands_behind_its_month():
    rows = {Source: "note", Citation: "note", Development: "sentence", Commitment: "note"}
    for model, name in rows.items():
        for text in model.objects.values_list(name, flat=True):
            assert not re.search(rf"\b\d+ ({'|'.join(month_name[1:])})\b", text), text


def test_developments_are_told_in_both_directions_and_of_both_administrations():
    since = Development.objects.filter(reported_on__gte=dt.date(2025, 1, 20))
    for rows in (Development.objects.all(), since):
        concern = rows.filter(bearing="concern").count()
        assert 0.2 <= concern / rows.count() <= 0.8


def test_eight_were_done_when_announced():
    rows = Commitment.objects.current().with_timeliness(dt.date(2026, 11, 30), 365)
    done = rows.filter(done_when_announced=True, plan__slug="us-nap-2021")
    assert {*done.values_list("code", flat=True)} == {
        *("US21-PRT-011", "US22-PRS-001", "US22-PRS-002", "US22-PRV-002", "US22-PRV-004"),
        *("US22-PRV-005", "US23-PAR-002", "US23-PAR-009"),
    }


def test_a_title_says_what_is_to_be_done():
    """Either it opens with a verb, or an agency is the one “to” do it."""
    for commitment in Commitment.objects.all():
        first = commitment.title.split()[0]
        assert first in VERBS or re.search(r" to [a-z]+", commitment.title), commitment.title


def test_a_heading_without_a_commitment_says_that_the_plan_was_not_read():
    for section in Section.objects.filter(commitments=None, plan__slug="us-nap-2021"):
        assert "The plan’s own text was not read" in section.summary, section


def test_the_coverage_says_that_the_actions_of_the_plan_are_not_known():
    plan = Plan.objects.with_recorded().get(slug="us-nap-2021")
    assert (plan.coverage, plan.actions) == ("partial", 61)
    announced_with_it = plan.commitments.filter(announced_on__lte=plan.published_on)
    assert plan.recorded == announced_with_it.count()
    assert "No source read lists the 61 actions" in plan.coverage_note


def test_what_rests_on_an_opening_can_be_counted():
    sources = Source.objects.in_use()
    assert 100 <= sources.read_in_part().count() < sources.count()


def test_the_list_of_denials_finds_them():
    assert DENIAL.search("None was found beyond the announcement.")
    assert not DENIAL.search("Not found in the sources read: the online system.")


def test_a_due_date_is_the_last_day_of_a_period_that_the_document_names():
    dated = Commitment.objects.exclude(due_on=None)
    assert dated.count() == 30
    for item in dated:
        assert item.due_precision != "day" and item.due_on == last_day(
            item.due_on, item.due_precision
        )
        told = f"{item.title} {item.summary} {item.target} {item.note}"
        assert item.due_text and str(item.due_on.year) in told, item


def test_what_a_sheet_plans_for_a_year_is_due_in_it():
    planned = Commitment.objects.filter(announced_on=dt.date(2024, 2, 14), kind="deliverable")
    open_ended = planned.filter(due_on=None).values_list("code", flat=True)
    assert set(open_ended) == NO_END


def test_a_correction_gives_a_public_reason():
    corrections = StatusChange.objects.exclude(corrects=None)
    assert corrections.count() == 10
    assert all(step.correction_reason for step in corrections)


def test_members_of_congress_are_not_independent():
    for source in Source.objects.all():
        if urlsplit(source.url).netloc.endswith((".senate.gov", ".house.gov")):
            assert source.origin != "independent", source


def test_one_strategy_is_counted_once():
    earlier, later = (
        Commitment.objects.get(code=code) for code in ("US22-PAR-001", "US24-PAR-004")
    )
    assert (earlier.status, later.status) == ("superseded", "completed")


def test_the_words_are_neutral():
    found = {where: match.group() for where, text in texts() if (match := LOADED.search(text))}
    assert found == {}


def test_the_list_of_loaded_words_finds_them():
    assert LOADED.search("The agency failed to deliver its landmark promise.")
    assert not LOADED.search("The agency published a report in March 2022.")


@pytest.mark.skipif(
    not ARTICLES,
    reason="the two founding articles are not part of the project; put them into ../shared/seeds to run this",
)
def test_no_text_shares_a_run_of_eight_words_with_a_founding_article():
    told = set().union(*(runs(path.read_text("utf-8")) for path in ARTICLES))
    shared = {where: common for where, text in texts() if (common := runs(text) & told)}
    assert shared == {}


def test_both_founding_articles_are_cited_line_by_line():
    for slug, least in (("independent-2021-12-03", 14), ("dailykos-2024-03-21", 13)):
        citations = Citation.objects.filter(source__slug=slug)
        assert citations.values("commitment").distinct().count() >= least
        assert all(row.relation == "reports" for row in citations)
        assert all(re.match(r"lines? \d", row.locator) for row in citations)


def test_the_public_record_explains_every_row(capsys):
    call_command("check_integrity")
    call_command("verify_record")
    assert "Every derived value agrees" in capsys.readouterr().out
    assert Change.objects.count() > 500


def test_the_files_are_fixtures_with_natural_keys():
    for path in sorted(Path(FIXTURES).glob("*/*.yaml")):
        for entry in yaml.load(path.read_bytes(), yaml.CSafeLoader):
            assert entry.keys() == {"model", "fields"}, path
            assert entry["model"].split(".")[1] == path.stem


def test_the_offices_stand_below_their_departments():
    office, above = Agency.objects.get(slug="ccht"), []
    while office.parent:
        office = office.parent
        above.append(office.slug)
    assert above == ["hsi", "ice", "dhs"]


@pytest.mark.sqlite_only
def test_every_object_as_linked_data_has_its_shape():
    every, rows = graph_at("/data/vocabularies.jsonld"), []
    for kind in ("plans", "agencies", "sources", "commitments"):
        page = Client().get(f"/api/v1/{kind}/?page_size=500").json()
        assert page["next"] is None
        rows += page["results"]
    for row in rows:
        every += graph_at(f"{api(urlsplit(row['html_url']).path)}?format=jsonld")
    assert len(rows) > 600 and problems(every) == ""


def test_identifiers_of_agencies_are_given_by_a_register():
    named = Agency.objects.exclude(wikidata="")
    assert {"doj", "fbi", "cbp"} <= {agency.slug for agency in named}
    registers = ("https://ror.org/", "https://www.wikidata.org/wiki/")
    assert all(agency.identifiers_url.startswith(registers) for agency in named)
