"""Polite HTTP client: one request at a time per host, a delay between two, limits of time and size."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from planwatch.net.ssrf import PublicTransport, web_address

SECONDS = 30
BYTES = 20_000_000


class Left(Exception):
    """The host asked to be left alone; ask again on another day."""


@dataclass
class Manners:
    """How sites are treated in one round. `at_once` counts requests to different hosts, `delay` is in seconds."""

    agent: str
    delay: float = 2.0
    at_once: int = 8
    seconds: float = SECONDS
    most_bytes: int = BYTES
    allow_private: bool = False
    left: set[str] = field(default_factory=set)

    def __post_init__(self):
        self._room = asyncio.Semaphore(self.at_once)
        self._turns = defaultdict(asyncio.Lock)
        self._not_before = defaultdict(float)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for this host's turn, and hold it. Raises Left once the host has asked for peace."""
        async with self._turns[host]:
            await asyncio.sleep(max(0.0, self._not_before[host] - time.monotonic()))
            if host in self.left:
                raise Left(host)
            async with self._room:
                try:
                    yield
                finally:
                    self._not_before[host] = time.monotonic() + self.delay


@dataclass(frozen=True)
class Page:
    """What came. `body` is None where its end did not come in time; `problem` says what was wrong with it."""

    status: int
    headers: httpx.Headers
    body: bytes | None
    problem: str = ""


class Visitor(httpx.AsyncClient):
    """Fetches pages. Use it as a context; cookies last within one context, as some redirects want them."""

    def __init__(self, manners: Manners, tls):
        self._manners = manners
        transport = PublicTransport(
            httpx.AsyncHTTPTransport(verify=tls), allow_private=manners.allow_private
        )
        # Some sites refuse who does not take compressed answers; the reader unpacks no more than its limit.
        headers = {"User-Agent": manners.agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        super().__init__(
            transport=transport, headers=headers, timeout=manners.seconds, trust_env=False
        )

    async def fetch(self, url: str, headers: dict[str, str] | None = None) -> Page:
        """Ask one address, following nothing. Raises httpx.HTTPError, httpx.InvalidURL, NotPublic, Left, OSError."""
        request = self.build_request("GET", web_address(url), headers=headers)
        host = request.url.host
        async with self._manners.turn(host):
            deadline = time.monotonic() + self._manners.seconds
            async with asyncio.timeout(self._manners.seconds):
                response = await self.send(request, stream=True)
            if response.status_code == 429:
                self._manners.left.add(host)
            try:
                body, problem = await self._read_body(response, deadline - time.monotonic())
            finally:
                await response.aclose()
        return Page(response.status_code, response.headers, body, problem)

    async def _read_body(
        self, response: httpx.Response, seconds: float
    ) -> tuple[bytes | None, str]:
        most, body = self._manners.most_bytes, bytearray()
        try:
            async with asyncio.timeout(seconds):
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) >= most:
                        problem = f"Longer than {most // 1_000_000} MB; the rest was not read."
                        return bytes(body[:most]), problem
        except TimeoutError:
            return None, f"It did not end within {self._manners.seconds:g} seconds."
        except httpx.HTTPError:
            return None, "It broke off before its end."
        return bytes(body), ""
