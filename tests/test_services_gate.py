"""The gate that every write passes: codes, slugs and texts that no page, file, feed or database stumbles over."""

import datetime as dt
import importlib
import inspect
import itertools
import json
import re
from html import unescape

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from agencies.models import Agency
from commitments import services
from commitments.alerts.services import ask_to_follow
from commitments.models import (
    FOREVER,
    REVISIONS,
    Commitment,
    DatasetVersion,
    Pillar,
    SearchDocument,
    SearchWord,
)
from commitments.querysets.sql import today
from commitments.search import matching
from commitments.services.search_index import MOST_BYTES
from commitments.webhooks.services import make_webhook
from planwatch.validators.keys import code_problem
from planwatch.web.text import LONGEST_TEXT
from tests import factories
from tests.example_round import answer, open_example
from tests.test_access import client_of
from tests.test_editor_entries import WHERE, entry
from tests.test_import import load
from tests.test_spreadsheets import as_csv, outcomes

pytestmark = pytest.mark.django_db

GOOD = ["ABC", "AU20-031", "US21-PRT-001", "2024", "A-B", "ABCDEFGHIJKLMNOPQRSTUVWX"]
BAD = {
    "us21-prt-001": "Write “US21-PRT-001”.",
    "A/B": "“/” U+002F solidus. Write “A-B”.",
    "1.1": "“.” U+002E full stop. Write “1-1”.",
    "..": "“.” U+002E full stop.",
    "3?X": "“?” U+003F question mark. Write “3-X”.",
    "AU20\u2011031": "U+2011 non-breaking hyphen. Write “AU20-031”.",
    "AU20\u200b-031": "U+200B zero width space. Write “AU20-031”.",
    "ÄB-1": "“Ä” U+00C4 latin capital letter a with diaeresis. Write “AB-1”.",
    "A--B": "Write “A-B”.",
    "-AB": "A code has 3 to 24 characters",
    "AB-": "A code has 3 to 24 characters",
    "AB": "A code has 3 to 24 characters",
    "A" * 25: "A code has 3 to 24 characters",
    "Ａ２４": "Write “A24”.",
}


# Codes


@pytest.mark.parametrize("code", GOOD)
def test_a_code_of_the_form_is_taken_and_has_a_page(code, client):
    factories.make_commitment(code)
    assert client.get(f"/commitments/{code}/").status_code == 200


@pytest.mark.parametrize("code", BAD)
def test_a_code_that_is_refused_says_what_to_write(code):
    with pytest.raises(ValidationError) as error:
        factories.make_commitment(code)
    [message] = error.value.message_dict["code"]
    assert BAD[code] in message
    assert not Commitment.objects.exists()


@pytest.mark.parametrize("code", BAD)
def test_no_channel_takes_a_bad_code(code, tmp_path):
    factories.make_plan()
    factories.make_pillar()
    factories.make_source("sheet")
    columns = ["code", "plan", "pillar", "pillar_basis", "kind", "title", "summary", "announced_on"]
    row = [code, "us-nap-2021", "protection", "stated", "aim", "Title", "Text", "2021-12-03"]
    [(result, detail)] = outcomes(as_csv(columns, row), kind="commitment")
    assert result == "refused"
    assert "A2 (code): " in detail
    assert BAD[code] in detail
    (tmp_path / "commitment.yaml").write_text(
        "- model: commitments.commitment\n  fields:\n"
        + "".join(
            f"    {name}: {value if name == 'announced_on' else json.dumps(value)}\n"
            for name, value in zip(columns, row, strict=True)
        )
    )
    said, done = load(tmp_path)
    assert not done
    assert BAD[code] in said
    assert not Commitment.objects.exists()


@pytest.mark.parametrize("code", [code for code in BAD if code == code.upper()])
def test_the_form_takes_no_bad_code_either(code):
    factories.make_agency("hhs")
    factories.make_agency("doj")
    factories.make_section()
    factories.make_source("sheet")
    form = entry(code=code)
    answer = client_of("editor").post(WHERE, form)
    assert answer.status_code == 422
    words = unescape(answer.content.decode())
    assert BAD[code] in words or "at most 24 characters" in words
    assert not Commitment.objects.exists()


@pytest.mark.parametrize("code", BAD)
def test_the_database_itself_refuses_a_bad_code(code):
    item = factories.make_commitment("US21-PRT-001")
    stored = code if len(code) <= 24 else code[:24] + "-"
    with pytest.raises(Exception) as error, transaction.atomic():
        Commitment.objects.filter(pk=item.pk).update(code=stored)
    assert isinstance(error.value, IntegrityError) or "too long" in str(error.value)


