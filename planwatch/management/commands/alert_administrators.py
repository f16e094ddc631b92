from django.core.management.base import BaseCommand

from planwatch.accounts.admin_alerts import send_alert


class Command(BaseCommand):
    help = (
        "Write an e-mail to every administrator who has an address, for example that a unit failed."
    )

    def add_arguments(self, parser):
        parser.add_argument("subject")

    def handle(self, subject, **options):
        self.stdout.write(f"Sent to {send_alert.func(subject, 'the operator')}.")
