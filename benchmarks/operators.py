"""Milliseconds per generation of the base optimizer's operators, at 1 thread, beside DEAP's on lists.

    python benchmarks/operators.py

One generation is the selection of P parents, or the crossover or mutation of P genomes of 64 loci.
Ours and DEAP's take turns in every round, so that a noisy machine disturbs them alike; what counts are the
ratios of medians. DEAP's slowest operators are timed on a part of their work, and scaled up: marked ~.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from deap import base, tools

from evosim.evolution.crossover import crossover_operator
from evosim.evolution.pareto import crowded_merit
from evosim.evolution.selection import selection_operator
from evosim.evolution.variation import mutation_operator
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.random import key_of
from evosim.scenario.schema.evolution import (
    BlendCrossover,
    EpsilonLexicase,
    GaussianMutation,
    Lexicase,
    OnePointCrossover,
    PolynomialMutation,
    Roulette,
    SimulatedBinaryCrossover,
    Tournament,
    TwoPointCrossover,
    UniformCrossover,
    UniversalSampling,
)

LOCI, EPISODES = 64, 16
LOW, HIGH = np.full(LOCI, -1.0), np.full(LOCI, 1.0)
Run = Callable[[], Any]


class Case(NamedTuple):
    """An operator, ours and DEAP's, each as a function of no arguments; DEAP's does this share of the work."""

    name: str
    ours: Run
    theirs: Run
    share: float = 1.0


class Individual(list[float]):
    """What DEAP works on: a list with a fitness."""

    def __init__(self, genome: Sequence[float], values: Sequence[float]) -> None:
        super().__init__(genome)
        self.fitness = type("Maximised", (base.Fitness,), {"weights": (1.0,) * len(values)})(values)


def with_fitness(genomes: Genes, values: Reals) -> list[Individual]:
    """Make a population for DEAP; all share one class of fitness."""
    kind = type("Maximised", (base.Fitness,), {"weights": (1.0,) * values.shape[1]})
    people = [Individual(genome, (0.0,)) for genome in genomes.tolist()]
    for each, value in zip(people, values.tolist(), strict=True):
        each.fitness = kind(value)
    return people


def cases(population: int) -> list[Case]:
    """List the operators at a size of population."""
    rng = np.random.default_rng(1)
    genomes = rng.uniform(-1, 1, (population, LOCI)).astype(np.float32)
    fitness, cases, objectives = rng.random(population), rng.random((population, EPISODES)), rng.random((population, 2))
    met = rng.integers(0, 2, (population, EPISODES)).astype(float)  # as 'reached the door': many ties
    by_fitness, by_cases, by_objectives = (
        with_fitness(genomes, values) for values in (fitness[:, None], cases, objectives)
    )
    by_met = with_fitness(genomes, met)
    key, rows = key_of(1), np.arange(population)
    few = max(1, population // 100)
    deep = max(1, 2_000_000 // population**2)  # how many parents DEAP's lexicase has time for

    def selects(settings: Any, seen: Reals) -> Run:
        operator = selection_operator(settings)
        return lambda: operator(seen, key, population)

    def mates(settings: Any) -> Run:
        operator = crossover_operator(settings, LOW, HIGH)
        return lambda: operator(genomes, rows, key)

    def mutates(settings: Any) -> Run:
        operator, mutants = mutation_operator(settings, LOW, HIGH), genomes.copy()
        return lambda: operator(mutants, key)

    def pairs(mate: Callable[..., Any], *arguments: float) -> Run:
        def run() -> None:
            children = [list(each) for each in by_fitness]
            for one, other in zip(children[::2], children[1::2], strict=True):
                mate(one, other, *arguments)

        return run

    def each(mutate: Callable[..., Any], *arguments: Any) -> Run:
        def run() -> None:
            for child in [list(each) for each in by_fitness]:
                mutate(child, *arguments)

        return run

    sorted_by = "log" if population > 2000 else "standard"
    return [
        Case("tournament of 3", selects(Tournament(operator="tournament"), fitness), lambda: tools.selTournament(by_fitness, population, 3)),
        Case("roulette", selects(Roulette(operator="roulette"), fitness), lambda: tools.selRoulette(by_fitness, few), few / population),
        Case("sus", selects(UniversalSampling(operator="sus"), fitness), lambda: tools.selStochasticUniversalSampling(by_fitness, few), few / population),
        Case("lexicase, no ties", selects(Lexicase(operator="lexicase"), cases), lambda: tools.selLexicase(by_cases, deep), deep / population),
        Case("lexicase, 0 or 1", selects(Lexicase(operator="lexicase"), met), lambda: tools.selLexicase(by_met, deep), deep / population),
        Case("epsilon lexicase", selects(EpsilonLexicase(operator="epsilon_lexicase"), cases), lambda: tools.selAutomaticEpsilonLexicase(by_cases, deep), deep / population),
        Case(f"nsga2 sort ({sorted_by})", lambda: np.argsort(-crowded_merit(objectives), kind="stable")[: population // 2], lambda: tools.selNSGA2(by_objectives, population // 2, nd=sorted_by)),
        Case("uniform", mates(UniformCrossover(rate=1.0)), pairs(tools.cxUniform, 0.5)),
        Case("one_point", mates(OnePointCrossover(operator="one_point", rate=1.0)), pairs(tools.cxOnePoint)),
        Case("two_point", mates(TwoPointCrossover(operator="two_point", rate=1.0)), pairs(tools.cxTwoPoint)),
        Case("blend", mates(BlendCrossover(operator="blend", rate=1.0)), pairs(tools.cxBlend, 0.5)),
        Case("sbx", mates(SimulatedBinaryCrossover(operator="sbx", rate=1.0)), pairs(tools.cxSimulatedBinary, 15.0)),
        Case("gaussian", mutates(GaussianMutation(rate=0.1)), each(tools.mutGaussian, 0.0, 0.1, 0.1)),
        Case("polynomial", mutates(PolynomialMutation(operator="polynomial")), each(tools.mutPolynomialBounded, 20.0, LOW.tolist(), HIGH.tolist(), 0.1)),
    ]  # fmt: skip


def milliseconds(run: Run, repeats: int = 1) -> float:
    """Time a call."""
    began = time.perf_counter()
    for _ in range(repeats):
        run()
    return 1000 * (time.perf_counter() - began) / repeats


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="rounds in which all take turns (default: 9)")
    parser.add_argument("--population", type=int, nargs="+", default=[1000, 10_000], help="sizes (default: 1000 10000)")
    arguments = parser.parse_args()
    random.seed(1)
    print(f"{'operator':<24}{'P':>8}{'evosim':>11}{'DEAP':>12}{'ratio':>10}   ms per generation, L = {LOCI}")
    for population in arguments.population:
        listed = cases(population)
        for case in listed:  # compiles
            case.ours()
        times: list[list[tuple[float, float]]] = [[] for _ in listed]
        for _ in range(arguments.rounds):
            for case, found in zip(listed, times, strict=True):
                found.append((milliseconds(case.ours, 3), milliseconds(case.theirs) / case.share))
        for case, found in zip(listed, times, strict=True):
            ours, theirs = (median(column) for column in zip(*found, strict=True))
            mark = "~" if case.share < 1 else ""
            print(
                f"{case.name:<24}{population:>8,}{ours:>11.2f}{mark + format(theirs, ',.1f'):>12}{theirs / ours:>10,.0f}"
            )


if __name__ == "__main__":
    main()
