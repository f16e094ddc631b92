"""Public pages about who owes and shares commitments."""

from django.shortcuts import get_object_or_404, render

from agencies.models import Agency
from agencies.standing import standings, tree
from planwatch.views import public_page


def _commitments(request):
    """Return the published commitments as the reader's clocks show them."""
    model = Agency._meta.get_field("commitments").related_model
    return request.clocks.show(model.objects.published())


@public_page()
def agency_list(request):
    agencies = list(Agency.objects.all())
    nodes = tree(agencies, standings(_commitments(request), agencies))
    context = {"tree": nodes, "total": len(agencies)}
    return render(request, "agencies/agency_list.html", context)


@public_page()
def agency_detail(request, slug):
    agency = get_object_or_404(Agency.objects.select_related("parent"), slug=slug)
    agencies = list(Agency.objects.all())
    below = Agency.objects.with_offices_below([slug])
    commitments = _commitments(request).filter(roles__agency__in=below).distinct()
    rows = list(commitments.for_list().order_by("code"))
    nodes = {node.agency.pk: node for node in tree(agencies, standings(commitments, agencies))}
    return render(
        request, "agencies/agency_detail.html", {"agency": agency, "rows": rows, "nodes": nodes}
    )
