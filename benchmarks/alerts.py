"""python -m benchmarks.alerts [FOLLOWERS …]: how long it takes until so many followers have heard of one change.

Needs what the tests need, for a mail server on this machine and a test database at DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_tasks_db.models import DBTaskResult  # noqa: E402

from commitments.alerts import delivery  # noqa: E402
from commitments.alerts.models import Follow, Follower  # noqa: E402
from commitments.models import DatasetVersion  # noqa: E402
from planwatch.middleware.request_log import Counter  # noqa: E402
from tests.factories import change, make_commitment  # noqa: E402
from tests.mailbox import Mailbox, serve  # noqa: E402

STATUSES = ("in_progress", "stalled")


def counted(step):
    """Return in how many seconds and queries a step is done."""
    counter, began = Counter(), time.perf_counter()
    with connection.execute_wrapper(counter):
        step()
    return time.perf_counter() - began, counter.queries


def send():
    for task in DBTaskResult.objects.ready():
        delivery.deliver.call(*task.args_kwargs["args"])
    DBTaskResult.objects.all().delete()


def measure(followers: int, item, mailbox: Mailbox, status: str) -> None:
    Follower.objects.all().delete()
    head = DatasetVersion.objects.get().seq
    rows = Follower.objects.bulk_create(
        Follower(
            address=f"reader-{number}@example.org",
            language=("en", "es")[number % 2],
            rhythm="immediate",
            cursor=head,
            next_at=timezone.now(),
        )
        for number in range(followers)
    )
    Follow.objects.bulk_create(
        Follow(follower=row, selection="pillar=protection", since=head) for row in rows
    )
    mailbox.empty()
    change(item, status)
    handing, handing_queries = counted(delivery.enqueue_due)
    sending, sending_queries = counted(send)
    assert len({to for _, (to,), _ in mailbox.taken}) == len(mailbox.taken) == followers
    print(
        f"{followers:>7,} followers: handed over in {handing:.1f} s and {handing_queries / followers:.2f} queries a message, "
        f"sent in {sending:.1f} s and {sending_queries / followers:.2f} queries a message, {followers / sending:,.0f} a second",
        flush=True,
    )


def main(sizes: list[int]) -> None:
    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    mailbox = Mailbox()
    server = serve(mailbox)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    try:
        item = make_commitment("US21-PRT-001")
        for number, size in enumerate(sizes):
            measure(size, item, mailbox, STATUSES[number % 2])
    finally:
        server.stop()
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100, 1_000, 10_000])
