"""Redactions: harmful words are gone from everywhere, the record's hashes stay, and everybody can see what was done."""

import io
import json

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from commitments import services
from commitments.audit.integrity import differences
from commitments.datasets import releases
from commitments.models import REVISIONS, Change, Commitment, Redaction, Review, StatusChange
from planwatch.accounts.permissions import handle_of
from tests.factories import change, make_commitment, make_source, review

pytestmark = pytest.mark.django_db

WORDS = "Jane Roe of 12 Elm Street"
WHY = "It named a survivor."
PAGE = "/admin/commitments/redaction/"


@pytest.fixture
def named(db):
    """A survivor is named in a summary that was edited since, in a step, its evidence and a review."""
    commitment = make_commitment("US21-PRT-001", summary=f"It helped {WORDS}, “quoted”.")
    make_commitment(commitment.code, summary="It helped.", reason="A name.")
    change(commitment, "in_progress", explanation=f"It began with {WORDS}.")
    review(commitment, commitment.announced_on, note=f"Looked for {WORDS}.")
    make_source("letter", title=f"Letter about {WORDS}")
    return commitment


def redact(words=WORDS, reason=WHY):
    row = services.propose_redaction(words=words, reason=reason, actor="editor-01")
    return services.approve_redaction(number=row.pk, actor="editor-02")


def everything_stored() -> str:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)


def test_the_words_are_gone_from_every_table_and_page_and_the_rest_stays(named):
    seen = {
        address: Client().get(address).content.decode()
        for address in ("/changes/", "/api/v1/changes/", "/commitments/US21-PRT-001/")
    }
    assert any(WORDS in text for text in seen.values())
    headers = list(Change.objects.values_list("seq", "hash", "body_hash"))
    row = redact()
    assert WORDS not in everything_stored()
    assert "Roe" not in everything_stored()
    assert StatusChange.objects.get().explanation == "It began with […]."
    assert Review.objects.get().note == "Looked for […]."
    then = REVISIONS[Commitment].objects.order_by("recorded_from").first()
    assert then.summary == "It helped […], “quoted”."
    assert headers == list(Change.objects.values_list("seq", "hash", "body_hash"))[: len(headers)]
    for address in seen:
        assert WORDS not in Client().get(address).content.decode()
    assert row.words == "" and len(row.rows) == 5 and not row.is_applying


def test_everything_that_is_derived_agrees_afterwards_and_the_record_verifies(named):
    assert not list(differences())
    redact()
    assert not list(differences())
    call_command("verify_record", verbosity=0)


def test_readers_see_which_rows_were_redacted_and_why(named):
    row = redact()
    rows = Client().get("/api/v1/changes/?limit=500").json()["results"]
    assert [each["seq"] for each in rows if each["redaction"] == row.pk] == row.rows
    _, decided = [each for each in rows if each.get("object_type") == "redaction"]
    assert decided["after"]["reason"] == WHY and decided["after"]["rows"] == row.rows
    assert "words" not in decided["after"]
    page = Client().get("/changes/").content.decode()
    assert f"Words were removed from this row by redaction {row.pk}: {WHY}" in page
    listed = Client().get("/changes/?kind=redaction").content.decode()
    assert listed.count(f"{WHY}</p>") == 2


def test_who_keeps_a_copy_is_told_to_read_the_rows_again(named):
    passed = Change.objects.order_by("-seq").first().seq
    row = redact()
    answer = Client().get(f"/api/v1/changes/?after={passed}").json()
    assert set(row.rows) <= set(answer["read_again"])


def test_published_archives_with_the_words_are_withdrawn_with_a_notice(named, settings, tmp_path):
    settings.PLANWATCH_DATASETS = str(tmp_path)
    old, _ = releases.publish()
    assert WORDS.encode() in old.path.read_bytes()
    redact()
    gone = Client().get(f"/data/{old.name}")
    assert gone.status_code == 410 and WHY in gone.content.decode()
    new, _ = releases.publish()
    assert [note.version for note in releases.published()] == [new.version]
    assert not old.path.exists() and WORDS.encode() not in new.path.read_bytes()
    assert not list(releases.altered_archives())


