"""Template tags that draw charts, in a page with its colors or alone with their own."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import ngettext

from commitments.dates import due_in_words, in_words
from commitments.presenters.addresses import asked, joined
from commitments.presenters.bars import stretches_of, table_of
from commitments.presenters.markup import mini_bar, number
from commitments.templatetags.commitments import clock_pairs, scope_pairs
from planwatch.web.routes import path_to
from planwatch.web.theme_colors import colour

register = template.Library()

# What is drawn with a hatch, because its shade of gray is near to another's.
HATCHED = ("no_evidence", "partly_met", "stalled")


@register.simple_tag(takes_context=True)
def ink(context, token, status=""):
    """Write a color of the stylesheet: the page's own by name, or where the picture stands alone its light or dark value."""
    if not context.get("alone"):
        return f"var(--{token})"
    return colour(token, status, dark=context.get("dark", False))


@register.simple_tag(takes_context=True)
def here_as_picture(context, name):
    """Return the address of a chart alone, for what this page shows."""
    query = context["request"].GET.urlencode()
    return f"{path_to(name)}?{query}" if query else path_to(name)


@register.simple_tag(takes_context=True)
def list_of_this(context, **filters):
    """Return the address of the list with the filters of this chart and these besides. Empty values are left out."""
    added = [(name, value) for name, value in filters.items() if value]
    kept = asked(context["request"], "year", *dict(added))
    return joined(path_to("commitment_list"), [*kept, *added])


@register.simple_tag(takes_context=True)
def narrowed(context, name, **filters):
    """Return the address of a chart of the commitments that the filters leave, on the reader's day."""
    given = [(key, value) for key, value in filters.items() if value is not None]
    return joined(path_to(name), [*given, *scope_pairs(context, filters), *clock_pairs(context)])


@register.inclusion_tag("components/counts_table.html", takes_context=True)
def counts_table(context, columns, whole, **filters):
    """Write bars as a table, and the address of the bars alone. `columns` are [(…, name, bar)] besides the `whole`."""
    columns = [column[-2:] for column in columns]
    return {
        "columns": columns,
        "whole": whole,
        "rows": table_of([*(counts for _, counts in columns), whole]),
        "picture": narrowed(context, "bars_picture", **filters),
    }


@register.inclusion_tag("components/status_over_time.html", takes_context=True)
def status_over_time(context, chart, id="", **filters):
    """Write a chart of statuses by month, its table, and its files for the commitments that the filters leave.

    On a page with several charts each has an `id` of its own.
    """
    return {
        "chart": chart,
        "id": id,
        "picture": narrowed(context, "status_over_time_picture", **filters),
        "table": narrowed(context, "status_over_time_table", **filters),
    }


@register.filter
def pixels(length):
    return f"{length:.1f}"


@register.simple_tag
def pillar_name(slug, pillars):
    """Return the name of a pillar by its slug."""
    return next(pillar.name for pillar in pillars if pillar.slug == slug)


@register.simple_tag
def bar_of(counts, total, most):
    """Draw a small bar of {status: count}, which is full with `most` commitments."""
    return mini_bar(stretches_of(counts, 100 * total / most))


@register.simple_tag(takes_context=True)
def lane_bars(context, lane):
    """Write the bars of a lane of the timeline, and the counts of the highest."""
    alone, paper, black = context.get("alone"), ink(context, "paper"), ink(context, "ink")

    def part(bar, status, top, height):
        own = f' class="s-{status}"' if status and not alone else ""
        vague = 'fill-opacity=".35" ' if bar.is_vague else ""
        fill = fill_of(context, status) if status else ink(context, "accent")
        stroke = ink(context, "s-ink", status) if status else ink(context, "accent")
        return (
            f'<g{own}><rect x="{bar.x:.3f}%" width="{bar.width:.3f}%" y="{top:.2f}" height="{height:.2f}" '
            f'{vague}fill="{fill}" stroke="{stroke}" /></g>'
        )

    def count(bar):
        return (
            f'<text x="{bar.middle:.3f}%" y="{bar.top:.2f}" dy="-4" font-size="13" text-anchor="middle" '
            f'paint-order="stroke" stroke="{paper}" stroke-width="4" fill="{black}">{number(bar.count)}</text>'
        )

    return mark_safe(
        "".join(
            "".join(part(bar, *piece) for piece in bar.stack)
            + (count(bar) if bar.shows_its_count else "")
            for bar in lane.columns
        )
    )


@register.simple_tag(takes_context=True)
def comparison_with(context, source):
    """Return the address at which another document is chosen to compare one with, on the reader's day."""
    return joined(path_to("compare"), [("from", source.slug), *clock_pairs(context)])


@register.simple_tag(takes_context=True)
def comparison(context, earlier, later):
    """Return the address that compares two documents, on the reader's day."""
    pairs = [("from", earlier.source.slug), ("to", later.source.slug)]
    return joined(path_to("compare"), [*pairs, *clock_pairs(context)])


@register.simple_tag(takes_context=True)
def day_in_words(context):
    """Return the day that a chart speaks of, in words."""
    return in_words(context["request"].clocks.day)


@register.simple_tag
def swatch(key):
    """Write the pattern of a part of a bar, for the key beside it. The chart that defines it must be on the page."""
    return format_html(
        '<svg class="swatch" aria-hidden="true" focusable="false"><rect width="100%" height="100%" fill="url(#part-{})" /></svg>',
        key,
    )


@register.simple_tag
def in_totals(totals):
    """Say how much of each kind a year or month holds: “14 documents, 57 commitments announced, 2 due”."""
    counts = [totals.get(kind, 0) for kind in ("documents", "announced", "changes", "due")]
    documents, announced, changes, due = counts
    words = (
        ngettext("{n} document", "{n} documents", documents),
        ngettext("{n} commitment announced", "{n} commitments announced", announced),
        ngettext("{n} status change", "{n} status changes", changes),
        ngettext("{n} due date", "{n} due dates", due),
    )
    return ", ".join(
        text.format(n=count) for text, count in zip(words, counts, strict=True) if count
    )


register.simple_tag(due_in_words, name="due_day")


@register.simple_tag(takes_context=True)
def fill_of(context, status):
    """Write what fills a status in a bar: its color, or its hatch."""
    if status in HATCHED:
        return f"url(#hatch-{status})"
    return ink(context, "s-fill", str(status))
