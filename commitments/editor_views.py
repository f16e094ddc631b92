"""The pages of signed-in people. Each shapes what was typed, hands it to one service, and shows every refusal with
everything that was typed still there."""

from __future__ import annotations

import datetime as dt
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from commitments import editing, presenting, search, services, statuses
from commitments.filters import select
from commitments.forms import (
    AgencyFormSet,
    Attached,
    BulkReviewForm,
    CitationForm,
    DecideForm,
    EditForm,
    LinkForm,
    NewSourceForm,
    PartialDate,
    RecordForm,
    RemoveForm,
    ReviewForm,
    SourceForm,
    agency_choices,
    attached_in,
)
from commitments.models import Change, Commitment, Proposal, Source, StatusChange
from commitments.querysets import today
from commitments.services.history import terms_of
from planwatch import accounts
from planwatch.errors import BadParameters
from planwatch.paging import page_of
from planwatch.roles import Right, handle_of, may, rights_of
from planwatch.views import bad_parameters

FOUND = 12
SHORT = 6
ROWS = 50
RECENT = 10
PRIVATE = "private, no-store"
DATE_PARTS = ("day", "month", "year")


def editor_page(right: Right | None = None):
    """Make a view a page for signed-in people, of those who have the right.

    Anonymous visitors sign in and come back; a form that they posted comes back with everything typed.
    """

    def decorate(view):
        @require_http_methods(["GET", "HEAD", "POST"])
        @sensitive_post_parameters()
        @wraps(view)
        def page(request, **kwargs):
            response = _answer(request, view, right, kwargs)
            response["Cache-Control"] = PRIVATE
            return response

        return page

    return decorate


def _answer(request, view, right, kwargs):
    if not request.user.is_authenticated:
        if request.htmx:
            # Not swapped in; the whole form is answered when it is sent.
            return HttpResponse(status=401)
        if request.method == "POST":
            return accounts.session_ended(request)
        query = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('login')}?{query}")
    if right and not may(request.user, right):
        return forbidden(request, right)
    if not rights_of(request.user):
        return forbidden(
            request, words="Your account has no role yet. An administrator gives roles."
        )
    request.handle = handle_of(request.user)
    request.typed = request.POST if request.method == "POST" else accounts.brought_back(request)
    request.is_back = request.method != "POST" and request.typed is not None
    if request.method == "POST":
        accounts.let_go(request)
        if request.POST.get("action") == "discard":
            return redirect(request.get_full_path())
    try:
        return view(request, **kwargs)
    except PermissionDenied as error:
        return forbidden(request, words=str(error))


def forbidden(request, right: Right | None = None, words: str = ""):
    return render(request, "403.html", {"right": right, "words": words}, status=403)


def _page(request, template, context, status=200):
    return render(request, f"editor/{template}.html", context, status=status)


def _action(request) -> str:
    """Return what the pressed button asks; a form that was brought back asks for nothing but to be shown."""
    return request.POST.get("action", "preview") if request.method == "POST" else ""


def _status_of(request, *forms) -> int:
    return 422 if request.method == "POST" and any(form.errors for form in forms) else 200


def _take(form, error: ValidationError) -> None:
    """Show the refusal of a service beside the fields that it names, with the same words."""
    named = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, words in named.items():
        form.add_error(name if name in form.fields else None, words)


def _commitment(code: str) -> Commitment:
    rows = Commitment.objects.current().with_timeliness(
        today(), settings.PLANWATCH_STALE_AFTER_DAYS
    )
    return get_object_or_404(rows.for_detail(), code=code.upper())


def _back_to(commitment: Commitment, anchor: str = ""):
    """Return to the public page of a commitment, or to its editing page while it has none."""
    if not commitment.is_published:
        return redirect("editor_edit", code=commitment.code)
    return redirect(f"{commitment.get_absolute_url()}{anchor}")


def _since(commitment: Commitment, seen: int):
    """Return in words what was recorded about a commitment after the version that a writer had seen."""
    rows = commitment.changes.filter(seq__gt=seen).with_publicity()
    told = [presenting.tell(row) for row in rows.prefetch_related("commitments").order_by("seq")]
    return told


