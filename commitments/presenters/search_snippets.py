"""Search snippets: the passages of a commitment that match."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commitments.presenters import markup
from commitments.search import Term, marked

Pieces = list[tuple[str, bool]]
# So many characters of a text stand before its first match, and so many in all.
BEFORE, SHOWN = 60, 220


@dataclass(frozen=True)
class Snippet:
    """Title and code with their matches, and as a paragraph the first further text that has one."""

    title: str
    code: str
    passage: str


def snippet(row, roles: Iterable, terms: Iterable[Term]) -> Snippet:
    """Say where the terms match a commitment with the title of its section, and who owes it."""
    terms = [term for term in terms if not term.excluded]
    title = markup.marked(marked(row.title, terms))
    is_code = any(row.code.startswith(term.codes) for term in terms if term.codes)
    code = markup.marked([(row.code, is_code)])
    agencies = ", ".join(f"{role.agency__name} ({role.agency__acronym})" for role in roles)
    further = (
        ("", row.summary),
        (_("Target"), row.target),
        (_("Responsible agency"), agencies),
        (_("On the responsible agency"), row.lead_note),
        (_("Note"), row.note),
        (_("Section"), row.section__title or ""),
    )
    for where, text in further:
        if found := passage([text], terms, where):
            return Snippet(title, code, found)
    return Snippet(title, code, "")


def passage(texts: Iterable[str], terms: Iterable[Term], where: str = "") -> str:
    """Return the first text in which a term matches, cut around the match, as a paragraph; "" where none does."""
    for text in texts:
        pieces = marked(text, terms)
        if any(hit for _piece, hit in pieces):
            said = format_html('<span class="muted">{}:</span> ', where) if where else ""
            text = markup.marked(_cut(pieces))
            return format_html('<p class="snippet">{}{}</p>', said, text)
    return ""


def _cut(pieces: Pieces) -> Pieces:
    """Keep what stands around the first match, whole words, with … where something is left out."""
    first = next(place for place, (_piece, hit) in enumerate(pieces) if hit)
    before = "".join(piece for piece, _hit in pieces[:first])
    if len(before) > BEFORE:
        before = "… " + before[-BEFORE:].partition(" ")[2]
    found, length = [(before, False)] if before else [], len(before)
    for piece, hit in pieces[first:]:
        if length + len(piece) > SHOWN:
            rest = piece[: SHOWN - length].rpartition(" ")[0]
            return [*found, (f"{rest} …", False)]
        found.append((piece, hit))
        length += len(piece)
    return found
