from __future__ import annotations

from django.db import models


class AgencyQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug: str):
        return self.get(slug=slug)