# The desk


@editor_page()
def desk(request):
    if "q" in request.GET:
        return _jump(request)
    mine = Proposal.objects.waiting().for_reading()
    commitments = Commitment.objects.current().with_timeliness(
        today(), settings.PLANWATCH_STALE_AFTER_DAYS
    )
    published = commitments.published()
    counts = published.aggregate(
        overdue=Count("pk", filter=Q(is_overdue=True)),
        stale=Count("pk", filter=Q(is_stale=True)),
        unknown=Count("pk", filter=Q(status=statuses.START)),
    )
    no_address = Source.objects.in_use().filter(url="", archived_url="")
    context = {
        "rights": [right.label for right in Right if right in rights_of(request.user)],
        "waiting": mine.exclude(proposed_by=request.handle)[:SHORT],
        "own": mine.filter(proposed_by=request.handle)[:SHORT],
        "counts": counts,
        "overdue": published.filter(is_overdue=True).order_by("due_on", "code")[:SHORT],
        "stale": published.filter(is_stale=True).order_by("last_checked_on", "code")[:SHORT],
        "unknown": published.filter(status=statuses.START).order_by("last_checked_on", "code")[
            :SHORT
        ],
        "unpublished": commitments.filter(is_published=False).order_by("code")[:ROWS],
        "no_address": no_address.order_by("slug")[:SHORT],
        "no_address_count": no_address.count(),
        "recent": [
            presenting.tell(row)
            for row in Change.objects.filter(actor=request.handle)
            .with_publicity()
            .prefetch_related("commitments")
            .order_by("-seq")[:RECENT]
        ],
    }
    return _page(request, "desk", context)


def _jump(request):
    """Lead to the one commitment that a code or words name, or show those that they could mean."""
    words = request.GET["q"].replace("\0", "").strip()[:500]
    exact = Commitment.objects.filter(code=words.upper()).first()
    if exact is not None:
        return _back_to(exact)
    found = []
    if words:
        rows = Commitment.objects.current()
        found = search.matching(rows, words).order_by("relevance", "code")[:ROWS]
        if not found:
            found = rows.filter(code__icontains=words).order_by("code")[:ROWS]
    if len(found) == 1:
        return _back_to(found[0])
    return _page(request, "found", {"q": words, "found": found})


# Status changes


@editor_page(Right.PROPOSE)
def record(request, code):
    commitment = _commitment(code)
    data, action = request.typed, _action(request)
    wrong = _wrong_step(commitment, request)
    if data is None:
        form, attached = RecordForm(initial=_first(commitment, wrong)), _evidence_of(wrong)
    else:
        form, attached = RecordForm(data), attached_in(data)
    source_form, added = _source_form(request, action)
    if added:
        attached.append(Attached(added.slug, True, "", ""))
    conflict = None
    if action == "save":
        if source_form.has_content:
            form.add_error(None, "A source is typed but not added yet. Add it, or empty its title.")
        if form.is_valid():
            conflict, answer = _submit(request, commitment, form, attached)
            if answer:
                return answer
    elif data is not None:
        # A preview shows what does not fit beside the history; an unfinished field is not yet an error.
        form = RecordForm(initial=_unfinished(data))
    context = _outlook(request, commitment, data, form, attached, wrong)
    context |= {
        "commitment": commitment,
        "form": form,
        "source_form": source_form,
        "adding": bool(source_form.errors) or source_form.has_content,
        "wrong": wrong,
        "conflict": conflict,
        "added": added,
        "is_back": request.is_back,
        "may_record": may(request.user, Right.RECORD),
    }
    failed = action == "save" or (action == "add_source" and not added)
    return _page(request, "record", context, 409 if conflict else 422 if failed else 200)


def _wrong_step(commitment, request):
    """Return the step that is being corrected, or None. Raises Http404 for one that is not there to be corrected."""
    number = (request.typed or request.GET).get("corrects") or request.GET.get("corrects")
    if not number:
        return None
    struck = {step.corrects_id for step in commitment.steps}
    for step in commitment.steps:
        if str(step.seq) == number and step.pk not in struck:
            return step
    if request.typed is None:
        raise Http404
    return None


