"""Writing through the API: who may, what is refused, and that a retry writes once."""

import base64
import datetime as dt
import json
import re
import threading

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client

from commitments.audit.hash_chain import verify_chain
from commitments.models import Change, Commitment, Proposal, Review, StatusChange
from planwatch.accounts.permissions import handle_of
from planwatch.accounts.tokens import make_token
from planwatch.models import ApiToken, IdempotentResponse
from tests.factories import change, make_commitment, make_source

PASSWORD = "a long enough passphrase"
EARLY = dt.date(2022, 3, 1)


def make_user(name, *roles):
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


class Writer:
    """A script with a token."""

    def __init__(self, name, *roles, read_only=False):
        self.user = make_user(name, *roles)
        self.handle = handle_of(self.user)
        _, self.secret = make_token(
            self.user, name="script", expires_in_days=1, read_only=read_only
        )
        self.client = Client()

    def get(self, address):
        return self.client.get(f"/api/v1/{address}", headers=self.headers())

    def headers(self, **more):
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"authorization": f"Token {self.secret}", **named}

    def post(self, address, body=None, **headers):
        return self.client.post(
            f"/api/v1/{address}",
            json.dumps(body or {}),
            content_type="application/json",
            headers=self.headers(**headers),
        )

    def etag(self, code):
        return self.get(f"commitments/{code}/")["ETag"]


@pytest.fixture
def commitment(db):
    make_source("sheet", published_on=dt.date(2022, 12, 1))
    return make_commitment("US21-PRT-001")


@pytest.fixture
def editor(db):
    return Writer("ed", "Editor")


@pytest.fixture
def second(db):
    return Writer("sue", "Editor")


@pytest.fixture
def contributor(db):
    return Writer("con", "Contributor")


def step(**changes):
    return {
        "status": "in_progress",
        "effective_on": "2022-03-01",
        "explanation": "Work began.",
        "evidence": [{"source": "sheet", "locator": "paragraph 4"}],
    } | changes


ADDRESS = "commitments/US21-PRT-001/status-changes/"


def test_an_editor_records_a_change(editor, commitment):
    response = editor.post(ADDRESS, step(), if_match=editor.etag("US21-PRT-001"))
    assert response.status_code == 201, response.content
    body = response.json()
    assert (body["seq"], body["status"], body["previous_status"]) == (
        1,
        "in_progress",
        "no_evidence",
    )
    assert body["actor"] == editor.handle
    assert body["actor"] != "ed" and "@" not in body["actor"]
    assert Commitment.objects.get().status == "in_progress"


def test_a_contributor_proposes_and_an_editor_approves(contributor, editor, commitment):
    response = contributor.post(ADDRESS, step(), if_match="*")
    assert response.status_code == 202, response.content
    number = response.json()["id"]
    assert Commitment.objects.get().status == "no_evidence"
    assert contributor.post(f"proposals/{number}/approve/", if_match="*").status_code == 403
    approved = editor.post(f"proposals/{number}/approve/", if_match="*")
    assert approved.status_code == 200, approved.content
    assert approved.json()["state"] == "approved"
    assert approved.json()["decided_by"] == editor.handle
    recorded = StatusChange.objects.get()
    assert (recorded.status, recorded.actor) == ("in_progress", contributor.handle)
    assert list(verify_chain()) == []


def test_closing_needs_a_second_editor_and_never_the_proposer(editor, second, commitment):
    response = editor.post(ADDRESS, step(status="completed"), if_match="*")
    assert response.status_code == 202
    number = response.json()["id"]
    own = editor.post(f"proposals/{number}/approve/", if_match="*")
    assert own.status_code == 400
    assert "Another editor" in own.json()["errors"][0]["detail"]
    assert second.post(f"proposals/{number}/approve/", if_match="*").status_code == 200
    assert Commitment.objects.get().status == "completed"
    again = second.post(f"proposals/{number}/approve/", if_match="*")
    assert again.status_code == 400
    assert "approved already" in again.json()["errors"][0]["detail"]


def test_approving_says_on_what_version_of_the_commitment(editor, second, commitment):
    number = editor.post(ADDRESS, step(status="completed"), if_match="*").json()["id"]
    where, read = f"proposals/{number}/approve/", second.etag("US21-PRT-001")
    assert second.post(where).status_code == 428
    change(commitment, "in_progress", EARLY)
    assert second.post(where, if_match=read).status_code == 412
    assert Commitment.objects.get().status == "in_progress"
    assert second.post(where, if_match=second.etag("US21-PRT-001")).status_code == 200


