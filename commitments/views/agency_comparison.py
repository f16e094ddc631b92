"""Page that shows two to four agencies side by side."""

from collections import defaultdict

from django.db.models import Q
from django.shortcuts import render
from django.utils.text import get_text_list
from django.utils.translation import gettext

from agencies.commitment_counts import Node, count_by_agency
from agencies.models import Agency
from agencies.querysets import with_those_above
from commitments.choices import Status
from commitments.models import Commitment, CommitmentAgency, StatusChange
from commitments.pages import public_view
from commitments.presenters import agency_table
from commitments.presenters.agency_table import CountWriter, latest_evidence
from commitments.presenters.bars import stretches_of
from commitments.presenters.markup import mini_bar
from commitments.presenters.questions import reviews_with_questions, stated
from planwatch.web.query_params import InvalidQuery, ParameterProblem, unknown_value
from planwatch.web.text import isolated

FEWEST, MOST = 2, 4
# So many of each kind are shown of an agency, and so many commitments of several: the rest is in the lists.
SHOWN, SHARED = 3, 12
MEASURES = (
    *(agency_table.OPEN, agency_table.COMPLETED, agency_table.STALLED, agency_table.OVERDUE),
    *(agency_table.NO_EVIDENCE, agency_table.CONFIRMED),
)


@public_view("agency", repeatable=("agency",))
def agency_comparison(request):
    agencies = list(Agency.objects.all())
    chosen = _chosen(request, agencies)
    commitments = request.clocks.show(Commitment.objects.published())
    counts = count_by_agency(commitments, agencies)
    nodes = [Node(agency, counts[agency.pk]) for agency in chosen]
    named, led = _roles(commitments, agencies, chosen)
    due, shared = _due_and_shared(commitments, named, led)
    context = {
        "nodes": nodes,
        "names": get_text_list([isolated(item.short_name) for item in chosen], gettext("and")),
        "shared": shared,
        "together": sum(1 for owing in named.values() if len(owing) > 1),
        **_numbers(nodes, CountWriter(request)),
        **_columns(nodes, led, due, commitments, request.clocks.until),
    }
    return render(request, "agencies/agency_comparison.html", context)


def _chosen(request, agencies) -> list[Agency]:
    """Return the agencies of the address by name. Raises InvalidQuery for an unknown one, and for too few or too many."""
    by_slug = {agency.slug: agency for agency in agencies}
    slugs = dict.fromkeys(request.GET.getlist("agency"))
    problems = [unknown_value("agency", slug, by_slug) for slug in slugs if slug not in by_slug]
    if not problems and not FEWEST <= len(slugs) <= MOST:
        words = gettext("Choose two to four agencies to compare.")
        problems.append(ParameterProblem("agency", words))
    if problems:
        raise InvalidQuery(problems)
    return sorted((by_slug[slug] for slug in slugs), key=lambda agency: agency.name)


def _roles(commitments, agencies, chosen):
    """Return {commitment: chosen agencies that lead it or are a partner}, and the same of those that lead it."""
    above = with_those_above({agency.pk: agency.parent_id for agency in agencies})
    wanted = {agency.pk for agency in chosen}
    groups = {pk: wanted.intersection(chain) for pk, chain in above.items()}
    rows = CommitmentAgency.objects.filter(
        agency__in=[pk for pk, found in groups.items() if found],
        commitment__in=commitments.order_by().values("pk"),
    )
    named, led = defaultdict(set), defaultdict(set)
    for commitment, agency, role in rows.values_list("commitment", "agency", "role"):
        named[commitment] |= groups[agency]
        if role == "lead":
            led[commitment] |= groups[agency]
    return named, led


def _due_and_shared(commitments, named, led):
    """Return the rows that are past due, and those that several of the agencies owe, in one query."""
    several = sorted(pk for pk, owing in named.items() if len(owing) > 1)[:SHARED]
    rows = commitments.filter(Q(is_overdue=True) | Q(pk__in=several)).order_by("due_on", "code")
    rows = list(rows.for_rows())
    due = [row for row in rows if row.is_overdue and row.pk in led]
    return due, [row for row in rows if row.pk in several]


def _numbers(nodes, writer):
    most = max(node.standing.leads for node in nodes) or 1
    measures = [*MEASURES, agency_table.AGING]
    rows = []
    for measure in measures:
        of = "active" if measure is agency_table.AGING else "leads"
        cells = [(writer.count(measure, node), getattr(node.standing, of)) for node in nodes]
        rows.append((measure.label, cells))
    return {
        "leads": [writer.count(agency_table.LEADS, node) for node in nodes],
        "bars": [
            (
                node.agency.short_name,
                mini_bar(stretches_of(node.standing.led, 100 * node.standing.leads / most)),
                [
                    (status, node.standing.led[status])
                    for status in Status
                    if node.standing.led[status]
                ],
            )
            for node in nodes
        ],
        "partner": [(node.agency.slug, node.standing.shares) for node in nodes],
        "rows": rows,
        "evidence": [latest_evidence(node.standing) for node in nodes],
    }


def _columns(nodes, led, due, commitments, day):
    """Return, for each agency, what is past due, its newest changes and its questions."""
    leading = commitments.filter(pk__in=led).order_by().values("pk")
    steps = StatusChange.objects.not_corrected().true_by(day).filter(commitment__in=leading)
    steps = steps.select_related("commitment").order_by("-effective_on", "-seq")
    questions = stated(reviews_with_questions(commitments.filter(pk__in=led), day))
    found = {"due": [], "changes": [], "questions": []}
    for node in nodes:
        pk = node.agency.pk
        own = [item for item in questions if pk in led[item[0].commitment_id]]
        found["due"].append((node, [row for row in due if pk in led[row.pk]]))
        newest = [step for step in steps if pk in led[step.commitment_id]]
        found["changes"].append((node, newest[:SHOWN]))
        found["questions"].append((node, own[:SHOWN], len(own)))
    return found
