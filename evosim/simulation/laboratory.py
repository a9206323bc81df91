"""The laboratory: the environments, genomes and objectives of a scenario and a seed."""

import hashlib
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.assess import Aims, Assessment, affordable_rows, agent_classes, assess
from evosim.alignment.assessment.foresight import share_that_plans_ahead
from evosim.alignment.assessment.read_objectives import Wanting, with_known_objectives, with_own_returns
from evosim.alignment.class_names import UNCLASSIFIED
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.alignment.search.shares import map_kinds, share_that_searches
from evosim.episode.environment import Environment, environments
from evosim.episode.grid_environment import Grid
from evosim.episode.outcomes import OutcomeLayout, outcome_layout
from evosim.episode.rollout import Lives
from evosim.evolution import CovarianceAdaptation, Genetic, Optimizer, RandomSearch
from evosim.evolution.cma_es import strategy_shapes
from evosim.evolution.islands import island_seed
from evosim.evolution.plugin import load_optimizer
from evosim.evolution.random_search import memory_shapes as evaluation_shapes
from evosim.evolution.selection import selection_input
from evosim.mind.expression import express, have_objective
from evosim.mind.founders import draw_founders
from evosim.mind.genome import GenomeLayout, genome_layout
from evosim.mind.kinds import discount_in
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Bytes, Flags, Genes, Ids, Reals
from evosim.numerics.compiler import plainly
from evosim.numerics.random import Stream, key_of, subkey, uniform
from evosim.scenario import Scenario
from evosim.scenario.schema.evolution import ALGORITHMS, RANDOM_SEARCH
from evosim.scenario.schema.worlds import GridWorld
from evosim.simulation.seeds import StreamSeeds

DRAWN_PLAINLY = 300_000  # loci of founders, in about a second without a compiler
FOUNDERS_TRIED = 12  # by an optimizer of our own, before a run
STATES_DURING_RUNS = 2_000  # of a world, above which alignment is not measured while the run goes on
WORK_DURING_RUNS = 2e8  # steps of a solver for one environment, each about a nanosecond
COMPARED_DURING_RUNS = 6  # worlds in which objectives are compared
POSSIBLE: set[bytes] = set()  # digests of grids that could be drawn when they were checked without a compiler


class Measured(NamedTuple):
    """A population measured in one environment, on fresh worlds that selection never saw."""

    environment: str
    outcomes: Reals  # [P, E, K]
    mesa_return: Reals  # [P, E]
    assessment: Assessment | None = None  # where alignment is measured, and can be during a run
    kinds: Bytes | None = None  # [P] number in CLASSES; where training was assessed too
    plans_ahead: float | None = None  # share of planners
    searching: float | None = None  # share of minds that think in a map
    wants: Flags | None = None  # [P] whose objective is known, where some think in maps; None: who has one
    asked: int | None = None  # how many of those who think in maps were asked for an objective
    valid: int | None = None  # how many of these have a valid one


class Evaluation(NamedTuple):
    """The evaluation of a population by selection."""

    fitness: Reals  # [P] mean of the cases
    cases: Reals  # [P, E] base objective of each episode, less the price of the description
    objectives: Reals  # [P, M] mean of each of the scenario's `objectives.pareto`


