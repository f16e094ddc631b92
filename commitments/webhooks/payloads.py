"""Payloads: which row of the record comes next, and its message."""

import uuid
from dataclasses import dataclass
from urllib.parse import urljoin

import orjson
from django.conf import settings
from django.http import QueryDict
from django.utils import translation

from commitments.api.serializers import ChangeSerializer, CommitmentSerializer
from commitments.audit.hash_chain import moment
from commitments.audit.matching import ChangeMatcher
from commitments.models import Change, Commitment
from commitments.selection import Clocks
from commitments.webhooks.models import Webhook

MOST_BYTES = 256 * 1024
# Looked at in one go.
MOST_ROWS = 200


@dataclass(frozen=True)
class PendingDelivery:
    """What a webhook is told next: a row of the record, and which of its commitments (ids) concern it."""

    row: Change
    commitments: frozenset[int]


def next_of(webhook: Webhook, head: int) -> PendingDelivery | int:
    """Return what comes next of the record up to row `head`; else the row up to which nothing concerns the webhook."""
    end = min(head, webhook.after + MOST_ROWS)
    news = ChangeMatcher(_beginning(webhook.after), end)
    wanted = news.within(webhook.filters)
    for seq in news.concerning([webhook.filters]):
        if seq > webhook.after:
            return PendingDelivery(
                Change.objects.with_visibility().get(pk=seq), news.about[seq] & wanted
            )
    return end


def _beginning(after: int) -> int:
    """Return the last row that was written before the transaction of the row that comes after `after`.

    What stood before a change is asked by the moment, which all rows of one transaction share.
    """
    following = Change.objects.filter(seq=after + 1).values("recorded_at")
    earlier = Change.objects.filter(seq__lte=after, recorded_at__lt=following)
    return earlier.order_by("-seq").values_list("seq", flat=True).first() or 0


def id_of(webhook: Webhook, row: Change) -> str:
    """Return the name of a message, always the same for one row and one webhook: by it a repeat is recognized.

    It is made of the row's seal, since a number alone could be given again in a record that was restored.
    """
    return f"msg_{uuid.uuid5(webhook.public_id, row.hash).hex}"


def body_of(item: PendingDelivery, version: int) -> bytes:
    """Return a message as JSON, in English like the API. One that would be too large names its commitments alone."""
    row = item.row
    with translation.override("en"):
        clocks = Clocks()
        rows = clocks.show(Commitment.objects.published()).filter(pk__in=item.commitments)
        context = {"request": _SiteItself(), "clocks": clocks}
        serializer = CommitmentSerializer(context=context)
        commitments = list(map(serializer.to_representation, rows.order_by("code").as_documents()))
        change = ChangeSerializer(row).data
    body = _packed(row, change, commitments, version)
    if len(body) > MOST_BYTES:
        change = {key: value for key, value in change.items() if key not in ("before", "after")}
        named = [{key: item[key] for key in ("code", "url", "seq")} for item in commitments]
        body = _packed(row, change, named, version, shortened=True)
    return body


def test_body(webhook: Webhook, version: int) -> bytes:
    data = {"webhook": str(webhook.public_id), "dataset_version": version}
    asked = moment(webhook.test_asked_at)
    return orjson.dumps({"type": "webhook.test", "timestamp": asked, "data": data})


def _packed(row, change, commitments, version, *, shortened=False) -> bytes:
    return orjson.dumps(
        {
            "type": "commitment.changed",
            "timestamp": moment(row.recorded_at),
            "data": {
                "seq": row.seq,
                "dataset_version": version,
                "shortened": shortened,
                "change": change,
                "commitments": commitments,
            },
        }
    )


class _SiteItself:
    """Stands for the request where there is none: nothing is chosen, and addresses begin with the site's own."""

    query_params = QueryDict()

    @staticmethod
    def build_absolute_uri(path: str) -> str:
        return urljoin(settings.PLANWATCH_SITE_URL, path)