def _first(commitment, wrong) -> dict:
    """Return what a new form begins with: today, or the step that is to be corrected."""
    if wrong is None:
        day = PartialDate(today(), "day")
        return {"effective_on": day, "seen_version": commitment.seq}
    return {
        "status": wrong.status,
        "effective_on": PartialDate(wrong.effective_on, wrong.precision),
        "corrects": wrong.seq,
        "seen_version": commitment.seq,
    }


def _unfinished(data) -> dict:
    """Return everything typed in an unfinished form, to show it again without complaint."""
    names = ("status", "explanation", "corrects", "seen_version", "sq")
    date = [data.get(f"effective_on_{part}", "") for part in DATE_PARTS]
    return {name: data.get(name, "") for name in names} | {"effective_on": date}


def _evidence_of(step) -> list[Attached]:
    if step is None:
        return []
    found, times = [], {}
    for row in step.evidence.all():
        times[row.source.slug] = number = times.get(row.source.slug, 0) + 1
        key = row.source.slug if number == 1 else f"{row.source.slug}~{number}"
        found.append(Attached(key, True, row.locator, row.note))
    return found


def _source_form(request, action):
    """Return the form of a new source beside the change, and the source once it was added."""
    typed = request.typed if request.typed is not None else None
    has_content = bool(typed and typed.get("new-title", "").strip())
    if action == "add_source":
        form = NewSourceForm(typed, prefix="new")
        form.has_content = True
        if form.is_valid():
            try:
                saved = services.save_source(**form.values(), actor=request.handle)
            except ValidationError as error:
                _take(form, error)
            else:
                form = NewSourceForm(prefix="new")
                form.has_content = False
                return form, saved.item
        return form, None
    kept = None
    if typed:
        kept = {name: typed.get(f"new-{name}", "") for name in NewSourceForm.base_fields}
        kept["published_on"] = [typed.get(f"new-published_on_{part}", "") for part in DATE_PARTS]
        kept["language"] = kept["language"] or "en"
    form = NewSourceForm(prefix="new", initial=kept)
    form.has_content = has_content
    return form, None


def _submit(request, commitment, form, attached):
    """Hand the form to the service. Return (conflict, None), (None, answer), or (None, None) with the form's errors."""
    values = form.cleaned_data
    chosen = [item.as_item() for item in attached if item.is_chosen]
    try:
        made = services.submit_status_change(
            commitment=commitment.code,
            status=values["status"],
            effective_on=values["effective_on"].day,
            precision=values["effective_on"].precision,
            explanation=values["explanation"],
            evidence=chosen,
            corrects=values["corrects"],
            seen_version=values["seen_version"],
            actor=request.handle,
            may_record=may(request.user, Right.RECORD),
        )
    except ValidationError as error:
        _take(form, error)
        return None, None
    except services.Conflict as error:
        return _conflict_of(form, error.commitment, _step_differences(commitment, values)), None
    if isinstance(made, StatusChange):
        messages.success(request, f"Recorded as step {made.seq}.")
        return None, _back_to(commitment, "#history")
    messages.success(
        request, "Sent to a second editor. Nothing is public until somebody else approves it."
    )
    return None, redirect("editor_proposal", number=made.pk)


def _step_differences(commitment, values):
    last = presenting.known(commitment.steps, ()).path[-1:]
    stands = last[0] if last else None
    return editing.differences(
        [
            (
                "Status",
                statuses.label(commitment.status),
                statuses.label(values["status"]),
            ),
            (
                "True from",
                presenting.in_words(commitment.status_since, commitment.status_precision),
                presenting.in_words(*values["effective_on"]),
            ),
            ("What happened", stands.explanation if stands else "", values["explanation"]),
        ]
    )


def _conflict_of(form, commitment, differences) -> dict:
    """Return what stands beside what was typed; the form that follows may then be saved on top."""
    seen = form.cleaned_data["seen_version"]
    form.data = form.data.copy()
    form.data[form.add_prefix("seen_version")] = commitment.seq
    return {
        "since": _since(commitment, seen),
        "differences": differences,
        "commitment": commitment,
    }


