"""Minds at thought: worlds laid side by side, and the maps that come of it."""

from typing import Any

import numpy as np

from evosim.mind.map_kind import ThoughtInputs
from evosim.mind.maps.boards import new_board, think
from evosim.numerics.arrays import Cells, Ids, Reals
from evosim.numerics.compiler import in_parallel


def laid_out(layers: Reals) -> Reals:
    """Return layers `[W, I, rows, columns]` of W worlds side by side, framed: `[I, rows + 2, (columns + 2) · W]`."""
    worlds, count, rows, columns = layers.shape
    framed = np.zeros((count, rows + 2, columns + 2, worlds))
    framed[:, 1:-1, 1:-1] = layers.transpose(1, 2, 3, 0)
    return framed.reshape(count, rows + 2, (columns + 2) * worlds)


def layers_of(inputs: ThoughtInputs, names: tuple[str, ...]) -> Reals:
    """Return the inputs `[W, I, rows, columns]` that minds with inputs of some names see.

    They are `wall`, `features` (all of them), `thing` and `here`.
    """
    walls = np.asarray(inputs.walls)
    here = np.zeros(walls.shape)
    here.reshape(len(walls), -1)[np.arange(len(walls)), inputs.here] = 1.0
    every = {
        "wall": walls[:, None],
        "features": inputs.features,
        "thing": np.asarray(inputs.things)[:, None],
        "here": here[:, None],
    }
    return np.concatenate([np.asarray(every[name], np.float64) for name in names], axis=1)


def maps_of(thinks: Any, individuals: Ids, thoughts: Cells, layers: Reals) -> Reals:
    """Return what individuals `[M]` climb after their `thoughts` `[M]` of some layers: `[M, W, rows, columns]`."""
    worlds, count, rows, columns = layers.shape
    inputs = laid_out(layers)
    out = np.empty((len(individuals), worlds, rows, columns))

    def some(first: int, last: int) -> None:
        board = new_board(thinks, count, rows, columns, worlds)
        board.inputs[:] = inputs
        for m in range(first, last):
            found = think(thinks, individuals[m], thoughts[m], board)
            out[m] = board.values[found].reshape(rows + 2, columns + 2, worlds)[1:-1, 1:-1].transpose(2, 0, 1)

    in_parallel(some, len(individuals))
    return out
