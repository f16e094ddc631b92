"""Reporting rounds: which agency answered what, in neutral words."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext

from commitments.dates import in_words
from commitments.models import AnswerState, Commitment, ReportingRound, RoundAnswer, RoundInvitation


@dataclass(frozen=True)
class Asked:
    """A commitment that an agency is asked about, and its answer; None before there is one."""

    commitment: Commitment
    answer: RoundAnswer | None
    closes_on: str  # the closing day in words, once it is over

    @property
    def is_answered(self) -> bool:
        return self.answer is not None and not self.is_draft

    @property
    def is_draft(self) -> bool:
        return self.answer is not None and self.answer.state == AnswerState.DRAFT

    @property
    def words(self) -> str:
        """How far the answer is, as the desk sees it: what is not submitted is no answer."""
        if self.is_answered:
            return str(AnswerState(self.answer.state).label)
        if self.closes_on:
            return gettext("No answer by {day}").format(day=self.closes_on)
        return gettext("No answer yet")


@dataclass(frozen=True)
class Invited:
    invitation: RoundInvitation
    asked: list[Asked]

    @cached_property
    def answered(self) -> int:
        return sum(row.is_answered for row in self.asked)

    @property
    def missing(self) -> int:
        return len(self.asked) - self.answered


def closed_after(item: ReportingRound) -> str:
    """Return the closing day in words once it is over, "" before."""
    return in_words(item.closes_on) if item.is_closed else ""


def asked_of(
    invitation: RoundInvitation, commitments: Iterable[Commitment], closed: str = ""
) -> list[Asked]:
    """Return what an agency is asked, with its answers. `closed` is the closing day, once it is over."""
    answers = {row.commitment_id: row for row in invitation.answers.all()}
    return [Asked(row, answers.get(row.pk), closed) for row in commitments]


def invitations_of(item: ReportingRound) -> list[Invited]:
    """Return the agencies of a round in their order, each with its commitments and answers."""
    rows = item.invitations.select_related("agency").prefetch_related("answers__source")
    closed = closed_after(item)
    return [Invited(row, asked_of(row, row.commitments().current(), closed)) for row in rows]