def _outlook(request, commitment, data, form, attached, wrong) -> dict:
    """Return what the typed step would make of the history, and what is in its way; writes nothing."""
    reading = RecordForm(data) if data is not None else form
    if data is not None:
        typed = reading.partial()
    else:
        typed = {"status": "", "explanation": "", "corrects": None} | reading.initial
        typed["effective_on"] = reading.initial["effective_on"]
    typed["corrects"] = wrong.seq if wrong else None
    date = typed["effective_on"] or PartialDate(today(), "day")
    day = statuses.first_day(*date)
    status = typed["status"] or ""
    seen = presenting.known(commitment.steps, commitment.checks)
    terms = terms_of(commitment)
    before = editing.status_before(seen.path, day, typed["corrects"])
    takes = _takes(request, commitment, seen, attached, data)
    chosen = [(take["source"], take["locator"]) for take in takes if take["is_chosen"]]
    context = {
        "before": before,
        "day": date,
        "options": editing.options(before, day, terms, status, correction=wrong is not None),
        "chosen": statuses.RULES[statuses.Status(status)] if status else None,
        "chosen_status": status,
        "takes": takes,
        "judgement": editing.judge(
            status, day, typed["explanation"], [source for source, _ in chosen], terms
        ),
        "two_people": services.takes_two_people(
            before, status or before, correction=wrong is not None
        ),
        "problems": [],
        "imagined": None,
        "history": presenting.history(commitment, seen),
        "sq": (data or {}).get("sq", ""),
    }
    if status and typed["effective_on"]:
        context["imagined"] = editing.imagine(
            commitment,
            commitment.steps,
            commitment.checks,
            typed,
            chosen,
            request.handle,
            timezone.now(),
        )
        context["problems"] = _in_the_way(request, commitment, typed, attached)
    return context


def _in_the_way(request, commitment, typed, attached) -> list[str]:
    try:
        services.preview_status_change(
            commitment=commitment.code,
            status=typed["status"],
            effective_on=typed["effective_on"].day,
            precision=typed["effective_on"].precision,
            explanation=typed["explanation"] or "",
            evidence=[item.as_item() for item in attached if item.is_chosen],
            corrects=typed["corrects"],
            actor=request.handle,
        )
    except ValidationError as error:
        return error.messages
    return []


# Sources beside a form


def _takes(request, commitment, seen, attached, data) -> list[dict]:
    """Return the sources to choose from: the chosen ones, then those found, or those that name the commitment."""
    words = (data or {}).get("sq", "")
    named = (
        {item.source.slug: item for item in presenting.sources_of(commitment, seen)}
        if commitment
        else {}
    )
    rows = [*attached]
    known = {item.key for item in rows}
    if words.strip():
        found = list(_matching_sources(words)[:FOUND])
    else:
        found = [item.source for item in named.values()]
    rows += [Attached(source.slug, False, "", "") for source in found if source.slug not in known]
    slugs = {item.slug for item in rows}
    sources = {row.slug: row for row in Source.objects.filter(slug__in=slugs)}
    order = {True: 0, False: 1}
    return [
        {
            "key": item.key,
            "source": sources[item.slug],
            "is_chosen": item.is_chosen,
            "locator": item.locator,
            "note": item.note,
            "uses": [use for use, *_ in named[item.slug].uses] if item.slug in named else [],
        }
        for item in sorted(rows, key=lambda item: order[item.is_chosen])
        if item.slug in sources
    ]


def _matching_sources(words: str):
    """Return the sources that hold every word in title, publisher, author, address or short name; the newest first."""
    rows = Source.objects.order_by("-published_on", "slug")
    for word in words.replace("\0", "").split()[:10]:
        rows = rows.filter(
            Q(title__icontains=word)
            | Q(publisher__icontains=word)
            | Q(author__icontains=word)
            | Q(url__icontains=word)
            | Q(slug__icontains=word)
        )
    return rows