def test_closing_takes_one_editor_where_the_rule_is_off(editor, commitment, settings):
    settings.PLANWATCH_TWO_PERSON_RULE = False
    assert editor.post(ADDRESS, step(status="completed"), if_match="*").status_code == 201


def test_a_correction_needs_a_second_editor(editor, second, commitment):
    change(commitment, "in_progress", EARLY)
    response = editor.post(ADDRESS, step(status="not_started", corrects=1), if_match="*")
    assert response.status_code == 202, response.content
    assert (
        second.post(f"proposals/{response.json()['id']}/approve/", if_match="*").status_code == 200
    )
    correction = StatusChange.objects.get(seq=2)
    assert correction.corrects.seq == 1
    assert Commitment.objects.get().status == "not_started"


def test_a_reopening_needs_a_second_editor(editor, commitment):
    change(commitment, "completed", EARLY)
    response = editor.post(ADDRESS, step(effective_on="2022-04-01"), if_match="*")
    assert response.status_code == 202, response.content


def test_a_proposal_that_no_longer_fits_says_why_and_goes_on_waiting(editor, second, commitment):
    number = editor.post(ADDRESS, step(status="completed"), if_match="*").json()["id"]
    change(commitment, "withdrawn", dt.date(2022, 2, 1))
    response = second.post(f"proposals/{number}/approve/", if_match="*")
    assert response.status_code == 400
    assert "cannot follow “Withdrawn”" in response.json()["errors"][0]["detail"]
    assert Proposal.objects.get().state == "waiting"


def test_a_proposal_is_declined_with_a_reason(editor, contributor, commitment):
    number = contributor.post(ADDRESS, step(), if_match="*").json()["id"]
    assert editor.post(f"proposals/{number}/decline/", {"reason": ""}).status_code == 400
    response = editor.post(f"proposals/{number}/decline/", {"reason": "The sheet says otherwise."})
    assert (response.status_code, response.json()["state"]) == (200, "declined")
    assert StatusChange.objects.count() == 0


def test_a_proposal_that_nobody_approved_is_withheld_from_the_public_record(
    client, contributor, editor, commitment
):
    number = contributor.post(ADDRESS, step(explanation="Unseen words."), if_match="*").json()["id"]
    assert "Unseen words" not in client.get("/api/v1/changes/?limit=500").content.decode()
    assert "Unseen words" not in client.get("/changes/").content.decode()
    editor.post(f"proposals/{number}/approve/", if_match="*")
    assert "Unseen words" in client.get("/api/v1/changes/?limit=500").content.decode()


def test_proposals_are_listed_for_those_who_write(client, contributor, commitment):
    contributor.post("commitments/US21-PRT-001/proposals/", step(), if_match="*")
    assert client.get("/api/v1/commitments/US21-PRT-001/proposals/").status_code == 401
    body = contributor.get("commitments/US21-PRT-001/proposals/").json()
    assert [row["state"] for row in body["results"]] == ["waiting"]


def test_a_review_is_recorded(editor, contributor, commitment):
    body = {"reviewed_on": "2024-01-01", "note": "Looked; nothing new."}
    address = "commitments/US21-PRT-001/reviews/"
    assert contributor.post(address, body, if_match="*").status_code == 403
    response = editor.post(address, body, if_match="*")
    assert response.status_code == 201, response.content
    assert Review.objects.get().actor == editor.handle


def test_without_if_match_a_write_is_428_and_with_an_old_one_412(editor, commitment):
    assert editor.post(ADDRESS, step()).status_code == 428
    old = editor.etag("US21-PRT-001")
    change(commitment, "not_started", EARLY)
    response = editor.post(ADDRESS, step(effective_on="2022-04-01"), if_match=old)
    assert response.status_code == 412
    assert "changed since" in response.json()["errors"][0]["detail"]
    assert editor.post(ADDRESS, step(), if_match='"nonsense"').status_code == 412
    fresh = editor.etag("US21-PRT-001")
    later = step(effective_on="2022-04-01")
    assert editor.post(ADDRESS, later, if_match=fresh).status_code == 201


def test_a_change_elsewhere_does_not_stand_in_the_way(editor, commitment):
    etag = editor.etag("US21-PRT-001")
    make_commitment("US21-PRT-002")
    assert editor.post(ADDRESS, step(), if_match=etag).status_code == 201


