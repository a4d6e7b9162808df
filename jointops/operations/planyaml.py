"""Reading YAML strictly: every value stays as it was written, and everything has a line and a column.

YAML readers turn ``NO`` into false, ``20:00`` into 1200 and ``1e3`` into a float. Here the schema says what each
value is, and the text of the file says what it holds. Anchors, aliases, tags, repeated keys and several documents in
one file are refused, and so is what is too large or nested too deeply to be a plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from jointops.kernel.i18n import _

MAX_BYTES = 5_000_000
MAX_DEPTH = 20
MAX_NODES = 200_000
MAX_ITEMS = 5_000
"""A plan for forty countries has some four thousand nodes; one with two thousand tasks some eighty thousand."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that may not be in the file, or that the file lacks."""

    code: str
    message: str
    pointer: str
    spot: Spot


@dataclass(slots=True)
class Reading:
    """What was read: plain data, where each value and each key stands (by JSON pointer), and what is refused."""

    data: Any = None
    values: dict[str, Spot] = field(default_factory=dict)
    keys: dict[str, Spot] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def spot(self, pointer: str, *, key: bool = False) -> Spot:
        """Return where ``pointer`` stands in the file, or the nearest thing around it that does."""
        if key and pointer in self.keys:
            return self.keys[pointer]
        while pointer and pointer not in self.values:
            pointer = pointer.rpartition("/")[0]
        return self.values.get(pointer, Spot(1, 1))


def read(text: str | bytes, schema: Mapping[str, Any]) -> Reading:
    """Read one YAML (or JSON) document by ``schema``, whose types decide how each scalar is read."""
    reading = Reading()
    decoded = _decoded(text, reading)
    if decoded is None:
        return reading
    try:
        reading.refusals.extend(_refused_events(decoded))
        if reading.refusals:
            return reading
        node = yaml.compose(decoded, Loader=_LOADER)
    except yaml.YAMLError as error:
        reading.refusals.append(_syntax_error(error))
        return reading
    if node is None:
        reading.refusals.append(Refusal("empty-file", _("The file is empty."), "", Spot(1, 1)))
        return reading
    reading.data = _Builder(reading, schema).build(node, schema, "")
    return reading


def pointer_to(parent: str, key: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of ``key`` inside ``parent``."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"


def resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference into the schema's own definitions."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _decoded(text: str | bytes, reading: Reading) -> str | None:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        message = _("The file is larger than ${limit} bytes.", mapping={"limit": MAX_BYTES})
        reading.refusals.append(Refusal("file-too-large", message, "", Spot(1, 1)))
        return None
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        message = _("The file is not UTF-8 text. Save it as UTF-8.")
        reading.refusals.append(Refusal("not-utf-8", message, "", Spot(line, 1)))
        return None


def _refused_events(text: str) -> Iterator[Refusal]:
    """Look through the parsing events, without building anything, for what is refused."""
    nodes = documents = 0
    items: list[int] = []
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                yield _at(
                    event, "several-documents", _("The file holds more than one document. Keep one plan.")
                )
                return
        if isinstance(event, yaml.CollectionEndEvent):
            items.pop()
        if not isinstance(event, yaml.NodeEvent):
            continue
        yield from _refused_node(event)
        nodes += 1
        if items:
            items[-1] += 1
        if isinstance(event, yaml.CollectionStartEvent):
            items.append(0)
        if nodes > MAX_NODES or len(items) > MAX_DEPTH or (items and items[-1] > MAX_ITEMS):
            message = _("The file is too large or nested too deeply to be a plan.")
            yield _at(event, "too-complex", message)
            return


def _refused_node(event: Any) -> Iterator[Refusal]:
    if event.anchor is not None:
        message = _("Anchors (&) and aliases (*) are not read. Write the value out each time.")
        yield _at(event, "alias-refused", message)
    if getattr(event, "tag", None) is not None:
        message = _("Tags such as ${tag} are not read. Remove it.", mapping={"tag": event.tag})
        yield _at(event, "tag-refused", message)


def _at(event: Any, code: str, message: str) -> Refusal:
    mark = event.start_mark
    return Refusal(code, message, "", Spot(mark.line + 1, mark.column + 1))


def _syntax_error(error: yaml.YAMLError) -> Refusal:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    message = _(
        "This is not YAML: ${reason}. Look at the indentation, colons and quotes here and on the line before.",
        mapping={"reason": str(reason).rstrip(".")},
    )
    return Refusal("not-yaml", message, "", Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1))


class _Builder:
    """Builds plain data from YAML nodes, walking the schema alongside."""

    def __init__(self, reading: Reading, root: Mapping[str, Any]) -> None:
        self.reading = reading
        self.root = root

    def build(self, node: yaml.Node, schema: Mapping[str, Any], pointer: str) -> Any:
        schema = resolve(schema, self.root)
        self.reading.values[pointer] = _spot(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, schema, pointer)
        if isinstance(node, yaml.SequenceNode):
            items = schema.get("items", {})
            return [self.build(item, items, pointer_to(pointer, n)) for n, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, schema, pointer)

    def _mapping(self, node: yaml.MappingNode, schema: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                message = _("A key must be a single word.")
                self._refuse("bad-key", message, pointer, key_node)
                continue
            key = key_node.value
            place = pointer_to(pointer, key)
            if key in data:
                first = self.reading.keys[place].line
                message = _(
                    "“${key}” stands here a second time; the first is on line ${line}. Keep one of them.",
                    mapping={"key": key, "line": first},
                )
                self._refuse("duplicate-key", message, place, key_node)
                continue
            self.reading.keys[place] = _spot(key_node)
            data[key] = self.build(value_node, _property(schema, key), place)
        return data

    def _scalar(self, node: yaml.ScalarNode, schema: Mapping[str, Any], pointer: str) -> Any:
        plain = not node.style
        if plain and node.value in _NULLS:
            message = _("There is no value here. Write one, or leave the key out.")
            self._refuse("missing-value", message, pointer, node)
            return None
        types = schema.get("type", "string")
        if plain and types == "boolean" and node.value in ("true", "false"):
            return node.value == "true"
        if plain and types == "integer" and _INTEGER.fullmatch(node.value):
            return int(node.value)
        return node.value

    def _refuse(self, code: str, message: str, pointer: str, node: yaml.Node) -> None:
        self.reading.refusals.append(Refusal(code, message, pointer, _spot(node)))


def _property(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the schema of a mapping's ``key``."""
    if key in schema.get("properties", {}):
        found: Mapping[str, Any] = schema["properties"][key]
        return found
    for pattern, found in schema.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return found
    return {}


def _spot(node: yaml.Node) -> Spot:
    return Spot(node.start_mark.line + 1, node.start_mark.column + 1)
