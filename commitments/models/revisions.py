"""Revisions: every row of the public record as it stood, with the moments from and until which it did.

`REVISIONS` maps each model to the model of its revisions, which repeats its columns without constraints: rows that
they name may have other values by now, or be gone. A column added to a model is added to its revisions by the same
`makemigrations`.
"""

import datetime as dt

from django.db import models

from agencies.models import Agency, Jurisdiction
from commitments.models.commitments import (
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentLink,
    CommitmentTheme,
)
from commitments.models.developments import Development, DevelopmentCommitment, ReportedStatus
from commitments.models.plans import Pillar, Plan, Section, SectionPillar, Theme
from commitments.models.search import SearchDocument
from commitments.models.site import Site
from commitments.models.sources import Source

# The end of what still stands: a value, so that one index range finds what stood at a moment.
FOREVER = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
_SPAN = ("recorded_until", "recorded_from")
# What a revision leaves out of a column's definition: it repeats values and judges none.
_CONSTRAINTS = ("unique", "primary_key", "db_index", "choices", "help_text", "validators")


class Revision(models.Model):
    """One row as it stood from `recorded_from` until just before `recorded_until`, both moments of the record."""

    revision = models.BigAutoField(primary_key=True)
    recorded_from = models.DateTimeField()
    recorded_until = models.DateTimeField(default=FOREVER)

    class Meta:
        abstract = True


def _attribute(field: models.Field) -> str:
    """Return the name of a column in a revision. Django keeps the name `id` for primary keys."""
    return "row" if field.attname == "id" else field.attname


def _copied(field: models.Field) -> models.Field:
    if field.is_relation or field.primary_key:
        return models.BigIntegerField(null=field.null, db_column=field.column)
    _, _, args, kwargs = field.deconstruct()
    kwargs = {name: value for name, value in kwargs.items() if name not in _CONSTRAINTS}
    if isinstance(field, models.SlugField):
        kwargs["db_index"] = False
    return type(field)(*args, **kwargs)


def _revisions_of(model: type[models.Model], **lookups: tuple[str, ...]) -> type[Revision]:
    """Return the model of a model's revisions, found by its key and by the columns of each of `lookups`."""
    short, key = model._meta.model_name, _attribute(model._meta.pk)
    meta = {
        "constraints": [
            models.UniqueConstraint(fields=[key, "recorded_until"], name=f"{short}revision_key")
        ],
        "indexes": [
            models.Index(fields=[*dict.fromkeys((*columns, *_SPAN))], name=f"{short}_{name}_then")
            for name, columns in lookups.items()
        ],
    }
    members = {_attribute(field): _copied(field) for field in model._meta.concrete_fields}
    members |= {"__module__": __name__, "__doc__": f"A {short} as it stood."}
    bases = (Revision,)
    return type(f"{model.__name__}Revision", bases, {**members, "Meta": type("Meta", (), meta)})


# By which columns, beside its key, the revisions of each model are looked for.
_LOOKUPS: dict[type[models.Model], dict[str, tuple[str, ...]]] = {
    Jurisdiction: {},
    Agency: {},
    Site: {},
    Pillar: {},
    Theme: {},
    Plan: {},
    Section: {},
    SectionPillar: {"pillars": ("section_id", "pillar_id"), "of": ("pillar_id", "section_id")},
    Source: {"slug": ("slug",)},
    Commitment: {
        "code": ("code",),
        # How many there were is read from the span alone, past what had ended by then.
        "standing": (*_SPAN, "is_published", "row"),
        # All that is counted beside the filters and by stats, as in the index of today's rows.
        "counts": (
            *("pillar_id", "status", "verification", "kind", "plan_id", "section_id"),
            *("due_on", "last_reviewed_on", "is_published", "row"),
        ),
    },
    CommitmentAgency: {
        "owing": ("commitment_id", "role", "position"),
        "agency": ("agency_id", "role", "commitment_id"),
    },
    CommitmentTheme: {
        "themes": ("commitment_id", "position"),
        "theme": ("theme_id", "commitment_id"),
    },
    Citation: {
        "citing": ("commitment_id", "source_id"),
        "source": ("source_id", "commitment_id"),
    },
    CommitmentLink: {"earlier": ("earlier_id",), "later": ("later_id",)},
    Development: {},
    DevelopmentCommitment: {
        "on": ("commitment_id", "development_id"),
        "of": ("development_id", "position"),
    },
    ReportedStatus: {"commitment": ("commitment_id",), "source": ("source_id",)},
    SearchDocument: {},
}
REVISIONS: dict[type[models.Model], type[Revision]] = {
    model: _revisions_of(model, **lookups) for model, lookups in _LOOKUPS.items()
}
