"""The agencies and the themes of a commitment: what may be assigned, and the rows that say so."""

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from agencies.models import Agency
from commitments.audit.recorder import Recorder
from commitments.models import MOST_THEMES, Commitment, CommitmentAgency, CommitmentTheme, Theme
from commitments.services.upsert import related


class Assignments:
    """Slugs of agencies and codes of themes, each in order; without `themes` those of the commitment stay.

    Raises ValidationError for what does not exist, an agency in two roles, and themes that are too many or named twice.
    """

    def __init__(self, leads: Sequence[str], partners: Sequence[str], themes: Sequence[str] | None):
        if both := set(leads) & set(partners):
            message = gettext("{names} cannot be lead and partner.")
            names = ", ".join(sorted(both))
            raise ValidationError({"partner_agencies": message.format(names=names)})
        self.recorded: dict[str, Any] = {
            "lead_agencies": list(leads),
            "partner_agencies": list(partners),
        }
        self._roles = [
            (role, position, related(Agency, slug, field=f"{role}_agencies"))
            for role, slugs in (("lead", leads), ("partner", partners))
            for position, slug in enumerate(dict.fromkeys(slugs), start=1)
        ]
        self._themes = None
        if themes is not None:
            self.recorded["themes"] = list(themes)
            self._themes = _themes_of(themes)

    def write(self, record: Recorder, item: Commitment, kept: Collection[str]) -> None:
        """Write the rows that differ, but for those of the fields `kept` as they are stored."""
        if "lead_agencies" not in kept:
            self._write_roles(record, item)
        if self._themes is not None and "themes" not in kept:
            self._write_themes(record, item, self._themes)

    def _write_roles(self, record: Recorder, item: Commitment) -> None:
        present = item.roles.order_by("role", "position").values_list("role", "position", "agency")
        wanted = sorted((role, position, agency.pk) for role, position, agency in self._roles)
        if list(present) != wanted:
            item.roles.all().delete()
            record.wrote(CommitmentAgency, item.pk)
            CommitmentAgency.objects.bulk_create(
                CommitmentAgency(commitment=item, agency=agency, role=role, position=position)
                for role, position, agency in self._roles
            )

    @staticmethod
    def _write_themes(record: Recorder, item: Commitment, themes: list[Theme]) -> None:
        present = item.theme_rows.values_list("theme", flat=True)
        if list(present) != [theme.pk for theme in themes]:
            item.theme_rows.all().delete()
            record.wrote(CommitmentTheme, item.pk)
            CommitmentTheme.objects.bulk_create(
                CommitmentTheme(commitment=item, theme=theme, position=position)
                for position, theme in enumerate(themes, start=1)
            )


def _themes_of(codes: Sequence[str]) -> list[Theme]:
    if len(codes) > MOST_THEMES:
        message = gettext("Give {most} themes at most, the main one first.")
        raise ValidationError({"themes": message.format(most=MOST_THEMES)})
    if len(set(codes)) < len(codes):
        raise ValidationError({"themes": gettext("Give each theme once.")})
    return [related(Theme, code, field="themes") for code in codes]
