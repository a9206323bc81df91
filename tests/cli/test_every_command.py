"""Whatever `validate` accepts, every command can handle; tests/every_command.py tries that for hours."""

import random
import sys
import tomllib

import every_command
import pytest
from drawn_commands import dump
from effort import cases
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from random_scenarios import draw_scenario

from evosim.cli import main
from evosim.scenario import ScenarioError, parse_scenario
from evosim.scenario.loading.json_schema import json_schema
from evosim.scenario.schema.loci import count_loci

SCHEMA = json_schema()
ROOT = Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module", autouse=True)
def _plugins(tmp_path_factory):
    """Install the example of a package that adds to evosim."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path])
        every_command.install_plugins(tmp_path_factory.mktemp("plugins"))
        yield


@pytest.mark.compiled
@settings(max_examples=cases(8, 1), derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(0, 10**6))
def test_whatever_validate_accepts_every_command_can_handle(tmp_path_factory, chance, seed):
    trial = every_command.try_scenario(draw_scenario(chance), tmp_path_factory.mktemp("trial"), seed)
    event("accepted" if trial.accepted else "refused")
    assert trial.failure is None, trial.failure.told


def test_every_command_that_reads_a_run_is_tried():
    assert set(main.commands) - {"list", "new", "schema", "doctor", "sweep", "branch", "power", "tune"} == {
        "validate",
        *every_command.IN_EVERY_CASE,
        *every_command.OTHERS,
    }


def island(**changes):
    """Give a small scenario with parts replaced."""
    thing = {"features": {"red": 1}, "outcomes": {"eaten": 1}}
    world = {"size": [5, 6], "steps": 6, "features": ["red"], "objects": {"apple": thing}}
    asked = {
        "schema": 1, "title": "Found", "world": world, "environments": {"training": {}, "deployment": {}},
        "objectives": {"base": {"eaten": 1}}, "mind": {"controllers": {"planner": 0.5, "heuristic": 0.5}},
        "evolution": {"population": 6, "generations": 3, "episodes": 2}, "measure": {"episodes": 2, "every": 2},
    }  # fmt: skip
    for path, value in changes.items():
        *tables, key = path.split("__")
        at = asked
        for name in tables:
            at = at.setdefault(name, {})
        at[key] = value
    return asked


NO_PLANNERS = {"heuristic": 0.5, "open_loop": 0.5}


@pytest.mark.parametrize(
    "asked",
    [
        island(mind__controllers=NO_PLANNERS, mind__planner={"horizon": {"range": [2, 4]}}),
        island(mind__controllers=NO_PLANNERS, mind__perception={"evolves": True}),
        island(mind__controllers={"open_loop": 1}, world__energy={"initial": 1, "per_tick": 1e6}),
        island(mind__controllers=NO_PLANNERS, world__energy={"initial": 3}, mind__objective={"drives": ["hunger"]}),
        island(evolution__selection={"operator": "deap.selRoulette"}, objectives__base={"eaten": 0}),
        island(evolution__selection={"operator": "deap.selStochasticUniversalSampling"}, objectives__base={"eaten": -1}),
    ],
    ids=["no planners, a range", "no planners, detectors", "starved at once", "no planners, hunger", "equal", "negative"],
)  # fmt: skip
@pytest.mark.compiled
def test_what_was_found_is_mended(asked, tmp_path):
    trial = every_command.try_scenario(asked, tmp_path, 1, ("record", "watch", "plot", "export", "report", "audit"))
    assert trial.accepted, trial.refused
    assert trial.failure is None, trial.failure.told


def test_what_fails_is_made_small():
    asked = island(world__energy={"initial": 1, "per_tick": 1.0}, evolution__schedule=[{"from": 0}, {"from": 1}])
    small = every_command.shrunk(
        asked, lambda each: "energy" in each.get("world", {}) and "schedule" in each.get("evolution", {})
    )
    assert small == {"world": {"energy": {}}, "evolution": {"schedule": [{}]}}


def test_scenarios_are_written_as_they_were_drawn():
    for number in range(cases(300, 100)):
        asked = draw_scenario(random.Random(number))
        assert tomllib.loads(dump(asked)) == asked


def test_most_scenarios_that_are_drawn_are_valid_and_their_loci_are_counted():
    from evosim.mind.genome import genome_layout

    accepted, drawn = 0, cases(300, 100)
    for number in range(drawn):
        asked = draw_scenario(random.Random(number))
        try:
            scenario = parse_scenario(dump(asked))
        except ScenarioError:
            continue
        accepted += 1
        assert count_loci(scenario) == len(genome_layout(scenario).loci)
    assert accepted > 0.7 * drawn


def keys_said(value, schema, found):
    """Note which keys of which part of the schema a scenario says."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return keys_said(value, {"named": name, **SCHEMA["$defs"][name]}, found)
    if "if" in schema:  # a table that may say half
        way = "then" if ROOT.evolve(schema=schema["if"]).is_valid(value) else "else"
        keys_said(value, schema.get(way, {}), found)
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if ROOT.evolve(schema=branch).is_valid(value):
            keys_said(value, branch, found)
    if isinstance(value, dict):
        for key, inner in value.items():
            own = schema.get("properties", {})
            if key in own:
                found.add((schema.get("named", schema.get("title", "")), key))
            below = own.get(key, schema.get("additionalProperties"))
            below = next(iter(schema.get("patternProperties", {}).values()), below) if key not in own else below
            if isinstance(below, dict):
                keys_said(inner, below, found)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for each in value:
            keys_said(each, schema["items"], found)


def test_every_key_of_the_schema_is_drawn():
    parts = {"": SCHEMA, **SCHEMA["$defs"]}
    keys = {(name, key) for name, part in parts.items() for key in part.get("properties", {})}
    of_grids = {"size", "steps", "objects", "places", "energy"}
    found, missing, overridden = set(), keys, of_grids
    for number in range(3000):
        keys_said(draw_scenario(random.Random(number)), {"named": "", **SCHEMA}, found)
        if number % 100 == 99:  # an environment says what it changes in the words of a world
            said = found | {(name.removesuffix("Override"), key) for name, key in found}
            missing = {(name, key) for name, key in keys - said if not name.endswith("Override")}
            overridden = of_grids - {key for name, key in found if name == "GridWorldOverride"}
            if not missing and not overridden:
                break
    assert (missing, overridden) == (set(), set())
