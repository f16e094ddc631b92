"""Writer of the public record: numbers each row, chains its hash and moves the dataset version."""

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from commitments.audit.hash_chain import (
    body_of,
    digest,
    header_of,
    moment,
    nonce_for,
    sealed_in,
)
from commitments.models import (
    REVISIONS,
    AccountChange,
    Change,
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentDocument,
    CommitmentTheme,
    DatasetVersion,
    Development,
    Evidence,
    ImportFile,
    Redaction,
    Section,
    StatusChange,
)
from commitments.querysets.former_names import kinds_of
from commitments.services.documents import update_documents, write_documents
from commitments.services.revisions import write_revisions
from commitments.services.search_index import index_texts
from commitments.services.validation import json_problem
from commitments.statuses import CLOSED
from planwatch.accounts.admin_alerts import alert_administrators
from planwatch.accounts.rotating_handles import public_handle
from planwatch.db.clock import next_moment, require_plausible
from planwatch.logging import current_request
from planwatch.web.text import text_problem

# A write of so many rows is an import or an edit of many, and told to the other administrators.
MANY_ROWS = 25


class Conflict(Exception):
    """Somebody has changed rows since the writer looked at them. `items` are those rows as they stand.

    Of one row that was edited, `fields` are those that both have changed, and `others` those that only somebody else has.
    """

    def __init__(
        self, *items: models.Model, fields: Iterable[str] = (), others: Iterable[str] = ()
    ):
        self.items, self.fields, self.others = items, frozenset(fields), frozenset(others)
        super().__init__(
            ngettext(
                "{names} has changed since you opened it. Look at both versions, then decide.",
                "{names} have changed since you opened it. Look at both versions, then decide.",
                len(items),
            ).format(names=", ".join(map(key_of, items)))
        )


def changes_of(item: models.Model) -> models.QuerySet[Change]:
    """Return the record's rows about a row; for a commitment also those about its steps, citations and so on."""
    if isinstance(item, Commitment):
        return item.changes.all()
    kinds = kinds_of(item._meta.model_name)
    return Change.objects.filter(object_type__in=kinds, object_key=key_of(item))


def version_of(item: models.Model) -> int:
    """Return the number of the latest record row about a row; 0 if there is none."""
    if isinstance(item, Commitment):
        return item.seq
    return changes_of(item).aggregate(latest=models.Max("seq"))["latest"] or 0


def check_version(item: models.Model, seen_version: int | None) -> None:
    """Raise Conflict if a row has changed since that version of the data set.

    None does not ask; 0 is the version of a writer who has seen no such row and means to make it.
    """
    if seen_version is not None and version_of(item) > seen_version:
        raise Conflict(item)


