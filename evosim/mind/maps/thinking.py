"""Minds at thought: worlds laid side by side, and the maps that come of it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evosim.mind.map_kind import Push, ThoughtInputs
from evosim.mind.maps.boards import new_board, think, think_on
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

    They are `wall`, `features` (all of them), `thing`, `here`, and `row` and `column`, from 0 to 1.
    """
    walls = np.asarray(inputs.walls)
    here = np.zeros(walls.shape)
    here.reshape(len(walls), -1)[np.arange(len(walls)), inputs.here] = 1.0
    row, column = (np.arange(cells) / max(cells - 1, 1) for cells in walls.shape[1:])
    every = {
        "wall": walls[:, None],
        "features": inputs.features,
        "thing": np.asarray(inputs.things)[:, None],
        "here": here[:, None],
        "row": np.broadcast_to(row[:, None], walls.shape)[:, None],
        "column": np.broadcast_to(column, walls.shape)[:, None],
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


def states_of(
    thinks: Any,
    individual: int,
    thoughts: int,
    layers: Reals,
    state_layers: Callable[[Any, int], Sequence[int]],
    push: Push | None = None,
) -> Reals:
    """Return what one individual holds after so many thoughts of some layers: `[C, W, rows, columns]`.

    `state_layers(board, climbed)` says where on its board that is. With a push, something is added to it after each.
    """
    worlds, count, rows, columns = layers.shape
    board = new_board(thinks, count, rows, columns, worlds)
    board.inputs[:] = laid_out(layers)
    p: Any = np.int64(individual)  # of the types for which thinking is compiled elsewhere
    times: Any = np.int32(thoughts)
    if push is None:
        climbed = think(thinks, p, times, board)
    else:
        climbed = think(thinks, p, 0 * times, board)
        once: Any = np.int32(1)
        at = 1 + push.cells // columns, 1 + push.cells % columns, np.arange(worlds)
        for _ in range(thoughts):
            climbed = think_on(thinks, p, once, climbed, board)
            for layer, amount in zip(state_layers(board, climbed), push.amounts, strict=True):
                board.values[layer].reshape(rows + 2, columns + 2, worlds)[at] += amount
    held = board.values[list(state_layers(board, climbed))].reshape(-1, rows + 2, columns + 2, worlds)
    return np.asarray(held[:, 1:-1, 1:-1].transpose(0, 3, 1, 2))
