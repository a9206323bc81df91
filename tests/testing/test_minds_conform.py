"""Kinds of mind obey the contract, evosim's own too; each way to break it is found and told."""

import random
from typing import NamedTuple

import numpy as np
import packages
import pytest
from pydantic import BaseModel

from evosim.gridworld.actions import MOVES
from evosim.mind.alleles import Number, first_locus, number_of
from evosim.mind.contract import LAST, THOUGHT, decide, new_room, utility_of, wake
from evosim.mind.heuristic.kind import Heuristic
from evosim.mind.kind import Kind, Look, SharedKind
from evosim.mind.network.kind import Network
from evosim.mind.open_loop.kind import OpenLoop
from evosim.mind.planner.kind import Planner
from evosim.mind.program.kind import Program
from evosim.mind.segments import Segment
from evosim.mind.shared_contract import (
    Decision,
    decide_in_shared_world,
    perceived_in_shared_world,
    utility_in_shared_world,
)
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel, plainly
from evosim.numerics.random import uniform
from evosim.testing import ConformanceError, check_mind

KEPT = {"calls": 0}


class Drifters(NamedTuple):
    boldness: np.ndarray  # [P]


class Adrift(NamedTuple):
    steps: np.ndarray  # [1] of this life


class SharedDrifters(NamedTuple):
    boldness: Number
    steps: np.ndarray  # [1]


class Drifter(SharedKind):
    """It goes anywhere; the class that all those break who are refused."""

    name = "drifter"
    look = Look("drifter", "drifters", "#112233", "hexagon", "Goes anywhere.")
    minds_of, shared_of = Drifters, SharedDrifters

    def segments(self, scenario):
        return [Segment("drifter.boldness", ("drifter.boldness",), 0.0, 1.0)]

    def express(self, scenario, genotypes):
        return Drifters(genotypes.loci("drifter.boldness")[:, 0].copy())

    def minds(self, phenotypes):
        return self.minds_of(*phenotypes.own[self.name])

    def shared_minds(self, scenario, layout, vision):
        return self.shared_of(Number(first_locus(layout, "drifter.boldness"), 0.0), np.zeros(1))

    def rate(self, scenario):
        return 1e6


def drift(minds, p, plan, percept, now, key, draw, memory, room):
    room.steps[0] += 1
    chance = uniform(key, draw)
    memory[THOUGHT] += 1
    return int((chance + minds.boldness[p] * room.steps[0]) * MOVES) % MOVES


def drift_among_others(mind, agent, around, key):
    mind.steps[0] = uniform(key, 0)
    action = int((mind.steps[0] + number_of(agent.genome, mind.boldness)) * MOVES) % MOVES
    return Decision(action, True, False, 1.0)


def make_room(minds, rows, cells, plan):
    return Adrift(np.zeros(1))


def forget(minds, p, plan, percept, now, room):
    room.steps[0] = 0


KERNELS = {new_room: make_room, wake: forget, decide: drift}
SHARED_KERNELS = {decide_in_shared_world: drift_among_others}
for of, all_of_them in ((Drifters, KERNELS), (SharedDrifters, SHARED_KERNELS)):
    for general, own in all_of_them.items():
        implements(general, of)(own)


def breaking(**parts):
    return type("Broken", (Drifter,), parts)


def with_kernels(kernels):
    """Return a drifter of which some kernels are others; None: there is none."""
    of = type("BrokenDrifters", (Drifters,), {})
    for general, own in (KERNELS | kernels).items():
        if own is not None:
            implements(general, of)(own)
    return breaking(minds_of=of)


def deciding(function):
    """Break what is decided, by a function of it and of all that `decide` is given."""
    return with_kernels({decide: lambda *given: function(drift(*given), *given)})


def among_others(function, general=decide_in_shared_world):
    """Break what is decided in a shared world, by a function of what its kernel is given."""
    of = type("BrokenSharedDrifters", (SharedDrifters,), {})
    for each, own in (SHARED_KERNELS | {general: function}).items():
        implements(each, of)(own)
    return breaking(shared_of=of)


def decided(change):
    return among_others(lambda *given: change(drift_among_others(*given), *given))


def writing(get, value=1):
    """Break `decide` by writing to an array of what it is given."""

    def write(action, *given):
        array = get(*given)
        array[...] = array + value
        return action

    return deciding(write)


