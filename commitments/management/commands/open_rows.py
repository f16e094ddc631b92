import rfc8785
from django.core.management.base import BaseCommand, CommandError

from commitments.audit.hash_chain import sealed_in
from commitments.models import Change


class Command(BaseCommand):
    help = (
        "Print who wrote rows of the record and when, where PLANWATCH_PRIVATE_EDITORS was on. The SHA-256 of each line, "
        "without its line break, is the nonce of the row in the public record."
    )

    def add_arguments(self, parser):
        parser.add_argument("rows", type=int, nargs="+", help="numbers of rows")

    def handle(self, rows, **options):
        for number in rows:
            row = Change.objects.filter(seq=number).exclude(opening=None).first()
            if row is None:
                raise CommandError(f"Row {number} has nothing to be opened.")
            self.stdout.write(rfc8785.dumps(sealed_in(row)).decode())
