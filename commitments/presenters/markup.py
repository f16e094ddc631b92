"""Small pieces of HTML that stand on a page many times: statuses, days, bars and choices of a filter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from html import escape

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from commitments import dates
from commitments.choices import Origin, Status, Verification, counted


@cache
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="#{}" /></svg>', name
    )


@cache
def mark(code: str) -> SafeString:
    """Return the mark of a status without its word, which must follow it."""
    return icon(f"st-{code}")


def status(code: str, variant: str = "") -> SafeString:
    """Return a status: its mark, then its word. Variants: bare (no tint), big."""
    return _status(code, variant, get_language())


@cache
def _status(code: str, variant: str, language: str) -> SafeString:
    classes = f"status s-{code} {variant}".strip()
    return format_html(
        '<span class="{}">{}{}</span>', classes, icon(f"st-{code}"), Status(code).label
    )


def proof(code: str) -> SafeString:
    """Return who confirms a status, behind the mark of it: two rules an independent source, one the agency alone."""
    return _proof(code, get_language())


@cache
def _proof(code: str, language: str) -> SafeString:
    drawn = "" if code == Verification.UNVERIFIED else icon(f"pf-{code}")
    return format_html('<span class="by">{}<span>{}</span></span>', drawn, Verification(code).label)


def aging(newest: dt.date, today: dt.date) -> SafeString:
    """Return the mark of an open commitment whose newest document is too old, and how many months old that is."""
    return _aging(12 * (today.year - newest.year) + today.month - newest.month, get_language())


@lru_cache(maxsize=1000)
def _aging(months: int, language: str) -> SafeString:
    text = ngettext("%(n)s month old", "%(n)s months old", months) % {"n": months}
    return format_html('<span class="by aged">{}<span>{}</span></span>', icon("ag-old"), text)


def done() -> SafeString:
    """Return the mark of a commitment that was done when it was announced."""
    return _done(get_language())


@cache
def _done(language: str) -> SafeString:
    text = gettext("Done when announced")
    return format_html('<span class="by aged">{}<span>{}</span></span>', icon("tm-before"), text)


def origin(of, plan=None) -> SafeString:
    """Return the mark of an origin, or of that of a source: seen from a plan, or else from its own side."""
    return _origin(of if isinstance(of, str) else _code_of(of, plan), get_language())


def origin_label(source, plan=None) -> str:
    """Return the same in words."""
    return str(Origin(_code_of(source, plan)).label)


def _code_of(source, plan) -> str:
    return source.origin_for(plan) if plan else source.origin


@cache
def _origin(code: str, language: str) -> SafeString:
    return format_html('<span class="origin {}">{}</span>', code, Origin(code).label)


def when(day: dt.date | None, precision: str = "day", style: str = "short") -> str:
    """Return a day or moment as <time>; styles: short for tables, long for prose, since for prose after “since”."""
    if isinstance(day, dt.datetime):
        day = day.astimezone(dt.UTC).date()
    return gettext("undated") if day is None else _when(day, precision, style, get_language())


# The days of a page are few and come again and again.
@lru_cache(maxsize=2000)
def _when(day: dt.date, precision: str, style: str, language: str) -> SafeString:
    write = {"long": dates.in_words, "since": dates.since_in_words}.get(style, dates.in_short)
    return format_html(
        '<time datetime="{}">{}</time>', dates.machine(day, precision), write(day, precision)
    )


def written_later(moment: dt.datetime, as_of: dt.date | None) -> str:
    """Return a flag with the day on which a text was written, where that lies after the past day that is viewed."""
    words = dates.written_later(moment, as_of, when)
    return words and format_html('<span class="flag">{}</span>', mark_safe(words))


def marked(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """Return a text with what a search matched in it."""
    return mark_safe(
        "".join(f"<mark>{escape(text)}</mark>" if hit else escape(text) for text, hit in pieces)
    )


def number(count: int) -> str:
    """Return a count with the separators of the reader's language."""
    return str(count) if count < 1000 else intcomma(count)


def picks(choices: Iterable[tuple[str, object]]) -> SafeString:
    """Return the checkboxes of (parameter, choice) of a filter."""
    return mark_safe("\n".join(_pick(name, choice) for name, choice in choices))


def _pick(name: str, choice) -> str:
    value = escape(choice.value)
    tint, drawn = (f" s-{value}", mark(choice.value)) if name == "status" else ("", "")
    state = " checked" if choice.is_chosen else " disabled" if choice.count == 0 else ""
    count = "" if choice.count is None else f'<span class="n">{number(choice.count)}</span>'
    return (
        f'<label class="pick{tint}"><input type="checkbox" id="pick-{name}-{value}" name="{name}" value="{value}"{state}>'
        f"{drawn}<bdi>{escape(choice.label)}</bdi>{count}</label>"
    )


