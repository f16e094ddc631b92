"""YAML parser by events, run by planwatch/net/isolated.py: in linear time, with limits of depth and size.

Takes {path: text} as JSON on standard input and prints a line of JSON for each: {"document": …}, {"error": words} or
{"refusal": words to translate, "told": what to put into them}. A value is [its text, its kind, its line], a list
{"list": […]}, a table {"table": {…}}.
"""

import json
import sys
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import yaml

# An entry is a table in a list, its fields a table in that, a key a list in that.
MAX_DEPTH = 6
# Characters of one file, those that are referred to counted each time; a value counts so many more.
MAX_SIZE, SIZE_OF_VALUE = 20_000_000, 20
KINDS = ("str", "null", "bool", "int", "float", "timestamp")

_TAG = "tag:yaml.org,2002:"
_RESOLVER = yaml.resolver.Resolver()


class Refusal(ValueError):
    """Why a file is not read, in words that may name parts of `told`."""

    def __init__(self, words: str, **told: Any):
        self.words, self.told = words, told
        super().__init__(words.format(**told))


class _Node(NamedTuple):
    """A value, how large it is, and how many lists and tables deep."""

    value: list | dict
    size: int
    height: int


def gettext_noop(words: str) -> str:
    """Mark words that the process which reads the output translates."""
    return words


def parsed(text: str) -> list | dict | None:
    """Return the document of a YAML file. Raises YAMLError, Refusal."""
    events = yaml.parse(text, yaml.CSafeLoader)
    found = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if found is not None:
                raise Refusal(gettext_noop("It holds more than one document. Send one."))
            found = _Builder(events).node(next(events), depth=0)
    return found and found.value


class _Builder:
    """Makes lists and tables of the events of a parser, never deeper and never more than the limits allow.

    What an alias refers to counts each time, so that nothing can grow without end.
    """

    def __init__(self, events: Iterator[yaml.Event]):
        self._events = events
        self._anchors: dict[str, _Node] = {}
        self._size = 0

    def node(self, event: yaml.Event, depth: int) -> _Node:
        line = event.start_mark.line + 1
        _check_depth(depth, line)
        if isinstance(event, yaml.AliasEvent):
            # What stands around it is not finished, and so not known either.
            if event.anchor not in self._anchors:
                words = gettext_noop("Line {line}: *{name} refers to nothing above it.")
                raise Refusal(words, line=line, name=event.anchor[:40])
            node = self._anchors[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            value = [event.value, _kind_of(event, line), line]
            node = _Node(value, len(event.value) + SIZE_OF_VALUE, 0)
        else:
            if event.tag not in (None, "!", f"{_TAG}seq", f"{_TAG}map"):
                raise _unknown(event.tag, line)
            is_list = isinstance(event, yaml.SequenceStartEvent)
            node = self._list(depth) if is_list else self._table(depth)
        # Of a list or a table the parts are counted by now.
        is_whole = isinstance(event, yaml.AliasEvent | yaml.ScalarEvent)
        self._size += node.size if is_whole else SIZE_OF_VALUE
        if self._size > MAX_SIZE:
            words = gettext_noop(
                "Line {line}: this unfolds to more than {most} characters. Send it in parts."
            )
            raise Refusal(words, line=line, most=MAX_SIZE)
        _check_depth(depth + node.height, line)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _list(self, depth: int) -> _Node:
        nodes = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            nodes.append(self.node(event, depth + 1))
        return _around({"list": [node.value for node in nodes]}, nodes)

    def _table(self, depth: int) -> _Node:
        nodes: dict[str, _Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line, key = event.start_mark.line + 1, self.node(event, depth + 1).value
            if not isinstance(key, list):
                raise Refusal(gettext_noop("Line {line}: name the field."), line=line)
            name = key[0]
            if name in nodes:
                words = gettext_noop("Line {line}: {name} stands here twice.")
                raise Refusal(words, line=line, name=name[:60])
            nodes[name] = self.node(next(self._events), depth + 1)
        value = {"table": {name: node.value for name, node in nodes.items()}}
        return _around(value, nodes.values(), sum(map(len, nodes)))


def _around(value: dict, nodes: Collection[_Node], size: int = 0) -> _Node:
    size += SIZE_OF_VALUE + sum(node.size for node in nodes)
    return _Node(value, size, 1 + max((node.height for node in nodes), default=0))


def _check_depth(depth: int, line: int) -> None:
    if depth > MAX_DEPTH:
        words = gettext_noop(
            "Line {line}: lists and tables stand in each other more than {most} deep."
        )
        raise Refusal(words, line=line, most=MAX_DEPTH)


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
    raise _unknown(tag, line)


def _unknown(tag: str, line: int) -> Refusal:
    words = gettext_noop("Line {line}: {tag} is not a kind of value that is read here.")
    return Refusal(words, line=line, tag=tag[:60])


def _found(text: str) -> dict:
    try:
        return {"document": parsed(text)}
    except Refusal as refusal:
        return {"refusal": refusal.words, "told": refusal.told}
    except (yaml.YAMLError, ValueError) as error:
        return {"error": str(error)}


if __name__ == "__main__":
    for each in json.load(sys.stdin).values():
        print(json.dumps(_found(each)))
