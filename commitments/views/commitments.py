"""Pages of the list of commitments and of one commitment."""

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from commitments import statuses
from commitments.audit.rendering import edits
from commitments.choices import SourceKind
from commitments.models import Commitment, CommitmentLink, Development
from commitments.pages import filtered_view, linked_page, public_view
from commitments.presenters.evidence import announcement_of, origins_in_words, sources_of
from commitments.presenters.history import bands, history
from commitments.presenters.lineage import lineage
from commitments.presenters.status_sentence import status_sentence
from commitments.querysets.sql import end_of, was_published
from commitments.selection import Clocks
from commitments.status_rules import history_as_known
from commitments.views.commitment_list import listing
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission
from planwatch.db.site_data import current_site

# So many edits at most stand on the page of a commitment.
EDITS = 200
# So many entries of a history stand open at most; of a longer one the latest few do.
ENTRIES, RECENT = 9, 6
# The handle under which `import_plan` writes.
IMPORTER = "importer"


@filtered_view
def commitment_list(request):
    return render(
        request, "commitments/commitment_list.html", listing(request, Commitment.objects.all())
    )


@linked_page("api:commitment-detail")
@public_view()
def commitment_detail(request, code):
    readable = request.clocks.show(Commitment.objects.published())
    commitment = readable.read_one(code.upper())
    if commitment is None:
        return _not_yet(request, code)
    return _page_of(request, commitment, readable)


@editor_page(Permission.RECORD)
def draft_preview(request, code):
    """Show editors the page that an unpublished commitment would have."""
    request.clocks = Clocks()
    readable = request.clocks.show(Commitment.objects.all())
    commitment = readable.read_one(code.upper())
    if commitment is None:
        raise Http404
    if commitment.is_published:
        return redirect("commitment_detail", code=code)
    return _page_of(request, commitment, readable)


def _page_of(request, commitment, readable):
    clocks = request.clocks
    seen = history_as_known(commitment.steps, commitment.checks, clocks.as_of)
    path = seen.path
    evidence = path[-1].evidence.all() if path else []
    entries = history(commitment, seen)
    shown = len(entries) if len(entries) <= ENTRIES else RECENT
    reports = list(Development.objects.on_one(commitment, clocks.as_of))
    own_words = [
        row for row in commitment.own_words if was_published(row.reported_on, clocks.as_of)
    ]
    day = clocks.day_in(commitment.time_zone)
    said = [commitment.title, commitment.summary, commitment.note, commitment.lead_note]
    said += [row.sentence for row in reports] + [step.explanation for step in path[-1:]]
    sources = sources_of(commitment, seen, reports, own_words, clocks.as_of)
    context = {
        "commitment": commitment,
        "section_key": commitment.section.public_key if commitment.section else "",
        "leads": [role.agency for role in commitment.owed_by if role.role == "lead"],
        "partners": [role.agency for role in commitment.owed_by if role.role == "partner"],
        "announcement": announcement_of(commitment),
        "latest": path[-1] if path else None,
        "evidence": evidence,
        "origins": origins_in_words(evidence),
        "standing": status_sentence(commitment, bool(path), reports, clocks),
        "reports": reports,
        "own_words": own_words,
        "terms": current_site().terms_in(*said),
        "recent": entries[:shown],
        "older": entries[shown:],
        "bands": bands(
            commitment,
            commitment.steps,
            day,
            clocks.as_of,
            clocks.known_at,
        ),
        "lineage": lineage(commitment, CommitmentLink.objects.around(commitment, readable)),
        "sources": sources,
        "responses": [row for row in sources if row.source.kind == SourceKind.AGENCY_RESPONSE],
        "late": statuses.days_late(
            commitment.effective_status, commitment.effective_since, commitment.due_on
        ),
        "edits": edits(_edits(commitment, clocks)),
    }
    return render(request, "commitments/commitment_detail.html", context)


def _edits(commitment, clocks):
    """Return the rows of the record that changed the texts of an entry after it was made, newest first."""
    rows = commitment.changes.public()
    rows = rows.filter(object_type__in=("commitment", "citation", "commitmentlink", "source"))
    # Of what an import makes, the entry itself is the story; it is not an edit.
    made = Q(action="create") & (Q(object_type="commitment") | Q(actor=IMPORTER))
    if clocks.as_of:
        rows = rows.filter(recorded_at__lt=end_of(clocks.as_of))
    return rows.exclude(made).order_by("-seq")[:EDITS]


def _not_yet(request, code):
    """Say that a commitment was announced later than the day asked for; anything else is not found."""
    commitment = get_object_or_404(Commitment.objects.published(), code=code.upper())
    context = {"commitment": commitment}
    return render(request, "commitments/not_yet.html", context, status=404)