@pytest.mark.parametrize("slug", ["a/b", "1.1", "..", "a b", "zwei–drei", "a\u200bb", "", "?"])
def test_a_slug_without_an_address_is_refused_by_services_and_by_the_database(slug):
    factories.make_commitment("US21-PRT-001")
    factories.make_section()
    rows = [factories.make_agency("hhs"), factories.make_source("sheet")]
    rows += [factories.make_plan(), factories.make_pillar(), factories.make_section()]
    for item in rows:
        field = "key" if hasattr(item, "key") else "slug"
        with pytest.raises(IntegrityError), transaction.atomic():
            type(item).objects.filter(pk=item.pk).update(**{field: slug})
    for make in (factories.make_agency, factories.make_source, factories.make_plan):
        if slug:
            with pytest.raises(ValidationError) as error:
                make(slug)
            assert "cannot stand in an address" in str(error.value.message_dict["slug"])
    with pytest.raises(ValidationError, match="cannot stand in an address|blank"):
        factories.make_section(slug)


def test_a_slug_that_the_editor_needs_for_a_page_of_its_own_is_refused():
    with pytest.raises(ValidationError, match="address of another page"):
        factories.make_source("new")


def test_the_letters_of_a_pillar_make_codes():
    with pytest.raises(ValidationError, match="capital letters"):
        services.save_pillar(slug="a", code="a/b", name="A", position=9, actor=factories.ACTOR)
    with pytest.raises(IntegrityError):
        Pillar.objects.create(slug="a", code="ä", name="A", position=9)


def without_rules(item, **values):
    """Store what the constraints refuse, as a database did that knew none yet."""
    table = item._meta.db_table
    names = ", ".join(f'"{name}" = %s' for name in values)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            connection.check_constraints()
            constraints = connection.introspection.get_constraints(cursor, table)
            for name, facts in constraints.items():
                if facts["check"]:
                    cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(f"UPDATE {table} SET {names} WHERE id = %s", [*values.values(), item.pk])
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


SURFACES = [
    *("/", "/commitments/", "/commitments/?view=table", "/pillars/", "/agencies/", "/sources/"),
    *("/matrix/", "/timeline/", "/changes/", "/corrections/", "/data/", "/method/", "/compare/"),
    *("/feeds/changes.atom", "/feeds/deadlines.ics", "/commitments.svg", "/matrix.svg"),
    *("/timeline.svg", "/sitemap.xml", "/es/commitments/", "/editor/", "/editor/sources/"),
    *(f"/sitemap-{name}.xml" for name in ("commitments", "sources", "agencies", "pillars")),
    *(f"/api/v1/{name}/" for name in ("commitments", "sources", "agencies", "pillars", "plans")),
    *(f"/api/v1/{name}/" for name in ("sections", "changes", "status-changes")),
    "/api/v1/stats/?by=plan",
    *("/news/", "/plans/", "/search/?q=survivors", "/commitments/brief/", "/feeds/news.atom"),
    *(
        "/commitments/brief.docx",
        "/status-over-time.svg",
        "/api/v1/panel/?from=2022-01-01&to=2022-03-01",
    ),
    *(f"/api/v1/commitments/?format={name}" for name in ("csv", "ndjson", "xlsx")),
]


def pages_of(item, source, agency, pillar, plan):
    yield reverse("plan_questions", kwargs={"key": plan.slug})
    yield reverse("commitment_brief", kwargs={"code": item.code})
    for name in ("commitment_detail", "commitment_feed", "commitment_picture", "history_picture"):
        yield reverse(name, kwargs={"code": item.code})
    for name in ("lineage_picture", "commitment_embed", "commitment_badge"):
        yield reverse(name, kwargs={"code": item.code})
    for name in ("record", "review", "edit", "citations", "lineage"):
        yield reverse(f"editor_{name}", kwargs={"code": item.code})
    for form in ("bib", "ris", "json"):
        yield reverse("cite_commitment", kwargs={"code": item.code, "form": form})
        yield reverse("cite_source", kwargs={"slug": source.slug, "form": form})
    yield from (row.get_absolute_url() for row in (source, agency, pillar, plan))
    yield reverse("editor_source", kwargs={"slug": source.slug})
    yield reverse("pillar_embed", kwargs={"slug": pillar.slug})
    yield reverse("api:commitment-detail", kwargs={"code": item.code})
    yield reverse("api:source-detail", kwargs={"slug": source.slug})
    yield reverse("api:commitment-status-changes", kwargs={"code": item.code})