@editor_page(Right.PROPOSE)
def source_list(request):
    """List sources by words; for a form that asks with htmx, as things to choose."""
    if request.htmx and "sq" in request.GET:
        commitment = Commitment.objects.for_detail().filter(code=request.GET.get("for", "")).first()
        seen = commitment and presenting.known(commitment.steps, commitment.checks)
        takes = _takes(request, commitment, seen, attached_in(request.GET), request.GET)
        return _page(request, "takes", {"takes": takes, "sq": request.GET["sq"]})
    words = request.GET.get("q", "")[:500]
    rows = _matching_sources(words)
    if request.GET.get("no_address"):
        rows = rows.filter(url="", archived_url="")
    page = page_of(rows, ("slug",), request.GET.get("cursor", ""), ROWS)
    context = {"page": page, "q": words, "total": rows.count()}
    return _page(request, "sources", context)


@editor_page(Right.PROPOSE)
def source_new(request):
    form = NewSourceForm(request.typed)
    if _action(request) and form.is_valid():
        try:
            saved = services.save_source(**form.values(), actor=request.handle)
        except ValidationError as error:
            _take(form, error)
        else:
            messages.success(request, f"Added: {saved.item.title}.")
            return redirect("editor_source", slug=saved.item.slug)
    context = {"form": form, "is_back": request.is_back}
    return _page(request, "source", context, _status_of(request, form))


@editor_page(Right.PROPOSE)
def source_edit(request, slug):
    source = get_object_or_404(Source, slug=slug)
    about = Change.objects.filter(object_type="source", object_key=source.slug)
    latest = about.order_by("-seq").values_list("seq", flat=True).first() or 0
    initial = SourceForm.initial_of(source)
    form = SourceForm(request.typed, initial=initial)
    seen = (request.typed or {}).get("seen_version", "")
    conflict, is_editor = None, may(request.user, Right.RECORD)
    if _action(request):
        if not is_editor:
            raise PermissionDenied("Only Editors change a source that is in the record.")
        if form.is_valid():
            if not seen.isdigit() or latest > int(seen[:18]):
                conflict = _source_conflict(about, seen, initial, form)
            else:
                try:
                    saved = services.save_source(slug=slug, **form.values(), actor=request.handle)
                except ValidationError as error:
                    _take(form, error)
                else:
                    same = saved.outcome == "unchanged"
                    messages.success(request, "Nothing was changed." if same else "Saved.")
                    return redirect("editor_source", slug=slug)
    context = {
        "form": form,
        "source": source,
        "seen_version": latest if conflict or not seen else seen,
        "conflict": conflict,
        "is_editor": is_editor,
        "is_back": request.is_back,
        "in_use": Source.objects.in_use().filter(pk=source.pk).exists(),
    }
    status = 409 if conflict else _status_of(request, form)
    return _page(request, "source", context, status)


def _source_conflict(about, seen, initial, form) -> dict:
    after = int(seen[:18]) if seen.isdigit() else 0
    rows = about.filter(seq__gt=after).with_publicity().order_by("seq")
    pairs = [
        (field.label, _as_typed(initial.get(name)), _as_typed(form.cleaned_data.get(name)))
        for name, field in form.fields.items()
    ]
    return {
        "since": [presenting.tell(row) for row in rows.prefetch_related("commitments")],
        "differences": editing.differences(pairs),
    }


def _as_typed(value):
    return presenting.in_words(*value) if isinstance(value, PartialDate) else value


# Proposals


@editor_page(Right.PROPOSE)
def proposal_list(request):
    decided = Proposal.objects.exclude(state="waiting").exclude(decided_at=None).for_reading()
    try:
        page = page_of(decided, ("-decided_at", "-id"), request.GET.get("cursor", ""), ROWS)
    except BadParameters as error:
        return bad_parameters(request, error)
    context = {
        "waiting": Proposal.objects.waiting().for_reading(),
        "page": page,
        "handle": request.handle,
    }
    return _page(request, "proposals", context)


