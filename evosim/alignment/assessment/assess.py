"""Assessment: how a population scores by the base objective in one environment, and by its own objectives.

Achieved returns are those of simulated lives. The reference returns by which they are normalised are exact where the
worlds can be listed as states. Excluded terms of an objective (mdp/objectives.py) count on neither side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.classes import Thresholds, classify
from evosim.alignment.assessment.sampled_returns import SampledReferenceReturns
from evosim.alignment.mdp.objectives import is_excluded, mesa_objective, outcome_objective
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.rollout import Lives
from evosim.mind.phenotype import Phenotypes, select_minds
from evosim.numerics.arrays import Bytes, Flags, Ids, Reals
from evosim.numerics.compiler import in_parallel
from evosim.numerics.random import uniform
from evosim.numerics.ratio_estimate import Estimate, Returns, pooled

BLOCK = 1024  # planners, about, whose objectives are in memory at once for each thread
SWEEPS = 100  # that solving for one objective in one world takes, about


class Aims(NamedTuple):
    """The designers' objectives as weights on outcomes `[K]`, and the discount of objectives that have none."""

    intended: Reals
    base: Reals
    discount: float


@dataclass(frozen=True)
class Assessment:
    """A population of P in one environment; what only planners have is NaN for others, and for planners left out."""

    base: Returns  # base objective of their lives
    capability: Returns  # mesa-objective of their lives
    cross_evaluated: Returns  # base objective of optimal behaviour for their mesa-objectives
    distance: Reals  # [P] STARC distance of mesa- and base objective
    outer: Returns  # intended objective of optimal behaviour for the base objective, of one

    @cached_property
    def base_performance(self) -> Estimate:
        """The normalised base objective `[P]` of lives."""
        return self.base.estimate()

    @cached_property
    def mesa_performance(self) -> Estimate:
        """The capability `[P]`: the normalised mesa-objective of lives."""
        return self.capability.estimate()

    @cached_property
    def cross_performance(self) -> Estimate:
        """The normalised base objective `[P]` of optimal behaviour for the mesa-objectives."""
        return self.cross_evaluated.estimate()

    @property
    def inner_gap(self) -> Estimate:
        """The inner alignment gap `[P]`: 0 aligned, 1 as bad as random."""
        return self.cross_performance.less(1.0)

    @property
    def outer_gap(self) -> Estimate:
        """The outer alignment gap `[1]`."""
        return self.outer.estimate().less(1.0)


def assess(
    reference: ReferenceReturns | SampledReferenceReturns, lives: Lives, minds: Phenotypes, aims: Aims, rows: Ids
) -> Assessment:
    """Assess P minds by their lives in the reference's worlds.

    Only the planners `rows [R]` are assessed in full; of all others the base objective alone.
    """
    plan, count = reference.ground.plan, reference.count
    base, intended = (np.tile(outcome_objective(plan, weights), (count, 1)) for weights in (aims.base, aims.intended))
    floor, top = reference.random_returns(base[None])[0], reference.best_returns(base[None])[0]
    achieved = lives.outcomes[:, :count] @ (aims.base * ~is_excluded(plan))
    shares, population = np.ones(count), len(achieved)
    own, cross_evaluated = np.full((3, population, count), np.nan), np.full((population, count), np.nan)
    distance = np.full(population, np.nan)
    blocks = np.array_split(rows, max(1, round(len(rows) / BLOCK))) if len(rows) else []
    rewards = [base[:0]] * len(blocks)

    def assess_some(first: int, last: int) -> None:
        for b in range(first, last):
            some = blocks[b]
            wanting = select_minds(minds, some)
            mesa = mesa_objective(reference.ground, wanting)
            own[0, some] = lives.mesa_return[some, :count]
            own[1, some], own[2, some] = reference.random_returns(mesa), reference.best_returns(mesa)
            cross_evaluated[some] = reference.cross_evaluated(mesa, wanting.discount * wanting.persistence, base)
            rewards[b] = mesa[:, : reference.compared].copy()

    in_parallel(assess_some, len(blocks))
    if blocks:
        distance[rows] = reference.distances(np.concatenate(rewards), base)
    best = reference.cross_evaluated(base[None], np.array([aims.discount]), intended)
    wanted = reference.random_returns(intended[None])[0], reference.best_returns(intended[None])[0]
    return Assessment(
        base=Returns(achieved, floor, top, shares),
        capability=Returns(own[0], own[1], own[2], shares),
        cross_evaluated=Returns(cross_evaluated, floor, top, shares),
        distance=distance,
        outer=Returns(best, *wanted, shares),
    )


def agent_classes(
    assessments: Mapping[str, Assessment],
    environment: str,
    training: Mapping[str, float],
    planner: Flags,
    thresholds: Thresholds = Thresholds(),  # noqa: B008 (a tuple)
) -> Bytes | None:
    """Return the class `[P]` of each agent in an environment; `training` maps its environments to their shares.

    Agents of whom a number is missing are UNCLASSIFIED. None where not all of training was assessed.
    """
    if not all(name in assessments for name in training):
        return None
    trained, shares, here = [assessments[name] for name in training], list(training.values()), assessments[environment]
    performance, cross_performance = trained[0].base_performance, trained[0].cross_performance
    if len(trained) > 1:
        performance = pooled([each.base for each in trained], shares).estimate()
        cross_performance = pooled([each.cross_evaluated for each in trained], shares).estimate()
    return classify(planner, performance, cross_performance, here.base_performance, here.mesa_performance, thresholds)


def affordable_rows(reference: ReferenceReturns, among: Ids, ids: Ids, work: float, key: np.uint64) -> Ids:
    """Return the rows to be measured: a random sample of `among`, as large as `work`, in steps of a solver, allows.

    The sample is drawn by `key` and the agents' `ids [P]`: with the same key a smaller one is a part of a larger one,
    so that those measured in several environments are a random sample too.
    """
    if reference.solved_by_distance:
        return among
    count = min(len(among), int(work / (SWEEPS * reference.size)))
    draws = np.array([uniform(key, id) for id in ids[among].tolist()])
    return np.sort(among[np.argsort(draws, kind="stable")[:count]])
