"""The public record: every write in it, each row sealed by the one before, and every tampering found."""

import datetime as dt
import hashlib
import io
from types import SimpleNamespace

import pytest
import rfc8785
from django.core.management import CommandError, call_command
from django.db import connection

from commitments import services
from commitments.models import Change, Commitment, DatasetVersion, Source
from planwatch.logging import current_request
from tests.factories import (
    ACTOR,
    ANNOUNCED,
    REASON,
    change,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_pillar,
    make_plan,
    make_section,
    make_source,
    review,
)

pytestmark = pytest.mark.django_db


def day(number):
    return ANNOUNCED + dt.timedelta(days=number)


def verify():
    """Return what `verify_record` prints when it finds nothing wrong."""
    out = io.StringIO()
    call_command("verify_record", stdout=out)
    return out.getvalue()


def about_the_last():
    return set(Change.objects.latest("seq").commitments.values_list("code", flat=True))


# What is written


WRITES = {
    "a new agency": (lambda: make_agency("dol"), "create", "agency", "dol"),
    "an edited agency": (lambda: make_agency("hhs", name="Health"), "update", "agency", "hhs"),
    "a source": (lambda: make_source("memo"), "create", "source", "memo"),
    "a plan": (lambda: make_plan("us-nap-2027"), "create", "plan", "us-nap-2027"),
    "a pillar": (lambda: make_pillar("prevention"), "create", "pillar", "prevention"),
    "a section": (
        lambda: make_section("protection-2"),
        "create",
        "section",
        "us-nap-2021/protection-2",
    ),
    "a commitment": (
        lambda: make_commitment("US21-PRT-003"),
        "create",
        "commitment",
        "US21-PRT-003",
    ),
    "an edited commitment": (
        lambda: make_commitment("US21-PRT-001", title="Train more people"),
        "update",
        "commitment",
        "US21-PRT-001",
    ),
    "a citation": (
        lambda: cite(Commitment.objects.get(code="US21-PRT-002"), Source.objects.get(slug="sheet")),
        "create",
        "citation",
        "US21-PRT-002/sheet/announces/paragraph 1",
    ),
    "a removed citation": (
        lambda: services.delete_citation(
            reason=REASON,
            commitment="US21-PRT-001",
            source="sheet",
            relation="announces",
            locator="paragraph 1",
            actor=ACTOR,
        ),
        "delete",
        "citation",
        "US21-PRT-001/sheet/announces/paragraph 1",
    ),
    "a link": (
        lambda: services.save_link(
            reason=REASON,
            earlier="US21-PRT-001",
            later="US21-PRT-002",
            relation="rewords",
            basis="stated",
            source="sheet",
            actor=ACTOR,
        ),
        "create",
        "commitmentlink",
        "US21-PRT-001/US21-PRT-002/rewords",
    ),
    "a removed link": (
        lambda: services.delete_link(
            reason=REASON,
            earlier="US21-PRT-001",
            later="US21-PRT-002",
            relation="continues",
            actor=ACTOR,
        ),
        "delete",
        "commitmentlink",
        "US21-PRT-001/US21-PRT-002/continues",
    ),
    "a status change": (
        lambda: change(
            Commitment.objects.get(code="US21-PRT-001"),
            "completed",
            day(40),
            [Source.objects.get(slug="sheet")],
        ),
        "create",
        "statuschange",
        "US21-PRT-001/2",
    ),
    "a correction": (
        lambda: correct(
            Commitment.objects.get(code="US21-PRT-001"),
            1,
            "not_started",
            day(10),
            [Source.objects.get(slug="sheet")],
        ),
        "create",
        "statuschange",
        "US21-PRT-001/2",
    ),
}


