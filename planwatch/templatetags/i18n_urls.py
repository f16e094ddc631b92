"""Template tags for the canonical URL and the same page in other languages."""

from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, get_language_info

from planwatch.web.languages import RECORD, path_in

register = template.Library()

# They say from when, in which order or from where on a page is read, not what it is about.
_PASSING = {"as_of", "known_at", "order", "cursor", "page_size", "view"}


@register.inclusion_tag("components/addresses.html", takes_context=True)
def addresses(context):
    """Write the links of the head: the canonical address, the page's addresses by language, and those of its data."""
    request = context.get("request")
    if request is None:
        return {}
    by_language = canonical_addresses(request)
    return {
        "canonical": by_language[get_language()],
        "by_language": by_language if len(by_language) > 1 else {},
        "default": by_language[settings.LANGUAGE_CODE],
        "data": getattr(request, "data_addresses", {}),
    }


def canonical_addresses(request) -> dict[str, str]:
    """Return the address of a page in each language that it is in, without what does not say what it is about."""
    kept = sorted(
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in _PASSING
    )
    query = f"?{urlencode(kept)}" if kept else ""
    return {
        code: request.build_absolute_uri(path_in(code, request.path_info) + query)
        for code in _languages_of(request)
    }


def _languages_of(request) -> list[str]:
    match = request.resolver_match
    if match and "api" in match.namespaces:
        return [settings.LANGUAGE_CODE]
    return [code for code, _ in settings.LANGUAGES]


@register.filter
def language_name(tag):
    """Return what the reader calls a language; its tag where Django does not know it."""
    try:
        return get_language_info(tag)["name_translated"]
    except KeyError:
        return tag


@register.simple_tag
def worded(language=RECORD):
    """Write, inside a tag, the language of a text where it is not the page's, and let its first letter give its direction.

    The language is the record's, or a document's own.
    """
    if language == get_language():
        return mark_safe('dir="auto"')
    return format_html('lang="{}" dir="auto"', language)


@register.simple_tag
def is_translated():
    """Return whether this page speaks another language than the texts of the record."""
    return get_language() != RECORD


@register.simple_tag(takes_context=True)
def other_languages(context):
    """Return (code, name, address) of this page, its whole query kept, in each language but the reader's."""
    request = context["request"]
    query = request.GET.urlencode()
    return [
        (code, name, path_in(code, request.path_info) + (f"?{query}" if query else ""))
        for code, name in settings.LANGUAGES
        if code != get_language() and code in _languages_of(request)
    ]
