"""Merkle tree over the hashes of the record's rows, with hashing and proofs as in RFC 9162, 2.1."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from commitments.models import Change, SubtreeHash

# Hashes are kept for complete subtrees of 256, 256 * 256 … rows: a proof reads two runs of them at each level.
WIDTH = 256


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class RowsMissing(ValueError):
    """The record has fewer rows than a tree is to cover."""


class Tree:
    """The tree over rows 1 to `size`. A leaf's entry is the row's `hash` as 32 bytes; rows are counted from 0 here.

    With `stored`, subtrees that were kept when a head was published are not hashed again: for proofs, not for checks.
    Every method raises RowsMissing where a row lacks.
    """

    def __init__(self, size: int, *, stored: bool = True):
        self.size, self._stored = size, stored
        self.run = lru_cache(maxsize=64)(self._run)

    def _run(self, level: int, number: int) -> list[bytes]:
        """Return the hashes of up to 256 complete subtrees of 256**level rows, from subtree number * 256."""
        first = number * WIDTH
        last = min(first + WIDTH, self.size // WIDTH**level)
        if level == 0:
            rows = Change.objects.filter(seq__gt=first, seq__lte=last).order_by("seq")
            found = [leaf_hash(bytes.fromhex(row)) for row in rows.values_list("hash", flat=True)]
            if len(found) != last - first:
                raise RowsMissing
            return found
        kept = SubtreeHash.objects.filter(level=level, index__gte=first, index__lt=last)
        kept = kept.order_by("index").values_list("hash", flat=True) if self._stored else ()
        found = [bytes.fromhex(row) for row in kept]
        for index in range(first + len(found), last):
            hashes = self.run(level - 1, index)
            while len(hashes) > 1:
                hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
            found += hashes
        return found

    def subtree(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree, by its place as in SubtreeHash."""
        return self.run(level, index // WIDTH)[index % WIDTH]

    def subtrees_to_store(self) -> Iterator[SubtreeHash]:
        """Yield every complete subtree of the tree whose hash is not stored yet."""
        level = 1
        while number := self.size // WIDTH**level:
            for index in range(SubtreeHash.objects.filter(level=level).count(), number):
                yield SubtreeHash(level=level, index=index, hash=self.subtree(level, index).hex())
            level += 1

    def root(self, start: int = 0, end: int | None = None) -> bytes:
        """Return MTH(D[start:end]), of the whole tree if not said otherwise."""
        end = self.size if end is None else end
        width = end - start
        if width == 0:
            return hashlib.sha256().digest()
        level = 0
        while WIDTH ** (level + 1) <= width:
            level += 1
        if width == WIDTH**level:
            return self.subtree(level, start // width)
        middle = start + _left(width)
        return node_hash(self.root(start, middle), self.root(middle, end))

    def inclusion(self, row: int) -> list[bytes]:
        """Return PATH(row, D): the proof that a row is in the tree."""
        start, end, path = 0, self.size, []
        while end - start > 1:
            middle = start + _left(end - start)
            if row < middle:
                path.append(self.root(middle, end))
                end = middle
            else:
                path.append(self.root(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, earlier: int) -> list[bytes]:
        """Return PROOF(earlier, D): that the tree continues the one over so many rows, 1 or more."""
        start, end, path = 0, self.size, []
        while earlier != end:
            middle = start + _left(end - start)
            if earlier <= middle:
                path.append(self.root(middle, end))
                end = middle
            else:
                path.append(self.root(start, middle))
                start = middle
        if start:
            path.append(self.root(start, end))
        return path[::-1]


def _left(width: int) -> int:
    """Return the largest power of two below a width of 2 or more."""
    return 1 << (width - 1).bit_length() - 1
