"""Rows of lists of commitments, in finished words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext

from commitments.choices import SourceKind, Status
from commitments.dates import due_in_words
from commitments.models import CommitmentAgency, CommitmentKind
from commitments.presenters.addresses import clocks_in, joined
from commitments.presenters.markup import aging, done, origin, proof, status, when
from commitments.presenters.search_snippets import snippet
from planwatch.templatetags.i18n_urls import worded
from planwatch.web.routes import path_to
from planwatch.web.text import isolated

# Of each row, where a search may match: more than a list shows.
SEARCHED = ("summary", "target", "lead_note", "note", "section__title")


@dataclass(slots=True)
class Row:
    """A commitment as a line of a table or a card shows it. `owing` is who owes it, or through whom."""

    commitment: object
    roles: list
    href: str
    title: str
    code: str
    kind: str
    status: str
    since: str
    owing: str
    confirmed: str
    sources: str
    evidence: str
    aging: str
    done: str
    due: str
    flag: str
    plan: str = ""
    snippet: str = ""


def rows_of(commitments: Iterable, request, terms=(), countries=()) -> list[Row]:
    """Return the rows of what `for_rows` fetched, with what the `terms` of a search match in them. Asks who owes them.

    With the names of `countries` by their codes, each row says of which country and plan it is.
    """
    commitments, clocks = list(commitments), clocks_in(request)
    roles = _roles_of(item.pk for item in commitments)
    kinds = {value: str(label) for value, label in CommitmentKind.choices}
    since = gettext("since %(day)s")
    late, stale = gettext("Past due"), gettext("Not reviewed for a year")
    today = request.clocks.day
    rows = []
    for item in commitments:
        day = when(item.effective_since, item.effective_precision)
        row = Row(
            item,
            roles[item.pk],
            joined(path_to("commitment_detail", code=item.code), clocks),
            item.title,
            item.code,
            kinds[item.kind],
            status(item.effective_status),
            mark_safe(since % {"day": day}),
            leads_in_words(
                role.agency__short_name for role in roles[item.pk] if role.role == "lead"
            ),
            proof(item.effective_verification),
            _sources(item),
            latest_evidence(item),
            aging(item.effective_evidence_on, today) if item.is_aging else "",
            done() if item.done_when_announced else "",
            due(item),
            late if item.is_overdue else stale if item.is_stale else "",
        )
        if countries:
            row.plan = gettext("{country}: {plan}").format(
                country=isolated(countries[item.plan__jurisdiction]),
                plan=isolated(item.plan__title),
            )
        if terms:
            found = snippet(item, roles[item.pk], terms)
            row.title, row.code, row.snippet = found.title, found.code, found.passage
        rows.append(row)
    return rows


def _roles_of(commitments: Iterable[int]) -> dict[int, list]:
    """Return who owes each commitment, leads first."""
    names = ("agency__short_name", "agency__name", "agency__acronym")
    rows = CommitmentAgency.objects.filter(commitment__in=list(commitments))
    found = defaultdict(list)
    for role in rows.values_list("commitment_id", "role", "agency_id", *names, named=True):
        found[role.commitment_id].append(role)
    return found


def owed_by(commitment) -> str:
    """Return who leads a commitment."""
    return leads_in_words(row.agency.short_name for row in commitment.owed_by if row.role == "lead")


def leads_in_words(names: Iterable[str]) -> str:
    """Return names of agencies as a reader says them; from the fourth on only how many more."""
    names = [isolated(name) for name in names]
    if len(names) > 4:
        more = len(names) - 3
        text = ngettext("{names} and {more} more", "{names} and {more} more", more)
        return text.format(names=", ".join(names[:3]), more=more)
    return ", ".join(names) or gettext("None named")


def due(commitment) -> str:
    """Return when a commitment is due, in words."""
    if commitment.due_on is None:
        return gettext("None stated")
    return due_in_words(commitment.due_on, commitment.due_precision)


def latest_evidence(commitment) -> str:
    """Return the month of the newest document behind a commitment's history."""
    if commitment.effective_evidence_on is not None:
        return when(commitment.effective_evidence_on, "month")
    if commitment.effective_status in (Status.NO_EVIDENCE, Status.SUPERSEDED):
        return gettext("None found")
    return gettext("No date on the document")


def source_rows(sources: Iterable, request) -> list[dict]:
    """Return what a line of a table shows of each source that `with_uses` counted."""
    clocks = clocks_in(request)
    kinds = {value: str(label) for value, label in SourceKind.choices}
    return [
        {
            "source": source,
            "href": joined(path_to("source_detail", slug=source.slug), clocks),
            "wording": worded(source.language),
            "kind": kinds[source.kind],
            "published": when(source.published_on, source.precision),
            "origin": origin(source.origin),
            "uses": uses(source),
        }
        for source in sources
    ]


_USES = {
    "announces": gettext_lazy("announces"),
    "restates": gettext_lazy("restates"),
    "reports": gettext_lazy("reports"),
    "evidences": gettext_lazy("evidence for"),
}


def uses(source) -> str:
    """Return what a source does for commitments, counted: “announces 29, evidence for 19”."""
    counted = ((words, getattr(source, name)) for name, words in _USES.items())
    return ", ".join(f"{words} {count}" for words, count in counted if count)


def _sources(commitment) -> str:
    """Return on how many sources the status rests, where that was counted."""
    count = getattr(commitment, "evidence_count", None)
    return ngettext("%(n)s source", "%(n)s sources", count) % {"n": count} if count else ""
