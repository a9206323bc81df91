"""The history of an ecology: natural selection, interval by interval.

for interval in intervals(load_scenario("contraception"), seed=7):
    print(interval.tick, interval.alive, interval.rate(BIRTHS))
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from evosim.ecology.births import VitalRecords, living, vital_records
from evosim.ecology.checkpoint import EcologyCheckpoint, Memory
from evosim.ecology.cohorts import Closed
from evosim.ecology.rules import Rules, describe_shares, shares_at
from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import LIVED, Tally
from evosim.numerics.arrays import Genes, Ids, Reals
from evosim.numerics.compiler import threads as thread_pool
from evosim.numerics.random import Stream, key_of
from evosim.scenario import Scenario
from evosim.scenario.loading.load import scenario_digest
from evosim.simulation.seeds import StreamSeeds


class Interval(NamedTuple):
    """One interval: its events and the state at its end."""

    number: int
    environment: str
    tick: int  # the first one after it
    tally: Tally
    births: Ids  # [B, 3] ids of the parents, or -1, and tick, in the order of their ids
    deaths: Ids  # [D, 3] id, tick, cause
    closed: list[Closed]  # cohorts of whom nobody lives any more
    genomes: Genes  # [N, L] of the living
    memory: Memory
    parents: Ids  # [N, 2] of the living
    frozen: Reals  # [W] mean objective of planners at the first change, before it of now, of length 1; or zeros
    rules: Rules  # that held in it
    is_measured: bool
    digest: str  # of this state and of all before it
    records: VitalRecords | None  # of those born and those who died, if the scenario asks for them

    @property
    def alive(self) -> int:
        """The number of agents alive at the end."""
        return len(self.genomes)

    @property
    def lived(self) -> int:
        """The number of agent-ticks lived."""
        return int(self.tally.counts[LIVED])

    def rate(self, count: int) -> float:
        """Return a count for each agent and tick; NaN if nobody lived."""
        return float(self.tally.counts[count]) / self.lived if self.lived else float("nan")


def intervals(
    scenario: Scenario,
    seed: int,
    *,
    after: EcologyCheckpoint | None = None,
    threads: int | None = None,
    seeds: StreamSeeds | None = None,
) -> Iterator[Interval]:
    """Yield the intervals of natural selection, from the founders or after a checkpoint.

    The last is the interval in which the last agent dies. `threads` is how many share the work, as many as `evosim
    doctor` says if it is None; results don't depend on it. `seeds` are those of streams, if they are not all `seed`.

    Raises:
        CrowdedWorldError: founders and their first food don't fit.
        ValueError: the scenario's world is not an ecology.
    """
    seeds = StreamSeeds(seed, seed) if seeds is None else seeds
    simulation = EcologySimulation(scenario, seeds.environment)
    breeding = {"crossover": Stream.CROSSOVER, "mutation": Stream.MUTATION}
    keys = {name: key_of(seeds.mutation, stream) for name, stream in breeding.items()}
    simulation.static = simulation.static._replace(keys=simulation.static.keys._replace(**keys))
    digest, first = scenario_digest(scenario, seed), 0
    frozen = np.zeros(len(simulation.ecology.tally.felt))
    if after is not None:
        simulation.restore(after.genomes, after.memory, after.parents)
        digest, first, frozen = after.digest, after.number + 1, after.memory["frozen"]
    evolution = scenario.evolution
    change = evolution.schedule[1].start if len(evolution.schedule) > 1 else np.inf
    for number in range(first, evolution.generations):
        if simulation.alive == 0:
            return
        tick = number * evolution.interval
        if tick <= change or not frozen.any():
            frozen = simulation.mean_objective()
        simulation.begin_interval()
        rules = simulation.rules_at(tick)
        before = living(simulation.ecology, simulation.alive) if scenario.measure.births else None
        with thread_pool.using(threads):
            logged = simulation.live(tick, evolution.interval, rules)
        births, deaths = (log[:, :3] for log in logged)
        records = None if before is None else vital_records(simulation.static, before, simulation.ecology, *logged)
        closed = simulation.take_closed(number)
        genomes, memory = simulation.genomes, simulation.memory() | {"frozen": frozen}
        digest = chain_interval(digest, number, genomes, memory, births, deaths)
        yield Interval(
            number=number,
            environment=describe_shares(shares_at(evolution.schedule, tick)),
            tick=tick + evolution.interval,
            tally=simulation.copy_tally(),
            births=births,
            deaths=deaths,
            closed=closed,
            genomes=genomes,
            memory=memory,
            parents=simulation.ecology.registry.parents[memory["id"]],
            frozen=frozen,
            rules=rules,
            is_measured=number % scenario.measure.every == 0 or number == evolution.generations - 1 or not len(genomes),
            digest=digest,
            records=records,
        )


def chain_interval(digest: str, number: int, genomes: Genes, memory: Memory, births: Ids, deaths: Ids) -> str:
    """Return the digest of genomes `[N, L]`, memory, births and deaths, and of the digest before it."""
    chain = hashlib.sha256(digest.encode())
    chain.update(str(number).encode())
    chain.update(np.ascontiguousarray(genomes, "<f4").tobytes())
    for array in (births, deaths):
        chain.update(np.ascontiguousarray(array, "<i8").tobytes())
    for name, array in sorted(memory.items()):
        chain.update(f"{name} {array.shape}".encode())
        chain.update(np.ascontiguousarray(array, "<f8").tobytes())
    return chain.hexdigest()