@editor_page(Right.PROPOSE)
def proposal(request, number):
    item = get_object_or_404(Proposal.objects.for_reading(), pk=number)
    form = DecideForm(request.typed, initial={"seen_version": item.commitment.seq})
    changed, action = None, _action(request)
    is_mine = item.proposed_by == request.handle
    if action in ("approve", "decline") and form.is_valid():
        changed, answer = _decide(request, item, form, action, is_mine)
        if answer:
            return answer
        item = get_object_or_404(Proposal.objects.for_reading(), pk=number)
    commitment = _commitment(item.commitment.code)
    evidence = services.evidence_of(item)
    sources = {
        row.slug: row for row in Source.objects.filter(slug__in=[e.source for e in evidence])
    }
    attached = [(sources[e.source], e.locator, e.note) for e in evidence if e.source in sources]
    wrong = next((step for step in commitment.steps if step.pk == item.corrects_id), None)
    typed = {
        "status": item.status,
        "effective_on": PartialDate(item.effective_on, item.precision),
        "explanation": item.explanation,
        "corrects": wrong.seq if wrong else None,
    }
    is_waiting = item.state == "waiting"
    keys = [Attached(e.source, True, e.locator, e.note) for e in evidence]
    path = presenting.known(commitment.steps, ()).path
    context = {
        "item": item,
        "commitment": commitment,
        "form": form,
        "attached": attached,
        "wrong": wrong,
        "latest": path[-1] if path else None,
        "is_mine": is_mine,
        "may_decide": may(request.user, Right.RECORD) and not is_mine,
        "is_editor": may(request.user, Right.RECORD),
        "problems": _in_the_way(request, commitment, typed, keys) if is_waiting else [],
        "imagined": editing.imagine(
            commitment,
            commitment.steps,
            commitment.checks,
            typed,
            [(source, place) for source, place, _ in attached],
            item.proposed_by,
            timezone.now(),
        )
        if is_waiting
        else None,
        "history": [],
        "changed": changed,
        "is_back": request.is_back,
    }
    return _page(request, "proposal", context, 409 if changed else _status_of(request, form))


def _decide(request, item, form, action, is_mine):
    """Carry out a decision. Return (what changed meanwhile or None, the answer or None)."""
    reason = form.cleaned_data["reason"]
    if action == "approve" or not is_mine:
        _require(request, Right.RECORD)
    try:
        if action == "approve":
            services.approve_proposal(
                proposal=item.pk,
                actor=request.handle,
                seen_version=form.cleaned_data["seen_version"],
            )
            messages.success(request, "Approved and recorded.")
            return None, _back_to(item.commitment, "#history")
        if is_mine and not reason:
            reason = "Withdrawn by the one who proposed it."
        services.decline_proposal(proposal=item.pk, reason=reason, actor=request.handle)
    except ValidationError as error:
        _take(form, error)
        return None, None
    except services.Conflict as error:
        return _conflict_of(form, error.commitment, []), None
    messages.success(request, "Withdrawn." if is_mine else "Declined.")
    return None, redirect("editor_proposals")


def _require(request, right: Right) -> None:
    if not may(request.user, right):
        raise PermissionDenied(f"Your account may not {right.label}.")


# Reviews


@editor_page(Right.RECORD)
def review(request, code):
    commitment = _commitment(code)
    initial = {"reviewed_on": PartialDate(today(), "day"), "seen_version": commitment.seq}
    form, conflict = ReviewForm(request.typed, initial=initial), None
    if _action(request) and form.is_valid():
        values = form.cleaned_data
        try:
            services.record_review(commitment=commitment.code, actor=request.handle, **values)
        except ValidationError as error:
            _take(form, error)
        except services.Conflict as error:
            conflict = _conflict_of(form, error.commitment, [])
        else:
            messages.success(request, "The check is recorded.")
            return _back_to(commitment, "#history")
    context = {
        "commitment": commitment,
        "form": form,
        "conflict": conflict,
        "history": presenting.history(
            commitment, presenting.known(commitment.steps, commitment.checks)
        ),
        "sources": presenting.sources_of(
            commitment, presenting.known(commitment.steps, commitment.checks)
        ),
        "is_back": request.is_back,
    }
    return _page(request, "review", context, 409 if conflict else _status_of(request, form))


