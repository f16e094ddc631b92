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
from commitments.selection import select_commitments
from commitments.syndication import atom, icalendar
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
    title = _("PlanWatch: changes to all commitments")
    if words := filters_in_words(selection.chosen):
        title = _("PlanWatch: changes to commitments (%(filters)s)") % {"filters": words}
    return _feed(request, title, selection.queryset, _list_address(request))


@public_view("cursor", "page_size")
def commitment_feed(request, code):
    shown = request.clocks.show(Commitment.objects.published())
    commitment = get_object_or_404(shown, code=code.upper())
    title = _("PlanWatch: changes to %(code)s, %(title)s") % {
        "code": commitment.code,
        "title": commitment.title,
    }
    about = Commitment.objects.filter(pk=commitment.pk)
    return _feed(request, title, about, commitment.get_absolute_url())


def _feed(request, title, commitments, alternate):
    clocks = request.clocks
    rows = Change.objects.recorded_by(clocks.as_of).telling_of(commitments)
    size = size_from(request.GET.get("page_size", ""), ENTRIES)
    cursor = request.GET.get("cursor", "")
    page = page_of(rows.prefetch_related("commitments"), ("-seq",), cursor, size)
    absolute = request.build_absolute_uri
    pages = atom.Pages(
        own=absolute(),
        first=absolute(_here(request)),
        alternate=absolute(alternate),
        next=page.next and absolute(_here(request, page.next)),
        previous=page.previous and absolute(_here(request, page.previous)),
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
    title = _("PlanWatch: due dates of all commitments")
    if words := filters_in_words(selection.chosen):
        title = _("PlanWatch: due dates of commitments (%(filters)s)") % {"filters": words}
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


def _here(request, cursor=None):
    """Return the path of this address with another cursor, or with none."""
    query = request.GET.copy()
    query.pop("cursor", None)
    if cursor:
        query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _list_address(request):
    """Return the list with the same filters, for readers."""
    query = request.GET.copy()
    for name in ("cursor", "page_size"):
        query.pop(name, None)
    address = reverse("commitment_list")
    return f"{address}?{query.urlencode()}" if query else address