def test_a_retry_with_the_same_key_is_answered_the_same_and_writes_once(editor, commitment):
    etag = editor.etag("US21-PRT-001")
    first = editor.post(ADDRESS, step(), if_match=etag, idempotency_key="a-1")
    again = editor.post(ADDRESS, step(), if_match=etag, idempotency_key="a-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert StatusChange.objects.count() == 1
    other = editor.post(ADDRESS, step(status="stalled"), if_match="*", idempotency_key="a-1")
    assert other.status_code == 409


def test_a_refused_write_keeps_its_key_free(editor, commitment):
    bad = editor.post(ADDRESS, step(evidence=[]), if_match="*", idempotency_key="b-1")
    assert bad.status_code == 400
    assert IdempotentResponse.objects.count() == 0
    assert editor.post(ADDRESS, step(), if_match="*", idempotency_key="b-1").status_code == 201


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({"status": "kept"}, "status"),
        ({"effective_on": "soon"}, "effective_on"),
        ({"effective_on": "2999-01-01"}, "effective_on"),
        ({"effective_on": "1989-12-31"}, "effective_on"),
        ({"evidence": []}, "evidence"),
        ({"evidence": [{"source": "none", "locator": "p. 1"}]}, "evidence"),
        ({"evidence": [{"source": "sheet", "locator": ""}]}, "evidence.0.locator"),
        ({"corrects": 7}, "corrects"),
        ({"statsu": "x"}, "statsu"),
        ({"explanation": "\0"}, "explanation"),
        ({"explanation": "\ud800"}, "explanation"),
        ({"precision": "week"}, "precision"),
        ({"effective_on": "2022", "precision": "day"}, "effective_on"),
        ({"status": "no_evidence", "evidence": []}, "status"),
        ({"status": "not_met"}, "status"),
    ],
)
def test_a_bad_body_is_a_400_that_names_the_field_and_writes_nothing(
    editor, commitment, body, attr
):
    before = Change.objects.count()
    response = editor.post(ADDRESS, step(**body), if_match="*")
    assert response.status_code == 400, response.content
    assert attr in [error["attr"] for error in response.json()["errors"]]
    assert (StatusChange.objects.count(), Change.objects.count()) == (0, before)


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"status": "no_evidence", "evidence": []}, ["repetition"]),
        ({"status": "not_met"}, ["before_deadline"]),
        ({"effective_on": "2020-01-01"}, ["too_early"]),
        ({"evidence": []}, ["no_evidence"]),
        ({"status": "partly_met", "explanation": ""}, ["before_deadline"]),
        ({"effective_on": "2023-05-01"}, ["evidence_too_old"]),
        ({"correction_reason": "It was wrong."}, ["reason_without_correction"]),
        ({"evidence": [{"source": "none", "locator": "p. 1"}] * 2}, ["unknown_source"] * 2),
        (
            {
                "effective_on": "1989-12-31",
                "corrects": 7,
                "evidence": [{"source": "none", "locator": "p. 1"}],
            },
            ["out_of_range", "unknown_source", "unknown_step"],
        ),
        ({"statsu": "x", "status": "kept"}, ["invalid_choice", "unknown_key"]),
    ],
)
def test_a_refusal_names_the_rule_and_all_that_is_wrong_at_once(editor, commitment, body, codes):
    errors = editor.post(ADDRESS, step(**body), if_match="*").json()["errors"]
    assert sorted(error["code"] for error in errors) == codes


def test_a_repetition_is_called_one(editor, commitment):
    assert editor.post(ADDRESS, step(), if_match="*").status_code == 201
    answer = editor.post(ADDRESS, step(effective_on="2022-05-01"), if_match="*")
    assert [error["code"] for error in answer.json()["errors"]] == ["repetition"]


def test_what_was_made_is_where_the_location_says(editor, contributor, commitment):
    own = "http://testserver/api/v1/"
    body = {"reviewed_on": "2024-01-01", "note": "Looked; nothing new."}
    reviews, proposals = (f"commitments/US21-PRT-001/{name}/" for name in ("reviews", "proposals"))
    hook = {"name": "x", "url": "https://example.org/"}
    for address, made in (
        (ADDRESS, editor.post(ADDRESS, step(), if_match="*", idempotency_key="once")),
        (ADDRESS, editor.post(ADDRESS, step(), if_match="*", idempotency_key="once")),
        (reviews, editor.post(reviews, body, if_match="*")),
        (proposals, contributor.post(proposals, step(status="stalled"), if_match="*")),
        ("webhooks/", editor.post("webhooks/", hook)),
    ):
        assert made.status_code == 201, made.content
        assert made["Location"].startswith(own + address)
        found = editor.get(made["Location"].removeprefix(own)).json()
        first = found["results"][0] if "results" in found else found
        assert first.items() <= made.json().items()


