"""Integrity check: recompute everything derived and name every difference."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from django.db.models import F, Max, Model

from agencies.models import Agency
from commitments.audit import replay
from commitments.audit.recorder import key_of, serialize_for_audit
from commitments.models import (
    REVISIONS,
    AccountChange,
    Change,
    ChangeAction,
    Commitment,
    Evidence,
    Proposal,
    Redaction,
    Review,
    ReviewRetraction,
    SearchDocument,
    SearchText,
    SearchWord,
    Source,
    SourceCheck,
    StatusChange,
)
from commitments.querysets.former_names import as_named_today
from commitments.services.documents import document_text
from commitments.services.history_rules import derived, step_of, terms_of
from commitments.services.link_checks import link_of
from commitments.services.search_index import INDEXED, document_of, text_of
from commitments.status_rules import history_problem
from planwatch.batches import contained

RECORDED = (
    *map(replay.model_named, replay.KINDS),
    *(SourceCheck, StatusChange, Evidence, Review, ReviewRetraction, Proposal),
    *(AccountChange, Redaction),
)
# What tells the rows of a kind apart, where that is not their number.
_TOLD_APART = {
    "commitmentagency": ("commitment_id", "agency_id"),
    "commitmenttheme": ("commitment_id", "theme_id"),
    "developmentcommitment": ("development_id", "commitment_id"),
    "sectionpillar": ("section_id", "pillar_id"),
    "citation": ("commitment_id", "source_id", "relation", "locator"),
    "commitmentlink": ("earlier_id", "later_id", "relation"),
    "searchdocument": ("commitment_id",),
}


def differences() -> Iterator[str]:
    """Yield, in words, every derived value that differs from what it is derived from, and every illegal history."""
    rows = Commitment.objects.current().for_documents().with_document()
    for commitment in rows.iterator(500):
        yield from _each(_of_commitment, commitment)
    for source in Source.objects.iterator(500):
        yield from _each(_of_source, source)
    for model, rows in INDEXED.items():
        kind = model._meta.model_name
        held = dict(SearchText.objects.filter(kind=kind).values_list("row", "text").iterator())
        for row in rows.iterator(500):
            if held.get(row.pk) != text_of(row):
                yield f"{kind} {key_of(row)}: the search index does not hold its words."
    yield from _unexplained()
    yield from _of_revisions()


def _each(compare: Callable[[Model], Iterator[str]], item: Model) -> Iterator[str]:
    """Yield the differences of one row; where comparing fails, that, so that the next row is compared too."""
    with contained("Checking %s", item) as failures:
        yield from compare(item)
    for error in failures:
        yield f"{item}: it cannot be checked ({type(error).__name__}: {error})."


def _of_commitment(commitment: Commitment) -> Iterator[str]:
    for name, value in derived(commitment).items():
        if getattr(commitment, name) != value:
            yield f"{commitment.code}: {name} is {getattr(commitment, name)}, its history says {value}."
    last = commitment.changes.exclude(object_type="proposal").aggregate(last=Max("seq"))["last"]
    if commitment.seq != last:
        yield f"{commitment.code}: seq is {commitment.seq}, the record's last row about it is {last}."
    steps = commitment.status_changes.not_corrected().for_reading()
    if problem := history_problem(map(step_of, steps), terms_of(commitment)):
        yield f"{commitment.code}, step {problem.seq}: {problem.message}"
    wanted, words = document_of(commitment, Agency.objects.filter(roles__commitment=commitment))
    stored = SearchDocument.objects.filter(pk=commitment.pk).first()
    if stored is None or (stored.title, stored.text) != (wanted.title, wanted.text):
        yield f"{commitment.code}: the search index does not hold its words."
    spelled = [word.word for word in words]
    if SearchWord.objects.filter(word__in=spelled).count() < len(spelled):
        yield f"{commitment.code}: the words for misspellings lack some of its own."
    if commitment.document_text != document_text(commitment):
        yield f"{commitment.code}: its stored document does not say what its rows do."


def _of_source(source: Source) -> Iterator[str]:
    for name, value in link_of(source).items():
        if getattr(source, name) != value:
            yield f"Source {source.slug}: {name} is {getattr(source, name)}, its checks say {value}."


def _of_recorded(item: Model, recorded: dict | None) -> Iterator[str]:
    kind = item._meta.model_name
    if recorded is None:
        yield f"{kind} {key_of(item)} is not in the record."
        return
    # A field that is younger than the row's last record began with its default.
    defaults = {field.name: field.get_default() for field in item._meta.concrete_fields}
    defaults["themes"] = []
    if any(
        (defaults | recorded).get(name) != value
        for name, value in serialize_for_audit(item).items()
    ):
        yield f"{kind} {key_of(item)} differs from its last row in the record."


def _unexplained() -> Iterator[str]:
    """Yield the rows that the record does not explain, and the recorded rows that are gone."""
    latest: dict[tuple[str, str], dict] = {}
    rows = Change.objects.order_by("seq").values_list(
        "object_type", "object_key", "action", "after"
    )
    for written, key, action, body in rows.iterator(1000):
        kind, after = as_named_today(written, body)
        if action == ChangeAction.DELETE:
            latest.pop((kind, key), None)
        else:
            latest[kind, key] = after
    for model in RECORDED:
        kind = model._meta.model_name
        rows = model.objects.all()
        if model is SourceCheck:
            rows = rows.recorded()
        elif model is Evidence:
            # What was recorded with a step stands in the step's own row.
            rows = rows.exclude(recorded_at=F("status_change__recorded_at"))
        for item in rows.iterator(500):
            recorded = latest.pop((kind, key_of(item)), None)
            yield from _each(partial(_of_recorded, recorded=recorded), item)
    for kind, key in latest:
        if kind in ("importfile", "doublecoding"):
            # A file is not kept once it is imported; of a double coding the record has the result alone.
            continue
        yield f"{kind} {key} is in the record, but gone."


def _of_revisions() -> Iterator[str]:
    """Yield, in words, every row whose stored revisions are not those that follow from the record.

    Looks past what the record does not tell: the numbers of rows that are gone, the state of a link between two
    records of it, the order in which words are indexed.
    """
    wanted, stored = defaultdict(list), defaultdict(list)
    for stood in replay.Replay().revisions():
        _note(wanted, *stood)
    for model, revision in REVISIONS.items():
        names = [field.column for field in model._meta.concrete_fields]
        columns = [F("row") if name == "id" else F(name) for name in names]
        rows = revision.objects.order_by("recorded_from").values_list(
            *columns, "recorded_from", "recorded_until"
        )
        for *values, since, until in rows.iterator(replay.BATCH):
            values = dict(zip(names, values, strict=True))
            _note(stored, model._meta.model_name, values, since, until)
    for kind, *key in sorted(wanted.keys() | stored.keys(), key=str):
        if _merged(wanted[kind, *key]) != _merged(stored[kind, *key]):
            name = "/".join(map(str, key))
            yield f"{kind} {name}: its revisions are not those that follow from the record."


def _note(
    found: dict, kind: str, values: replay.Values, since: dt.datetime, until: dt.datetime
) -> None:
    key = [values[name] for name in _TOLD_APART.get(kind, ("id",))]
    told = {
        name: " ".join(sorted(value.split()))
        if (kind, name) == ("searchdocument", "text")
        else value
        for name, value in values.items()
        if name not in replay.NOT_CHECKED and not (name == "id" and kind in _TOLD_APART)
    }
    found[kind, *key].append((since, until, hash(tuple(sorted(told.items())))))


def _merged(stood: list[tuple]) -> list[tuple]:
    """Return the spans of a row in order, two that follow each other and say the same as one."""
    found: list[tuple] = []
    for since, until, said in sorted(stood):
        if found and found[-1][1:] == (since, said):
            since = found.pop()[0]
        found.append((since, until, said))
    return found
