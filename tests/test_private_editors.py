"""By a setting editors are public by days and under another name each month, and each row seals who wrote it and when."""

import datetime as dt
import hashlib
import io
import json
import zipfile
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client

from commitments import services
from commitments.audit import heads, replay
from commitments.audit.hash_chain import has_own_nonce
from commitments.audit.integrity import differences
from commitments.audit.relations import problems_of_rows
from commitments.models import Change, Commitment, DatasetVersion, Proposal, Redaction, Review
from planwatch.accounts.permissions import handle_of
from planwatch.db import clock
from planwatch.models import RotatingHandle
from tests.factories import check_link, make_commitment, make_source

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 11, 30, 9, 41, 7, 123456, tzinfo=dt.UTC)
CODE = "US21-PRT-001"


@pytest.fixture
def turn(settings, monkeypatch):
    """Give a way to set the clock, on a site whose editors are private."""
    settings.PLANWATCH_PRIVATE_EDITORS = True

    def turn(moment):
        monkeypatch.setattr(clock.timezone, "now", lambda: moment)

    turn(MORNING)
    return turn


@pytest.fixture
def editors(db):
    return [handle_of(User.objects.create_user(name)) for name in ("ada", "ben")]


@pytest.fixture
def promise(turn, editors):
    """A commitment that ada has changed twice, in the morning and a minute later."""
    make_commitment(CODE)
    edit(editors[0], "First words.")
    turn(MORNING + dt.timedelta(minutes=1))
    edit(editors[0], "Second words.")
    return Commitment.objects.get()


def edit(actor, summary):
    with patch("tests.factories.ACTOR", actor):
        make_commitment(CODE, summary=summary, reason="A test.")


def closing(actor):
    make_source("letter", published_on=dt.date(2026, 11, 2))
    return services.submit_status_change(
        commitment=CODE,
        status="withdrawn",
        effective_on=dt.date(2026, 11, 1),
        explanation="It was given up.",
        evidence=[services.EvidenceItem("letter", "page 1")],
        actor=actor,
        may_record=True,
    )


def opened(*rows):
    out = io.StringIO()
    call_command("open_rows", *map(str, rows), stdout=out)
    return out.getvalue().splitlines()


def test_the_public_is_shown_neither_who_wrote_nor_at_what_time(promise, editors):
    row = Change.objects.latest("seq")
    assert row.recorded_at.date() == MORNING.date() and row.recorded_at.time() < dt.time(0, 0, 1)
    assert row.actor == RotatingHandle.objects.get(account=editors[0]).handle != editors[0]
    for address in (
        "/changes/",
        f"/commitments/{CODE}/",
        f"/commitments/{CODE}/history/",
        "/changes/feed/",
        "/api/v1/changes/",
        f"/api/v1/commitments/{CODE}/",
        "/api/v1/record/head/",
        "/commitments/export.csv",
    ):
        answer = Client().get(address)
        text = b"".join(answer).decode()
        assert "09:41" not in text and "09:42" not in text and editors[0] not in text, address
        assert "opening" not in text or "change" not in address, address


def test_no_file_of_a_published_archive_tells_either(promise, editors, settings, tmp_path):
    settings.PLANWATCH_DATASETS = str(tmp_path)
    call_command("publish_dataset", "--note", __file__)
    (path,) = tmp_path.rglob("*.zip")
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            data = packed.read(name)
            assert not any(word in data for word in (editors[0].encode(), b"09:41", b"09:42")), name


def test_only_openings_and_the_table_of_handles_tell_who_wrote(promise, editors):
    closing(editors[0])
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            for values in cursor.fetchall():
                told = [
                    name
                    for name, value in zip(columns, values, strict=True)
                    if editors[0] in str(value) or ":41:07" in str(value)
                ]
                assert set(told) <= {"opening"} or table == "planwatch_rotatinghandle", table


def test_a_row_can_be_opened_and_its_public_nonce_proves_it(promise, editors):
    row = Client().get("/api/v1/changes/?limit=500").json()["results"][-1]
    (line,) = opened(row["seq"])
    assert hashlib.sha256(line.encode()).hexdigest() == row["nonce"]
    told = json.loads(line)
    assert told["actor"] == editors[0] and told["recorded_at"] == "2026-11-30T09:42:07.123456Z"
    assert len(told["salt"]) == 32 and row["actor"] != editors[0]
    with pytest.raises(CommandError, match="Row 999 has nothing"):
        opened(999)


def test_rows_of_before_keep_their_form_and_all_verify_together(settings, editors, turn):
    settings.PLANWATCH_PRIVATE_EDITORS = False
    make_commitment(CODE)
    settings.PLANWATCH_PRIVATE_EDITORS = True
    edit(editors[0], "First words.")
    turn(MORNING + dt.timedelta(days=1))
    edit(editors[0], "Second words.")
    settings.PLANWATCH_PRIVATE_EDITORS = False
    edit(editors[0], "Third words.")
    assert [bool(row.opening) for row in Change.objects.order_by("-seq")[:3]] == [False, True, True]
    moments = [row.recorded_at for row in Change.objects.order_by("seq")]
    assert moments == sorted(moments)
    # The exact moment of the last row of before is public; nothing that follows on that day tells more than its order.
    assert moments[-3] - moments[-4] == dt.timedelta(microseconds=1)
    call_command("verify_record", "--tables", verbosity=0)


