"""A site on this machine that answers as badly as it is told to, and remembers what it was asked."""

import contextlib
import socket
import socketserver
import struct
import threading
import time
from collections import Counter, defaultdict


def page(title="A plan", text="The department shall train every officer.", **headers):
    body = f"<html><head><title>{title}</title></head><body><main>{text}</main></body></html>"
    return answer(200, body, **{"Content-Type": "text/html; charset=utf-8", **headers})


def answer(status, body="", **headers):
    """Return the bytes of an answer; a header is written as it is given, with `_` for `-`."""
    body = body if isinstance(body, bytes) else body.encode()
    lines = {"Content-Length": len(body), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = f"HTTP/1.1 {status} Said\r\n".encode()
    for name, value in lines.items():
        value = value if isinstance(value, bytes) else str(value).encode()
        head += name.encode() + b": " + value + b"\r\n"
    return head + b"\r\n" + body


def redirect(location, status=302):
    return answer(status, Location=location)


def silence(connection):
    """Say nothing until the other side gives up."""
    with contextlib.suppress(OSError):
        connection.recv(1)


def endless_head(connection):
    _drip(connection, b"HTTP/1.1 200 OK\r\nX: ", b"x")


def endless_body(connection):
    _drip(connection, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"more ")


def _drip(connection, first, drop):
    with contextlib.suppress(OSError):
        connection.sendall(first)
        while True:
            connection.sendall(drop)
            time.sleep(0.02)


def reset(connection):
    """Hang up as a crashed server does: the other side reads an error, not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Site(socketserver.ThreadingTCPServer):
    """Answers each path with what `answers` holds for it: bytes, a list of them one after another, or a function of
    the connection. It listens on every address of this machine, so that 127.0.0.1, 127.0.0.2 … are hosts of their own.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 50

    def __init__(self, tls=None):
        self.answers = {}
        self.asked = []
        self.headers = defaultdict(list)
        self.bodies = defaultdict(list)
        self.now = Counter()
        self.most_at_once = Counter()
        self._tls = tls
        self._lock = threading.Lock()
        super().__init__(("0.0.0.0", 0), _Handler)

    def url(self, path, host="127.0.0.1"):
        return f"{'https' if self._tls else 'http'}://{host}:{self.server_address[1]}{path}"

    def get_request(self):
        connection, address = super().get_request()
        connection.settimeout(5)
        return connection, address

    def finish_request(self, request, client_address):
        if self._tls:
            request = self._tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that hangs up is no fault of the site."""

    def take(self, path, headers, body):
        with self._lock:
            self.asked.append(path)
            self.headers[path].append(headers)
            self.bodies[path].append(body)
            found = self.answers.get(path, answer(404, "no such page"))
            if isinstance(found, list):
                return found.pop(0) if len(found) > 1 else found[0]
            return found

    @contextlib.contextmanager
    def busy_with(self, host):
        with self._lock:
            self.now[host] += 1
            self.most_at_once[host] = max(self.most_at_once[host], self.now[host])
        try:
            yield
        finally:
            with self._lock:
                self.now[host] -= 1


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        text = b""
        while b"\r\n\r\n" not in text:
            if not (more := self.request.recv(65536)):
                return
            text += more
        head, _, body = text.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        while len(body) < int(headers.get("content-length", 0)):
            if not (more := self.request.recv(65536)):
                return
            body += more
        path = first.split(" ")[1]
        with self.server.busy_with(headers.get("host", "")):
            found = self.server.take(path, headers, body)
            if callable(found):
                found(self.request)
            else:
                self.request.sendall(found)


@contextlib.contextmanager
def site_started(tls=None):
    with Site(tls) as site:
        thread = threading.Thread(
            target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()
