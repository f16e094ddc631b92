"""What tests of the services ask of a write: what it left, and why it was refused."""

import datetime as dt

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from commitments import services
from commitments.models import Change, Commitment
from tests.factories import ACTOR, ANNOUNCED, REASON

ONE = dt.timedelta(days=1)


def day(number):
    """A day of the plan's first weeks."""
    return ANNOUNCED + dt.timedelta(days=number)


def contents():
    """Return every row of every table of the project."""
    stored = [*apps.get_app_config("agencies").get_models(), Change.commitments.through]
    stored += apps.get_app_config("commitments").get_models()
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in stored}


def refusal(write, field=None):
    """Return the words with which a write is refused, after seeing that it wrote nothing and moved no number."""
    before = contents()
    with pytest.raises(ValidationError) as refused:
        write()
    assert contents() == before
    if field is None:
        return " ".join(refused.value.messages)
    return " ".join(refused.value.message_dict[field])


def shown(commitment):
    fields = ("status", "status_since", "status_precision", "verification")
    return tuple(Commitment.objects.values_list(*fields).get(pk=commitment.pk))


def in_order(commitment):
    steps = commitment.status_changes.not_corrected().order_by("effective_on", "seq")
    return list(steps.values_list("seq", "status"))


def status_change(**fields):
    defaults = {
        "commitment": "US21-PRT-001",
        "status": "stalled",
        "effective_on": day(40),
        "actor": ACTOR,
        "evidence": [services.EvidenceItem("sheet", "page 1")],
    }
    return services.record_status_change(**(defaults | fields))


def save_commitment(**fields):
    defaults = {
        "code": "US21-PRT-009",
        "plan": "us-nap-2021",
        "pillar": "protection",
        "pillar_basis": "stated",
        "kind": "ongoing",
        "title": "Train staff",
        "summary": "Staff are to be trained.",
        "announced_on": ANNOUNCED,
        "actor": ACTOR,
        "reason": REASON,
    }
    return services.save_commitment(**(defaults | fields))
