"""A toolbox for DEAP users: individuals are lists with a fitness, as in any program written with DEAP.

`mate`, `mutate` and `select` are those of a scenario, one pair or one genome at a time. They draw their keys
from the global `random`, so `random.seed(7)` makes a program with DEAP repeatable, as its users expect.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from deap import base, tools

from evosim.evolution.crossover import crossover_operator
from evosim.evolution.selection import selection_input, selection_operator
from evosim.evolution.structured import Structures
from evosim.evolution.variation import mutation_operator
from evosim.numerics.arrays import Genes, Reals
from evosim.scenario.schema.evolution import Evolution

Evaluate = Callable[[Genes], Reals]


class Individual(list[float]):
    """A genome as a list, with a fitness that is not measured yet."""

    def __init__(self, genome: Iterable[float], fitness: base.Fitness) -> None:
        super().__init__(float(allele) for allele in genome)
        self.fitness = fitness


def make_toolbox(
    settings: Evolution,
    founders: Genes,
    low: Reals,
    high: Reals,
    evaluate: Evaluate,
    *,
    values: int,
    rate: Reals | None = None,
    scale: Reals | None = None,
    structures: Structures = (),
) -> Any:
    """Return a DEAP toolbox with the operators of a scenario.

    `evaluate` maps genomes `[N, L]` to `[N, values]`: the fitness, or what else selection sees, all to be maximised.
    `toolbox.map` has a whole list of individuals evaluated at once, which DEAP's algorithms do once in a generation.
    Every call of it is a call of `evaluate`, and so is `toolbox.evaluate(individual)`. Loci may have a mutation
    `rate [L]` and `scale [L]` of their own, NaN where the settings hold, and segments a structure (structured.py).
    """
    kind = type("Maximised", (base.Fitness,), {"weights": (1.0,) * values})
    always = settings.crossover.model_copy(update={"rate": 1.0})  # DEAP's algorithms decide who mates
    mate_rows = crossover_operator(always, low, high, structures)
    mutate_rows = mutation_operator(settings.mutation, low, high, rate, scale, structures)
    select_rows = selection_operator(settings.selection)

    def key() -> np.uint64:
        return np.uint64(random.getrandbits(64))

    def matrix(individuals: Sequence[Individual]) -> Genes:
        return np.array(individuals, np.float32).reshape(len(individuals), len(low))

    def individual() -> Individual:
        return Individual(random.choice(founders).tolist(), kind())

    def population(n: int | None = None) -> list[Individual]:
        if n is None:
            return [Individual(genome.tolist(), kind()) for genome in founders]
        return [individual() for _ in range(n)]

    def measure(one: Individual) -> tuple[float, ...]:
        return tuple(evaluate(matrix([one]))[0].tolist())

    def mate(one: Individual, other: Individual) -> tuple[Individual, Individual]:
        one[:], other[:] = mate_rows(matrix([one, other]), np.arange(2), key())[0].tolist()
        return one, other

    def mutate(one: Individual) -> tuple[Individual]:
        one[:] = mutate_rows(matrix([one]), key())[0].tolist()
        return (one,)

    def select(individuals: Sequence[Individual], k: int) -> list[Individual]:
        seen = np.array([each.fitness.values for each in individuals])
        rows = select_rows(seen if selection_input(settings.selection) == "cases" else seen[:, 0], key(), k)
        return [individuals[row] for row in rows]

    def map_all(function: Callable[..., Any], *sequences: Sequence[Any]) -> Iterable[Any]:
        if function is not made.evaluate:
            return map(function, *sequences)
        (individuals,) = sequences
        return [tuple(row) for row in evaluate(matrix(individuals)).tolist()] if individuals else []

    made = base.Toolbox()
    made.register("individual", individual)
    made.register("population", population)
    made.register("evaluate", measure)
    made.register("map", map_all)
    made.register("mate", mate)
    made.register("mutate", mutate)
    by_objectives = selection_input(settings.selection) == "objectives"
    made.register("select", tools.selNSGA2 if by_objectives else select)
    return made