def table_row(row, wording: str, confirmed: str, evidence: str, owing: str, due: str) -> str:
    """Return a commitment as a line of a table; after its wording come the labels of the cells, as a phone shows them."""
    plan = f" · {conditional_escape(row.plan)}" if row.plan else ""
    sources = f"<small>{escape(row.sources)}</small>" if row.sources else ""
    flag = f'<small><span class="flag">{escape(row.flag)}</span></small>' if row.flag else ""
    return (
        f'<tr><th scope="row" class="c-title"><a class="promise" {wording} href="{escape(row.href)}">'
        f"{conditional_escape(row.title)}</a>"
        f'<small><span class="code">{conditional_escape(row.code)}</span> · {escape(row.kind)}{plan}</small>{row.snippet}</th>'
        f'<td class="c-status">{row.status}<small>{row.since}</small>{row.done}</td>'
        f'<td data-label="{confirmed}">{row.confirmed}{sources}</td>'
        f'<td data-label="{evidence}">{conditional_escape(row.evidence)}{row.aging}</td>'
        f'<td data-label="{owing}">{conditional_escape(row.owing)}</td>'
        f'<td data-label="{due}">{escape(row.due)}{flag}</td></tr>'
    )


# Above a bar there is room for numbers, below its segments for two rules, in pixels.
_ABOVE, _BELOW = 16, 10


def bar(drawn, height: int, address: Callable[..., str], proofs: bool = False) -> SafeString:
    """Return a bar with its key; what it shows leads to the `address` of its filters.

    Below a segment, two rules are an independent source and one the agency's own account; a grain is old evidence.
    With `proofs` a second key says so, with the counts.
    """
    key = "".join(_key_of(item, address) for item in drawn.segments)
    return mark_safe(
        f'{bar_alone(drawn, height, address)}<ul class="key">{key}</ul>'
        f"{_key_of_proofs(drawn, address) if proofs else ''}"
    )


def bar_alone(drawn, height: int, address: Callable[..., str] | None = None) -> SafeString:
    """Return a bar without its key, of which the page must give the numbers."""
    top = 0 if all(item.holds_its_number for item in drawn.segments) else _ABOVE
    pieces = (
        _segment(item, top, height, address and address(status=item.status))
        for item in drawn.segments
    )
    return mark_safe(
        f'<svg class="bar" width="100%" height="{top + height + _BELOW}" aria-hidden="true" focusable="false">'
        f"{''.join(pieces)}</svg>"
    )


def _segment(item, top: int, height: int, href: str | None) -> str:
    x, width, count = f"{item.x:.3f}%", f"{item.width:.3f}%", number(item.count)
    inside = (
        f'class="seg-n" y="{top + height // 2 + 5}"'
        if item.holds_its_number
        else 'class="seg-up" y="11"'
    )
    cut = (
        f'<line class="cut" x1="{x}" x2="{x}" y1="{top}" y2="{top + height + _BELOW}" />'
        if item.x
        else ""
    )
    tag = f'a href="{escape(href)}" tabindex="-1"' if href else "g"
    return (
        f'<{tag} class="s-{item.status}"><title>{item.status.label}: {count}</title>'
        f'<rect class="seg" x="{x}" width="{width}" y="{top}" height="{height}" />'
        f"{''.join(_part(part, top, height) for part in item.parts)}"
        f'<text {inside} x="{item.number_at:.3f}%">{count}</text>{cut}</{tag[0]}>'
    )


def _part(part, top: int, height: int) -> str:
    x, width = f"{part.x:.3f}%", f"{part.width:.3f}%"
    grain = f'<rect class="grain" x="{x}" width="{width}" y="{top}" height="{height}" />'
    rules = (
        f'<rect class="rule" x="{x}" width="{width}" y="{top + height + 2 + 4 * place}" height="2" />'
        for place in part.rules
    )
    return f"{grain if part.is_aging else ''}{''.join(rules)}"


def _key_of(item, address: Callable[..., str]) -> str:
    found = (
        f'<li class="s-{item.status}"><a href="{escape(address(status=item.status))}">{mark(item.status)}'
        f"<span><b>{number(item.count)}</b> {counted(item.status, item.count)}</span></a></li>"
    )
    if done := item.done_when_announced:
        said = ngettext(
            "%(n)s of them done when announced", "%(n)s of them done when announced", done
        )
        href = escape(address(status=item.status, done_when_announced="true"))
        found += f'<li><a href="{href}">{said % {"n": number(done)}}</a></li>'
    return found


def _key_of_proofs(drawn, address: Callable[..., str]) -> str:
    """Return the key of what is below and on the segments, with counts."""
    rows = [
        (
            f"pf-{Verification.INDEPENDENT}",
            gettext("independently confirmed"),
            "verification",
            Verification.INDEPENDENT,
        ),
        (
            f"pf-{Verification.AGENCY}",
            gettext("agency’s own account only"),
            "verification",
            Verification.AGENCY,
        ),
        ("", gettext("unconfirmed"), "verification", Verification.UNVERIFIED),
        ("ag-old", gettext("open, with no evidence newer than 24 months"), "is_aging", True),
    ]
    found = ""
    for name, words, column, value in rows:
        if count := drawn.of(**{column: value}):
            href = escape(address(**{column: "true" if value is True else value}))
            found += f'<li><a href="{href}">{icon(name) if name else ""}<span><b>{number(count)}</b> {words}</span></a></li>'
    return f'<ul class="key proofs">{found}</ul>'


def mini_bar(stretches: Iterable[tuple[str, float, float]]) -> SafeString:
    """Return a small stacked bar of (status, place, width) in percent. The page must give its numbers too."""
    parts = "".join(
        f'<g class="s-{status}"><rect class="seg" x="{x:.3f}%" width="{width:.3f}%" height="8" />'
        "</g>"
        for status, x, width in stretches
    )
    return mark_safe(
        '<svg class="mini" width="100%" height="8" aria-hidden="true" focusable="false">'
        f"{parts}</svg>"
    )