def test_nobody_redacts_alone_and_until_then_the_words_stay(named):
    row = services.propose_redaction(words=WORDS, reason=WHY, actor="editor-01")
    with pytest.raises(ValidationError, match="Another administrator"):
        services.approve_redaction(number=row.pk, actor="editor-01")
    assert WORDS in StatusChange.objects.get().explanation
    assert WORDS not in json.dumps(
        Client().get("/api/v1/changes/?kind=redaction").json()["results"]
    )
    services.decline_redaction(number=row.pk, actor="editor-02")
    row.refresh_from_db()
    assert (row.state, row.words) == ("declined", "")


@pytest.mark.parametrize(
    ("words", "reason", "field"),
    [
        (WORDS, "", "reason"),
        (WORDS, f"It named {WORDS}.", "reason"),
        ("no such words", WHY, "words"),
        ("ab", WHY, "words"),
        ("[…]", WHY, "words"),
        ("example.org", WHY, "words"),
    ],
)
def test_what_cannot_be_redacted_is_refused(named, words, reason, field):
    with pytest.raises(ValidationError) as refused:
        services.propose_redaction(words=words, reason=reason, actor="editor-01")
    assert field in refused.value.message_dict
    assert not Redaction.objects.exists()


def test_words_that_came_into_an_address_meanwhile_are_not_redacted(named):
    row = services.propose_redaction(words="Elm", reason=WHY, actor="editor-01")
    make_source("elm", url="https://example.org/Elm")
    with pytest.raises(ValidationError, match="addresses and identifiers"):
        services.approve_redaction(number=row.pk, actor="editor-02")
    assert WORDS in StatusChange.objects.get().explanation


def test_words_of_ours_in_the_record_stay_when_a_text_with_the_same_word_is_redacted(named):
    make_commitment("US21-PRT-002", summary="It was said to be in_progress.")
    redact("in_progress")
    assert Commitment.objects.get(code="US21-PRT-002").summary == "It was said to be […]."
    assert Commitment.objects.get(code="US21-PRT-001").status == "in_progress"
    assert not list(differences())


def test_the_database_lets_nothing_but_words_be_changed_and_only_by_a_redaction(named):
    for applying in (False, True):
        Redaction.objects.create(reason=WHY, is_applying=applying, proposed_by="editor-01")
        for fields in ({"action": "delete"}, {"hash": "0" * 64}, {"actor": "editor-99"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Change.objects.filter(seq=1).update(**fields)
        with pytest.raises(DatabaseError), transaction.atomic():
            StatusChange.objects.update(status="completed")
        with pytest.raises(DatabaseError), transaction.atomic():
            Change.objects.filter(seq=1).delete()
        if not applying:
            with pytest.raises(DatabaseError), transaction.atomic():
                Change.objects.filter(seq=1).update(after={})


def test_a_body_that_no_redaction_names_is_found_by_verify_record(named):
    row = redact()
    other = Change.objects.exclude(seq__in=row.rows).filter(object_type="plan").first()
    Redaction.objects.update(is_applying=True)
    Change.objects.filter(seq=other.seq).update(redaction=row, after=other.after | {"title": "X"})
    Redaction.objects.update(is_applying=False)
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_record", stdout=out)
    assert f"Row {other.seq}: its body was changed by a redaction" in out.getvalue()


def test_two_administrators_redact_on_the_pages_of_the_administration(named):
    clients = []
    for name in ("ada", "ben"):
        user = User.objects.create_user(name, f"{name}@example.org", "a long enough passphrase")
        user.groups.set(Group.objects.filter(name="Administrator"))
        clients.append(Client())
        clients[-1].force_login(user)
        assert handle_of(user)
    ada, ben = clients
    assert ada.post(f"{PAGE}add/", {"exact_words": WORDS, "reason": WHY}).status_code == 302
    number = Redaction.objects.get().pk
    given = {"action": "approve", "_selected_action": number}
    assert "Another administrator" in ada.post(PAGE, given, follow=True).content.decode()
    assert WORDS in ben.get(PAGE).content.decode()
    assert "done" in ben.post(PAGE, given, follow=True).content.decode()
    assert WORDS not in ben.get(PAGE).content.decode()
