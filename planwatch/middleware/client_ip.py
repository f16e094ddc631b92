"""Client IP: the address that the nearest trusted proxy saw."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings

# A network gives a home or an office a /64 of IPv6: its addresses are one client.
NETWORK = 64


def client_ip(get_response):
    """Make REMOTE_ADDR the client's own address; throttles, the lock-out and logs read it there and nowhere else.

    Each trusted proxy adds the address it was asked from at the end of X-Forwarded-For; what stands before these was
    written by the client. Without a proxy the header is not read. Where it is shorter or no address, the address of
    the connection stays.
    """

    def middleware(request):
        request.META["REMOTE_ADDR"] = address_of(request.META)
        return get_response(request)

    return middleware


def address_of(meta) -> str:
    """Return the address from which a request comes."""
    if hops := settings.PLANWATCH_TRUSTED_PROXIES:
        forwarded = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(forwarded) >= hops and (address := _address(forwarded[-hops].strip())):
            return address
    return meta.get("REMOTE_ADDR", "")


def _address(text: str) -> str:
    """Return an address as it is written, without a port; "" if it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


@lru_cache(4096)
def network_of(address: str) -> str:
    """Return the address that stands for all addresses of one client; "unknown" for what is none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        network = ip_network((parsed, NETWORK), strict=False)
        return str(parsed.ipv4_mapped or network.network_address)
    return str(parsed)


def client_of(request) -> str | None:
    """Return the address that stands for the client of a request; None where its server names none."""
    network = network_of(request.META.get("REMOTE_ADDR", ""))
    return None if network == "unknown" else network