@pytest.mark.parametrize(
    "altered", [{"actor": "editor-99"}, {"recorded_at": "2026-11-30T23:00:00.000000Z"}, None]
)
def test_an_opening_that_was_altered_is_found(promise, altered):
    row = Change.objects.latest("seq")
    row.opening = altered and row.opening | altered
    assert not has_own_nonce(row)
    with pytest.raises(IntegrityError, match="append-only"):
        Change.objects.filter(pk=row.pk).update(opening=row.opening)


def test_what_was_known_is_answered_for_each_write_of_a_day_and_never_changes(promise, turn):
    first, second = (row.recorded_at for row in Change.objects.order_by("seq").reverse()[:2][::-1])
    assert first < second
    said = {}
    for moment in (first, second):
        address = (
            f"/api/v1/commitments/{CODE}/?known_at={moment.isoformat().replace('+00:00', 'Z')}"
        )
        said[address] = Client().get(address).json()["summary"]
    assert list(said.values()) == ["First words.", "Second words."]
    # A write to come would be dated before that moment: what is known then is not settled.
    early = "/api/v1/commitments/?known_at=2026-11-30T05:00:00Z"
    assert Client().get(early).status_code == 400
    turn(MORNING + dt.timedelta(days=1))
    assert Client().get(early).status_code == 200
    edit("editor-02", "Third words.")
    assert said == {address: Client().get(address).json()["summary"] for address in said}
    assert not list(differences())


def test_a_check_that_is_no_row_of_the_record_has_a_moment_of_its_own(promise, turn):
    before = DatasetVersion.objects.get()
    source = make_source("letter")
    check_link(source)
    check_link(source)
    make_source("other")
    version = DatasetVersion.objects.get()
    assert version.changed_at > before.changed_at
    assert len({row.checked_at for row in source.checks.all()}) == 2
    assert not list(differences())


def test_nobody_approves_next_month_what_they_proposed_under_another_name(promise, editors, turn):
    item = closing(editors[0])
    turn(MORNING + dt.timedelta(days=3))
    assert RotatingHandle.objects.filter(account=editors[0]).count() == 1
    with pytest.raises(ValidationError, match="Another editor must approve"):
        services.approve_proposal(proposal=item.pk, actor=editors[0])
    edit(editors[0], "Third words.")
    assert RotatingHandle.objects.filter(account=editors[0]).count() == 2
    services.approve_proposal(proposal=item.pk, actor=editors[1])
    assert not list(problems_of_rows())


def test_an_approval_by_the_proposer_under_another_name_is_found(promise, editors, turn):
    item = closing(editors[0])
    # As if somebody had rewritten the table, so that the site takes two names for two people.
    RotatingHandle.objects.update(account="editor-99")
    services.approve_proposal(proposal=item.pk, actor=editors[0])
    assert Proposal.objects.get().state == "approved"
    seq = Change.objects.filter(object_type="proposal").latest("seq").seq
    assert list(problems_of_rows()) == [f"Row {seq}: its approval is not by a second person."]


def test_an_author_retracts_their_review_the_next_day_under_another_name(promise, editors, turn):
    given = {"commitment": CODE, "reviewed_on": dt.date(2026, 11, 29), "note": "Looked."}
    mine, other = (services.record_review(**given, actor=actor) for actor in editors)
    turn(MORNING + dt.timedelta(days=1))
    with pytest.raises(ValidationError, match="Only the author"):
        services.retract_review(review=other.pk, reason="Wrong.", actor=editors[0])
    services.retract_review(review=mine.pk, reason="Wrong.", actor=editors[0])
    turn(MORNING + dt.timedelta(days=2))
    with pytest.raises(ValidationError, match="24 hours"):
        services.retract_review(review=other.pk, reason="Wrong.", actor=editors[1])
    assert len({row.actor for row in Review.objects.all()}) == 2


def test_a_redaction_takes_the_opening_with_the_nonce(promise):
    row = services.propose_redaction(words="Second words", reason="Harm.", actor="editor-08")
    services.approve_redaction(number=row.pk, actor="editor-09")
    rows = Redaction.objects.get().rows
    assert rows and not Change.objects.filter(pk__in=rows).exclude(opening=None).exists()
    call_command("verify_record", "--tables", verbosity=0)


def test_a_head_covers_the_days_that_are_over(promise, turn, settings):
    settings.PLANWATCH_RECORD_KEYS = "example.org/record+00000000+AAAA"
    assert heads.signable_size() == 0
    turn(MORNING + dt.timedelta(days=1))
    size = DatasetVersion.objects.get().seq
    edit("editor-02", "Third words.")
    assert heads.signable_size() == size < DatasetVersion.objects.get().seq


def test_the_tables_can_be_made_anew_from_the_record(promise, editors):
    replay.rebuild()
    assert not list(differences())


def test_the_page_on_privacy_says_so_where_the_setting_is_on(turn, settings):
    words = "Handles change every month"
    assert words in Client().get("/about/privacy/").content.decode()
    settings.PLANWATCH_PRIVATE_EDITORS = False
    assert words not in Client().get("/about/privacy/").content.decode()
