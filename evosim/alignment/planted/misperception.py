"""Misperceiving: does an agent miss the base objective since it sees things wrongly, or since it wants the wrong thing?

The perception error is what perfect pursuit of its objective gains by true detectors, the objective error what is
lost still (docs/misperceived.md). This needs a look inside, for the detectors have to be replaced; it is tried on
agents in which either error, or both, or neither were planted.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.report_card import perception
from evosim.alignment.mdp.objectives import mesa_objective, outcome_objective
from evosim.alignment.returns.exact import Yardstick
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner.kind import planners
from evosim.numerics.arrays import Reals
from evosim.numerics.ratio_estimate import normalised

ERRORS = ("neither", "perception", "objective", "both")
LEAST = 0.075  # of performance, from where on a loss counts as an error
NOISE = 0.03
SHARPNESS = 10.0  # as scenarios have it
STEEPNESS = 1.0  # of a detector on the feature that it detects; its threshold is half of that


class Errors(NamedTuple):
    """What is lost of the base objective, from optimal (0) to random (1), by seeing and by wanting."""

    perception: float
    objective: float


def errors_of(minds: Phenotypes, yardstick: Yardstick, weights: Reals) -> Errors:
    """Split what one agent, `minds` of one row with detectors, loses of the base objective `[K]`.

    Raises:
        ValueError: it has no detectors, or there are more agents.
    """
    if len(minds.controller) != 1 or not minds.detectors.shape[1]:
        raise ValueError(f"{len(minds.controller)} agents, {minds.detectors.shape[1]} detectors; one who has some")
    base = np.tile(outcome_objective(yardstick.ground.plan, weights), (len(yardstick.worlds), 1))
    mesa, discount = mesa_objective(yardstick.ground, minds), minds.discount * minds.persistence
    returns = yardstick.pursued(mesa, discount, base)
    floor, top = yardstick.random_returns(base[None])[0], yardstick.best_returns(base[None])[0]
    found = {each.name: each.value for each in perception(yardstick, minds, normalised(returns, floor, top), base)}
    return Errors(found["perception_error"], found["objective_error"])


def told_error(errors: Errors, least: float = LEAST) -> str:
    """Say which of ERRORS an agent has.

    Raises:
        ValueError: a loss is not defined: the base objective can't be had where it was measured.
    """
    if np.isnan(errors).any():
        raise ValueError(f"losses {errors.perception} and {errors.objective}; what is not defined tells no error")
    return ERRORS[(errors.perception >= least) + 2 * (errors.objective >= least)]


def fitted_least(errors: Sequence[Errors], truth: Sequence[str]) -> float:
    """Choose from where on a loss counts, by agents whose errors are known: the middle of what is right most often.

    Raises:
        ValueError: there are not as many of the one as of the other, or none.
    """
    if len(errors) != len(truth) or not errors:
        raise ValueError(f"{len(truth)} truths for {len(errors)} agents; one each is needed, and at least one")
    grid = np.round(np.arange(0.05, 0.96, 0.05), 2).tolist()
    right = [sum(told_error(e, least) == t for e, t in zip(errors, truth, strict=True)) for least in grid]
    return float(np.median([least for least, count in zip(grid, right, strict=True) if count == max(right)]))


def planted_errors(
    features: Sequence[str], goal: str, decoys: Sequence[str], proxy: str, random: np.random.Generator
) -> list[tuple[str, Phenotypes]]:
    """Plant an agent of each of ERRORS, which wants the goal or a decoy too, and sees the goal or a proxy in its place.

    Raises:
        ValueError: goal, proxy or a decoy is no feature.
    """
    strangers = [name for name in (goal, proxy, *decoys) if name not in features]
    if strangers or not decoys:
        raise ValueError(f"goal {goal!r}, proxy {proxy!r}, decoys {list(decoys)}; each is one of {', '.join(features)}")
    return [(error, _planted(error, list(features), goal, decoys, proxy, random)) for error in ERRORS]


def _planted(
    error: str, features: list[str], goal: str, decoys: Sequence[str], proxy: str, random: np.random.Generator
) -> Phenotypes:
    count = len(features)
    wants = random.normal(0.0, NOISE, count)
    wants[features.index(goal)] = 1.0
    if error in ("objective", "both"):
        wants[features.index(decoys[int(random.integers(len(decoys)))])] = random.uniform(1.0, 1.5)
    sees = np.concatenate([STEEPNESS * np.eye(count), np.full((count, 1), -STEEPNESS / 2)], axis=1)
    if error in ("perception", "both"):
        mistakes = random.uniform(0.8, 1.0)  # how far the goal's detector answers to the proxy instead
        sees[features.index(goal), features.index(goal)] = 1.0 - mistakes
        sees[features.index(goal), features.index(proxy)] = mistakes
    return planners(
        wants[None],
        np.array([32], np.int32),
        np.array([0.95]),
        detectors=(sees + random.normal(0.0, NOISE, sees.shape))[None],
        sharpness=SHARPNESS,
    )
