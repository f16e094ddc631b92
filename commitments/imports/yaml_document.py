"""YAML documents: values as printed, read by a process of their own."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from commitments.imports import yaml_parser
from commitments.imports.report import Unreadable
from planwatch.net.isolated import MEMORY, ParserStopped, output_of


@dataclass(frozen=True)
class Scalar:
    """A value as it is printed in the file, and what YAML takes it for: one of yaml_parser.KINDS."""

    text: str
    kind: str
    line: int

    def __str__(self) -> str:
        return self.text


class Refusal(ValueError):
    """Why a value cannot be read, in words."""


Value = Scalar | list | dict


def read_documents(
    files: Mapping[str, bytes], where: str, seconds: float
) -> Iterator[tuple[str, Value | None]]:
    """Yield the path of each file and its document. Raises Unreadable, also where reading takes too many `seconds`."""
    try:
        texts = {path: _decoded(data, path) for path, data in files.items()}
        data = json.dumps(texts).encode()
        lines = output_of(yaml_parser, data=data, seconds=seconds).splitlines()
    except ParserStopped as error:
        raise Unreadable(
            gettext(
                "{where} takes more than {seconds} seconds or {memory} MB to read. Send it in parts."
            ).format(where=where, seconds=seconds, memory=MEMORY // 1_000_000)
        ) from error
    for path, line in zip(files, lines, strict=True):
        found = json.loads(line)
        if "document" not in found:
            raise _unreadable(path, found.get("error") or _in_words(found))
        yield path, found["document"] and _value(found["document"])


def _in_words(found: dict) -> str:
    words = found["refusal"]
    return gettext(words).format(**found["told"])


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(path, str(error)) from error


def _unreadable(path: str, error: str) -> Unreadable:
    return Unreadable(
        gettext("{file} is not readable YAML: {error}").format(file=path, error=error)
    )


def _value(found: list | dict) -> Value:
    if isinstance(found, list):
        return Scalar(*found)
    if "list" in found:
        return [_value(each) for each in found["list"]]
    return {name: _value(each) for name, each in found["table"].items()}
