"""Template tags for statuses, dates and addresses."""

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from commitments.choices import Status, Verification, counted
from commitments.known_at import day_asked
from commitments.presenters import markup
from commitments.presenters.addresses import asked, clocks_in, joined, scope_in
from commitments.presenters.bars import in_sentences
from commitments.presenters.coverage import NAMED, caveat, coverage_of, many_in_part
from commitments.presenters.link_state import reading_address, shown_link
from commitments.presenters.markup import (
    bar_alone,
    icon,
    mark,
    origin,
    origin_label,
    picks,
    proof,
    status,
    when,
)
from commitments.presenters.rows import due, owed_by, uses
from commitments.selection import IN_SCOPE, OWN
from planwatch.net.addresses import host_of
from planwatch.templatetags.i18n_urls import worded
from planwatch.web.routes import path_to
from planwatch.web.text import isolated, quoted

register = template.Library()
for tag in (bar_alone, icon, mark, origin, origin_label, picks, proof, status, when):
    register.simple_tag(tag)
for words in (counted, isolated, quoted, due, owed_by, reading_address, uses):
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


@register.simple_tag
def link_of(source):
    """Return what a reader is told about the link of a source."""
    return shown_link(source, day_asked())


# Addresses

# Pages that are of one jurisdiction at a time.
OF_ONE = ("agency_list", "compare", "matrix", "news", "pillar_detail", "pillar_list", "timeline")


def scope_pairs(context, given=()) -> list[tuple[str, str]]:
    """Return what keeps an address to the jurisdiction or plans of the page; nothing where `given` names its own."""
    return scope_in(context.get("request")) if set(IN_SCOPE).isdisjoint(given) else []


def clock_pairs(context) -> list[tuple[str, str]]:
    """Return the clocks of the address, once a view has read and accepted them."""
    return clocks_in(context.get("request"))


@register.simple_tag(takes_context=True)
def address(context, name, **kwargs):
    """Return the address of a page on the day that the reader is looking at, and of the plans where it is of some."""
    pairs = scope_pairs(context) if name in OF_ONE else []
    return joined(path_to(name, **kwargs), [*pairs, *clock_pairs(context)])


@register.simple_tag(takes_context=True)
def written_later(context, moment):
    """Flag a text that was written after the past day that the reader is looking at."""
    return markup.written_later(moment, getattr(context.get("clocks"), "as_of", None))


@register.simple_tag(takes_context=True)
def source_link(context, source):
    """Write a source's title, linked to the document, or to our page about it where no clean address is known."""
    href = reading_address(source) or address(context, "source_detail", slug=source.slug)
    return format_html('<a href="{}" {}>{}</a>', href, worded(source.language), source.title)


@register.simple_tag(takes_context=True)
def listing(context, **filters):
    """Return the address of the list of commitments with filters, on the reader's day. Empty values are left out."""
    pairs = [
        (name, each)
        for name, value in filters.items()
        for each in (value if isinstance(value, list) else [value])
        if each not in ("", None)
    ]
    pairs += scope_pairs(context, filters)
    return joined(path_to("commitment_list"), [*pairs, *clock_pairs(context)])


@register.simple_tag(takes_context=True)
def here(context, **changes):
    """Return this address with parameters set, or dropped where None; a cursor is always dropped unless set."""
    request = context["request"]
    changes = {"cursor": None, **changes}
    added = [(name, value) for name, value in changes.items() if value is not None]
    return joined(request.path, [*asked(request, *changes), *added])


@register.simple_tag(takes_context=True)
def here_without(context, parameter, unwanted=""):
    """Return this address without one value of one parameter, or without the parameter."""
    request = context["request"]
    unwanted = [unwanted] if unwanted else request.GET.getlist(parameter)
    pairs = asked(request, "cursor")
    kept = [(name, value) for name, value in pairs if name != parameter or value not in unwanted]
    return joined(request.path, kept)


@register.simple_tag(takes_context=True)
def here_for(context, **filters):
    """Return this path with these filters alone, within the jurisdiction or plan of the page, on the reader's day."""
    pairs = [*scope_pairs(context), *filters.items(), *clock_pairs(context)]
    return joined(context["request"].path, pairs)


# One jurisdiction or plan at a time


@register.inclusion_tag("components/switch.html", takes_context=True)
def switch(context):
    """Write the links to the other jurisdictions, and to each plan of this one where it has several.

    A filter whose values belong to one jurisdiction is left out of them, and so is a year.
    """
    request = context.get("request")
    scope = getattr(request, "scope", None)
    if scope is None:
        return {}
    names = scope.vocabulary.jurisdictions
    kept = asked(request, *IN_SCOPE, *OWN, "year", "cursor")

    def entry(name, parameter, value, is_current):
        return name, joined(request.path, [*kept, (parameter, value)]), is_current

    plans = [
        entry(title, "plan", slug, slug in scope.plans)
        for slug, title in scope.vocabulary.plans.items()
        if scope.vocabulary.jurisdiction_of[slug] == scope.jurisdiction
    ]
    every = entry(gettext("All"), "jurisdiction", scope.jurisdiction, not scope.plans)
    return {
        "jurisdictions": [
            entry(name, "jurisdiction", code, code == scope.jurisdiction)
            for code, name in names.items()
        ],
        "plans": [every, *plans] if len(plans) > 1 else [],
    }


@register.simple_tag
def coverage(plan):
    """Return what is said of how much of a plan is recorded."""
    return coverage_of(plan)


@register.simple_tag(takes_context=True)
def read_in_part(context, plans):
    """Write that plans were read in part, each with a link to what was read; "" without any."""
    if not plans:
        return ""
    if len(plans) > NAMED:
        href = address(context, "plan_list")
        said = format_html('<a href="{}">{}</a>', href, many_in_part(plans))
    else:
        said = format_html_join(
            " ",
            '<a href="{}"><bdi>{}</bdi></a>: {}',
            (
                (
                    address(context, "plan_detail", slug=plan.slug),
                    plan.title,
                    coverage_of(plan).counted,
                )
                for plan in plans
            ),
        )
    return format_html('<p class="note coverage">{} {}</p>', said, caveat())


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


@register.inclusion_tag("components/hidden_fields.html", takes_context=True)
def kept_clocks(context):
    """Write the clocks of this address as hidden fields, so that a form to another page keeps the day."""
    return {"pairs": clock_pairs(context)}


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


@register.simple_tag(takes_context=True)
def brief_address(context, page="brief"):
    """Return the address of the brief of this page, or of its questions, with what the reader asked for."""
    request = context["request"]
    return joined(f"{request.path}{page}/", asked(request, *PLACE, "order"))


@register.simple_tag
def table_rows(rows, *words):
    """Write commitments as lines of a table: see markup.table_row for the words."""
    words = [conditional_escape(word) for word in words]
    return mark_safe("".join(markup.table_row(row, *words) for row in rows))


# Bars


@register.simple_tag(takes_context=True)
def bar(context, bar, height=30, proofs=False, **filters):
    """Draw a bar whose segments and keys lead to the list, narrowed by `filters`."""
    return markup.bar(
        bar, height, lambda **chosen: listing(context, **{**chosen, **filters}), proofs
    )


@register.simple_tag(takes_context=True)
def bar_in_words(context, bar, **filters):
    """Say how much of what a bar counts is completed and confirmed, and how much is active on old evidence."""
    return in_sentences(bar, lambda **chosen: listing(context, **{**chosen, **filters}))


@register.filter
def percent(value):
    return f"{value:.3f}%"
