"""Page that compares two documents."""

from collections import defaultdict

from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import render
from django.utils.formats import localize
from django.utils.translation import ngettext

from commitments.lookups import short_name
from commitments.models import Citation, Commitment, CommitmentLink, Source
from commitments.pages import picture, public_view
from commitments.presenters.comparison import (
    Document,
    by_pillar,
    counts_table,
    legend,
    outcome,
    pairs,
    parts,
    suggestions,
)
from commitments.presenters.rows import rows_of
from commitments.selection import single
from planwatch.web.query_params import InvalidQuery, unknown_value

# So many commitments of each group at most; the list of commitments takes over from there.
SHOWN = 200
# So many documents are offered, those cited most, beside those of plans; each one's own page leads here, too.
OFFERED = 200


@public_view("from", "to")
def compare(request):
    context = _chosen(request)
    if context["problem"] == "":
        context |= _compared(request, context["earlier"], context["later"])
    return render(request, "commitments/compare.html", context)


@public_view("from", "to")
def compare_picture(request):
    """Draw the comparison; without two documents that can be compared there is nothing to draw."""
    context = _chosen(request)
    if context["problem"]:
        raise Http404
    context |= _compared(request, context["earlier"], context["later"])
    return picture(request, "charts/compare.svg", context)


def _chosen(request):
    """Return the documents of the address, the earlier first, those to choose from, and what stands in the way."""
    asked = [single(request.GET, name) for name in ("from", "to")]
    documents = {row.slug: _offered(row, request.clocks.is_today) for row in _documents_with(asked)}
    first, second = (_document(request.GET, name, documents) for name in ("from", "to"))
    days = [item.source.published_on for item in (first, second) if item]
    is_reversed = len(days) == 2 and None not in days and days[0] > days[1]
    return {
        "stating": [item for item in documents.values() if item.source.stated],
        "reporting": [item for item in documents.values() if not item.source.stated],
        "has_more": len(documents) >= OFFERED,
        "suggestions": suggestions(documents.values()),
        "first": first,
        "second": second,
        "is_reversed": is_reversed,
        "is_unordered": len(days) == 2 and (None in days or days[0] == days[1]),
        "earlier": second if is_reversed else first,
        "later": first if is_reversed else second,
        "problem": _problem(first, second, request.clocks.day),
    }


def _offered(row, says_count):
    label = option = short_name(row.title, row.published_on, row.precision)
    if says_count:
        count = ngettext("%(count)s commitment", "%(count)s commitments", row.named)
        option = f"{label}: {count % {'count': localize(row.named)}}"
    return Document(row, row.named, label, option)


def _documents_with(slugs):
    """Return the documents that name commitments, as they are offered, with those of the given slugs; latest first."""
    cited = Citation.objects.order_by().values("source").annotate(n=Count("pk"))
    offered = Source.objects.filter(
        Q(pk__in=cited.order_by("-n", "source").values("source")[:OFFERED])
        | Q(plans__isnull=False)
        | Q(slug__in=slugs)
    )
    # Found before it is counted what they name: PostgreSQL would count for all.
    sources = Source.objects.filter(pk__in=list(offered.values_list("pk", flat=True)))
    return list(sources.with_named().filter(named__gt=0).order_by("-published_on", "slug"))


def _document(params, name, documents):
    slug = single(params, name)
    if slug and slug not in documents:
        raise InvalidQuery([unknown_value(name, slug, documents)])
    return documents.get(slug)


def _problem(first, second, day):
    """Return why two documents cannot be compared: missing, same, unpublished; "" if they can."""
    if first is None or second is None:
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
    missing, new = result.of_earlier("missing"), result.of_later("new")
    wanted = result.touched() | {*result.of_earlier("again"), *missing[:SHOWN], *new[:SHOWN]}
    columns = ("summary", "announced_on", "pillar_id", "pillar__name")
    found = rows_of(shown.filter(pk__in=wanted).for_rows(*columns), request)
    rows = {row.commitment.pk: row for row in found}
    places = _places(wanted - {*missing, *new}, earlier, later)
    bars = parts(result)
    return {
        "outcome": result,
        "bars": bars,
        "ribbons": list(zip(bars[0][:3], bars[1][:3], strict=True)),
        "counts": counts_table(result),
        "legend": legend(result),
        "count": {part.key: part.count for part in bars[0]} | {"new": bars[1][-1].count},
        "again": pairs(result, "again", rows, places),
        "carried": pairs(result, "carried", rows, places),
        "related": pairs(result, "related", rows, places),
        "missing": by_pillar(rows[pk] for pk in missing[:SHOWN]),
        "new": by_pillar(rows[pk] for pk in new[:SHOWN]),
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
