"""Feeds, calendars and citations."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from commitments.datasets import releases
from commitments.filter_labels import filters_in_words
from commitments.models import Change, Commitment, Plan, Source
from commitments.pages import filtered_view, public_view
from commitments.presenters import citations
from commitments.presenters.addresses import asked, joined
from commitments.presenters.news import items
from commitments.querysets.news import events
from commitments.selection import select_commitments
from commitments.syndication import atom, icalendar
from planwatch.db.site_data import current_site
from planwatch.web.keyset import page_of, size_from
from planwatch.web.query_params import InvalidQuery, ParameterProblem


@public_view()
def cite_commitment(request, code, form):
    commitments = request.clocks.show(Commitment.objects.published())
    commitment = get_object_or_404(commitments, code=code.upper())
    return _file(citations.of_commitment(request, commitment), form)


@public_view()
def cite_source(request, slug, form):
    """Cite the document itself, which is the same on every day: the clocks are taken as on its page, and change nothing."""
    return _file(citations.of_source(get_object_or_404(Source.objects.in_use(), slug=slug)), form)


@public_view()
def cite_data_set(request, form):
    return _file(citations.of_data_set(request, next(iter(releases.published()), None)), form)


def _file(reference, form):
    if form not in citations.FORMS:
        raise Http404
    media_type, write = citations.FORMS[form]
    response = HttpResponse(write(reference), content_type=f"{media_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{reference.key}.{form}"'
    return response


ENTRIES = 50


@filtered_view
def changes_feed(request):
    """Tell what was recorded about the commitments that the filters of the list leave."""
    selection = _selection(request, also=("cursor", "page_size"))
    title = _titled(
        selection,
        _("%(site)s: changes to all commitments"),
        _("%(site)s: changes to commitments (%(filters)s)"),
    )
    return _feed(request, title, selection.queryset, _list_address(request))


@public_view("cursor", "page_size")
def commitment_feed(request, code):
    shown = request.clocks.show(Commitment.objects.published())
    commitment = get_object_or_404(shown, code=code.upper())
    title = _("%(site)s: changes to %(code)s, %(title)s") % {
        "site": current_site().name,
        "code": commitment.code,
        "title": commitment.title,
    }
    about = Commitment.objects.filter(pk=commitment.pk)
    return _feed(request, title, about, commitment.get_absolute_url())


@filtered_view
def news_feed(request):
    """Tell what happened to the commitments that the filters of the list leave, by the day on which it happened."""
    selection = _selection(request, also=())
    title = _titled(
        selection, _("%(site)s: news"), _("%(site)s: news of commitments (%(filters)s)")
    )
    found = events(selection.queryset, selection.clocks.until)[:ENTRIES]
    absolute = request.build_absolute_uri
    page = absolute(joined(reverse("news"), asked(request)))
    pages = atom.Pages(own=absolute(), first=absolute(), alternate=page)
    text = atom.write_news(title, items(found, selection.queryset), pages, absolute)
    return HttpResponse(text, content_type="application/atom+xml; charset=utf-8")


def _feed(request, title, commitments, alternate):
    clocks = request.clocks
    rows = Change.objects.recorded_by(clocks.as_of).telling_of(commitments)
    size = size_from(request.GET.get("page_size", ""), ENTRIES)
    cursor = request.GET.get("cursor", "")
    page = page_of(rows.with_subjects("plan"), ("-seq",), cursor, size)
    absolute = request.build_absolute_uri

    def here(*cursor):
        return absolute(joined(request.path, [*asked(request, "cursor"), *cursor]))

    pages = atom.Pages(
        own=absolute(),
        first=here(),
        alternate=absolute(alternate),
        next=page.next and here(("cursor", page.next)),
        previous=page.previous and here(("cursor", page.previous)),
    )
    text = atom.write(title, page.rows, pages, absolute)
    return HttpResponse(text, content_type="application/atom+xml; charset=utf-8")


@filtered_view
def deadlines_calendar(request):
    """Show when the commitments that the filters of the list leave fall due, and when their plans end."""
    selection = _selection(request, also=())
    due = selection.queryset.exclude(due_on=None).order_by("due_on", "code")
    # Asked of the numbers alone: what is refused need not be read.
    if due.values("pk")[icalendar.LIMIT : icalendar.LIMIT + 1]:
        message = f"That leaves more than {icalendar.LIMIT:,} due dates, too many for one calendar. Add due_after, due_before or another filter."
        raise InvalidQuery([ParameterProblem("due_after", message)])
    plans = Plan.objects.filter(pk__in=selection.queryset.order_by().values("plan"))
    plans = plans.exclude(ends_on=None).select_related("document").order_by("ends_on", "slug")
    title = _titled(
        selection,
        _("%(site)s: due dates of all commitments"),
        _("%(site)s: due dates of commitments (%(filters)s)"),
    )
    absolute = request.build_absolute_uri
    content = icalendar.write(
        title, due.for_list(), plans, absolute(), absolute(_list_address(request)), absolute
    )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="planwatch-deadlines.ics"'
    return response


def _selection(request, also):
    """Return what an address selects, as on the list. Raises InvalidQuery, also for an order: both have their own."""
    if "order" in request.GET:
        message = "This has an order of its own, by date: leave order out."
        raise InvalidQuery([ParameterProblem("order", message)])
    selection = select_commitments(request.GET, also=also)
    request.clocks = selection.clocks
    return selection


def _titled(selection, whole, narrowed):
    """Return the title of a feed of all commitments, or of those that some filters leave."""
    words = filters_in_words(selection.chosen)
    return (narrowed if words else whole) % {"site": current_site().name, "filters": words}


def _list_address(request):
    """Return the list with the same filters, for readers."""
    return joined(reverse("commitment_list"), asked(request, "cursor", "page_size"))
