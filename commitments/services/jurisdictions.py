"""Writes to jurisdictions, and the rows of those that plans and agencies name."""

from contextlib import suppress

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from agencies.models import Agency, Jurisdiction
from commitments.audit.recorder import Recorder, audited_transaction
from commitments.models import Plan
from commitments.services.upsert import Saved, related, require_no_circle, save_row
from commitments.services.validation import require_none, require_texts
from planwatch.time_zones import time_zones, zone_of
from planwatch.validators.standards import (
    jurisdiction_facts,
    jurisdiction_problem,
    language_problem,
    nearest_jurisdiction,
)
from planwatch.web.text import tidy

UPGRADE = "upgrade"


def save_jurisdiction(
    *,
    code: str,
    name: str,
    level: str,
    time_zone: str,
    actor: str,
    parent: str | None = None,
    languages: str = "",
    seen_version: int | None = None,
) -> Saved:
    """Make or change the jurisdiction with that code.

    `code` is one of ISO 3166 or, where that has none, one of the site's own. `parent` is a code, `time_zone` an IANA
    name, `languages` are BCP 47 tags joined with `|`. Raises ValidationError, also for a circle of parents.
    """
    require_texts(code=code, time_zone=time_zone, languages=languages)
    tags = "|".join(filter(None, map(str.strip, languages.split("|"))))
    problems = {
        "code": jurisdiction_problem(code) if nearest_jurisdiction(code) else "",
        "time_zone": ""
        if time_zone in time_zones()
        else gettext("“{zone}” is not an IANA time zone, such as America/Toronto.").format(
            zone=time_zone[:40]
        ),
        "languages": next(filter(None, map(language_problem, filter(None, tags.split("|")))), ""),
    }
    require_none(problems)
    with audited_transaction(actor) as record:
        above = related(Jurisdiction, parent, field="parent")
        saved = save_row(
            record,
            Jurisdiction,
            {"code": code},
            seen_version=seen_version,
            name=name,
            level=level,
            parent=above,
            time_zone=time_zone,
            languages=tags,
        )
        require_no_circle(saved.item, above, gettext("A jurisdiction cannot be part of itself."))
    return saved


def require_jurisdiction(record: Recorder, code: str) -> None:
    """Make the jurisdiction that a plan or agency names, where it has no row: of a code of ISO 3166 all is known.

    Raises ValidationError on `jurisdiction` for any other code without a row.
    """
    require_texts(jurisdiction=code)
    code = tidy(code)
    if not code or Jurisdiction.objects.filter(code=code).exists():
        return
    if problem := jurisdiction_problem(code):
        raise ValidationError({"jurisdiction": problem})
    facts = jurisdiction_facts(code)
    if facts["parent"]:
        require_jurisdiction(record, facts["parent"])
    facts["parent"] = Jurisdiction.objects.filter(code=facts["parent"]).first()
    save_row(record, Jurisdiction, {"code": code}, **facts, time_zone=zone_of(code))


def record_jurisdictions() -> None:
    """Make the jurisdictions that plans and agencies of a former release name; a code of no standard stays as it is."""
    named = Plan.objects.order_by().values_list("jurisdiction", flat=True)
    named = set(named.union(Agency.objects.order_by().values_list("jurisdiction", flat=True)))
    missing = named - set(Jurisdiction.objects.values_list("code", flat=True))
    if missing:
        with audited_transaction(UPGRADE) as record:
            for code in sorted(missing):
                with suppress(ValidationError):
                    require_jurisdiction(record, code)
