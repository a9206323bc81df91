"""Conformance of kinds of mind: a genome, what it expresses, and the kernels by which it lives."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from evosim.ecology.policies import decide, look_everywhere
from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import Agents
from evosim.episode.grid_environment import Grid
from evosim.episode.rollout import live, new_traces
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.kind import Kind, SharedKind
from evosim.mind.kinds import providing
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Ids
from evosim.numerics.compiler import DISABLED, PLAIN, plainly, threads
from evosim.numerics.random import Stream, key_of
from evosim.scenario import parse_scenario
from evosim.scenario.schema.minds import Mind
from evosim.scenario.schema.names import controller_names
from evosim.testing.conformance import (
    AT_ONCE,
    at_once,
    check_settings,
    expect_same,
    other_global_seeds,
    without_side_effects,
)
from evosim.testing.descriptors import (
    MindCase,
    ask,
    check_description,
    check_descriptor,
    check_expression,
    check_phenotypes,
    check_segments,
    check_that,
)
from evosim.testing.observed_minds import ObservedKind, is_named_tuple

POPULATION, EPISODES = 6, 3
VISION, TICKS = 2, 8  # of the shared world
SIMPLE = """
schema = 1
title = "A grid in which all is certain"
[world]
size = [7, 7]
layout = { kind = "maze", opened = 0.3 }
steps = 14
features = ["red", "door"]
objects.door = { features = { door = 1 }, outcomes = { reached = 1 }, ends_episode = true }
objects.gem = { count = 2, features = { red = 1 }, outcomes = { reached = 0 }, consumed = true }
[environments.training]
[objectives]
base = { reached = 1 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 6
generations = 1
"""
RICH = """
schema = 1
title = "A grid with all that a grid can have"
[world]
size = [8, 7]
layout = { kind = "scatter", density = 0.1 }
steps = 14
vision = 2
slip = 0.2
features = ["red", "door", "key"]
energy = { initial = 8, most = 10, per_tick = 0.2, per_move = 0.2 }
objects.door = { features = { door = 1 }, outcomes = { reached = 1 }, needs = { key = 1 } }
objects.key = { features = { key = 1 }, outcomes = { reached = 0 }, carried = true }
objects.berry = { features = { red = 1 }, outcomes = { reached = 0 }, energy = 3, consumed = true, respawns = 4 }
places.corner = { features = { red = 0.5 }, place = { kind = "corner" } }
[environments.training]
[objectives]
base = { reached = 1 }
[mind]
controllers = { planner = 1 }
objective.drives = ["hunger"]
perception = { evolves = true, spread = 0.3 }
planner.horizon = { initial = 3, range = [1, 4] }
[evolution]
population = 6
generations = 1
"""
SHARED = """
schema = 1
title = "A shared world"
[world]
kind = "ecology"
size = [9, 9]
vision = 2
features = ["sweet", "company", "child"]
energy = { initial = 9, most = 12, per_tick = 0.1, per_move = 0.1 }
life = { adult_at = 2, lifespan = 40, spread = 0.3 }
drives.thirst = { rises = 0.05, sated_by = { sweet = 0.5 } }
objects.fruit = { features = { sweet = 1 }, energy = 4, count = 20, grows = 3 }
[world.mating]
energy = 4.5
features = { company = 1 }
child = { child = 1 }
child_energy = 6
contraception = { fertility = 0.3 }
[environments.before]
[mind]
controllers = { planner = 1 }
objective.drives = ["hunger", "thirst"]
[evolution]
algorithm = "natural_selection"
population = 12
ticks = 8
interval = 4
crossover.rate = 1
mutation = { rate = 0.2, scale = 0.1 }
"""


def check_mind(make: Callable[[], Kind], *, settings: Mapping[str, Any] | None = None) -> None:
    """Check that a kind of mind obeys its contract (docs/extending.md).

    `make()` is what the entry point names; `settings` are those of its table under `[mind]`. Its minds live in small
    grids and, if it is a `SharedKind`, beside planners in a shared world: first as plain Python, where all that
    kernels write to is seen; then compiled, which must come to the same on any number of threads. Within `plainly()` of
    `evosim.numerics.compiler` nothing is compiled, and that is left out.

    Raises:
        ConformanceError: it doesn't; the message says what it does, where, and what would be right.
    """
    who = str(getattr(make, "__name__", None) or type(make).__name__)
    if getattr(make, "name", None) not in Mind.model_fields:
        check_settings(make, settings or {}, who)
    with without_side_effects(who):
        kind = ask(who, "__init__", make)
    check_descriptor(kind, who)
    compiles = not (PLAIN.get() or DISABLED)
    with plainly():
        for page in (SIMPLE, RICH):
            with without_side_effects(who), providing(kind):
                case = _case(page, kind, settings or {}, who)
                check_expression(kind, case, who)
                check_description(kind, case, who)
                phenotypes = _phenotypes(case, kind)
                check_phenotypes(kind, case, phenotypes, who)
            with without_side_effects(who), providing(ObservedKind(kind, who)):
                lives = _lives(case, phenotypes)
            with without_side_effects(who), providing(kind):
                _check_lives(case, phenotypes, lives, who)
        if isinstance(kind, SharedKind):
            _check_shared_lives(kind, settings or {}, who)
    if compiles:
        with without_side_effects(who):
            _check_compiled(kind, settings or {}, who)


def _case(page: str, kind: Kind, settings: Mapping[str, Any], who: str) -> MindCase:
    """Make a scenario with minds of a kind and of one of ours, and genomes of which two are at all the bounds."""
    scenario = parse_scenario(page)
    other = "heuristic" if kind.name == "planner" else "planner"
    table: dict[str, Any] = {"controllers": {kind.name: 0.5, other: 0.5}}
    if settings and kind.name not in Mind.model_fields:
        table[kind.name] = dict(settings)
    elif settings:
        table[kind.name] = type(getattr(scenario.mind, kind.name)).model_validate(dict(settings))
    scenario = scenario.model_copy(update={"mind": scenario.mind.model_copy(update=table)})
    check_segments(kind, scenario, who)
    layout = genome_layout(scenario)
    genomes = draw_founders(scenario, layout, 1)
    genomes[0], genomes[1] = layout.low, layout.high
    return MindCase(scenario, layout, genomes)


def _phenotypes(case: MindCase, kind: Kind) -> Phenotypes:
    """Return minds that all are of one kind."""
    minds = express(case.scenario, case.layout, case.genomes)
    number = controller_names(case.scenario).index(kind.name)
    return minds._replace(controller=np.full(len(case.genomes), number, np.uint8))


def _lives(case: MindCase, phenotypes: Phenotypes, rows: Ids | None = None, key: int = 11) -> dict[str, Any]:
    """Return all that is known of lives by name, of all individuals or of some `rows`."""
    rows = np.arange(len(case.genomes)) if rows is None else rows
    with plainly():
        ground = Grid(case.scenario, "training", 1).draw(key_of(5, Stream.FOREIGN), EPISODES)
        own_key = key_of(key, Stream.FOREIGN)
    traces = new_traces(len(rows), EPISODES, ground.plan.steps)
    lives = live(*ground, select_minds(phenotypes, rows), 7 + 3 * rows, own_key, traces=traces)
    return {"actions": traces.action, "outcomes": lives.outcomes, "utilities": lives.mesa_return}


def _check_lives(case: MindCase, phenotypes: Phenotypes, first: dict[str, Any], who: str) -> None:
    mine = f"in grids of {who}"
    again = f"{mine} differ when the same lives are replayed: draw by `key` and `draw`, and keep nothing in a module"
    expect_same(first, _lives(case, phenotypes), again)
    with other_global_seeds():
        expect_same(first, _lives(case, phenotypes), f"{mine} depend on a global generator: draw by `key` and `draw`")
    for rows in (np.arange(POPULATION)[::-1], np.arange(POPULATION)[1::2]):
        some = {name: array[rows] for name, array in first.items()}
        what = f"{mine} depend on who else lives: `wake` has to forget all that is in the room, which others thought in"
        expect_same(some, _lives(case, phenotypes, rows), what)
    _check_lives_at_once(case, phenotypes, mine)


def _check_lives_at_once(case: MindCase, phenotypes: Phenotypes, mine: str) -> None:
    keys = [11 + n for n in range(AT_ONCE)]
    separately = [_lives(case, phenotypes, key=key) for key in keys]
    together = at_once([partial(_lives, case, phenotypes, key=key) for key in keys])
    for one, other in zip(separately, together, strict=True):
        expect_same(one, other, f"{mine} differ when several threads live at once: keep nothing outside of the room")


# ---------------------------------------------------------------- in shared worlds


def _history(case: MindCase) -> dict[str, Any]:
    """Return all that is known of an ecology after some ticks, by name."""
    simulation = EcologySimulation(case.scenario, 1)
    births, deaths = simulation.live(0, TICKS, simulation.rules_at(0))
    counts, genomes = list(simulation.copy_tally()), simulation.genomes
    return {"births": births, "deaths": deaths, "genomes": genomes, "counts": counts, **simulation.memory()}


def _decisions(agents: Agents, alive: int) -> dict[str, Any]:
    names = ("action", "courts", "wants_child", "thoughts")
    return {f"`{name}`": getattr(agents, name)[:alive].copy() for name in names}


def _check_shared_lives(kind: SharedKind, settings: Mapping[str, Any], who: str) -> None:
    with without_side_effects(who), providing(kind):
        case = _case(SHARED, kind, settings, who)
        minds = ask(who, "shared_minds", lambda: kind.shared_minds(case.scenario, case.layout, VISION))
        what = f"`shared_minds` of {who} returns {type(minds).__name__}, where a NamedTuple was expected"
        check_that(is_named_tuple(minds), what)
    mine = f"in a shared world differ for {who}"
    with without_side_effects(who), providing(ObservedKind(kind, who)):
        first = _history(case)
    with without_side_effects(who), providing(kind):
        expect_same(first, _history(case), f"{mine} when all is replayed: draw by `key`")
        with other_global_seeds():
            expect_same(first, _history(case), f"{mine} with the state of a global generator: draw by `key`")
        _check_that_order_makes_no_difference(case, mine)


def _check_that_order_makes_no_difference(case: MindCase, mine: str) -> None:
    """Let agents decide from one state, all at once, one by one from the last on, and on two threads."""
    simulation = EcologySimulation(case.scenario, 1)
    simulation.live(0, 3, simulation.rules_at(0))
    rules, static, alive = simulation.rules_at(0), simulation.static, simulation.alive

    def some(first: int, last: int) -> None:
        decide(first, last, 3, simulation.ecology, rules, static.loci.hunger, static.keys.acts, simulation.minds())

    look_everywhere(simulation.ecology, rules)
    some(0, alive)
    straight = _decisions(simulation.ecology.agents, alive)
    for i in range(alive - 1, -1, -1):
        some(i, i + 1)
    what = f"{mine} in another order of agents: begin anew with each, whatever was left in the room"
    expect_same(straight, _decisions(simulation.ecology.agents, alive), what)
    at_once([partial(some, 0, alive // 2), partial(some, alive // 2, alive)])
    what = f"{mine} when two threads decide at once: keep nothing outside of what `shared_minds` returns"
    expect_same(straight, _decisions(simulation.ecology.agents, alive), what)


# ---------------------------------------------------------------- compiled


def _check_compiled(kind: Kind, settings: Mapping[str, Any], who: str) -> None:
    """Check that compiled kernels come to what they come to as plain Python, on any number of threads."""
    with providing(kind):
        for page in (SIMPLE, RICH):
            with plainly():
                case = _case(page, kind, settings, who)
                phenotypes = _phenotypes(case, kind)
                plain = _lives(case, phenotypes)
            for count in (1, 3):
                with threads.using(count):
                    compiled = ask(who, "its kernels, compiled", lambda: _lives(case, phenotypes))  # noqa: B023
                expect_same(plain, compiled, _otherwise(who, count))
            _check_lives_at_once(case, phenotypes, f"in grids of {who}")
        if isinstance(kind, SharedKind):
            with plainly():
                case = _case(SHARED, kind, settings, who)
                plain = _history(case)
            compiled = ask(who, "its kernels, compiled", lambda: _history(case))
            expect_same(plain, compiled, _otherwise(who, 1))
            _check_that_order_makes_no_difference(case, f"in a shared world differ for {who}")


def _otherwise(who: str, count: int) -> str:
    on = "" if count == 1 else f", on {count} threads,"
    return (
        f"of {who} differ when they are compiled{on} from those of plain Python: look for whole numbers that wrap "
        "around or are divided, and for places outside of an array, which no kernel checks"
    )
