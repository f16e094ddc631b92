"""Who follows hears of every change, once; by a mail server of our own, whatever process is killed in between."""

import datetime as dt
import re
from contextlib import ExitStack, suppress
from unittest import mock

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from commitments.alerts import delivery, emails, services
from commitments.alerts.due_dates import PassedDueDates, last_day_over
from commitments.alerts.models import Follow, Follower, Message, Reminder, Request
from commitments.alerts.schedule import next_time
from commitments.alerts.signed_links import key_to_manage
from commitments.models import DatasetVersion
from planwatch.env import Limit
from tests.factories import (
    change,
    check_link,
    cite,
    make_agency,
    make_commitment,
    make_pillar,
    make_source,
)
from tests.mailbox import Mailbox, html_of, later, round_of_mail, serve, text_of, work
from tests.test_limits import counts_in

pytestmark = pytest.mark.django_db
DAY = dt.date(2021, 12, 13)


@pytest.fixture(scope="module")
def server():
    box = Mailbox()
    controller = serve(box)
    yield box, controller.port
    controller.stop()


@pytest.fixture(autouse=True)
def limit(settings, tmp_path):
    """Count in a folder of one's own, and give a way to set limits, of which there are none else."""
    settings.CACHES = settings.CACHES | counts_in(tmp_path)
    settings.PLANWATCH_LIMITS = {}

    def set_limit(kind, text):
        settings.PLANWATCH_LIMITS = {kind: Limit.read(text)}

    return set_limit


@pytest.fixture
def mailbox(server, settings):
    box, port = server
    box.empty()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.PLANWATCH_SITE_URL = "http://testserver"
    settings.PLANWATCH_BOUNCES = "bounces@example.org"
    return box


@pytest.fixture
def item():
    make_agency("hhs")
    return make_commitment("US21-PRT-001", lead_agencies=["hhs"], title="Train the hotline staff")


def make_follower(address="officer@example.org", *selections, commitments=(), **fields):
    head = DatasetVersion.objects.get().seq
    defaults = {"language": "en", "rhythm": "immediate", "next_at": timezone.now()}
    follower = Follower.objects.create(address=address, cursor=head, **(defaults | fields))
    for selection in selections:
        follower.follows.create(selection=selection, since=head)
    for commitment in commitments:
        follower.follows.create(commitment=commitment, since=head)
    return follower


def progress(item, status="in_progress", day=DAY, source="sheet"):
    change(item, status, day, [make_source(source)], explanation="The first course was held.")


def link_in(mail, words):
    """Return the address, without the site, that follows some words in a mail."""
    return re.search(rf"{re.escape(words)}:\nhttp://testserver(\S+)", text_of(mail))[1]


# Due dates


def test_a_due_date_that_passes_is_told_once_at_each_frequency_to_those_who_follow(mailbox, item):
    make_commitment(
        "US21-PRT-002", title="Open the shelter", due_on=dt.date(2022, 6, 30), announced_on=DAY
    )
    before = timezone.now() - dt.timedelta(days=9)
    make_pillar("prosecution")
    make_follower("at-once@example.org", "pillar=protection", due_told=before.date())
    make_follower("weekly@example.org", commitments=[item], rhythm="weekly", due_told=before.date())
    make_follower("others@example.org", "pillar=prosecution", due_told=before.date())
    Follow.objects.update(created_at=before)
    yesterday = timezone.now().astimezone(dt.UTC).date() - dt.timedelta(days=1)
    make_commitment("US21-PRT-001", title="Train the hotline staff", due_on=yesterday)
    Follower.objects.update(cursor=DatasetVersion.objects.get().seq)
    for _ in range(2):
        round_of_mail()
    assert sorted(mail["To"] for mail in mailbox.mails) == [
        "at-once@example.org",
        "weekly@example.org",
    ]
    mail = mailbox.mails[0]
    assert mail["Subject"] == "US21-PRT-001: Train the hotline staff: due date passed"
    for told in (text_of(mail), html_of(mail)):
        assert "Due dates that have passed" in told and "Open the shelter" not in told
        assert "Status now: No evidence found." in told and "http://testserver/news/" in told


# From the form to the first mail


def ask(client, prefix="", **fields):
    typed = {"address": "officer@example.org", "rhythm": "immediate", "pillar": "protection"}
    return client.post(f"{prefix}/follow/", typed | fields)