def of_the_module(action, *given):
    KEPT["calls"] += 1
    return (action + KEPT["calls"]) % MOVES


def of_the_global_state(action, *given):
    seed = int(np.random.get_state()[1][0]), int(given[5]), given[6]  # noqa: NPY002
    return int(np.random.default_rng(seed).integers(MOVES))


def remembers_in_its_room(mind, agent, around, key):
    mind.steps[0] += 1
    return Decision(int(mind.steps[0]) % MOVES, True, False, 0.0)


def left_over(mind, agent, around, key):
    before, mind.steps[0] = mind.steps[0], agent.number
    return Decision(int(before) % MOVES, True, False, 0.0)


def normalised(self, scenario, genotypes):
    boldness = genotypes.loci("drifter.boldness")[:, 0]
    return Drifters(boldness - boldness.mean())


def drawn(self, scenario):
    return [Segment(f"drifter.{np.random.default_rng().random()}", ("drifter.boldness",), 0.0, 1.0)]


def failing(*given):
    return 1 / 0


def segment(loci=("drifter.boldness",), low=0.0, high=1.0, **more):
    return breaking(segments=lambda self, scenario: [Segment("drifter.boldness", loci, low, high, **more)])


def expressing(change):
    return breaking(
        express=lambda self, scenario, genotypes: change(Drifter.express(self, scenario, genotypes).boldness)
    )


def writes_to_phenotypes(self, phenotypes):
    phenotypes.discount[:] = 0.5
    return np.zeros(len(phenotypes.controller), np.bool_)


