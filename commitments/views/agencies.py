"""Public pages of agencies."""

from collections import Counter

from django.http import Http404
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.translation import gettext

from agencies.commitment_counts import count_by_agency, tree
from agencies.models import Agency
from agencies.querysets import with_those_above
from commitments.choices import Coverage
from commitments.models import Commitment, CommitmentAgency, Development, Plan
from commitments.pages import linked_page, public_view
from commitments.presenters import agency_table
from commitments.presenters.bars import sum_of
from commitments.presenters.rows import rows_of
from commitments.presenters.status_over_time import chart_of
from commitments.selection import IN_SCOPE, select_within_one, single
from commitments.views.charts import counts_in
from planwatch.web.query_params import InvalidQuery, unknown_value

# More than this, and the page leads to the list of commitments instead.
SHOWN = 200
# So many of the latest reports.
REPORTS = 5


@public_view("order", *IN_SCOPE, repeatable=IN_SCOPE)
def agency_list(request):
    order = single(request.GET, "order") or agency_table.NAME
    if order not in agency_table.ORDERS:
        raise InvalidQuery([unknown_value("order", order, agency_table.ORDERS)])
    selection = select_within_one(request, without=("order",))
    commitments, scope = selection.queryset, selection.scope
    agencies = [row for row in Agency.objects.all() if not scope or scope.has_agency(row)]
    found = count_by_agency(commitments, agencies)
    roots = tree(agencies, found)
    agency_table.sort(roots, order)
    rows, alone = agency_table.table_rows(roots, _acting_for_others(commitments, agencies), request)
    context = {
        "rows": rows,
        "alone": alone,
        "total": len(agencies),
        "leading": sum(1 for counts in found.values() if counts.leads),
        "order": order,
        "partly_read": selection.partly_read,
        "order_words": agency_table.order_in_words(order),
        "heads": agency_table.heads(order),
    }
    return render(request, "agencies/agency_list.html", context)


def _acting_for_others(commitments, agencies) -> Counter[int]:
    """Return {office id: in how many notes on a lead it is named}, of commitments that an agency above it leads."""
    above = with_those_above({agency.pk: agency.parent_id for agency in agencies})
    rows = commitments.exclude(lead_note="").filter(roles__role="lead").order_by()
    notes = {*rows.values_list("pk", "lead_note", "roles__agency_id")}
    return Counter(
        agency.pk
        for agency in agencies
        for _, note, lead in notes
        if lead in above[agency.pk][1:] and agency.name in note
    )


@linked_page("api:agency-detail", ("known_at",))
@public_view()
def agency_detail(request, slug):
    agencies = {agency.slug: agency for agency in Agency.objects.all()}
    if slug not in agencies:
        raise Http404
    agency, by_id = agencies[slug], {item.pk: item for item in agencies.values()}
    chains = with_those_above({item.pk: item.parent_id for item in agencies.values()})
    above = [by_id[pk] for pk in reversed(chains[agency.pk][1:])]
    below = {pk for pk, chain in chains.items() if agency.pk in chain}
    roles = CommitmentAgency.objects.filter(agency__in=below)
    published = Commitment.objects.published().filter(pk__in=roles.values("commitment"))
    commitments = request.clocks.show(published)
    found = count_by_agency(commitments, agencies.values())
    counts = counts_in(published, request.clocks, "pillar")
    led, shared = _led_and_shared(request, commitments, agency, below)
    reports = Development.objects.published().reported_by(request.clocks.as_of)
    plans = Plan.objects.filter(coverage=Coverage.PARTIAL, jurisdiction=agency.jurisdiction)
    nodes = tree([item for item in agencies.values() if item.pk in below], found)
    context = {
        "agency": agency,
        "above": above,
        "parent": above[-1] if above else None,
        "node": nodes[0],
        "most": _most(nodes[0].below),
        "pillars": counts.by_name(),
        "bar": sum_of(counts.bars.values()),
        "chart": chart_of(counts.moves[""], request.clocks.until),
        "partly_read": request.clocks.published(plans),
        "reports": reports.on_any(commitments).read(REPORTS),
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
        row.owing = format_html_join(", ", "<bdi>{}</bdi>", names) or gettext("Directly")
        (led if is_led else shared).append(row)
    return led, shared


def _most(nodes) -> int:
    """Return how many commitments the fullest of some agencies leads or shares: the full length of a bar."""
    return max((node.standing.total for node in nodes), default=0)