@pytest.fixture
def rows():
    """A commitment, its source, agency, pillar and plan, with a history: what older databases may hold spoiled."""
    factories.make_agency("hhs")
    factories.make_section()
    source = factories.make_source("sheet")
    item = factories.make_commitment(
        "US21-PRT-001", section="protection-1", lead_agencies=["hhs"], due_on=today()
    )
    factories.cite(item, source)
    factories.change(item, "in_progress", sources=[source])
    factories.link(item, factories.make_commitment("US21-PRT-002"))
    return item, source, Agency.objects.get(), item.pillar, item.plan


def surfaces_that_fail(rows, turn=0, turns=1):
    """Ask every surface as an editor, or each so-many-th that is not of the rows alone, others at each turn.

    Return the addresses that neither answer nor lead on, with their status.
    """
    item, *others = (type(row).objects.get(pk=row.pk) for row in rows)
    client = client_of("editor")
    failed = {}
    for page in [*SURFACES[turn::turns], *pages_of(item, *others)]:
        answer = client.get(page)
        if answer.streaming:
            b"".join(answer)
        if answer.status_code not in (200, 302):
            failed[page] = answer.status_code
    return failed


@pytest.mark.presentation
@pytest.mark.parametrize(("turn", "key"), enumerate(["A/B", "..", "A\u2011B"]))
def test_no_page_fails_for_a_key_that_an_older_database_holds(rows, turn, key):
    item, *others = rows
    without_rules(item, code=key)
    without_rules(item.section, key=key)
    for row in others:
        without_rules(row, slug=key)
    assert surfaces_that_fail(rows, turn, turns=3) == {}


@pytest.mark.presentation
@pytest.mark.parametrize(
    ("turn", "spoiled"),
    enumerate(
        [
            {
                "language": "??",
                "url": "http://[",
                "archived_url": "javascript:alert(1)",
                "link_checked_before": dt.date(1, 1, 1),
            },
            {
                "language": "EN_us",
                "url": "//",
                "archived_url": "http://a:b@c:99999/\u202e",
                "title": "\u202e\x1b",
                "publisher": " ",
                "note": "\x08",
            },
            {"language": "", "url": "", "published_on": dt.date(1, 1, 1)},
        ]
    ),
)
def test_no_page_fails_for_a_source_that_an_older_database_holds(rows, turn, spoiled):
    without_rules(rows[1], **spoiled)
    assert surfaces_that_fail(rows, turn, turns=3) == {}


@pytest.mark.presentation
@pytest.mark.parametrize(("turn", "due_on"), enumerate([dt.date(1, 1, 1), dt.date(9999, 12, 30)]))
def test_no_page_fails_for_days_and_governments_that_an_older_database_holds(rows, turn, due_on):
    item, _, agency, _, plan = rows
    first = dt.date(1, 1, 1)
    without_rules(item, due_on=due_on, announced_on=first, status_since=first, title="\x1b")
    without_rules(agency, jurisdiction="??", url="http://[")
    without_rules(plan, jurisdiction="??")
    assert surfaces_that_fail(rows, turn, turns=2) == {}


def test_an_update_names_the_rows_that_the_new_rules_refuse_before_it_changes_anything(monkeypatch):
    migration = importlib.import_module(
        "commitments.migrations.0010_codes_and_slugs_have_addresses"
    )
    # What was an objective then is a section today.
    monkeypatch.setattr(migration, "SLUGS", (*migration.SLUGS[:3], ("section", "key")))
    migration.require_good_keys(apps, None)
    item, source = factories.make_commitment("US21-PRT-001"), factories.make_source("sheet")
    without_rules(item, code="Us/1.1")
    without_rules(source, slug="the paper")
    with pytest.raises(CommandError) as error:
        migration.require_good_keys(apps, None)
    assert (
        f"UPDATE commitments_commitment SET code = 'US-1-1' WHERE id = {item.pk};  -- now 'Us/1.1'"
        in str(error.value)
    )
    assert f"SET slug = 'the-paper' WHERE id = {source.pk};" in str(error.value)


def test_the_suggested_code_is_always_a_code():
    marks = "Aa1-/. \u2011ß"
    for letters in itertools.product(marks, repeat=3):
        words = code_problem("".join(letters))
        for offered in re.findall(r"Write “(.*?)”", words):
            assert code_problem(offered) == ""


