"""Writes to the site's own data."""

from django.utils.translation import gettext

from commitments.audit.recorder import audited_transaction
from commitments.models import Site
from commitments.services.upsert import Saved, save_row
from commitments.services.validation import require_none, require_texts
from planwatch.validators.standards import (
    jurisdiction_problem,
    language_problem,
    nearest_jurisdiction,
)


def save_site(
    *,
    name: str,
    topic: str,
    actor: str,
    promiser: str = "",
    publisher: str = "",
    license: str = "CC-BY-4.0",
    contact: str = "",
    opening_jurisdiction: str = "",
    languages: str = "en",
    glossary: str = "",
    synonyms: str = "",
    address: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Set up or change what is the same for all plans of the site; the publisher is its name where none is given.

    `topic` and `promiser` have a line for each language, `es: vivienda`; `languages` are BCP 47 tags joined with `|`, and
    `opening_jurisdiction` is a code; `glossary` has a line for each term, `TBD: to be decided`, and `synonyms` one for each
    group of words that a search treats alike, joined with `|`; `address` is where the site is published, without a slash
    at its end. Raises ValidationError.
    """
    require_texts(languages=languages, opening_jurisdiction=opening_jurisdiction)
    tags = list(filter(None, map(str.strip, languages.split("|"))))
    problems = {"languages": next(filter(None, map(language_problem, tags)), "")}
    if nearest_jurisdiction(opening_jurisdiction):
        problems["opening_jurisdiction"] = jurisdiction_problem(opening_jurisdiction)
    if any(": " not in line for line in glossary.splitlines()):
        problems["glossary"] = gettext("Write each line as a term, a colon and what it means.")
    require_none(problems)
    with audited_transaction(actor) as record:
        return save_row(
            record,
            Site,
            {"slug": "site"},
            seen_version=seen_version,
            name=name,
            topic=topic,
            promiser=promiser,
            publisher=publisher or name,
            license=license,
            contact=contact,
            opening_jurisdiction=opening_jurisdiction,
            languages="|".join(tags) or "en",
            glossary=glossary,
            synonyms=synonyms,
            address=address.rstrip("/"),
        )
