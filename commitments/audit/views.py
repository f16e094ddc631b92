"""Pages of the public record (/changes/), of its signed heads (/record/) and of corrections."""

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from commitments.audit.body_schema import body_schema
from commitments.audit.heads import keys_of
from commitments.audit.rendering import KINDS, by_day, render_entry, source_named_by
from commitments.choices import AnchorKind
from commitments.models import Anchor, Change, SignedHead, Source, StatusChange
from commitments.pages import public_view
from commitments.querysets.audit import CHANGE_KINDS
from planwatch.web.keyset import page_of, size_from
from planwatch.web.query_params import InvalidQuery, unknown_value

# A row is told in a table of its own, so that 500 would be more than a megabyte.
CHANGES, MOST_CHANGES = 25, 200
_TYPES = {
    AnchorKind.RFC3161: "application/timestamp-reply",
    AnchorKind.OPENTIMESTAMPS: "application/vnd.opentimestamps.v1",
    AnchorKind.BITCOIN: "application/vnd.opentimestamps.v1",
    AnchorKind.GIT: "text/plain; charset=utf-8",
}


@public_view("cursor", "page_size", "kind", repeatable=("kind",))
def change_list(request):
    clocks = request.clocks
    kinds = _kinds(request.GET)
    size = size_from(request.GET.get("page_size", ""), CHANGES, MOST_CHANGES)
    changes = Change.objects.recorded_by(clocks.as_of)
    changes = changes.with_visibility().with_subjects().select_related("redaction")
    if kinds:
        changes = changes.of_kinds(kinds)
    page = page_of(changes, ("-seq",), request.GET.get("cursor", ""), size)
    named = {source_named_by(row) for row in page.rows}
    linked = dict(Source.objects.in_use().filter(slug__in=named).values_list("slug", "title"))
    told = [render_entry(row, linked) for row in page.rows]
    context = {
        "page": page,
        "days": by_day(told),
        "kinds": [(kind, name, kind in kinds) for kind, name in KINDS.items()],
        "is_filtered": bool(kinds),
    }
    return render(request, "commitments/change_list.html", context)


def _kinds(params):
    """Return the kinds of change that an address asks for. Raises InvalidQuery for one that does not exist."""
    kinds = params.getlist("kind")
    unknown = [kind for kind in kinds if kind not in CHANGE_KINDS]
    if unknown:
        raise InvalidQuery(unknown_value("kind", kind, CHANGE_KINDS) for kind in unknown)
    return kinds


@public_view("cursor", "page_size")
def correction_list(request):
    """List the corrections that had been made and had become true, each with the step that it strikes out."""
    clocks = request.clocks
    size = size_from(request.GET.get("page_size", ""), CHANGES)
    corrections = StatusChange.objects.published().exclude(corrects=None)
    if clocks.as_of is not None:
        corrections = corrections.true_by(clocks.as_of)
    rows = corrections.select_related("commitment", "corrects")
    page = page_of(rows, ("-recorded_at", "-id"), request.GET.get("cursor", ""), size)
    return render(request, "commitments/correction_list.html", {"page": page})


@public_view("cursor", "page_size")
def record(request):
    """List the signed heads, each with its cosignatures."""
    size = size_from(request.GET.get("page_size", ""), CHANGES)
    heads = SignedHead.objects.prefetch_related("cosignatures", "anchors")
    page = page_of(heads, ("-size",), request.GET.get("cursor", ""), size)
    context = {
        "page": page,
        "keys": [
            (_("This site"), keys_of(settings.PLANWATCH_RECORD_KEYS)),
            (_("Witness"), keys_of(settings.PLANWATCH_WITNESS_KEYS)),
        ],
    }
    return render(request, "commitments/record.html", context)


@public_view()
def record_schema(request):
    """Answer with the JSON Schema of the bodies of rows."""
    return JsonResponse(body_schema(), content_type="application/schema+json")


@public_view()
def record_head(request):
    """Answer with the latest signed head as a C2SP checkpoint."""
    head = get_object_or_404(SignedHead.objects.order_by("-size")[:1])
    return HttpResponse(head.checkpoint, content_type="text/plain; charset=utf-8")


@public_view()
def record_file(request, size, ending):
    """Answer with a head as it was signed (txt), or with a receipt of an anchor as the service gave it."""
    if ending == "txt":
        head = get_object_or_404(SignedHead, size=size)
        return HttpResponse(head.stamped, content_type="text/plain; charset=utf-8")
    kinds = [kind for kind, each in Anchor.ENDINGS.items() if each == ending]
    anchor = get_object_or_404(Anchor, head=size, kind__in=kinds)
    return HttpResponse(anchor.content, content_type=_TYPES[anchor.kind])
