"""Links of a plan to other plans, in words, in either direction."""

from collections.abc import Iterable

from django.utils.translation import pgettext_lazy

from commitments.models import Plan

# {field: (what the plan that it names is to one, what the plan that names one is)}
_WORDS = {
    "predecessor": (pgettext_lazy("plan", "Follows"), pgettext_lazy("plan", "Followed by")),
    "sister": (pgettext_lazy("plan", "Sister plan"), pgettext_lazy("plan", "Sister plan")),
    "part_of": (pgettext_lazy("plan", "Part of"), pgettext_lazy("plan", "Includes")),
    "promised_by": (pgettext_lazy("plan", "Promised by"), pgettext_lazy("plan", "Promises")),
}


def plan_links(plan: Plan, around: Iterable[Plan]) -> list[tuple[str, list[Plan]]]:
    """Return the plans around one, by what each is to it."""
    others = sorted({row for row in around if row != plan}, key=lambda row: row.published_on)
    links: dict[str, list[Plan]] = {}
    for name, words in _WORDS.items():
        pairs = ((getattr(plan, f"{name}_id"), "pk"), (plan.pk, f"{name}_id"))
        for word, (key, attribute) in zip(words, pairs, strict=True):
            found = [row for row in others if getattr(row, attribute) == key]
            if found:
                links.setdefault(str(word), []).extend(found)
    return list(links.items())
