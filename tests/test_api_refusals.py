"""What a client did not mean to do, or could not, is refused in one shape and never taken for something else."""

import json

import pytest
from django.test import Client

from planwatch.middleware.requests import LONGEST_BODY
from tests.factories import change, make_commitment, make_source
from tests.test_access import client_of
from tests.test_api_writes import EARLY, Writer

pytestmark = pytest.mark.django_db
REVIEWS = "commitments/US21-PRT-001/reviews/"
REVIEW = {"reviewed_on": "2024-01-01", "note": "Looked; nothing new."}


@pytest.fixture
def commitment(db):
    make_source("sheet", published_on=EARLY)
    return make_commitment("US21-PRT-001")


@pytest.fixture
def editor(db):
    return Writer("ed", "Editor")


def shape_of(answer):
    """Return the code of a refusal; fail unless it has the API's shape."""
    assert answer["Content-Type"] == "application/json", answer.content[:200]
    data = json.loads(answer.content)
    assert data["type"] in ("client_error", "validation_error") and data["errors"], data
    assert all(set(error) == {"code", "detail", "attr"} for error in data["errors"])
    return data["errors"][0]["code"]


WITHOUT_SLASH = (
    "/api/v1/commitments/US21-PRT-001/reviews",
    "/api/v1/auth/tokens",
    "/api/v1/webhooks",
    "/api/v1/nothing",
    "/api",
    "/follow",
    "/editor/commitments/US21-PRT-001/edit",
    "/admin/auth/user/add",
    "/accounts/login",
    "/es/follow",
)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_write_without_the_closing_slash_is_sent_on_as_a_write(
    commitment, settings, debug, method
):
    settings.DEBUG = debug
    for client in (Client(enforce_csrf_checks=True), client_of("Administrator")):
        for address in WITHOUT_SLASH:
            answer = getattr(client, method)(f"{address}?a=1", {"name": "x"})
            assert (answer.status_code, answer["Location"]) == (308, f"{address}/?a=1"), address
    assert Client().get("/commitments").status_code == 301


def test_a_write_by_plain_http_is_sent_to_https_as_a_write(db, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().post("/follow/").status_code == 308
    assert Client().get("/follow/").status_code == 301


def test_a_review_that_was_posted_without_the_slash_is_written_once_where_it_leads(
    commitment, editor
):
    headers = editor.headers(if_match="*")
    address = f"/api/v1/{REVIEWS.rstrip('/')}"
    answer = editor.client.post(
        address, REVIEW, content_type="application/json", headers=headers, follow=True
    )
    assert (answer.status_code, answer.redirect_chain[0][1]) == (201, 308)


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_body_over_the_limit_is_413(commitment, editor, kind):
    body = b" " * (LONGEST_BODY + 1)
    for more in ({}, {"idempotency_key": "once"}):
        answer = editor.client.post(
            f"/api/v1/{REVIEWS}", body, content_type=kind, headers=editor.headers(**more)
        )
        assert (answer.status_code, shape_of(answer)) == (413, "content_too_large")
    page = Client().post("/follow/", body, content_type="application/x-www-form-urlencoded")
    assert page.status_code == 413


def test_if_match_takes_an_etag_that_was_issued_for_the_commitment_and_no_other(
    commitment, editor, settings
):
    make_commitment("US21-PRT-002")
    own, other = editor.etag("US21-PRT-001"), editor.etag("US21-PRT-002")
    listed = editor.get("commitments/")["ETag"]
    history = editor.get("commitments/US21-PRT-001/status-changes/")["ETag"]
    version = own[1:].partition("-")[0]
    made_up = [f'"{version}-{"0" * 32}"', f'"{int(version) + 9}{own[1 + len(version) :]}', '"9"']
    for wrong in (other, listed, history, *made_up, own.strip('"')):
        answer = editor.post(REVIEWS, REVIEW, if_match=wrong)
        assert (answer.status_code, shape_of(answer)) == (412, "precondition_failed"), wrong
    assert editor.post(REVIEWS, REVIEW, if_match=f"{listed}, {own}").status_code == 201
    asked_otherwise = Client().get("/api/v1/commitments/US21-PRT-001/?fields=code")["ETag"]
    assert editor.post(REVIEWS, REVIEW, if_match=asked_otherwise).status_code == 201
    change(commitment, "not_started", EARLY)
    assert editor.post(REVIEWS, REVIEW, if_match=own).status_code == 412


def test_every_refusal_under_the_api_has_its_shape(commitment, editor, settings):
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    many = "&".join(f"a{number}=1" for number in range(1200))
    refused = {
        404: [strict.get("/api/"), strict.get("/api/v2/plans/"), strict.post("/api/v1/x/", {})],
        405: [strict.post("/api/v1/docs/", {"a": 1}), strict.delete("/api/v1/plans/")],
        400: [
            strict.get("/api/v1/plans/", headers={"host": "elsewhere.example"}),
            strict.get(f"/api/v1/plans/?{many}"),
            strict.get("/api/v1/plans/?nonsense=1", headers={"accept": "text/html"}),
        ],
        401: [strict.post(f"/api/v1/{REVIEWS}", REVIEW)],
        415: [editor.client.post("/api/v1/webhooks/", {}, headers=editor.headers())],
    }
    for status, answers in refused.items():
        for answer in answers:
            assert answer.status_code == status, answer.content
            shape_of(answer)
