"""Addresses of sources that imitate those of official publishers."""

from agencies.models import Agency
from commitments.choices import Origin
from commitments.models import Source
from planwatch.net.addresses import host_of
from planwatch.net.lookalikes import lookalike_of


def official_hosts(*, but: str = "") -> set[str]:
    """Return the hosts of agencies and of the official sources on record, without the source of the address `but`."""
    official = Source.objects.filter(origin=Origin.OFFICIAL).exclude(url=but)
    urls = [*official.values_list("url", flat=True), *Agency.objects.values_list("url", flat=True)]
    return {host_of(url) for url in urls} - {""}


def imitated_by(url: str) -> str:
    """Return the official host that an address can be taken for; "" for none. An official source does not vouch for itself."""
    host = host_of(url)
    return lookalike_of(host, official_hosts(but=url)) if host else ""
