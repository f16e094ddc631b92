"""Import runner: read a plan from YAML files and write its rows through the services, all or nothing.

The files are in Django's fixture format with natural keys, one a model, named after it (`commitment.yaml`). A file
may be missing. Rows may also come from a spreadsheet (see imports/). The same rows imported twice change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from commitments import services
from commitments.audit.recorder import Recorder, one_write
from commitments.imports.hints import Hints
from commitments.imports.joining import key_of, references
from commitments.imports.report import Moved, Outcome, Problem, Report, Row, problems_of
from commitments.imports.scope import Scope
from commitments.imports.writers import WRITERS, name_of
from commitments.models import ChangeAction, ImportFile
from planwatch.db import planner_stats


def import_rows(
    rows: Iterable[Row], *, progress: Callable[[int], None] = lambda count: None, **words
) -> Report:
    """Write the rows as import_steps does, in one go."""
    steps = import_steps(rows, **words)
    while True:
        try:
            progress(next(steps))
        except StopIteration as done:
            return done.value


def import_steps(
    rows: Iterable[Row],
    *,
    actor: str,
    rehearse: bool = False,
    allowed: Collection[str] | None = (),
    seen_version: int | None = None,
    file: ImportFile | None = None,
) -> Generator[int, None, Report]:
    """Write the rows in one transaction and report on each, yielding how many are done. If any is refused, or in a
    rehearsal, nothing is written; nor if the steps are not walked to their end.

    A row that reaches beyond the import is refused unless its Outcome.name is among `allowed`; None refuses none, which
    is for a rehearsal that asks a person. Steps that close, reopen or correct are proposed, except of a plan that is new
    with this import. The record names the `file`. Raises Moved if the data set is no longer at `seen_version`, the version
    that a rehearsal was shown for.
    """
    outcomes, rows = [], list(rows)
    with one_write(actor) as record:
        version = record.version
        if seen_version is not None and seen_version != version:
            raise Moved(
                gettext(
                    "The data set is at version {version}, no longer at {seen_version}."
                ).format(version=version, seen_version=seen_version)
            )
        scope, hints, refused = Scope(rows), Hints(rows), {}
        for row in rows:
            outcome = _import_row(row, scope, record, allowed)
            root = _root_of(outcome, refused)
            if root is not None:
                outcome = replace(outcome, result="dependent", problems=[])
                outcomes[root] = replace(outcomes[root], dependents=outcomes[root].dependents + 1)
            if outcome.result in ("refused", "dependent"):
                place = len(outcomes) if root is None else root
                refused.setdefault((row.kind, *key_of(row.kind, row)), place)
            notes, near = hints.of(outcome)
            outcomes.append(replace(outcome, notes=outcome.row.notes + notes, near=near))
            yield len(outcomes)
        _refuse_without_document(outcomes)
        is_written = not rehearse and all(outcome.result != "refused" for outcome in outcomes)
        if not is_written:
            transaction.set_rollback(True)
        elif file is not None and record.version != version:
            after = {"name": file.name, "sha256": file.digest, "rows": len(rows)}
            record.log(ChangeAction.CREATE, file, None, after)
    if is_written:
        planner_stats.gather()
    return Report(outcomes, is_written, version)


def _root_of(outcome: Outcome, refused: Mapping[tuple, int]) -> int | None:
    """Return the place of the refused row for which this one is refused, too; None where there is no such row."""
    row = outcome.row
    if outcome.result != "refused" or row.problems or outcome.beyond or not refused:
        return None
    return next((refused[key] for key in references(row) if key in refused), None)


def _import_row(
    row: Row, scope: Scope, record: Recorder, allowed: Collection[str] | None
) -> Outcome:
    key = name_of(row)
    if row.problems:
        return Outcome(row, key, "refused", problems=row.problems)
    try:
        with record.part():
            beyond = scope.beyond(row)
            result, differences = WRITERS[row.kind](row, scope, record.account)
    except ValidationError as error:
        result = "left_out" if row.is_optional else "refused"
        return Outcome(row, key, result, problems=problems_of(error, row))
    except (TypeError, LookupError, ValueError, AttributeError) as error:
        words = f"A field is missing, unknown or of the wrong type: {error}."
        return Outcome(row, key, "refused", problems=[Problem(words)])
    outcome = Outcome(row, key, result, differences)
    if result == "unchanged" or not beyond:
        return outcome
    if not scope.may_change_site(row):
        words = gettext(
            "The pillars and themes are those of the site, and an import of plans does not change them: leave this out, "
            "or change them in site.yaml or in the admin."
        )
        return replace(outcome, result="refused", problems=[Problem(words)])
    if allowed is None or outcome.name in allowed:
        return replace(outcome, beyond=beyond)
    words = gettext(
        "This reaches beyond the import, into {beyond}. Look at what changes, then allow {name} or leave it out."
    ).format(beyond=beyond, name=outcome.name)
    return replace(outcome, result="refused", problems=[Problem(words)], beyond=beyond)


def _refuse_without_document(outcomes: list[Outcome]) -> None:
    """Refuse the commitments that the import would leave published without a citation."""
    written = {
        outcome.key: place
        for place, outcome in enumerate(outcomes)
        if outcome.row.kind == "commitment" and outcome.result in ("new", "changed")
    }
    for code in services.without_document(written):
        outcome = outcomes[written[code]]
        words = gettext(
            "What is published needs a document: import its citations with it, or write no here and publish it "
            "once it is cited."
        )
        problem = Problem(words, outcome.row.cells.get("is_published", "is_published"))
        outcomes[written[code]] = replace(outcome, result="refused", problems=[problem])