class TestEveryWrite:
    @pytest.mark.parametrize("name", WRITES)
    def test_every_write_adds_one_sealed_row_to_the_record(self, world, name):
        write, action, kind, key = WRITES[name]
        if name == "a removed citation":  # not the last one
            cite(world["item"], world["source"], relation="reports")
        before = DatasetVersion.objects.get()
        write()
        row = Change.objects.get(seq__gt=before.seq)
        after = DatasetVersion.objects.get()
        assert (row.seq, row.prev_hash) == (before.seq + 1, before.hash)
        assert (after.seq, after.hash, after.changed_at) == (row.seq, row.hash, row.recorded_at)
        assert (row.action, row.object_type, row.object_key) == (action, kind, key)
        assert row.actor == ACTOR
        assert (row.before is None) == (action == "create")
        assert (row.after == {"reason": REASON}) == (action == "delete")
        call_command("verify_record", verbosity=0)
        call_command("check_integrity", verbosity=0)

    def test_a_review_adds_one_row_to_the_record_under_its_number(self, world):
        done = review(world["item"], day(30))
        row = Change.objects.latest("seq")
        assert (row.object_type, row.object_key) == ("review", str(done.pk))
        assert row.after["reviewed_on"] == day(30).isoformat()
        assert row.before is None

    def test_a_row_says_what_was_and_what_is(self, world):
        make_commitment("US21-PRT-001", title="Train more people", lead_agencies=["hhs"])
        row = Change.objects.latest("seq")
        changed = {name for name in row.before if row.before[name] != row.after[name]}
        assert changed == {"title", "section"}
        assert (row.before["title"], row.after["title"]) == (
            "Promise US21-PRT-001",
            "Train more people",
        )
        assert row.before["lead_agencies"] == ["hhs"]
        assert "status" not in row.after, "derived copies are not content"

    def test_a_row_names_the_commitments_it_is_about(self, world):
        change(world["item"], "stalled", day(50))
        assert about_the_last() == {"US21-PRT-001"}
        later = make_commitment("US21-PRT-005")
        link(world["item"], later, "replaces")
        assert about_the_last() == {"US21-PRT-001", "US21-PRT-005"}
        make_source("memo")
        assert about_the_last() == set()


def test_the_request_that_wrote_a_row_is_named_in_the_record():
    make_agency("dol")
    assert Change.objects.latest("seq").request_id == ""
    request = current_request.set(SimpleNamespace(id="of-the-proxy-17", COOKIES={}, META={}))
    try:
        make_agency("doj")
    finally:
        current_request.reset(request)
    assert Change.objects.latest("seq").request_id == "of-the-proxy-17"


# The chain