@editor_page(Right.RECORD)
def review_many(request):
    """Record one check for many commitments of a filtered list."""
    try:
        selection = select(request.GET)
        rows = selection.queryset.for_list()
        page = page_of(rows, selection.keys, request.GET.get("cursor", ""), ROWS)
    except BadParameters as error:
        return bad_parameters(request, error)
    typed = request.typed
    form = BulkReviewForm(typed, initial={"reviewed_on": PartialDate(today(), "day")})
    on_page = [row.code for row in page.rows]
    chosen = on_page if typed is None else [c for c in typed.getlist("codes") if len(c) < 30]
    if _action(request) and form.is_valid():
        try:
            made = services.record_reviews(
                commitments=chosen, actor=request.handle, **form.cleaned_data
            )
        except ValidationError as error:
            _take(form, error)
        else:
            plural = "" if len(made) == 1 else "s"
            messages.success(request, f"{len(made)} check{plural} recorded.")
            return redirect("editor_desk")
    # What was chosen on the page stays in sight, also if it left the list meanwhile.
    strayed = Commitment.objects.current().filter(code__in=set(chosen) - set(on_page))
    context = {
        "page": page,
        "strayed": strayed.order_by("code")[:ROWS],
        "chosen": set(chosen),
        "form": form,
        "count": selection.queryset.count(),
        "conditions": presenting.conditions(selection.chosen),
        "query": request.GET.urlencode(),
        "is_back": request.is_back,
    }
    return _page(request, "review_many", context, _status_of(request, form))


# Texts, citations, lineage


@editor_page(Right.RECORD)
def edit(request, code):
    commitment = _commitment(code)
    data, conflict = request.typed, None
    form = EditForm(data, commitment=commitment, initial=EditForm.initial_of(commitment))
    owed = [
        {"agency": row.agency.slug, "role": row.role, "place": row.position}
        for row in commitment.owed_by
    ]
    options = {"prefix": "agencies", "form_kwargs": {"agencies": agency_choices()}}
    rows = AgencyFormSet(_more_rows(request, data), initial=owed, **options)
    action = _action(request)
    if action == "save" and form.is_valid() and rows.is_valid():
        values = form.values() | {
            "lead_agencies": rows.in_order("lead"),
            "partner_agencies": rows.in_order("partner"),
        }
        try:
            saved = services.save_commitment(
                code=commitment.code,
                plan=commitment.plan.slug,
                announced_on=commitment.announced_on,
                actor=request.handle,
                **values,
            )
        except ValidationError as error:
            _take(form, error)
        except services.Conflict as error:
            conflict = _conflict_of(form, error.commitment, _edit_differences(commitment, values))
        else:
            same = saved.outcome == "unchanged"
            messages.success(request, "Nothing was changed." if same else "The edit is recorded.")
            return _back_to(saved.item, "" if same else "#edits")
    context = {
        "commitment": commitment,
        "form": form,
        "rows": rows,
        "conflict": conflict,
        "is_back": request.is_back,
        "needs_reason": commitment.is_published,
    }
    failed = action == "save" and not conflict
    return _page(request, "edit", context, 409 if conflict else 422 if failed else 200)


def _more_rows(request, data):
    """Return the posted agency rows, with two more where the button for more was pressed."""
    if data is None or _action(request) != "more":
        return data
    more = data.copy()
    total = data.get("agencies-TOTAL_FORMS", "")
    more["agencies-TOTAL_FORMS"] = str(min(int(total) + 2, 40) if total.isdigit() else 2)
    return more


def _edit_differences(commitment, values):
    now = _texts_of(commitment)
    pairs = [
        (name.replace("_", " ").capitalize(), now.get(name), _plain_value(values[name]))
        for name in values
        if name not in ("reason", "seen_version")
    ]
    return editing.differences(pairs)


def _texts_of(commitment) -> dict:
    """Return a commitment's texts as the form names them."""
    names = ("title", "summary", "kind", "pillar_basis", "due_precision", "target", "plan_number")
    return {name: getattr(commitment, name) for name in names} | {
        "lead_note": commitment.lead_note,
        "note": commitment.note,
        "is_published": commitment.is_published,
        "due_on": _plain_value(commitment.due_on),
        "pillar": commitment.pillar.slug,
        "objective": commitment.objective.key if commitment.objective else None,
        "lead_agencies": [row.agency.slug for row in commitment.owed_by if row.role == "lead"],
        "partner_agencies": [
            row.agency.slug for row in commitment.owed_by if row.role == "partner"
        ],
    }


