"""Constraints of the models: choices and days that the database checks."""

import datetime as dt

from django.db import models

FIRST_DAY = dt.date(1990, 1, 1)


# No document, plan or due date is from before or from after.
EARLIEST_DAY, LATEST_DAY = dt.date(1800, 1, 1), dt.date(2199, 12, 31)


def one_of(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """Return the constraint that keeps an enumeration in the database, not only in the forms."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}), name=f"%(class)s_{field}_is_known"
    )


def since_1800(field: str) -> models.CheckConstraint:
    """Return the constraint that keeps years that nobody meant, such as 1 or 202, out of a column of days."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__gte": EARLIEST_DAY}) | models.Q(**{field: None}),
        name=f"%(class)s_{field}_since_1800",
    )
