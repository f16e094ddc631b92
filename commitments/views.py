"""Public pages. Each reads its address strictly, fetches through the querysets and hands the template finished shapes."""

import datetime as dt
from dataclasses import replace

from django.conf import settings
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, render

from agencies.models import Agency
from agencies.standing import standings, tree
from commitments import presenting, statuses
from commitments.filters import select
from commitments.models import Change, Commitment, Pillar, Source, StatusChange
from planwatch.errors import check_names
from planwatch.paging import page_of, size_from
from planwatch.views import filtered_page, public_page

ROWS = 50
CHANGES = 25
LATELY = 5
# More than this, and a page leads to the list of commitments instead.
SHOWN = 200
# The handle under which `import_plan` writes.
IMPORTER = "importer"


# Home


@public_page()
def home(request):
    clocks = request.clocks
    commitments = clocks.show(Commitment.objects.published())
    facts = commitments.order_by().aggregate(
        total=Count("pk"),
        overdue=Count("pk", filter=Q(is_overdue=True)),
        stale=Count("pk", filter=Q(is_stale=True)),
        first=Min("announced_on"),
        last=Max("announced_on"),
        first_jurisdiction=Min("plan__jurisdiction"),
        last_jurisdiction=Max("plan__jurisdiction"),
        oldest_check=Min("shown_checked_on", filter=Q(is_open=True)),
    )
    bars = presenting.bars_by(commitments.count_by("pillar", "status"), "pillar")
    pillars = [(pillar, bars[pillar.slug]) for pillar in _pillars()]
    agencies = list(Agency.objects.all())
    context = {
        "own_search": True,
        "facts": facts,
        "promiser": presenting.promiser(facts),
        "pillars": pillars,
        "whole": presenting.sum_of(bars.values()),
        "table": presenting.table_of([counts for _, counts in pillars]),
        "lately": _lately(clocks),
        "overdue": commitments.filter(is_overdue=True).for_list().order_by("due_on", "code")[:6],
        "agencies": tree(agencies, standings(commitments, agencies))[:8],
        "agencies_total": len(agencies),
        "sources": _sources(clocks).order_by(
            -(F("announces") + F("restates") + F("reports")), "slug"
        )[:6],
    }
    return render(request, "commitments/home.html", context)


def _pillars():
    return Pillar.objects.annotate(aims=Count("objectives"))


def _lately(clocks):
    """Return the latest step of each commitment changed last; of one day, what became true last comes first."""
    steps = StatusChange.objects.published().standing(clocks.known_at).true_by(clocks.day)
    recent = steps.select_related("commitment").order_by("-recorded_at", "-id")[:200]
    latest = {}
    for step in sorted(
        recent, key=lambda step: (step.recorded_at.date(), *statuses.order_of(step))
    ):
        latest.pop(step.commitment_id, None)
        latest[step.commitment_id] = step
    return list(latest.values())[: -LATELY - 1 : -1]


# Pillars


@public_page()
def pillar_list(request):
    commitments = request.clocks.show(Commitment.objects.published())
    bars = presenting.bars_by(commitments.count_by("pillar", "status"), "pillar")
    context = {"pillars": [(pillar, bars[pillar.slug]) for pillar in _pillars()]}
    return render(request, "commitments/pillar_list.html", context)


@filtered_page
def pillar_detail(request, slug):
    pillar = get_object_or_404(Pillar, slug=slug)
    within = pillar.commitments.all()
    context = _listing(request, within, without=("pillar",))
    everything = request.clocks.show(within.published())
    bars = presenting.bars_by(everything.count_by("objective", "status"), "objective")
    whole = presenting.sum_of(bars.values())
    objectives = pillar.objectives.select_related("plan")
    context |= {
        "pillar": pillar,
        "bar": whole,
        "objectives": [(item, _key_of(item)) for item in objectives],
        "bars": bars,
        "loose": whole.total - sum(bars[_key_of(item)].total for item in objectives),
    }
    return render(request, "commitments/pillar_detail.html", context)


# Commitments


@filtered_page
def commitment_list(request):
    return render(
        request, "commitments/commitment_list.html", _listing(request, Commitment.objects.all())
    )


