from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from commitments.importing import Unreadable, import_rows, read_folder
from commitments.models import DatasetVersion


class Command(BaseCommand):
    help = "Import a plan from a folder of YAML files, all of it or nothing. The same folder twice changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="Folder of YAML files, like fixtures/.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would happen; write nothing."
        )
        parser.add_argument(
            "--actor", default="importer", help="Public handle to record the writes under."
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="Do nothing if anything was ever recorded."
        )

    def handle(self, *, folder, dry_run, actor, if_empty, verbosity, **options):
        if if_empty and DatasetVersion.objects.filter(seq__gt=0).exists():
            return
        try:
            rows = read_folder(folder)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        with tqdm(total=len(rows), unit=" rows", disable=None if verbosity else True) as bar:
            report = import_rows(
                rows, actor=actor, rehearse=dry_run, progress=lambda row: bar.update()
            )
        for outcome in report.outcomes:
            if outcome.result in ("refused", "changed") or verbosity > 1:
                self.stdout.write(
                    f"{outcome.row.file}, entry {outcome.row.number} ({outcome.key}): {outcome.result}. {outcome.detail}"
                )
        counts = ", ".join(
            f"{report.count(name)} {name}" for name in ("new", "changed", "unchanged", "refused")
        )
        if report.refused:
            raise CommandError(
                f"{counts}. Nothing was written: mend the refused rows and import again."
            )
        self.stdout.write(
            f"{counts}. " + ("Written." if report.written else "Nothing was written: a dry run.")
        )
