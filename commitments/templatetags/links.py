"""What templates need to tell about the link of a source; components/link_*.html use it."""

from django import template

from commitments import presenting
from commitments.querysets import today

register = template.Library()


@register.simple_tag(takes_context=True)
def link_of(context, source):
    """Return what a reader is told about the link of a source, by the clocks of the page."""
    clocks = context.get("clocks")
    return presenting.shown_link(source, today(), clocks.known_at if clocks else None)


@register.filter
def reading_address(source):
    """Return where a reader finds the document; "" where nowhere."""
    return presenting.reading_address(source)
