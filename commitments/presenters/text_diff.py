"""Word diff of two texts; matches too short to mean anything are left out."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

_WORD = re.compile(r"\S+")
_BARE = re.compile(r"[^\w’'-]+")


@dataclass(frozen=True)
class Piece:
    """A run of words that both texts share, or that stands in this one alone."""

    text: str
    is_own: bool


@dataclass(frozen=True)
class Wording:
    """Two texts in pieces. `shared` counts the words of the later text that stand in the earlier one too."""

    earlier: list[Piece]
    later: list[Piece]
    shared: int
    words: int


def wording(earlier: str, later: str) -> Wording:
    """Compare two texts word by word; case and punctuation make no difference.

    A shared run counts only where it has a word of five letters or is three words long: a lone “of” says nothing.
    """
    before, after = _WORD.findall(earlier), _WORD.findall(later)
    plain_before, plain_after = _plain(before), _plain(after)
    matcher = difflib.SequenceMatcher(None, plain_before, plain_after, autojunk=False)
    left, right = [True] * len(before), [True] * len(after)
    for block in matcher.get_matching_blocks():
        run = plain_after[block.b : block.b + block.size]
        if len(run) >= 3 or any(len(word) >= 5 for word in run):
            left[block.a : block.a + block.size] = [False] * block.size
            right[block.b : block.b + block.size] = [False] * block.size
    return Wording(_pieces(before, left), _pieces(after, right), right.count(False), len(after))


def _plain(words: list[str]) -> list[str]:
    return [_BARE.sub("", word).lower() for word in words]


def _pieces(words: list[str], own: list[bool]) -> list[Piece]:
    pieces: list[tuple[list[str], bool]] = []
    for word, is_own in zip(words, own, strict=True):
        if pieces and pieces[-1][1] == is_own:
            pieces[-1][0].append(word)
        else:
            pieces.append(([word], is_own))
    return [Piece(" ".join(run), is_own) for run, is_own in pieces]
