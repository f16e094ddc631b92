"""Pieces of pages that a process remembers from one version of the data."""

from django import template
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from planwatch.cache.version_cache import NOTHING, memory_of

register = template.Library()


class Remembered(template.Node):
    def __init__(self, nodelist, name, parts):
        self.nodelist, self.name, self.parts = nodelist, name, parts

    def render(self, context):
        parts = [part.resolve(context) for part in self.parts]
        request = context.get("request")
        if not parts[0] or request is None:
            return self.nodelist.render(context)
        memory = memory_of(request)
        key = ("piece", self.name, get_language(), *parts)
        if (kept := memory.get(key)) is None:
            kept = self.nodelist.render(context)
            # Python keeps a letter in one byte, or in two where the text has one that needs them.
            memory.keep(key, kept, 2 * len(kept))
        return kept


class EachRemembered(template.Node):
    def __init__(self, nodelist, name, rows, parts):
        self.nodelist, self.name, self.rows, self.parts = nodelist, name, rows, parts

    def render(self, context):
        request = context.get("request")
        memory = memory_of(request) if request else NOTHING
        same = ("piece", self.name, get_language(), *(part.resolve(context) for part in self.parts))
        rows = self.rows.resolve(context)
        keys = [(*same, getattr(row, "piece", None)) for row in rows]
        found = memory.get_each(keys)
        if None in found:
            found = [
                self._written(row, key, memory, context) if kept is None else kept
                for row, key, kept in zip(rows, keys, found, strict=True)
            ]
        return mark_safe("".join(found))

    def _written(self, row, key, memory, context):
        with context.push(**{self.name: row}):
            text = self.nodelist.render(context)
        return text if key[-1] is None else memory.keep(key, text, 2 * len(text))


@register.tag
def each_remembered(parser, token):
    """Write what stands up to `endeach_remembered` for every row, as it was written before: `{% each_remembered row rows key … %}`.

    Within, a row has the first name. Its `piece` says which row it is; one without is written anew. The keys say all
    else that it depends on, as those of `remembered` do.
    """
    nodelist = parser.parse(("endeach_remembered",))
    parser.delete_first_token()
    _, name, *parts = token.split_contents()
    rows, *parts = (parser.compile_filter(part) for part in parts)
    return EachRemembered(nodelist, name, rows, parts)


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
