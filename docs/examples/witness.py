"""Witness the record of a PlanWatch site: refuse a head that does not continue the last one, and cosign the others.

    pip install cryptography
    openssl genpkey -algorithm ed25519 -out witness.pem
    python witness.py https://planwatch.example.org 'SITE KEY' witness.example.org/mine witness.pem last-head

SITE KEY is on the page /record/ of the site. It prints the witness's own key, which the site adds to
PLANWATCH_WITNESS_KEYS. Run it by a timer; it exits with an error, and keeps the last head, when the record was rewritten.
"""

import hashlib
import json
import sys
import time
import urllib.request
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def ask(url, data=None):
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def is_continued(size, root, later_size, later_root, proof):
    """RFC 9162, 2.1.4.2: whether the later tree begins with the earlier one."""
    if size >= later_size or not proof:
        return (size, root) == (later_size, later_root) and not proof
    if size & (size - 1) == 0:
        proof = [root, *proof]
    index, last = size - 1, later_size - 1
    while index % 2:
        index, last = index >> 1, last >> 1
    first = second = proof[0]
    for step in proof[1:]:
        if last == 0:
            return False
        if index % 2 or index == last:
            first, second = node(step, first), node(step, second)
            while not index % 2 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node(second, step)
        index, last = index >> 1, last >> 1
    return last == 0 and first == root and second == later_root


def read(head, site_key):
    """Return text, size and root of a head that the site signed."""
    body, _, lines = head.rpartition("\n\n")
    try:
        name, _, key = site_key.split("+", 2)
        signatures = [line for line in lines.split("\n") if line.startswith(f"— {name} ")]
        public = Ed25519PublicKey.from_public_bytes(b64decode(key)[1:])
        public.verify(b64decode(signatures[0].split(" ")[2])[4:], f"{body}\n".encode())
    except (IndexError, ValueError, InvalidSignature):
        sys.exit(f"The head is not signed by {site_key}.")
    origin, size, root = body.split("\n")
    if origin != name:
        sys.exit(f"The head is of {origin}.")
    return f"{body}\n", int(size), b64decode(root)


def witness(site, site_key, name, key_file, last_file):
    head = ask(f"{site}/record/head").decode()
    body, size, root = read(head, site_key)
    if (last := Path(last_file)).exists():
        _, last_size, last_root = read(last.read_text(), site_key)
        url = f"{site}/api/v1/record/consistency/?earlier={last_size}&size={size}"
        proof = json.loads(ask(url))["proof"] if last_size < size else []
        proof = [bytes.fromhex(step) for step in proof]
        if not is_continued(last_size, last_root, size, root, proof):
            sys.exit(f"Head {size} does not continue head {last_size}: the record was rewritten.")
    last.write_text(head)
    private, now = load_pem_private_key(Path(key_file).read_bytes(), None), int(time.time())
    public = b"\x04" + private.public_key().public_bytes_raw()
    key_id = hashlib.sha256(f"{name}\n".encode() + public).digest()[:4]
    print(f"{name}+{key_id.hex()}+{b64encode(public).decode()} has seen head {size}.")
    signature = private.sign(f"cosignature/v1\ntime {now}\n{body}".encode())
    signed = b64encode(key_id + now.to_bytes(8, "big") + signature).decode()
    data = {"size": size, "line": f"— {name} {signed}"}
    ask(f"{site}/api/v1/record/cosignatures/", json.dumps(data).encode())


if __name__ == "__main__":
    witness(*sys.argv[1:])