# Texts

UNFIT = {
    "NUL": "a\0b",
    "a control character": "a\x01b",
    "a C1 control character": "a\x85b",
    "half a character": "a\ud800b",
    "no character": "a\uffffb",
}


def writers():
    """Yield every function of services, and of what keeps text beside them, that takes texts, with arguments that it takes."""
    factories.make_agency("hhs")
    item = factories.make_commitment("US21-PRT-001", lead_agencies=["hhs"])
    factories.make_commitment("US21-PRT-002")
    factories.make_section()
    factories.make_source("sheet")
    by_name = {
        **{"commitment": item.code, "earlier": item.code, "later": "US21-PRT-002"},
        **{"source": "sheet", "plan": "us-nap-2021", "pillar": "protection", "status": "in_place"},
        **{"origin": "official", "language": "en", "jurisdiction": "US", "slug": "one-more"},
        **{"code": "US21-PRT-003", "pillar_basis": "stated", "relation": "announces"},
        **{"basis": "inferred", "effective_on": today(), "reviewed_on": today()},
        **{"bearing": "concern", "reported_on": today()},
        **{"announced_on": factories.ANNOUNCED, "published_on": factories.ANNOUNCED},
        **{"position": 7, "reason": "Why.", "locator": "page 1", "section": "protection-1"},
        **{"parent": "hhs", "document": "sheet", "predecessor": "us-nap-2021", "key": "a-key"},
        **{"precision": "day", "due_precision": "day", "url": "https://example.org/one-more"},
        **{"archived_url": "https://example.org/copy", "may_record": True, "number": "1"},
        **{
            "proposal": 1,
            "commitments": [item.code],
            "corrects": 1,
            "places": [services.EvidenceItem("sheet", "page 1")],
        },
        **{"items": [1], "outcome": "ignored", "double_coding": 0},
        "evidence": [services.EvidenceItem("sheet", "page 1")],
        "actor": factories.ACTOR,
    }
    for name, function in vars(services).items():
        if (
            not inspect.isfunction(function)
            or "actor" not in inspect.signature(function).parameters
        ):
            continue
        parameters = dict(inspect.signature(function).parameters)
        if parameters.pop("step", None):
            # Handed on to what drafts a step.
            parameters |= inspect.signature(services.record_status_change).parameters
        given = {
            key: by_name.get(key, f"A text for {key}")
            for key, parameter in parameters.items()
            if key in by_name or "str" in str(parameter.annotation)
        }
        if name == "save_link":
            given["relation"] = "relates"
        if "kind" in given:
            given["kind"] = "report" if name == "save_source" else "aim"
        if name == "save_development":
            del given["plan"]
        if name == "add_evidence":
            given["seq"] = 1
        if name == "close_report":
            given["report"] = services.report_error(page="/", message="It is wrong.").pk
        if name == "save_coding":
            opened = services.open_double_coding(
                plan="us-nap-2021", commitments=[item.code], actor=factories.ACTOR
            )
            given["double_coding"] = opened.pk
        if name in ("open_round", "invite", "move_closing_day"):
            asked = open_example(contacts=[services.Contact("hhs", "A", "a@example.org")])
            given |= {"number": asked.pk, "agency": "hhs", "address": "b@example.org"}
            given |= {"period_from": today(), "period_until": today(), "closes_on": today()}
            given["contacts"] = [services.Contact("hhs", "A", "a@example.org")]
            given = {key: value for key, value in given.items() if key in parameters}
        if name in ("publish_answer", "send_back_answer"):
            given["number"] = answer(open_example()).pk
            given.pop("equivalent", None)
        if name == "retract_review":
            given["review"] = 1
        if name == "save_pillar":
            given["code"] = "XYZ"
        if name.startswith(("approve_", "decline_account", "decline_redaction")):
            continue
        yield function, given


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
def test_no_service_stores_what_another_database_could_not(unfit):
    tried = 0
    for function, given in writers():
        for name, value in given.items():
            # What is new needs no reason, and keeps none.
            if not isinstance(value, str) or (name, function) in (
                ("reason", services.save_commitment),
                ("reason", services.save_citation),
                ("reason", services.save_development),
                ("reason", services.save_link),
                ("reason", services.save_reported_status),
                ("reason", services.save_source),
            ):
                continue
            tried += 1
            with pytest.raises(ValidationError) as error, transaction.atomic():
                function(**{**given, name: unfit})
                pytest.fail(f"{function.__name__} takes {name}")
            assert "\0" not in str(error.value)
    assert tried > 80


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
def test_no_part_of_the_evidence_is_stored_so_nor_of_a_proposal(unfit):
    item, source = factories.make_commitment(), factories.make_source("sheet")
    for place in (("sheet", unfit, ""), ("sheet", "page 1", unfit), (unfit, "page 1", "")):
        for may_record in (True, False):
            with pytest.raises(ValidationError):
                services.submit_status_change(
                    commitment=item.code,
                    status="in_progress",
                    effective_on=source.published_on,
                    evidence=[services.EvidenceItem(*place)],
                    actor=factories.ACTOR,
                    may_record=may_record,
                )


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
def test_followers_and_webhooks_keep_no_such_text(unfit, django_user_model):
    with pytest.raises(ValidationError):
        ask_to_follow(address=f'"{unfit}"@example.org', language="en", rhythm="daily")
    user = django_user_model.objects.create_user("owner")
    with pytest.raises(ValidationError):
        make_webhook(user=user, name=unfit, url="https://example.org/hook")


