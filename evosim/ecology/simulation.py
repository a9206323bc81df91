"""The simulation of an ecology: of a scenario and a seed, tick by tick.

    simulation = EcologySimulation(scenario, seed=1)
    simulation.live(0, 100, rules)

What happens is a function of the scenario and the seed, whatever the number of threads and however often it is stored
and made again from what was stored.
"""

import threading
from functools import partial
from typing import Any

import numpy as np

from evosim.ecology.cohorts import Closed, grandchildren_of, take_closed
from evosim.ecology.crew import DISMISSED, POSTED, new_notice_board
from evosim.ecology.loci import loci_of
from evosim.ecology.minds import minds_of
from evosim.ecology.rules import Rules, completed, rules_at, rules_of, shares_at
from evosim.ecology.state import (
    ALIVE,
    BIRTHS_LOGGED,
    DEATHS_LOGGED,
    NEXT_ID,
    OF_INTERVAL,
    Agents,
    Count,
    Ecology,
    Keys,
    Registry,
    StaticParameters,
    Tally,
    enlarged,
    new_agents,
    new_cohorts,
    new_log,
    new_scratch,
)
from evosim.ecology.step import add_founders, advance
from evosim.ecology.terrain import terrain, view_of
from evosim.evolution.breeding import variation
from evosim.gridworld.sampling import CrowdedWorldError
from evosim.mind.founders import draw_founders, draw_uniform
from evosim.mind.genome import genome_layout
from evosim.mind.nearby import EMPTY
from evosim.mind.segments import objective_of
from evosim.numerics.arrays import Bytes, Genes, Ids, Reals
from evosim.numerics.compiler import can_share_work, threads
from evosim.numerics.random import Stream, key_of, subkey
from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import EcologyWorld
from evosim.scenario.schema.names import controller_names, object_names

HELPER_FROM = 250  # agents for each further thread, below which waiting for it takes longer than it saves
SEEDS = 256  # in the bank
TRIES_PER_TERRAIN, TRIES_OF_CHECK = 256, 4  # so whatever is found in few tries, time and again, is found in a run
CHECKED_SEEDS, CHECKED_CELLS = 16, 100_000  # by how many they are tried, in worlds up to that size
TERRAIN, STANDING = 0, 1  # scopes of the world's own chance
DECIDED = ("action", "courts", "wants_child", "thoughts")  # anew at every tick
STORED = tuple(name for name in Agents._fields if name not in ("genome", *DECIDED))


def try_terrains(scenario: Scenario) -> None:
    """Check that founders and their food fit between the walls, for several seeds and in few tries each.

    Raises:
        CrowdedWorldError: they don't.
    """
    world = scenario.world
    assert isinstance(world, EcologyWorld)
    for seed in range(_seeds_to_try(world)):
        drawn_terrain(scenario, seed, TRIES_OF_CHECK)


def cells_to_try(scenario: Scenario) -> int:
    """Return how many cells `try_terrains` draws if each terrain will do."""
    world = scenario.world
    assert isinstance(world, EcologyWorld)
    return world.size[0] * world.size[1] * _seeds_to_try(world)


def _seeds_to_try(world: EcologyWorld) -> int:
    many = world.layout.kind == "scatter" and world.size[0] * world.size[1] <= CHECKED_CELLS
    return CHECKED_SEEDS if many else 1


def drawn_terrain(scenario: Scenario, seed: int, tries: int) -> Bytes:
    """Draw walls `[C]` that leave room for the founders and their food, again and again if need be.

    Raises:
        CrowdedWorldError: in so many tries they didn't.
    """
    world = scenario.world
    assert isinstance(world, EcologyWorld)
    population, things = scenario.evolution.population, sum(first_counts(scenario))
    key = key_of(seed, Stream.KEPT_WORLDS, TERRAIN)
    for attempt in range(tries):
        wall = terrain(world, subkey(key, attempt) if attempt else key)
        free = int((wall == 0).sum())
        if population + things <= free:
            return wall
    raise CrowdedWorldError(
        f"{population} founders and {things} things to eat don't fit on {free} free cells; use fewer, or a larger size"
    )


def first_world(scenario: Scenario) -> EcologyWorld:
    """Return the environment that founders find."""
    world = scenario.environments[next(iter(shares_at(scenario.evolution.schedule, 0)))]
    assert isinstance(world, EcologyWorld)
    return world


def first_counts(scenario: Scenario) -> list[int]:
    """Return how much of each kind of food there is at the beginning."""
    first = first_world(scenario).objects
    return [first[kind].count if kind in first else 0 for kind in object_names(scenario)]


