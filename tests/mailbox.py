"""A mail server of one's own that keeps what it takes, and a worker that does all that lies ready."""

from email import message_from_bytes, policy
from unittest import mock

from aiosmtpd.controller import Controller
from django.db.models import F
from django_tasks_db.management.commands import db_worker
from django_tasks_db.management.commands.db_worker import Worker

from commitments.alerts.delivery import LEASE, enqueue_due
from commitments.alerts.models import Message
from tests.killing import free_port


class Mailbox:
    """Keeps (from, to, mail) of everything; `refusals` says how an address is answered instead."""

    def __init__(self):
        self.taken, self.refusals = [], {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, mail))
        return "250 OK"

    def empty(self):
        self.taken.clear()
        self.refusals.clear()

    @property
    def mails(self):
        return [mail for _, _, mail in self.taken]


def serve(mailbox) -> Controller:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    return controller


def work():
    """Do every task that lies ready, as `manage.py db_worker --batch` does, in the transaction of the test."""
    worker = Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="test",
        excluded_queue_names=[],
    )
    with mock.patch.object(db_worker, "close_old_connections"):
        worker.run()


def later():
    """Let so much time pass that what a killed worker had taken up is free again."""
    Message.objects.update(wait_until=F("wait_until") - 3 * LEASE)


def round_of_mail():
    enqueue_due()
    work()


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(mail):
    return mail.get_body(("html",)).get_content()
