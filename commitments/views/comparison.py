"""Page that compares two documents."""

from collections import defaultdict

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.http import Http404
from django.shortcuts import render
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext

from commitments.dates import in_short
from commitments.lookups import short_name
from commitments.models import Citation, Commitment, CommitmentLink, Plan, Source
from commitments.pages import picture, public_view
from commitments.presenters.comparison import (
    Document,
    answer,
    by_pillar,
    names,
    outcome,
    pairs,
    parts,
    suggestions,
)
from commitments.presenters.rows import rows_of
from commitments.selection import IN_SCOPE, select_within_one, single
from commitments.views.matrix import in_lines
from planwatch.web.query_params import InvalidQuery, unknown_value

# So many commitments of each group at most; the list of commitments takes over from there.
SHOWN = 200
# So many documents are offered, those cited most, beside those of plans; each one's own page leads here, too.
OFFERED = 200


@public_view("from", "to", *IN_SCOPE, repeatable=IN_SCOPE)
def compare(request):
    context = _asked(request)
    if context["problem"] == "":
        context |= _compared(request, context["earlier"], context["later"])
    else:
        context |= _offered(request, context["first"] or context["second"])
    return render(request, "commitments/compare.html", context)


@public_view("from", "to", *IN_SCOPE, repeatable=IN_SCOPE)
def compare_picture(request):
    """Draw the comparison; without two documents that can be compared there is nothing to draw."""
    context = _asked(request)
    if context["problem"]:
        raise Http404
    context |= _compared(request, context["earlier"], context["later"])
    return picture(request, "charts/compare.svg", context)


def _asked(request):
    """Return the documents of the address, the earlier first, and what stands in the way of comparing them."""
    slugs = {name: single(request.GET, name) for name in ("from", "to")}
    asked = _naming(Source.objects.in_use().filter(slug__in=slugs.values()))
    read_in_part = Source.objects.read_in_part().filter(pk=OuterRef("pk"))
    found = {row.slug: row for row in asked.annotate(is_partly_read=Exists(read_in_part))}
    for name, slug in slugs.items():
        if slug and slug not in found:
            known = _naming(Source.objects.in_use()).values_list("slug", flat=True)
            raise InvalidQuery([unknown_value(name, slug, known)])
    is_today = request.clocks.is_today
    first, second = (slug and _document(found[slug], is_today) for slug in slugs.values())
    days = [item.source.published_on for item in (first, second) if item]
    is_reversed = len(days) == 2 and None not in days and days[0] > days[1]
    return {
        "first": first,
        "second": second,
        "is_reversed": is_reversed,
        "is_unordered": len(days) == 2 and (None in days or days[0] == days[1]),
        "earlier": second if is_reversed else first,
        "later": first if is_reversed else second,
        "problem": _problem(first, second, request.clocks.day),
    }


def _naming(sources):
    """Keep the documents that name commitments, each with how many, and with the coverage of the plan whose text it is."""
    coverage = Plan.objects.filter(document=OuterRef("pk")).order_by("pk").values("coverage")[:1]
    sources = sources.with_named().annotate(plan_coverage=Subquery(coverage))
    return sources.filter(named__gt=0).order_by("-published_on", "slug")


def _document(row, says_count):
    label = option = short_name(row.title, row.published_on, row.precision)
    if says_count:
        count = ngettext("%(count)s commitment", "%(count)s commitments", row.named)
        option = f"{label}: {count % {'count': localize(row.named)}}"
    day = in_short(row.published_on, row.precision) if row.published_on else gettext("undated")
    return Document(row, label, option, f"{row.publisher}, {day}")


def _offered(request, chosen):
    """Return the documents to choose from, those that name commitments of one jurisdiction, and the most useful pairs.

    With one document chosen it is the jurisdiction of what that names.
    """
    given = {"source": chosen.source.slug} if chosen else {}
    selection = select_within_one(request, also=("from", "to"), **given)
    scope = selection.scope
    cited, plans = Citation.objects.order_by(), Plan.objects.all()
    if scope:
        cited = scope.of(cited, "commitment__plan")
        plans = plans.filter(slug__in=filter(scope.has_plan, scope.vocabulary.plans))
    cited = cited.values("source").annotate(n=Count("pk")).order_by("-n", "source")
    offered = Source.objects.filter(
        Q(pk__in=cited.values("source")[:OFFERED])
        | Q(pk__in=plans.values("document"))
        | Q(pk=chosen.source.pk if chosen else None)
    )
    # Found before it is counted what they name: PostgreSQL would count for all.
    sources = Source.objects.filter(pk__in=list(offered.values_list("pk", flat=True)))
    documents = [_document(row, request.clocks.is_today) for row in _naming(sources)]
    return {
        "stating": [item for item in documents if item.source.stated],
        "reporting": [item for item in documents if not item.source.stated],
        "has_more": len(documents) >= OFFERED,
        "suggestions": suggestions(documents),
        "partly_read": selection.partly_read,
    }


def _problem(first, second, day):
    """Return why two documents cannot be compared: missing, same, unpublished; "" if they can."""
    if not first or not second:
        return "missing"
    if first == second:
        return "same"
    days = (first.source.published_on, second.source.published_on)
    return "unpublished" if any(found and found > day for found in days) else ""


def _compared(request, first, second):
    earlier, later = first.source, second.source
    shown = request.clocks.show(Commitment.objects.published())
    named = shown.named_in_either(earlier, later).order_by("pillar__position", "code")
    marks = list(named.values_list("pk", "in_earlier", "in_later"))
    links = CommitmentLink.objects.published().select_related("source")
    result = outcome(
        [pk for pk, in_earlier, _ in marks if in_earlier],
        [pk for pk, _, in_later in marks if in_later],
        links,
    )
    missing, new = result.earlier["missing"], result.later["new"]
    wanted = result.touched() | {*result.earlier["again"], *missing[:SHOWN], *new[:SHOWN]}
    columns = ("summary", "announced_on", "pillar_id", "pillar__name")
    found = rows_of(shown.filter(pk__in=wanted).for_rows(*columns), request)
    rows = {row.commitment.pk: row for row in found}
    places = _places(wanted - {*missing, *new}, earlier, later)
    bars, called = parts(result), names(first, second)
    said = answer(result, first, second)
    totals = [sum(map(len, groups.values())) for groups in (result.earlier, result.later)]
    counted = {
        part.key: (part.count, total)
        for bar, total in reversed([*zip(bars, totals, strict=True)])
        for part in bar
    }
    return {
        "outcome": result,
        "bars": bars,
        "ribbons": list(zip(bars[0][:3], bars[1][:3], strict=True)),
        "legend": [(key, name, *counted[key]) for key, name in called.items() if counted[key][0]],
        "totals": totals,
        "answer": said,
        "is_dropped": second.is_plan and not second.is_read_in_part,
        **in_lines(said),
        "groups": [
            (key, called[key], *counted[key], pairs(result, key, rows, places))
            for key in ("again", "carried", "related")
        ],
        "rest": [
            (key, called[key], *counted[key], by_pillar(rows[pk] for pk in found[:SHOWN]))
            for key, found in (("missing", missing), ("new", new))
        ],
        "is_cut": len(missing) > SHOWN or len(new) > SHOWN,
    }


def _places(commitments, earlier, later):
    """Return where the two documents name commitments: {(which document, commitment): citations}."""
    found = defaultdict(list)
    rows = Citation.objects.filter(commitment__in=commitments, source__in=(earlier, later))
    for row in rows.order_by("locator"):
        which = "earlier" if row.source_id == earlier.pk else "later"
        found[which, row.commitment_id].append(row)
    return found