def test_from_the_form_to_the_first_mail_to_leaving(client, mailbox, item):
    answer = ask(client)
    assert (answer.status_code, answer["Location"]) == (302, "/follow/sent/")
    assert not Follower.objects.exists()
    work()
    (mail,) = mailbox.mails
    assert mail["To"] == "officer@example.org"
    assert "Pillar: Protection" in mail["Subject"]
    confirm = link_in(mail, "Yes, follow it")
    # Opening the link alone follows nothing: programs open every link.
    assert client.get(confirm).status_code == 200
    assert not Follower.objects.exists()
    opened = client.post(confirm, follow=True)
    assert "Pillar: Protection" in opened.content.decode()
    assert not Request.objects.exists()

    progress(item)
    round_of_mail()
    _, mail = mailbox.mails
    assert (
        mail["Subject"]
        == "US21-PRT-001: Train the hotline staff: In progress, before that No evidence found"
    )
    manage = link_in(mail, "What you follow, how often and in which language")
    assert client.get(manage).status_code == 200
    round_of_mail()
    assert len(mailbox.mails) == 2

    leave = re.fullmatch(r"<http://testserver(\S+)>", mail["List-Unsubscribe"].strip())[1]
    assert client.get(leave).status_code == 200
    assert Follower.objects.exists()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # As RFC 8058 has it: no cookie, no page before, and again where the first answer was lost.
    for _ in range(2):
        answer = client.post(
            leave, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
    assert not Follower.objects.exists() and not Follow.objects.exists()
    assert client.get(manage).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "Status from “No evidence found” to “In progress”",
                "Evidence:",
                "Document sheet",
                "== Protection ==",
            ],
        ),
        (
            "es",
            [
                "Estado de «Sin pruebas halladas» a «",
                "Pruebas:",
                "Document sheet",
                "/es/commitments/US21-PRT-001/",
            ],
        ),
    ],
)
def test_a_mail_says_in_text_and_html_what_changed_from_what_to_what_on_what_evidence(
    mailbox, item, language, words
):
    make_follower("officer@example.org", "", language=language)
    progress(item)
    round_of_mail()
    (mail,) = mailbox.mails
    assert mail["Content-Language"] == language
    for text in (text_of(mail), html_of(mail)):
        for each in words:
            assert each.removeprefix("== ").removesuffix(" ==") in text, each
        assert "https://example.org/sheet" in text
        assert "http://testserver" in text
    assert "<time" not in text_of(mail)
    # Nothing in it reports back.
    assert not re.search(r"<img|<link|<script|url\(|@import", html_of(mail))


def test_one_change_is_told_once_however_many_things_followed_it_touches(mailbox, item):
    make_follower("officer@example.org", "", "pillar=protection", "agency=hhs", commitments=[item])
    make_follower("other@example.org", "pillar=prevention")
    progress(item)
    round_of_mail()
    assert [to for _, to, _ in mailbox.taken] == [["officer@example.org"]]


def test_a_digest_waits_for_its_morning_and_groups_by_pillar(mailbox, item):
    follower = make_follower(
        "officer@example.org", "", rhythm="weekly", next_at=timezone.now() + dt.timedelta(days=1)
    )
    progress(item)
    progress(make_commitment("US21-PRV-001", pillar="prevention"), source="other")
    round_of_mail()
    assert mailbox.mails == []
    Follower.objects.update(next_at=timezone.now())
    round_of_mail()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "PlanWatch: 3 changes to 2 commitments"
    assert text_of(mail).index("== Prevention ==") < text_of(mail).index("== Protection ==")
    follower.refresh_from_db()
    assert follower.next_at == next_time("weekly", timezone.now())


def test_a_mail_has_room_for_so_many_changes_and_counts_the_rest(mailbox, item, monkeypatch):
    monkeypatch.setattr(delivery, "MOST_ROWS", 2)
    make_follower("officer@example.org", "")
    for number in range(3):
        cite(item, make_source(f"sheet-{number}"))
    round_of_mail()
    assert "no room for 1 further change" in text_of(mailbox.mails[0])


@pytest.mark.parametrize(
    ("now", "daily", "weekly"),
    [
        ("2026-11-26T05:59:00+00:00", "2026-11-26", "2026-11-30"),
        ("2026-11-26T06:00:00+00:00", "2026-11-27", "2026-11-30"),
        ("2026-11-30T06:00:01+00:00", "2026-12-01", "2026-12-07"),
    ],
)
def test_digests_come_in_the_morning_and_on_mondays(now, daily, weekly):
    moment = dt.datetime.fromisoformat(now)
    assert next_time("daily", moment).isoformat() == f"{daily}T06:00:00+00:00"
    assert next_time("weekly", moment).isoformat() == f"{weekly}T06:00:00+00:00"


# Killed anywhere


class Killed(BaseException):
    """The process ends here."""


