"""The environment as it is written: a value may begin with `$`, and no refusal repeats a secret."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from urllib.parse import unquote

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

# Addresses that may carry a password.
_WITH_PASSWORDS = (
    "DATABASE_URL",
    "DATABASE_READ_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "PLANWATCH_BOUNCES",
)
_PASSWORD = re.compile(r"://([^:/?#]*):(.*)@", re.DOTALL)


class _AsWritten(FileAwareMapping):
    """The environment with every `$` escaped: django-environ takes a bare one for the name of another variable."""

    def __getitem__(self, key):
        return super().__getitem__(key).replace("$", r"\$")


class Environment(environ.FileAwareEnv):
    """Reads variables, or the files that `…_FILE` names, as they are written."""

    ENVIRON = _AsWritten()

    def __init__(self):
        super().__init__()
        self.escape_proxy = True

    def database(self, name: str, default: str = "") -> dict:
        """Return the database that a variable names, as Django wants it.

        Raises ImproperlyConfigured, without anything of what was read: it may be part of a password.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = self.db_url_config(self.str(name, default="") or default)
        except Exception:
            found = {}
        # An @ in the name of the database is the one behind a password that was cut by a bare / or ?.
        if "." not in found.get("ENGINE", "") or "@" in found["NAME"]:
            raise ImproperlyConfigured(
                f"{name} is not understood. Write sqlite:////folder/file.sqlite3 or "
                "postgres://user:password@host:5432/name, with / ? # @ : and % in a user name or password "
                "percent-encoded, such as %2F for /."
            )
        return found

    def passwords(self) -> Iterator[str]:
        """Yield the passwords of all addresses: as they are written, as they are meant, and as Python shows them."""
        for name in _WITH_PASSWORDS:
            if found := _PASSWORD.search(self.str(name, default="")):
                user, password = found.groups()
                if password != user:
                    yield password
                    yield unquote(password)
                    yield repr(unquote(password))[1:-1]
