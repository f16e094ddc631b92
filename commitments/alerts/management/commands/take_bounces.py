import email
import sys
from email import policy
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from commitments.alerts.bounces import take
from planwatch.batches import contained


class Command(BaseCommand):
    help = (
        "Read bounced e-mail, one message a file or one on standard input, and pause subscribers who cannot be reached. "
        "Let the mail server pass it what comes for PLANWATCH_BOUNCES."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *, files, **options):
        taken, failed = 0, []
        for name in files or ["standard input"]:
            with contained("Bounce %s", name) as failures:
                text = name.read_bytes() if files else sys.stdin.buffer.read()
                taken += take(email.message_from_bytes(text, policy=policy.default))
            failed += [f"{name}: {error}" for error in failures]
        if options["verbosity"]:
            self.stdout.write(f"Failures for good: {taken} of {len(files) or 1}")
        if failed:
            raise CommandError("Not read: " + "; ".join(failed))
