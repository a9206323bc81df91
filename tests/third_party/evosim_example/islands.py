"""Two islands: a process of another package, in which each step is a generation on either island and one migrant."""

import hashlib
from typing import NamedTuple

import numpy as np
from pydantic import PositiveFloat

from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.scenario.schema.base import Part
from evosim.simulation.process import Offers, Process, Unit
from evosim.simulation.resources import ResourceEstimate
from evosim.storage.columns import Checkpoint, Column, Contents, Record, Table, columns_of
from evosim.storage.schema import CorruptRunError

ISLANDS = ("east", "west")


class Settings(Part):
    step: PositiveFloat = 0.1
    """Standard deviation of mutation, in widths of a locus's range."""


class Islands:
    """What scenarios name; it has no base optimizer of its own."""

    Settings = Settings


class State(NamedTuple):
    number: int
    genomes: np.ndarray  # [2, P, L]
    fitness: np.ndarray  # [2, P]
    digest: str


TABLE = Table(
    "generations",
    (
        Column("generation", "integer", "epochs", "Number of the epoch; the founders are 0.", lambda step: step.number),
        Column("island", "text", "name", "The island.", lambda step: [*ISLANDS]),
        Column(
            "fitness_mean",
            "real",
            "base objective",
            "Mean fitness on the island.",
            lambda step: step.fitness.mean(axis=1),
        ),
        Column(
            "fitness_max",
            "real",
            "base objective",
            "Largest fitness on the island.",
            lambda step: step.fitness.max(axis=1),
        ),
    ),
    lambda step: [step],
)


MIGRANTS = Table(
    "migrants",
    (
        Column("generation", "integer", "epochs", "Number of the epoch after which it left.", lambda step: step.number),
        Column("island", "text", "name", "The island that it left.", lambda step: [*ISLANDS]),
        Column("row", "integer", "", "Its place on that island.", lambda step: step.fitness.argmax(axis=1)),
    ),
    lambda step: [step],
)


class IslandsProcess(Process):
    """The better half of each island has two mutated children each; every step the best of each goes over."""

    unit = Unit("epoch", "epochs")
    offers = Offers()

    @staticmethod
    def contents(scenario):
        return Contents(columns_of([TABLE, MIGRANTS]), counts="epochs")

    def resources(self):
        return ResourceEstimate(None, 2e8, 1e5)

    def describe(self):
        return f"2 islands, {self.scenario.evolution.generations} epochs", "whatever happens"

    def check(self):
        self.laboratory.try_environments()

    def warm(self):
        next(iter(IslandsProcess(self.scenario, 0).steps(None)))

    def steps(self, after):
        first = 0 if after is None else after.number + 1
        digest = self.start_digest if after is None else after.digest
        for number in range(first, self.scenario.evolution.generations):
            genomes = self._founders() if number == 0 else self._children(number, after)
            fitness = np.stack([self._fitness(number, each) for each in genomes])
            digest = chained(digest, number, genomes, fitness)
            after = State(number, genomes, fitness, digest)
            yield after

    def _founders(self):
        layout = self.laboratory.layout
        return np.stack([draw_founders(self.scenario, layout, self.seed + 1000 * island) for island in range(2)])

    def _children(self, number, last):
        layout, step = self.laboratory.layout, Settings(**self.scenario.evolution.settings).step
        made = []
        for island in range(2):
            rng = np.random.default_rng((self.seed, number, island))
            best = np.argsort(-last.fitness[island], kind="stable")[: (last.fitness.shape[1] + 1) // 2]
            genomes = np.repeat(last.genomes[island][best], 2, axis=0)[: last.fitness.shape[1]].astype(np.float64)
            genomes += step * (layout.high - layout.low) * rng.normal(size=genomes.shape)
            over = 1 - island
            genomes[-1] = last.genomes[over][last.fitness[over].argmax()]
            made.append(np.clip(genomes, layout.low, layout.high).astype(np.float32))
        return np.stack(made)

    def _fitness(self, number, genomes):
        minds = express(self.scenario, self.laboratory.layout, genomes)
        return self.laboratory.evaluate(number, minds, np.arange(len(genomes), dtype=np.int64)).fitness

    def record(self, step):
        memory = {f"{name}.{what}": getattr(step, what)[i]
                  for i, name in enumerate(ISLANDS) for what in ("genomes", "fitness")}  # fmt: skip
        rows = {table.name: table.rows(step) for table in (TABLE, MIGRANTS)}
        return Record(step.number, rows, Checkpoint(step.digest, None, step.fitness[0], memory, {}))

    def restore(self, run):
        done = run.summary().done
        if done == 0:
            return None
        memory, digests = run.memory(done - 1), run.digests()
        genomes, fitness = (np.stack([memory[f"{name}.{what}"] for name in ISLANDS]) for what in ("genomes", "fitness"))
        before = digests[-2] if done > 1 else self.start_digest
        if chained(before, done - 1, genomes, fitness) != digests[-1]:
            raise CorruptRunError(run.path, f"the state of epoch {done - 1} doesn't match its digest")
        return State(done - 1, genomes, fitness, digests[-1])


def chained(digest, number, genomes, fitness):
    """Digest a state together with the digest before it."""
    chain = hashlib.sha256(f"{digest} {number}".encode())
    chain.update(genomes.tobytes() + fitness.tobytes())
    return chain.hexdigest()