def killed(place, name, *, after):
    """Let the process end before or after a step."""
    step = getattr(place, name)

    def last_step(*args, **kwargs):
        if after:
            step(*args, **kwargs)
        raise Killed

    return mock.patch.object(place, name, last_step)


STEPS = [
    (delivery, "_rows_for"),
    (delivery, "enqueue"),
    (delivery, "_enqueue"),
    (delivery, "next_time"),
    (delivery, "_hand_over_some"),
    (delivery, "_take_up"),
    (emails, "write"),
    (delivery.Mailer, "_reach"),
    (delivery.Mailer, "send"),
]
# A process that is killed between the server's word and noting it sends once more.
SENT_TWICE = (Message, "delete")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [*STEPS, SENT_TWICE], ids=lambda step: step[1])
def test_killed_between_any_two_steps_nothing_is_lost_and_a_repeat_is_known(
    mailbox, item, step, after
):
    make_follower("officer@example.org", "")
    progress(item)
    with ExitStack() as ending:
        ending.enter_context(killed(*step, after=after))
        for part in (delivery.enqueue_due, work):
            # The worker itself lives on, as another process would.
            with suppress(Killed):
                part()
    later()
    progress(item, "stalled", DAY + dt.timedelta(days=9), "later-sheet")
    for _ in range(2):
        later()
        round_of_mail()
    seen = {mail["Message-ID"]: text_of(mail) for mail in mailbox.mails}
    told = "".join(seen.values())
    assert told.count("to “In progress”") == told.count("to “Stalled”") == 1
    twice = len(mailbox.mails) - len(seen)
    assert twice == (1 if (step, after) == (SENT_TWICE, False) else 0)
    assert not Message.objects.exists()


def test_two_that_hand_over_at_once_tell_nothing_twice(mailbox, item):
    make_follower("officer@example.org", "")
    progress(item)
    follower = Follower.objects.get()
    batches = list(delivery._due(timezone.now(), DatasetVersion.objects.get().seq))
    round_of_mail()
    passed = PassedDueDates(last_day_over())
    for followers, news in batches:
        assert delivery._hand_over_some(followers, news, passed, timezone.now()) == []
    assert follower.cursor < Follower.objects.get().cursor


# What goes wrong


def test_who_cannot_be_reached_is_paused_and_hears_all_of_it_later(client, mailbox, item):
    mailbox.refusals["officer@example.org"] = "550 no such mailbox"
    follower = make_follower("officer@example.org", "")
    progress(item)
    round_of_mail()
    follower.refresh_from_db()
    assert follower.paused_at and not Message.objects.exists()
    progress(item, "stalled", DAY + dt.timedelta(days=9), "later-sheet")
    round_of_mail()
    mailbox.empty()
    address = f"/alerts/?key={key_to_manage(follower)}"
    assert "Mail to you came back" in client.get(address).content.decode()
    client.post(address, {"rhythm": "immediate", "language": "en"})
    round_of_mail()
    (mail,) = mailbox.mails
    assert "to “In progress”" in text_of(mail) and "to “Stalled”" in text_of(mail)


def test_what_is_refused_for_now_is_sent_later(mailbox, item):
    mailbox.refusals["officer@example.org"] = "451 try again"
    make_follower("officer@example.org", "")
    progress(item)
    round_of_mail()
    message = Message.objects.get()
    assert message.attempts == 1 and not Follower.objects.get().paused_at
    task = DBTaskResult.objects.order_by("enqueued_at").last()
    assert task.run_after == message.wait_until > timezone.now()
    mailbox.empty()
    later()
    round_of_mail()
    assert len(mailbox.mails) == 1


