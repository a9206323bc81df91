"""Conformance of base optimizers: ask, tell, remember, and go on from what was remembered."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from evosim.evolution.plugin import PluginOptimizer
from evosim.evolution.population import Optimizer, Population
from evosim.numerics.arrays import Genes, Reals
from evosim.scenario.schema.evolution import Evolution
from evosim.testing.conformance import (
    AT_ONCE,
    ConformanceError,
    at_once,
    check_settings,
    elsewhere,
    expect_same,
    expect_unwritten,
    other_global_seeds,
    without_side_effects,
)

GENERATIONS, EPISODES = 6, 3
SIZES = ((2, 1), (12, 5))  # individuals and loci


class OptimizerCase(NamedTuple):
    """What an optimizer is made of."""

    evolution: Evolution
    founders: Genes  # [P, L]
    low: Reals  # [L]
    high: Reals  # [L]


class Scores(NamedTuple):
    """The scores of a population, which an optimizer is given."""

    fitness: Reals  # [P] mean of the cases
    objectives: Reals  # [P, 2]
    cases: Reals  # [P, E]


def check_optimizer(
    make: Callable[..., Optimizer],
    *,
    settings: Mapping[str, Any] | None = None,
    is_random: bool = True,
    **evolution: Any,
) -> None:
    """Check that a base optimizer obeys its contract (docs/extending.md).

    `make(evolution, founders, low, high, *, seed)` is what the entry point names. `settings` are those of
    `[evolution.settings]`, and other names those of `[evolution]` (`population`, `hall_of_fame`, …), where they matter.
    Without `is_random` another seed may come to the same.

    Raises:
        ConformanceError: it doesn't; the message says what it does, where, and what would be right.
    """
    check_settings(make, settings or {}, _name(make))
    for population, loci in SIZES:
        population = int(evolution.get("population", population))
        case = _case(make, population, loci, settings or {}, {**evolution, "population": population})
        with without_side_effects(_name(make)):
            straight = _history(make, case, 1)
        with without_side_effects(_name(make)):
            _check(make, case, straight, is_random)


def _name(make: Any) -> str:
    return str(getattr(make, "__name__", None) or type(make).__name__)


def _case(
    make: Any, population: int, loci: int, settings: Mapping[str, Any], evolution: Mapping[str, Any]
) -> OptimizerCase:
    """Make founders `[P, L]`, some of them at the bounds, which are no round numbers and differ from locus to locus."""
    low, high = -1.0 / np.arange(3, 3 + loci), np.arange(1, 1 + loci) / 3.0
    drawn = np.random.default_rng(1).random((population, loci))
    drawn[0], drawn[-1] = 0.0, 1.0
    table = {"generations": GENERATIONS, "episodes": EPISODES, "elites": 0, "hall_of_fame": 3, **evolution}
    schedule = [{"from": 0, "environment": "training"}]
    made = Evolution.model_validate({**table, "settings": dict(settings), "schedule": schedule})
    founders = (low + drawn * (high - low)).astype(np.float32)
    return OptimizerCase(made.model_copy(update={"algorithm": _name(make)}), founders, low, high)


def _score(genomes: Genes, case: OptimizerCase) -> Scores:
    """Score genomes by how near they are to points of the space: a function of the genome alone."""
    points = case.low + (case.high - case.low) * np.linspace(0.2, 0.8, EPISODES)[:, None]
    cases = -np.abs(genomes[:, None, :].astype(np.float64) - points).sum(axis=-1)
    return Scores(cases.mean(axis=1), cases[:, :2].copy(), cases)


def _made(make: Callable[..., Optimizer], case: OptimizerCase, seed: int) -> PluginOptimizer:
    return PluginOptimizer(make, case.evolution, case.founders, case.low, case.high, seed=seed)


def _goes_on(optimizer: PluginOptimizer, case: OptimizerCase) -> Iterator[dict[str, Any]]:
    """Ask and tell for ever, and yield all that a run file holds of each generation."""
    while True:
        genomes = optimizer.ask().copy()
        scores = _score(genomes, case)
        optimizer.tell(scores.fitness, objectives=scores.objectives, cases=scores.cases)
        people = optimizer.population
        yield {
            "the genomes": people.genomes.copy(),
            "the parents": np.array(people.parents),
            "the memory": {name: array.copy() for name, array in optimizer.memory.items()},
            "the hall of fame": [
                (each.id, float(each.fitness), each.genome.copy()) for each in optimizer.hall_of_fame()
            ],
        }


def _history(make: Callable[..., Optimizer], case: OptimizerCase, seed: int) -> list[dict[str, Any]]:
    steps = _goes_on(_made(make, case, seed), case)
    return [next(steps) for _ in range(GENERATIONS)]


def _expect(one: list[dict[str, Any]], other: list[dict[str, Any]], first: int, what: str) -> None:
    for number, (step, again) in enumerate(zip(one, other, strict=True), first):
        expect_same(step, again, f"of generation {number} {what}")


def _check(
    make: Callable[..., Optimizer], case: OptimizerCase, straight: list[dict[str, Any]], is_random: bool
) -> None:
    _check_that_asking_changes_nothing(make, case)
    _expect(straight, _history(make, case, 1), 0, "differ when all is done again: let them follow from the seed")
    with other_global_seeds():
        again = _history(make, case, 1)
    _expect(straight, again, 0, "depend on a global generator: draw from one made of the seed")
    other = _history(make, case, 2)
    if is_random and all(
        np.array_equal(a["the genomes"], b["the genomes"]) for a, b in zip(straight, other, strict=True)
    ):
        raise ConformanceError(
            f"the genomes of {GENERATIONS} generations are the same with another seed: draw from a generator made of "
            "the seed, or say `is_random=False`"
        )
    _check_that_nothing_is_written_to(make, case)
    _check_replay(make, case, straight)
    _check_that_memory_is_asked_for(make, case)
    _check_that_optimizers_share_nothing(make, case, straight, other)


def _check_that_asking_changes_nothing(make: Callable[..., Optimizer], case: OptimizerCase) -> None:
    optimizer = _made(make, case, 1)
    if not np.array_equal(optimizer.ask().copy(), optimizer.ask()):
        raise ConformanceError("`ask` gives other genomes when it is called twice: only `tell` may move it on")


def _check_that_nothing_is_written_to(make: Callable[..., Optimizer], case: OptimizerCase) -> None:
    """Hand over arrays themselves, as evosim doesn't, and look at them after each call; at what was asked for, too."""
    who = _name(make)
    given: dict[str, Any] = {name: getattr(case, name).copy() for name in ("founders", "low", "high")}
    copies = {name: array.copy() for name, array in given.items()}
    optimizer = make(case.evolution, given["founders"], given["low"], given["high"], seed=1)
    expect_unwritten(given, copies, who)
    for number in range(GENERATIONS):
        genomes = optimizer.ask()
        scores = _score(genomes, case)
        new = {f"{name} of generation {number}": array for name, array in scores._asdict().items()}
        new[f"genomes of generation {number}"] = genomes
        given |= new
        copies |= {name: array.copy() for name, array in new.items()}
        optimizer.tell(scores.fitness, objectives=scores.objectives, cases=scores.cases)
        expect_unwritten(given, copies, who)


