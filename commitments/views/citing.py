"""Citations as files."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from commitments import citations
from commitments.datasets import shelf
from commitments.models import Commitment, Source
from planwatch.web.pages import public_page


@public_page()
def cite_commitment(request, code, form):
    commitments = request.clocks.show(Commitment.objects.published())
    commitment = get_object_or_404(commitments, code=code.upper())
    return _file(citations.of_commitment(request, commitment), form)


@public_page()
def cite_source(request, slug, form):
    """Cite the document itself, which is the same on every day: the clocks are taken as on its page, and change nothing."""
    return _file(citations.of_source(get_object_or_404(Source.objects.in_use(), slug=slug)), form)


@public_page()
def cite_data_set(request, form):
    return _file(citations.of_data_set(request, next(iter(shelf.published()), None)), form)


def _file(reference, form):
    if form not in citations.FORMS:
        raise Http404
    media_type, write = citations.FORMS[form]
    response = HttpResponse(write(reference), content_type=f"{media_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{reference.key}.{form}"'
    return response
