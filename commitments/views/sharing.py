"""The picture of a commitment's status."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from commitments.dates import in_words
from commitments.models import Commitment
from commitments.sharing import Card, picture
from commitments.statuses import Status, Verification
from commitments.templatetags.reading import owed_by
from planwatch.web.pages import public_page


@public_page()
def commitment_picture(request, code):
    commitments = request.clocks.show(Commitment.objects.published()).for_list()
    commitment = get_object_or_404(commitments, code=code.upper())
    card = Card(
        status=commitment.shown_status,
        code=commitment.code,
        title=commitment.title,
        label=str(Status(commitment.shown_status).label),
        since=gettext("since {day}").format(
            day=in_words(commitment.shown_since, commitment.shown_precision)
        ),
        owed_by=gettext("Owed by: {names}").format(names=owed_by(commitment)),
        confirmed=gettext("Confirmed by: {words}").format(
            words=Verification(commitment.shown_verification).label
        ),
        as_of=gettext("As of {day}").format(day=in_words(request.clocks.day)),
    )
    return HttpResponse(picture(card), content_type="image/png")
