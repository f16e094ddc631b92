"""What may be reached. A name is resolved once, every address that it has is judged, and the connection goes to one of
those: a name that answers differently the second time (DNS rebinding) gains nothing."""

import asyncio
import ipaddress
import socket

import httpx

# Global unicast, and what of it is for a special purpose: the registries of IANA on Nov. 30, 2026. Kept here, since the
# tables of Python change with its version. 6to4 and Teredo carry IPv4 addresses, which could be any, and nobody needs them.
GLOBAL_UNICAST = [
    ipaddress.ip_network(text) for text in ("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "2000::/3")
]
SPECIAL = [
    ipaddress.ip_network(text)
    for text in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    ]
]
TRIED = 4


class NotPublic(Exception):
    """An address at which nothing of the public web can stand."""


def is_public(text: str) -> bool:
    """Tell whether an IP address is global unicast and has no special purpose."""
    address = ipaddress.ip_address(text.partition("%")[0])
    # An IPv4 address in another dress is judged as what it is.
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in GLOBAL_UNICAST) and not any(
        address in network for network in SPECIAL
    )


def web_address(text: str) -> httpx.URL:
    """Return an address of the web read. Raises NotPublic for any other, httpx.InvalidURL for what is none at all."""
    url = httpx.URL(text)
    port = 80 if url.port is None else url.port
    is_web = url.scheme in ("http", "https") and url.host and 0 < port < 65536
    if not is_web or url.userinfo:
        raise NotPublic("it is no address of the web")
    return url


async def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host. Raises OSError (also UnicodeError) where it has none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(sockaddr[0] for *_, sockaddr in found))


class PublicTransport(httpx.AsyncBaseTransport):
    """Connects to the address that was judged; the name still stands in the Host header and is the one certified."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, allow_private: bool = False):
        self._inner = inner
        self._allow_private = allow_private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        addresses = await resolve(url.host, url.port or {"http": 80, "https": 443}[url.scheme])
        if not self._allow_private and not all(map(is_public, addresses)):
            raise NotPublic(f"{url.host} is not a public address")
        extensions = {**request.extensions, "sni_hostname": url.host}
        failure = httpx.ConnectError(f"{url.host} has no address")
        for address in addresses[:TRIED]:
            pinned = httpx.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions=extensions,
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure

    async def aclose(self) -> None:
        await self._inner.aclose()
