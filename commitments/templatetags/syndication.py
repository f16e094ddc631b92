"""Template tags for citing and following a page, and its JSON-LD."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency
from commitments.choices import Frequency
from commitments.filters import CommitmentFilterSet
from commitments.models import Commitment, Pillar, Plan, Source, Theme
from commitments.presenters import citations
from commitments.presenters.addresses import joined, scope_in
from commitments.syndication import jsonld
from commitments.syndication.social_card import CARD_HEIGHT, CARD_WIDTH
from commitments.templatetags.commitments import address
from planwatch.db.site_data import current_site

register = template.Library()

FORM_NAMES = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON"}


@register.inclusion_tag("components/cite.html", takes_context=True)
def cite(context, item):
    """Write the section that says how to cite a commitment or a source, with its files."""
    request = context["request"]
    if isinstance(item, Commitment):
        reference, name, key = citations.of_commitment(request, item), "cite_commitment", "code"
    else:
        reference, name, key = citations.of_source(item), "cite_source", "slug"
    keys = {key: getattr(item, key)}
    return {
        "clocks": request.clocks,
        "item": item,
        "reference": reference,
        "files": [
            (address(context, name, form=form, **keys), label) for form, label in FORM_NAMES.items()
        ],
    }


@register.inclusion_tag("components/embed.html", takes_context=True)
def card_to_copy(context, item):
    """Write the section that shows a commitment or a pillar on another site: a card and a badge, ready to copy."""
    request = context["request"]
    if isinstance(item, Commitment):
        name, kwargs, title = "commitment", {"code": item.code}, item.title
    else:
        name, kwargs, title = "pillar", {"slug": item.slug}, item.name

    def absolute(page, *added):
        path = reverse(f"{name}_{page}", kwargs=kwargs)
        return request.build_absolute_uri(joined(path, [*scope_in(request), *added]))

    return {
        "site": current_site(),
        "title": title,
        "page": absolute("detail"),
        "card": absolute("embed"),
        "badge": absolute("badge"),
        "dark_badge": absolute("badge", ("theme", "dark")),
        "width": CARD_WIDTH,
        "height": CARD_HEIGHT,
    }


@register.simple_tag(takes_context=True)
def oembed_links(context):
    """Tell programs, in the head of a page, where its card is described."""
    request = context["request"]
    page = request.build_absolute_uri(joined(request.path, scope_in(request)))
    asked = urlencode({"url": page})
    return format_html_join(
        "\n",
        '<link rel="alternate" type="{}" href="{}" title="{}">',
        (
            (
                media_type,
                request.build_absolute_uri(f"{reverse('oembed', args=[form])}?{asked}"),
                _("Card of this page"),
            )
            for form, media_type in (
                ("json", "application/json+oembed"),
                ("xml", "text/xml+oembed"),
            )
        ),
    )


@dataclass(frozen=True)
class Feed:
    """Something to subscribe to, from a page."""

    href: str
    media_type: str
    words: str
    title: str


# The name of a page → the filter that its key stands for.
_KEYS = {f"{name}_detail": name for name in ("plan", "pillar", "theme", "agency", "source")}
_LISTS = ("home", "news", "commitment_list", *_KEYS)


def feeds_of(request) -> list[Feed]:
    """Return what can be subscribed to from a page: the changes and due dates of what it shows, its filters included.

    A feed tells of now; so the clocks of the address are left out. A page whose address was refused has none.
    """
    match = getattr(request, "resolver_match", None)
    if match is None or getattr(request, "clocks", None) is None:
        return []
    if match.url_name == "commitment_detail":
        href = reverse("commitment_feed", kwargs={"code": match.kwargs["code"].upper()})
        return [_atom(href, _("Changes to this commitment"))]
    if match.url_name == "change_list":
        return [_atom(reverse("changes_feed"), _("Changes to all commitments"))]
    if match.url_name not in _LISTS:
        return []
    query = _filters_of(request)
    asked = f"?{query.urlencode()}" if query else ""
    news = Feed(
        f"{reverse('news_feed')}{asked}",
        "application/atom+xml",
        _("News feed"),
        _("News of these commitments"),
    )
    if match.url_name == "news":
        return [news]
    return [
        news,
        _atom(f"{reverse('changes_feed')}{asked}", _("Changes to these commitments")),
        Feed(
            f"{reverse('deadlines_calendar')}{asked}",
            "text/calendar",
            _("Calendar of due dates"),
            _("Due dates of these commitments"),
        ),
    ]


def _filters_of(request) -> QueryDict:
    """Return the filters of a page with commitments; the page of a pillar, a theme, an agency or a source is one itself."""
    query = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        if name in CommitmentFilterSet.base_filters:
            query.setlist(name, values)
    match = request.resolver_match
    if match.url_name in _KEYS:
        [query[_KEYS[match.url_name]]] = match.kwargs.values()
    return query


def _atom(href: str, title: str) -> Feed:
    return Feed(href, "application/atom+xml", _("Feed of changes"), title)


# For programs in the head of a page, as items of a list, and as a line of its own.
for name in ("feed_alternates", "feed_links", "follow"):
    register.inclusion_tag(f"components/{name}.html", takes_context=True, name=name)(
        lambda context: {"feeds": feeds_of(context.get("request"))}
    )


@register.inclusion_tag("alerts/box.html", takes_context=True)
def follow_form(context):
    """Write the form that follows by mail what a page shows; nothing where the site sends none, or the address was refused."""
    request = context["request"]
    fields = None
    if settings.PLANWATCH_MAIL and getattr(request, "clocks", None) is not None:
        match = request.resolver_match
        if match.url_name == "commitment_detail":
            fields = [("commitment", match.kwargs["code"].upper())]
        else:
            query = _filters_of(request)
            fields = [(name, value) for name, values in query.lists() for value in values]
    return {"fields": fields, "rhythms": Frequency.choices}


# What a page is called on the way to it, its route, and the list above it with its name.
_PAGES = {
    Commitment: ("code", "commitment_detail", "commitment_list", gettext_lazy("Commitments")),
    Agency: ("short_name", "agency_detail", "agency_list", gettext_lazy("Agencies")),
    Source: ("publisher", "source_detail", "source_list", gettext_lazy("Sources")),
    Plan: ("title", "plan_detail", "plan_list", gettext_lazy("Plans")),
    Pillar: ("name", "pillar_detail", "pillar_list", gettext_lazy("Pillars")),
    Theme: ("name", "theme_detail", "theme_list", gettext_lazy("Themes")),
}


def _own_step(item) -> tuple[str, str, dict[str, str]]:
    """Return the last step of the way to a page: its name, its route, and the key in its address."""
    name, route, *_ = _PAGES[type(item)]
    key = "code" if isinstance(item, Commitment | Theme) else "slug"
    return getattr(item, name), route, {key: getattr(item, key)}


def _way_to(item, above) -> list[tuple[str, str, dict[str, str]]]:
    """Return the steps that lead to a page. `above` are the agencies above an agency, the highest first."""
    *_, route, name = _PAGES[type(item)]
    between = filter(None, [item.pillar]) if isinstance(item, Commitment) else above
    return [(str(name), route, {}), *map(_own_step, between), _own_step(item)]


@register.inclusion_tag("components/breadcrumb.html", takes_context=True)
def breadcrumb(context, item):
    """Write the way to the page of a commitment, agency, source, pillar or theme; links keep the reader's day, data does not."""
    way = _way_to(item, context.get("above", ()))
    absolute = context["request"].build_absolute_uri
    found = [(name, absolute(reverse(route, kwargs=keys))) for name, route, keys in way]
    return {
        "steps": [
            {
                "name": name,
                "is_code": route == "commitment_detail",
                "href": address(context, route, **keys),
            }
            for name, route, keys in way
        ],
        "data": jsonld.written(jsonld.breadcrumbs(found)),
    }


@register.inclusion_tag("components/jsonld.html", takes_context=True)
def site_data(context):
    """Tell search engines what this site is and how to search it."""
    absolute = context["request"].build_absolute_uri
    home, search = absolute(reverse("home")), absolute(reverse("search"))
    return {"data": jsonld.written(jsonld.web_site(home, search))}


@register.inclusion_tag("components/jsonld.html", takes_context=True)
def data_set_data(context, downloads, license_address):
    """Tell catalogues of this page's data set and its downloads: (name, media type, absolute address) of each."""
    request = context["request"]
    cited = citations.of_data_set(request, context["latest"])
    page = request.build_absolute_uri(request.path)
    described = jsonld.data_set(page, cited.version, cited.issued, license_address, downloads)
    return {"data": jsonld.written(described)}
