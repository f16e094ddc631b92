"""Keeps finished exports on disk, where a process's memory is too small: who asks next in a version gets the same bytes.

An export is copied while its first reader gets it, and kept once it has ended whole and been sent; a copy that was not
ended is a file without a name, which the system takes away. It is kept under the ETag, so nothing here is ever out of
date: what nobody can ask for any more is what was stored first, and goes when room is needed. Where nothing can be
written or read, exports are made as if nothing were kept.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import BinaryIO, NamedTuple

import diskcache
from django.conf import settings
from django.http import FileResponse

logger = logging.getLogger(__name__)

# Bytes that are read and sent at once.
AT_ONCE = 1 << 16
FAILURES = (OSError, sqlite3.Error, diskcache.Timeout)


class KeptExport(NamedTuple):
    """A finished export: its headers, and an open file, which whoever does not send it closes."""

    headers: list[tuple[str, str]]
    file: BinaryIO

    def response(self) -> FileResponse:
        """Return the answer that the first reader got. It closes the file."""
        response = FileResponse(self.file)
        response.block_size = AT_ONCE
        # The first answer could not say it either.
        del response["Content-Length"]
        for name, value in self.headers:
            response.headers[name] = value
        return response


def found(key: str) -> KeptExport | None:
    """Return the export that is kept under a key."""
    if not settings.PLANWATCH_EXPORTS_MEGABYTES:
        return None
    try:
        file, described = _shelf(settings.PLANWATCH_EXPORTS).get(key, read=True, tag=True)
    except FAILURES:
        _warn()
        return None
    if file is None:
        return None
    size, headers = json.loads(described)
    if os.fstat(file.fileno()).st_size != size:
        # What a machine that lost its power has left of it.
        file.close()
        return None
    return KeptExport(headers, file)


def keep(response, key: str) -> None:
    """Let an answer that is sent piece by piece be kept under a key once all of it has been sent."""
    if settings.PLANWATCH_EXPORTS_MEGABYTES:
        response.streaming_content = _Copied(
            response.streaming_content, key, list(response.items())
        )


class _Copied:
    """Pieces on their way to a reader, written down as they pass. Keeps them when it is closed after the last one."""

    def __init__(self, pieces: Iterator[bytes], key: str, headers: list[tuple[str, str]]):
        self._pieces, self._key, self._headers = pieces, key, headers
        self._copy: BinaryIO | None = None
        self._is_whole = False
        try:
            _shelf(settings.PLANWATCH_EXPORTS)
            self._copy = tempfile.TemporaryFile(dir=settings.PLANWATCH_EXPORTS)  # noqa: SIM115
        except FAILURES:
            _warn()

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._is_whole = True
            raise
        if self._copy is not None:
            self._write(piece)
        return piece

    def _write(self, piece: bytes) -> None:
        try:
            self._copy.write(piece)
            fits = self._copy.tell() <= settings.PLANWATCH_EXPORTS_MEGABYTES << 20
        except OSError:
            _warn()
            fits = False
        if not fits:
            self._give_up()

    def _give_up(self) -> None:
        # Closing writes what is left, which may fail again.
        copy, self._copy = self._copy, None
        try:
            copy.close()
        except OSError:
            _warn()

    def close(self) -> None:
        if self._copy is None:
            return
        if self._is_whole:
            try:
                _store(self._key, self._headers, self._copy)
            except FAILURES:
                _warn()
        self._give_up()


def _store(key: str, headers: list[tuple[str, str]], copy: BinaryIO) -> None:
    size, shelf = copy.tell(), _shelf(settings.PLANWATCH_EXPORTS)
    most = settings.PLANWATCH_EXPORTS_MEGABYTES << 20
    while shelf.volume() + size > most and (oldest := next(iter(shelf), None)) is not None:
        shelf.delete(oldest)
    copy.seek(0)
    # By itself diskcache reads 4 MB at once, and the process would not give them back.
    pieces = SimpleNamespace(read=lambda _: copy.read(AT_ONCE))
    shelf.set(key, pieces, read=True, tag=json.dumps([size, headers]))


@lru_cache(maxsize=4)
def _shelf(folder: str) -> diskcache.Cache:
    """Return what all processes of this machine keep in that folder. Raises any of FAILURES."""
    # Nothing of it is mapped into memory: to read what a full disk has cut off would end the process.
    words = {"eviction_policy": "none", "cull_limit": 0, "sqlite_mmap_size": 0}
    return diskcache.Cache(folder, timeout=1, **words)


@lru_cache(maxsize=1)
def _warn() -> None:
    """Tell once that exports are made for each who asks."""
    logger.warning("Exports cannot be kept in %s.", settings.PLANWATCH_EXPORTS, exc_info=True)
