"""Minds that think in a map, as tests of search see them: functions from worlds in thought to maps that are climbed.

All tests ask such a function, so that planted fields, evolved programs and networks are measured alike. A function may
think for M minds at once; then there is a row for each in front of what is measured.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from evosim.alignment.search.paths import cells_beside
from evosim.mind.map_kind import Push, ThoughtInputs
from evosim.numerics.arrays import Flags, Ids, Reals

Think = Callable[[ThoughtInputs, int | None], Reals]  # (inputs of W worlds, thoughts) -> maps [..., W, rows, columns]
Hold = Callable[[ThoughtInputs, int | None, Push | None], Reals | None]  # one mind's states [C, W, rows, columns]
ABSENT = -1
ASKED = 4  # worlds in which it is tried whether a map depends on where the agent stands


class PerceivedWorlds(NamedTuple):
    """W worlds as they are thought, each with up to N things in it."""

    walls: Flags  # [W, rows, columns]
    cells: Ids  # [W, N] where things stand; ABSENT where there is none
    looks: Reals  # [W, N, F] their features

    def inputs(self, here: Ids) -> ThoughtInputs:
        """Return what a mind is shown that stands at cells `[W]`."""
        count, rows, columns = self.walls.shape
        features = np.zeros((count, self.looks.shape[2], rows * columns))
        things = np.zeros((count, rows * columns), np.bool_)
        for cells, looks in zip(self.cells.T, self.looks.transpose(1, 0, 2), strict=True):
            there = np.flatnonzero(cells != ABSENT)
            features[there, :, cells[there]] += looks[there]
            things[there, cells[there]] = True
        return ThoughtInputs(
            self.walls,
            features.reshape(count, -1, rows, columns),
            things.reshape(count, rows, columns),
            np.asarray(here, np.int32),
        )

    def some(self, worlds: Ids | slice) -> "PerceivedWorlds":
        """Return some of the `worlds` `[V]`."""
        return PerceivedWorlds(self.walls[worlds], self.cells[worlds], self.looks[worlds])


def thinks_of(hold: Hold) -> Think:
    """Return the thinking of one mind by what it holds: the map that it climbs."""

    def think(inputs: ThoughtInputs, thoughts: int | None) -> Reals:
        held = hold(inputs, thoughts, None)
        assert held is not None
        return np.asarray(held[0])

    return think


def lone(walls: Flags, target: Ids, look: Reals) -> PerceivedWorlds:
    """Return worlds with `walls` `[W, rows, columns]` and one thing in each, at `target` `[W]` with features `[F]`."""
    looks = np.broadcast_to(np.asarray(look, float), (len(target), 1, len(look)))
    return PerceivedWorlds(walls, np.asarray(target)[:, None], looks)


def greedy_steps(maps: Reals, walls: Flags, world: Ids, cell: Ids) -> Flags:
    """Return the steps `[..., N, 4]` from cells `[N]` of worlds `[N]` to where a map is highest: in a tie several.

    `maps` `[..., W, rows, columns]`; no step leads into `walls` `[W, rows, columns]`.
    """
    there = cells_beside(cell, walls.shape[2])
    flat = maps.reshape(*maps.shape[:-2], -1)
    values = np.where(walls.reshape(len(walls), -1)[world[:, None], there], -np.inf, flat[..., world[:, None], there])
    best: Flags = (values == values.max(axis=-1, keepdims=True)) & (values > -np.inf)
    return best


def steps_in_thought(
    think: Think, thoughts: int | None, scene: PerceivedWorlds, real: Flags, world: Ids, cell: Ids
) -> Flags:
    """Return the steps `[..., N, 4]` that minds take from cells `[N]` of a scene's worlds `[N]`.

    The scene is what they think; steps into what is a wall in it or in `real` `[W, rows, columns]` are not taken. Where
    a map depends on where the agent stands, it is thought anew for each cell.
    """
    walls = scene.walls | real
    if not depends_on_position(think, thoughts, scene, cell):
        return greedy_steps(think(scene.inputs(scene.cells[:, 0]), thoughts), walls, world, cell)
    maps = think(scene.some(world).inputs(cell), thoughts)
    return greedy_steps(maps, walls[world], np.arange(len(world)), cell)


def depends_on_position(think: Think, thoughts: int | None, scene: PerceivedWorlds, cell: Ids) -> bool:
    """Whether maps depend on where the agent stands, by a few worlds; it is asked to stand at `cell` `[N]`."""
    few = scene.some(slice(0, ASKED))
    there = few.cells[:, 0]
    elsewhere = np.resize(cell, len(there)) if len(cell) else there
    one, other = (think(few.inputs(here), thoughts) for here in (there, elsewhere))
    return not np.array_equal(one, other, equal_nan=True)