BROKEN = {
    # the descriptor
    "no kind": (lambda: "a mind", "is no subclass of evosim.mind.kind.Kind"),
    "fails": (breaking(__init__=failing), "Broken fails in `__init__`: ZeroDivisionError"),
    "name": (breaking(name="two words"), "the `name` of Broken is 'two words'"),
    "taken name": (breaking(name="objective"), "the `name` of Broken is 'objective', which is a table of [mind]"),
    "our name": (breaking(name="planner"), "the `name` of Broken is 'planner', which is a table of [mind]"),
    "look": (breaking(look="drifter"), "the `look` of Broken is 'drifter', where a `Look` was expected"),
    "label": (breaking(look=Drifter.look._replace(label="")), "`look.label` of Broken is ''"),
    "colour": (breaking(look=Drifter.look._replace(colour="red")), "`look.colour` of Broken is 'red'"),
    "shape": (breaking(look=Drifter.look._replace(shape="blob")), "`look.shape` of Broken is 'blob'"),
    "wants": (breaking(wants="much"), "`wants` of Broken is 'much'"),
    "settings": (breaking(Settings=dict), "the `Settings` of Broken are not a pydantic model"),
    "loose settings": (breaking(Settings=type("Loose", (BaseModel,), {})), "take a field they don't have"),
    # the genome
    "segments fail": (breaking(segments=failing), "Broken fails in `segments`: ZeroDivisionError"),
    "no segments": (breaking(segments=lambda self, scenario: "drifter"), "where a list of `Segment` was expected"),
    "drawn segments": (breaking(segments=drawn), "returns others when it is asked again"),
    "a locus twice": (segment(("drifter.a", "drifter.a")), "Broken has a locus 'drifter.a' twice"),
    "no loci": (segment(()), "has loci (), where a tuple of names was expected"),
    "bounds": (segment(low=1.0), "has the bounds 1.0 and 1.0: the lower is to be the smaller"),
    "initial": (segment(initial=(0.5, 0.5)), "has 2 initial numbers, where 1 were expected"),
    "initial outside": (segment(initial=(2.0,)), "has initial numbers outside of its bounds"),
    "spread": (segment(initial=(0.5,), spread=-1.0), "has a spread of -1.0"),
    # what is expressed
    "express fails": (breaking(express=failing), "Broken fails in `express`: ZeroDivisionError"),
    "no NamedTuple": (expressing(list), "`express` of Broken returns list, where a NamedTuple was expected"),
    "rows": (expressing(lambda boldness: Drifters(boldness[1:])), "arrays have a row for each of the 6 individuals"),
    "text": (expressing(lambda boldness: Drifters(boldness.astype(str))), "where numbers were expected"),
    "NaN": (expressing(lambda boldness: Drifters(boldness * np.nan)), "with numbers that are not finite"),
    "drawn": (
        expressing(lambda boldness: Drifters(boldness + np.random.default_rng().random())),
        "returns something else when it is asked again",
    ),
    "others": (breaking(express=normalised), "depends on the others, or on its row"),
    "description fails": (breaking(description=failing), "Broken fails in `description`: ZeroDivisionError"),
    "description": (
        breaking(description=lambda self, scenario, genotypes: np.full(genotypes.population, -1.0)),
        "where 6 numbers of bits were expected, from 0 on",
    ),
    "rate": (breaking(rate=lambda self, scenario: 0), "`rate` of Broken returns 0"),
    "minds": (breaking(minds=lambda self, phenotypes: None), "`minds` of Broken returns NoneType"),
    "objectives": (
        breaking(has_objective=lambda self, phenotypes: True),
        "`has_objective` of Broken returns True, where 6 times True or False were expected",
    ),
    "wants nothing": (
        breaking(has_objective=lambda self, phenotypes: np.ones(len(phenotypes.controller), np.bool_)),
        "but it says that they want nothing: set `wants`",
    ),
    "traits": (breaking(traits=lambda self, phenotypes: {"boldness": 1}), "trait 'boldness' of Broken is 1"),
    "largest budget": (breaking(largest_budget=lambda self, phenotypes: 0), "`largest_budget` of Broken returns 0"),
    "budget": (breaking(with_budget=lambda self, phenotypes, steps: None), "`with_budget` of Broken returns no"),
    "writes to phenotypes": (breaking(has_objective=writes_to_phenotypes), "Broken writes to the phenotypes"),
    # in grids
    "prints": (deciding(lambda action, *_: print("here") or action), "Broken prints 'here' to standard output"),
    "global numpy": (deciding(lambda *_: np.random.randint(4)), "uses the global generator of numpy"),  # noqa: NPY002
    "global random": (deciding(lambda *_: random.randrange(4)), "the global generator of `random`"),
    "global state": (deciding(of_the_global_state), "depend on a global generator"),
    "no room": (with_kernels({new_room: lambda *_: np.zeros(1)}), "`new_room` of Broken returns ndarray"),
    "no kernel": (with_kernels({decide: None}), "Broken has no kernel `decide`: decorate one with"),
    "kernel fails": (deciding(failing), "Broken fails in `decide`: ZeroDivisionError"),
    "action": (deciding(lambda action, *_: action + 5), "where an action, a whole number from 0 to 4, was expected"),
    "half an action": (deciding(lambda action, *_: action / 2), "where an action, a whole number from 0 to 4"),
    "last": (writing(lambda *given: given[-2][LAST:]), "`decide` of Broken writes to `memory[LAST]`"),
    "thinks less": (writing(lambda *given: given[-2][THOUGHT:], -2), "makes `memory[THOUGHT]` smaller"),
    "writes to minds": (writing(lambda minds, *_: minds.boldness), "`decide` of Broken writes to `minds`"),
    "writes to percept": (writing(lambda *given: given[3].features), "`decide` of Broken writes to `percept`"),
    "writes to world": (writing(lambda *given: given[2].respawns), "`decide` of Broken writes to `plan`"),
    "writes to itself": (writing(lambda *given: given[4].inventory), "`decide` of Broken writes to `now`"),
    "module": (deciding(of_the_module), "differ when the same lives are replayed"),
    "never forgets": (with_kernels({wake: lambda *_: None}), "depend on who else lives: `wake` has to forget"),
    "utility": (with_kernels({utility_of: lambda *_: np.nan}), "the result of `utility_of` of Broken is nan"),
    # in shared worlds
    "shared fails": (breaking(shared_minds=failing), "Broken fails in `shared_minds`: ZeroDivisionError"),
    "shared minds": (breaking(shared_minds=lambda *_: [1]), "`shared_minds` of Broken returns list"),
    "no decision": (among_others(lambda *_: 0), "`decide_in_shared_world` of Broken returns int, not a `Decision`"),
    "shared action": (
        decided(lambda decision, *_: decision._replace(action=-1)),
        "`decide_in_shared_world` of Broken returns -1",
    ),
    "courts": (decided(lambda decision, *_: decision._replace(courts=2)), "`courts` of a decision of Broken is 2"),
    "thoughts": (decided(lambda decision, *_: decision._replace(thoughts=-1.0)), "are -1.0: less than nothing"),
    "endless thoughts": (
        decided(lambda decision, *_: decision._replace(thoughts=np.inf)),
        "`thoughts` of a decision of Broken is inf",
    ),
    "writes to agent": (
        decided(lambda decision, mind, agent, *_: agent.levels.fill(0.7) or decision),
        "`decide_in_shared_world` of Broken writes to `agent`",
    ),
    "writes to all": (
        decided(lambda decision, mind, agent, around, key: around.able.fill(True) or decision),
        "`decide_in_shared_world` of Broken writes to `around`",
    ),
    "counts in its room": (among_others(remembers_in_its_room), "in another order of agents: begin anew with each"),
    "left in its room": (among_others(left_over), "in another order of agents: begin anew with each"),
    "shared utility": (among_others(lambda *_: np.inf, utility_in_shared_world), "the result of `utility_in_shared_world` of Broken is inf"),
    "shared prints": (decided(lambda decision, *_: print("there") or decision), "prints 'there' to standard output"),
}  # fmt: skip


