"""Natural keys: what a row is known by in the record, in files and in addresses."""

import datetime as dt
from operator import attrgetter

from django.db import models


class NaturalKey:
    """Part of a model that is known by its `key_fields`, which are lookups such as ("plan__slug", "key")."""

    key_fields: tuple[str, ...] = ("slug",)

    def natural_key(self) -> tuple:
        values = (attrgetter(name.replace("__", "."))(self) for name in self.key_fields)
        return tuple(value.isoformat() if isinstance(value, dt.date) else value for value in values)


class KeyQuerySet(models.QuerySet):
    """Finds a row by its natural key."""

    def get_by_natural_key(self, *key):
        return self.get(**dict(zip(self.model.key_fields, key, strict=True)))
