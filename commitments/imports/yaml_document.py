"""YAML parser by events: values as printed, in linear time, with limits of depth and size."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml
from django.utils.translation import gettext

# An entry is a table in a list, its fields a table in that, a key a list in that.
MAX_DEPTH = 6
# Values of one file, those that are referred to counted each time.
MAX_VALUES = 1_000_000

_TAG = "tag:yaml.org,2002:"
_RESOLVER = yaml.resolver.Resolver()
KINDS = ("str", "null", "bool", "int", "float", "timestamp")


@dataclass(frozen=True)
class Scalar:
    """A value as it is printed in the file, and what YAML takes it for: str, null, bool, int, float or timestamp."""

    text: str
    kind: str
    line: int

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Node:
    """A value, how many values it holds, itself included, and how many lists and tables deep."""

    value: Scalar | list | dict
    size: int
    height: int


class Refusal(ValueError):
    """Why a file or a value cannot be read, in words."""


def read_document(text: str) -> Scalar | list | dict | None:
    """Return the document of a YAML file, scalars as they are printed. Raises YAMLError, Refusal."""
    events = yaml.parse(text, yaml.CSafeLoader)
    found = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if found is not None:
                raise Refusal(gettext("It holds more than one document. Send one."))
            found = _Builder(events).node(next(events), depth=0)
    return found and found.value


class _Builder:
    """Makes lists and tables of the events of a parser, never deeper and never more than the limits allow.

    What an alias refers to is not copied; its values count each time, so that nothing can grow without end.
    """

    def __init__(self, events: Iterator[yaml.Event]):
        self._events = events
        self._anchors: dict[str, _Node] = {}
        self._values = 0

    def node(self, event: yaml.Event, depth: int) -> _Node:
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            words = gettext(
                "Line {line}: lists and tables stand in each other more than {most} deep."
            )
            raise Refusal(words.format(line=line, most=MAX_DEPTH))
        if isinstance(event, yaml.AliasEvent):
            # What stands around it is not finished, and so not known either.
            if event.anchor not in self._anchors:
                words = gettext("Line {line}: *{name} refers to nothing above it.")
                raise Refusal(words.format(line=line, name=event.anchor[:40]))
            node = self._anchors[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            node = _Node(Scalar(event.value, _kind_of(event, line), line), 1, 0)
        else:
            if event.tag not in (None, "!", f"{_TAG}seq", f"{_TAG}map"):
                raise Refusal(_unknown(event.tag, line))
            is_list = isinstance(event, yaml.SequenceStartEvent)
            node = self._list(depth) if is_list else self._table(depth)
        self._values += node.size if isinstance(event, yaml.AliasEvent) else 1
        if self._values > MAX_VALUES:
            words = gettext("Line {line}: these are more than {most} values. Send them in parts.")
            raise Refusal(words.format(line=line, most=MAX_VALUES))
        if depth + node.height > MAX_DEPTH:
            words = gettext(
                "Line {line}: lists and tables stand in each other more than {most} deep."
            )
            raise Refusal(words.format(line=line, most=MAX_DEPTH))
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _list(self, depth: int) -> _Node:
        nodes = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            nodes.append(self.node(event, depth + 1))
        return _around([node.value for node in nodes], nodes)

    def _table(self, depth: int) -> _Node:
        nodes: dict[str, _Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line, key = event.start_mark.line + 1, self.node(event, depth + 1).value
            if not isinstance(key, Scalar):
                raise Refusal(gettext("Line {line}: name the field.").format(line=line))
            if key.text in nodes:
                words = gettext("Line {line}: {name} stands here twice.")
                raise Refusal(words.format(line=line, name=key.text[:60]))
            nodes[key.text] = self.node(next(self._events), depth + 1)
        return _around({key: node.value for key, node in nodes.items()}, nodes.values())


def _around(value: list | dict, nodes: Collection[_Node]) -> _Node:
    size = 1 + sum(node.size for node in nodes)
    return _Node(value, size, 1 + max((node.height for node in nodes), default=0))


def _kind_of(event: yaml.ScalarEvent, line: int) -> str:
    tag = event.tag
    if tag in (None, "!"):
        tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
    kind = tag.removeprefix(_TAG)
    if kind in KINDS:
        return kind
    # As the name of a field, << would merge tables; here it is a name like any other.
    if kind in ("merge", "value"):
        return "str"
    raise Refusal(_unknown(tag, line))


def _unknown(tag: str, line: int) -> str:
    return gettext("Line {line}: {tag} is not a kind of value that is read here.").format(
        line=line, tag=tag[:60]
    )
