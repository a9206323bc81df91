"""Base optimizers obey the contract, evosim's own too; each way to break it is found and told."""

import random
import sys
import threading

import numpy as np
import packages
import pytest
from pydantic import BaseModel

from evosim.evolution import CovarianceAdaptation, Genetic, RandomSearch
from evosim.evolution.population import ALONE, HallOfFame, Population, check_memory
from evosim.numerics.compiler import plainly
from evosim.scenario.schema.base import Part, Share
from evosim.testing import ConformanceError, check_optimizer

SHARED = {"step": 0.0}


class Climbing:
    """Everybody is followed by a mutated copy; the class that all those break who are refused."""

    def __init__(self, evolution, founders, low, high, *, seed):
        self.low, self.high, self.seed = low, high, seed
        self.fame = HallOfFame(evolution.hall_of_fame)
        self.population = Population(0, founders, np.full((len(founders), 2), ALONE))
        self.memory = {"step": np.array([0.1])}

    def rng(self):
        return np.random.default_rng((self.seed, self.population.generation))

    def step(self):
        return self.memory["step"][0]

    def ask(self):
        last = self.population
        if last.fitness is not None:
            moved = last.genomes + self.step() * (self.high - self.low) * self.rng().normal(size=last.genomes.shape)
            genomes = np.clip(moved, self.low.astype(np.float32), self.high.astype(np.float32)).astype(np.float32)
            parents = np.stack([last.ids, np.full(len(genomes), ALONE)], axis=1)
            self.population = Population(last.generation + 1, genomes, parents)
        return self.population.genomes

    def tell(self, fitness, *, objectives=None, cases=None):
        self.population = self.population._replace(fitness=fitness)
        self.fame.update(self.population, fitness)
        self.memory = {"step": self.memory["step"] * 0.9}

    def restore(self, population, famous, memory=None):
        self.population, self.memory = population, check_memory(memory, self.memory)
        self.fame.restore(famous)

    def hall_of_fame(self):
        return self.fame.members()


def breaking(name, function):
    return type("Broken", (Climbing,), {name: function})


def and_then(name, action):
    """Break a method by an action that comes after it."""
    inner = getattr(Climbing, name)

    def broken(self, *given, **named):
        found = inner(self, *given, **named)
        action(self, *given)
        return found

    return breaking(name, broken)


def draws_beside(self):
    self.rng_of_its_own = getattr(self, "rng_of_its_own", None) or np.random.default_rng(self.seed)
    return self.rng_of_its_own


def counted(self):
    SHARED["step"] += 1
    return 0.1 / SHARED["step"]


def made_on_a_thread(self, evolution, founders, low, high, *, seed):
    Climbing.__init__(self, evolution, founders, low, high, seed=seed)
    self.local = threading.local()
    self.local.step = 0.1


def of_its_thread(self):
    return getattr(self.local, "step", 0.2)


def slow(self):
    """Read again what another thread can have written meanwhile."""
    SHARED["step"] = 0.01 * self.seed
    threading.Event().wait(0.002)
    return SHARED["step"]


def in_the_module(self, fitness, **_):
    """Take the step of whoever told last: the same again, if nobody works beside it."""
    Climbing.tell(self, fitness)
    SHARED["step"] = 0.01 * self.seed


def of_the_global_state(self):
    return np.random.default_rng(int(np.random.get_state()[1][0]) + self.population.generation)  # noqa: NPY002


def seeded_for_all(self):
    np.random.seed(self.seed + self.population.generation)  # noqa: NPY002
    return np.random


def grown(self, *_):
    self.memory["more"] = np.zeros(1)


def made_anew(self, evolution, founders, low, high, *, seed):
    Climbing.__init__(self, evolution, founders, low, high, seed=np.random.default_rng().integers(2**32))


def made_without_seed(self, evolution, founders, low, high, *, seed):
    Climbing.__init__(self, evolution, founders, low, high, seed=0)


def sorts(self, fitness, **_):
    Climbing.tell(self, fitness.copy())
    fitness.sort()


def moved_by_asking(self):
    Climbing.ask(self)
    self.population = self.population._replace(genomes=self.population.genomes[::-1].copy())
    return self.population.genomes


def of_other_type(self):
    return Climbing.ask(self).astype(float)


def famous_forgotten(self, population, famous, memory=None):
    self.population, self.memory = population, memory


def memory_not_asked_for(self, population, famous, memory=None):
    self.population, self.memory = population, memory
    self.fame.restore(famous)


def memory_looked_into(self, population, famous, memory=None):
    self.population, self.memory = population, {"step": memory["step"]}
    self.fame.restore(famous)


