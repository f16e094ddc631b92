"""What the database holds by itself, and what `check_integrity` finds where something else wrote to it."""

import datetime as dt
import io

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from agencies.models import Agency
from commitments import services
from commitments.models import (
    AccountChange,
    Anchor,
    Change,
    Citation,
    Coding,
    Commitment,
    CommitmentAgency,
    CommitmentLink,
    DatasetVersion,
    Development,
    ErrorReport,
    Evidence,
    Pillar,
    Plan,
    Proposal,
    QueueItem,
    Redaction,
    ReportedStatus,
    Review,
    RoundAnswer,
    SearchDocument,
    Section,
    SignedHead,
    Site,
    Source,
    StatusChange,
)
from commitments.querysets.plans import PLAN_LINKS
from commitments.services.documents import write_every_document
from planwatch.time_zones import latest_day
from tests.example_round import answer, open_example
from tests.factories import (
    ACTOR,
    ANNOUNCED,
    REASON,
    change,
    correct,
    make_commitment,
    make_development,
    make_reported_status,
    make_site,
    make_source,
)
from tests.service_writes import contents

pytestmark = pytest.mark.django_db

ONE = dt.timedelta(days=1)


def day(number):
    return ANNOUNCED + dt.timedelta(days=number)


# What the database holds by itself


def _enumerations():
    for model in apps.get_app_config("commitments").get_models():
        for field in model._meta.concrete_fields:
            if field.choices:
                yield pytest.param(model, field.name, id=f"{model._meta.model_name}-{field.name}")


def _code():
    code = "US21-PRT-001"
    opened = services.open_double_coding(plan="us-nap-2021", commitments=[code], actor=ACTOR)
    services.save_coding(double_coding=opened.pk, commitment=code, status="stalled", actor=ACTOR)


def _answer():
    Commitment.objects.first().roles.update(role="lead")
    return answer(open_example())


# Of these the world has no row.
MADE = {
    Development: lambda: make_development(source="sheet"),
    ReportedStatus: lambda: make_reported_status(source="sheet"),
    Site: make_site,
    AccountChange: lambda: AccountChange.objects.create(
        account="editor-07", change="close", reason=REASON, proposed_by=ACTOR
    ),
    ErrorReport: lambda: services.report_error(page="/", message="It is wrong."),
    Anchor: lambda: Anchor.objects.create(
        head=SignedHead.objects.create(size=1, signed_at=timezone.now()),
        kind="git",
        received_at=timezone.now(),
    ),
    Redaction: lambda: Redaction.objects.create(reason=REASON, proposed_by=ACTOR),
    Coding: _code,
    RoundAnswer: _answer,
    QueueItem: lambda: QueueItem.objects.create(
        url="https://example.org/", normalized_url="example.org", title="X", feed="X"
    ),
}


def _bare_step(item, when):
    return StatusChange(
        commitment=item, seq=9, effective_on=when, precision="day", status="stalled", actor=ACTOR
    )


def _bare_review(item, when):
    return Review(commitment=item, reviewed_on=when, note="Nothing new.", actor=ACTOR)


TWICE_OR_UNNAMED = {
    "a step number": lambda item, source: StatusChange(
        commitment=item, seq=1, effective_on=ANNOUNCED, status="stalled"
    ),
    "a citation": lambda item, source: Citation(
        commitment=item, source=source, relation="announces", locator="paragraph 1"
    ),
    "a citation without a place": lambda item, source: Citation(
        commitment=item, source=source, relation="reports", locator=""
    ),
    "a link": lambda item, source: CommitmentLink(
        earlier=item, later=_later(), relation="continues", basis="inferred"
    ),
    "a stated link without a source": lambda item, source: CommitmentLink(
        earlier=item, later=_later(), relation="splits", basis="stated"
    ),
    "an agency in two roles": lambda item, source: CommitmentAgency(
        commitment=item, agency=Agency.objects.get(), role="partner"
    ),
    "evidence": lambda item, source: Evidence(
        status_change=item.status_changes.get(), source=source, locator="paragraph 1"
    ),
    "evidence without a place": lambda item, source: Evidence(
        status_change=item.status_changes.get(), source=source, locator=""
    ),
    "a review whose source has no place": lambda item, source: Review(
        commitment=item, reviewed_on=ANNOUNCED, note="Nothing.", source=source
    ),
    "a section": lambda item, source: Section(
        plan=item.plan, key="protection-1", title="X", position=2
    ),
    "a second version of the data set": lambda item, source: DatasetVersion(id=2),
    "a proposal decided by who made it": lambda item, source: Proposal(
        commitment=item,
        status="completed",
        effective_on=ANNOUNCED,
        proposed_by="somebody",
        decided_by="somebody",
    ),
}