class EcologySimulation:
    """An ecology, and what its next tick needs."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        """Make it, with its founders: by chance walls leave room for all of them, or are drawn again.

        Raises:
            CrowdedWorldError: they never did.
        """
        world = scenario.world
        if not isinstance(world, EcologyWorld):
            raise ValueError(f"{scenario.name}: its world is not an ecology")
        self.scenario, self.world, self.seed = scenario, world, seed
        self.layout = genome_layout(scenario)
        self.alone = rules_of(scenario)
        self.rules = {name: completed(each, *self.alone.values()) for name, each in self.alone.items()}
        evolution, layout = scenario.evolution, self.layout
        streams = (Stream.TICKS, Stream.FOOD, Stream.CROSSOVER, Stream.MUTATION, Stream.LIFESPANS, Stream.MIGRANTS)
        self.static = StaticParameters(
            interval=evolution.interval,
            floor=evolution.floor,
            loci=loci_of(scenario, layout),
            by=variation(evolution, layout.low, layout.high, layout.rate, layout.scale),
            keys=Keys(*(key_of(seed, stream) for stream in streams)),
        )
        self.rooms = threading.local()
        self.ecology = self._empty()
        self.scratch = new_scratch(len(self.ecology.agents.id), len(layout.loci))
        self._place_founders()

    # ------------------------------------------------------------ making it

    def _empty(self) -> Ecology:
        """Return an ecology without agents."""
        scenario, world = self.scenario, self.world
        loci, drives = len(self.layout.loci), len(scenario.mind.objective.drives)
        room = 2 * max(scenario.evolution.population, self.static.floor) + 16
        kinds = len(next(iter(self.rules.values())).energy)
        return Ecology(
            map=view_of(world, drawn_terrain(scenario, self.seed, TRIES_PER_TERRAIN)),
            agents=new_agents(room, drives, loci),
            registry=Registry(np.full((4 * room, 2), -1, np.int64), np.zeros(4 * room, np.int32)),
            bank=np.zeros((SEEDS if self.static.floor else 0, loci), np.float32),
            tally=Tally(
                np.zeros(len(Count) + len(controller_names(scenario)), np.int64), np.zeros(1), np.zeros(1),
                np.zeros(len(scenario.world.features) * (1 + drives)), np.zeros(kinds, np.int64),
            ),
            log=new_log(4 * room),
            cohorts=new_cohorts(self.oldest // self.static.interval + 4, loci),
        )  # fmt: skip

    def _place_founders(self) -> None:
        """Put founders and the first food on free cells."""
        population, what = self.scenario.evolution.population, self.ecology.map.what
        free = np.flatnonzero(what == EMPTY).astype(np.int32)
        rules, counts, first = self.rules_at(0), first_counts(self.scenario), first_world(self.scenario)
        drawn = np.empty((len(free), 1))
        draw_uniform(key_of(self.seed, Stream.KEPT_WORLDS, STANDING), np.zeros(1), np.ones(1), drawn)
        free = free[np.argsort(drawn[:, 0], kind="stable")]
        genomes = draw_founders(self.scenario, self.layout, self.seed)
        if len(self.ecology.bank):
            self.ecology.bank[:] = genomes[np.arange(SEEDS) % population]
        add_founders(genomes, free[:population], first.energy.initial, self.static, self.ecology, rules)
        at = population
        for kind, count in enumerate(counts):
            what[free[at : at + count]] = kind
            at += count

    def rules_at(self, tick: int) -> Rules:
        """Return the rules that hold from a tick on, until the interval ends."""
        return rules_at(self.scenario, self.alone, tick)

    def rules_in(self, environment: str, tick: int) -> Rules:
        """Return the rules of an environment into which the world of a tick is moved: what stood there is as it was."""
        return completed(self.alone[environment], self.rules_at(tick))

    # ------------------------------------------------------------ going on

    @property
    def oldest(self) -> int:
        """The greatest age that an agent can reach, by the rules of any environment; founders are a tick older."""
        rules = self.rules.values()
        return int(max(each.lifespan for each in rules) * (1.0 + max(each.spread for each in rules))) + 2

    @property
    def alive(self) -> int:
        """The number of agents alive."""
        return int(self.ecology.tally.counts[ALIVE])

    def live(self, tick: int, ticks: int, rules: Rules, *, on_threads: bool = True) -> tuple[Ids, Ids]:
        """Simulate some ticks; return births `[B, 4]`: parents, tick, cell; and deaths `[D, 4]`: id, tick, cause, cell.

        The first birth is of the agent whose id was the next one before. Who is on one of the threads already must not
        ask for them.
        """
        births, deaths = [], []
        done = 0
        while done < ticks:
            done += self._advance(tick + done, ticks - done, rules, self._helpers() if on_threads else 0)
            log, counts = self.ecology.log, self.ecology.tally.counts
            births.append(log.births[: counts[BIRTHS_LOGGED]].copy())
            deaths.append(log.deaths[: counts[DEATHS_LOGGED]].copy())
            counts[BIRTHS_LOGGED] = counts[DEATHS_LOGGED] = 0
            self._make_room()
        return np.concatenate(births), np.concatenate(deaths)

    def _helpers(self) -> int:
        """Return how many other threads are worth asking for help."""
        return min(threads.count - 1, self.alive // HELPER_FROM) if can_share_work() else 0

    def _advance(self, tick: int, ticks: int, rules: Rules, helpers: int) -> int:
        """Simulate up to some ticks, on other threads beside this one; return the number done."""
        ecology, board = self.ecology, new_notice_board() if helpers else new_notice_board()[:0]

        def advance_by(ticks: int) -> int:
            return advance(tick, ticks, self.static, ecology, rules, self.scratch, self.minds(), board)

        with threads.beside([partial(advance_by, 0)] * helpers):
            try:
                return advance_by(ticks)
            finally:
                board[POSTED:] = DISMISSED

    def minds(self) -> Any:
        """Return the kinds of mind that there are, with the room in which this thread thinks."""
        if not hasattr(self.rooms, "own"):
            self.rooms.own = minds_of(self.scenario, self.layout, self.world.vision)
        return self.rooms.own

    def _make_room(self) -> None:
        """Enlarge the arrays that might be full after the next tick."""
        ecology, counts = self.ecology, self.ecology.tally.counts
        most = 2 * (self.alive + self.alive // 2 + self.static.floor) + 2
        if most > len(ecology.agents.id):
            agents = Agents(*(enlarged(array, 2 * most) for array in ecology.agents))
            ecology = ecology._replace(agents=agents)
            self.scratch = new_scratch(2 * most, len(self.layout.loci))
        if 2 * most > len(ecology.log.births):
            ecology = ecology._replace(log=new_log(4 * most))
        if counts[NEXT_ID] + most > len(ecology.registry.parents):
            room = 2 * (int(counts[NEXT_ID]) + most)
            registry = Registry(*(enlarged(array, room) for array in ecology.registry))
            ecology = ecology._replace(registry=registry)
        self.ecology = ecology

    def begin_interval(self) -> None:
        """Reset the counts of the interval."""
        tally = self.ecology.tally
        tally.counts[OF_INTERVAL:] = 0
        for sums in (tally.utility, tally.thinking, tally.felt, tally.eaten):
            sums[:] = 0

    def copy_tally(self) -> Tally:
        """Return a copy of the counts of the interval."""
        tally = self.ecology.tally
        return Tally(
            tally.counts.copy(), tally.utility.copy(), tally.thinking.copy(), tally.felt.copy(), tally.eaten.copy()
        )

    def take_closed(self, interval: int) -> list[Closed]:
        """Remove and return the cohorts of which no member is alive at the end of an interval, except founders'."""
        return take_closed(self.ecology.cohorts, interval)

    # ------------------------------------------------------------ what is kept of it

    per_agent = frozenset(STORED)

    def memory(self) -> dict[str, np.ndarray]:
        """Return copies of all that the next tick needs, except genomes and lineage."""
        ecology, alive = self.ecology, self.alive
        kept = {name: getattr(ecology.agents, name)[:alive].copy() for name in STORED}
        kept |= {f"cohort.{name}": array.copy() for name, array in ecology.cohorts._asdict().items()}
        kept |= {"what": ecology.map.what.copy()}
        return kept | ({"bank": ecology.bank.copy()} if len(ecology.bank) else {})

    def mean_objective(self) -> Reals:
        """Return the mean mesa-objective `[W]` of those who have one, of length 1; zeros if nobody wants anything."""
        width, alive, loci = len(self.ecology.tally.felt), self.alive, self.static.loci
        wanting = loci.wants[self.ecology.agents.controller[:alive]]
        mean = np.zeros(width)
        if wanting.any():
            weights = self.ecology.agents.genome[:alive, loci.objective : loci.objective + width][wanting]
            pinned = loci.objective < 0
            mean = np.array(objective_of(self.scenario)) if pinned else weights.mean(axis=0, dtype=np.float64)
        length = float(np.linalg.norm(mean))
        return mean / length if length else mean

    @property
    def genomes(self) -> Genes:
        """A copy of the genomes of the living `[N, L]`."""
        return self.ecology.agents.genome[: self.alive].copy()

    def restore(self, genomes: Genes, memory: dict[str, np.ndarray], parents: Ids) -> None:
        """Restore a checkpoint: genomes `[N, L]`, memory, and the parents of all agents `[M, 2]`."""
        ecology, alive = self._empty(), len(genomes)
        room = max(2 * (alive + 1) + 16, len(ecology.agents.id))
        agents = new_agents(room, ecology.agents.levels.shape[1], genomes.shape[1])
        for name in STORED:
            getattr(agents, name)[:alive] = memory[name]
        agents.genome[:alive] = genomes
        ever = len(parents)
        registry = Registry(np.full((2 * ever + 4 * room, 2), -1, np.int64), np.zeros(2 * ever + 4 * room, np.int32))
        registry.parents[:ever] = parents
        registry.grandchildren[:ever] = grandchildren_of(parents)
        ecology.map.what[:] = memory["what"]
        for name, array in ecology.cohorts._asdict().items():
            array[:] = memory[f"cohort.{name}"]
        if len(ecology.bank):
            ecology.bank[:] = memory["bank"]
        ecology.tally.counts[ALIVE], ecology.tally.counts[NEXT_ID] = alive, ever
        self.ecology = ecology._replace(agents=agents, registry=registry)
        self.scratch = new_scratch(room, genomes.shape[1])
        self._make_room()
