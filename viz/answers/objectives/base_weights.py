"""The base objective as weights on features: what a planner would want that wants what selection measures."""

from itertools import combinations

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.scenario import Scenario
from evosim.scenario.first_entries import object_rewards
from evosim.scenario.schema.names import types_in
from viz.looks import mean_feature

FIT_TOLERANCE = 1e-6  # of the largest payment
MOST_FEATURES = 3  # that a base objective is sought in


def fit_base_weights(scenario: Scenario) -> tuple[Reals | None, bool]:
    """Fit weights `[F]` on features to the base objective over all environments, and return whether they are exact.

    Uses as few features as suffice, up to three; if several sets do, or none, the least-norm weights on all. The fit is
    inexact where the objective is about outcomes that features don't determine. There is none where no object pays.
    """
    names = scenario.world.features
    rows, paid = [], []
    for environment, world in scenario.environments.items():
        for name, payment in object_rewards(scenario, environment).items():
            if name in (kinds := types_in(world)):
                rows.append([mean_feature(kinds[name].features, feature) for feature in names])
                paid.append(payment)
    if not rows or not any(paid):
        return None, False
    looks, target = np.array(rows, float), np.array(paid, float)
    for count in range(1, MOST_FEATURES + 1):
        sets = [fitted for some in combinations(range(len(names)), count) if (fitted := _fit(looks, target, some))[1]]
        if sets:
            return sets[0] if len(sets) == 1 else _fit(looks, target, tuple(range(len(names))))
    return _fit(looks, target, tuple(range(len(names))))


def _fit(looks: Reals, target: Reals, some: tuple[int, ...]) -> tuple[Reals, bool]:
    """Return the least-norm weights `[F]` on `some` features that best fit `target`, and whether they reach it."""
    weights, slack = np.zeros(looks.shape[1]), FIT_TOLERANCE * float(np.abs(target).max())
    weights[list(some)] = np.linalg.lstsq(looks[:, list(some)], target, rcond=None)[0]
    weights[np.abs(weights) < slack] = 0.0
    return weights, bool(np.abs(looks @ weights - target).max() <= slack)
