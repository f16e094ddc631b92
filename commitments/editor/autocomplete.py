"""Autocomplete and reference resolution: a key, or words that match one row only."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from commitments import search
from commitments.editor.base import show
from commitments.models import Commitment, Source

# So many that could be meant are named in a refusal.
NAMED = 4


def source_meant(words: str, field: str) -> str:
    """Return the slug of the source that these words name. Raises ValidationError where it is not one."""
    if Source.objects.filter(slug=words).exists():
        return words
    found = Source.objects.holding(words)[: NAMED + 1]
    none = _("No source in the record holds the words “{words}”. Add it first.")
    return _only([(row.slug, row.title) for row in found], words, field, none)


def commitment_meant(words: str, field: str) -> str:
    """Return the code of the commitment that these words name. Raises ValidationError where it is not one."""
    if Commitment.objects.filter(code=words.upper()).exists():
        return words.upper()
    rows = search.matching(Commitment.objects.all(), words).order_by("relevance", "code")
    none = _("No commitment has the code or the words “{words}”.")
    return _only([(row.code, row.title) for row in rows[: NAMED + 1]], words, field, none)


def _only(found: list[tuple[str, str]], words: str, field: str, none: str) -> str:
    if len(found) == 1:
        return found[0][0]
    if not found:
        raise ValidationError({field: none.format(words=words)})
    names = "; ".join(f"{key} ({title})" for key, title in found[:NAMED])
    more = " …" if len(found) > NAMED else ""
    raise ValidationError(
        {field: _("More than one is possible. Write which: {names}").format(names=names + more)}
    )


def asked_of(request) -> str:
    """Return what stands in the field for which a page asks suggestions by htmx."""
    return request.GET.get(request.htmx.trigger_name or "", "").replace("\0", "")[:500]


def suggest(request, options: Iterable[tuple[str, str]]):
    """Answer with (key, title) for a field's list of suggestions."""
    return show(request, "suggestions", {"options": options})