def _listing(request, within, without=()):
    """Return what a filtered list shows: its rows, filters, chips and the sentence that says what it holds."""
    selection = select(request.GET, within)
    request.clocks = selection.clocks
    size = size_from(request.GET.get("page_size", ""), ROWS)
    rows = selection.queryset.for_list()
    page = page_of(rows, selection.keys, request.GET.get("cursor", ""), size)
    _add_evidence_counts(page.rows, selection.clocks)
    facets, chosen = _with_source_names(selection.facets(), selection.chosen)
    count = selection.queryset.count()
    whole = selection.clocks.show(within.published())
    return {
        "page": page,
        "count": count,
        "total": whole.count() if selection.chosen else count,
        "conditions": presenting.conditions(chosen),
        "order": selection.order,
        "order_words": presenting.order_in_words(selection.order),
        "orders": presenting.orders(bool(selection.q)),
        "chosen": chosen,
        "groups": presenting.facet_groups(facets, without),
        "q": selection.q,
    }


def _with_source_names(facets, chosen):
    """Tell documents of the same title apart, in the filters and in the chips."""
    slugs = {choice.value for choice in facets["source"]}
    slugs |= {item.value for item in chosen if item.parameter == "source"}
    names = {
        source.slug: presenting.short_name(source)
        for source in Source.objects.filter(slug__in=slugs)
    }
    facets["source"] = [replace(item, label=names[item.value]) for item in facets["source"]]
    chosen = [
        replace(item, label=names[item.value]) if item.parameter == "source" else item
        for item in chosen
    ]
    return facets, chosen


def _add_evidence_counts(rows, clocks):
    """Say with each row on how many sources its status rests."""
    steps = StatusChange.objects.standing(clocks.known_at).true_by(clocks.day)
    counted = (
        steps.filter(commitment__in=[row.pk for row in rows])
        .order_by("effective_on", "seq")
        .annotate(sources_count=Count("evidence__source", distinct=True))
        .values_list("commitment", "sources_count")
    )
    counts = dict(counted)
    for row in rows:
        row.evidence_count = counts.get(row.pk, 0)


@public_page()
def commitment_detail(request, code):
    clocks = request.clocks
    rows = clocks.show(Commitment.objects.published()).for_detail()
    commitment = rows.filter(code=code.upper()).first()
    if commitment is None:
        return _not_yet(request, code)
    seen = presenting.known(commitment.steps, commitment.checks, clocks.as_of, clocks.known_at)
    path = seen.path
    evidence = path[-1].evidence.all() if path else []
    context = {
        "commitment": commitment,
        "objective_key": _key_of(commitment.objective),
        "leads": [role.agency for role in commitment.owed_by if role.role == "lead"],
        "partners": [role.agency for role in commitment.owed_by if role.role == "partner"],
        "announcement": presenting.announcement_of(commitment),
        "latest": path[-1] if path else None,
        "evidence": evidence,
        "origins": presenting.origins_in_words(evidence),
        "history": presenting.history(commitment, seen),
        "bands": presenting.bands(
            commitment, commitment.steps, clocks.day, clocks.as_of, clocks.known_at
        ),
        "lineage": presenting.lineage(commitment, _kin(commitment, clocks)),
        "sources": presenting.sources_of(commitment, seen, clocks.as_of),
        "late": statuses.days_late(
            commitment.shown_status, commitment.shown_since, commitment.due_on
        ),
        "edits": presenting.edits(_edits(commitment, clocks)),
        "day": clocks.day,
        "permalink": request.build_absolute_uri(f"{request.path}?as_of={clocks.day.isoformat()}"),
    }
    return render(request, "commitments/commitment_detail.html", context)


def _kin(commitment, clocks):
    """Return the commitments linked with this one by id, with their status on the reader's day."""
    linked = {link.later_id for link in commitment.later_links}
    linked |= {link.earlier_id for link in commitment.earlier_links}
    rows = clocks.show(Commitment.objects.published()).filter(pk__in=linked)
    return {row.pk: row for row in rows}


def _edits(commitment, clocks):
    """Return the rows of the record that changed the texts of an entry after it was made, newest first."""
    rows = commitment.changes.with_publicity().filter(is_withheld=False)
    rows = rows.filter(object_type__in=("commitment", "citation", "commitmentlink"))
    # Of what an import makes, the entry itself is the story; it is not an edit.
    made = Q(action="create") & (Q(object_type="commitment") | Q(actor=IMPORTER))
    if clocks.known_at:
        rows = rows.filter(recorded_at__lte=clocks.known_at)
    elif clocks.as_of:
        rows = rows.filter(recorded_at__lt=_end_of(clocks.as_of))
    return rows.exclude(made).order_by("-seq")[:SHOWN]


def _key_of(objective):
    return f"{objective.plan.slug}:{objective.key}" if objective else ""


