"""Template tags for Open Graph: title, description and image of a shared page."""

from html import unescape

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.html import strip_tags
from django.utils.translation import get_language, gettext

from commitments.templatetags.commitments import address, status_label
from planwatch.db.site_data import current_site
from planwatch.templatetags.i18n_urls import canonical_addresses

register = template.Library()

_LOCALES = {"en": "en_US", "es": "es_ES"}


@register.inclusion_tag("components/share.html", takes_context=True)
def share(context, commitment=None):
    """Write the Open Graph entries of a page from its own title and description."""
    request = context.get("request")
    if request is None:
        return {}
    language = get_language()
    found = {
        "site_name": current_site().name,
        "canonical": canonical_addresses(request)[language],
        "title": _block(context, "title"),
        "description": _block(context, "description"),
        "locale": _LOCALES[language],
        "others": [locale for code, locale in _LOCALES.items() if code != language],
    }
    if commitment is not None:
        found["picture"] = request.build_absolute_uri(
            address(context, "commitment_picture", code=commitment.code)
        )
        found["picture_words"] = gettext("{title}. Status: {status}").format(
            title=commitment.title, status=status_label(commitment.effective_status)
        )
    return found


def _block(context, name: str) -> str:
    """Return the text of a block of the page that is being written, a second time."""
    found = context.render_context[BLOCK_CONTEXT_KEY].get_block(name).render(context)
    return " ".join(unescape(strip_tags(found)).split())
