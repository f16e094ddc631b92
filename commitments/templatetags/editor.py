"""Template tags of the editor: permissions, navigation, and fields with label, note and error."""

from django import template
from django.utils.translation import gettext_lazy

from commitments.models import Proposal
from commitments.services.reviews import retractable_since
from commitments.status_rules import history_as_known
from planwatch.accounts import form_recovery, permissions
from planwatch.accounts.permissions import Permission
from planwatch.accounts.rotating_handles import by, is_by

register = template.Library()


@register.filter
def may(user, right):
    """Return whether a signed-in person has the right of that name."""
    return bool(user) and permissions.has_permission(user, Permission(right))


@register.filter
def is_retractable_by(review, user):
    """Return whether that person may take the review back now."""
    return (
        bool(user)
        and user.is_authenticated
        and review.recorded_at >= retractable_since()
        and is_by(review.actor, permissions.handle_of(user))
    )


register.filter("handle", permissions.handle_of)


@register.inclusion_tag("components/staff.html", takes_context=True)
def staff_bar(context):
    """Write the bar of signed-in people; nothing for everyone else, and nothing where there is no request."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    waiting = 0
    if permissions.has_permission(user, Permission.RECORD):
        waiting = (
            Proposal.objects.waiting()
            .exclude(by("proposed_by", permissions.handle_of(user)))
            .count()
        )
    page = request.resolver_match.url_name if request.resolver_match else ""
    return {"request": request, "user": user, "waiting": waiting, "page": page}


_OUTCOMES = {
    "refused": gettext_lazy("Refused"),
    "dependent": gettext_lazy("Waits for a refused row"),
    "left_out": gettext_lazy("Left out"),
    "changed": gettext_lazy("Changed"),
    "new": gettext_lazy("New"),
    "proposed": gettext_lazy("Waits for a second person"),
    "unchanged": gettext_lazy("Unchanged"),
}


@register.filter
def outcome_word(result):
    """Return what became of a row of an import, in words."""
    return _OUTCOMES[result]


@register.filter
def standing_step(commitment):
    """Return the step on which today's status rests; None before the first."""
    path = history_as_known(commitment.steps, ()).path
    return path[-1] if path else None


@register.inclusion_tag("editor/field.html")
def field(bound, **options):
    """Write a field: label, note, input, error."""
    return {"field": bound, **options}


@register.inclusion_tag("editor/partial_date.html")
def partial_date(bound, whole=False):
    """Write the three fields of a date that may be known to the month or year only."""
    value = bound.value()
    parts = value if isinstance(value, list) else bound.field.widget.decompress(value)
    months = bound.field.widget.widgets[1].choices
    return {"field": bound, "parts": parts, "months": months, "whole": whole}


@register.simple_tag(takes_context=True)
def typed_fields(context):
    """Return the texts that were posted, for a page that could not take them."""
    request = context.get("request")
    if request is None or request.method != "POST":
        return []
    return [(name, value) for name, value in form_recovery.typed_in(request) if len(value) > 3]