def test_a_refusal_names_the_field_and_the_place_of_the_character():
    with pytest.raises(ValidationError) as error:
        factories.make_source(title="Report\0 of the year", note="a\n\x08b")
    assert error.value.message_dict == {
        "title": ["Character 7 is U+0000, which no text here may hold. Delete it."],
        "note": ["Character 3 is U+0008, which no text here may hold. Delete it."],
    }


def test_only_texts_of_several_lines_have_line_ends_and_all_of_them_the_same():
    source = factories.make_source(note="one\r\ntwo\rthree\tfour\n")
    assert source.note == "one\ntwo\nthree\tfour"
    for mark in "\n\t\u2028":
        with pytest.raises(ValidationError, match="Write this on one line"):
            factories.make_source(title=f"one{mark}two")


def test_what_is_no_text_is_not_made_into_one():
    for value in (False, 4.1, 10, dt.date(2024, 1, 1)):
        with pytest.raises(ValidationError, match="Put it in quotation marks"):
            factories.make_source(publisher=value)


def test_a_text_of_several_lines_has_a_longest_length_that_is_named():
    factories.make_commitment(note="x" * LONGEST_TEXT)
    with pytest.raises(ValidationError, match="This text is 2 characters too long. 10000 fit."):
        factories.make_commitment(note="x" * (LONGEST_TEXT + 2))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ".join(f"{number:x}" for number in range(2100)), "82f 82e"),
        ("ab" * (LONGEST_TEXT // 2), "ab" * (LONGEST_TEXT // 2)),
        ("ﷺ" * LONGEST_TEXT, "findable"),
        ("".join(f"ﷺ{chr(0x20000 + number)}" for number in range(LONGEST_TEXT // 2)), "findable"),
        ("".join(f"{chr(0x20000 + number)} " for number in range(LONGEST_TEXT // 2)), "\U00020001"),
    ],
    ids=["many words", "one word", "words that unfold", "rare words that unfold", "rare signs"],
)
def test_the_longest_texts_are_indexed_and_found(text, words):
    item = factories.make_commitment(
        title="Findable", summary=text, target=text, note=text, lead_note=text
    )
    assert len(SearchDocument.objects.get().text.encode()) <= MOST_BYTES
    assert list(matching(Commitment.objects.all(), words)) == [item]


def test_an_index_that_an_older_version_wrote_is_written_anew():
    item = factories.make_commitment(title="Findable")
    SearchDocument.objects.update(title="old", text="old")
    SearchWord.objects.all().delete()
    services.index_everything()
    assert list(matching(Commitment.objects.all(), "findable")) == [item]
    assert SearchWord.objects.filter(word="findable").exists()
    found = DatasetVersion.objects.get().changed_at
    revisions = REVISIONS[SearchDocument].objects.filter(recorded_until=FOREVER)
    assert [row.title for row in revisions] == [SearchDocument.objects.get().title]
    assert revisions.get().recorded_from == found


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
def test_a_reason_is_held_to_the_same_rule(unfit):
    factories.make_commitment("US21-PRT-001")
    with pytest.raises(ValidationError) as error:
        factories.make_commitment("US21-PRT-001", title="Another", reason=unfit)
    assert "which no text here may hold" in error.value.message_dict["reason"][0]
