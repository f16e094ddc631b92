"""Coverage of a plan in words: how many of its actions are recorded, and what was read of it."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from commitments.choices import Coverage
from commitments.presenters.markup import number
from planwatch.web.text import isolated

# More plans than this are not named one by one.
NAMED = 3


class Words(NamedTuple):
    """What is said of a plan's coverage. `read` is in the language of the record, the rest in that of the answer."""

    counted: str
    read: str
    caveat: str


def coverage_of(plan) -> Words:
    """Say how much of a plan is recorded: of one with `recorded`, how many actions, too."""
    if plan.coverage == Coverage.COMPLETE:
        return Words(gettext("The plan was read whole."), plan.coverage_note, "")
    if plan.coverage != Coverage.PARTIAL:
        return Words("", plan.coverage_note, "")
    recorded, actions = getattr(plan, "recorded", None), plan.actions
    if recorded is None and actions is None:
        counted = gettext("The plan was read in part.")
    elif recorded is None:
        counted = ngettext(
            "The plan has %(actions)s action, and was read in part.",
            "The plan has %(actions)s actions, and was read in part.",
            actions,
        )
    elif actions is None:
        counted = gettext(
            "%(what)s: %(recorded)s. No source read says how many actions the plan has."
        )
    else:
        counted = ngettext(
            "%(what)s: %(recorded)s. The plan has %(actions)s action.",
            "%(what)s: %(recorded)s. The plan has %(actions)s actions.",
            actions,
        )
    # What was announced with a plan are its actions only where a person counted them.
    what = (
        gettext("Recorded commitments announced with the plan")
        if getattr(plan, "actions_recorded", None) is None
        else gettext("Actions of the plan that are recorded")
    )
    counted %= {"what": what, "recorded": number(recorded or 0), "actions": number(actions or 0)}
    return Words(counted, plan.coverage_note, caveat())


def caveat() -> str:
    return gettext("What is not recorded here may still be promised.")


def many_in_part(plans: Sequence) -> str:
    return gettext("%(n)s of the plans counted here were read in part.") % {"n": number(len(plans))}


def in_one_sentence(plans: Sequence, most: int = NAMED) -> str:
    """Say of plans that were read in part how many actions each has, for a chart, a brief or a table; "" without any.

    More than `most` are counted instead.
    """
    if not plans:
        return ""
    if len(plans) > most:
        text = many_in_part(plans)
    else:
        text = " ".join(f"{isolated(plan.title)}: {coverage_of(plan).counted}" for plan in plans)
    return f"{text} {caveat()}"
