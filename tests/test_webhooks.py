"""Webhooks: what they send, that nothing is missed and a repeat is recognized, when they rest, and where they never call."""

import importlib.util
import json
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from django.contrib.auth.models import User
from django.core.exceptions import FieldError, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from commitments.models import Change, DatasetVersion
from commitments.webhooks import delivery, delivery_log, http_client, payloads, services
from commitments.webhooks.models import Attempt, State, Webhook
from commitments.webhooks.signing import SEALED_AS, headers_for
from planwatch.accounts.encryption import decrypt
from tests.factories import change, cite, link, make_commitment, make_source, unpublish
from tests.misbehaving_site import answer, endless_body, redirect, reset, silence, site_started

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "verify_webhook.py"


class Killed(BaseException):
    """The end of a process, as far as the code that it stops can tell."""


@pytest.fixture(scope="module")
def site():
    with site_started() as started:
        yield started


@pytest.fixture
def receiver(site, settings):
    settings.PLANWATCH_WEBHOOK_PRIVATE = True
    for kept in (site.answers, site.headers, site.bodies):
        kept.clear()
    site.answers["/hook"] = answer(204)
    return site


@pytest.fixture
def owner(db):
    return User.objects.create_user("olga", password="a long enough passphrase")


@pytest.fixture
def made(owner, receiver):
    """A webhook for everything, with its secret."""
    return services.make_webhook(user=owner, name="Ours", url=receiver.url("/hook"))


@pytest.fixture
def webhook(made):
    return made[0]


def told(receiver):
    """Return the numbers of the rows that the receiver was told, in the order in which it was."""
    return [json.loads(body)["data"]["seq"] for body in receiver.bodies["/hook"]]


def ids(receiver):
    return [headers["webhook-id"] for headers in receiver.headers["/hook"]]


def head():
    return DatasetVersion.objects.get().seq


def run(wait=False):
    """Do what a worker does, until nothing is due; with `wait`, once every wait is over and all that was left is lost."""
    if wait:
        DBTaskResult.objects.all().delete()
        Webhook.objects.update(next_attempt_at=None, claimed_until=None)
    delivery.hand_over()
    while (left := DBTaskResult.objects.ready().first()) is not None:
        # As a worker begins it. Here what kills a worker comes through, and the task is never tried again.
        left.claim("test")
        left.task.call(*left.task_result.args)
        left.set_successful(None)


def two_changes():
    item, source = make_commitment("US21-PRT-001"), make_source("sheet")
    cite(item, source)
    change(item, "in_progress")
    return item


# What is sent


def test_a_message_says_what_changed_and_how_the_commitment_stands(webhook, receiver):
    item = make_commitment("US21-PRT-001")
    run()
    seq = Change.objects.filter(object_type="commitment").get().seq
    (body,) = receiver.bodies["/hook"]
    message = json.loads(body)
    assert message["type"] == "commitment.changed"
    assert message["data"]["seq"] == message["data"]["change"]["seq"] == seq
    assert message["data"]["change"]["object_key"] == item.code
    assert message["data"]["dataset_version"] == head()
    (shown,) = message["data"]["commitments"]
    assert (shown["code"], shown["status"]) == (item.code, "no_evidence")
    assert shown["html_url"].endswith(f"/commitments/{item.code}/")
    assert shown["url"].startswith("http")


def test_the_commitment_is_as_the_api_gives_it(webhook, receiver, client, settings):
    settings.PLANWATCH_SITE_URL = "http://testserver"
    two_changes()
    run()
    shown = json.loads(receiver.bodies["/hook"][-1])["data"]["commitments"]
    assert shown == client.get("/api/v1/commitments/").json()["results"]


