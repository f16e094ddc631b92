"""Proofs of OpenTimestamps: the calendars' small protocol, and the file format that `ots verify` reads.

The reference library (0.4.5) brings a Bitcoin library and a second cryptographic one, and had no release since 2023.
"""

import hashlib
import io
from collections.abc import Iterator
from typing import NamedTuple

_HEADER = bytes.fromhex("004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e8929401")
_ATTESTATION, _SHA256, _APPEND, _PREPEND, _FORK = b"\x00", b"\x08", b"\xf0", b"\xf1", b"\xff"
PENDING, BITCOIN = bytes.fromhex("83dfe30d2ef90c8e"), bytes.fromhex("0588960d73d71901")
_LONGEST = 8192


class Attestation(NamedTuple):
    """Who vouches for a message: the calendar (PENDING, `value` is its address) or a block (BITCOIN, its height)."""

    kind: bytes
    value: bytes
    message: bytes
    begin: int
    end: int

    @property
    def block(self) -> int:
        return _number(io.BytesIO(self.value))


def proof_file(digest: bytes, timestamp: bytes) -> bytes:
    """Return the .ots file of a calendar's answer about a SHA-256 digest. Raises ValueError for another answer."""
    content = _HEADER + _SHA256 + digest + timestamp
    if not {PENDING, BITCOIN} & {found.kind for found in attestations(content)}:
        raise ValueError("The proof ends nowhere.")
    return content


def upgraded(content: bytes, pending: Attestation, timestamp: bytes) -> bytes:
    """Return the file with what the calendar now says in place of its promise. Raises ValueError."""
    if timestamp.startswith(_FORK):
        raise ValueError("The answer is no single path.")
    return content[: pending.begin] + timestamp + content[pending.end :]


def attestations(content: bytes) -> Iterator[Attestation]:
    """Yield where the operations of a file lead. Raises ValueError for what is no proof over a SHA-256 digest."""
    source = io.BytesIO(content)
    if source.read(len(_HEADER) + 1) != _HEADER + _SHA256:
        raise ValueError("Not a proof over a SHA-256 digest.")
    waiting = [_exactly(source, 32)]
    while waiting:
        message, tag = waiting.pop(), source.read(1)
        if tag == _FORK:
            waiting += [message, message]
        elif tag == _ATTESTATION:
            begin = source.tell() - 1
            kind, value = _exactly(source, 8), _text(source)
            yield Attestation(kind, value, message, begin, source.tell())
        elif tag == _SHA256:
            waiting.append(hashlib.sha256(message).digest())
        elif tag in (_APPEND, _PREPEND) and len(message) < _LONGEST:
            text = _text(source)
            waiting.append(message + text if tag == _APPEND else text + message)
        else:
            raise ValueError(f"Unknown step {tag.hex()} in a proof.")
    if source.read(1):
        raise ValueError("More follows a proof.")


def _exactly(source: io.BytesIO, size: int) -> bytes:
    found = source.read(size)
    if len(found) < size:
        raise ValueError("The proof is cut off.")
    return found


def _number(source: io.BytesIO) -> int:
    number = 0
    for place in range(0, 63, 7):
        byte = _exactly(source, 1)[0]
        number |= (byte & 0x7F) << place
        if byte < 0x80:
            return number
    raise ValueError("A number in a proof is too large.")


def _text(source: io.BytesIO) -> bytes:
    size = _number(source)
    if size > _LONGEST:
        raise ValueError("A text in a proof is too long.")
    return _exactly(source, size)
