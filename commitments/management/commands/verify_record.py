from itertools import chain
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from commitments.audit.hash_chain import verify_chain
from commitments.audit.heads import latest_size, problems_with_heads
from commitments.models import DatasetVersion


class Command(BaseCommand):
    help = (
        "Verify the hash chain of the public record and its signed heads; exit 1 if one is broken."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--head",
            type=Path,
            action="append",
            default=[],
            help="file with a signed head that was kept elsewhere; may be repeated",
        )

    def handle(self, head, **options):
        elsewhere = [path.read_text() for path in head]
        count = 0
        for problem in chain(verify_chain(), problems_with_heads(*elsewhere)):
            self.stdout.write(problem)
            count += 1
        if count:
            raise CommandError(f"The record does not verify: {count} problems.", returncode=1)
        version = DatasetVersion.objects.get(pk=1)
        self.stdout.write(f"The record verifies: {version.seq} rows, head {version.hash}.")
        if latest_size():
            self.stdout.write(f"Its latest signed head covers {latest_size()} rows.")
