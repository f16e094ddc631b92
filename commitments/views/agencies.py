"""Public pages of agencies."""

from django.http import Http404
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.translation import gettext

from agencies.commitment_counts import count_by_agency, tree
from agencies.models import Agency
from commitments.models import Commitment, CommitmentAgency
from commitments.pages import public_view
from commitments.presenters.rows import rows_of
from commitments.views.pillars import counts_by_pillar

# More than this, and the page leads to the list of commitments instead.
SHOWN = 200


def _commitments(request):
    """Return the published commitments as the reader's clocks show them."""
    return request.clocks.show(Commitment.objects.published())


@public_view()
def agency_list(request):
    agencies = list(Agency.objects.all())
    roots = tree(agencies, count_by_agency(_commitments(request), agencies))
    context = {"roots": roots, "total": len(agencies), "most": _most(roots)}
    return render(request, "agencies/agency_list.html", context)


@public_view()
def agency_detail(request, slug):
    agencies = {agency.slug: agency for agency in Agency.objects.all()}
    if slug not in agencies:
        raise Http404
    agency, above = agencies[slug], _above(agencies[slug], agencies)
    below = _ids_below(agency, agencies.values())
    roles = CommitmentAgency.objects.filter(agency__in=below)
    commitments = _commitments(request).filter(pk__in=roles.values("commitment"))
    found, pillars = count_by_agency(commitments, agencies.values()), counts_by_pillar(commitments)
    led, shared = _led_and_shared(request, commitments, agency, below)
    nodes = tree([item for item in agencies.values() if item.pk in below], found)
    context = {
        "agency": agency,
        "above": above,
        "parent": above[-1] if above else None,
        "node": nodes[0],
        "most": _most(nodes[0].below),
        "pillars": pillars,
        "columns": [(name, counts) for _, name, counts in pillars],
        "led": led,
        "shared": shared,
    }
    return render(request, "agencies/agency_detail.html", context)


def _led_and_shared(request, commitments, agency, below):
    """Return the rows of what an agency and its offices lead, and of what they share; each says through which of them."""
    led, shared = [], []
    for row in rows_of(commitments.for_rows().order_by("code")[:SHOWN], request):
        own = [role for role in row.roles if role.agency_id in below]
        is_led = any(role.role == "lead" for role in own)
        names = [
            (role.agency__short_name,)
            for role in own
            if role.role == ("lead" if is_led else "partner") and role.agency_id != agency.pk
        ]
        row.owing = format_html_join(", ", "<bdi>{}</bdi>", names) or gettext("Itself")
        (led if is_led else shared).append(row)
    return led, shared


def _most(nodes) -> int:
    """Return how many commitments the fullest of some agencies leads or shares: the full length of a bar."""
    return max((node.standing.total for node in nodes), default=0)


def _above(agency, agencies) -> list[Agency]:
    """Return the agencies above this one, the highest first."""
    by_id = {item.pk: item for item in agencies.values()}
    found = []
    while agency.parent_id is not None:
        agency = by_id[agency.parent_id]
        found.insert(0, agency)
    return found


def _ids_below(agency, agencies) -> set[int]:
    """Return the ids of the agency and of every office below it."""
    children: dict[int | None, list[int]] = {}
    for item in agencies:
        children.setdefault(item.parent_id, []).append(item.pk)
    found, waiting = set(), [agency.pk]
    while waiting:
        current = waiting.pop()
        found.add(current)
        waiting += [pk for pk in children.get(current, ()) if pk not in found]
    return found