def test_without_a_mail_server_everything_waits(mailbox, item, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for number in range(2):
        make_follower(f"officer-{number}@example.org", "")
    progress(item)
    round_of_mail()
    assert {message.attempts for message in Message.objects.all()} == {1}
    settings.EMAIL_PORT = port
    later()
    round_of_mail()
    assert len(mailbox.mails) == 2 and not Message.objects.exists()


def test_after_two_days_without_an_answer_a_follower_is_paused(mailbox, item):
    mailbox.refusals["officer@example.org"] = "451 try again"
    make_follower("officer@example.org", "")
    progress(item)
    delivery.enqueue_due()
    Message.objects.update(attempts=delivery.MOST_ATTEMPTS - 1)
    work()
    assert Follower.objects.get().paused_at and not Message.objects.exists()


RETURNED = """\
From: MAILER-DAEMON@mail.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; officer@example.org
Action: {action}
Status: {status}

--b--
"""


@pytest.mark.parametrize(
    ("action", "status", "known", "paused"),
    [
        ("failed", "5.1.1", True, True),
        ("delayed", "4.4.1", True, False),
        ("failed", "4.4.7", True, False),
        ("failed", "5.1.1", False, False),
    ],
)
def test_mail_that_comes_back_pauses_its_follower(
    mailbox, item, tmp_path, action, status, known, paused
):
    follower = make_follower("officer@example.org", "")
    progress(item)
    round_of_mail()
    ((sender, _, mail),) = mailbox.taken
    assert sender == f"bounces+f{follower.secret.hex}@example.org"
    assert mail["From"].endswith("<alerts@127.0.0.1>")
    to = sender if known else f"bounces+f{'0' * 32}@example.org"
    notice = tmp_path / "notice"
    notice.write_text(RETURNED.format(to=to, action=action, status=status))
    call_command("take_bounces", notice, verbosity=0)
    assert bool(Follower.objects.get().paused_at) == paused


def test_addresses_that_nobody_confirms_or_reaches_are_forgotten(mailbox):
    services.ask_to_follow(address="a@example.org", language="en", rhythm="daily")
    make_follower("b@example.org", "", paused_at=timezone.now() - dt.timedelta(days=91))
    make_follower("c@example.org", "", paused_at=timezone.now() - dt.timedelta(days=89))
    Request.objects.update(created_at=timezone.now() - dt.timedelta(days=3))
    call_command("send_alerts", verbosity=0)
    assert not Request.objects.exists()
    assert [row.address for row in Follower.objects.all()] == ["c@example.org"]


# What nobody learns, and limits


def test_the_form_does_the_same_for_known_and_unknown_addresses(client, mailbox, item):
    make_follower("known@example.org", "pillar=protection")
    answers = []
    for address in ("known@example.org", "unknown@example.org"):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = ask(client, address=address)
        statements = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in captured]
        answers.append((answer.status_code, answer["Location"], statements))
    assert answers[0] == answers[1]


def test_a_mailbox_is_asked_so_often_a_day_and_no_more(client, mailbox, item, limit):
    limit("confirm", "2/day")
    for _ in range(3):
        assert ask(client).status_code == 302
    work()
    assert len(mailbox.mails) == 2 and not Message.objects.exists()


def test_addresses_of_one_mailbox_count_together_and_mail_goes_to_each_as_given(
    client, mailbox, item, limit
):
    limit("confirm", "2/day")
    given = ["a.b@gmail.com", "ab+news@gmail.com", "A.B+x@googlemail.com", "a.b@example.org"]
    for address in given:
        assert ask(client, address=address).status_code == 302
    work()
    assert sorted(mail["To"] for mail in mailbox.mails) == sorted([*given[:2], given[3]])


def test_the_site_asks_so_many_mailboxes_an_hour_and_no_more(client, mailbox, item, limit):
    limit("confirmations", "2/hour")
    for number in range(3):
        assert ask(client, address=f"{number}@example.org").status_code == 302
    work()
    assert len(mailbox.mails) == 2 and not Message.objects.exists()


def test_nothing_that_a_visitor_typed_is_mailed_before_the_mailbox_has_confirmed(
    client, mailbox, item
):
    ask(client, q="Win money at evil.example")
    work()
    (mail,) = mailbox.mails
    for said in (text_of(mail), html_of(mail), mail["Subject"]):
        assert "evil" not in said and "money" not in said
    assert "A search on this site" in text_of(mail)
    page = client.get(link_in(mail, "Yes, follow it")).content.decode()
    assert "evil.example" in page


def test_a_client_asks_so_often_and_no_more(client, item, limit):
    limit("follow", "2/hour")
    statuses = [ask(client, address=f"{n}@example.org").status_code for n in range(3)]
    assert statuses == [302, 302, 429]


def test_one_address_follows_so_much_and_no_more(client, mailbox, item, monkeypatch):
    monkeypatch.setattr(services, "MOST_FOLLOWS", 1)
    make_follower("officer@example.org", "")
    ask(client)
    work()
    answer = client.post(link_in(mailbox.mails[0], "Yes, follow it"))
    assert answer.status_code == 409 and "at most 1 things" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"address": "nobody"}, 400),
        ({"address": "a@example.org\0"}, 400),
        ({"rhythm": "hourly"}, 400),
        ({"pillar": "nothing"}, 400),
        ({"q": "x" * 501}, 400),
        ({"commitment": "US21-PRT-999"}, 404),
    ],
)
def test_what_cannot_be_followed_is_refused(client, item, fields, status):
    assert ask(client, **fields).status_code == status
    assert not Request.objects.exists()