def _not_yet(request, code):
    """Say that a commitment was announced later than the day asked for; anything else is not found."""
    commitment = get_object_or_404(Commitment.objects.published(), code=code.upper())
    context = {"commitment": commitment}
    return render(request, "commitments/not_yet.html", context, status=404)


# Sources


@public_page("cursor", "page_size")
def source_list(request):
    size = size_from(request.GET.get("page_size", ""), 100)
    sources = _sources(request.clocks)
    dated = sources.annotate(dated=Coalesce("published_on", dt.date.min))
    page = page_of(dated, ("-dated", "slug"), request.GET.get("cursor", ""), size)
    context = {"page": page, "total": sources.count()}
    return render(request, "commitments/source_list.html", context)


def _sources(clocks):
    """Return the sources on which something published rests, published by the reader's day."""
    sources = Source.objects.in_use().with_uses()
    if clocks.is_today:
        return sources
    return sources.filter(Q(published_on=None) | Q(published_on__lte=clocks.day))


@public_page()
def source_detail(request, slug):
    source = get_object_or_404(Source.objects.in_use(), slug=slug)
    clocks = request.clocks
    commitments = clocks.show(Commitment.objects.published())
    cited = source.citations.filter(commitment__in=commitments.values("pk"))
    steps = StatusChange.objects.published().standing(clocks.known_at).true_by(clocks.day)
    shown = source.evidence.filter(status_change__in=steps).select_related("status_change")
    cited = list(cited.order_by("commitment__code")[:SHOWN])
    shown = list(shown.order_by("status_change__commitment__code", "status_change__seq")[:SHOWN])
    checks = list(_checks(source, clocks)[:SHOWN])
    ids = {row.commitment_id for row in [*cited, *checks]}
    ids |= {row.status_change.commitment_id for row in shown}
    rows = {row.pk: row for row in commitments.filter(pk__in=ids)}
    context = {
        "source": source,
        "cited": presenting.by_relation(cited, rows),
        "evidence": [
            (rows[row.status_change.commitment_id], row)
            for row in shown
            if row.status_change.commitment_id in rows
        ],
        "checks": [(rows[row.commitment_id], row) for row in checks if row.commitment_id in rows],
        "plans": source.plans.all(),
    }
    return render(request, "commitments/source_detail.html", context)


def _checks(source, clocks):
    """Return the reviews for which a source was read, by the reader's clocks."""
    checks = source.reviews.filter(commitment__is_published=True, reviewed_on__lte=clocks.day)
    if clocks.known_at:
        checks = checks.filter(recorded_at__lte=clocks.known_at)
    return checks.order_by("commitment__code", "reviewed_on")


# The public record


@public_page("cursor", "page_size")
def change_list(request):
    clocks = request.clocks
    size = size_from(request.GET.get("page_size", ""), CHANGES)
    changes = Change.objects.with_publicity().prefetch_related("commitments")
    if clocks.as_of:
        changes = changes.filter(recorded_at__lt=_end_of(clocks.as_of))
    if clocks.known_at:
        changes = changes.filter(recorded_at__lte=clocks.known_at)
    page = page_of(changes, ("-seq",), request.GET.get("cursor", ""), size)
    named = [row.object_key for row in page.rows if row.object_type == "source"]
    linked = set(Source.objects.in_use().filter(slug__in=named).values_list("slug", flat=True))
    context = {"page": page, "told": [presenting.tell(row, linked) for row in page.rows]}
    return render(request, "commitments/change_list.html", context)


@filtered_page
def correction_list(request):
    """List every correction with the step that it strikes out. It is about the tracker's own time, so it takes no clock."""
    check_names(request.GET, ("cursor", "page_size"))
    size = size_from(request.GET.get("page_size", ""), CHANGES)
    corrections = StatusChange.objects.published().exclude(corrects=None)
    rows = corrections.select_related("commitment", "corrects")
    page = page_of(rows, ("-recorded_at", "-id"), request.GET.get("cursor", ""), size)
    return render(request, "commitments/correction_list.html", {"page": page})


def _end_of(day):
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)


# Method


@public_page()
def method(request):
    context = {
        "rules": [
            (status, statuses.RULES[status], status in statuses.OPEN) for status in statuses.Status
        ],
        "moves": [
            (status, [after for after in statuses.Status if after in statuses.MOVES[status]])
            for status in statuses.Status
        ],
        "after_deadline": [item for item in statuses.Status if item in statuses.AFTER_DEADLINE],
        "stale_after": settings.PLANWATCH_STALE_AFTER_DAYS,
    }
    return render(request, "commitments/method.html", context)
