"""The comparator Datasette: the same rows in one table of SQLite, with an index for each facet and FTS5.

As a researcher would load them, and served as its documentation advises: immutable, with its counts taken beforehand.
"""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

VERSION = "0.65.5"
FACETS = ("pillar", "status", "kind", "verification", "lead")
ROWS = """
CREATE TABLE commitments AS
SELECT c.code, c.title, c.summary, p.slug AS plan, i.slug AS pillar, o.key AS section, c.kind,
  c.announced_on, c.due_on, c.target, c.status, c.status_since, c.verification, c.last_reviewed_on,
  c.created_at, c.updated_at, c.seq,
  (SELECT a.slug FROM commitments_commitmentagency r JOIN agencies_agency a ON a.id = r.agency_id
    WHERE r.commitment_id = c.id AND r.role = 'lead' LIMIT 1) AS lead,
  (SELECT json_group_array(a.slug) FROM commitments_commitmentagency r
    JOIN agencies_agency a ON a.id = r.agency_id
    WHERE r.commitment_id = c.id AND r.role = 'partner') AS partners,
  (SELECT json_group_array(json_object('slug', s.slug, 'title', s.title, 'publisher', s.publisher,
      'published_on', s.published_on, 'precision', s.precision, 'url', s.url, 'origin', s.origin,
      'locator', t.locator, 'relation', t.relation))
    FROM commitments_citation t JOIN commitments_source s ON s.id = t.source_id
    WHERE t.commitment_id = c.id) AS sources
FROM source.commitments_commitment c
JOIN source.commitments_plan p ON p.id = c.plan_id
JOIN source.commitments_pillar i ON i.id = c.pillar_id
LEFT JOIN source.commitments_section o ON o.id = c.section_id
ORDER BY c.code
"""


def prepare(source: Path, target: Path) -> None:
    """Write the rows of a PlanWatch database in SQLite into a file for Datasette."""
    target.unlink(missing_ok=True)
    with sqlite3.connect(target) as connection:
        connection.execute("ATTACH ? AS source", [str(source)])
        described = ROWS.replace("CREATE TABLE commitments AS", "")
        columns = [row[0] for row in connection.execute(described + " LIMIT 0").description]
        named = ", ".join(f"{name} PRIMARY KEY" if name == "code" else name for name in columns)
        connection.execute(f"CREATE TABLE commitments ({named})")
        connection.execute(f"INSERT INTO commitments {described}")
        for name in FACETS:
            connection.execute(f"CREATE INDEX by_{name} ON commitments ({name})")
        connection.execute("CREATE INDEX by_pillar_status ON commitments (pillar, status)")
        connection.execute(
            "CREATE VIRTUAL TABLE commitments_fts USING fts5(title, summary, content='commitments', tokenize='porter')"
        )
        connection.execute(
            "INSERT INTO commitments_fts (rowid, title, summary) SELECT rowid, title, summary FROM commitments"
        )
        connection.commit()
        connection.execute("DETACH source")
        connection.execute("VACUUM")
        connection.execute("ANALYZE")


def installed(folder: Path) -> Path:
    """Return the program, installed into an environment of its own the first time."""
    program = folder / "bin" / "datasette"
    if not program.exists():
        subprocess.run(["python3", "-m", "venv", folder], check=True)
        lock = Path(__file__).with_name("datasette.lock")
        pip = [folder / "bin" / "pip", "install", "--quiet", "--require-hashes", "-r", lock]
        subprocess.run(pip, check=True)
    return program
