"""The keys of scenario files for people: every table with its keys, what they mean, their values and their defaults."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from evosim.scenario.loading.json_schema import json_schema
from evosim.scenario.toml_values import toml_value

Node = dict[str, Any]
REQUIRED = "required"
NAME, ENTRY = "<name>", "[]"  # in a path: a name of a person's own, and each entry of a list
TELLING = {"kind", "operator"}  # tables with one of these have a default as a whole, and so have
NUMBER = {"initial", "range", "spread", "mutation"}  # numbers that may evolve; others have one key by key
FAR = 1e9  # a bound as far as this bounds nothing that anybody wants
CHANGED = f"environments.{NAME}"  # whose keys are those of `world`: what isn't said is as it is there
SHARED = '`kind = "ecology"`'  # is said of the tables inside, too, since other worlds have some of the same name
MANY = {
    "a table": "tables",
    "a list": "lists",
    "a number": "numbers",
    "a whole number": "whole numbers",
    "text": "texts",
}
OTHERS = {"kind": "a kind of another package", "operator": "an operator of DEAP"}  # whose names aren't known here


class KeyMeaning(NamedTuple):
    """One key of a table."""

    name: str
    meaning: str
    values: str  # in words
    default: str  # as TOML, REQUIRED, or empty
    node: Node  # its JSON Schema

    @property
    def accepts(self) -> str:
        """What it can be, and is if it isn't said, in words."""
        default = f"default {self.default}" if self.default not in ("", REQUIRED) else self.default
        if self.default == self.values:
            default = "the default"
        return ", ".join(part for part in (self.values, default) if part)


class KeyTable(NamedTuple):
    """One table of scenario files."""

    path: str  # such as `world.objects.<name>`; empty at the top level
    chosen: str  # what tells it from other tables at its path, such as `kind = "maze"`; empty if nothing does
    is_shared: bool  # whether it stands inside an ecology
    meaning: str
    keys: list[KeyMeaning]
    node: Node  # its JSON Schema

    @property
    def which(self) -> str:
        """Which of several tables at its path it is, in Markdown; empty if there is one."""
        return (f" with {self.chosen}" if self.chosen else "") + (", in an ecology" if self.is_shared else "")


def complete_schema() -> Node:
    """Return the JSON Schema of a scenario that extends no other and evolves by no natural selection."""
    schema = json_schema()
    _complete(schema, schema["else"], schema["$defs"])
    return schema


def key_tables(schema: Node, *, once: bool = False) -> Iterator[KeyTable]:
    """Yield all tables of the complete schema, from the top level down; if `once`, each that is the same only once."""
    definitions: dict[str, Node] = schema["$defs"]
    written: set[str] = set()
    waiting: list[tuple[str, bool, Node]] = [("", False, schema)]
    while waiting:
        path, is_shared, node = waiting.pop(0)
        if not node.get("properties") or (once and node.get("title") in written):
            continue
        written.add(node.get("title", ""))
        chosen, keys = _choice_of(node), list(_keys(node, definitions))
        if path.startswith(CHANGED):
            keys = [key._replace(default="") for key in keys]
        yield KeyTable(path, chosen, is_shared, _line(node), keys, node)
        for key, value in node["properties"].items():
            for more, each in _inner(value, definitions):
                waiting.append((f"{path}.{key}".lstrip(".") + more, is_shared or chosen == SHARED, each))


def _choice_of(node: Node) -> str:
    """Return the key by which a table is told from others in its place, and its value; empty if there is none."""
    for key, value in node["properties"].items():
        if isinstance(value.get("const"), str):
            return f"`{key} = {toml_value(value['const'])}`"
        if key in OTHERS and "pattern" in value:
            return OTHERS[key]
    return ""


def _complete(node: Node, further: Node, definitions: dict[str, Node]) -> None:
    """Add to a node what holds unless a scenario extends another, or evolves by natural selection: what is required."""
    node["required"] = [*node.get("required", ()), *further.get("required", ())]
    for key, more in further.get("properties", {}).items():
        inner = node["properties"][key]
        if "oneOf" in more:
            node["properties"][key] = {**more, "description": inner["description"]}
        elif "$ref" in inner:
            _complete(definitions[_name_of(inner)], more, definitions)
    if "else" in further:
        _complete(node, further["else"], definitions)


def _name_of(node: Node) -> str:
    """Return the name of the definition that a node refers to."""
    return str(node["$ref"]).rpartition("/")[2]


def _keys(node: Node, definitions: Mapping[str, Node]) -> Iterator[KeyMeaning]:
    """Yield the keys of a table."""
    for key, value in node["properties"].items():
        values = _either(_values(value, definitions))
        default = REQUIRED if key in node.get("required", ()) else _default(value)
        yield KeyMeaning(key, _line(value), values, default, value)