def sha256(value):
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def test_anyone_can_compute_the_chain_from_the_words_of_the_contract(world):
    make_commitment(
        title="Ωmega “quotes”, é and 𝕊", summary="Tab\there, newline\nthere, \u2028 too."
    )
    previous = "0" * 64
    for number, row in enumerate(Change.objects.order_by("seq").values(), start=1):
        body = {
            "object_type": row["object_type"],
            "object_key": row["object_key"],
            "actor": row["actor"],
            "before": row["before"],
            "after": row["after"],
            "nonce": row["nonce"],
        }
        header = {
            "seq": number,
            "recorded_at": row["recorded_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "action": row["action"],
            "body_hash": sha256(body),
            "prev_hash": previous,
        }
        assert row["seq"] == number
        assert row["body_hash"] == header["body_hash"]
        assert row["prev_hash"] == previous
        assert row["hash"] == sha256(header)
        previous = row["hash"]
    version = DatasetVersion.objects.get()
    assert (version.seq, version.hash) == (number, previous)
    assert verify() == f"The record verifies: {number} rows, head {previous}.\n"


def test_an_empty_record_verifies():
    assert verify() == f"The record verifies: 0 rows, head {'0' * 64}.\n"


def test_the_record_holds_no_floats_and_every_row_has_a_nonce_of_its_own(world):
    rows = list(Change.objects.values("before", "after", "nonce"))
    assert len({row["nonce"] for row in rows}) == len(rows)
    assert all(len(row["nonce"]) == 64 for row in rows)

    def floats(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            return any(map(floats, value))
        return isinstance(value, float)

    assert not any(floats(row["before"]) or floats(row["after"]) for row in rows)


BODY = "Row 5: its body is not the one that was sealed."
HEADER = "Row 5: its header is not the one that was sealed."
NEXT = "Row 6 does not name the hash of the row before it."
FALSE = "f" * 64
ROW = "UPDATE commitments_change SET {} WHERE seq = 5"
TAMPERINGS = {
    "another request": (
        ROW.format("request_id = 'of-somebody-else'"),
        ["Row 5: its request id is not the one that was sealed."],
    ),
    "rows that belong to nothing": (
        "INSERT INTO commitments_change_about (change_id, commitment_id) "
        "SELECT 1, id FROM commitments_commitment",
        ["Row 1: the commitments it belongs to are not those that it names."],
    ),
    "another actor": (ROW.format("actor = 'somebody-else'"), [BODY]),
    "another type": (ROW.format("object_type = 'review'"), [BODY]),
    "another object": (ROW.format("object_key = 'US21-PRT-009'"), [BODY]),
    "another text": (ROW.format("""after = '{"title": "Kept"}'"""), [BODY]),
    "no text": (ROW.format("after = NULL"), [BODY]),
    "another past": (ROW.format("before = '{}'"), [BODY]),
    "another nonce": (ROW.format("nonce = ''"), [BODY]),
    "another moment": (ROW.format("recorded_at = '2020-01-01 00:00:00+00:00'"), [HEADER]),
    "another action": (ROW.format("action = 'delete'"), [HEADER]),
    "another body hash": (ROW.format(f"body_hash = '{FALSE}'"), [BODY, HEADER]),
    "another previous hash": (
        ROW.format(f"prev_hash = '{FALSE}'"),
        ["Row 5 does not name the hash of the row before it.", HEADER],
    ),
    "another hash": (ROW.format(f"hash = '{FALSE}'"), [HEADER, NEXT]),
    "a row less": (
        "DELETE FROM commitments_change WHERE seq = 5",
        ["Row 6 follows row 4: the numbering has a gap.", NEXT],
    ),
    "no first row": (
        "DELETE FROM commitments_change WHERE seq = 1",
        [
            "Row 2 follows row 0: the numbering has a gap.",
            "Row 2 does not name the hash of the row before it.",
        ],
    ),
    "no last row": (
        "DELETE FROM commitments_change WHERE seq = {last}",
        ["The data set's version says row {last}, the record ends at row {last_but_one}."],
    ),
    "another number": (
        "UPDATE commitments_datasetversion SET seq = seq + 1",
        ["The data set's version says row {next}, the record ends at row {last}."],
    ),
    "another head": (
        f"UPDATE commitments_datasetversion SET hash = '{FALSE}'",
        ["The data set's version says row {last}, the record ends at row {last}."],
    ),
}


class TestTampering:
    @pytest.mark.parametrize("name", TAMPERINGS)
    def test_verify_record_names_what_was_done_and_fails(self, world, unguarded, name):
        last = DatasetVersion.objects.get().seq
        numbers = {"last": last, "last_but_one": last - 1, "next": last + 1}
        statement, words = TAMPERINGS[name]
        unguarded("change")
        with connection.cursor() as cursor:
            if statement.startswith("DELETE"):
                gone = statement.replace(
                    "commitments_change WHERE seq", "commitments_change_about WHERE change_id"
                )
                cursor.execute(gone.replace("{last}", str(last)))
            cursor.execute(statement.replace("{last}", str(last)))
        out = io.StringIO()
        with pytest.raises(CommandError, match=f"does not verify: {len(words)} problems") as failed:
            call_command("verify_record", stdout=out)
        assert failed.value.returncode == 1
        assert out.getvalue().splitlines() == [line.format(**numbers) for line in words]

    def test_a_row_that_was_cut_off_from_its_commitment_is_found(self, world):
        seq = Change.objects.filter(commitments=world["item"]).first().seq
        Change.commitments.through.objects.filter(change_id=seq).delete()
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("verify_record", stdout=out)
        words = f"Row {seq}: the commitments it belongs to are not those that it names."
        assert out.getvalue().splitlines() == [words]

    def test_what_readers_see_is_compared_with_the_record(self, world):
        Commitment.objects.filter(pk=world["item"].pk).update(title="Kept, all of it")
        call_command("verify_record", verbosity=0)
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("verify_record", "--tables", stdout=out)
        assert "US21-PRT-001 differs from its last row in the record." in out.getvalue()

    def test_an_approval_by_the_proposer_is_found(self, world, unguarded):
        row = Change.objects.get(seq=5)
        row.object_type = "proposal"
        row.after = {"state": "approved", "proposed_by": row.actor, "decided_by": row.actor}
        self.reseal(row)
        unguarded("change")
        row.save(force_update=True)
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("verify_record", stdout=out)
        assert "Row 5: its approval is not by a second person." in out.getvalue()

    def test_a_row_rewritten_with_new_hashes_no_longer_suits_the_next(self, world, unguarded):
        row = Change.objects.get(seq=5)
        row.actor = "somebody-else"
        self.reseal(row)
        unguarded("change")
        row.save(force_update=True)
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("verify_record", stdout=out)
        assert out.getvalue().splitlines() == [NEXT]

    def test_a_forged_row_at_the_end_is_not_the_one_that_the_version_names(self, world):
        last = Change.objects.latest("seq")
        forged = Change(
            seq=last.seq + 1,
            recorded_at=last.recorded_at,
            action="update",
            object_type="agency",
            object_key="hhs",
            actor="somebody-else",
            nonce="0" * 32,
            prev_hash=last.hash,
        )
        self.reseal(forged)
        forged.save(force_insert=True)
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("verify_record", stdout=out)
        assert out.getvalue().splitlines() == [
            f"The data set's version says row {last.seq}, the record ends at row {last.seq + 1}."
        ]

    def reseal(self, row):
        names = ("object_type", "object_key", "actor", "before", "after", "nonce")
        row.body_hash = sha256({name: getattr(row, name) for name in names})
        names = ("seq", "action", "body_hash", "prev_hash")
        moment = row.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        row.hash = sha256({"recorded_at": moment} | {name: getattr(row, name) for name in names})
