"""Link state of a source in words."""

import datetime as dt
from dataclasses import dataclass

from commitments.choices import DEAD, LinkState


@dataclass(frozen=True)
class ShownLink:
    """What was found when the address of a source was asked: since when it is so, and when that was last looked at."""

    state: LinkState
    found_on: dt.date | None
    checked_on: dt.date | None
    final_url: str
    http_status: int | None
    content_changed: bool

    @property
    def is_dead(self) -> bool:
        return self.state in DEAD


UNCHECKED = ShownLink(LinkState.UNCHECKED, None, None, "", None, False)


def shown_link(source, today: dt.date) -> ShownLink:
    """Return the link of a source as it is told on a day.

    A check that finds all as it was moves no version of the data set, so that its day is told from the next day on:
    what an address shows depends on the version and the day alone, as its ETag says.
    """
    if source.link_state == LinkState.UNCHECKED:
        return UNCHECKED
    found_on, checked_on = _day(source.link_found_at), _day(source.link_checked_at)
    if checked_on >= today:
        checked_on = max(found_on, source.link_checked_before or found_on)
    return ShownLink(
        LinkState(source.link_state),
        found_on,
        checked_on,
        source.link_final_url,
        source.link_http_status,
        source.link_content_changed,
    )


@dataclass(frozen=True)
class LinkCounts:
    """How many links were found how: `found` are (label, count) of the states that occur; `checked` is their sum."""

    found: list[tuple[str, int]]
    checked: int


def link_counts(counts: dict[str, int]) -> LinkCounts:
    """Return the counts of `count_by_link_state` for reading, in the order of the states, unchecked ones last."""
    states = [state for state in LinkState if state != LinkState.UNCHECKED]
    found = [(state.label, counts[state]) for state in states if counts[state]]
    if counts[LinkState.UNCHECKED]:
        found.append((LinkState.UNCHECKED.label, counts[LinkState.UNCHECKED]))
    return LinkCounts(found, sum(counts[state] for state in states))


def reading_address(source) -> str:
    """Return where a reader finds the document: the archived copy once the original is gone; "" where nowhere."""
    if source.link_state == LinkState.GONE and source.archived_url:
        return source.archived_url
    return source.url or source.archived_url


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(dt.UTC).date()
