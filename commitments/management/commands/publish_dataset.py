from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from commitments.datasets.releases import Refused, publish


class Command(BaseCommand):
    help = (
        "Publish the current data set as planwatch-VERSION.zip in PLANWATCH_DATASETS. A version that is already published "
        "is made again and compared: it never changes."
    )

    def add_arguments(self, parser):
        parser.add_argument("--note", type=Path, help="A text file that says what is new.")

    def handle(self, note, **options):
        try:
            text = note.read_text("utf-8").strip() if note else ""
            made, is_new = publish(text)
        except (Refused, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        said = "published" if is_new else "was published already, with the same bytes"
        self.stdout.write(
            f"Version {made.version} {said}: {made.path} ({made.bytes:,} bytes, SHA-256 {made.sha256})."
        )
