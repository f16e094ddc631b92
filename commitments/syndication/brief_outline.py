"""What a brief says, in its order. Each format is a page that writes and draws it."""

from functools import partial

from commitments.presenters.brief import Brief
from commitments.presenters.brief_facts import Figure
from planwatch.db.site_data import current_site
from planwatch.web.theme_colors import colour

INK, MUTED = "#15191c", "#50585d"
# Points: nothing is printed smaller.
SMALL = 9


def write_on(page, brief: Brief) -> None:
    """Write a brief on a page of some format; sizes, and the room `after` a text, are points."""
    heads = brief.heads
    page.head(current_site().name, brief.standing)
    page.title(brief.title)
    page.text(brief.lead, 10, after=4)
    if brief.promise:
        page.text(brief.promise, 10, after=4, serif=True)
    for line in brief.own:
        page.text(line, SMALL, after=2)
    if brief.bar.total:
        page.bar(brief.bar.segments)
        page.text(brief.key, SMALL, after=1)
        page.text(brief.proofs, SMALL, after=4, color=MUTED)
    page.rule()
    page.columns(*(partial(_figure, page, figure) for figure in brief.figures), gap=8)
    page.rule()
    page.columns(partial(_changes, page, brief), partial(_open, page, brief))
    _sources(page, brief)
    page.heading(heads["cite"])
    page.text(brief.citation, SMALL)


def _figure(page, figure: Figure) -> None:
    page.text(f"{figure.count} {figure.of}".strip(), 11, serif=True, bold=True)
    page.text(figure.label, SMALL, bold=True)
    page.text(figure.remark, SMALL, color=MUTED)


def _changes(page, brief: Brief) -> None:
    heads = brief.heads
    page.heading(heads["changes"])
    for change in brief.changes:
        parts = (change.day, change.status.label, change.confirmed, change.later)
        line = " · ".join(str(part) for part in parts if part)
        page.text(line, SMALL, bold=True, color=colour("s-ink", change.status.value))
        page.text(f"{change.title} ({change.code})", 9.5, serif=True)
        page.text(f"{change.why} {change.refs}".strip(), SMALL, after=0 if change.own else 4)
        if change.own:
            page.text(change.own, SMALL, after=4, color=MUTED)
    if not brief.changes:
        page.text(heads["no_changes"], SMALL, after=4)


def _open(page, brief: Brief) -> None:
    heads = brief.heads
    page.heading(heads["due"])
    for item in brief.due:
        page.text(f"{item.text} ({item.code})", 9.5, serif=True)
        page.text(f"{item.status.label} · {item.said}", SMALL, after=3, color=MUTED)
    if not brief.due:
        page.text(heads["no_due"], SMALL)
    page.heading(heads["questions"])
    for item in brief.questions:
        line = f"{item.said}: {item.text} ({item.code}) {item.later}"
        page.text(line.strip(), SMALL, after=2.5)
    if more := brief.more_questions or ("" if brief.questions else heads["no_questions"]):
        page.text(more, SMALL)
    if brief.unknown:
        page.heading(heads["unknown"])
    for line in brief.unknown:
        page.text(f"– {line}", SMALL, after=1.5)


def _sources(page, brief: Brief) -> None:
    heads = brief.heads
    page.heading(heads["sources"])
    for ref in brief.refs:
        line = f"{ref.number}. {ref.words} {ref.origin_label}. {ref.address}"
        page.text(line, SMALL, after=0.5)
    if not brief.refs:
        page.text(heads["no_sources"], SMALL)
