"""Template tags for statuses, dates and addresses."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from commitments.choices import Status, Verification
from commitments.presenters import markup
from commitments.presenters.addresses import asked, clocks_in, joined
from commitments.presenters.link_state import reading_address
from commitments.presenters.markup import icon, mark, origin, picks, status, when
from commitments.presenters.rows import due, owed_by, uses
from planwatch.net.addresses import host_of
from planwatch.templatetags.i18n_urls import worded
from planwatch.web.routes import path_to
from planwatch.web.text import isolated

register = template.Library()
for tag in (icon, mark, origin, picks, status, when):
    register.simple_tag(tag)
for words in (isolated, due, owed_by, uses):
    register.filter(words)

# How a page is shown, not what it shows: the API has no use for it.
PLACE = ("cursor", "page_size", "view")


@register.filter
def confirmed(code):
    return Verification(code).label


@register.filter
def status_label(code):
    return Status(code).label


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


# Addresses


def clock_pairs(context) -> list[tuple[str, str]]:
    """Return the clocks of the address, once a view has read and accepted them."""
    return clocks_in(context.get("request"))


@register.simple_tag(takes_context=True)
def address(context, name, **kwargs):
    """Return the address of a page on the day that the reader is looking at."""
    return joined(path_to(name, **kwargs), clock_pairs(context))


@register.simple_tag(takes_context=True)
def source_link(context, source):
    """Write a source's title, linked to the document, or to our page about it where no clean address is known."""
    href = reading_address(source) or address(context, "source_detail", slug=source.slug)
    return format_html('<a href="{}" {}>{}</a>', href, worded(source.language), source.title)


@register.simple_tag(takes_context=True)
def listing(context, **filters):
    """Return the address of the list of commitments with filters, on the reader's day. Empty values are left out."""
    pairs = [(name, value) for name, value in filters.items() if value not in ("", None)]
    return joined(path_to("commitment_list"), [*pairs, *clock_pairs(context)])


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
    return joined(path_to("api:commitment-list"), pairs)


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


@register.simple_tag(takes_context=True)
def bar(context, bar, height=30, zeros=False, **filters):
    """Draw a bar whose segments and key lead to the list, narrowed by `filters`. `zeros` names the absent ones too."""
    return markup.bar(
        bar.segments if zeros else bar.present,
        height,
        lambda code: listing(context, status=code, **filters),
    )


@register.filter
def percent(value):
    return f"{value:.3f}%"