@pytest.mark.parametrize(
    ("written", "precision"), [("2022-03", "month"), ("2022", "year"), ("2022-03-01", "day")]
)
def test_a_date_is_as_exact_as_it_is_written(editor, commitment, written, precision):
    answer = editor.post(ADDRESS, step(effective_on=written), if_match="*")
    assert answer.status_code == 201, answer.content
    assert answer.json()["precision"] == precision
    assert answer.json()["effective_on"].startswith(written)


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "null", '"text"', '{"status":'])
def test_a_body_that_is_no_object_is_a_400(editor, commitment, body):
    response = editor.client.post(
        f"/api/v1/{ADDRESS}",
        body,
        content_type="application/json",
        headers=editor.headers(if_match="*"),
    )
    assert response.status_code == 400, response.content


def test_without_credentials_or_rights_nothing_is_written(client, commitment):
    anonymous = client.post(f"/api/v1/{ADDRESS}", step(), content_type="application/json")
    assert anonymous.status_code == 401
    assert anonymous["WWW-Authenticate"] == "Token"
    nobody = Writer("nobody")
    assert nobody.post(ADDRESS, step(), if_match="*").status_code == 403
    reader = Writer("reader", "Editor", read_only=True)
    refused = reader.post(ADDRESS, step(), if_match="*")
    assert refused.status_code == 403
    assert "reading only" in refused.json()["errors"][0]["detail"]
    assert StatusChange.objects.count() == 0


@pytest.mark.parametrize(
    "header", ["Token", "Token x", "Token a b", "Token \xff", "Basic x", "Bearer x"]
)
def test_bad_credentials_are_a_401(client, commitment, header):
    response = client.post(
        f"/api/v1/{ADDRESS}",
        step(),
        content_type="application/json",
        headers={"authorization": header},
    )
    assert response.status_code == 401


def basic(name, password=PASSWORD):
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_a_token_is_made_shown_once_kept_hashed_listed_and_revoked(client, commitment):
    make_user("ed", "Editor")
    made = client.post(
        "/api/v1/auth/tokens/",
        {"name": "laptop", "expires_in_days": 7, "read_only": False},
        content_type="application/json",
        headers=basic("ed"),
    )
    assert made.status_code == 201, made.content
    secret = made.json()["token"]
    assert not any(secret in str(value) for value in ApiToken.objects.values_list())
    headers = {"authorization": f"Token {secret}"}
    listed = client.get("/api/v1/auth/tokens/", headers=headers)
    assert [row["name"] for row in listed.json()] == ["laptop"]
    assert "token" not in listed.json()[0]
    assert client.post("/api/v1/auth/tokens/", {}, headers=headers).status_code == 403
    address = f"/api/v1/auth/tokens/{made.json()['id']}/"
    other = make_user("eve", "Editor")
    assert client.delete(address, headers=basic(other.username)).status_code == 404
    assert client.delete(address, headers=headers).status_code == 204
    assert client.get("/api/v1/auth/tokens/", headers=headers).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["\0", "a\0b", "x" * 5000, "", "é" * 200])
def test_a_name_that_no_account_could_have_is_a_401(client, name):
    assert client.get("/api/v1/auth/tokens/", headers=basic(name)).status_code == 401


