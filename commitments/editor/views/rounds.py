"""Views of reporting rounds: open one, see who answered, publish an answer or send it back."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext

from agencies.models import Agency
from commitments import services
from commitments.editor.base import action_of, commitment_of, refusals_beside, show, status_of
from commitments.editor.forms.fields import PartialDate
from commitments.editor.forms.rounds import (
    ClosingForm,
    ContactForm,
    InviteForm,
    OpenForm,
    PublishForm,
    SendBackForm,
)
from commitments.models import (
    AnswerState,
    Plan,
    ReportedStatus,
    ReportingRound,
    RoundAnswer,
    RoundInvitation,
)
from commitments.presenters.evidence import sources_of
from commitments.presenters.rounds import invitations_of
from commitments.status_rules import history_as_known
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission


def _leading(plan: Plan):
    """Return the agencies that lead published commitments of a plan, with how many."""
    led = Q(
        roles__role="lead",
        roles__commitment__plan=plan,
        roles__commitment__is_published=True,
    )
    rows = Agency.objects.annotate(led=Count("roles", filter=led, distinct=True))
    return rows.filter(led__gt=0).order_by("name")


@editor_page(Permission.RECORD)
def rounds(request):
    waits = Count("invitations__answers", Q(invitations__answers__state=AnswerState.SUBMITTED))
    rows = ReportingRound.objects.select_related("plan").annotate(waiting=waits)
    context = {"rows": rows, "plans": Plan.objects.values_list("slug", "title")}
    return show(request, "rounds", context)


@editor_page(Permission.RECORD)
def round_new(request):
    """Open a round for one plan: the agencies are those that lead its commitments."""
    plan = get_object_or_404(Plan, slug=request.GET.get("plan", ""))
    data, agencies = request.typed, list(_leading(plan))
    form = OpenForm(data, initial={"language": get_language()})
    contacts = [(row, ContactForm(data, prefix=row.slug)) for row in agencies]
    if action_of(request) == "save" and all(
        [each.is_valid() for each in (form, *(asked for _, asked in contacts))]
    ):
        values = form.cleaned_data
        language = values.pop("language")
        invited = [
            services.Contact(
                row.slug, *map(asked.cleaned_data.get, ("contact", "address")), language
            )
            for row, asked in contacts
            if asked.cleaned_data["address"]
        ]
        with refusals_beside(form):
            made = services.open_round(
                plan=plan.slug, contacts=invited, actor=request.handle, **values
            )
            messages.success(request, gettext("The round is open."))
            return redirect("editor_round", number=made.pk)
    context = {"plan": plan, "form": form, "contacts": contacts, "is_back": request.is_back}
    return show(request, "round_new", context, status_of(request, form, *(f for _, f in contacts)))


@editor_page(Permission.RECORD)
def round_detail(request, number):
    """Show who answered, and let an editor move the closing day and invite once more."""
    item = get_object_or_404(ReportingRound.objects.select_related("plan"), pk=number)
    action, data = action_of(request), request.typed
    of_closing = data if data is not None and "closes_on_day" in data else None
    first = {"closes_on": PartialDate(item.closes_on, "day")}
    closing = ClosingForm(of_closing, initial=first)
    asks = InviteForm(
        data if data is not None and "agency" in data else None,
        agencies=_leading(item.plan),
        initial={"language": get_language()},
    )
    if action == "move" and closing.is_valid():
        with refusals_beside(closing):
            services.move_closing_day(number=item.pk, actor=request.handle, **closing.cleaned_data)
            return _done(request, item, gettext("The closing day is moved."))
    if action == "invite" and asks.is_valid():
        values = asks.cleaned_data
        values["agency"] = values["agency"].slug
        with refusals_beside(asks):
            services.invite(number=item.pk, actor=request.handle, **values)
            return _done(request, item, gettext("A new link is on its way."))
    context = {
        "item": item,
        "invitations": [(each, _link(request, each.invitation)) for each in invitations_of(item)],
        "closing": closing,
        "asks": asks,
        "sends": settings.PLANWATCH_MAIL,
        "is_back": request.is_back,
    }
    return show(request, "round", context, status_of(request, closing, asks))


def _link(request, invitation: RoundInvitation) -> str:
    """Return the link for a focal point, where the site sends no mail and an editor has to hand it over."""
    if settings.PLANWATCH_MAIL:
        return ""
    query = urlencode({"key": services.link_key(invitation)})
    return request.build_absolute_uri(f"{reverse('round_answers')}?{query}")


def _done(request, item: ReportingRound, words: str):
    messages.success(request, words)
    return redirect("editor_round", number=item.pk)


@editor_page(Permission.RECORD)
def round_answer(request, number, answer):
    """Show an answer beside what the record shows; publish it, or send it back with a reason."""
    names = ("invitation__reporting_round__plan", "invitation__agency", "commitment")
    rows = RoundAnswer.objects.select_related(*names).exclude(state=AnswerState.DRAFT)
    row = get_object_or_404(rows, pk=answer, invitation__reporting_round=number)
    commitment, data, action = commitment_of(row.commitment.code), request.typed, action_of(request)
    publishing = PublishForm(data if action == "publish" else None, documents=row.documents)
    returning = SendBackForm(data if action == "send_back" else None)
    decided = {"number": row.pk, "actor": request.handle}
    if action == "publish" and publishing.is_valid():
        with refusals_beside(publishing):
            services.publish_answer(**decided, **publishing.values())
            messages.success(request, gettext("The answer is published."))
            return redirect(request.path)
    if action == "send_back" and returning.is_valid():
        with refusals_beside(returning):
            services.send_back_answer(**decided, **returning.cleaned_data)
            messages.success(request, gettext("The answer is sent back."))
            return redirect("editor_round", number=number)
    own_words = ReportedStatus.objects.filter(commitment=commitment).select_related("source")
    seen = history_as_known(commitment.steps, commitment.checks)
    context = {
        "row": row,
        "item": row.invitation.reporting_round,
        "commitment": commitment,
        "own_words": own_words,
        "sources": sources_of(commitment, seen, own_words=own_words),
        "publishing": publishing,
        "returning": returning,
        "waits": row.state == AnswerState.SUBMITTED,
        "is_back": request.is_back,
    }
    return show(request, "round_answer", context, status_of(request, publishing, returning))
