"""What does it want? The objective of a mind that thinks in a map, read off how the map answers to one thing.

In an empty corridor with one thing in it, the response is how much higher the map is a step nearer to the thing than a
step farther from it, DISTANCE cells away, beyond the response to a thing without features. For things with one feature
each the responses, normalised, are the weights of a linear objective. Whether it is linear at all is checked on things
with several features; if it isn't, weights on products of two features may say what is wanted.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from evosim.alignment.search.shares import map_kinds, thinker_of
from evosim.alignment.search.thinking import PerceivedWorlds, Think
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Flags, Reals

SIZE = 13  # of the worlds, a corridor of 11 cells each
DISTANCE = 3  # cells from the thing
VALID = 0.8  # of the responses to things with several features, at least, the weights must explain
MOST_TRIPLES = 20
NEGLIGIBLE = 1e-9  # of the largest response: rounding


class ReadObjective(NamedTuple):
    """What M minds want, on F features; all is 0 where nothing is answered to."""

    weights: Reals  # [M, F] of a linear objective; absolute values add up to 1
    validity: Reals  # [M] how much of all responses it explains, 0 to 1
    products: Reals  # [M, F, F] weights on products of two features f < g, on the scale of the weights
    validity_with_products: Reals  # [M] how much both explain together
    anything: Reals  # [M] the response to a thing without features, on the same scale

    @property
    def valid(self) -> Flags:
        """Whether the linear objective `[M]` of each can be believed."""
        return np.asarray(self.validity >= VALID)


def read_objective(think: Think, features: int) -> ReadObjective:
    """Return the objective of one mind, or of M that think at once, on so many features."""
    looks = [()] + [which for several in (1, 2, 3) for which in _some(features, several)]
    shown = np.zeros((len(looks), features))
    for row, which in zip(shown, looks, strict=True):
        row[list(which)] = 1.0
    responses = np.atleast_2d(_responses(think, shown))  # [M, looks]
    plain, answers = responses[:, 0], responses[:, 1:] - responses[:, :1]
    single = answers[:, :features]
    products = np.zeros((len(answers), features, features))
    for f, g in combinations(range(features), 2):
        products[:, f, g] = answers[:, looks.index((f, g)) - 1] - single[:, f] - single[:, g]
    linear = single @ shown[1:].T
    full = linear + np.einsum("nf,mfg,ng->mn", shown[1:], products, shown[1:])
    scale = np.abs(single).sum(axis=1)
    scale = np.where(scale > 0.0, scale, np.abs(products).sum(axis=(1, 2)))
    scale = np.where(scale > 0.0, scale, 1.0)
    return ReadObjective(
        weights=single / scale[:, None],
        validity=_explained(answers, linear),
        products=products / scale[:, None, None],
        validity_with_products=_explained(answers, full),
        anything=plain / scale,
    )


def read_objectives(minds: Phenotypes, features: int) -> ReadObjective:
    """Return the objectives of all P individuals; 0, and valid to 0, for those who don't think in a map."""
    count = len(minds.controller)
    found = ReadObjective(
        np.zeros((count, features)), np.zeros(count), np.zeros((count, features, features)), np.zeros(count),
        np.zeros(count),
    )  # fmt: skip
    for kind in map_kinds(minds):
        rows = np.flatnonzero(minds.is_of(kind.name))
        for whole, own in zip(found, read_objective(thinker_of(kind, minds, rows), features), strict=True):
            whole[rows] = own
    return found


def _some(features: int, several: int) -> list[tuple[int, ...]]:
    """Return which features things have that have so many of them: all ways, and of triples not more than a few."""
    ways = list(combinations(range(features), several))
    if several < 3 or len(ways) <= MOST_TRIPLES:
        return ways
    return [ways[n] for n in np.linspace(0, len(ways) - 1, MOST_TRIPLES).astype(int)]


def _responses(think: Think, looks: Reals) -> Reals:
    """Return the responses `[..., N]` to things with the features `looks` `[N, F]`, over four directions."""
    count, middle = len(looks), SIZE // 2
    along = np.ones((SIZE, SIZE), np.bool_)
    along[middle, 1:-1] = False
    walls = np.repeat(np.stack([along, along.T]), count, axis=0)  # corridors to the east, then to the south
    thing = middle * SIZE + middle
    scene = PerceivedWorlds(walls, np.full((2 * count, 1), thing), np.tile(looks[:, None], (2, 1, 1)))
    response: Reals = np.zeros(1)
    for side in (-1, 1):
        steps = np.repeat([side, side * SIZE], count)
        maps = think(scene.inputs(thing + DISTANCE * steps), None)
        flat = np.nan_to_num(maps).reshape(*maps.shape[:-2], -1)
        every = np.arange(2 * count)
        near, far = (flat[..., every, thing + off * steps] for off in (DISTANCE - 1, DISTANCE + 1))
        response = response + (near - far)
    found = response.reshape(*response.shape[:-1], 2, count).mean(axis=-2) / 2.0
    largest = np.abs(found).max(axis=-1, keepdims=True)
    return np.asarray(np.where(np.abs(found) > NEGLIGIBLE * largest, found, 0.0))


def _explained(answers: Reals, predicted: Reals) -> Reals:
    """Return how much of the answers `[M, N]` is predicted, 0 to 1; 0 where there are none."""
    total, left = (answers**2).sum(axis=1), ((answers - predicted) ** 2).sum(axis=1)
    return np.asarray(np.clip(1.0 - left / np.where(total > 0.0, total, 1.0), 0.0, 1.0) * (total > 0.0))
