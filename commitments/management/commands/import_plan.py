from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from commitments.imports.report import Row, Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.sheets import SHEETS
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.imports.yaml_reader import read_folder
from commitments.models import DatasetVersion

SPREADSHEETS = (".csv", ".xlsx")


class Command(BaseCommand):
    help = (
        "Import a plan from a folder of YAML files, or rows of one kind from a spreadsheet, all or nothing. "
        "Importing the same twice changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "folder",
            type=Path,
            help="Folder of YAML files, or of folders of them, like fixtures/; or a .csv or .xlsx file, with --kind.",
        )
        parser.add_argument("--kind", choices=SHEETS, help="What the rows of a spreadsheet are.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would happen; write nothing."
        )
        parser.add_argument(
            "--actor", default="importer", help="Public handle to record the writes under."
        )
        parser.add_argument(
            "--allow",
            action="append",
            default=[],
            metavar="KIND:KEY",
            help="Write this row although it reaches beyond the import: into another plan or jurisdiction, or into the "
            "site's pillars. For example --allow agency:doj; may be given several times.",
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="Do nothing if anything was ever recorded."
        )

    def handle(
        self, *, folder, kind=None, dry_run, actor, if_empty, verbosity, allow=(), **options
    ):
        if if_empty and DatasetVersion.objects.filter(seq__gt=0).exists():
            return
        try:
            rows = read(folder, kind)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        with tqdm(total=len(rows), unit=" rows", disable=None if verbosity else True) as bar:
            report = import_rows(
                rows,
                actor=actor,
                rehearse=dry_run,
                allowed=frozenset(allow),
                progress=lambda row: bar.update(),
            )
        if rows and rows[0].passed_over:
            names = ", ".join(rows[0].passed_over)
            self.stdout.write(f"Not imported, because the site fills them in by itself: {names}.")
        for outcome in report.outcomes:
            if outcome.result in ("refused", "proposed", "changed") or verbosity > 1:
                self.stdout.write(
                    f"{outcome.row.place} ({outcome.key}): {outcome.result}. {outcome.detail}"
                )
        counts = ", ".join(
            f"{count} {name}"
            for name in ("new", "changed", "proposed", "unchanged", "refused")
            if (count := report.count(name)) or name != "proposed"
        )
        if report.refused:
            raise CommandError(
                f"{counts}. Nothing was written: mend the refused rows and import again."
            )
        self.stdout.write(
            f"{counts}. " + ("Written." if report.written else "Nothing was written: a dry run.")
        )


def read(path: Path, kind: str | None) -> list[Row]:
    if path.suffix.casefold() not in SPREADSHEETS:
        if kind:
            raise Unreadable(f"--kind is for spreadsheets, and {path} is none.")
        return read_folder(path)
    if not kind:
        raise Unreadable(f"Say what the rows of {path.name} are: --kind {'|'.join(SHEETS)}.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error
    return read_spreadsheet(data, path.name, kind)
