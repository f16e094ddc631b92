"""Writes to the sections of plans."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from commitments.audit.recorder import audited_transaction
from commitments.choices import Basis
from commitments.models import Commitment, Pillar, Plan, Section, SectionPillar
from commitments.services.upsert import (
    Saved,
    assign_to,
    existing_row,
    index_words,
    merged,
    related,
    require_no_circle,
    write_row,
)


def save_section(
    *,
    plan: str,
    key: str,
    title: str,
    position: int,
    actor: str,
    parent: str | None = None,
    level: str = "",
    number: str = "",
    original_title: str = "",
    summary: str = "",
    pillars: Sequence[str] = (),
    pillar_basis: str = Basis.STATED.value,
    seen_version: int | None = None,
) -> Saved:
    """Make or change the section `key` of a plan, below the section `parent` (a key within the plan) where one is given.

    `plan` and `pillars` are slugs. Raises ValidationError by field, also for a circle of parents and where a
    commitment of the section stands under a pillar that the section states to be another.
    """
    if len(set(pillars)) < len(pillars):
        raise ValidationError({"pillars": gettext("Give each pillar once.")})
    with audited_transaction(actor) as record:
        of_plan = related(Plan, plan, field="plan")
        above = related(Section, parent and (plan, parent), field="parent")
        item, before = existing_row(Section, {"plan": of_plan, "key": key})
        assign_to(
            item,
            parent=above,
            level=level,
            number=number,
            title=title,
            original_title=original_title,
            summary=summary,
            position=position,
            pillar_basis=pillar_basis,
        )
        under = sorted(
            (related(Pillar, slug, field="pillars") for slug in pillars),
            key=lambda pillar: pillar.position,
        )
        saved = merged(item, before, seen_version, pillars=[row.slug for row in under])
        write_row(record, saved)
        require_no_circle(item, above, gettext("A section cannot stand below itself."))
        if "pillars" in saved.changed:
            record.wrote(SectionPillar, item.pk)
            item.pillar_rows.all().delete()
            rows = [row for row in under if row.slug in saved.after["pillars"]]
            SectionPillar.objects.bulk_create(
                SectionPillar(section=item, pillar=pillar) for pillar in rows
            )
        if saved.outcome == "changed":
            for commitment in item.commitments.all():
                require_own_pillar(commitment)
                index_words(commitment, record)
    return saved


def require_own_pillar(commitment: Commitment) -> None:
    """Raise ValidationError where a commitment stands under a pillar that its section states not to be its own."""
    section = commitment.section
    if section is None or section.pillar_basis != Basis.STATED or commitment.pillar_id is None:
        return
    pillars = {row.pillar_id for row in section.pillar_rows.all()}
    if pillars and commitment.pillar_id not in pillars:
        message = gettext("{code} stands under another pillar than this section.")
        raise ValidationError({"section": message.format(code=commitment.code)})