def test_the_signature_is_verified_by_the_example_and_by_nothing_that_was_altered(made, receiver):
    spec = importlib.util.spec_from_file_location("verify_webhook", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    _, secret = made
    make_commitment()
    run()
    headers, body = receiver.headers["/hook"][0], receiver.bodies["/hook"][0]
    assert example.is_genuine(secret, headers, body)
    assert not example.is_genuine(secret, headers, body + b" ")
    assert not example.is_genuine("whsec_b3RoZXI=", headers, body)
    assert not example.is_genuine(secret, headers | {"webhook-timestamp": "1600000000"}, body)
    assert not example.is_genuine(secret, {}, body)


def test_the_signature_is_that_of_the_published_example_of_standard_webhooks():
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    headers = headers_for(secret, message, 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_one_hears_of_what_is_selected_also_of_what_leaves_the_selection(owner, receiver):
    item = make_commitment("US21-PRT-001")
    make_commitment("US21-PRT-002")
    services.make_webhook(
        user=owner, name="Open", url=receiver.url("/hook"), filters="status=no_evidence"
    )
    change(item, "in_progress")
    left = head()
    change(item, "stalled")
    run()
    assert told(receiver) == [left]


def test_each_end_of_a_link_is_told_in_one_message(webhook, receiver):
    link(make_commitment("US21-PRT-001"), make_commitment("US21-PRT-002"))
    run()
    shown = json.loads(receiver.bodies["/hook"][-1])["data"]["commitments"]
    assert [item["code"] for item in shown] == ["US21-PRT-001", "US21-PRT-002"]


def test_what_is_not_published_is_never_sent_also_when_that_came_after(webhook, receiver):
    item = make_commitment("US21-PRT-001", title="Zebrafinch")
    make_commitment("US21-PRT-900", title="Zebrafinch", is_published=False)
    unpublish(item)
    run()
    assert receiver.bodies["/hook"] == []
    assert Webhook.objects.get().after == head()


def test_a_message_that_would_be_too_large_names_its_commitments_alone(
    webhook, receiver, monkeypatch
):
    monkeypatch.setattr(payloads, "MOST_BYTES", 1000)
    make_commitment("US21-PRT-001")
    run()
    data = json.loads(receiver.bodies["/hook"][0])["data"]
    assert data["shortened"] is True
    assert "after" not in data["change"]
    assert list(data["commitments"][0]) == ["code", "url", "seq"]


def test_all_is_sent_in_the_order_of_the_record_and_once(webhook, receiver):
    two_changes()
    run()
    run()
    rows = Change.objects.filter(object_type__in=("commitment", "citation", "statuschange"))
    assert told(receiver) == list(rows.order_by("seq").values_list("seq", flat=True))
    assert len(set(ids(receiver))) == 3
    assert Webhook.objects.get().after == head()


def test_the_queries_do_not_depend_on_how_much_is_recorded_or_who_follows(owner, webhook, receiver):
    def queries():
        claim = delivery_log.claim_webhook(webhook, timezone.now() + delivery_log.CLAIMED)
        with CaptureQueriesContext(connection) as captured:
            assert delivery._send_next(claim)
        delivery_log.release(claim)
        return len(captured)

    two_changes()
    first = queries()
    for number in range(5):
        change(make_commitment(f"US21-PRT-1{number:02}"), "in_progress")
        services.make_webhook(user=owner, name="More", url=receiver.url("/other"))
    assert queries() == first


# Failure, waiting, pausing


@pytest.mark.parametrize(
    ("found", "outcome", "status"),
    [
        (answer(500, "no"), "refused", 500),
        (redirect("http://127.0.0.1/elsewhere"), "redirected", 302),
        (reset, "unreachable", None),
        (silence, "too_slow", None),
    ],
)
def test_a_failure_is_logged_and_tried_again_later(
    webhook, receiver, monkeypatch, found, outcome, status
):
    monkeypatch.setattr(http_client, "SECONDS", 0.3)
    receiver.answers["/hook"] = [found, answer(200)]
    make_commitment()
    run()
    kept = Webhook.objects.get()
    assert (Attempt.objects.get().outcome, Attempt.objects.get().status) == (outcome, status)
    assert kept.failures == 1 and not kept.is_paused
    assert timezone.now() < kept.next_attempt_at < timezone.now() + timedelta(seconds=73)
    run()
    assert len(ids(receiver)) == 1
    run(wait=True)
    assert len(set(ids(receiver))) == 1 and len(ids(receiver)) == 2
    assert Webhook.objects.get().failures == 0
    assert "/elsewhere" not in receiver.asked


def test_an_answer_without_end_is_not_read(webhook, receiver):
    receiver.answers["/hook"] = endless_body
    make_commitment()
    run()
    assert Attempt.objects.get().outcome == "delivered"


def test_what_follows_a_failure_waits_so_that_the_order_holds(webhook, receiver):
    receiver.answers["/hook"] = [answer(204), answer(503), answer(204)]
    two_changes()
    run()
    first, second = told(receiver)
    run(wait=True)
    assert told(receiver)[:3] == [first, second, second]
    assert told(receiver)[3] > second


def test_the_receiver_may_ask_for_a_longer_wait(webhook, receiver):
    receiver.answers["/hook"] = answer(429, Retry_After="5000")
    make_commitment()
    run()
    assert Webhook.objects.get().next_attempt_at > timezone.now() + timedelta(seconds=4900)


def test_the_waits_grow_and_repeated_failure_pauses_until_the_owner_resumes(webhook, receiver):
    receiver.answers["/hook"] = answer(500)
    make_commitment()
    waits = []
    while not Webhook.objects.get().is_paused:
        run(wait=True)
        if when := Webhook.objects.get().next_attempt_at:
            waits.append((when - timezone.now()).total_seconds())
    assert Webhook.objects.get().state == State.FAILED
    assert len(waits) == len(delivery_log.RETRY_DELAYS) == Attempt.objects.count() - 1
    for wait, meant in zip(waits, delivery_log.RETRY_DELAYS, strict=True):
        assert 0.79 * meant - 5 < wait < 1.2 * meant
    run(wait=True)
    assert Attempt.objects.count() == 9
    receiver.answers["/hook"] = answer(204)
    services.change_webhook(webhook=webhook, paused=False)
    run()
    assert len(set(ids(receiver))) == 1
    assert Webhook.objects.get().after == head()


def test_who_is_gone_is_not_called_again(webhook, receiver):
    receiver.answers["/hook"] = answer(410)
    make_commitment()
    run()
    run(wait=True)
    assert Webhook.objects.get().state == State.GONE
    assert len(ids(receiver)) == 1


def test_a_pause_keeps_the_place(webhook, receiver):
    services.change_webhook(webhook=webhook, paused=True)
    two_changes()
    run()
    assert ids(receiver) == []
    services.change_webhook(webhook=webhook, paused=False)
    run()
    assert len(ids(receiver)) == 3


def test_a_webhook_of_an_account_that_is_closed_sends_nothing(webhook, receiver, owner):
    owner.is_active = False
    owner.save()
    make_commitment()
    run()
    assert ids(receiver) == []


@pytest.mark.parametrize("filters", ["pillar=gone", "q=%20", "q=%C2%A0&order=code"])
def test_filters_that_cannot_be_asked_any_more_pause_instead_of_passing_anything_by(
    webhook, receiver, filters
):
    Webhook.objects.update(filters=filters)
    after = Webhook.objects.get().after
    make_commitment()
    run()
    assert (Webhook.objects.get().state, Webhook.objects.get().after) == (State.FILTERS, after)


def test_what_this_site_cannot_prepare_is_tried_again_then_pauses_its_webhook_alone(
    webhook, receiver, owner, client, monkeypatch
):
    other, _ = services.make_webhook(user=owner, name="Other", url=receiver.url("/other"))
    receiver.answers["/other"] = answer(204)
    next_of = payloads.next_of

    def poisoned(item, head):
        if item.pk == webhook.pk:
            raise FieldError("No such column.")
        return next_of(item, head)

    monkeypatch.setattr(payloads, "next_of", poisoned)
    make_commitment()
    run()
    assert len(receiver.bodies["/other"]) == 1
    webhook.refresh_from_db()
    assert (webhook.state, webhook.failures) == (State.ACTIVE, 1)
    assert webhook.next_attempt_at > timezone.now()
    for _ in delivery_log.RETRY_DELAYS:
        run(wait=True)
    webhook.refresh_from_db()
    assert webhook.state == State.ERROR and webhook.claim is None
    client.force_login(owner)
    page = client.get(f"/editor/webhooks/{webhook.public_id}/").content.decode()
    assert "this site could not prepare its messages" in page

    monkeypatch.setattr(payloads, "next_of", next_of)
    services.change_webhook(webhook=webhook, paused=False)
    run()
    assert len(receiver.bodies["/hook"]) == 1


def test_a_test_that_cannot_be_prepared_is_not_tried_for_ever(webhook, receiver, monkeypatch):
    monkeypatch.setattr(payloads, "test_body", lambda *args: 1 / 0)
    services.ask_for_test(webhook=webhook)
    run()
    assert (Webhook.objects.get().test_id, Webhook.objects.get().failures) == ("", 1)


def test_a_replay_sends_again_under_the_same_ids(webhook, receiver):
    two_changes()
    run()
    before = ids(receiver)
    services.replay_webhook(webhook=webhook, after=0)
    run()
    assert ids(receiver) == before * 2
    with pytest.raises(ValidationError):
        services.replay_webhook(webhook=webhook, after=head() + 1)


def test_a_test_is_sent_also_while_paused_and_moves_nothing(webhook, receiver):
    services.change_webhook(webhook=webhook, paused=True)
    make_commitment()
    services.ask_for_test(webhook=webhook)
    run()
    run()
    (body,) = receiver.bodies["/hook"]
    assert json.loads(body)["type"] == "webhook.test"
    assert Attempt.objects.get().seq is None
    assert Webhook.objects.get().after < head()
    with pytest.raises(ValidationError):
        services.ask_for_test(webhook=webhook)


def test_the_log_keeps_the_latest(webhook, receiver, monkeypatch):
    monkeypatch.setattr(delivery_log, "KEPT_ATTEMPTS", 2)
    two_changes()
    run()
    assert [item.seq for item in Attempt.objects.all()] == told(receiver)[:0:-1]


# Killed between any two steps

STEPS = [
    (delivery_log, "claim_webhook"),
    (delivery_log, "keep"),
    (payloads, "next_of"),
    (payloads, "body_of"),
    (delivery, "call"),
    (delivery_log, "_log"),
    (delivery_log, "note_call"),
    (delivery_log, "move_on"),
    (delivery_log, "release"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
def test_killed_anywhere_it_resumes_without_loss_and_a_repeat_is_recognized(
    webhook, receiver, monkeypatch, module, name, when
):
    two_changes()
    step, calls = getattr(module, name), []

    def killed(*args, **kwargs):
        calls.append(name)
        # The second message is the one in hand, where a step is taken for each.
        dies = len(calls) == (1 if name in ("claim_webhook", "move_on", "release") else 2)
        if dies and when == "before":
            raise Killed
        found = step(*args, **kwargs)
        if dies:
            raise Killed
        return found

    monkeypatch.setattr(module, name, killed)
    with pytest.raises(Killed):
        run()
    # Nobody else takes what a sender may still have in hand; then somebody does.
    taken = len(ids(receiver))
    run()
    if Webhook.objects.get().claim:
        assert len(ids(receiver)) == taken
    run(wait=True)
    rows = Change.objects.filter(object_type__in=("commitment", "citation", "statuschange"))
    assert list(dict.fromkeys(told(receiver))) == list(
        rows.order_by("seq").values_list("seq", flat=True)
    )
    assert len(set(ids(receiver))) == 3
    sent_and_not_noted = (name, when) in {
        ("call", "after"),
        ("_log", "before"),
        ("_log", "after"),
        ("note_call", "before"),
    }
    assert len(ids(receiver)) == (4 if sent_and_not_noted else 3)
    assert Webhook.objects.get().after == head()


def test_what_the_owner_asks_during_a_call_holds(webhook, receiver, monkeypatch):
    make_commitment()
    called = delivery.call

    def call(*args, **kwargs):
        monkeypatch.setattr(delivery, "call", called)
        services.change_webhook(webhook=webhook, paused=True)
        return called(*args, **kwargs)

    monkeypatch.setattr(delivery, "call", call)
    after = webhook.after
    run()
    kept = Webhook.objects.get()
    assert (kept.state, kept.after, kept.attempts.count()) == (State.PAUSED, after, 1)
    services.change_webhook(webhook=webhook, paused=False)
    run()
    assert len(ids(receiver)) == 2 and len(set(ids(receiver))) == 1


def test_two_senders_never_have_one_webhook_in_hand(webhook):
    until = timezone.now() + delivery_log.CLAIMED
    claim = delivery_log.claim_webhook(webhook, until)
    assert delivery_log.claim_webhook(webhook, until) is None
    delivery_log.release(claim)
    assert delivery_log.claim_webhook(webhook, until)


def test_a_worker_sends_what_lies_ready(webhook, receiver, monkeypatch):
    # The test runs in a transaction of this connection.
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    two_changes()
    assert delivery.hand_over() == 1
    assert delivery.hand_over() == 0
    worker = db_worker.Worker(
        queue_names=["default"],
        excluded_queue_names=[],
        backend_name="default",
        batch=True,
        interval=0,
        startup_delay=False,
        max_tasks=None,
        worker_id="test",
    )
    worker.run()
    assert len(ids(receiver)) == 3


# Where it never calls, and what it never tells


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://ann:secret@example.org/",
        "ftp://example.org/",
        "https://",
        "https://example.org/a b",
        f"https://example.org/{'x' * 500}",
        "nonsense",
        "",
    ],
)
def test_an_address_that_is_not_of_the_public_web_is_refused(owner, url):
    with pytest.raises(ValidationError) as refusal:
        services.make_webhook(user=owner, name="Ours", url=url)
    assert list(refusal.value.message_dict) == ["url"]


def test_a_name_that_leads_to_a_private_address_is_not_called(webhook, receiver, settings):
    """Also when it led elsewhere as it was entered: it is judged at each call, and what was judged is called."""
    settings.PLANWATCH_WEBHOOK_PRIVATE = False
    Webhook.objects.update(url=receiver.url("/hook", "localhost"))
    asked = len(receiver.asked)
    make_commitment()
    run()
    assert Attempt.objects.get().outcome == "not_public"
    assert len(receiver.asked) == asked


def test_who_has_no_valid_certificate_is_not_told():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with site_started(tls) as untrusted:
        found = http_client.call(untrusted.url("/hook"), b"{}", {}, allow_private=True)
    assert found.outcome == "not_trusted"
    assert untrusted.asked == []


@pytest.mark.parametrize(
    "filters", ["pillar=protectoin", "shape=round", "as_of=2024-01-01", "order=code"]
)
def test_filters_that_no_webhook_takes_are_refused(owner, filters):
    make_commitment()
    with pytest.raises(ValidationError) as refusal:
        services.make_webhook(user=owner, name="Ours", url="https://example.org/", filters=filters)
    assert list(refusal.value.message_dict) == ["filters"]


def test_the_address_of_a_list_is_as_good_as_its_filters(owner):
    make_commitment()
    given = "https://planwatch.example.org/es/commitments/?pillar=protection&amp;status=stalled&utm_source=x"
    webhook, _ = services.make_webhook(
        user=owner, name="Ours", url="https://example.org/", filters=given
    )
    assert webhook.filters == "pillar=protection&status=stalled"


def test_an_account_has_so_many_and_no_more(owner, monkeypatch):
    monkeypatch.setattr(services, "MOST", 1)
    services.make_webhook(user=owner, name="One", url="https://example.org/")
    with pytest.raises(ValidationError):
        services.make_webhook(user=owner, name="Two", url="https://example.org/")


def test_the_secret_lies_in_the_database_encrypted_and_is_in_no_log(made, receiver, caplog):
    webhook, secret = made
    assert secret not in Webhook.objects.get().secret
    assert decrypt(SEALED_AS, webhook.secret) == secret
    receiver.answers["/hook"] = [answer(500), answer(204)]
    with caplog.at_level(0):
        make_commitment()
        run()
        run(wait=True)
    assert secret not in caplog.text and secret.removeprefix("whsec_") not in caplog.text


def test_a_copy_of_the_site_with_another_secret_key_calls_nobody(webhook, receiver, settings):
    settings.SECRET_KEY = "another-key-by-which-nothing-was-sealed"
    services.ask_for_test(webhook=webhook)
    make_commitment()
    run()
    assert ids(receiver) == []
    assert (Webhook.objects.get().state, Webhook.objects.get().test_id) == (State.SECRET, "")


def test_a_secret_outlives_a_change_of_the_secret_key(made, settings):
    webhook, secret = made
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-that-is-the-next-one"
    assert decrypt(SEALED_AS, webhook.secret) == secret