class Recorder:
    """Appends to the record inside one transaction, while its writer holds the version's lock."""

    def __init__(self, version: DatasetVersion, account: str):
        self._version = version
        # The lasting handle of the writer, and the public one, under which all is saved.
        self.account = self.actor = account
        self.now = next_moment(version.changed_at)
        self._written: dict[type[models.Model], set[int]] = defaultdict(set)
        self._first, self._alarming = version.seq, set[str]()

    @property
    def version(self) -> int:
        """The number of the latest record row."""
        return self._version.seq

    def wrote(self, model: type[models.Model], *keys: int) -> None:
        """Note which rows of a model were written, deleted ones too, so that each leaves a revision.

        `keys` are primary keys; of the agencies and themes of a commitment those of the commitment, and so of a document
        that must be built anew; of the commitments of a development that of the development.
        """
        if model in REVISIONS or model in (CommitmentDocument, StatusChange, Evidence):
            self._written[model].update(keys)

    def finish(self) -> None:
        """Write how the rows stand from now on, once all of the write is done."""
        if (rows := self.version - self._first) >= MANY_ROWS:
            self._alarming.add(f"{rows} rows written at once")
        for words in sorted(self._alarming):
            alert_administrators(words, actor=self.account)
        if settings.PLANWATCH_PRIVATE_EDITORS and self._written:
            # What moves no version has its moment to itself as well.
            self._version.changed_at = self.now
            self._version.save(update_fields=["changed_at"])
        built = self._written.pop(CommitmentDocument, set())
        index_texts(self._written)
        for model in REVISIONS.keys() & self._written.keys():
            write_revisions(model, sorted(self._written[model]), self.now)
        write_documents(built)
        # What these cite and who owes them stands: it need not be read again.
        update_documents(self._written[Commitment] - built)

    @contextmanager
    def part(self) -> Iterator[None]:
        """Take back what the block writes, and nothing else, if it fails."""
        try:
            with transaction.atomic():
                yield
        except BaseException:
            self._version.refresh_from_db()
            raise

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Do what the block writes, so that its refusals are heard, and take it all back."""
        written = {model: set(keys) for model, keys in self._written.items()}
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        self._written = defaultdict(set, written)
        self._version.refresh_from_db()

    def log(
        self,
        action: str,
        item: models.Model,
        before: dict | None,
        after: dict | None,
        about: Iterable[Commitment] = (),
    ) -> Change:
        """Append one row and return it. `about` are the commitments whose publication decides who may read it.

        Raises ValidationError by field for a text in `after` that cannot be stored, a reason for example.
        """
        if problems := {
            name: found for name, value in (after or {}).items() if (found := json_problem(value))
        }:
            raise ValidationError(problems)
        version = self._version
        request_id = getattr(current_request.get(), "id", "")
        row = Change(
            seq=version.seq + 1,
            recorded_at=self.now,
            action=action,
            object_type=item._meta.model_name,
            object_key=key_of(item),
            actor=self.actor,
            before=before,
            after=after,
            nonce=nonce_for(request_id),
            prev_hash=version.hash,
            request_id=request_id,
        )
        if settings.PLANWATCH_PRIVATE_EDITORS:
            exact = {"recorded_at": moment(timezone.now()), "actor": self.account}
            row.opening = exact | {"salt": secrets.token_hex(16)}
            row.nonce = digest(sealed_in(row))
        self.wrote(type(item), item.pk)
        if isinstance(item, AccountChange | Redaction):
            what = f"Accounts: {item}" if isinstance(item, AccountChange) else item
            self._alarming.add(f"{what}, {item.get_state_display()}")
        if isinstance(item, ImportFile):
            self._alarming.add(f"File imported: {item.name}")
        if isinstance(item, StatusChange) and (item.status in CLOSED or item.corrects_id):
            self._alarming.add(f"{item.commitment.code} closed or corrected: {item.status}")
        about = list(dict.fromkeys(about))
        if isinstance(item, Commitment | Citation):
            self.wrote(CommitmentDocument, *(commitment.pk for commitment in about))
        row.body_hash = digest(body_of(row))
        row.hash = digest(header_of(row))
        row.save(force_insert=True)
        of_row = Change.commitments.through
        of_row.objects.bulk_create(of_row(change=row, commitment=item) for item in about)
        version.seq, version.hash, version.changed_at = row.seq, row.hash, self.now
        version.save(update_fields=["seq", "hash", "changed_at"])
        return row


# The record of a write that is made of several; None outside of one.
_of_the_whole: ContextVar[Recorder | None] = ContextVar("of_the_whole", default=None)


@contextmanager
def one_write(actor: str) -> Iterator[Recorder]:
    """Let what services write inside be one write: of one moment, and with how the rows stand written once, at its end.

    Who goes on after a refusal lets each service write in a `part`. Raises like audited_transaction.
    """
    with audited_transaction(actor) as record:
        token = _of_the_whole.set(record)
        try:
            yield record
        finally:
            _of_the_whole.reset(token)


@contextmanager
def audited_transaction(actor: str) -> Iterator[Recorder]:
    """Open the one transaction of a write, holding the lock that puts writers in line; inside one_write, a part of it.

    `actor` is the lasting handle of an account, or the name of a program. Raises ValidationError for one that could be an address or is empty, and
    ImplausibleClock where the moment of the write would be wrong.
    """
    if not actor or "@" in actor or len(actor) > 60 or text_problem(actor):
        raise ValidationError(
            {"actor": gettext("Give the public handle of the writer, not an address.")}
        )
    if (whole := _of_the_whole.get()) is not None:
        yield whole
        return
    with transaction.atomic():
        version = DatasetVersion.objects.select_for_update().get(pk=1)
        require_plausible(version.changed_at)
        record = Recorder(version, actor)
        record.actor = public_handle(actor, record.now)
        yield record
        if not transaction.get_rollback():
            record.finish()


def all_or_none(keys: Iterable[str], write: Callable[[str], Any]) -> list[Any]:
    """Write for each key once, for all of them or none. Raises Conflict, naming every row that has changed."""
    made, changed = [], []
    with transaction.atomic():
        for key in dict.fromkeys(keys):
            try:
                made.append(write(key))
            except Conflict as error:
                changed += error.items
        if changed:
            raise Conflict(*changed)
    return made


def key_of(item: models.Model) -> str:
    """Return the natural key of a row as one text; a row without one is known by its number."""
    if hasattr(item, "natural_key"):
        return "/".join(str(part) for part in item.natural_key())
    return str(item.pk)


def serialize_for_audit(
    item: models.Model, evidence: Iterable[Evidence] | None = None
) -> dict[str, Any]:
    """Return what the record keeps of a row: its own fields, related rows by natural key, no derived copies.

    `evidence` is what was recorded with a step, where the caller has it; what was added later has rows of its own.
    """
    values = {}
    for field in item._meta.concrete_fields:
        if field.primary_key or not field.editable:
            continue
        if field.is_relation:
            related = getattr(item, field.name)
            values[field.name] = None if related is None else key_of(related)
        else:
            value = getattr(item, field.name)
            values[field.name] = moment(value) if isinstance(value, dt.date) else value
    if isinstance(item, Commitment):
        roles = CommitmentAgency.objects.filter(commitment=item).order_by("position")
        owed = list(roles.values_list("role", "agency__slug"))
        values["lead_agencies"] = [slug for role, slug in owed if role == "lead"]
        values["partner_agencies"] = [slug for role, slug in owed if role == "partner"]
        themes = CommitmentTheme.objects.filter(commitment=item)
        values["themes"] = list(themes.values_list("theme__code", flat=True))
    if isinstance(item, Section):
        rows = item.pillar_rows.all() if item.pk else ()
        values["pillars"] = [row.pillar.slug for row in rows]
    if isinstance(item, Development) and item.pk:
        rows = item.commitment_rows.all()
        values["commitments"] = list(rows.values_list("commitment__code", flat=True))
    if isinstance(item, StatusChange):
        if evidence is None:
            evidence = item.evidence.filter(recorded_at=item.recorded_at)
            evidence = evidence.select_related("source").order_by("position", "id")
        values["evidence"] = [
            {"locator": row.locator, "note": row.note, "source": row.source.slug}
            for row in evidence
        ]
    return values
