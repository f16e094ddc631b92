"""Languages, jurisdictions and days: what the standards and the calendar know, and what to write instead."""

import datetime as dt
import importlib

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import IntegrityError, transaction

from agencies.models import Agency
from commitments.models import Commitment, Plan, Source
from planwatch.time_zones import latest_day
from planwatch.validators.standards import jurisdiction_problem, language_problem
from tests import factories
from tests.test_services_gate import without_rules
from tests.test_spreadsheets import as_csv, outcomes

pytestmark = pytest.mark.django_db

ONE = dt.timedelta(days=1)


@pytest.mark.parametrize(
    "tag", ["en", "es", "no", "nb", "fil", "en-US", "es-419", "sr-Latn-RS", "zh-Hant", "pt-BR"]
)
def test_a_tag_of_bcp_47_is_taken(tag):
    assert language_problem(tag) == ""
    assert factories.make_source(language=tag).language == tag


@pytest.mark.parametrize(
    ("text", "right"),
    [
        *(("English", "en"), ("EN", "en"), ("EN_us", "en-US"), ("en-uk", "en-GB"), ("eng", "en")),
        *(("Spanish", "es"), ("ger", "de"), ("iw", "he"), ("zh-hant", "zh-Hant"), ("??", "")),
        *(("xx", ""), ("en-XX", ""), ("englisch", ""), ("en-US-", ""), ("e", "")),
    ],
)
def test_another_language_names_the_right_tag(text, right):
    with pytest.raises(ValidationError) as error:
        factories.make_source(language=text)
    [words] = error.value.message_dict["language"]
    assert words.endswith(f"Write “{right}”." if right else "such as en-US.")
    assert not Source.objects.exists()


@pytest.mark.parametrize("code", ["US", "GB", "NO", "EU", "XK", "CA-ON", "GB-ENG", "DE-BY"])
def test_a_country_a_part_of_one_and_the_union_are_jurisdictions(code):
    assert jurisdiction_problem(code) == ""
    assert factories.make_agency("a", jurisdiction=code).jurisdiction == code
    assert factories.make_plan("a-plan", jurisdiction=code).jurisdiction == code


@pytest.mark.parametrize(
    ("text", "right"),
    [
        *(("UK", "GB"), ("us", "US"), ("USA", "US"), ("EL", "GR"), ("ca_on", "CA-ON"), ("??", "")),
        *(("XX", ""), ("CA-XX", ""), ("Europe", "")),
    ],
)
def test_another_jurisdiction_names_the_right_code(text, right):
    for make in (factories.make_agency, factories.make_plan):
        with pytest.raises(ValidationError) as error:
            make("a", jurisdiction=text)
        [words] = error.value.message_dict["jurisdiction"]
        assert words.endswith(f"Write “{right}”." if right else "for the European Union EU.")
    assert not Agency.objects.exists()


def test_a_spreadsheet_names_the_cell_and_the_right_code():
    columns = ["slug", "name", "short_name", "jurisdiction"]
    [(result, detail)] = outcomes(as_csv(columns, ["home-office", "Home Office", "Home", "UK"]))
    assert result == "refused"
    assert detail.startswith("D2 (jurisdiction): “UK” is not a code")
    assert "Write “GB”." in detail


@pytest.mark.parametrize("day", [dt.date(1, 1, 1), dt.date(202, 1, 1), dt.date(1799, 12, 31)])
def test_no_day_is_from_before_1800(day):
    item = factories.make_commitment("US21-PRT-001", due_on=factories.ANNOUNCED)
    source = factories.make_source("sheet")
    with pytest.raises(ValidationError, match="Give a day from 1800-01-01 to 2199-12-31"):
        factories.make_source(published_on=day)
    for field in ("published_on", "starts_on", "ends_on"):
        with pytest.raises(ValidationError, match="from 1800"):
            factories.make_plan("another", **{"starts_on": None, "ends_on": None, field: day})
    rows = [(item, "due_on"), (source, "published_on"), (item.plan, "published_on")]
    for row, field in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**{field: day})


def test_no_day_is_from_after_all_plans():
    for make in (factories.make_plan, factories.make_commitment):
        field = "ends_on" if make is factories.make_plan else "due_on"
        with pytest.raises(ValidationError, match="to 2199-12-31"):
            make(**{field: dt.date(9999, 12, 31)})


def test_nothing_was_published_on_a_day_that_has_begun_nowhere():
    source = factories.make_source("today", published_on=latest_day())
    plan = factories.make_plan()
    for make in (factories.make_source, factories.make_plan):
        with pytest.raises(ValidationError, match="This day lies in the future"):
            make("late", published_on=latest_day() + ONE)
    for row in (source, plan):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(published_on=latest_day() + 2 * ONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.pk, row.slug, row.published_on = None, "late", latest_day() + 2 * ONE
        row.save(force_insert=True)
    assert Plan.objects.count() == 1


def test_an_update_names_the_days_that_the_new_rules_refuse():
    migration = importlib.import_module("commitments.migrations.0013_days_since_1800")
    item = factories.make_commitment("US21-PRT-001", due_on=factories.ANNOUNCED)
    migration.require_days_since_1800(apps, None)
    without_rules(item, due_on=dt.date(1, 1, 1))
    with pytest.raises(CommandError) as error:
        migration.require_days_since_1800(apps, None)
    assert f"SET due_on = '...' WHERE id = {item.pk};  -- now '0001-01-01'" in str(error.value)
    assert Commitment.objects.count() == 1