def test_without_a_mail_server_in_the_settings_there_is_no_such_page(client, item, settings):
    settings.PLANWATCH_MAIL = False
    assert client.get("/follow/").status_code == 404
    assert "Follow by e-mail" not in client.get("/commitments/US21-PRT-001/").content.decode()


def test_no_log_holds_an_address(client, mailbox, item, caplog):
    mailbox.refusals["gone@example.org"] = "550 gone@example.org is gone"
    make_follower("gone@example.org", "")
    ask(client)
    progress(item)
    with caplog.at_level("DEBUG"):
        round_of_mail()
    # The mail server of the tests tells what it hears.
    ours = "\n".join(row.getMessage() for row in caplog.records if row.name != "mail.log")
    assert "is paused" in ours and "is sent" in ours
    assert "@" not in ours
    assert "@" not in "".join(DBTaskResult.objects.values_list("traceback", flat=True))


# Managing


def test_what_is_followed_is_dropped_and_with_the_last_the_address(client, item):
    follower = make_follower("officer@example.org", "pillar=protection", commitments=[item])
    address = f"/alerts/?key={key_to_manage(follower)}"
    page = client.get(address)
    assert page["Cache-Control"] == "private, no-store"
    assert "Train the hotline staff" in page.content.decode()
    first, second = follower.follows.values_list("pk", flat=True)
    assert client.post(address, {"drop": first}).status_code == 302
    assert "Your address and all" in client.post(address, {"drop": second}).content.decode()
    assert not Follower.objects.exists()


def test_how_often_and_in_which_language_is_changed(client, item):
    follower = make_follower("officer@example.org", "")
    address = f"/alerts/?key={key_to_manage(follower)}"
    client.post(address, {"rhythm": "daily", "language": "es"})
    follower.refresh_from_db()
    assert (follower.rhythm, follower.language) == ("daily", "es")
    assert follower.next_at == next_time("daily", timezone.now())
    assert client.post(address, {"rhythm": "hourly", "language": "es"}).status_code == 400


@pytest.mark.parametrize("address", ["/alerts/", "/alerts/confirm/", "/alerts/leave/"])
@pytest.mark.parametrize("key", ["", "x", "0" * 32, "0" * 32 + ":abc", "\0"])
def test_a_key_that_nobody_was_given_opens_nothing(client, address, key):
    make_follower("officer@example.org", "")
    assert client.get(address, {"key": key}).status_code == 404


# The work of many


def test_queries_for_a_message_do_not_depend_on_the_number_of_followers(mailbox, item):
    def queries(followers):
        Follower.objects.all().delete()
        for number in range(followers):
            make_follower(f"officer-{number}@example.org", "pillar=protection", "agency=hhs")
        cite(item)
        with CaptureQueriesContext(connection) as handing:
            delivery.enqueue_due()
        with CaptureQueriesContext(connection) as sending:
            work()
        return len(handing), len(sending)

    mailbox.empty()
    (few_handed, few_sent), (many_handed, many_sent) = queries(10), queries(50)
    assert few_handed == many_handed
    assert (many_sent - few_sent) % 40 == 0
    assert (many_sent - few_sent) // 40 <= 4


# Editors


@pytest.fixture
def editor():
    call_command("create_roles", verbosity=0) if not Group.objects.exists() else None
    user = User.objects.create_user("first", "editor@example.org", "a long enough passphrase")
    user.groups.add(Group.objects.get(name="Editor"))
    return user


def test_an_editor_who_wants_it_is_reminded_every_week(client, mailbox, editor, item, settings):
    settings.PLANWATCH_SECOND_FACTOR = False
    client.force_login(editor)
    assert client.get("/editor/reminders/").status_code == 200
    client.post("/editor/reminders/", {"wanted": "on"})
    make_commitment("US21-PRT-002", due_on=dt.date(2022, 1, 1), title="Report every year")
    dead = make_source("dead-sheet")
    cite(item, dead)
    check_link(dead, state="gone")
    round_of_mail()
    assert mailbox.mails == []
    Reminder.objects.update(next_at=timezone.now())
    round_of_mail()
    (mail,) = mailbox.mails
    assert mail["To"] == "editor@example.org"
    said = text_of(mail)
    assert "== Past due: 1 ==\n\n- US21-PRT-002, Report every year" in said
    assert "No evidence found: 2" in said and "Dead links: 1" in said
    round_of_mail()
    assert len(mailbox.mails) == 1
    client.post("/editor/reminders/", {})
    assert not Reminder.objects.exists()
