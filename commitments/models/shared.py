"""What the models share: enumerations kept by the database, and natural keys."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy

FIRST_DAY = dt.date(1990, 1, 1)


def one_of(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """Return the constraint that keeps an enumeration in the database, not only in the forms."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}), name=f"%(class)s_{field}_is_known"
    )


class KeyManager(models.Manager):
    """Finds a row by its natural key, named once in the model as `key_fields`."""

    def get_by_natural_key(self, *key):
        return self.get(**dict(zip(self.model.key_fields, key, strict=True)))


class Basis(models.TextChoices):
    STATED = "stated", gettext_lazy("Stated")
    INFERRED = "inferred", gettext_lazy("Inferred")
