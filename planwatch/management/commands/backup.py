from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from planwatch import backups


class Command(BaseCommand):
    help = "Write a consistent copy of the whole database into one file, while the site runs."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="The file to write; it must not exist.")

        parser.add_argument("--key", type=Path, help="A private Ed25519 key that signs it (PEM).")

    def handle(self, *, file, key, **options):
        try:
            manifest = backups.back_up(file, key)
        except backups.Refused as error:
            raise CommandError(str(error)) from error
        except (OSError, DatabaseError) as error:
            raise CommandError(f"No backup was made: {error}") from error
        record = manifest["record"]
        self.stdout.write(f"{file}: {record['seq']} rows of the record, head {record['hash']}.")
