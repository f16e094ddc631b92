"""Pages of the sources."""

import datetime as dt

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    When,
)
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import render

from commitments import search
from commitments.models import Commitment, Development, Source, StatusChange
from commitments.pages import linked_page, public_view
from commitments.presenters.bars import COUNTED, bars_by
from commitments.presenters.evidence import by_relation
from commitments.presenters.link_state import link_counts
from commitments.presenters.rows import source_rows
from commitments.querysets.commitments import COUNTED_BY
from commitments.querysets.sql import joined_rows, named_in, was_published
from commitments.selection import single
from planwatch.web.keyset import page_of, size_from

# So many of each kind of use stand on the page of a source; the list of commitments takes over from there.
SHOWN = 200


@public_view("q", "cursor", "page_size")
def source_list(request):
    words = single(request.GET, "q")
    size = size_from(request.GET.get("page_size", ""), 50)
    sources = request.clocks.published(Source.objects.in_use())
    dated = sources.annotate(dated=Coalesce("published_on", dt.date.min))
    if words:
        terms = search.terms_of(words, search.agency_names())
        dated = dated.filter(search.holding(terms, dated) if terms else Q(pk=None))
    keys = dated.values_list("pk", "dated", "slug", named=True)
    page = page_of(keys, ("-dated", "slug"), request.GET.get("cursor", ""), size)
    # Counted for the rows of the page alone: sorted with their counts, all would be counted first.
    counted = Source.objects.with_uses().in_bulk([row.pk for row in page.rows])
    context = {
        "page": page,
        "rows": source_rows((counted[row.pk] for row in page.rows), request),
        "q": words,
        "total": sources.count(),
        "link_counts": link_counts(sources.count_by_link_state()),
    }
    return render(request, "commitments/source_list.html", context)


@linked_page("api:source-detail")
@public_view()
def source_detail(request, slug):
    sources = Source.objects.in_use().filter(slug=slug)
    beside = {"text_of": FilteredRelation("plans"), "told": FilteredRelation("reported_statuses")}
    names = ("text_of", "told__commitment")
    found = list(sources.annotate(**beside).select_related(*names).order_by("told__pk"))
    if not found:
        raise Http404
    source, plans = found[0], joined_rows(found, "text_of")
    clocks = request.clocks
    commitments = clocks.show(Commitment.objects.published())
    # Narrowed to this source inside, too: what a subquery names is found whole before it is asked.
    citing = commitments.filter(citations__source=source)
    cited = source.citations.filter(commitment__in=citing.values("pk"))
    steps = StatusChange.objects.published().not_corrected().true_by(clocks.until)
    steps = steps.filter(evidence__source=source)
    shown = source.evidence.filter(status_change__in=steps).select_related("status_change")
    cited = list(cited.order_by("commitment__code")[:SHOWN])
    shown = list(shown.order_by("status_change__commitment__code", "status_change__seq")[:SHOWN])
    checks = list(_checks(source, clocks)[:SHOWN])
    ids = {row.commitment_id for row in [*cited, *checks]}
    ids |= {row.status_change.commitment_id for row in shown}
    rows = {row.pk: row for row in commitments.filter(pk__in=ids)}
    named, with_plan = _standing(source, commitments)
    reports = Development.objects.published().reported_by(clocks.as_of).filter(source=source)
    context = {
        "source": source,
        "own_words": [
            row
            for row in joined_rows(found, "told")
            if row.commitment.is_published and was_published(row.reported_on, clocks.as_of)
        ][:SHOWN],
        "reports": reports.read(SHOWN),
        "named": named,
        "plans": [(plan, with_plan[plan.slug]) for plan in plans],
        "cited": by_relation(cited, rows),
        "evidence": [
            (rows[row.status_change.commitment_id], row)
            for row in shown
            if row.status_change.commitment_id in rows
        ],
        "checks": [(rows[row.commitment_id], row) for row in checks if row.commitment_id in rows],
    }
    return render(request, "commitments/source_detail.html", context)


def _standing(source, commitments):
    """Return the bar of the commitments that a source cites, and of what each of its plans announced."""
    is_cited = Exists(source.citations.filter(commitment=OuterRef("pk")))
    with_plan = Q(plan__document=source, announced_on=F("plan__published_on"))
    rows = (
        commitments.filter(named_in(source))
        .order_by()
        .annotate(
            is_cited=Case(When(is_cited, then=True), default=False, output_field=BooleanField()),
            in_plan=Case(When(with_plan, then=F("plan__slug"))),
        )
        .values(
            by_is_cited=F("is_cited"),
            by_plan=F("in_plan"),
            **{f"by_{name}": COUNTED_BY[name] for name in COUNTED},
        )
        .annotate(count=Count("pk"))
    )
    rows = list(rows)
    cited = bars_by([row for row in rows if row["by_is_cited"]], "is_cited")
    return cited[True], bars_by(rows, "plan")


def _checks(source, clocks):
    """Return the reviews for which a source was read, by the reader's clocks."""
    checks = source.reviews.not_retracted()
    checks = checks.filter(commitment__is_published=True, reviewed_on__lte=clocks.until)
    return checks.order_by("commitment__code", "reviewed_on")
