"""Scope of an import: rows that reach into another plan, jurisdiction or the site's pillars and themes.

Such a row is written only on the word of a person who saw its old and new values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from agencies.models import Agency, Jurisdiction
from commitments.models import Citation, Commitment, Development, Pillar, Plan, Site, Source, Theme

# The site's own data.
_OF_SITE = {
    "site": gettext_lazy("the name, topic and publisher of this site"),
    "pillar": gettext_lazy("the pillars of this site"),
    "theme": gettext_lazy("the themes of this site"),
}
# Rows that belong to the commitment that they name.
_OF_COMMITMENT = ("citation", "statuschange", "review", "reportedstatus")


class Scope:
    """What an import brings, and what was in the record before it.

    Its plans are those of its own plan rows; of a file without such rows, those that its rows name, directly or by a
    commitment. Made before anything is written.
    """

    def __init__(self, rows: Iterable):
        rows = list(rows)
        own = {one(row.fields.get("slug")): row.fields for row in rows if row.kind == "plan"}
        codes = {code for row in rows for code in _codes_of(row)}
        stored = dict(Commitment.objects.filter(code__in=codes).values_list("code", "plan__slug"))
        named = {one(row.fields["plan"]) for row in rows if row.fields.get("plan")}
        self.plans = set(own) if own else named | {stored[code] for code in codes if code in stored}
        self.jurisdictions = {fields.get("jurisdiction") for fields in own.values()}
        self._new_plans = set(own) - set(Plan.objects.values_list("slug", flat=True))
        self._codes_before = set(stored)
        self._had_site = Site.objects.exists()
        self._had = {
            "site": self._had_site,
            "pillar": self._had_site or Pillar.objects.exists(),
            "theme": self._had_site or Theme.objects.exists(),
        }
        self._cited = {one(row.fields.get("commitment")) for row in rows if row.kind == "citation"}
        kinds = {row.kind for row in rows}
        self._is_of_site = "site" in kinds or kinds <= set(_OF_SITE)

    def is_new(self, commitment: str) -> bool:
        """Return whether a commitment came with this import, in a plan that is new to the record."""
        if commitment in self._codes_before:
            return False
        return Commitment.objects.filter(code=commitment, plan__slug__in=self._new_plans).exists()

    def is_cited(self, commitment: str) -> bool:
        """Return whether a document announces or restates a commitment, one on record or one of this import."""
        cited = Citation.objects.filter(commitment__code=commitment)
        return commitment in self._cited or cited.exists()

    def may_change_site(self, row) -> bool:
        """Return whether a row is none of the site's own data, or comes with these rather than with a plan."""
        return row.kind not in _OF_SITE or self._is_of_site

    def beyond(self, row) -> str:
        """Return in words what a row, not written yet, would reach beyond the import; "" where it does not."""
        fields = row.fields
        if row.kind in _OF_SITE:
            return str(_OF_SITE[row.kind]) if self._had[row.kind] else ""
        if row.kind == "jurisdiction":
            return self._beyond_jurisdiction(one(fields.get("code")))
        if row.kind == "agency":
            return self._beyond_agency(fields)
        if row.kind == "source":
            return self._beyond_source(fields)
        if row.kind == "plan":
            stored = Plan.objects.filter(slug=one(fields.get("slug"))).first()
            given = fields.get("jurisdiction", stored and stored.jurisdiction)
            return (
                _of_jurisdiction(stored.jurisdiction)
                if stored and stored.jurisdiction != given
                else ""
            )
        if row.kind == "section":
            return self._other_plan([one(fields.get("plan"))])
        # What the import itself has made is of its own plans.
        codes = self._codes_before.intersection(_codes_of(row))
        plans = Commitment.objects.filter(code__in=codes).values_list("plan__slug", flat=True)
        if row.kind == "development":
            return self._other_plan([*plans, *_plans_of_development(fields)])
        if row.kind == "commitmentlink":
            # A link is of the plan of either end.
            is_own = not self._codes_before.issuperset(_codes_of(row))
            return "" if is_own or self.plans.intersection(plans) else self._other_plan(plans)
        if row.kind == "commitment" and fields.get("plan"):
            moved = [plan for plan in plans if plan != one(fields["plan"])]
            return _of_plan(moved[0]) if moved else self._other_plan(plans)
        return self._other_plan(plans)

    def _other_plan(self, plans: Iterable[str]) -> str:
        for plan in plans:
            if plan not in self.plans:
                return _of_plan(plan)
        return ""

    def _beyond_jurisdiction(self, code: str) -> str:
        if code not in self.jurisdictions and Jurisdiction.objects.filter(code=code).exists():
            return _of_jurisdiction(code)
        plans = Plan.objects.filter(jurisdiction=code).order_by("slug")
        return self._other_plan(plans.values_list("slug", flat=True))

    def _beyond_agency(self, fields: dict[str, Any]) -> str:
        stored = Agency.objects.filter(slug=one(fields.get("slug"))).first()
        if stored is None:
            return ""
        own = {fields.get("jurisdiction", stored.jurisdiction)}
        if stored.jurisdiction not in own or (
            self.jurisdictions and stored.jurisdiction not in self.jurisdictions
        ):
            return _of_jurisdiction(stored.jurisdiction)
        used = Commitment.objects.filter(roles__agency=stored).order_by("plan__slug")
        return self._other_plan(used.values_list("plan__slug", flat=True).distinct())

    def _beyond_source(self, fields: dict[str, Any]) -> str:
        source = Source.objects.filter(slug=one(fields.get("slug"))).first()
        if source is None:
            return ""
        plans = set(Plan.objects.filter(document=source).values_list("slug", flat=True))
        for uses, plan in (
            (source.citations, "commitment__plan__slug"),
            (source.reviews, "commitment__plan__slug"),
            (source.reported_statuses, "commitment__plan__slug"),
            (source.developments, "commitments__plan__slug"),
            (source.developments, "plan__slug"),
            (source.evidence, "status_change__commitment__plan__slug"),
        ):
            plans.update(uses.order_by().values_list(plan, flat=True).distinct())
        return self._other_plan(sorted(filter(None, plans)))


def one(value: Any) -> Any:
    """Return the part of a natural key that has one part; any other value as it is."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _of_plan(slug: str) -> str:
    return gettext("the plan {plan}").format(plan=slug)


def _of_jurisdiction(code: str) -> str:
    return gettext("the jurisdiction {code}").format(code=code)


def _codes_of(row) -> list[str]:
    """Return the codes of the commitments that a row is or speaks of."""
    names = {"commitment": ("code",), "commitmentlink": ("earlier", "later")}
    names |= dict.fromkeys(_OF_COMMITMENT, ("commitment",)) | {"development": ("commitments",)}
    found = (row.fields.get(name) for name in names.get(row.kind, ()))
    several = (value if isinstance(value, list | tuple) else [value] for value in found)
    return [code for value in several for code in value if isinstance(code, str)]


def _plans_of_development(fields: dict[str, Any]) -> list[str]:
    """Return the plans on which a development is to bear as a whole, and those that any of that place bears on so far."""
    stored = Development.objects.filter(
        source__slug=one(fields.get("source")), locator=fields.get("locator", "")
    )
    plans = stored.order_by().values_list("plan__slug", "commitments__plan__slug")
    named = {one(fields.get("plan")), *(slug for row in plans for slug in row)}
    return sorted(filter(None, named))
