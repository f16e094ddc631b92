from itertools import chain
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from commitments.audit.hash_chain import verify_chain
from commitments.audit.heads import latest_size, problems_with_heads
from commitments.audit.integrity import differences
from commitments.audit.relations import (
    problems_of_rows,
    steps_by_one_person,
    unrecorded_roles,
)
from commitments.datasets.releases import altered_archives
from commitments.models import DatasetVersion


class Command(BaseCommand):
    help = (
        "Verify the hash chain of the public record, its signed heads, relations, approvals and published archives; "
        "exit 1 if one is broken."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--head",
            type=Path,
            action="append",
            default=[],
            help="file with a signed head that was kept elsewhere; may be repeated",
        )
        parser.add_argument(
            "--tables",
            action="store_true",
            help="compare the tables that readers see with the record, as check_integrity does",
        )

    def handle(self, head, tables, **options):
        elsewhere = [path.read_text() for path in head]
        count = 0
        for problem in chain(
            verify_chain(),
            problems_with_heads(*elsewhere),
            problems_of_rows(),
            altered_archives(),
            differences() if tables else (),
        ):
            self.stdout.write(problem)
            count += 1
        if count:
            raise CommandError(f"The record does not verify: {count} problems.", returncode=1)
        version = DatasetVersion.objects.get(pk=1)
        self.stdout.write(f"The record verifies: {version.seq} rows, head {version.hash}.")
        if latest_size():
            self.stdout.write(f"Its latest signed head covers {latest_size()} rows.")
        for words in unrecorded_roles():
            self.stdout.write(words)
        if alone := steps_by_one_person():
            words = "closing, reopening or correcting steps have no second person: imported, or the rule was off."
            self.stdout.write(f"{alone} {words}")
