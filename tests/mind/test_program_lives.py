"""Lives of programs: what they climb, when they think, and what they are in a scenario."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import reference
from effort import cases
from samples import plan_of, twin_world
from test_programs import instructions, random_code

from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import live
from evosim.gridworld.layouts import MAZE, OPEN, SCATTER
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.kinds import kind_named
from evosim.mind.map_kind import MapKind, ThoughtInputs
from evosim.mind.maps import foresight
from evosim.mind.phenotype import Phenotypes, minds_of_one_kind
from evosim.mind.program.code import effective
from evosim.mind.program.kind import OwnCode
from evosim.mind.program.operations import LADDER
from evosim.mind.program.settings import ProgramMind
from evosim.numerics.random import key_of
from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.simulation.laboratory import Laboratory

POPULATION, EPISODES = cases(12, 4), cases(3, 2)


class Bred(NamedTuple):
    """Random programs, as genomes have them and as they are lived."""

    minds: Phenotypes
    twins: list[reference.TwinMind]


def breed(seed: int, *, inputs: tuple[str, ...] = ("wall", "features", "thing"), detects: bool = False) -> Bred:
    """Draw programs on three features, with or without detectors."""
    rng = np.random.default_rng(seed)
    code = random_code(rng, POPULATION, 8, 2, LADDER[0])
    count = sum(3 if name == "features" else 1 for name in inputs)
    code.fields[..., 2:] %= 2 + count
    thoughts = rng.integers(0, 6, POPULATION).astype(np.int32)
    own = OwnCode(*effective(code, 2), thoughts, 2, inputs, ("red", "round", "loud"))
    detectors = rng.uniform(-1, 1, (POPULATION, 3, 4)) if detects else np.zeros((POPULATION, 0, 0))
    twins = [
        reference.TwinMind(
            "program", (), 0, 1.0, 0.0, {}, (), 0.0, 0.0, (), detectors=detectors[p].tolist(), sharpness=2.0,
            program=instructions(code, p), registers=2, inputs=inputs, thoughts=int(thoughts[p]),
        )
        for p in range(POPULATION)
    ]  # fmt: skip
    return Bred(minds_of_one_kind("program", own, detectors=detectors, sharpness=2.0), twins)


CASES = {
    "with all in sight": ({}, {}),
    "among things that are taken and come back": ({"taken": np.array([True, True, False]), "respawns": np.array([0, 3, 0], np.int32)}, {}),
    "with a view of few cells": ({"vision": 2, "taken": np.array([True, False, True])}, {}),
    "that see where they are": ({}, {"inputs": ("here", "wall", "features")}),
    "with coordinates": ({}, {"inputs": ("column", "wall", "features", "row")}),
    "with perception of their own": ({"taken": np.array([True, False, True])}, {"detects": True}),
    "among places, on slippery ground": ({"slip": 0.2, "places": [[2, 1, 4, 0, 0], [1, 2, 5, 2, 5]]}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_lives_of_programs_equal_those_of_the_twin(name):
    compare_lives(name, breed)


def compare_lives(name: str, breed: Callable[..., Bred]) -> None:
    """Compare lives of minds that climb maps, bred from a seed, with those of their twins."""
    worldly, of_minds = CASES[name]
    for seed in range(cases(3, 1)):
        rng = np.random.default_rng(seed)
        layout = (MAZE, SCATTER, OPEN)[seed % 3]
        plan = plan_of(7, 9, 3, rng, layout=layout, layout_first=0.2, **worldly)
        worlds, key = draw_worlds(plan, key_of(seed, 1), EPISODES), key_of(seed, 2)
        atlas, ids = draw_atlas(plan, worlds), rng.integers(0, 10**6, POPULATION)
        bred = breed(seed, **of_minds)
        lives = live(plan, worlds, atlas, bred.minds, ids, key)
        found = {segment: lives.outcomes[..., columns] for segment, columns in numbered_layout(plan).segments.items()}
        for p in range(POPULATION):
            for e in range(EPISODES):
                world, own_key = twin_world(plan, worlds, e), reference.key_of(int(key), int(ids[p]), e)
                twin = reference.Life(plan, world, bred.twins[p], ["red", "round", "loud"], own_key)
                outcomes, _ = twin.live()
                assert {segment: part[p, e].tolist() for segment, part in found.items()} == outcomes, (p, e)


def test_lives_are_the_same_whether_or_not_worlds_are_thought_through_before(monkeypatch):
    plan = plan_of(7, 7, 3, np.random.default_rng(1), layout=MAZE, layout_first=0.2)
    worlds, ids = draw_worlds(plan, key_of(1), 20), np.arange(POPULATION)
    atlas, minds = draw_atlas(plan, worlds), breed(4).minds
    before = live(plan, worlds, atlas, minds, ids, key_of(2)).outcomes
    monkeypatch.setattr(foresight, "MOST", 0)
    assert np.array_equal(before, live(plan, worlds, atlas, minds, ids, key_of(2)).outcomes)


def planted(*lines: str, **changes: str) -> Laboratory:
    """Make all founders of `search_from_parts` one program."""
    said = [f"mind.program.initial={[*lines]}", "evolution.population=4", "evolution.elites=1"]
    said += [f"{key}={value}" for key, value in changes.items()]
    return Laboratory(load_scenario("search_from_parts", said), 1)


RELAXATION = (
    "r1 = hmax r0", "r2 = vmax r0", "r0 = max r1 r2", "r0 = scale r0 0.9", "r0 = mask r0 thing", "r0 = add r0 door",
    "r0 = mask r0 wall",
)  # fmt: skip


def success(laboratory: Laboratory, environment: str) -> float:
    minds = express(laboratory.scenario, laboratory.layout, draw_founders(laboratory.scenario, laboratory.layout, 1))
    lives = laboratory.live(environment, minds, np.arange(4), key_of(5), key_of(6), cases(40, 4))
    return float(lives.outcomes[..., laboratory.outcomes.index("door_reached")].mean())


def test_a_program_that_relaxes_towards_doors_reaches_them_and_one_with_a_single_thought_rarely_does():
    thinks = planted(*RELAXATION, **{"mind.program.thoughts": "64"})
    hardly = planted(*RELAXATION, **{"mind.program.thoughts": "1"})
    assert success(thinks, "deployment") > 0.9
    assert success(hardly, "deployment") < 0.6


def test_a_program_is_printed_without_what_has_no_effect():
    laboratory = planted("r1 = const 0.5", *RELAXATION)
    minds = express(laboratory.scenario, laboratory.layout, draw_founders(laboratory.scenario, laboratory.layout, 1))
    assert kind_named("program").describe(minds, 0) == list(RELAXATION)


def test_minds_that_climb_a_map_think_it_for_whoever_asks():
    laboratory = planted("r0 = hmax door")
    minds = express(laboratory.scenario, laboratory.layout, draw_founders(laboratory.scenario, laboratory.layout, 1))
    kind = kind_named("program")
    assert isinstance(kind, MapKind)
    assert kind.thoughts(minds).tolist() == [32] * 4
    shown = ThoughtInputs(
        np.zeros((1, 1, 4), bool), np.zeros((1, 2, 1, 4)), np.zeros((1, 1, 4), bool), np.zeros(1, np.int32)
    )
    shown.features[0, 1, 0, 2] = 1.0
    assert kind.think(minds, np.array([1, 3]), shown, None).tolist() == [[[[0, 1, 0, 1]]]] * 2
    assert not kind.think(minds, np.array([1]), shown, 0).any()


PAGE = """
schema = 1
title = "A room"
[world]
size = [7, 7]
steps = 10
features = ["wall", "door"]
objects.door = { features = { door = 1 }, outcomes = { reached = 1 }, ends_episode = true }
[environments.training]
[objectives]
base = { reached = 1 }
[mind]
controllers = { program = 1 }
[evolution]
population = 8
generations = 2
"""


def test_a_genome_has_instructions_of_categories_and_a_constant_and_thoughts_if_they_evolve():
    scenario = parse_scenario(PAGE + "[mind.program]\ninstructions = 2\nthoughts = { range = [0, 9] }\n")
    layout = genome_layout(scenario)
    assert layout.loci[:6] == (
        "program.0.operation", "program.0.to", "program.0.a", "program.0.b", "program.0.constant", "program.1.operation",
    )  # fmt: skip
    assert layout.loci[-1] == "program.thoughts"
    assert layout.high.tolist() == [11, 3, 7, 7, 1, 11, 3, 7, 7, 1, 9]
    founders = draw_founders(scenario, layout, 1)
    assert (founders[:, [0, 1, 2, 3]] % 1 == 0).all()
    assert len(np.unique(founders[:, 4])) == 8
    with_own = express(scenario, layout, np.stack([layout.low, layout.high]).astype(np.float32))
    assert with_own.own["program"].thoughts.tolist() == [0, 9]


@pytest.mark.parametrize(
    ("said", "where", "what"),
    [
        ("[mind.program]\nrung = 6", "mind.program.rung", "5"),
        ("[mind.program]\noperations = ['add', 'add']", "mind.program.operations.1", "'add' is named twice"),
        (
            "[mind.program]\ninitial = ['r0 = hmax doo']",
            "mind.program.initial.0",
            "(r0, r1, r2, wall, feature.wall, door, thing)",
        ),
        ("[mind.program]\ninitial = ['r0 = nmax r1']", "mind.program.initial.0", "expected an operation (nop, add"),
        (
            "[mind.program]\ninitial = ['r0 = scale r1']",
            "mind.program.initial.0",
            "expected 'scale a c', got 'scale r1'",
        ),
        ("[mind.program]\ninitial = ['r0 = const 3']", "mind.program.initial.0", "from -1 to 1"),
        ("[mind.program]\ninitial = ['door = nop']", "mind.program.initial.0", "expected a register (r0, r1, r2)"),
        ("[mind.program]\ninstructions = 1\ninitial = ['r0 = nop', 'r0 = nop']", "mind.program.initial", "2 lines"),
        ("[mind.program]\nthoughts = 5000", "mind.program.thoughts", "4096"),
        ("[evolution.crossover]\noperator = 'sbx'", "evolution.crossover.operator", "categories"),
        ("[evolution.mutation]\noperator = 'polynomial'", "evolution.mutation.operator", "categories"),
    ],
)
def test_what_makes_no_sense_of_programs_is_refused(said, where, what):
    with pytest.raises(ScenarioError) as raised:
        parse_scenario(PAGE + said)
    assert where.rpartition(".")[0] in str(raised.value)
    assert what in str(raised.value)


def test_no_continuous_optimizer_varies_programs():
    with pytest.raises(ScenarioError, match="'program' has categories in its genome, not only numbers"):
        parse_scenario(PAGE.replace("generations = 2", "generations = 2\nalgorithm = 'cma_es'"))


def test_the_further_rungs_vary_by_groups_of_operations():
    assert ProgramMind().own_variation.regrouped == 0
    assert ProgramMind().own_variation.rate == 0.15 / 12
    assert ProgramMind(rung=3).own_variation.regrouped == 0.15
    assert ProgramMind(rung=3).own_variation.diverged == 0.5
