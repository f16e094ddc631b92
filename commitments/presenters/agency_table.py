"""Table of agencies: the counts of what each leads, every one with the list behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from agencies.commitment_counts import AgencyCounts, Node
from commitments.choices import Status, Verification
from commitments.presenters.addresses import clocks_in, joined, scope_in
from commitments.presenters.bars import stretches_of
from commitments.presenters.markup import mini_bar, number, when
from planwatch.web.routes import path_to


@dataclass(frozen=True)
class Measure:
    """A count of what an agency leads: how it is called, read, and asked for in the list."""

    key: str
    label: str
    filters: tuple[tuple[str, str], ...] = ()

    def of(self, counts: AgencyCounts) -> int:
        return counts.led[self.key] if self.key in Status else getattr(counts, self.key)


LEADS = Measure("leads", _("Leads"))
OPEN = Measure("open", _("Open"), (("is_open", "true"),))
COMPLETED = Measure("completed", _("Completed"), (("status", "completed"),))
STALLED = Measure("stalled", _("Stalled"), (("status", "stalled"),))
OVERDUE = Measure("overdue", _("Past due"), (("is_overdue", "true"),))
NO_EVIDENCE = Measure("no_evidence", _("No evidence"), (("status", "no_evidence"),))
CONFIRMED = Measure(
    "confirmed", _("Independently confirmed"), (("verification", Verification.INDEPENDENT.value),)
)
AGING = Measure(
    "aging",
    _("Active, evidence over two years old"),
    (("is_aging", "true"), ("status", "in_place"), ("status", "in_progress")),
)
MEASURES = (LEADS, OPEN, STALLED, OVERDUE, NO_EVIDENCE, CONFIRMED)
NAME, EVIDENCE = "name", "evidence_on"
ORDERS = (NAME, *(f"-{measure.key}" for measure in MEASURES), f"-{EVIDENCE}")


@dataclass
class AgencyRow:
    """An agency as a line of the table. `idle` are the agencies below it that lead nothing, in words."""

    node: Node
    depth: int
    href: str
    cells: SafeString
    evidence: SafeString
    bar: SafeString
    partner: str
    idle: list[SafeString] = field(default_factory=list)


class CountWriter:
    """Writes the counts of agencies with the addresses of the lists behind them, on the reader's day."""

    def __init__(self, request):
        self.clocks, self.path = clocks_in(request), path_to("commitment_list")
        self.scope = scope_in(request)

    def address(self, slug: str) -> str:
        return joined(path_to("agency_detail", slug=slug), self.clocks)

    def count(self, measure: Measure, node: Node) -> SafeString:
        """Return a count that leads to its list; a zero leads nowhere."""
        if not (count := measure.of(node.standing)):
            return mark_safe('<span class="muted">0</span>')
        pairs = [("lead", node.agency.slug), *measure.filters, *self.scope, *self.clocks]
        return mark_safe(f'<a href="{escape(joined(self.path, pairs))}">{number(count)}</a>')

    def partner(self, node: Node) -> str:
        count = node.standing.shares
        text = ngettext("partner on {n} more", "partner on {n} more", count)
        return text.format(n=number(count)) if count else ""


def latest_evidence(counts: AgencyCounts) -> SafeString:
    """Return the month of the newest document behind what an agency leads, marked where it is too old."""
    if counts.evidence_on is None:
        return format_html('<span class="muted">{}</span>', gettext("None found"))
    if not counts.is_aging:
        return when(counts.evidence_on, "month")
    return format_html(
        '<span class="flag">{}<span class="vh">, {}</span></span>',
        when(counts.evidence_on, "month"),
        gettext("more than two years old"),
    )


def sort(roots: list[Node], order: str) -> None:
    """Sort the departments, and the offices of each among themselves. Equal ones stand by name."""
    key = order.removeprefix("-")
    measures = {measure.key: measure for measure in MEASURES}

    def value(node: Node) -> int:
        if key == EVIDENCE:
            return node.standing.evidence_on.toordinal() if node.standing.evidence_on else 0
        return measures[key].of(node.standing)

    for level in (roots, *(node.below for root in roots for node in (root, *root.all_below))):
        level.sort(key=lambda node: node.agency.name.removeprefix("The "))
        if key != NAME:
            level.sort(key=value, reverse=True)


def table_rows(roots: Iterable[Node], through: dict[int, int], request) -> list[AgencyRow]:
    """Return the lines of the agencies that lead something; those that lead nothing are named with their department.

    `through` tells in how many commitments led by an agency above it an office is named as the one that acts.
    """
    writer, rows, alone = CountWriter(request), [], []
    labels = [(escape(measure.label), measure) for measure in MEASURES]
    most = max((root.standing.leads for root in roots), default=0)

    def add(node: Node, depth: int) -> None:
        counts = node.standing
        length = 100 * counts.leads / most
        rows.append(
            AgencyRow(
                node,
                depth,
                writer.address(node.agency.slug),
                mark_safe(
                    "".join(
                        f'<td class="num" data-label="{label}">{writer.count(measure, node)}</td>'
                        for label, measure in labels
                    )
                ),
                latest_evidence(counts),
                mini_bar(stretches_of(counts.led, length)),
                writer.partner(node),
            )
        )
        for office in node.below:
            if office.standing.leads:
                add(office, min(depth + 1, 3))

    for root in roots:
        if root.standing.leads:
            add(root, 0)
            offices = [node for node in root.all_below if not node.standing.leads]
            rows[-1].idle = [_idle(node, through, writer) for node in offices]
        else:
            alone += [_idle(node, through, writer) for node in (root, *root.all_below)]
    return rows, alone


def _idle(node: Node, through: dict[int, int], writer: CountWriter) -> SafeString:
    """Return an office that leads nothing, and how it appears all the same."""
    if named := through.get(node.agency.pk):
        text = ngettext("through the department on {n}", "through the department on {n}", named)
    elif named := node.standing.shares:
        text = ngettext("partner on {n}", "partner on {n}", named)
    else:
        text = gettext("none tracked yet")
    href, name = escape(writer.address(node.agency.slug)), escape(node.agency.name)
    return mark_safe(f'<a href="{href}"><bdi>{name}</bdi></a> ({escape(text.format(n=named))})')


def order_in_words(order: str) -> str:
    """Say how the table is sorted, and in which direction."""
    if order == NAME:
        return gettext("Sorted by name, A to Z; component offices stay with their department.")
    if order == f"-{EVIDENCE}":
        return gettext(
            "Sorted by latest evidence, newest first; component offices stay with their department."
        )
    label = next(measure.label for measure in MEASURES if f"-{measure.key}" == order)
    return gettext(
        "Sorted by “{column}”, most first; component offices stay with their department."
    ).format(column=label)


def heads(order: str) -> list[tuple[str, str, bool]]:
    """Return (order, label, whether the table is sorted by it) of every column after the name."""
    columns = [(f"-{measure.key}", measure.label) for measure in MEASURES]
    columns.append((f"-{EVIDENCE}", gettext("Latest evidence")))
    return [(key, label, key == order) for key, label in columns]
