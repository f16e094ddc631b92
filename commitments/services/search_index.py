"""Search index: the stems of commitments, steps, developments and sources, alike on both databases."""

from collections.abc import Iterable, Iterator, Mapping

from django.db.models import Model

from commitments.models import (
    LONGEST_WORD,
    Development,
    Evidence,
    SearchDocument,
    SearchText,
    SearchWord,
    Source,
    StatusChange,
)
from commitments.search import SPELLED, lowered
from planwatch.web.word_forms import FIELD_END, other_forms, stems

# PostgreSQL counts the words of a text to 16,383, and keeps a megabyte of them with their places.
MOST_WORDS, MOST_BYTES = 16_000, 800_000
# What is indexed, with what its text is made of.
INDEXED = {
    StatusChange: StatusChange.objects.prefetch_related("evidence__source"),
    Development: Development.objects.select_related("source"),
    Source: Source.objects.all(),
}


_AT_ONCE = 1000


def _fields_of(commitment, agencies: Iterable) -> list[str]:
    fields = [
        commitment.code,
        commitment.plan_number,
        commitment.title,
        commitment.original_title,
        commitment.summary,
        commitment.target,
        commitment.lead_note,
        commitment.note,
        commitment.pillar.name if commitment.pillar else "",
        commitment.section.title if commitment.section else "",
    ]
    for agency in agencies:
        fields += [agency.acronym, agency.short_name, agency.name]
    return [field for field in fields if field]


def document_of(commitment, agencies: Iterable) -> tuple[SearchDocument, list[SearchWord]]:
    """Return the index entry of a commitment with the agencies that owe or share it, and its words. Writes nothing."""
    fields = _fields_of(commitment, agencies)
    language = commitment.language or commitment.plan.language
    document = SearchDocument(
        commitment=commitment,
        title=indexed([commitment.title]),
        text=indexed(fields, commitment.original_title, language),
    )
    words = {word for field in fields for word in SPELLED.findall(lowered(field))}
    spelled = [SearchWord(word=word, stem="".join(stems(word))) for word in sorted(words)]
    return document, [item for item in spelled if len(item.stem) <= LONGEST_WORD]


def indexed(fields: Iterable[str], original: str = "", language: str = "en") -> str:
    """Return the stems of each field, and behind all the other ways to write their words, each once.

    `original` is a text in another language, stemmed by that. Both databases index no more than the one that takes less.
    """
    fields = list(fields)
    forms = (" ".join(form) for field in fields for form in other_forms(field))
    runs = [*(" ".join(stems(field)) for field in fields), *dict.fromkeys(forms)]
    if original and language.partition("-")[0] != "en":
        runs.append(" ".join(stems(original, language)))
    words = f" {FIELD_END} ".join(runs).split(" ", MOST_WORDS)[:MOST_WORDS]
    found = " ".join(words).encode()
    return (found if len(found) <= MOST_BYTES else found[:MOST_BYTES].rpartition(b" ")[0]).decode()


def text_of(row) -> str:
    """Return the stems by which a step, a development or a source is found, with a space around each."""
    if isinstance(row, Source):
        fields, language = [row.publisher, row.author, row.note, row.slug, row.url], row.language
        return f" {indexed([row.title, *fields], row.title, language)} "
    if isinstance(row, Development):
        fields = [row.sentence, row.locator, row.source.title, row.source.publisher]
    else:
        fields = [row.explanation, row.correction_reason]
        for item in row.evidence.all():
            fields += [item.note, item.locator, item.source.title, item.source.publisher]
    return f" {indexed(filter(None, fields))} "


def index_texts(written: Mapping[type[Model], Iterable[int]]) -> None:
    """Bring the index up to date of the rows with these primary keys, and of what rests on those sources."""
    keys = {model: set(written.get(model, ())) for model in INDEXED}
    for part in _parts(keys[Source]):
        resting = Evidence.objects.filter(source__in=part).values_list("status_change", flat=True)
        keys[StatusChange].update(resting)
        keys[Development].update(
            Development.objects.filter(source__in=part).values_list("pk", flat=True)
        )
    for part in _parts(written.get(Evidence, ())):
        added = Evidence.objects.filter(pk__in=part).values_list("status_change", flat=True)
        keys[StatusChange].update(added)
    for model, rows in INDEXED.items():
        kind = model._meta.model_name
        for part in _parts(keys[model]):
            SearchText.objects.bulk_create(
                [
                    SearchText(kind=kind, row=row.pk, text=text_of(row))
                    for row in rows.filter(pk__in=part)
                ],
                update_conflicts=True,
                unique_fields=["kind", "row"],
                update_fields=["text"],
            )


def _parts(keys: Iterable[int]) -> Iterator[list[int]]:
    """Yield so many keys at once as a statement of any database takes."""
    ordered = sorted(keys)
    for place in range(0, len(ordered), _AT_ONCE):
        yield ordered[place : place + _AT_ONCE]