def _either(values: Iterable[str]) -> str:
    """Return values of which each will do in words, each once."""
    *before, last = [*dict.fromkeys(values)] or [""]
    return f"{', '.join(before)} or {last}" if before else last


def _line(node: Node) -> str:
    """Return the description of a node in one line."""
    return " ".join(node.get("description", "").split())


def _inner(node: Node, definitions: Mapping[str, Node]) -> Iterator[tuple[str, Node]]:
    """Yield the tables that a value can be, each with what its path has in addition."""
    if "$ref" in node:
        inner = definitions[_name_of(node)]
        yield "", inner
        yield from (each for each in _inner({**inner, "properties": {}}, definitions) if not inner.get("properties"))
    elif node.get("properties"):
        yield "", node
    for part in ("anyOf", "oneOf", "allOf"):
        for each in node.get(part, ()):
            yield from _inner(each, definitions)
    if "then" in node:  # a table with what tells it from others, or else without
        yield from _inner(node["then"], definitions)
    for inside in (node.get("additionalProperties"), *node.get("patternProperties", {}).values()):
        if isinstance(inside, dict):
            yield from ((f".{NAME}{path}", each) for path, each in _inner(inside, definitions))
    if isinstance(items := node.get("items"), dict):
        yield from ((f"{ENTRY}{path}", each) for path, each in _inner(items, definitions))


def _values(node: Node, definitions: Mapping[str, Node]) -> Iterator[str]:
    """Yield in words what a value can be."""
    if "$ref" in node:
        inner = definitions[_name_of(node)]
        yield from ["a table"] if inner.get("properties") else _values(inner, definitions)
    elif "then" in node:
        yield from _values(node["then"], definitions)
    elif alternatives := node.get("anyOf") or node.get("oneOf"):
        for each in alternatives:
            yield from _values(each, definitions)
    elif "const" in node or "enum" in node:
        yield from (toml_value(each) for each in node.get("enum", [node.get("const")]))
    elif "prefixItems" in node:
        items = {item["type"] for item in node["prefixItems"]}
        yield f"a list of two {'whole numbers' if items == {'integer'} else 'numbers'}"
    elif node.get("type") == "array":
        yield f"a list{_of([node.get('items')], definitions)}"
    elif node.get("type") == "object":
        inside = (node.get("additionalProperties"), *node.get("patternProperties", {}).values())
        yield f"a table{_of(inside, definitions)}"
    elif node.get("type") in ("number", "integer"):
        yield ("a whole number" if node["type"] == "integer" else "a number") + _range(node)
    elif node.get("type") in ("string", "boolean"):
        yield {"string": "text", "boolean": "true or false"}[node["type"]]


def _of(inside: Iterable[Any], definitions: Mapping[str, Node]) -> str:
    """Return in words what stands in a list or a table, many of it; empty if that may be anything."""
    values = [value for node in inside if isinstance(node, dict) for value in _values(node, definitions)]
    many = [MANY.get(one, one) + more for value in values for one, more in [_split(value)]]
    return f" of {_either(many)}" if many else ""


def _split(value: str) -> tuple[str, str]:
    """Return a value in words as what it is, and what is said of it in addition."""
    one = next((one for one in MANY if value == one or value.startswith(f"{one} ")), value)
    return one, value.removeprefix(one)


def _range(node: Node) -> str:
    """Return the bounds of a number in words."""
    bounds = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    near = {key: f"{node[key]:,.12g}" for key in bounds if abs(node.get(key, FAR)) < FAR}
    if near.keys() == {"minimum", "maximum"}:
        return f" from {near['minimum']} to {near['maximum']}"
    return f" ({', '.join(f'{bounds[key]} {bound}' for key, bound in near.items())})" if near else ""


def _default(node: Node) -> str:
    """Return the default of a key as TOML; empty if there is none, or the keys of the table have their own."""
    default = _plain(node.get("default"))
    if default in (None, "", [], {}):
        return ""
    is_part = isinstance(default, dict) and not TELLING & set(default)
    return "" if is_part and not ("initial" in default and set(default) <= NUMBER) else toml_value(default)


def _plain(value: Any) -> Any:
    """Return a default as a person writes it: whole numbers without a point, and nothing that says nothing."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        plain = {key: _plain(each) for key, each in value.items()}
        said = {key: each for key, each in plain.items() if each not in (None, {})}
        return said["initial"] if said.keys() == {"initial"} else said  # a number that doesn't evolve
    return value