def _check_replay(make: Callable[..., Optimizer], case: OptimizerCase, straight: list[dict[str, Any]]) -> None:
    """Stop after each generation, restore from what a run file holds, and go on."""
    size = len(case.founders)
    for stop in range(GENERATIONS - 1):
        before = _made(make, case, 1)
        steps = _goes_on(before, case)
        for _ in range(stop + 1):
            next(steps)
        people, famous = before.population, before.hall_of_fame()
        stored = Population(stop, people.genomes.copy(), np.array(people.parents), np.array(people.fitness))
        after = _made(make, case, 1)
        after.restore(stored, famous, before.memory)
        expect_same(
            {"the hall of fame": famous}, {"the hall of fame": after.hall_of_fame()},
            f"after generation {stop} is another when it was restored: give those that `restore` was given",
        )  # fmt: skip
        steps = _goes_on(after, case)
        rest = [next(steps) for _ in range(stop + 1, GENERATIONS)]
        _expect(
            straight[stop + 1 :], rest, stop + 1,
            f"differ when all is restored after generation {stop} of {size} individuals: what is needed to go on must "
            "be in `memory`, or follow from the seed and the number of the generation",
        )  # fmt: skip


def _check_that_memory_is_asked_for(make: Callable[..., Optimizer], case: OptimizerCase) -> None:
    """Restore without memory, which only an optimizer that has none can go on from; others say so at once."""
    before = _made(make, case, 1)
    next(_goes_on(before, case))
    people, famous, remembers = before.population, before.hall_of_fame(), bool(before.memory)
    after = make(case.evolution, case.founders.copy(), case.low.copy(), case.high.copy(), seed=1)
    try:
        after.restore(people, famous)
    except ValueError as error:
        if remembers:
            return
        raise ConformanceError(f"`restore` asks for a memory, and there is none: {error}") from error
    except Exception as error:
        what = f"`restore` without memory fails with {type(error).__name__}: {error}"
        raise ConformanceError(f"{what}; let it be a ValueError that says what is missing (`check_memory`)") from error
    try:
        scores = _score(after.ask(), case)
        after.tell(scores.fitness, objectives=scores.objectives, cases=scores.cases)
        after.ask()
    except Exception as error:
        what = f"`restore` accepts that its memory is left out, and then fails: {type(error).__name__}: {error}"
        raise ConformanceError(f"{what}; refuse that in `restore`, by a ValueError (`check_memory`)") from error


def _check_that_optimizers_share_nothing(
    make: Callable[..., Optimizer], case: OptimizerCase, straight: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    both = [_goes_on(_made(make, case, seed), case) for seed in (1, 2)]
    together = [[next(steps) for steps in both] for _ in range(GENERATIONS)]
    for alone, number in ((straight, 0), (other, 1)):
        what = "differ when another optimizer works beside it: keep nothing in the class or the module"
        _expect(alone, [each[number] for each in together], 0, what)
    steps = elsewhere(lambda: _goes_on(_made(make, case, 1), case))
    apart = [elsewhere(lambda: next(steps)) for _ in range(GENERATIONS)]
    _expect(straight, apart, 0, "depend on which thread asks: keep nothing in `threading.local`")
    tasks = [partial(_history, make, case, seed) for seed in (1, 2)] * (AT_ONCE // 2)
    for alone, each in zip((straight, other) * (AT_ONCE // 2), at_once(tasks), strict=True):
        _expect(alone, each, 0, "differ when several optimizers work at once: share nothing between them")