def test_an_expired_token_opens_nothing(client, commitment, editor):
    ApiToken.objects.update(expiry=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert editor.post(ADDRESS, step(), if_match="*").status_code == 401


@pytest.mark.django_db
def test_guessing_a_password_by_api_locks_out(client):
    make_user("ed", "Editor")
    for _ in range(5):
        refused = client.get("/api/v1/auth/tokens/", headers=basic("ed", "wrong"))
        assert refused.status_code == 401
    assert client.get("/api/v1/auth/tokens/", headers=basic("ed")).status_code in (401, 403, 429)


DAYS = [f"2022-0{month}-01" for month in range(3, 9)]


def check_on_the_page(client, handle, day):
    """Record a check as an editor does; return its note, or None where somebody was faster."""
    page = client.get("/editor/commitments/US21-PRT-001/review/").content.decode()
    year, month, number = day.split("-")
    typed = {
        "seen_version": re.search(r'name="seen_version" value="(\d+)"', page)[1],
        "reviewed_on_day": number,
        "reviewed_on_month": str(int(month)),
        "reviewed_on_year": year,
        "note": f"{handle} looked on {day}.",
        "action": "save",
    }
    answer = client.post("/editor/commitments/US21-PRT-001/review/", typed)
    assert answer.status_code in (302, 409), answer.content
    return typed["note"] if answer.status_code == 302 else None


def record_by_api(writer, day):
    """Record a step three times with one key; return its explanation, or None where somebody was faster."""
    status = "in_progress" if DAYS.index(day) % 2 == 0 else "in_place"
    body = step(status=status, effective_on=day, explanation=f"So since {day}.")
    etag = writer.etag("US21-PRT-001")
    named = {"if_match": etag, "idempotency_key": f"{day} {etag}"}
    answers = [writer.post(ADDRESS, body, **named) for _ in range(3)]
    first = answers[0].status_code
    assert first in (201, 412), answers[0].content
    if first == 412:
        return None
    assert [answer.json() for answer in answers] == [answers[0].json()] * 3
    return body["explanation"]


def test_two_editors_and_a_retrying_client_write_to_one_commitment_and_each_write_is_recorded_once(
    shared_database,
):
    make_source("sheet", published_on=dt.date(2022, 12, 1))
    make_commitment("US21-PRT-001")
    writers = [(record_by_api, Writer("script", "Editor"))]
    for name in ("ed", "sue"):
        client = Client()
        client.force_login(user := make_user(name, "Editor"))
        writers.append((check_on_the_page, client, handle_of(user)))
    accepted, failures = [], []
    together = threading.Barrier(len(writers))

    def work(write, *writer):
        try:
            together.wait()
            for day in DAYS:
                while (words := write(*writer, day)) is None:
                    pass
                accepted.append(words)
        except Exception as error:  # a thread's failure must fail the test
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=each) for each in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert len(accepted) == len(set(accepted)) == 18
    recorded = Change.objects.filter(object_type__in=("review", "statuschange"))
    said = [row.after.get("note") or row.after["explanation"] for row in recorded]
    assert sorted(said) == sorted(accepted)
    assert StatusChange.objects.count() == 6 and Review.objects.count() == 12
    assert list(verify_chain()) == []


def test_a_source_is_added_to_a_standing_step_without_a_correction(commitment, editor, contributor):
    make_source("audit", published_on=dt.date(2023, 2, 1))
    editor.post(
        "commitments/US21-PRT-001/status-changes/",
        step(),
        if_match=editor.etag("US21-PRT-001"),
    )
    address = "commitments/US21-PRT-001/status-changes/1/evidence/"
    body = {"evidence": [{"source": "audit", "locator": "page 9"}]}
    assert editor.post(address, body).status_code == 428
    etag = editor.etag("US21-PRT-001")
    assert contributor.post(address, body, if_match=etag).status_code == 403
    answer = editor.post(address, body, if_match=etag, idempotency_key="one")
    assert answer.status_code == 201
    assert [item["slug"] for item in answer.json()["evidence"]] == ["sheet", "audit"]
    assert editor.post(address, body, if_match=etag, idempotency_key="one").json() == answer.json()
    assert editor.post(address, body, if_match=etag).status_code == 412
    etag = editor.etag("US21-PRT-001")
    assert editor.post(address, body, if_match=etag).status_code == 400
    assert editor.post(address, {"evidence": []}, if_match=etag).status_code == 400
    beyond = address.replace("/1/", "/2/")
    assert editor.post(beyond, body, if_match=etag).status_code == 404
    assert StatusChange.objects.get().evidence.count() == 2


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"explanation": 4.10}, "explanation"),
        ({"effective_on": 2022}, "effective_on"),
        ({"evidence": [{"source": "sheet", "locator": 4}]}, "evidence.0.locator"),
        ({"evidence": [{"source": "sheet", "locator": "4", "nte": "x"}]}, "evidence.0.nte"),
    ],
)
def test_a_number_for_a_text_and_an_unknown_key_are_refused(commitment, editor, changes, attr):
    answer = editor.post(
        "commitments/US21-PRT-001/status-changes/",
        step(**changes),
        if_match=editor.etag("US21-PRT-001"),
    )
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
    assert not StatusChange.objects.exists()