def _later():
    return Commitment.objects.get(code="US21-PRT-002")


class TestTheDatabase:
    @pytest.mark.parametrize(("model", "field"), _enumerations())
    def test_every_enumeration_is_held_by_the_database(self, world, model, field):
        if model in MADE:
            MADE[model]()
        row = model.objects.first()
        name = f"{model._meta.model_name}_{field}_is_known"
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            if model in (StatusChange, Change, Anchor):
                row.pk, row.seq = 999, 999
                setattr(row, field, "x")
                row.save(force_insert=True)
            else:
                model.objects.filter(pk=row.pk).update(**{field: "x"})

    @pytest.mark.parametrize("distance", [0, 1, 400])
    def test_the_database_takes_no_step_and_no_review_from_the_future(self, world, distance):
        when = latest_day() + distance * ONE
        for row in (_bare_step(world["item"], when), _bare_review(world["item"], when)):
            if distance:
                with (
                    pytest.raises(IntegrityError, match="lies in the future"),
                    transaction.atomic(),
                ):
                    row.save(force_insert=True)
            else:
                row.save(force_insert=True)
                assert row.pk

    def test_the_database_takes_nothing_from_before_1990(self, world):
        first = dt.date(1990, 1, 1)
        for make in (_bare_step, _bare_review):
            with pytest.raises(IntegrityError, match="since_1990"), transaction.atomic():
                make(world["item"], first - ONE).save(force_insert=True)
            make(world["item"], first).save(force_insert=True)
        rows = Commitment.objects.filter(pk=world["item"].pk)
        with pytest.raises(IntegrityError, match="since_1990"), transaction.atomic():
            rows.update(announced_on=first - ONE)

    @pytest.mark.parametrize("table", ["statuschange", "evidence", "review", "change"])
    @pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
    def test_the_database_refuses_to_change_or_delete_what_is_append_only(self, world, table, verb):
        key = "seq" if table == "change" else "id"
        statement = {
            "UPDATE": f"UPDATE commitments_{table} SET {key} = {key}",
            "DELETE": f"DELETE FROM commitments_{table}",
        }[verb]
        before = contents()
        with (
            pytest.raises(IntegrityError, match=f"commitments_{table} is append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
        assert contents() == before

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("table", ["statuschange", "evidence", "review", "change"])
    def test_a_row_cannot_be_replaced_either(self, world, table):
        before = contents()
        with (
            pytest.raises(IntegrityError, match=f"commitments_{table} is append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                f"INSERT OR REPLACE INTO commitments_{table} SELECT * FROM commitments_{table}"
            )
        assert contents() == before

    @pytest.mark.postgresql_only
    @pytest.mark.parametrize("table", ["statuschange", "evidence", "review", "change"])
    def test_a_table_cannot_be_emptied_at_once_either(self, world, table):
        before = contents()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with (
            pytest.raises(IntegrityError, match="is append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"TRUNCATE commitments_{table} CASCADE")
        assert contents() == before

    def test_deleting_a_commitment_cannot_take_its_history_along(self, world):
        before = contents()
        with pytest.raises(models.ProtectedError):
            world["item"].delete()
        with pytest.raises(IntegrityError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM commitments_commitment")
            connection.check_constraints()
        assert contents() == before

    def test_the_database_knows_no_row_that_refers_to_itself(self, world):
        item = world["item"]
        rows = {
            "link_is_not_to_itself": CommitmentLink(
                earlier=item, later=item, relation="continues", basis="inferred"
            ),
            "agency_is_not_its_own_parent": Agency(
                id=900, parent_id=900, slug="x", name="X", short_name="X", jurisdiction="US"
            ),
            **{
                f"plan_is_not_its_own_{name}": Plan(
                    id=900, **{f"{name}_id": 900}, slug="x", title="X", published_on=ANNOUNCED
                )
                for name in PLAN_LINKS
            },
            "statuschange_does_not_correct_itself": StatusChange(
                id=900,
                corrects_id=900,
                commitment=item,
                seq=9,
                effective_on=ANNOUNCED,
                status="stalled",
            ),
        }
        for name, row in rows.items():
            with pytest.raises(IntegrityError, match=name), transaction.atomic():
                row.save(force_insert=True)

    @pytest.mark.parametrize("name", TWICE_OR_UNNAMED)
    def test_the_database_takes_no_key_twice_and_no_place_unnamed(self, world, name):
        row = TWICE_OR_UNNAMED[name](world["item"], world["source"])
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)

    def test_the_database_keeps_codes_in_upper_case_and_periods_in_order(self, world):
        for rows, values in (
            (Commitment.objects.filter(code="US21-PRT-001"), {"code": "us21-prt-001"}),
            (Plan.objects.all(), {"starts_on": day(10), "ends_on": day(9)}),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**values)

    def test_two_corrections_of_one_step_cannot_both_stand_in_the_database(self, world):
        step = world["item"].status_changes.get()
        correct(world["item"], 1, "stalled", day(10), [world["source"]])
        second = _bare_step(world["item"], ANNOUNCED)
        second.corrects = step
        with pytest.raises(IntegrityError), transaction.atomic():
            second.save(force_insert=True)


# What the command finds


def differences():
    """Return what `check_integrity` prints, after seeing that it fails exactly where it prints a difference."""
    out = io.StringIO()
    try:
        call_command("check_integrity", stdout=out)
    except CommandError as error:
        assert error.returncode == 1
        lines = out.getvalue().splitlines()
        assert str(error) == f"{len(lines)} differences."
        return lines
    assert out.getvalue() == "Every derived value agrees with what it is derived from.\n"
    return []


WRONG_COPIES = {
    "status": "stalled",
    "status_since": day(11),
    "status_precision": "month",
    "verification": "independently_reported",
    "last_reviewed_on": day(20),
}


def first(model):
    return model.objects.filter(pk=model.objects.order_by("pk").first().pk)


UNRECORDED = {
    "an agency": (
        lambda: first(Agency).update(name="Health"),
        "agency hhs differs from its last row in the record.",
    ),
    "a plan": (
        lambda: first(Plan).update(title="Plan"),
        "plan us-nap-2021 differs from its last row in the record.",
    ),
    "a pillar": (
        lambda: first(Pillar).update(position=9),
        "pillar protection differs from its last row in the record.",
    ),
    "a section": (
        lambda: first(Section).update(number="2"),
        "section us-nap-2021/protection-1 differs from its last row in the record.",
    ),
    "a source": (
        lambda: first(Source).update(url=""),
        "source sheet differs from its last row in the record.",
    ),
    "a commitment": (
        lambda: first(Commitment).update(due_on=day(400)),
        "commitment US21-PRT-001 differs from its last row in the record.",
    ),
    "a role": (
        lambda: CommitmentAgency.objects.update(role="partner"),
        "commitment US21-PRT-001 differs from its last row in the record.",
    ),
    "a citation": (
        lambda: first(Citation).update(note="Praised."),
        "citation US21-PRT-001/sheet/announces/paragraph 1 differs from its last row in the record.",
    ),
    "a link": (
        lambda: first(CommitmentLink).update(basis="inferred", note="By hand."),
        "commitmentlink US21-PRT-001/US21-PRT-002/continues differs from its last row in the record.",
    ),
    "a new agency": (
        lambda: Agency.objects.create(slug="x", name="X", short_name="X", jurisdiction="US"),
        "agency x is not in the record.",
    ),
    "a new source": (
        lambda: Source.objects.create(
            slug="x", title="X", publisher="X", kind="news", origin="official"
        ),
        "source x is not in the record.",
    ),
    "evidence added to a step": (
        lambda: Evidence.objects.create(
            status_change=StatusChange.objects.get(), source=Source.objects.get(), locator="page 9"
        ),
        "evidence US21-PRT-001/1/sheet/page 9 is not in the record.",
    ),
    "a citation gone": (
        lambda: Citation.objects.all().delete(),
        "citation US21-PRT-001/sheet/announces/paragraph 1 is in the record, but gone.",
    ),
    "a link gone": (
        lambda: CommitmentLink.objects.all().delete(),
        "commitmentlink US21-PRT-001/US21-PRT-002/continues is in the record, but gone.",
    ),
}


class TestCheckIntegrity:
    def test_it_finds_nothing_where_only_services_wrote(self, world):
        change(world["item"], "completed", day(40))
        correct(world["item"], 2, "stalled", day(40))
        assert differences() == []

    @pytest.mark.parametrize(("name", "wrong"), WRONG_COPIES.items())
    def test_it_names_a_copy_that_differs_from_the_history(self, world, name, wrong):
        rows = Commitment.objects.filter(code="US21-PRT-001")
        right = rows.values_list(name, flat=True).get()
        rows.update(**{name: wrong})
        write_every_document()
        assert differences() == [f"US21-PRT-001: {name} is {wrong}, its history says {right}."]

    def test_it_names_a_number_that_differs_from_the_record(self, world):
        last = Commitment.objects.get(code="US21-PRT-001").seq
        Commitment.objects.filter(code="US21-PRT-001").update(seq=1)
        write_every_document()
        assert differences() == [
            f"US21-PRT-001: seq is 1, the record's last row about it is {last}."
        ]

    @pytest.mark.parametrize("name", UNRECORDED)
    def test_it_names_what_the_record_does_not_explain(self, world, name):
        write, words = UNRECORDED[name]
        write()
        assert words in differences()

    def test_it_names_a_step_that_nobody_recorded(self, world):
        _bare_step(world["item"], day(50)).save(force_insert=True)
        found = differences()
        assert "statuschange US21-PRT-001/9 is not in the record." in found
        assert "US21-PRT-001: status is in_progress, its history says stalled." in found

    def test_it_names_a_review_that_nobody_recorded(self, world):
        row = _bare_review(world["item"], day(50))
        row.save(force_insert=True)
        assert f"review {row.pk} is not in the record." in differences()

    def test_it_names_an_illegal_history(self, world):
        _bare_step(world["item"], day(50)).save(force_insert=True)
        assert "US21-PRT-001, step 9: “Stalled” needs evidence: one dated source." in differences()

    def test_it_names_a_status_that_lost_its_ground(self, world):
        item, source = make_commitment("US21-PRT-003"), make_source("memo")
        change(item, "completed", day(20), [source])
        Source.objects.filter(slug="memo").update(origin="advocacy")
        assert set(differences()) == {
            "US21-PRT-003: verification is agency_reported, its history says unverified.",
            "US21-PRT-003, step 1: “Completed” needs one official source, or two independent sources from different publishers.",
            "source memo differs from its last row in the record.",
        }

    @pytest.mark.parametrize("table", ["statuschange", "evidence", "review"])
    def test_it_names_what_was_taken_from_an_append_only_table(self, world, unguarded, table):
        unguarded(table)
        if table == "statuschange":
            unguarded("evidence")
            Evidence.objects.all().delete()
        apps.get_model("commitments", table).objects.all().delete()
        kind = {"evidence": "statuschange"}.get(table, table)
        said = {"evidence": "differs from its last row in the record."}.get(
            table, "is in the record, but gone."
        )
        found = [line for line in differences() if line.startswith(kind)]
        assert [line for line in found if "search index" not in line] == [
            f"{kind} {world['review'].pk if kind == 'review' else 'US21-PRT-001/1'} {said}"
        ]

    def test_it_names_an_edited_step(self, world, unguarded):
        unguarded("statuschange")
        StatusChange.objects.update(actor="somebody-else", explanation="Rewritten.")
        assert differences() == [
            "statuschange US21-PRT-001/1: the search index does not hold its words.",
            "statuschange US21-PRT-001/1 differs from its last row in the record.",
        ]

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda rows: rows.delete(),
            lambda rows: rows.update(text="nothing"),
            lambda rows: rows.update(title="nothing"),
        ],
        ids=["no words", "other words", "another title"],
    )
    def test_it_names_a_commitment_whose_words_are_not_in_the_index(self, world, spoil):
        spoil(SearchDocument.objects.filter(commitment=world["item"]))
        assert differences() == ["US21-PRT-001: the search index does not hold its words."]
