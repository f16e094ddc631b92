"""Signed notes: Ed25519 keys, checkpoints and signature lines (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature)."""

import hashlib
from base64 import b64decode, b64encode
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# Types of signature: of the log itself, and of a witness with the time.
LOG, WITNESS = 1, 4


class VerifierKey(NamedTuple):
    """A public key with its name, written `name+id+key`: `id` is hex, `key` base64 of the type and the 32 bytes."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Raises ValueError for a text that is no such key."""
        name, key_id, encoded = text.split("+", 2)
        raw = b64decode(encoded, validate=True)
        key = cls(name, raw[0] if raw else 0, raw[1:])
        if key.kind not in (LOG, WITNESS) or len(key.public) != 32 or str(key) != text:
            raise ValueError(f"Not a key: {text}")
        return key

    @classmethod
    def of(cls, name: str, private: Ed25519PrivateKey) -> "VerifierKey":
        """Return the key of a log."""
        return cls(name, LOG, private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(f"{self.name}\n".encode() + self._typed()).digest()[:4]

    def _typed(self) -> bytes:
        return bytes([self.kind]) + self.public

    def __str__(self):
        return f"{self.name}+{self.key_id.hex()}+{b64encode(self._typed()).decode()}"

    def signature_in(self, note: str) -> tuple[str, int] | None:
        """Return this key's line of a note and the POSIX time in it (0 in a log's); None if there is no valid one."""
        body, lines = split(note)
        for line in lines:
            signature = _signature_of(line, self)
            if signature is None:
                continue
            seconds, message = 0, body
            if self.kind == WITNESS:
                seconds, signature = int.from_bytes(signature[:8]), signature[8:]
                message = f"cosignature/v1\ntime {seconds}\n{body}"
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message.encode())
            except InvalidSignature:
                return None
            return line, seconds
        return None


def _signature_of(line: str, key: VerifierKey) -> bytes | None:
    """Return the signature of a line if it says to be by that key."""
    before = f"— {key.name} "
    try:
        raw = b64decode(line.removeprefix(before).strip(), validate=True)
    except ValueError:
        return None
    return raw[4:] if line.startswith(before) and raw[:4] == key.key_id else None


def split(note: str) -> tuple[str, list[str]]:
    """Return the text of a note and its signature lines, all with their line ends."""
    body, _, lines = note.rpartition("\n\n")
    return f"{body}\n", lines.splitlines(keepends=True)


def sign(body: str, private: Ed25519PrivateKey) -> str:
    """Return a checkpoint as a note, signed under its origin as the name."""
    key = VerifierKey.of(read_checkpoint(body)[0], private)
    encoded = b64encode(key.key_id + private.sign(body.encode())).decode()
    return f"{body}\n— {key.name} {encoded}\n"


def checkpoint(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def read_checkpoint(body: str) -> tuple[str, int, bytes]:
    """Return origin, size and root of a checkpoint. Raises ValueError for another text."""
    origin, size, root = body.split("\n")[:3]
    found = origin, int(size), b64decode(root)
    if checkpoint(*found) != body:
        raise ValueError("Not a checkpoint.")
    return found
