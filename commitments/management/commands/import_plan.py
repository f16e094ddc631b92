import hashlib
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from commitments.audit.rendering import in_words_of
from commitments.imports import foreign_tables, workbooks
from commitments.imports.mapping import Mapping
from commitments.imports.report import Row, Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.sheets import SHEETS
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.imports.workbooks import read_workbook
from commitments.imports.yaml_reader import read_folder, read_zip
from commitments.models import DatasetVersion, ImportFile

SPREADSHEETS = (".csv", ".xlsx")


class Command(BaseCommand):
    help = (
        "Import a plan from a workbook or a folder of CSV or YAML files, or rows of one kind from a spreadsheet, all or "
        "nothing. "
        "Importing the same twice changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "folder",
            type=Path,
            help="A workbook (.xlsx), or a folder of CSV or YAML files like fixtures/, or a .zip of one; with --kind a .csv "
            "or .xlsx file of rows of one kind.",
        )
        parser.add_argument(
            "--template",
            action="store_true",
            help="Write an empty workbook there, with an example in each sheet and a codebook; import nothing.",
        )
        parser.add_argument(
            "--mapping",
            type=Path,
            help="A YAML or JSON file that maps the columns of a table of other columns (.csv, .xlsx, .yaml, .json) to ours.",
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
        self,
        *,
        folder,
        kind=None,
        mapping=None,
        template=False,
        dry_run,
        actor,
        if_empty,
        verbosity,
        allow=(),
        **options,
    ):
        if template:
            with folder.open("xb") as file:
                file.write(workbooks.template())
            return
        if if_empty and DatasetVersion.objects.filter(seq__gt=0).exists():
            return
        try:
            rows = read(folder, kind, mapping)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        with tqdm(total=len(rows), unit=" rows", disable=None if verbosity else True) as bar:
            report = import_rows(
                rows,
                actor=actor,
                rehearse=dry_run,
                allowed=frozenset(allow),
                progress=lambda count: bar.update(),
                file=of_file(folder),
            )
        if rows and rows[0].passed_over:
            names = ", ".join(rows[0].passed_over)
            self.stdout.write(f"Not imported, because the site fills them in by itself: {names}.")
        for outcome in report.outcomes:
            is_told = outcome.result in ("refused", "left_out", "proposed", "changed")
            if is_told or outcome.notes or verbosity > 1:
                self.stdout.write(
                    f"{outcome.row.place} ({outcome.key}): {outcome.result}. {outcome.detail}"
                )
            if outcome.result == "new" and verbosity > 1:
                for value in outcome.differences:
                    self.stdout.write(f"    {value.name}: {in_words_of(value.after)}")
        counts = ", ".join(
            f"{count} {name}"
            for name in (
                "new",
                "changed",
                "proposed",
                "unchanged",
                "left_out",
                "refused",
                "dependent",
            )
            if (count := report.count(name)) or name in ("new", "changed", "unchanged", "refused")
        )
        if report.refused:
            raise CommandError(
                f"{counts}. Nothing was written: mend the refused rows and import again."
            )
        self.stdout.write(
            f"{counts}. " + ("Written." if report.written else "Nothing was written: a dry run.")
        )


def of_file(path: Path) -> ImportFile | None:
    """Return what the record says of a file; a folder is not named."""
    if not path.is_file():
        return None
    return ImportFile(name=path.name, digest=hashlib.sha256(path.read_bytes()).hexdigest())


def read(path: Path, kind: str | None, mapping: Path | None = None) -> list[Row]:
    suffix = path.suffix.casefold()
    if kind and suffix not in SPREADSHEETS:
        raise Unreadable(f"--kind is for spreadsheets, and {path} is none.")
    if not mapping and suffix not in (*SPREADSHEETS, ".zip"):
        return read_folder(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error
    if mapping:
        return foreign_tables.read(
            data, path.name, Mapping.of_file(mapping.read_bytes(), mapping.name)
        )
    if kind:
        return read_spreadsheet(data, path.name, kind)
    if suffix == ".csv":
        raise Unreadable(f"Say what the rows of {path.name} are: --kind {'|'.join(SHEETS)}.")
    return read_zip(data, path.name) if suffix == ".zip" else read_workbook(data, path.name)
