from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from commitments.models import DatasetVersion
from planwatch import backups


class Command(BaseCommand):
    help = "Restore a backup into an empty database, verify the hash chain and print its head."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="A file made by backup.")

        parser.add_argument(
            "--signed-by", type=Path, help="The public key (PEM) that must have signed it."
        )

    def handle(self, *, file, signed_by, **options):
        try:
            manifest = backups.restore(file, signed_by)
        except backups.Refused as error:
            raise CommandError(str(error)) from error
        except (OSError, DatabaseError) as error:
            raise CommandError(f"{file} was not restored: {error}") from error
        call_command("verify_record", stdout=self.stdout)
        said = manifest["record"]
        if said != DatasetVersion.objects.values("seq", "hash").get(pk=1):
            raise CommandError(f"{file} speaks of another head of the record: {said['hash']}.")
        self.stdout.write(
            "Sessions and e-mail addresses are not in backups: sign in anew. "
            "check_integrity recomputes what is derived."
        )
