"""Small pieces of HTML that stand on a page many times: statuses, days, bars and choices of a filter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cache
from html import escape

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from commitments import dates
from commitments.choices import Origin, Status


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


def origin(code: str) -> SafeString:
    return _origin(code, get_language())


@cache
def _origin(code: str, language: str) -> SafeString:
    return format_html('<span class="origin {}">{}</span>', code, Origin(code).label)


def when(day: dt.date | None, precision: str = "day", style: str = "short") -> str:
    """Return a day or moment as <time>; styles: short for tables, long for prose."""
    if day is None:
        return gettext("undated")
    if isinstance(day, dt.datetime):
        day = day.astimezone(dt.UTC).date()
    write = dates.in_words if style == "long" else dates.in_short
    return format_html(
        '<time datetime="{}">{}</time>', dates.machine(day, precision), write(day, precision)
    )


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
    state = " checked" if choice.is_chosen else "" if choice.count else " disabled"
    count = "" if choice.count is None else f'<span class="n">{number(choice.count)}</span>'
    return (
        f'<label class="pick{tint}"><input type="checkbox" id="pick-{name}-{value}" name="{name}" value="{value}"{state}>'
        f"{drawn}<bdi>{escape(choice.label)}</bdi>{count}</label>"
    )


def bar(segments: Iterable, height: int, address: Callable[[str], str]) -> SafeString:
    """Return a bar with its key; each of the `segments` leads to the `address` of its status."""
    drawn, cuts, key = [], [], []
    for segment in segments:
        code, label = segment.status.value, segment.status.label
        count = number(segment.count)
        if not segment.count:
            key.append(
                f'<li class="s-{code}"><span class="zero">{mark(code)}<span>0 {label.lower()}</span></span></li>'
            )
            continue
        href, x, width = escape(address(code)), f"{segment.x:.3f}%", f"{segment.width:.3f}%"
        text = (
            f'<text class="seg-n" x="{segment.middle:.3f}%" y="{height // 2 + 5}">{count}</text>'
            if segment.holds_its_number
            else ""
        )
        drawn.append(
            f'<a class="s-{code}" href="{href}" tabindex="-1"><title>{label}: {count}</title>'
            f'<rect class="seg" x="{x}" width="{width}" height="{height}" />'
            f'<rect class="base" x="{x}" width="{width}" y="{height - 3}" height="3" />{text}</a>'
        )
        if segment.x:
            cuts.append(f'<line class="cut" x1="{x}" x2="{x}" y2="{height}" />')
        key.append(
            f'<li class="s-{code}"><a href="{href}">{mark(code)}<span><b>{count}</b> {label.lower()}</span></a></li>'
        )
    return mark_safe(
        f'<svg class="bar" width="100%" height="{height}" aria-hidden="true" focusable="false">'
        f'{"".join(drawn)}{"".join(cuts)}</svg><ul class="key">{"".join(key)}</ul>'
    )


def mini_bar(stretches: Iterable[tuple[str, float, float]]) -> SafeString:
    """Return a small stacked bar of (status, place, width) in percent. The page must give its numbers too."""
    parts = "".join(
        f'<g class="s-{status}"><rect class="seg" x="{x:.3f}%" width="{width:.3f}%" height="8" />'
        f'<rect class="base" x="{x:.3f}%" width="{width:.3f}%" y="6" height="2" /></g>'
        for status, x, width in stretches
    )
    return mark_safe(
        '<svg class="mini" width="100%" height="8" aria-hidden="true" focusable="false">'
        f"{parts}</svg>"
    )
