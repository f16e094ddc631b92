"""What may be reached. A name is resolved once, every address that it has is judged, and the connection goes to one of
those: a name that answers differently the second time (DNS rebinding) gains nothing."""

import asyncio
import ipaddress
import socket

import httpx

# How IPv6 carries an IPv4 address that a gateway would unwrap (RFC 6052, RFC 8215).
CARRIERS = [ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48")]
TRIED = 4


class NotPublic(Exception):
    """An address at which nothing of the public web can stand."""


def is_public(text: str) -> bool:
    """Tell whether an IP address is one of the public internet: not private, local, shared, multicast or reserved."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if address.version == 6:
        if any(address in network for network in CARRIERS):
            return False
        # An IPv4 address in another dress is judged as what it is.
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def web_address(text: str) -> httpx.URL:
    """Return an address of the web read. Raises NotPublic for any other, httpx.InvalidURL for what is none at all."""
    url = httpx.URL(text)
    port = 80 if url.port is None else url.port
    if url.scheme not in ("http", "https") or not url.host or not 0 < port < 65536:
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
