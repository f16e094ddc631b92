"""Keep a copy of the PlanWatch data set in SQLite, and check the record's chain of hashes on the way.

    pip install rfc8785
    python mirror.py https://planwatch.example.org planwatch.db

Run it again to catch up, and stop it whenever you like: each page of the record is one transaction. The file then holds
the record in the table `changes`, and the data set in views over it, which mirror.sql defines.
"""

import hashlib
import json
import sqlite3
import sys
import urllib.request
from pathlib import Path

import rfc8785

HEADER = ("seq", "recorded_at", "action", "body_hash", "prev_hash")
BODY = ("object_type", "object_key", "actor", "before", "after", "nonce")
COLUMNS = (*HEADER, "hash", "withheld", "redaction", *BODY)


def ask(site, after, limit):
    with urllib.request.urlopen(f"{site}/api/v1/changes/?after={after}&limit={limit}") as answer:
        return json.load(answer)


def seal(row, names):
    return hashlib.sha256(rfc8785.dumps({name: row[name] for name in names})).hexdigest()


def keep(db, row):
    """Check a row against its own hashes, then insert it, or replace what was kept under its number."""
    if row["hash"] != seal(row, HEADER) or not (
        row["withheld"] or row["redaction"] or row["body_hash"] == seal(row, BODY)
    ):
        sys.exit(f"Row {row['seq']} is not what was sealed.")
    values = [
        json.dumps(row[name]) if isinstance(row.get(name), dict) else row.get(name)
        for name in COLUMNS
    ]
    db.execute(f"REPLACE INTO changes VALUES ({', '.join('?' * len(COLUMNS))})", values)


def mirror(site, path, limit=500):
    db = sqlite3.connect(path)
    db.executescript(Path(__file__).with_suffix(".sql").read_text())
    while True:
        last = db.execute("SELECT seq, hash FROM changes ORDER BY seq DESC LIMIT 1").fetchone()
        seq, head = last or (0, "0" * 64)
        page = ask(site, seq, limit)
        with db:  # All of a page or nothing of it, whenever this is killed.
            for row in page["results"]:
                if (row["seq"], row["prev_hash"]) != (seq + 1, head):
                    sys.exit(f"Row {row['seq']} does not follow row {seq}.")
                keep(db, row)
                seq, head = row["seq"], row["hash"]
            for number in page[
                "read_again"
            ]:  # Published, withheld or redacted since they were read.
                keep(db, ask(site, number - 1, 1)["results"][0])
        if not page["results"]:
            print(f"{path} is at version {seq}, whose hash is {head}.")
            return


if __name__ == "__main__":
    mirror(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
