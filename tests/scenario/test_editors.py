"""The schema for editors accepts and refuses what we do."""

import tomllib

import pytest
from edited_scenarios import diagnostics, with_change
from jsonschema import Draft202012Validator

import scenarios
from evosim.scenario import load_scenario
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
