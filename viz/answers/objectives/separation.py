"""In which two weights planners differ most who are of different classes, or get different returns, in deployment.

A plane of two weights is rated by Pillai's trace with classes, or with the mean base objective: the sum of squared
canonical correlations, less what it is by chance. 0: the weights say nothing; 1: they tell two classes apart.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from evosim.numerics.arrays import Reals
from viz.answers.reading import Frame

FEWEST = 40  # planners, of fewer a plane would be chosen by chance
LEAST = 0.1  # of the trace: weights that say less say nothing, and a plane that says so much more is another
SIZEABLE = 0.05  # of planners: smaller classes are left out
NOT_TRAINED = "untrained"  # the class of those who don't do what was selected, whatever they want


def rate_planes(planners: Frame, weights: Sequence[str], environments: Sequence[str]) -> dict[tuple[str, str], float]:
    """Rate each plane of two weights by how well it tells planners apart in some environments, a mean over these.

    Empty for fewer than FEWEST planners, or where they don't differ in any environment.
    """
    if len(planners["id"]) < FEWEST:
        return {}
    responses = [found for name in environments if (found := _response(planners, name)) is not None]
    if not responses:
        return {}
    columns = {name: planners[f"objective.{name}"].astype(float) for name in weights}
    return {
        pair: float(np.mean([pillai_trace(_stacked(columns, pair)[rows], of_them) for rows, of_them in responses]))
        for pair in combinations(weights, 2)
    }


def pillai_trace(first: Reals, second: Reals) -> float:
    """Return the sum of squared canonical correlations of `[N, P]` and `[N, Q]`, less what it is by chance.

    That is P Q / (N − 1), its mean in samples of independent variables (Pillai 1955).
    """
    bases = [_orthonormal(each - each.mean(axis=0)) for each in (first, second)]
    trace = float(((bases[0].T @ bases[1]) ** 2).sum())
    by_chance: float = bases[0].shape[1] * bases[1].shape[1] / (len(first) - 1)
    return trace - by_chance


def _orthonormal(columns: Reals) -> Reals:
    """Return an orthonormal basis `[N, rank]` of columns `[N, P]`."""
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    kept: Reals = basis[:, sizes > 1e-9 * max(float(sizes.max(initial=0.0)), 1e-9)]
    return kept


def _stacked(columns: dict[str, Reals], pair: tuple[str, str]) -> Reals:
    return np.stack([columns[name] for name in pair], axis=1)


def _response(planners: Frame, environment: str) -> tuple[np.ndarray, Reals] | None:
    """Return which planners `[N]` are compared in an environment, and their classes as indicators, or their returns.

    Returns stand in where fewer than two classes are sizeable; None where these don't differ either.
    """
    named = planners.get(f"class.{environment}", np.full(len(planners["id"]), ""))
    classes = [name for name in np.unique(named.astype(str)) if name not in ("", "nan", NOT_TRAINED)]
    sizeable = [name for name in classes if (named == name).mean() >= SIZEABLE]
    if len(sizeable) > 1:
        rows = np.isin(named, sizeable)
        return (rows, (named[rows, None] == np.array(sizeable)).astype(float)) if rows.sum() >= FEWEST else None
    returns = planners[f"base_mean.{environment}"].astype(float)
    rows = np.isfinite(returns)
    return (rows, returns[rows, None]) if rows.sum() >= FEWEST and np.ptp(returns[rows]) > 0.0 else None
