"""Views that list, add and edit sources."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from commitments import services
from commitments.editor.autocomplete import asked_of, suggest
from commitments.editor.base import (
    FOUND,
    ROWS,
    SHORT,
    action_of,
    plain_value,
    refusals_beside,
    returned,
    show,
    status_of,
    take_refusal,
)
from commitments.editor.forms.fields import as_typed
from commitments.editor.forms.sources import NewSourceForm, SourceForm
from commitments.editor.forms.status_changes import Attached, attached_in
from commitments.link_checks.runner import look_at
from commitments.link_checks.snapshots import snapshots_of
from commitments.models import Commitment, Source
from commitments.presenters.evidence import sources_of
from commitments.services.proposals import require_room
from commitments.status_rules import history_as_known
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission, has_permission
from planwatch.web.keyset import page_of


def sources_to_take(commitment, seen, attached, data) -> list[dict]:
    """Return the sources to choose from: the chosen ones, then those found, or those that name the commitment."""
    words = (data or {}).get("sq", "")
    named = {item.source.slug: item for item in sources_of(commitment, seen)} if commitment else {}
    rows = [*attached]
    known = {item.key for item in rows}
    if words.strip():
        found = list(Source.objects.holding(words)[:FOUND])
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


class SourcePicker:
    """The sources beside a form: those chosen, those to choose from, and a new one that is typed there.

    `is_refused` says that a new one was sent and not added.
    """

    def __init__(self, request, attached=()):
        self.typed = request.typed
        if self.typed is None:
            asked = request.GET.getlist("source")[:1]
            self.attached = [*attached, *(Attached(slug, True, "", "") for slug in asked)]
        else:
            self.attached = attached_in(self.typed)
        self.added, self.is_refused = None, False
        if action_of(request) == "add_source":
            self.form = NewSourceForm(self.typed, prefix="new")
            saved = add_source(self.form, request) if self.form.is_valid() else None
            self.is_refused = self.is_half_typed = saved is None
            if saved:
                self.added, self.form = saved.item, NewSourceForm(prefix="new")
                self.attached.append(Attached(self.added.slug, True, "", ""))
        else:
            kept = as_typed(NewSourceForm, self.typed, "new") if self.typed else {}
            kept["language"] = kept.get("language") or "en"
            self.form = NewSourceForm(prefix="new", initial=kept)
            self.is_half_typed = bool(kept.get("title", "").strip())

    @property
    def chosen(self) -> list[services.EvidenceItem]:
        return [item.as_item() for item in self.attached if item.is_chosen]

    def refuse_half_a_source(self, form) -> None:
        """Refuse to save a form while the source beside it is typed but not added."""
        if self.is_half_typed:
            form.add_error(
                None, _("A source is typed but not added yet. Add it, or empty its title.")
            )

    def context(self, commitment=None, seen=None) -> dict:
        return {
            "takes": sources_to_take(commitment, seen, self.attached, self.typed),
            "sq": (self.typed or {}).get("sq", ""),
            "source_form": self.form,
            "added": self.added,
            "adding_source": bool(self.form.errors) or self.is_half_typed,
        }


@editor_page(Permission.PROPOSE)
def source_list(request):
    """List sources by words; for a form that asks with htmx, as things to choose or to name."""
    if request.htmx and "sq" in request.GET:
        commitment = (
            Commitment.objects.for_editing().filter(code=request.GET.get("for", "")).first()
        )
        seen = commitment and history_as_known(commitment.steps, commitment.checks)
        takes = sources_to_take(commitment, seen, attached_in(request.GET), request.GET)
        context = {"takes": takes, "sq": request.GET["sq"], "commitment": commitment}
        return show(request, "takes", context)
    if request.htmx and "suggest" in request.GET:
        found = Source.objects.holding(asked_of(request))[:FOUND]
        return suggest(request, ((row.slug, row.title) for row in found))
    words = request.GET.get("q", "")[:500]
    rows = Source.objects.holding(words)
    if request.GET.get("no_address"):
        rows = rows.filter(url="", archived_url="")
    if request.GET.get("dead_link"):
        rows = rows.with_dead_link()
    page = page_of(rows, ("slug",), request.GET.get("cursor", ""), ROWS)
    context = {"page": page, "q": words, "total": rows.count()}
    return show(request, "sources", context)


@editor_page(Permission.PROPOSE)
def source_new(request):
    form = NewSourceForm(request.typed)
    if action_of(request) == "save" and form.is_valid():
        saved = add_source(form, request)
        if saved is not None:
            messages.success(request, _("Added: {title}.").format(title=saved.item.title))
            slug = saved.item.slug
            return returned(request, slug) or redirect("editor_source", slug=slug)
    context = {"form": form, "is_back": request.is_back, "is_new": True}
    if form.is_bound:
        form.is_valid()
        context["proposed"] = form.proposed()
    if action_of(request) not in ("", "save"):
        context["form"] = form = NewSourceForm(initial=as_typed(NewSourceForm, request.typed))
    return show(request, "source", context, status_of(request, form))


def add_source(form, request):
    """Add the source of a valid form. Return what was saved; None with the refusal in the form."""
    try:
        if not has_permission(request.user, Permission.RECORD):
            require_room(request.handle)
        saved = services.save_source(**form.values(), actor=request.handle)
        if settings.PLANWATCH_SNAPSHOTS:
            transaction.on_commit(partial(look_at.enqueue, saved.item.slug))
        return saved
    except ValidationError as error:
        take_refusal(form, error)
    except services.Conflict:
        form.add_error("slug", _("Another source has this short name."))
    return None


@editor_page(Permission.PROPOSE)
def source_edit(request, slug):
    source = get_object_or_404(Source, slug=slug)
    initial = SourceForm.initial_of(source)
    form = SourceForm(request.typed, initial=initial)
    is_editor = has_permission(request.user, Permission.RECORD)
    if action_of(request) == "save":
        if not is_editor:
            raise PermissionDenied(_("Only Editors change a source that is in the record."))
        if form.is_valid():
            with refusals_beside(form, initial):
                saved = services.save_source(slug=slug, **form.values(), actor=request.handle)
                messages.success(request, _said_of(saved))
                return redirect("editor_source", slug=slug)
    context = {
        "form": form,
        "source": source,
        "facts": None if is_editor else _facts(initial),
        "is_back": request.is_back,
        "waiting": source.proposals.waiting(),
        "checks": source.checks.latest_first()[:SHORT],
        "in_use": Source.objects.in_use().filter(pk=source.pk).exists(),
        "snapshots": snapshots_of(slug) if is_editor else [],
        "imitated": services.imitated_by(source.url),
    }
    return show(request, "source", context, status_of(request, form))


@editor_page(Permission.RECORD)
def source_snapshot(request, slug, sha256):
    """Hand out a snapshot as a file: what a stranger's site answered is never shown as a page of this one."""
    found = next((item for item in snapshots_of(slug) if item.sha256 == sha256), None)
    if found is None or not found.is_intact:
        raise Http404
    name = f"{slug}-{found.taken_at:%Y-%m-%d}{found.path.suffix}"
    return FileResponse(
        found.path.open("rb"),
        as_attachment=True,
        filename=name,
        content_type="application/octet-stream",
    )


def _said_of(saved) -> str:
    if saved.proposal:
        return _("A closed status rests on this source: the edit waits for a second editor.")
    return _("Nothing was changed.") if saved.outcome == "unchanged" else _("Saved.")


def _facts(initial) -> list[tuple[str, str]]:
    """Return (name, value) of what is known of a source, as its form would name them."""
    found = []
    for name, field in SourceForm.base_fields.items():
        if name not in ("reason", "seen_version"):
            value = plain_value(initial[name])
            found.append((field.label, dict(getattr(field, "choices", ())).get(value, value)))
    return found
