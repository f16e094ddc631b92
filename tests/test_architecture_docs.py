"""docs/architecture.md names files, functions and packages that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
# A path of the project, and after a colon a name in that module: `commitments/dates.py:PartialDate`.
NAMED = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)(?::([\w.]+))?`", TEXT)


def names_in(body):
    """Return what a module or class binds: functions, classes and assignments."""
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return found


def test_what_is_named_exists():
    for path, name in sorted(set(NAMED)):
        assert (ROOT / path).exists(), path
        body = ast.parse((ROOT / path).read_text("utf-8")).body if name else []
        for part in filter(None, name.split(".")):
            bound = names_in(body)
            assert part in bound, (path, name)
            body = getattr(bound[part], "body", [])


def test_thirty_rules_are_indexed_each_in_one_place():
    rows = TEXT.partition("## Thirty rules")[2].splitlines()[4:]
    assert len(rows) == 30
    for row in rows:
        assert len(re.findall(r"`[\w/]+\.py:[\w.]+`", row)) == 1, row