BROKEN = {
    "prints": (and_then("tell", lambda *_: print("told")), "Broken prints 'told' to standard output"),
    "global numpy": (breaking("rng", lambda self: np.random), "uses the global generator of numpy"),
    "global state": (breaking("rng", of_the_global_state), "depend on a global generator"),
    "global numpy, seeded": (
        breaking("rng", seeded_for_all),
        "Broken uses the global generator of numpy",
    ),
    "global random": (and_then("tell", lambda *_: random.random()), "uses the global generator of `random`"),
    "no seed": (breaking("__init__", made_without_seed), "are the same with another seed"),
    "another each time": (breaking("__init__", made_anew), "differ when all is done again"),  # when is by chance
    "a generator that goes on": (breaking("rng", draws_beside), "differ when all is restored after generation 1"),
    "counts in the module": (breaking("step", counted), "of generation 1 differ when all is done again"),
    "in the module": (
        type("Broken", (Climbing,), {"tell": in_the_module, "step": lambda self: SHARED["step"]}),
        "differ when another optimizer works beside it",
    ),
    "thread": (
        type("Broken", (Climbing,), {"__init__": made_on_a_thread, "step": of_its_thread}),
        "depend on which thread asks",
    ),
    "at once": (breaking("step", slow), "differ when several optimizers work at once"),
    "fame forgotten": (breaking("restore", famous_forgotten), "the hall of fame after generation 0 is another"),
    "writes to fitness": (breaking("tell", sorts), "writes to `fitness of generation"),
    "another fitness": (and_then("tell", lambda self, fitness: fitness.sort()), "didn't keep the population with the fitness"),
    "writes to bounds": (and_then("ask", lambda self: np.negative(self.low, self.low)), "writes to `low`"),
    "writes to founders": (
        and_then("ask", lambda self: self.population.generation or self.population.genomes.fill(0.1)),
        "writes to `founders`",
    ),
    "asked twice": (breaking("ask", moved_by_asking), "gives other genomes when it is called twice"),
    "type": (breaking("ask", of_other_type), "asks for genomes of float64, where float32 was expected"),
    "shape": (breaking("ask", lambda self: Climbing.ask(self)[1:]), "asks for genomes of shape"),
    "bounds": (and_then("ask", lambda self: self.population.genomes.__setitem__((0, 0), 9)), "asks for 9.0 at locus 0"),
    "memory": (and_then("tell", grown), "remembers {'step': (1,), 'more': (1,)}"),
    "memory not asked for": (
        breaking("restore", memory_not_asked_for),
        "accepts that its memory is left out, and then fails: TypeError",
    ),
    "memory looked into": (breaking("restore", memory_looked_into), "`restore` without memory fails with TypeError"),
    "fails": (breaking("hall_of_fame", lambda self: 1 / 0), "the base optimizer 'Broken' failed in generation 0: ZeroDivisionError"),
    "settings": (type("Broken", (Climbing,), {"Settings": dict}), "the `Settings` of Broken are not a pydantic model"),
    "loose settings": (
        type("Broken", (Climbing,), {"Settings": type("Loose", (BaseModel,), {})}),
        "take a field they don't have",
    ),
}  # fmt: skip


def genetic(evolution, founders, low, high, *, seed):
    return Genetic(evolution, founders, low, high, seed=seed)


def test_an_optimizer_that_obeys_passes():
    check_optimizer(Climbing)
    check_optimizer(Climbing, population=5, hall_of_fame=1)


@pytest.mark.parametrize("name", BROKEN)
def test_whoever_breaks_the_contract_is_told_how(name):
    broken, said = BROKEN[name]
    with pytest.raises(ConformanceError) as refused:
        check_optimizer(broken)
    assert said in str(refused.value)


def test_what_needs_no_chance_may_say_so():
    check_optimizer(breaking("__init__", made_without_seed), is_random=False)


def test_settings_are_those_that_a_scenario_could_say():
    class Settings(Part):
        share: Share = 0.5

    known = type("Known", (Climbing,), {"Settings": Settings})
    check_optimizer(known, settings={"share": 0.25})
    with pytest.raises(ConformanceError, match="refuses the settings it is checked with"):
        check_optimizer(known, settings={"share": 2})
    with pytest.raises(ConformanceError, match="has no attribute `Settings`, so no scenario can say share"):
        check_optimizer(Climbing, settings={"share": 0.5})


@pytest.mark.parametrize(
    "evolution",
    [
        {},
        {"elites": 2, "population": 6, "crossover": {"operator": "sbx"}, "mutation": {"operator": "polynomial"}},
        {"selection": {"operator": "sus"}},
    ],
)
def test_our_genetic_algorithm_obeys(evolution):
    with plainly():
        check_optimizer(genetic, **evolution)


def random_search(evolution, founders, low, high, *, seed):
    """Draw founders uniformly within the bounds; the first are those that are given."""

    def draw(generation, count):
        drawn = np.random.default_rng((seed, generation)).uniform(low, high, (count, len(low)))
        inside = np.clip(drawn.astype(np.float32), np.float32(low), np.float32(high))
        return inside if generation else founders[:count]

    return RandomSearch(evolution, draw)


@pytest.mark.parametrize("elites", [0, 2])
def test_our_random_search_obeys(elites):
    with plainly():
        check_optimizer(random_search, population=6, elites=elites)


def test_our_evolution_strategy_obeys():
    with plainly():
        check_optimizer(CovarianceAdaptation, population=8)


def test_the_example_of_the_guide_obeys(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(packages.install(tmp_path))
    for name in ("evosim_example", "evosim_example.annealing"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from evosim_example.annealing import Annealing

    check_optimizer(Annealing, settings={"cooling": 0.9})
