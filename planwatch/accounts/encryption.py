"""Encryption at rest with the site's secret key, so that a copy of the database holds no plain secrets."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """A text that was sealed under a secret key that the site does not have."""


def encrypt(purpose: str, text: str) -> str:
    """Encrypt a text. What was sealed for one purpose cannot be opened for another."""
    return _box(purpose).encrypt(text.encode()).decode()


def decrypt(purpose: str, sealed: str) -> str:
    """Return a sealed text, also one that was sealed under an earlier key. Raises Unreadable."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _box(purpose: str) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(f"planwatch.{purpose} {key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
