"""Template tags for statuses, dates and addresses."""

import datetime as dt
from functools import cache
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext, ngettext

from commitments import dates
from commitments.choices import Origin, Status, Verification
from commitments.presenters.link_state import reading_address
from planwatch.net.addresses import host_of
from planwatch.templatetags.i18n_urls import worded
from planwatch.web.text import isolated

register = template.Library()

CLOCKS = ("as_of", "known_at")
# How a page is shown, not what it shows: the API has no use for it.
PLACE = ("cursor", "page_size", "view")


@register.simple_tag
@cache
def icon(name):
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="#{}" /></svg>', name
    )


@register.simple_tag
@cache
def mark(code):
    """Write the mark of a status without its word, which must stand beside it."""
    return icon(f"st-{code}")


@register.simple_tag
def status(code, variant=""):
    """Write a status: its mark, then its word. Variants: bare (no tint), big."""
    return _status(code, variant, get_language())


@cache
def _status(code, variant, language):
    classes = f"status s-{code} {variant}".strip()
    return format_html(
        '<span class="{}">{}{}</span>', classes, icon(f"st-{code}"), Status(code).label
    )


@register.simple_tag
def origin(code):
    return format_html('<span class="origin {}">{}</span>', code, Origin(code).label)


@register.filter
def confirmed(code):
    return Verification(code).label


@register.filter
def status_label(code):
    return Status(code).label


@register.filter
def uses(source):
    """Return what a source does for commitments, counted: “announces 29, evidence for 19”."""
    counted = (
        (gettext("announces"), source.announces),
        (gettext("restates"), source.restates),
        (gettext("reports"), source.reports),
        (gettext("evidence for"), source.evidences),
    )
    return ", ".join(f"{words} {count}" for words, count in counted if count)


@register.simple_tag
def when(day, precision="day", style="short"):
    """Write a day or moment as <time>; styles: short for tables, long for prose."""
    if day is None:
        return gettext("undated")
    if isinstance(day, dt.datetime):
        day = day.astimezone(dt.UTC).date()
    write = dates.in_words if style == "long" else dates.in_short
    return format_html(
        '<time datetime="{}">{}</time>', dates.machine(day, precision), write(day, precision)
    )


@register.filter
def due(commitment):
    """Return when a commitment is due, in words."""
    if commitment.due_on is None:
        return gettext("None stated")
    return dates.due_in_words(commitment.due_on, commitment.due_precision)


@register.filter
def since(commitment):
    """Write the day from which the shown status is true."""
    return when(commitment.effective_since, commitment.effective_precision)


@register.filter
def lower_first(text):
    text = str(text)
    return text[:1].lower() + text[1:]


@register.filter
def host(url):
    """Return the name of the site that a link leads to."""
    return host_of(url) or url


@register.filter
def get(mapping, key):
    return mapping[key]


register.filter("isolated", isolated)


@register.filter
def owed_by(commitment):
    """Return who leads a commitment, as a reader says it; from the fourth on only how many more."""
    names = [isolated(row.agency.short_name) for row in commitment.owed_by if row.role == "lead"]
    if len(names) > 4:
        more = len(names) - 3
        text = ngettext("{names} and {more} more", "{names} and {more} more", more)
        return text.format(names=", ".join(names[:3]), more=more)
    return ", ".join(names) or gettext("None named")


# Addresses


def clock_pairs(context) -> list[tuple[str, str]]:
    """Return the clocks of the address, once a view has read and accepted them."""
    return clocks_in(context.get("request"))


def clocks_in(request) -> list[tuple[str, str]]:
    if getattr(request, "clocks", None) is None:
        return []
    return [(name, request.GET[name]) for name in CLOCKS if request.GET.get(name)]


def asked(request, *dropped) -> list[tuple[str, str]]:
    """Return the parameters of an address that have a value, without those of these names."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        if name not in dropped
        for value in values
        if value
    ]


def joined(path, pairs):
    """Return a path with its query, if there is one."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


@register.simple_tag(takes_context=True)
def address(context, name, **kwargs):
    """Return the address of a page on the day that the reader is looking at."""
    return joined(reverse(name, kwargs=kwargs), clock_pairs(context))


