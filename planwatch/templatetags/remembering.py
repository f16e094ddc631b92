"""Pieces of pages that a process remembers from one version of the data."""

from django import template
from django.utils.translation import get_language

from planwatch.remembering import memory_of

register = template.Library()


class Remembered(template.Node):
    def __init__(self, nodelist, name, parts):
        self.nodelist, self.name, self.parts = nodelist, name, parts

    def render(self, context):
        parts = [part.resolve(context) for part in self.parts]
        if not parts[0] or "request" not in context:
            return self.nodelist.render(context)
        memory = memory_of(context["request"])
        key = ("piece", self.name, get_language(), *parts)
        if (kept := memory.get(key)) is None:
            kept = self.nodelist.render(context)
            # Python keeps a letter in one byte, or in two where the text has one that needs them.
            memory.keep(key, kept, 2 * len(kept))
        return kept


@register.tag
def remembered(parser, token):
    """Write what stands up to `endremembered` as it was written before: `{% remembered name key … %}`.

    The keys say all that the piece depends on, but the version of the data, the day and the language. Where the first
    key is empty, it is written anew.
    """
    nodelist = parser.parse(("endremembered",))
    parser.delete_first_token()
    _, name, *parts = token.split_contents()
    return Remembered(nodelist, name, [parser.compile_filter(part) for part in parts])
