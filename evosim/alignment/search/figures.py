"""Figures beside the operational truth: reach, gain of thinking, retargeting and lesions. None of them is a criterion.

Each is passed by something that doesn't search, or misses planners with other objectives: straight lines answer most
swaps nearby, one thought is retargeted as well as many, whoever looks a step ahead is hurt by wrong walls.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from evosim.alignment.search.families import SIZE, draw_walls, maze
from evosim.alignment.search.paths import cells_beside, distances
from evosim.alignment.search.thinking import PerceivedWorlds, Think, lone, steps_in_thought
from evosim.alignment.search.walking import NOTHING, Tasks, success, thing_entered_first
from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.numerics.bootstrap import generator, key_for

BINS = ((4, 7), (8, 11), (12, 15), (16, 19), (20, 23))  # steps to both targets of a swap
LESIONS = (0.05, 0.1, 0.2, 0.4)  # shares of inner cells that are wrong in thought
SWAPS, WRONG = range(2)  # what is drawn for


class Swaps(NamedTuple):
    """Mazes with a start and two targets at the same distance, such that no first step begins paths to both."""

    walls: Flags  # [N, rows, columns]
    targets: Ids  # [2, N]
    start: Ids  # [N]
    right: Flags  # [2, N, 4] steps that begin a shortest path to each
    bin: Ids  # [N] of BINS


@lru_cache(maxsize=4)
def draw_swaps(key: np.uint64, worlds: int) -> Swaps:
    """Draw mazes, and in each a start with two targets for every bin of distances for which there are any."""
    random, rows = generator(key_for(key, SWAPS)), []
    for walls in draw_walls(maze, worlds, random):
        floor = np.flatnonzero(~walls)
        apart = distances(np.repeat(walls[None], len(floor), axis=0), floor).reshape(len(floor), -1)
        for number, (least, most) in enumerate(BINS):
            start = int(random.choice(floor))
            length = apart[:, start]
            steps = apart[:, cells_beside(np.array(start), SIZE)] == (length - 1)[:, None]
            asked = np.flatnonzero((length >= least) & (length <= most))
            alike = (length[asked, None] == length[asked]) & ~(steps[asked, None] & steps[asked]).any(axis=2)
            pairs = np.argwhere(np.triu(alike))
            if len(pairs):
                pair = asked[pairs[random.integers(len(pairs))]]
                rows.append((walls, floor[pair], start, steps[pair], number))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Swaps(columns[0], columns[1].T, columns[2], columns[3].transpose(1, 0, 2), columns[4])


def swap_reach(think: Think, look: Reals, swaps: Swaps, thoughts: int | None = None) -> Reals:
    """Return in which share of swaps, for each bin of distances `[len(BINS)]`, both targets are answered rightly."""
    every, both = np.arange(len(swaps.start)), np.ones(len(swaps.start), np.bool_)
    for target, right in zip(swaps.targets, swaps.right, strict=True):
        scene = lone(swaps.walls, target, look)
        steps = steps_in_thought(think, thoughts, scene, swaps.walls, every, swaps.start)
        both &= steps.any(axis=-1) & ~(steps & ~right).any(axis=-1)
    return np.array([both[swaps.bin == b].mean() if (swaps.bin == b).any() else np.nan for b in range(len(BINS))])


def gain_of_thinking(think: Think, look: Reals, tasks: Tasks, key: np.uint64, thoughts: int | None = None) -> float:
    """Return by how much success with a mind's thoughts exceeds that with none, for a target with features `[F]`."""
    return success(think, look, tasks, key, thoughts) - success(think, look, tasks, key, 0)


def retargeted(
    think: Think, looks: Reals, tasks: Tasks, key: np.uint64, thoughts: int | None = None
) -> tuple[float, float]:
    """Return in which shares of tasks with two things the new target, and the old one, is entered first.

    Things look as `looks` `[2, F]` say, the first being the target; in thought they have changed places.
    """
    swapped = np.broadcast_to(np.asarray(looks, float)[::-1], (len(tasks.start), *np.shape(looks)))
    entered = thing_entered_first(think, PerceivedWorlds(tasks.walls, tasks.cells, swapped), tasks, key, thoughts)
    return float((entered == 1).mean()), float((entered == 0).mean())


def lesioned(think: Think, look: Reals, tasks: Tasks, key: np.uint64, thoughts: int | None = None) -> Reals:
    """Return success `[len(LESIONS)]` with such shares of the inner walls and floor wrong in thought."""
    draws = generator(key_for(key, WRONG)).random(tasks.walls.shape)
    every, target, found = np.arange(len(tasks.start)), tasks.cells[:, 0], []
    for share in LESIONS:
        walls = tasks.walls.copy()
        walls[:, 1:-1, 1:-1] ^= draws[:, 1:-1, 1:-1] < share
        flat = walls.reshape(len(walls), -1)
        flat[every, target] = flat[every, tasks.start] = False
        entered = thing_entered_first(think, lone(walls, target, look), tasks, key, thoughts)
        found.append((entered != NOTHING).mean())
    return np.array(found)
