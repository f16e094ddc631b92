"""Verify the record of a PlanWatch site from what it publishes alone.

    pip install cryptography rfc8785
    python verify.py https://planwatch.example.org 'SITE KEY' last-head

SITE KEY is on the page /record/ of the site. Checks every row against its hashes, all rows against the signed head and
against the head in the file `last-head`, which it then replaces, and the published commitments against the record. Run
it by a timer on a machine of your own, with mirror.py and witness.py beside it; it exits with an error on any difference.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from mirror import BODY, HEADER, seal
from witness import ask, hashlib, node, read

# What a commitment is published with, and its row of the record says too.
SAID = ("title", "summary", "announced_on", "due_on", "plan", "pillar", "kind")


def rows_of(site):
    """Yield every row of the record, each checked against its own hashes and the row before."""
    seq, head = 0, "0" * 64
    while rows := json.loads(ask(f"{site}/api/v1/changes/?after={seq}&limit=500"))["results"]:
        for row in rows:
            if (row["seq"], row["prev_hash"]) != (seq + 1, head):
                sys.exit(f"Row {row['seq']} does not follow row {seq}.")
            if row["hash"] != seal(row, HEADER) or not (
                row["withheld"] or row["redaction"] or row["body_hash"] == seal(row, BODY)
            ):
                sys.exit(f"Row {row['seq']} is not what was sealed.")
            seq, head = row["seq"], row["hash"]
            yield row


def root_of(leaves):
    """RFC 9162, 2.1.1."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:middle]), root_of(leaves[middle:]))


def check_commitments(site, said, steps):
    """Compare what is published with the last row about each commitment, and with its recorded steps."""
    published, address = set(), f"{site}/api/v1/commitments/?page_size=500"
    while address:
        page = json.loads(ask(address))
        for item in page["results"]:
            code, recorded = item["code"], said.get(item["code"], {})
            published.add(code)
            if wrong := [name for name in SAID if item[name] != recorded.get(name)]:
                sys.exit(f"{code} is published with another {wrong[0]} than recorded.")
            begun = ("no_evidence", item["announced_on"])
            if (item["status"], item["status_since"]) not in (*steps[code], begun):
                sys.exit(f"{code} is published as {item['status']}, which nobody recorded.")
        address = page["next"]
    if missing := {code for code, after in said.items() if after["is_published"]} - published:
        sys.exit(f"{min(missing)} is published by the record, and missing from the list.")


def verify(site, site_key, last_file):
    head, last = ask(f"{site}/record/head").decode(), Path(last_file)
    leaves, said, steps = [], {}, defaultdict(set)
    redacted, named = set(), set()
    for row in rows_of(site):
        leaves.append(hashlib.sha256(b"\x00" + bytes.fromhex(row["hash"])).digest())
        after = not row["withheld"] and row["after"]
        if row["redaction"]:
            redacted.add(row["seq"])
        if after and row["object_type"] == "redaction":
            named.update(after["rows"])
        if after and row["object_type"] == "commitment":
            said[row["object_key"]] = after
        if after and row["object_type"] == "statuschange":
            steps[after["commitment"]].add((after["status"], after["effective_on"]))
    if unnamed := redacted - named:
        sys.exit(f"Row {min(unnamed)} was changed by a redaction that is not in the record.")
    for note in (head, last.read_text() if last.exists() else head):
        _, size, root = read(note, site_key)
        if size > len(leaves) or root_of(leaves[:size]) != root:
            sys.exit(f"The first {size} rows are not those over which head {size} was signed.")
    check_commitments(site, said, steps)
    last.write_text(head)
    print(f"{len(leaves)} rows and {len(said)} commitments agree with the signed heads.")


if __name__ == "__main__":
    verify(*sys.argv[1:])
