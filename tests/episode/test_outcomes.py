"""Outcomes: names, numbers and the offsets of kernels come from one layout, and nobody reckons with them."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from effort import cases

from evosim.episode import outcomes, rollout
from evosim.episode.outcomes import OutcomeOffsets, numbered_layout, outcome_layout
from evosim.episode.rollout import live
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.gridworld.spec import blueprint
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import is_shared, object_names, outcome_names, own_outcomes, place_names
from evosim.scenario.schema.worlds import GridWorld

HOUSE = Path(__file__).parents[2]
LAYS_OUT, COUNTS = "evosim/episode/outcomes.py", "evosim/episode/rollout.py"
*SEGMENTS, SIZE = OutcomeOffsets._fields
SUSPECT = re.compile(r"offsets|slice_of|\.outcomes|\bALWAYS\b|OutcomeOffsets|outcome_segments")
SHIPPED = sorted(path.stem for path in (HOUSE / "scenarios").glob("[a-z]*.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_outcome_of_a_scenario_stands_under_its_name(name):
    scenario = load_scenario(name)
    layout, names = outcome_layout(scenario), outcome_names(scenario)
    assert list(layout.names) == names
    numbered = [range(len(names))[columns] for columns in layout.segments.values()]
    assert [k for segment in numbered for k in segment] == list(range(len(names)))
    assert {thing: names[k] for thing, k in layout.own.items()} == {each: each for each in own_outcomes(scenario)}
    if is_shared(scenario):
        return
    objects, places = object_names(scenario), place_names(scenario)
    assert {thing: names[k] for thing, k in layout.entered.items()} == {o: f"entered.{o}" for o in objects}
    assert {thing: names[k] for thing, k in layout.entered_first.items()} == {o: f"entered_first.{o}" for o in objects}
    assert {thing: names[k] for thing, k in layout.entered_place.items()} == {p: f"entered.{p}" for p in places}
    assert {thing: names[k] for thing, k in layout.ended_at.items()} == {p: f"ended_at.{p}" for p in places}
    for each in ("steps", "moves", "thinking", "energy", "survived"):
        assert names[layout.slice_of(each)] == [each] == [names[getattr(layout.offsets, each)]]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_kernel_counts_where_the_names_say(name):
    scenario = load_scenario(name)
    for environment, world in scenario.environments.items():
        if isinstance(world, GridWorld):
            assert numbered_layout(blueprint(scenario, environment)).offsets == outcome_layout(scenario).offsets


def test_outcomes_of_lives_in_an_ecology_are_its_own_alone():
    layout = outcome_layout(load_scenario("contraception"))
    assert layout.names == ("children",)
    with pytest.raises(KeyError):
        layout.slice_of("entered_first")


@pytest.mark.parametrize("segment", SEGMENTS)
def test_from_a_segment_it_is_one_hop_to_the_line_that_counts_it(segment):
    """`entered_first.door` is of the segment `entered_first`, and the kernel of lives writes at `at.entered_first`."""
    written = [
        line for line in inspect.getsource(rollout).splitlines() if re.search(rf"outcomes\[at\.{segment}\b", line)
    ]
    assert len(written) == 1


def is_position(node: ast.AST | None) -> bool:
    """Whether an expression is a position that the layout says."""
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute) and node.attr in ("offsets", "slice_of"):
            return True
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return False


def reckonings(source: str) -> set[str]:
    """Find the expressions that reckon with positions of outcomes, or take one by a number."""
    reckoned: set[str] = set()
    if not SUSPECT.search(source):
        return reckoned
    nodes = [*ast.walk(ast.parse(source))]
    for node in nodes:
        ends = {ast.BinOp: ("left", "right"), ast.Slice: ("lower", "upper")}.get(type(node), ())
        if any(is_position(getattr(node, end)) for end in ends):
            reckoned.add(ast.unparse(node))  # with what the layout says
        if not isinstance(node, ast.Subscript):
            continue
        if ast.unparse(node).endswith("plan.outcomes.shape[1]"):
            reckoned.add(ast.unparse(node))  # how many are the scenario's own
        by_axis = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        if isinstance(node.value, ast.Attribute) and node.value.attr == "outcomes" and len(by_axis) == 3:
            for part in ast.walk(by_axis[-1]):
                if isinstance(part, ast.BinOp) or (isinstance(part, ast.Constant) and isinstance(part.value, int)):
                    reckoned.add(ast.unparse(node))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return reckoned | (names & {"ALWAYS", "OutcomeOffsets", "outcome_segments"})


def test_nobody_else_reckons_with_the_positions_of_outcomes():
    allowed = {
        "evosim/scenario/schema/names.py": {"ALWAYS", "outcome_segments"},  # where they are named
        "evosim/scenario/validation/objectives.py": {"outcome_segments"},  # names that objectives can be about
        "evosim/scenario/validation/worlds.py": {"ALWAYS"},  # names that are taken
        "evosim/episode/plugin_environment.py": {"ALWAYS"},  # names that may be given
        LAYS_OUT: {"OutcomeOffsets", "outcome_segments", "plan.outcomes.shape[1]"},
        COUNTS: {"OutcomeOffsets", "plan.outcomes.shape[1]"},
        "tests/reference/lives.py": {"plan.outcomes.shape[1]"},  # the twin: it knows of no layout
        "benchmarks/references.py": {"plan.outcomes.shape[1]"},  # the same in C
        "tests/episode/test_outcomes.py": {"OutcomeOffsets"},
    }
    for folder in ("evosim", "viz", "benchmarks", "tests"):
        for path in (HOUSE / folder).rglob("*.py"):
            place = path.relative_to(HOUSE).as_posix()
            assert reckonings(path.read_text()) <= allowed.get(place, set()), place


@pytest.mark.parametrize(
    "source",
    [
        "outcomes[:, :, plan.outcomes.shape[1] + STEPS]",
        "lives.outcomes[:, :, OWN + ENTERED : OWN + ENTERED + types]",
        "lives.outcomes[:, :, -2:]",
        "each.outcomes[:, :, 0]",
        "weights[layout.offsets.entered + plan.type_of]",
        "seen[..., layout.slice_of('entered').start :]",
        "own = names.index(ALWAYS[0])",
    ],
)
def test_a_reckoning_is_found(source):
    assert reckonings(source)


def test_where_names_come_in_another_order_the_kernel_follows_them(monkeypatch):
    """It is given numbers, so it is the same kernel, that writes elsewhere."""
    scenario = load_scenario("cheese_corner")
    plan, layout = blueprint(scenario, "training"), genome_layout(scenario)
    genomes = draw_founders(scenario, layout, 1)[:: cases(8, 64)]
    minds, worlds = express(scenario, layout, genomes), draw_worlds(plan, key_of(2), 4)
    lived = plan, worlds, draw_atlas(plan, worlds), minds, np.arange(len(genomes)), key_of(3)
    here, before = numbered_layout(plan), live(*lived).outcomes
    segments = outcomes.outcome_segments
    outcomes._numbered.cache_clear()
    try:
        monkeypatch.setattr(outcomes, "outcome_segments", lambda *things: segments(*things)[::-1])
        there, after = numbered_layout(plan), live(*lived).outcomes
    finally:
        outcomes._numbered.cache_clear()
    assert there.names == here.names[-1:] + there.names[1:] != here.names
    assert before[:, :, here.slice_of("ended_at")].any()
    for segment in SEGMENTS:
        np.testing.assert_array_equal(after[:, :, there.slice_of(segment)], before[:, :, here.slice_of(segment)])
