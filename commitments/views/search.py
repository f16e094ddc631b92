"""Search page: everything that the record holds on some words."""

from django.shortcuts import render

from commitments import search
from commitments.choices import Status
from commitments.models import Commitment
from commitments.pages import public_view
from commitments.presenters import search_results
from commitments.selection import single
from planwatch.web.query_params import InvalidQuery, unknown_value

# Of a longer query only the beginning counts, as in the box.
LONGEST = 500


@public_view("q", "only")
def search_page(request):
    query, only = single(request.GET, "q")[:LONGEST].replace("\0", ""), single(request.GET, "only")
    if only and only not in search_results.NAMES:
        raise InvalidQuery([unknown_value("only", only, search_results.NAMES)])
    context = {"q": query, "own_search": True, "only": search_results.NAMES.get(only, "")}
    if query.strip():
        found = search_results.found_by(query, request, only)
        wanted = [term for term in found.terms if not term.excluded]
        context |= {
            "found": found,
            "also": [term for term in wanted if term.also],
            "statuses": [Status(code) for term in wanted for code in term.statuses],
        }
        if not found.groups:
            commitments = request.clocks.show(Commitment.objects.published())
            context["suggestions"] = search.suggestions(query, commitments, found.names)
    return render(request, "commitments/search.html", context)
