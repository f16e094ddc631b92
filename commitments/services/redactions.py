"""Redactions: words that harm somebody are removed from everything that is published, and from what stands behind it.

The numbers, hashes and signed heads of the record stay: each row's header names the hash of its body as it was, so that
anybody can see that a body was redacted, by which row, and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext

from commitments.audit import replay
from commitments.audit.integrity import RECORDED
from commitments.audit.recorder import Recorder, audited_transaction
from commitments.models import (
    REVISIONS,
    Change,
    CommitmentDocument,
    Cosignature,
    DatasetVersion,
    Redaction,
    SearchDocument,
    SearchText,
    SearchWord,
    SignedHead,
    SubtreeHash,
)
from commitments.services import decisions
from commitments.services.documents import write_every_document
from commitments.services.upsert import index_everything
from commitments.services.validation import require_none, require_texts, validate
from planwatch.models import IdempotentResponse
from planwatch.web.text import tidy

# What stands in place of the words.
REMOVED = "[…]"
# Fields of at most so many characters hold codes, handles and hashes, not what people write.
LONGEST_CODE = 64
# What is made anew once the words are gone, holds only hashes, or is about to lose them itself.
_LEFT_OUT = {
    *REVISIONS.values(),
    *(CommitmentDocument, SearchDocument, SearchText, SearchWord),
    *(Cosignature, DatasetVersion, Redaction, SignedHead, SubtreeHash),
}


def propose_redaction(*, words: str, reason: str, actor: str) -> Redaction:
    """Propose to remove words, exactly as they stand, or remove them where PLANWATCH_TWO_PERSON_RULE is off.

    Raises ValidationError without a reason, for a reason that repeats the words, for words that stand nowhere, and for
    words of an address or an identifier: those are edited first.
    """
    require_texts(reason=reason)
    words = tidy(words)
    problem = ""
    if len(words) < len(REMOVED) or REMOVED in words:
        problem = gettext("Give at least three characters, exactly as they stand.")
    require_none({"words": problem})
    with audited_transaction(actor) as record:
        if words in reason:
            require_none({"reason": gettext("The reason is public. Do not repeat the words.")})
        _require_places(words)
        row = Redaction(
            words=words,
            reason=tidy(reason),
            proposed_by=record.actor,
            proposed_at=record.now,
        )
        validate(row)
        decisions.propose(row, record, _carry_out)
    return row


def approve_redaction(*, number: int, actor: str) -> Redaction:
    """Remove the words that another administrator named.

    Raises ValidationError for the proposer, and for words that are in an address or gone by now.
    """
    return decisions.approve(Redaction, number, actor, _carry_out)


def decline_redaction(*, number: int, actor: str) -> Redaction:
    """Close a proposal without removing anything; its proposer withdraws it so."""
    return decisions.decline(Redaction, number, actor)


def _carry_out(row: Redaction, _: Recorder) -> None:
    words = row.words
    # They may have come into an address since they were named.
    _require_places(words)
    # The database lets append-only rows lose words only while this is set.
    row.is_applying = True
    row.save()
    for model, fields in _redacted_models().items():
        for pk, values in _holding(model, fields, words):
            found = {name: _without(value, words) for name, value in values.items()}
            if model is Change:
                row.rows.append(pk)
                # With its nonce a body that is easy to guess could be found again by its hash.
                found |= {"nonce": "", "opening": None, "redaction": row}
            model.objects.filter(pk=pk).update(**found)
    row.rows.sort()
    row.is_applying = False
    row.save()
    index_everything()
    replay.rebuild()
    write_every_document()


def _require_places(words: str) -> None:
    problem, where = "", _places(words)
    if not where:
        problem = gettext("These words stand nowhere. Copy them exactly as they stand.")
    elif fixed := [name for name, is_fixed in where.items() if is_fixed]:
        problem = gettext("Edit {places} first: addresses and identifiers are not redacted.")
        problem = problem.format(places=", ".join(fixed[:5]))
    require_none({"words": problem})


def _places(words: str) -> dict[str, bool]:
    """Return where words stand, by the name of the row, and whether that is an address or an identifier there."""
    found = {}
    for model, fields in _redacted_models().items():
        fixed = {field.name for field in fields if _is_fixed(model, field)}
        for pk, values in _holding(model, fields, words):
            found[f"{model._meta.verbose_name} {pk}"] = bool(fixed & values.keys())
    return found


@cache
def _redacted_models() -> dict[type[models.Model], list[models.Field]]:
    """Return each model in which words can stand, with its fields of texts."""
    every = [*_models_of("agencies"), *_models_of("commitments"), IdempotentResponse]
    found = {model: _texts_of(model) for model in every if model not in _LEFT_OUT}
    return {model: fields for model, fields in found.items() if fields}


def _models_of(app: str) -> Iterator[type[models.Model]]:
    return apps.get_app_config(app).get_models()


def _texts_of(model: type[models.Model]) -> list[models.Field]:
    """Return the fields of a model that people write or paste; short ones hold codes, handles and hashes."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField | models.JSONField)
        or (isinstance(field, models.CharField) and field.max_length > LONGEST_CODE)
        or _is_fixed(model, field)
    ]


def _is_fixed(model: type[models.Model], field: models.Field) -> bool:
    is_address = isinstance(field, models.URLField | models.SlugField)
    return is_address or field.name in ("code", "object_key", "normalized_url")


@cache
def _text_keys() -> frozenset[str]:
    """Return the keys under which the bodies of the record hold texts; other keys hold words of ours, codes and days."""
    fields = [field for model in RECORDED for field in _texts_of(model)]
    return frozenset(field.name for field in fields) - {"slug", "code"}


def _holding(
    model: type[models.Model], fields: list[models.Field], words: str
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the primary key of each row with these words, and its values that hold them, by field."""
    names = [field.name for field in fields]
    for pk, *values in list(model.objects.values_list("pk", *names)):
        pairs = zip(names, values, strict=True)
        if found := {name: value for name, value in pairs if _without(value, words) != value}:
            yield pk, found


def _without(value: Any, words: str) -> Any:
    """Return a text, or a value of JSON, without the words."""
    if isinstance(value, str):
        return value.replace(words, REMOVED)
    if isinstance(value, dict):
        return {
            key: item
            if isinstance(item, str) and key not in _text_keys()
            else _without(item, words)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without(item, words) for item in value]
    return value
