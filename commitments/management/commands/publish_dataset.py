from django.core.management.base import BaseCommand, CommandError

from commitments.datasets.releases import Refused, publish


class Command(BaseCommand):
    help = (
        "Publish the current data set as planwatch-VERSION.zip in PLANWATCH_DATASETS. A version that is already published "
        "is made again and compared: it never changes."
    )

    def handle(self, **options):
        try:
            note, is_new = publish()
        except Refused as error:
            raise CommandError(str(error)) from error
        said = "published" if is_new else "was published already, with the same bytes"
        self.stdout.write(
            f"Version {note.version} {said}: {note.path} ({note.bytes:,} bytes, SHA-256 {note.sha256})."
        )