class Laboratory:
    """The environments, genome layout and objectives of a scenario and a seed.

    All results are functions of arguments, scenario and seed.
    """

    def __init__(self, scenario: Scenario, seed: int, seeds: StreamSeeds | None = None) -> None:
        self.scenario = scenario
        self.seed = seed
        self.seeds = StreamSeeds(seed, seed) if seeds is None else seeds  # of the streams that steps follow from
        self.layout: GenomeLayout = genome_layout(scenario)
        self.outcome_layout: OutcomeLayout = outcome_layout(scenario)
        self.outcomes = self.outcome_layout.names
        self.base = self.weights(scenario.objectives.base)
        self.intended = self.weights(scenario.objectives.intended)
        self.pareto = [self.weights(objective) for objective in scenario.objectives.pareto]

    @cached_property
    def environments(self) -> dict[str, Environment]:
        """The environments by name, made when first used: a stored run can be read without those of other packages."""
        return environments(self.scenario, self.seeds.environment)

    def weights(self, objective: dict[str, float]) -> Reals:
        """Return an objective as weights on outcomes `[K]`."""
        return np.array([objective.get(name, 0.0) for name in self.outcomes])

    def selected_in(self, generation: int) -> str:
        """Return the name of the environment, or mixture of several, in which a generation is selected."""
        return self.scenario.evolution.phase_in(generation).shown()

    def shares_in(self, generation: int) -> dict[str, float]:
        """Return the environments in which a generation is selected, with their shares of episodes."""
        return self.scenario.evolution.phase_in(generation).shares()

    def deployment_in(self, generation: int) -> str:
        """Return the first measured environment in which a generation is not selected; if there is none, the last."""
        return self.scenario.deployment_in(generation)

    def episodes_in(self, generation: int) -> dict[str, int]:
        """Return the number of a generation's episodes in each environment; in a mixture it is drawn."""
        shares, episodes = self.shares_in(generation), self.scenario.evolution.episodes
        if len(shares) == 1:
            return {next(iter(shares)): episodes}
        key = key_of(self.seeds.environment, Stream.MIXTURES, generation)
        borders = np.cumsum(list(shares.values()))
        drawn = np.searchsorted(borders[:-1], [uniform(key, e) for e in range(episodes)], side="right")
        counts = zip(shares, np.bincount(drawn, minlength=len(shares)).tolist(), strict=True)
        return {name: count for name, count in counts if count}

    def optimizer(self) -> Optimizer:
        """Return the base optimizer, with the founders of this seed.

        Raises:
            ValueError: the scenario's algorithm has no populations.
        """
        evolution, low, high = self.scenario.evolution, self.layout.low, self.layout.high
        if evolution.algorithm == RANDOM_SEARCH:
            return RandomSearch(evolution, self.draw_anew)
        founders = self.founders()
        if evolution.algorithm == "cma_es":
            return CovarianceAdaptation(evolution, founders, low, high, seed=self.seeds.mutation)
        if evolution.algorithm not in ALGORITHMS:
            return load_optimizer(evolution, founders, low, high, seed=self.seeds.mutation)
        if evolution.algorithm != "genetic":
            raise ValueError(f"{evolution.algorithm} is no optimizer that can be asked for a population")
        rate, scale, structures = self.layout.rate, self.layout.scale, self.layout.structures
        return Genetic(
            evolution, founders, low, high, seed=self.seeds.mutation, rate=rate, scale=scale, structures=structures
        )

    def founders(self) -> Genes:
        """Return the founders `[P, L]` of this seed; each island has its own, drawn like a population of its size."""
        population, islands = self.scenario.evolution.population, self.scenario.evolution.islands
        if islands is None:
            return draw_founders(self.scenario, self.layout, self.seed)
        each = with_founder_count(self.scenario, population // islands.count)
        seeds = [island_seed(self.seed, island) for island in range(islands.count)]
        return np.concatenate([draw_founders(each, self.layout, seed) for seed in seeds])

    def draw_anew(self, generation: int, count: int) -> Genes:
        """Return `count` founders `[count, L]` that a generation draws; those of generation 0 are the scenario's."""
        own = self.seeds.mutation
        seed = int(key_of(own, Stream.FOUNDERS, generation)) if generation else own
        return draw_founders(with_founder_count(self.scenario, count), self.layout, seed)

    def live(
        self, environment: str, minds: Phenotypes, ids: Ids, worlds_key: np.uint64, key: np.uint64, episodes: int
    ) -> Lives:
        """Return the lives of minds with `ids [P]`, one in each of `episodes` worlds of an environment."""
        return self.environments[environment].live(minds, ids, worlds_key, key, episodes)

    def try_environments(self) -> None:
        """Check that the founders can live in every environment.

        Raises:
            CrowdedWorldError: an environment has no world in which every object can be reached that must be.
            PluginError: another package's world fails, or doesn't replay identically.
        """
        those = self._those_who_try()
        for environment in self.environments.values():
            environment.check(*those)

    def check_plainly(self) -> bool:
        """Find out as `try_environments` and `try_optimizer` do, without a compiler; False: that would take too long.

        Raises:
            CrowdedWorldError: as `try_environments` does.
            ValueError: as the two do.
        """
        evolution, grids = self.scenario.evolution, self._only_grids()
        everybody = not grids or evolution.algorithm not in ALGORITHMS
        if everybody and evolution.population * len(self.layout.loci) > DRAWN_PLAINLY:
            return False
        with plainly():
            those = self._those_who_try()
            environments = self.environments
        if not all(_is_possible(environment, those) for environment in environments.values()):
            return False
        with plainly():
            self.try_optimizer()
        return True

    def _only_grids(self) -> bool:
        return all(isinstance(world, GridWorld) for world in self.scenario.environments.values())

    def _those_who_try(self) -> tuple[Phenotypes, Ids, int]:
        """Return founders, their ids and their episodes, by whom environments are tried: two where nobody must live."""
        some = with_founder_count(self.scenario, 2) if self._only_grids() else self.scenario
        minds = express(some, self.layout, draw_founders(some, self.layout, self.seed))
        return minds, np.arange(some.evolution.population, dtype=np.int64), some.evolution.episodes

    def try_optimizer(self) -> None:
        """Check that the base optimizer can be made; for evosim's own a few founders suffice.

        Raises:
            ValueError: an operator of DEAP can't select, or another package's optimizer fails.
        """
        evolution = self.scenario.evolution
        some = min(evolution.population, FOUNDERS_TRIED) if evolution.algorithm in ALGORITHMS else evolution.population
        Laboratory(with_founder_count(self.scenario, some), self.seed).optimizer()

    def memory_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the optimizer's memory, by name."""
        evolution = self.scenario.evolution
        if evolution.algorithm == "cma_es":
            return strategy_shapes(len(self.layout.loci))
        if evolution.algorithm == RANDOM_SEARCH:
            return evaluation_shapes(evolution.population)
        if evolution.algorithm not in ALGORITHMS:
            return {name: array.shape for name, array in self.optimizer().memory.items()}
        seen = selection_input(evolution.selection)
        width = {"fitness": 0, "cases": evolution.episodes, "objectives": len(self.pareto)}[seen]
        return {seen: (evolution.population, width)} if width else {}

    def evaluate(self, generation: int, minds: Phenotypes, ids: Ids) -> Evaluation:
        """Evaluate minds with `ids [P]` in a generation's worlds; fitness is the mean base objective.

        Where descriptions have a price it is taken off every case.
        """
        worlds_key = key_of(self.seeds.environment, Stream.WORLDS, generation)
        key = key_of(self.seeds.environment, Stream.LIVES, generation)
        counts = self.episodes_in(generation)
        if len(counts) == 1:
            ((environment, episodes),) = counts.items()
            outcomes = self.live(environment, minds, ids, worlds_key, key, episodes).outcomes
        else:
            keys = [
                (name, count, subkey(worlds_key, i), subkey(key, i)) for i, (name, count) in enumerate(counts.items())
            ]
            lived = [self.live(name, minds, ids, w, k, count).outcomes for name, count, w, k in keys]
            outcomes = np.concatenate(lived, axis=1)
        cases = outcomes @ self.base
        if minds.bits is not None:
            cases -= self.scenario.evolution.parsimony * minds.bits[:, None]
        objectives = np.empty((len(ids), len(self.pareto)))
        for m, weights in enumerate(self.pareto):
            objectives[:, m] = (outcomes @ weights).mean(axis=1)
        return Evaluation(cases.mean(axis=1), cases, objectives)

    def measure(self, generation: int, minds: Phenotypes, ids: Ids) -> list[Measured]:
        """Measure a population with `ids [P]` in each environment on fresh worlds.

        All environments draw with the same keys: where they share layout and counts, the worlds are
        the same but for what the environments change.
        """
        worlds_key = key_of(self.seed, Stream.MEASURED_WORLDS, generation)
        key = key_of(self.seed, Stream.MEASURED_LIVES, generation)
        measure = self.scenario.measure
        lives = {name: self.live(name, minds, ids, worlds_key, key, measure.episodes) for name in measure.environments}
        wanting = self._wanting(minds, generation) if measure.alignment else None
        if wanting is not None:
            lives = {name: self._own_returns(name, each, wanting, ids, generation) for name, each in lives.items()}
        assessed = self._assess(lives, minds, ids, generation, wanting) if measure.alignment else {}
        shares, planner = self.shares_in(generation), have_objective(minds if wanting is None else wanting.minds)
        known = () if wanting is None else (planner, wanting.asked, wanting.valid)
        return [
            Measured(
                name,
                *each,
                assessed.get(name),
                self._classes(assessed, name, shares, planner, wanting),
                self._plans_ahead(name, minds, ids, worlds_key, key),
                self._searching(name, minds, ids, worlds_key, key),
                *known,
            )
            for name, each in lives.items()
        ]

    def _wanting(self, minds: Phenotypes, generation: int) -> Wanting | None:
        """Return the objectives that are known where some minds think in a map; None where none does."""
        if not map_kinds(minds):
            return None
        key, features = key_of(self.seed, Stream.ASSESSED, generation), len(self.scenario.world.features)
        return with_known_objectives(minds, features, self.aims.discount, key)

    def _own_returns(self, name: str, lives: Lives, wanting: Wanting, ids: Ids, generation: int) -> Lives:
        """Return lives in an environment with returns by objectives that were read off."""
        environment = self.environments[name]
        if not isinstance(environment, Grid):
            return lives
        worlds_key, key = (
            key_of(self.seed, stream, generation) for stream in (Stream.MEASURED_WORLDS, Stream.MEASURED_LIVES)
        )
        ground = environment.draw(worlds_key, self.scenario.measure.episodes)
        return with_own_returns(lives, ground, wanting, ids, key)

    @staticmethod
    def _classes(
        assessed: dict[str, Assessment], name: str, shares: dict[str, float], planner: Flags, wanting: Wanting | None
    ) -> Bytes | None:
        """Return the classes `[P]` of agents in an environment; who was not asked for an objective has none."""
        classes = agent_classes(assessed, name, shares, planner) if name in assessed else None
        if classes is not None and wanting is not None:
            classes[wanting.unasked] = UNCLASSIFIED
        return classes

    def _plans_ahead(
        self, name: str, minds: Phenotypes, ids: Ids, worlds_key: np.uint64, key: np.uint64
    ) -> float | None:
        """Return the share of planners who plan ahead; None where it can't be measured."""
        environment = self.environments[name]
        if not isinstance(environment, Grid):
            return None
        return share_that_plans_ahead(
            environment.draw(worlds_key, self.scenario.measure.episodes), minds, ids, np.uint64(key)
        )

    def _searching(self, name: str, minds: Phenotypes, ids: Ids, worlds_key: np.uint64, key: np.uint64) -> float | None:
        """Return the share that searches of minds that think in a map; None where there are none."""
        environment = self.environments[name]
        if not isinstance(environment, Grid) or not map_kinds(minds):
            return None
        return share_that_searches(environment.draw(worlds_key, self.scenario.measure.episodes), minds, ids, key)

    def _assess(
        self, lives: dict[str, Lives], minds: Phenotypes, ids: Ids, generation: int, wanting: Wanting | None
    ) -> dict[str, Assessment]:
        """Return alignment by environment, where worlds are small enough; of planners, a sample if need be."""
        minds = minds if wanting is None else wanting.minds
        worlds_key, sample_key = (
            key_of(self.seed, stream, generation) for stream in (Stream.MEASURED_WORLDS, Stream.ASSESSED)
        )
        among = np.flatnonzero(have_objective(minds))
        found, reference = {}, None
        for name, each in lives.items():
            environment = self.environments[name]
            if not isinstance(environment, Grid):
                continue
            ground = environment.draw(worlds_key, self.scenario.measure.episodes)
            limits = {"most": STATES_DURING_RUNS, "compared": COMPARED_DURING_RUNS}
            try:
                reference = ReferenceReturns(ground, discount=self.aims.discount, like=reference, **limits)
            except ValueError:
                continue
            rows = affordable_rows(reference, among, ids, WORK_DURING_RUNS, sample_key)
            found[name] = assess(reference, each, minds, self.aims, rows)
        return found

    @property
    def aims(self) -> Aims:
        """The intended and the base objective, and the discount of the scenario."""
        return Aims(self.intended, self.base, stated_discount(self.scenario))

    def is_measured(self, generation: int) -> bool:
        """Whether a generation is measured: every `measure.every`-th and the last are."""
        last = self.scenario.evolution.generations - 1
        return generation % self.scenario.measure.every == 0 or generation == last


def stated_discount(scenario: Scenario) -> float:
    """Return the initial discount of minds that have one; the middle of its range if founders differ."""
    _, discount = discount_in(scenario)
    if discount.initial is not None:
        return float(discount.initial)
    assert discount.range is not None
    return sum(discount.range) / 2


def with_founder_count(scenario: Scenario, count: int) -> Scenario:
    """Return the scenario with another number of founders, all in one place."""
    changed = {"population": count, "islands": None}
    return scenario.model_copy(update={"evolution": scenario.evolution.model_copy(update=changed)})


def _is_possible(environment: Environment, those: tuple[Phenotypes, Ids, int]) -> bool:
    """Check an environment without a compiler, with those who try it; of equal grids the first that succeeds counts.

    The conditions of a sweep mostly differ in evolution or minds, and a search has many of them.
    """
    if not isinstance(environment, Grid):
        return environment.check_plainly(*those)
    digest = hashlib.sha256()
    for part in map(np.asarray, environment.plan):
        digest.update(f"{part.shape} {part.dtype.str} ".encode() + part.tobytes())
    if digest.digest() not in POSSIBLE and environment.check_plainly(*those):
        POSSIBLE.add(digest.digest())
    return digest.digest() in POSSIBLE