def test_a_mind_that_obeys_passes():
    with plainly():
        check_mind(Drifter)


@pytest.mark.parametrize("name", BROKEN)
def test_whoever_breaks_the_contract_is_told_how(name):
    broken, said = BROKEN[name]
    with plainly(), pytest.raises(ConformanceError) as refused:
        check_mind(broken)
    assert said in str(refused.value)


def test_what_is_perceived_is_only_asked_for_in_counterfactuals():
    """So it may be wrong in a way that no life shows."""
    with plainly():
        check_mind(among_others(lambda *_: np.nan, perceived_in_shared_world))


@pytest.mark.parametrize("kind", [OpenLoop, Heuristic, Planner])
def test_our_kinds_obey(kind):
    with plainly():
        check_mind(kind)


@pytest.mark.parametrize(
    "settings",
    [
        {"algorithm": "mcts", "simulations": {"range": [1, 5]}, "horizon": 3},
        {"algorithm": "plan_optimization", "iterations": {"range": [1, 2]}, "candidates": 4, "horizon": 3},
    ],
    ids=["mcts", "plan_optimization"],
)
def test_planners_that_sample_obey(settings):
    with plainly():
        check_mind(Planner, settings=settings)


def test_programs_obey():
    """With few thoughts: as plain Python they take long."""
    with plainly():
        check_mind(
            Program, settings={"thoughts": {"range": [0, 3]}, "instructions": 5, "inputs": ["here", "wall", "features"]}
        )


def test_networks_obey():
    with plainly():
        check_mind(
            Network, settings={"thoughts": {"range": [0, 3]}, "channels": 2, "inputs": ["here", "wall"], "spread": 0.3}
        )


@pytest.fixture
def wall_follower(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(packages.install(tmp_path))
    from evosim_example.wall_follower import WallFollower

    return WallFollower


@pytest.mark.compiled
def test_the_example_of_the_guide_obeys_compiled_too(wall_follower):
    check_mind(wall_follower, settings={"hand": "left"})


class Wrapping(NamedTuple):
    boldness: np.ndarray  # [P]


implements(new_room, Wrapping)(allocating_kernel(make_room))
implements(wake, Wrapping)(inlined_kernel(forget))


@implements(decide, Wrapping)
@inlined_kernel
def double_what_is_large(minds, p, plan, percept, now, key, draw, memory, room):
    """Go one way as plain Python, whose whole numbers have no end, and another where they wrap around."""
    return 0 if (int(now.cell) + 2**62) * 2 > 0 else 1


class Wrapped(Kind):
    name, look = "wrapped", Look("wrapped", "wrapped", "#112233", "hexagon", "Goes somewhere.")
    segments, express, rate = Drifter.segments, Drifter.express, Drifter.rate

    def minds(self, phenotypes):
        return Wrapping(phenotypes.own[self.name].boldness)


@pytest.mark.compiled
def test_a_mind_that_is_another_one_once_it_is_compiled_is_refused():
    with plainly():
        check_mind(Wrapped)
    with pytest.raises(ConformanceError, match="Wrapped differ when they are compiled from those of plain Python"):
        check_mind(Wrapped)


def test_settings_are_those_that_a_scenario_could_say(wall_follower):
    with plainly(), pytest.raises(ConformanceError, match="refuses the settings it is checked with"):
        check_mind(wall_follower, settings={"hand": "up"})
