from django.core.management.base import BaseCommand

from commitments.alerts.delivery import enqueue_due
from commitments.alerts.services import forget_the_old
from planwatch.batches import contained


class Command(BaseCommand):
    help = (
        "Queue the alerts and reminders that are due, and messages that a killed worker left. "
        "Run it every minute; it may be stopped at any time."
    )

    def handle(self, **options):
        with contained("Forgetting old requests and followers"):
            forget_the_old()
        handed = enqueue_due()
        if options["verbosity"]:
            self.stdout.write(f"Handed over: {handed}")