def _plain_value(value):
    return value.isoformat() if isinstance(value, dt.date) else value


@editor_page(Right.RECORD)
def citations(request, code):
    commitment = _commitment(code)
    rows = {
        "|".join((row.source.slug, row.relation, row.locator)): row for row in commitment.cited_in
    }

    def take_away(key, reason):
        row = rows[key]
        services.delete_citation(
            commitment=commitment.code,
            source=row.source.slug,
            relation=row.relation,
            locator=row.locator,
            reason=reason,
            actor=request.handle,
        )

    def add(values):
        if commitment.is_published and not values["reason"]:
            raise ValidationError({"reason": "This is public. Say why you change it."})
        services.save_citation(commitment=commitment.code, actor=request.handle, **values)

    context = {"commitment": commitment, "rows": rows}
    return _parts(request, "citations", context, CitationForm, add, take_away)


@editor_page(Right.RECORD)
def lineage(request, code):
    commitment = _commitment(code)
    links = commitment.links_to_later.select_related("later", "source")
    rows = {f"{code.upper()}|{row.later.code}|{row.relation}": (row, row.later) for row in links}
    links = commitment.links_to_earlier.select_related("earlier", "source")
    rows |= {
        f"{row.earlier.code}|{code.upper()}|{row.relation}": (row, row.earlier) for row in links
    }

    def take_away(key, reason):
        earlier, later, relation = key.split("|")
        services.delete_link(
            earlier=earlier, later=later, relation=relation, reason=reason, actor=request.handle
        )

    def add(values):
        if commitment.is_published and not values["reason"]:
            raise ValidationError({"reason": "This is public. Say why you change it."})
        other, direction = values.pop("other").upper(), values.pop("direction")
        ends = (commitment.code, other) if direction == "later" else (other, commitment.code)
        try:
            services.save_link(
                earlier=ends[0],
                later=ends[1],
                actor=request.handle,
                **values | {"source": values["source"] or None},
            )
        except ValidationError as error:
            raise _renamed(error, commitment="other", later="other", earlier="other") from error

    context = {"commitment": commitment, "rows": rows}
    return _parts(request, "lineage", context, LinkForm, add, take_away)


def _renamed(error: ValidationError, **names) -> ValidationError:
    """Return a refusal with the form's names for the service's fields."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError(
        {names.get(key, key): words for key, words in error.message_dict.items()}
    )


def _parts(request, template, context, form_class, add, take_away):
    """Answer a page of rows that are added one by one and taken away one by one; either form keeps the other's words."""
    action, data = _action(request), request.typed
    adding = form_class(data if action == "add" else None, prefix="add", initial=_kept(data, "add"))
    removing = RemoveForm(
        data if action == "remove" else None, prefix="gone", initial=_kept(data, "gone")
    )
    if action == "add" and adding.is_valid():
        try:
            add(dict(adding.cleaned_data))
        except ValidationError as error:
            _take(adding, error)
        else:
            messages.success(request, "Added.")
            return redirect(request.path)
    if action == "remove" and removing.is_valid():
        key = removing.cleaned_data["remove"]
        try:
            if key not in context["rows"]:
                raise ValidationError({"remove": "It is gone already."})
            take_away(key, removing.cleaned_data["reason"])
        except ValidationError as error:
            _take(removing, error)
        else:
            messages.success(request, "Taken away. The record keeps it.")
            return redirect(request.path)
    context |= {"adding": adding, "removing": removing, "is_back": request.is_back}
    return _page(request, template, context, _status_of(request, adding, removing))


def _kept(data, prefix) -> dict:
    """Return what was typed in the form that was not sent."""
    start = f"{prefix}-"
    return {
        name.removeprefix(start): value
        for name, value in (data or {}).items()
        if name.startswith(start)
    }
