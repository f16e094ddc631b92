"""Hosts that can be taken for others: official publishers are imitated."""

import unicodedata
from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache

from rapidfuzz.distance import OSA

# Cyrillic and Greek letters, digits and pairs that look like others, and what they look like.
_LOOKS_LIKE = str.maketrans("авеорсухіјѕԁһνοαικ01", "abeopcyxijsdhvoaikol")
# A shorter name has too many neighbors that mean nothing: hhs.gov and dhs.gov.
_SHORTEST = 5


def lookalike_of(host: str, known: Collection[str]) -> str:
    """Return which of the known hosts a host can be taken for; "" for none, for a known one and for a part of one.

    It is spelled nearly alike or with letters that look alike, holds the known name in front of another, or has it under
    another ending: state.gov.example.com, state-gov.com, whitehouse.com.
    """
    if not (host := _plain(host)):
        return ""
    known = sorted(map(_plain, known))
    if any(host == name or host.endswith(f".{name}") for name in known):
        return ""
    return next((name for name in known if _resembles(host, name)), "")


def _resembles(host: str, name: str) -> bool:
    if f".{name}." in f".{host}" or name.replace(".", "-") in host:
        return True
    if _seen(host) == _seen(name):
        return True
    main, _, _ = name.rpartition(".")
    if len(main) < _SHORTEST:
        return False
    return host.rpartition(".")[0] == main or OSA.distance(host, name, score_cutoff=1) <= 1


@lru_cache(maxsize=4096)
def _plain(host: str) -> str:
    """Return a host as a browser may show it: in small letters, decoded, without `www.`."""
    with suppress(UnicodeError):
        host = host.encode("ascii").decode("idna")
    return host.casefold().rstrip(".").removeprefix("www.")


def _seen(host: str) -> str:
    """Return what a quick reader sees of a host."""
    letters = unicodedata.normalize("NFKD", host).translate(_LOOKS_LIKE)
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return letters.replace("rn", "m").replace("-", "")