@register.simple_tag(takes_context=True)
def source_link(context, source):
    """Write a source's title, linked to the document, or to our page about it where no clean address is known."""
    href = reading_address(source) or address(context, "source_detail", slug=source.slug)
    return format_html('<a href="{}" {}>{}</a>', href, worded(source.language), source.title)


@register.simple_tag(takes_context=True)
def listing(context, **filters):
    """Return the address of the list of commitments with filters, on the reader's day. Empty values are left out."""
    pairs = [(name, value) for name, value in filters.items() if value not in ("", None)]
    return joined(reverse("commitment_list"), [*pairs, *clock_pairs(context)])


@register.simple_tag(takes_context=True)
def here(context, **changes):
    """Return this address with parameters set, or dropped where None; a cursor is always dropped unless set."""
    request = context["request"]
    changes = {"cursor": None, **changes}
    added = [(name, value) for name, value in changes.items() if value is not None]
    return joined(request.path, [*asked(request, *changes), *added])


@register.simple_tag(takes_context=True)
def here_without(context, parameter, unwanted):
    """Return this address without one value of one parameter."""
    request = context["request"]
    pairs = [pair for pair in asked(request, "cursor") if pair != (parameter, unwanted)]
    return joined(request.path, pairs)


@register.simple_tag(takes_context=True)
def here_without_any(context, parameter):
    """Return this address without one parameter."""
    return here(context, **{parameter: None})


@register.simple_tag(takes_context=True)
def here_for(context, **filters):
    """Return this path with these filters alone, on the reader's day."""
    return joined(context["request"].path, [*filters.items(), *clock_pairs(context)])


@register.simple_tag(takes_context=True)
def cleared_address(context):
    """Return this address with nothing but its clocks."""
    return joined(context["request"].path, clock_pairs(context))


@register.simple_tag(takes_context=True)
def today_address(context):
    """Return this address on today's record."""
    return here(context, as_of=None, known_at=None)


@register.simple_tag(takes_context=True)
def query(context):
    """Return the query of this address without its cursor, to hand it to the API."""
    return joined("", asked(context["request"], *PLACE))


@register.simple_tag(takes_context=True)
def data_address(context, format, **within):
    """Return the address at which the API gives the commitments of this very list in that format, all of them.

    `within` names, as filters, what the page itself is narrowed to: a pillar's page gives its pillar.
    """
    pairs = [*asked(context["request"], *PLACE, *within), *within.items(), ("format", format)]
    return joined(reverse("api:commitment-list"), pairs)


@register.inclusion_tag("components/hidden_fields.html", takes_context=True)
def kept_fields(context, *except_names, fields_of=()):
    """Write the parameters of this address as hidden fields, so that a form keeps them.

    Left out are those named, and those of `fields_of`, for which the form has fields of its own.
    """
    request = context.get("request")
    dropped = ("cursor", "page_size", *except_names, *fields_of)
    return {"pairs": asked(request, *dropped) if request else []}


@register.simple_tag(takes_context=True)
def menu_item(context, name, words):
    """Write one entry of the menu, marked where the reader is on that page or below it."""
    match = getattr(context.get("request"), "resolver_match", None)
    current = (match.url_name or "") if match else ""
    mark = ""
    if current == name:
        mark = mark_safe(' aria-current="page"')
    elif current.partition("_")[0] == name.partition("_")[0]:
        mark = mark_safe(' aria-current="true"')
    return format_html('<li><a href="{}"{}>{}</a></li>', address(context, name), mark, words)


# Bars


@register.inclusion_tag("components/bar.html", takes_context=True)
def bar(context, bar, height=30, zeros=False, **filters):
    """Draw a bar whose segments and key lead to the list, narrowed by `filters`. `zeros` names the absent ones too."""
    segments = [
        {
            "status": segment.status,
            "label": segment.status.label,
            "count": segment.count,
            "x": f"{segment.x:.3f}%",
            "width": f"{segment.width:.3f}%",
            "middle": f"{segment.middle:.3f}%" if segment.holds_its_number else "",
            "href": listing(context, status=segment.status.value, **filters),
        }
        for segment in (bar.segments if zeros else bar.present)
    ]
    return {
        "segments": segments,
        "height": height,
        "foot": height - 3,
        "baseline": height // 2 + 5,
    }


@register.filter
def percent(value):
    return f"{value:.3f}%"
