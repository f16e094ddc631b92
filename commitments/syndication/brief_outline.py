"""What a brief says, in its order. Each format is a page that writes and draws it."""

import textwrap
from functools import partial

from commitments.presenters.brief import Brief
from commitments.presenters.brief_facts import Figure
from planwatch.db.site_data import current_site
from planwatch.web.theme_colors import colour

INK, MUTED = "#15191c", "#50585d"
# Points: nothing is printed smaller.
SMALL = 9
MARGIN = 30.0
# Tried in this order until all is on one page: so many changes and characters a text in the left column, each with so
# many things past due and questions in the right one.
_LEFT = ((5, 240), (5, 160), (5, 120), (5, 100), (5, 80), (5, 60), (5, 40), (4, 40), (3, 40))
_RIGHT = ((3, 4), (3, 3), (2, 3), (2, 2), (1, 2), (1, 1))
MOST = [(changes, *right, longest) for changes, longest in _LEFT for right in _RIGHT]
# Of US Letter in height and of A4 in width, in points; and how wide a character is to its size, at most on average.
HEIGHT, WIDTH, CHARACTER = 792.0, 595.0, 0.49


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


def fitted(brief: Brief) -> Brief:
    """Return a brief with so much of each list as one page holds: every format says the same."""
    for most in MOST:
        page, shorter = _Measure(), brief.shortened(*most)
        write_on(page, shorter)
        if page.y <= HEIGHT - MARGIN - 14:
            break
    return shorter


class _Measure:
    """A page that only measures how far down its text goes, by the length of the words."""

    def __init__(self):
        self.y, self.width = MARGIN, WIDTH - 2 * MARGIN

    def text(self, text, size, after=0.0, **font):
        lines = textwrap.wrap(text, int(self.width / (size * CHARACTER)))
        self.y += len(lines) * size * 1.15 + after

    def rule(self, after=3.0):
        self.y += after

    def head(self, left, right):
        self.y += SMALL * 1.15 + 10

    def title(self, text):
        self.text(text, 15, after=2)

    def heading(self, text):
        self.y += 8
        self.text(text, 10.5, after=2)

    def bar(self, segments):
        self.y += 45

    def columns(self, *parts, gap=16.0):
        top, ends, width = self.y, [], self.width
        self.width = (width - gap * (len(parts) - 1)) / len(parts)
        for part in parts:
            self.y = top
            part()
            ends.append(self.y)
        self.y, self.width = max(ends), width


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
