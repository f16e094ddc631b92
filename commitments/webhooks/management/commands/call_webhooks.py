from django.core.management.base import BaseCommand

from commitments.webhooks.delivery import hand_over


class Command(BaseCommand):
    help = (
        "Queue the webhooks that have something to send, and what a killed worker left. "
        "Run it every minute; it may be stopped at any time."
    )

    def handle(self, **options):
        handed = hand_over()
        if options["verbosity"]:
            self.stdout.write(f"Handed over: {handed}")
