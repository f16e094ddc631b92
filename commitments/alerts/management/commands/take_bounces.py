import email
import sys
from email import policy
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from commitments.alerts.bounces import take


class Command(BaseCommand):
    help = (
        "Take mail that came back, one a file or one on standard input, and pause whoever cannot be reached. "
        "Let the mail server give it what comes for PLANWATCH_BOUNCES."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *, files, **options):
        try:
            texts = [path.read_bytes() for path in files] or [sys.stdin.buffer.read()]
        except OSError as error:
            raise CommandError(f"It cannot be read: {error}") from error
        taken = sum(take(email.message_from_bytes(text, policy=policy.default)) for text in texts)
        if options["verbosity"]:
            self.stdout.write(f"Failures for good: {taken} of {len(texts)}")
