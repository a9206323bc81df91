"""The schema for editors accepts and refuses what we do."""

import tomllib

import pytest
from edited_scenarios import diagnostics, with_change
from jsonschema import Draft202012Validator
from pydantic import BaseModel, create_model

import scenarios
from evosim.scenario import load_scenario
from evosim.scenario.loading.attribute_docs import DescribedSchema, attribute_docs
from evosim.scenario.loading.json_schema import json_schema


@pytest.mark.parametrize("path", [*scenarios.paths().values(), scenarios.TEMPLATE], ids=lambda path: path.stem)
def test_editors_accept_what_we_accept(path):
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(tomllib.loads(path.read_text()))
    load_scenario(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("elites = 1", "elite = 1"),
        ("population = 512\n", ""),
        ("features = { key = 1, blue = 1 }\n", ""),
        ("steps = 60", 'steps = "60"'),
        ("steps = 60\n", ""),
        ('"maze"', '"mase"'),
        ("opened = 0.2", "opened = 2"),
        ("{ door = 1, red = 1 }", "{ door = 2, red = 1 }"),
        ("objects.door.features", "objects.door.feature"),
        ("{ heuristic = 0.5,", "{ heuristc = 0.5,"),
        ("discount = 0.95", 'discount = "1"'),
    ],
)
def test_editors_refuse_what_we_refuse(old, new):
    text = with_change(old, new)
    assert diagnostics(text)
    assert not Draft202012Validator(json_schema()).is_valid(tomllib.loads(text))


def properties(node, path=()):
    """Yield each property of each table, with where it is; not those by which cases are told apart."""
    if isinstance(node, list):
        for number, each in enumerate(node):
            yield from properties(each, (*path, number))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "properties":
                yield from (((*path, name), each) for name, each in value.items())
            if key not in ("if", "default"):
                yield from properties(value, (*path, key))


def test_every_key_has_a_meaning():
    schema = json_schema()
    del schema["else"]  # what is required
    described = {path: each.get("description", "") for path, each in properties(schema)}
    assert len(described) > 400
    assert {path for path, text in described.items() if not text.endswith(".") or text[0] != text[0].upper()} == set()


def test_an_environment_says_of_its_keys_what_the_world_says():
    definitions = json_schema()["$defs"]
    for kind in ("GridWorld", "EcologyWorld", "PluginWorld"):
        own, changed = (definitions[name]["properties"] for name in (kind, f"{kind}Override"))
        assert {key: each["description"] for key, each in own.items()} == {
            key: each["description"] for key, each in changed.items()
        }


class Outer:
    class Settings(BaseModel):
        """Settings."""

        rate: float = 0.1
        """Probability of a change,
        each tick."""
        other: int = 0
        more: "Outer.Settings | None" = None


class Further(Outer.Settings):
    """Settings of which one is new.

    And so on.
    """

    depth: int = 1
    """Depth in cells."""


def test_meanings_are_read_from_source_where_there_is_one():
    assert attribute_docs(Outer.Settings) == {"rate": "Probability of a change,\neach tick."}
    assert attribute_docs(Further) == {**attribute_docs(Outer.Settings), "depth": "Depth in cells."}
    made = create_model("Made", __base__=Further, further=(Further, Further()), none=(int, 0))
    assert attribute_docs(made) == attribute_docs(Further)
    schema = made.model_json_schema(schema_generator=DescribedSchema)
    said = {key: each.get("description") for key, each in schema["properties"].items()}
    assert said["depth"] == "Depth in cells."
    assert said["further"] == "Settings of which one is new."
    assert said["none"] is said["other"] is None


def test_without_source_there_are_no_meanings(monkeypatch):
    monkeypatch.setattr("inspect.getsource", lambda module: (_ for _ in ()).throw(OSError("no source")))
    assert attribute_docs(Further) == {}
    assert "description" not in Further.model_json_schema(schema_generator=DescribedSchema)["properties"]["depth"]
