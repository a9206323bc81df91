"""What speed.py times of ecologies: decisions beside the same in C, ticks on two threads, and ticks beside Mesa."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import references
from benchmarks.speed_rows import Row
from evosim.ecology.policies import decide, look_everywhere
from evosim.ecology.rules import Rules
from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import Ecology
from evosim.gridworld.actions import STAY
from evosim.mind.planner.shared_world import ROTATION, SharedPlanners
from evosim.numerics.compiler import threads
from evosim.numerics.random import below, subkey
from evosim.scenario import load_scenario
from evosim.scenario.schema.ecologies import EcologyWorld

if TYPE_CHECKING:
    from benchmarks.mesa_meadow import Meadow

CELLS = 5  # for each agent
WARM = 20  # ticks before
AGENT_TICKS = 100_000  # that are lived between two looks at the clock
TICKS_OF_MESA = 5


def simulate(agents: int) -> EcologySimulation:
    """Make the savanna of `contraception` for as many agents, with as much food a head; some ticks have passed."""
    side = round((CELLS * agents) ** 0.5)
    world = [f"world.size=[{side},{side}]", f"evolution.population={agents}"]
    food = [f"world.objects.fruit.count={agents}", f"world.objects.fruit.grows={agents / 18}"]
    made = EcologySimulation(load_scenario("contraception", [*world, *food]), seed=1)
    made.live(0, WARM, made.rules_at(0), on_threads=False)
    return made


def decisions_in_c(on: Ecology, alive: int, rules: Rules, planners: SharedPlanners, hunger: int, key: np.uint64) -> Any:
    """Let the planners of an ecology decide in C: actions, courting, wanting a child and the cost of thoughts."""
    agents, view = on.agents, on.map
    wide, tall = (len(each) for each in (view.across, view.down))
    rows, columns = tall - 2 * view.vision, wide - 2 * view.vision
    discount = planners.discount.pinned * planners.persistence.pinned
    assert planners.discount.locus < 0, "it is pinned"
    world = [
        rows, columns, view.vision, len(rules.energy), rules.features.shape[1], agents.levels.shape[1], hunger,
        view.what, rules.features, float(rules.most),
    ]  # fmt: skip
    minds = [
        alive, agents.genome.shape[1], planners.objective.first, planners.horizon.locus, float(discount), agents.id,
        agents.cell, agents.last, agents.able, agents.energy, agents.genome, agents.levels,
    ]  # fmt: skip
    found = np.empty(alive, np.int8), np.empty(alive, np.bool_), np.empty(alive, np.bool_), np.empty(alive)
    references.call("ecology", "decide_all", world, minds, key, np.empty(tall * wide, np.int8), *found)
    return found


def decisions(name: str, agents: int, goal: float | None = None) -> Row:
    """The decisions of all agents at one tick."""
    on = simulate(agents)
    rules, minds, hunger, acts = on.rules_at(WARM), on.minds(), on.static.loci.hunger, on.static.keys.acts
    ecology, alive = on.ecology, on.alive
    (planners,) = (minds.mind,)

    def ours() -> Any:
        look_everywhere(ecology, rules)
        decide(0, alive, WARM, ecology, rules, hunger, acts, minds)
        own = ecology.agents
        return own.action[:alive], own.courts[:alive], own.wants_child[:alive], own.thoughts[:alive]

    def theirs() -> Any:
        return decisions_in_c(ecology, alive, rules, planners, hunger, subkey(acts, WARM))

    return Row(name, "C", ours, theirs, goal=goal)


def ticks_on_threads(name: str, agents: int, goal: float) -> Row:
    """Ticks on two threads beside the same on one."""
    homes, ticks = {count: simulate(agents) for count in (1, 2)}, AGENT_TICKS // agents
    at = dict.fromkeys(homes, WARM)

    def live(count: int) -> Any:
        home = homes[count]
        with threads.using(count):
            home.live(at[count], ticks, home.rules_at(0))
        at[count] += ticks
        return home.genomes, home.ecology.agents.cell[: home.alive].copy()

    return Row(name, "1 thread", partial(live, 2), partial(live, 1), threads=2, goal=goal)


def copied(state: Any) -> Any:
    """Return a copy of a NamedTuple of arrays and such tuples."""
    if isinstance(state, np.ndarray):
        return state.copy()
    return type(state)(*map(copied, state)) if isinstance(state, tuple) else state


def meadow_of(home: EcologySimulation) -> "Meadow":
    """Return the same world in Mesa, with the same agents."""
    from benchmarks.mesa_meadow import WAYS, Creature, Meadow

    world, agents, what = home.scenario.environments["ancestral"], home.ecology.agents, home.ecology.map.what
    assert isinstance(world, EcologyWorld)
    model = Meadow(home.scenario, world, home.layout.low.tolist(), home.layout.high.tolist(), seed=1)
    columns, names = world.size[1], list(world.objects)
    for i in range(home.alive):
        cell = model.grid[divmod(int(agents.cell[i]), columns)]
        one = Creature(model, cell, agents.genome[i].tolist(), float(agents.energy[i]), int(agents.born[i]))
        one.due, one.ready, one.able = int(agents.due[i]), int(agents.ready[i]), bool(agents.able[i])
        one.last = None if agents.last[i] == STAY else WAYS[agents.last[i]]
    model.food = {
        divmod(at, columns): names[what[at]] for at in np.flatnonzero((what >= 0) & (what < len(names))).tolist()
    }
    model.tick = WARM
    return model


def check_decisions(home: EcologySimulation, model: "Meadow") -> None:
    """Check that all who want something decide alike, if they look first to the same side.

    Raises:
        AssertionError: they don't.
    """
    from benchmarks.mesa_meadow import WAYS

    acts, agents, alive = home.static.keys.acts, home.ecology.agents, home.alive
    look_everywhere(home.ecology, home.rules_at(0))
    decide(0, alive, WARM, home.ecology, home.rules_at(0), home.static.loci.hunger, acts, home.minds())
    number = {creature: i for i, creature in enumerate(model.agents)}
    key = subkey(acts, WARM)
    chance, planned = model.looks_first, 0
    model.looks_first = lambda one: below(subkey(key, int(agents.id[number[one]])), ROTATION, 4)
    for one, i in number.items():
        one.decide()
        assert one.courts == agents.courts[i]
        if one.plans:
            planned += 1
            assert one.action == WAYS[agents.action[i]]
    assert planned > 0.5 * alive
    model.looks_first = chance


def ticks_beside_mesa(name: str, agents: int) -> Row:
    """Some ticks of a world, in Mesa with chance of its own: they are checked for as many meals and as many living."""
    home = simulate(agents)
    model, start, before = meadow_of(home), copied(home.ecology), home.alive

    def ours() -> int:
        home.ecology = copied(start)
        home.live(WARM, TICKS_OF_MESA, home.rules_at(0))
        return home.alive

    def theirs() -> int:
        for _ in range(TICKS_OF_MESA):
            model.step()
        return len(model.agents)

    check_decisions(home, model)
    found, its = ours(), theirs()
    eaten = home.ecology.tally.eaten.sum() - start.tally.eaten.sum()
    assert abs(found - its) < 0.02 * before, (found, its)
    assert abs(eaten - model.eaten) < 0.25 * eaten, (eaten, model.eaten)
    return Row(name, "Mesa 3", ours, theirs, goal=160.0, same=False)


ECOLOGY_BESIDE_C: dict[str, Callable[[str], Row]] = {
    "ecology decides, 1,000 agents": partial(decisions, agents=1_000, goal=0.8),
    "ecology decides, 10,000 agents": partial(decisions, agents=10_000),
}
ON_TWO_THREADS: dict[str, Callable[[str], Row]] = {
    "ecology, 1,000 agents, 2 thr.": partial(ticks_on_threads, agents=1_000, goal=1.4),
    "ecology, 10,000 agents, 2 thr.": partial(ticks_on_threads, agents=10_000, goal=1.8),
}
