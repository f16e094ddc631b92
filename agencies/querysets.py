from __future__ import annotations

from collections.abc import Iterable

from django.db import models


class AgencyQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug: str):
        return self.get(slug=slug)

    def with_offices_below(self, slugs: Iterable[str]) -> set[int]:
        """Return the ids of the named agencies and of every office below them, in one query."""
        wanted = set(slugs)
        rows = list(self.order_by().values_list("id", "parent_id", "slug"))
        below = {agency_id for agency_id, _, slug in rows if slug in wanted}
        grew = True
        while grew:
            found = {
                agency_id
                for agency_id, parent_id, _ in rows
                if parent_id in below and agency_id not in below
            }
            below |= found
            grew = bool(found)
        return below
