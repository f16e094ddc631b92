"""Template tags for the link state of a source, used by components/link_*.html."""

from django import template

from commitments.known_at import day_asked
from commitments.presenters.link_state import reading_address, shown_link

register = template.Library()


@register.simple_tag
def link_of(source):
    """Return what a reader is told about the link of a source."""
    return shown_link(source, day_asked())


register.filter("reading_address", reading_address)
