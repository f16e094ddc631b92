"""Former names in the public record: a row keeps the names with which it was written, its readers ask for today's.

What is a section today was an objective under one pillar.
"""

from typing import Any

# {name of a kind of row today: the names that it had, too}
FORMER_KINDS = {"section": ("objective",)}
_TODAY = {former: kind for kind, names in FORMER_KINDS.items() for former in names}


def kinds_of(kind: str) -> tuple[str, ...]:
    """Return every name that a kind of row has in the record."""
    return (kind, *FORMER_KINDS.get(kind, ()))


def as_named_today(kind: str, body: dict[str, Any] | None) -> tuple[str, dict[str, Any] | None]:
    """Return the kind and the body of a row of the record under the names that a row of today would have."""
    if body and kind == "commitment" and "objective" in body:
        body = {"section" if name == "objective" else name: body[name] for name in body}
    if body and kind == "objective":
        pillars = body["pillar"] if isinstance(body["pillar"], list) else [body["pillar"]]
        rest = {name: value for name, value in body.items() if name != "pillar"}
        body = rest | {"pillars": pillars}
    return _TODAY.get(kind, kind), body
