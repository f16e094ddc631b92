"""Views of documents that somebody found: by its address, or in the queue of what feeds announced."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from commitments import search, services
from commitments.editor.base import ROWS, action_of, show, status_of, take_refusal
from commitments.editor.forms.fields import PartialDate, as_typed
from commitments.editor.forms.found import AddressForm, FoundForm
from commitments.editor.forms.sources import NewSourceForm
from commitments.editor.views.sources import add_source
from commitments.link_checks.page_facts import PageFacts, look_up
from commitments.models import Commitment, ErrorReport, QueueItem, QueueOutcome, Source
from commitments.services import EvidenceItem
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission
from planwatch.net.addresses import normalized
from planwatch.validators.keys import code_problem


@editor_page(Permission.RECORD)
def found(request):
    """Take a document that was found into the record, with what the editor confirms about it."""
    item = QueueItem.objects.filter(pk=_number(request.GET.get("item"))).first()
    data, action = request.typed, action_of(request)
    asks = AddressForm(data, initial={"url": item.url if item else ""})
    if data is None or not asks.is_valid():
        return show(
            request, "found_address", {"form": asks, "item": item}, status_of(request, asks)
        )
    url = asks.cleaned_data["url"]
    known = Source.objects.exclude(normalized_url="").filter(normalized_url=normalized(url)).first()
    codes = [code for code in data.getlist("offered") if not code_problem(code)]
    facts, offered = PageFacts(), Commitment.objects.filter(code__in=codes)
    if action in ("look", "by_hand"):
        facts = look_up(url) if action == "look" else facts
        offered = _offered(facts, item)
        form = FoundForm(offered=offered)
        source = NewSourceForm(prefix="new", initial=_first(url, facts, item))
    elif action == "save":
        form, source = FoundForm(data, offered=offered), NewSourceForm(data, prefix="new")
        is_whole = form.is_valid() and (known is not None or source.is_valid())
        if is_whole and (answer := _take(request, item, known, source, form)):
            return answer
    else:
        if action == "offer":
            offered = _offered(PageFacts(title=data.get("new-title", "")), item)
        typed = as_typed(FoundForm, data) | {"codes": data.getlist("codes")}
        form = FoundForm(initial=typed, offered=offered)
        source = NewSourceForm(prefix="new", initial=as_typed(NewSourceForm, data, "new"))
    context = {
        "form": form,
        "source_form": source,
        "known": known,
        "facts": facts,
        "url": url,
        "offered": sorted(offered, key=lambda row: row.code),
        "is_back": request.is_back,
    }
    return show(request, "found_document", context, 422 if action == "save" else 200)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 0


def _offered(facts: PageFacts, item) -> list[Commitment]:
    """Return the commitments that a document may concern, by its words."""
    words = f"{item.title if item else ''} {facts.title} {facts.words}"
    rows = Commitment.objects.published().current()
    return list(rows.filter(pk__in=search.resembling(words, rows)))


def _first(url: str, facts: PageFacts, item) -> dict:
    """Return what is proposed of a source: by the page, by the feed, and by the latest source of the same site."""
    site = normalized(url).partition("/")[0]
    rows = Source.objects.filter(normalized_url__startswith=f"{site}/")
    known = rows.order_by("-published_on").first()
    day = facts.published_on or (item.published_on if item else None)
    alike = (
        {
            name: getattr(known, name)
            for name in ("publisher", "kind", "origin", "jurisdiction", "language")
        }
        if known
        else {}
    )
    return {
        "publisher": facts.publisher,
        "language": "en",
        **alike,
        "title": facts.title or (item.title if item else ""),
        "published_on": day and PartialDate(day, "day"),
        "url": url,
        "archived_url": facts.archived_url,
    }


def _take(request, item, known, source_form, form):
    """Save the source and what is to become of it, or nothing. Return the answer; None with the refusal in a form."""
    values = form.cleaned_data
    try:
        with transaction.atomic():
            if known is None:
                saved = add_source(source_form, request)
                if saved is None:
                    return None
                known = saved.item
            _carry_out(request, known, values)
            if item:
                services.close_queue_items(
                    items=[item.pk], outcome=values["outcome"], actor=request.handle
                )
    except ValidationError as error:
        take_refusal(form, error)
        return None
    messages.success(request, gettext("Added: {title}.").format(title=known.title))
    if values["outcome"] == QueueOutcome.RECORD:
        address = reverse("editor_record", kwargs={"code": values["codes"][0]})
        return redirect(f"{address}?source={known.slug}")
    return redirect("editor_queue" if item else "editor_found")


def _carry_out(request, source: Source, values: dict) -> None:
    place = EvidenceItem(source.slug, values["locator"])
    if values["outcome"] == QueueOutcome.LINK:
        for code in values["codes"]:
            services.add_citations(
                commitment=code,
                relation=values["relation"],
                places=[place],
                reason=values["reason"],
                actor=request.handle,
            )
    if values["outcome"] == QueueOutcome.DEVELOPMENT:
        day = values["reported_on"] or (
            source.published_on and PartialDate(source.published_on, source.precision)
        )
        if day is None:
            raise ValidationError({"reported_on": gettext("Give at least the year.")})
        services.save_development(
            source=source.slug,
            locator=place.locator,
            reported_on=day.day,
            precision=day.precision,
            bearing=values["bearing"],
            sentence=values["sentence"],
            commitments=values["codes"],
            reason=values["reason"],
            seen_version=0,
            actor=request.handle,
        )


@editor_page(Permission.RECORD)
def queue(request):
    """List what feeds announced and readers reported; what is chosen can be ignored."""
    if request.method == "POST":
        chosen = [number for text in request.POST.getlist("items") if (number := _number(text))]
        count = services.close_queue_items(
            items=chosen, outcome=QueueOutcome.IGNORED, actor=request.handle
        )
        messages.success(request, gettext("Ignored: {count}.").format(count=count))
        return redirect("editor_queue")
    waiting = QueueItem.objects.filter(outcome=QueueOutcome.WAITING)
    context = {
        "items": waiting[:ROWS],
        "total": waiting.count(),
        "reports": ErrorReport.objects.filter(closed_at=None)[:ROWS],
        "closed": QueueItem.objects.exclude(outcome=QueueOutcome.WAITING).order_by("-closed_at")[
            :12
        ],
    }
    return show(request, "queue", context)
