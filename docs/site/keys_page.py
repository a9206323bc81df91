"""The page of all keys: what a scenario may say, as Markdown, from the schema that scenarios are checked by."""

import json
from collections.abc import Iterator
from typing import Any

from evosim.scenario.loading.json_schema import json_schema

Node = dict[str, Any]
MOST_DEFAULT = 60  # characters of a default that are shown
FAR = 1e9  # a bound as far as this bounds nothing that anybody wants
SHARED = (
    'kind = "ecology"',
)  # what is named along with the tables inside, since other worlds have some of the same name


def keys() -> str:
    """Return every table of a scenario with its keys, their values and defaults."""
    schema = json_schema()
    names: dict[str, Node] = schema["$defs"]
    _complete(schema, schema["else"], names)
    written: set[str] = set()
    parts: list[str] = []
    waiting: list[tuple[str, str, Node]] = [("", "", schema)]
    while waiting:
        path, where, node = waiting.pop(0)
        if not node.get("properties") or node.get("title") in written:
            continue
        written.add(node.get("title", ""))
        chosen = _chosen(node)
        parts.append(_table(path, where or chosen, node, names))
        for key, value in node["properties"].items():
            for more, each in _tables(value, names):
                waiting.append((f"{path}.{key}".lstrip(".") + more, chosen if chosen in SHARED else where, each))
    return "\n".join(parts)


def _chosen(node: Node) -> str:
    """Return the key by which a table is told from others in its place, and its value; empty if there is none."""
    return next(
        (f"{key} = {json.dumps(each['const'])}" for key, each in node["properties"].items() if "const" in each), ""
    )


def _complete(node: Node, further: Node, names: dict[str, Node]) -> None:
    """Add to a node what holds unless a scenario extends another, or evolves by natural selection: what is required."""
    node["required"] = [*node.get("required", ()), *further.get("required", ())]
    for key, more in further.get("properties", {}).items():
        inner = node["properties"][key]
        if "oneOf" in more:
            node["properties"][key] = more
        elif "$ref" in inner:
            _complete(names[inner["$ref"].rpartition("/")[2]], more, names)
    if "else" in further:
        _complete(node, further["else"], names)


def _table(path: str, where: str, node: Node, names: dict[str, Node]) -> str:
    """Return one table of a scenario: a heading, what it is, and a row for each key."""
    inside = where in SHARED and path != "world"
    heading = f"`{path}`{', in an ecology' if inside else f' with `{where}`' if where else ''}" if path else "Top level"
    rows = []
    for key, value in node["properties"].items():
        default = "required" if key in node.get("required", []) else _default(value)
        rows.append(f"| `{key}` | {' or '.join(dict.fromkeys(_values(value, names)))} | {default} |")
    words = " ".join(node.get("description", "").split())
    return "\n".join(["", f"## {heading}", "", words, "", "| key | value | default |", "|---|---|---|", *rows, ""])


def _tables(node: Node, names: dict[str, Node]) -> Iterator[tuple[str, Node]]:
    """Yield the tables that a value can be, each with what its path has in addition."""
    if "$ref" in node:
        inner = names[node["$ref"].rpartition("/")[2]]
        yield "", inner
        yield from (each for each in _tables({**inner, "properties": {}}, names) if not inner.get("properties"))
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        yield from _tables(each, names)
    for inside in (node.get("additionalProperties"), *node.get("patternProperties", {}).values()):
        if isinstance(inside, dict):
            yield from ((f".<name>{path}", each) for path, each in _tables(inside, names))
    if isinstance(items := node.get("items"), dict):
        yield from ((f"[]{path}", each) for path, each in _tables(items, names))


def _values(node: Node, names: dict[str, Node]) -> Iterator[str]:
    """Yield in words what a value can be."""
    if "$ref" in node:
        inner = names[node["$ref"].rpartition("/")[2]]
        yield from ["a table"] if inner.get("properties") else _values(inner, names)
    elif alternatives := node.get("anyOf") or node.get("oneOf"):
        for each in alternatives:
            yield from _values(each, names)
    elif "const" in node or "enum" in node:
        yield from (f"`{json.dumps(each)}`" for each in node.get("enum", [node.get("const")]))
    elif node.get("type") == "array":
        inside = node.get("items") or {}
        yield "a list" + (f" of {' or '.join(dict.fromkeys(_values(inside, names)))}" if inside else "")
    elif node.get("type") == "object":
        yield "a table"
    elif node.get("type") in ("number", "integer"):
        yield ("a whole number" if node["type"] == "integer" else "a number") + _range(node)
    elif node.get("type") in ("string", "boolean"):
        yield {"string": "text", "boolean": "`true` or `false`"}[node["type"]]


def _range(node: Node) -> str:
    """Return the bounds of a number in words."""
    bounds = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    said = [f"{words} {node[key]:,}" for key, words in bounds.items() if abs(node.get(key, FAR)) < FAR]
    return f" ({', '.join(said)})" if said else ""


def _default(node: Node) -> str:
    """Return the default of a key."""
    default = node.get("default")
    if default in (None, "", [], {}):
        return ""
    text = json.dumps(default, ensure_ascii=False)
    return f"`{text}`" if len(text) <= MOST_DEFAULT else "a table"
