"""Structured data for search engines and catalogs: JSON-LD in the terms of schema.org."""

import json
from collections.abc import Iterable

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.presenters.citations import data_set_title
from planwatch.db.site_data import current_site

# Inside a script element these could end it, or begin a comment; JSON may write them so.
_ESCAPED = {ord(character): f"\\u{ord(character):04X}" for character in "<>&"}


def written(data: dict) -> SafeString:
    """Return a thing of schema.org as JSON-LD that is safe inside a script element."""
    text = json.dumps({"@context": "https://schema.org"} | data, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPED))


def breadcrumbs(steps: Iterable[tuple[str, str]]) -> dict:
    """Return the way to a page, from (name, absolute address) of each step; the last is the page itself."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": address}
            for number, (name, address) in enumerate(steps, start=1)
        ],
    }


def web_site(home: str, search: str) -> dict:
    """Return this site, and how to search it. Both addresses are absolute; `search` is that of the search page, without a query."""
    return {
        "@type": "WebSite",
        "name": current_site().name,
        "url": home,
        "inLanguage": get_language(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def data_set(
    page: str,
    version: str,
    modified: str,
    license_address: str,
    downloads: Iterable[tuple[str, str, str]],
) -> dict:
    """Return the data set and where to download it.

    `page` is the absolute address of the page about it, `modified` the ISO day of the version, and `downloads` are
    (name, media type, absolute address).
    """
    described = {
        "@type": "Dataset",
        "name": data_set_title(),
        "description": _(
            "What governments promised on {topic}: each commitment with the responsible agency, its sources, its dated history "
            "and the evidence for its status, on any day."
        ).format(topic=current_site().subject),
        "url": page,
        "version": version,
        "dateModified": modified,
        "license": license_address,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": current_site().publisher},
        "distribution": [
            {
                "@type": "DataDownload",
                "name": name,
                "encodingFormat": media_type,
                "contentUrl": address,
            }
            for name, media_type, address in downloads
        ],
    }
    return {name: value for name, value in described.items() if value not in ("", [])}
