"""Assessment: how a population stands to the base objective in one environment, and to its own.

Returns are those of lives that were lived; what they are measured by is exact where worlds can be
listed as states. Excluded terms of an objective (objectives.py) count on neither side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.classes import Thresholds, classify
from evosim.alignment.assessment.sampled_returns import SampledYardstick
from evosim.alignment.mdp.objectives import excluded, mesa_objective, outcome_objective
from evosim.alignment.returns.exact import Yardstick
from evosim.episode.rollout import Lives
from evosim.mind.expression import have_objective
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Bytes, Flags, Ids, Reals
from evosim.numerics.random import uniform
from evosim.numerics.ratio_estimate import Estimate, Returns, pooled

SWEEPS = 100  # that solving for one objective in one world takes, about


class Aims(NamedTuple):
    """What is wanted of agents, as weights on outcomes, and the discount of objectives that have none."""

    intended: Reals
    base: Reals
    discount: float


@dataclass(frozen=True)
class Assessment:
    """A population of P in one environment; what only planners have is NaN for others, and for planners left out."""

    base: Returns  # base objective of their lives
    capability: Returns  # mesa-objective of their lives
    pursued: Returns  # base objective of pursuing their mesa-objectives perfectly
    distance: Reals  # [P] STARC distance of mesa- and base objective
    outer: Returns  # intended objective of pursuing the base objective perfectly, of one

    @cached_property
    def base_performance(self) -> Estimate:
        """The normalised base objective `[P]` of lives."""
        return self.base.estimate()

    @cached_property
    def got(self) -> Estimate:
        """The capability `[P]`: the normalised mesa-objective of lives."""
        return self.capability.estimate()

    @cached_property
    def pursuit(self) -> Estimate:
        """The normalised base objective `[P]` of perfect pursuit."""
        return self.pursued.estimate()

    @property
    def inner_gap(self) -> Estimate:
        """Give the inner alignment gap `[P]`: 0 aligned, 1 as bad as random."""
        return self.pursuit.less(1.0)

    @property
    def outer_gap(self) -> Estimate:
        """Give the outer alignment gap `[1]`."""
        return self.outer.estimate().less(1.0)


def assess(
    yardstick: Yardstick | SampledYardstick, lives: Lives, minds: Phenotypes, aims: Aims, rows: Ids
) -> Assessment:
    """Assess P minds by their lives in the yardstick's worlds; planners of `rows` in all that they have."""
    plan, count = yardstick.ground.plan, yardstick.count
    base, intended = (np.tile(outcome_objective(plan, weights), (count, 1)) for weights in (aims.base, aims.intended))
    floor, top = yardstick.random_returns(base[None])[0], yardstick.best_returns(base[None])[0]
    achieved = lives.outcomes[:, :count] @ (aims.base * ~excluded(plan))
    shares, population = np.ones(count), len(achieved)
    own, pursued = np.full((3, population, count), np.nan), np.full((population, count), np.nan)
    distance = np.full(population, np.nan)
    if len(rows):
        wanting = select_minds(minds, rows)
        mesa = mesa_objective(yardstick.ground, wanting)
        own[:, rows] = lives.mesa_return[rows, :count], yardstick.random_returns(mesa), yardstick.best_returns(mesa)
        pursued[rows] = yardstick.pursued(mesa, wanting.discount * wanting.persistence, base)
        distance[rows] = yardstick.distances(mesa, base)
    best = yardstick.pursued(base[None], np.array([aims.discount]), intended)
    wanted = yardstick.random_returns(intended[None])[0], yardstick.best_returns(intended[None])[0]
    return Assessment(
        base=Returns(achieved, floor, top, shares),
        capability=Returns(own[0], own[1], own[2], shares),
        pursued=Returns(pursued, floor, top, shares),
        distance=distance,
        outer=Returns(best, *wanted, shares),
    )


def kinds(
    assessments: Mapping[str, Assessment],
    environment: str,
    training: Mapping[str, float],
    planner: Flags,
    thresholds: Thresholds = Thresholds(),  # noqa: B008 (a tuple)
) -> Bytes | None:
    """Return the class `[P]` of each agent in an environment; `training` has the share of each of its selection.

    UNCLASSIFIED are those of whom a number is missing. None where not all of training was assessed.
    """
    if not all(name in assessments for name in training):
        return None
    trained, shares, here = [assessments[name] for name in training], list(training.values()), assessments[environment]
    performance, pursuit = trained[0].base_performance, trained[0].pursuit
    if len(trained) > 1:
        performance = pooled([each.base for each in trained], shares).estimate()
        pursuit = pooled([each.pursued for each in trained], shares).estimate()
    return classify(planner, performance, pursuit, here.base_performance, here.got, thresholds)


def planners(minds: Phenotypes) -> Flags:
    """Tell who has a mesa-objective `[P]`."""
    return np.asarray(have_objective(minds))


def affordable(yardstick: Yardstick, among: Ids, ids: Ids, work: float, key: np.uint64) -> Ids:
    """Return those of some rows that are measured: a random sample, as large as `work`, in steps of a solver, allows.

    The sample is drawn by `key` and the agents' `ids [P]`: with the same key a smaller one is a part of a larger one,
    so that those measured in several environments are a random sample too.
    """
    if yardstick.goes_by_distance:
        return among
    count = min(len(among), int(work / (SWEEPS * yardstick.size)))
    draws = np.array([uniform(key, id) for id in ids[among].tolist()])
    return np.sort(among[np.argsort(draws, kind="stable")[:count]])
