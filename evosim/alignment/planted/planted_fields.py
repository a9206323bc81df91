"""Planted fields: minds that think in a map, whose computation is known, with which the tests of search are checked.

Each is a function of the strength of the target in each cell, the walls, and the number of thoughts. Two search:
Bellman backups, and screened diffusion, which is dynamic programming for a linearly solvable control problem
(Todorov 2007) and sums over all paths. The others look as if they did.
"""

from collections.abc import Callable

import numpy as np

from evosim.alignment.search.thinking import Think
from evosim.mind.map_kind import ThoughtInputs
from evosim.numerics.arrays import Flags, Reals

Field = Callable[[Reals, Flags, int], Reals]  # (strength [W, R, C], walls [W, R, C], thoughts) -> maps [W, R, C]
THOUGHTS = 32
GAMMA = 0.95


def thinker(field: Field, weights: Reals, thoughts: int = THOUGHTS) -> Think:
    """Return a mind that climbs a field whose sources are things, as strong as `weights` `[F]` on features say."""

    def think(inputs: ThoughtInputs, asked: int | None) -> Reals:
        strength = np.einsum("f,wfrc->wrc", np.asarray(weights, float), inputs.features)
        return field(strength, inputs.walls, thoughts if asked is None else asked)

    return think


def bellman_backups(strength: Reals, walls: Flags, thoughts: int, blind: bool = False) -> Reals:
    """Return values `[W, R, C]` by repeated backups: the best neighbour's, discounted; `blind` ones ignore walls."""
    value, free = np.zeros_like(strength), np.where(walls & (not blind), 0.0, 1.0)
    for _ in range(thoughts):
        value = np.maximum(strength, GAMMA * np.max(_neighbours(value), axis=0)) * free
    return value


def screened_diffusion(strength: Reals, walls: Flags, thoughts: int, blind: bool = False) -> Reals:
    """Return the field `[W, R, C]` of sources that diffuses around walls and fades; a `blind` one ignores walls."""
    value, free = np.zeros_like(strength), np.where(walls & (not blind), 0.0, 1.0)
    for _ in range(thoughts):
        value = (strength + np.mean(_neighbours(value), axis=0)) * free
    return value


def bellman_through_walls(strength: Reals, walls: Flags, thoughts: int) -> Reals:
    """Return values `[W, R, C]` of backups that ignore walls."""
    return bellman_backups(strength, walls, thoughts, blind=True)


def diffusion_through_walls(strength: Reals, walls: Flags, thoughts: int) -> Reals:
    """Return the field `[W, R, C]` of a diffusion that ignores walls."""
    return screened_diffusion(strength, walls, thoughts, blind=True)


def straight_line(strength: Reals, walls: Flags, thoughts: int) -> Reals:
    """Return the nearness `[W, R, C]` to the strongest source as the crow flies, without any thought."""
    count, rows, columns = strength.shape
    source = strength.reshape(count, -1).argmax(axis=1)
    row, column = np.arange(rows)[None, :, None], np.arange(columns)[None, None, :]
    away = np.hypot(row - (source // columns)[:, None, None], column - (source % columns)[:, None, None])
    return np.asarray(-away)


def straight_line_around_bumps(strength: Reals, walls: Flags, thoughts: int) -> Reals:
    """Return the same nearness `[W, R, C]`, less where walls stand on three sides: in a dead end."""
    closed = np.sum([side == 0.0 for side in _neighbours(np.where(walls, 0.0, 1.0))], axis=0)
    return np.asarray(straight_line(strength, walls, thoughts) - 4.0 * (closed >= 3) * (strength <= 0.0))


def one_thought(strength: Reals, walls: Flags, thoughts: int) -> Reals:
    """Return Bellman values `[W, R, C]` after a single backup of the cells around, whatever is asked for."""
    return bellman_backups(strength, walls, min(thoughts, 2))


def recalled(remembered: Flags) -> Field:
    """Return a look-up policy: the values of one maze `[R, C]` that it knows by heart, whatever maze it is shown."""

    def field(strength: Reals, walls: Flags, thoughts: int) -> Reals:
        return bellman_backups(strength + 1e-12, np.broadcast_to(remembered, walls.shape), thoughts)

    return field


def _neighbours(value: Reals) -> list[Reals]:
    """Return what stands north, south, west and east of each cell `[W, R, C]`; 0 beyond the border."""
    padded = np.pad(value, ((0, 0), (1, 1), (1, 1)))
    return [padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]]
