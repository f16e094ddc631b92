"""What every public page has in common: safe methods, a strict address, its clocks, and the pages for when it goes wrong."""

from functools import wraps

from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from commitments.filters import check_names, read_clocks
from planwatch.errors import BadParameters

CLOCKS = ("as_of", "known_at")


def public_page(*also: str):
    """Make a view a public page, which takes the clocks and the parameters named here and no others.

    The view finds the clocks as `request.clocks`. An address that asks for anything else gets the page that says
    what is wrong with it, with status 400.
    """

    def decorate(view):
        @require_safe
        @wraps(view)
        def page(request, **kwargs):
            try:
                check_names(request.GET, (*CLOCKS, *also))
                request.clocks = read_clocks(request.GET)
                return view(request, **kwargs)
            except BadParameters as error:
                return bad_parameters(request, error)

        return page

    return decorate


def filtered_page(view):
    """Make a view a public page that reads its whole address with `commitments.filters.select`."""

    @require_safe
    @wraps(view)
    def page(request, **kwargs):
        try:
            return view(request, **kwargs)
        except BadParameters as error:
            return bad_parameters(request, error)

    return page


def bad_parameters(request, error: BadParameters):
    """Say what is wrong with the address, and offer it again without the wrong parts."""
    kept = request.GET.copy()
    for problem in error.problems:
        kept.pop(problem.parameter, None)
    query = kept.urlencode()
    corrected = f"{request.path}?{query}" if query else request.path
    context = {"problems": error.problems, "corrected": corrected}
    return render(request, "400.html", context, status=400)


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


def page_not_found(request, exception=None):
    return render(request, "404.html", status=404)


def server_error(request):
    """Use no database and no context processor: they may be what failed."""
    return HttpResponseServerError(render_to_string("500.html"))
