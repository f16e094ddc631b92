"""Release: the name of the running code, which is part of every ETag."""

import hashlib
from pathlib import Path

_SOURCE = ("*.py", "*.html", "*.css", "*.txt", "*.svg", "*.js", "*.po", "*.yaml")
_FOLDERS = ("planwatch", "agencies", "commitments", "templates", "locale")


def content_digest(base: Path) -> str:
    """Return 12 hex digits over the project's own code, templates and translations, and the guide that is a page."""
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for pattern in _SOURCE:
            for path in sorted((base / folder).rglob(pattern)):
                digest.update(path.read_bytes())
    for name in ("requirements.lock", "docs/api.md"):
        digest.update((base / name).read_bytes())
    return digest.hexdigest()[:12]
